"""A generated dataset's tables in DuckDB as the data dictionary describes them."""

from __future__ import annotations

import duckdb

from locum.datasets.columns import JSON, TIME
from locum.datasets.dataset import Dataset
from locum.engine.tables import FILE_TYPES, file_types


def connect(dataset: Dataset) -> duckdb.DuckDBPyConnection:
    """Its tables, `/` in their names written as `_`; a time is a TIMESTAMP in UTC. The connection
    opens no further file."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    for table, file in dataset.files.items():
        columns = dataset.tables[table]
        source, present = "read_parquet($file)", set(columns)
        if file.suffix == ".parquet":
            described = connection.execute(f"DESCRIBE FROM {source}", {"file": str(file)})
            present = {name for name, *_ in described.fetchall()}
        if file.suffix == ".jsonl":
            types = file_types(columns)
            source = f"read_json($file, format='newline_delimited', columns={{{types}}})"
        chosen = ", ".join(
            _column(name, kind) if name in present else f"CAST(NULL AS {_type(kind)}) AS {name}"
            for name, kind in columns.items()
        )
        name = table.replace("/", "_")
        statement = f"CREATE TABLE {name} AS SELECT {chosen} FROM {source}"
        connection.execute(statement, {"file": str(file)})
    connection.execute("SET enable_external_access = false")
    return connection


def _column(name: str, kind: str) -> str:
    if kind == TIME:
        return f"CAST(CAST({name} AS TIMESTAMPTZ) AS TIMESTAMP) AS {name}"
    return f"CAST({name} AS JSON) AS {name}" if kind == JSON else name


def _type(kind: str) -> str:
    return "TIMESTAMP" if kind == TIME else FILE_TYPES[kind]
