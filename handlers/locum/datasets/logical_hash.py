"""The logical hash of a dataset: the same rows have the same hash, whatever the file format.

The rule, for other tools to follow (fixtures/README.md has it in words): SHA-256 over, for each
table that has rows, in the order of the names, the table's name and then its rows, each followed by
a line feed. A row is JSON without whitespace, in UTF-8, keys sorted at every level, columns that
are null left out; the rows of a table are sorted by their bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import orjson

from locum.datasets import comma_separated
from locum.datasets.columns import JSON, Columns
from locum.datasets.dataset import Dataset
from locum.datasets.jsonl import read_rows

Row = Mapping[str, Any]


def known(row: Row) -> dict[str, Any]:
    """The row without its columns that are null."""
    return {name: value for name, value in row.items() if value is not None}


def line(row: Row) -> bytes:
    """The row as it is hashed."""
    return line_of_known(known(row))


def line_of_known(row: Row) -> bytes:
    """The row as it is hashed, of one without columns that are null."""
    dumped = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    # A copy, because orjson's own keeps a buffer several times as long: gigabytes in a million.
    return memoryview(dumped).tobytes()


def digest(lines: Iterable[tuple[str, Iterable[bytes]]]) -> str:
    """The hash, in hexadecimal, of the lines of each table; the tables in the order of names."""
    sha256 = hashlib.sha256()
    for table, unordered in lines:
        if ordered := sorted(unordered):
            for each in (table.encode(), *ordered):
                sha256.update(each)
                sha256.update(b"\n")
        del ordered  # not kept beside the next table's
    return sha256.hexdigest()


def of_dataset(dataset: Dataset) -> str:
    """The hash of a dataset's files. Raises DatasetError for a JSONL row that is not as the data
    dictionary says."""
    return digest(
        (table, [line(row) for row in stored(file, table, dataset.tables[table])])
        for table, file in sorted(dataset.files.items())
    )


def stored(file: Path, table: str, columns: Columns) -> Iterator[dict[str, Any]]:
    """Read the rows of a table's file, with JSON columns parsed."""
    if file.suffix == ".csv":
        yield from comma_separated.read_rows(file, table, columns)
        return
    if file.suffix == ".jsonl":
        yield from read_rows(file, table, columns)
        return
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        read, given = "FROM read_parquet($file)", {"file": str(file)}
        types = connection.execute(f"DESCRIBE {read}", given).fetchall()
        chosen = ", ".join(_as_in_jsonl(name, kind) for name, kind, *_ in types)
        found = connection.execute(f"SELECT {chosen} {read}", given)
        names = [name for name, *_ in types]
        documents = {name for name in names if columns.get(name) == JSON}
        while batch := found.fetchmany(10_000):
            for values in batch:
                yield {
                    name: orjson.loads(value) if value is not None and name in documents else value
                    for name, value in zip(names, values, strict=True)
                }


def _as_in_jsonl(name: str, kind: str) -> str:
    """A column of a Parquet file as JSONL has it: times and UUIDs are texts."""
    column = '"' + name.replace('"', '""') + '"'
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"strftime(CAST({column} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"CAST({column} AS VARCHAR)" if kind == "UUID" else column
