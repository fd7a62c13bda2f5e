"""Tables that no vendor has, written as a dataset and loaded: for tests of the engine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from locum.datasets import dataset as datasets
from locum.datasets.dataset import Dataset
from locum.engine.data import Data
from locum.engine.duckdb import Engine
from locum.engine.tables import Derived, Table

Rows = Mapping[str, Iterable[Mapping[str, Any]]]  # of each table by its name


def dataset_of(folder: Path, tables: Mapping[str, Table], rows: Rows) -> Dataset:
    """Write the rows below the folder, a JSONL file for each table, and return the dataset."""
    for name, lines in rows.items():
        file = folder / f"{name}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return datasets.read(folder, {name: table.columns for name, table in tables.items()})


def data_of(
    folder: Path,
    tables: Mapping[str, Table],
    rows: Rows,
    derived: Sequence[Derived] = (),
    days: int = 0,
) -> Data:
    """Load the rows, their times so many days later."""
    return Data(Engine(dataset_of(folder, tables, rows), tables, derived, days))
