"""Parquet files: which columns one has, and whether their types are those of the table.

What is taken is what is loaded as it is meant; a number with a fraction is no integer, whatever is
in the file, and a text is none either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import _duckdb as duckdb
from attrs import frozen

from locum.datasets.columns import (
    BOOLEAN,
    INTEGER,
    INTEGER_MAP,
    JSON,
    NUMBER,
    TEXT,
    TEXT_MAP,
    TEXTS,
    TIME,
    Columns,
)
from locum.datasets.findings import Finding
from locum.engine.tables import quoted
from locum.exceptions import did_you_mean

# DuckDB's names. Integers without a sign have 32 bits at most, for those of 64 may be too large.
_INTEGERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER"),
)
_TIMES = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
_TYPES = {
    TEXT: ("VARCHAR", "UUID"),
    INTEGER: _INTEGERS,
    BOOLEAN: ("BOOLEAN",),
    TIME: ("VARCHAR", "DATE", *_TIMES),
    JSON: ("VARCHAR", "JSON"),
    TEXTS: ("VARCHAR[]",),
    TEXT_MAP: ("MAP(VARCHAR, VARCHAR)",),
    INTEGER_MAP: tuple(f"MAP(VARCHAR, {integer})" for integer in _INTEGERS),
    NUMBER: ("DOUBLE", "FLOAT", *_INTEGERS),
}


@frozen
class Schema:
    """The columns of a file that are loaded (any other is null), what is wrong with others, and how
    many rows there are."""

    present: tuple[str, ...]
    faults: tuple[Finding, ...]
    rows: int = 0


def schema(
    connection: duckdb.DuckDBPyConnection, file: Path, table: str, columns: Columns
) -> Schema:
    """Look at the columns of the file: an unknown one, or one of another type, is wrong, save where
    it is null throughout, for which some writers have a type of its own."""
    given = {"file": str(file)}
    counted = "SELECT num_rows FROM parquet_file_metadata($file)"
    try:
        described = connection.execute("DESCRIBE FROM read_parquet($file)", given).fetchall()
        ((rows,),) = connection.execute(counted, given).fetchall()
    except duckdb.Error as error:
        message = f"is no whole Parquet file: {str(error).splitlines()[0]}"
        return Schema((), (Finding(file, message, "write it again"),))
    found = {row[0]: row[1] for row in described}
    present = [name for name, kind in columns.items() if _is_taken(found.get(name, ""), kind)]
    return Schema(tuple(present), tuple(_faults(connection, file, table, columns, found)), rows)


def _is_taken(found: str, kind: str) -> bool:
    return found in _TYPES[kind] or (kind == NUMBER and found.startswith("DECIMAL("))


def _faults(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    table: str,
    columns: Columns,
    found: Mapping[str, str],
) -> Iterator[Finding]:
    for name, kind in found.items():
        if name not in columns:
            near = did_you_mean(name, columns)
            fix = f"the columns of {table} are {', '.join(columns)}"
            yield Finding(file, f"unknown column {name!r:.80}{near}", fix, column=name)
        elif not _is_taken(kind, columns[name]) and _has_values(connection, file, name):
            expected = _TYPES[columns[name]][0]
            yield Finding(
                file,
                f"{name} has the type {kind:.80}, expected "
                f"{' or '.join(_TYPES[columns[name]])} for {columns[name]}",
                f"write {name} as {expected}",
                column=name,
            )


def _has_values(connection: duckdb.DuckDBPyConnection, file: Path, column: str) -> bool:
    statement = f"SELECT count({quoted(column)}) FROM read_parquet($file)"
    ((count,),) = connection.execute(statement, {"file": str(file)}).fetchall()
    return bool(count)
