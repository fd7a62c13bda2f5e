"""A dataset's tables in DuckDB as the data dictionary describes them, for checks to look at."""

from __future__ import annotations

from pathlib import Path

import duckdb

from understudy import tables
from understudy.datasets import JSON, TABLES, TIME, Dataset


def connect(dataset: Dataset) -> duckdb.DuckDBPyConnection:
    """Its tables, `/` in their names written as `_`; a time is a TIMESTAMP in UTC. The connection
    can open no further file."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    for table in TABLES:
        source, parameters = _source(table, dataset.files.get(table))
        chosen = ", ".join(_column(name, kind) for name, kind in TABLES[table].items())
        statement = f"CREATE TABLE {tables.table(table)} AS SELECT {chosen} FROM {source}"
        connection.execute(statement, parameters)
    connection.execute("SET enable_external_access = false")
    return connection


def _source(table: str, file: Path | None) -> tuple[str, dict[str, str]]:
    if file is not None and file.suffix == ".parquet":
        return "read_parquet($file)", {"file": str(file)}
    # A table without a file is an empty one.
    named = {"file": str(file)} if file is not None and file.stat().st_size else {}
    types = tables.file_types(table)
    if named:
        return f"read_json($file, format='newline_delimited', columns={{{types}}})", named
    columns = ", ".join(f"CAST(NULL AS {kind[1:-1]}) AS {name}" for name, kind in _types(types))
    return f"(SELECT {columns} LIMIT 0)", {}


def _types(types: str) -> list[tuple[str, str]]:
    return []


def _column(name: str, kind: str) -> str:
    if kind == TIME:
        return f"CAST(CAST({name} AS TIMESTAMPTZ) AS TIMESTAMP) AS {name}"
    return f"CAST({name} AS JSON) AS {name}" if kind == JSON else name
