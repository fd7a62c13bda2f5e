"""The rows of a dataset's tables, read from its files without any of the package's code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]
DOCUMENTS = (
    *("metadata", "inputs", "outputs", "events", "runtime"),
    *("score", "value", "correction", "source", "extra"),
)


def rows_of(folder: Path) -> Callable[[str], list[Row]]:
    """What reads a table of the dataset in that folder: langsmith/runs, for example."""

    def rows(table: str) -> list[Row]:
        file = folder / f"{table}.jsonl"
        if file.exists():
            return [json.loads(line) for line in file.read_bytes().splitlines()]
        with duckdb.connect(":memory:") as connection:
            found = connection.execute(f"SELECT * FROM '{folder / table}.parquet'")
            names = [column[0] for column in found.description or ()]
            return [_row(dict(zip(names, values, strict=True))) for values in found.fetchall()]

    return rows


def _row(row: Row) -> Row:
    return {
        name: json.loads(value) if name in DOCUMENTS and value is not None else value
        for name, value in row.items()
    }
