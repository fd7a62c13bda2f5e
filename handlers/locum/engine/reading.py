"""What of a table's file the engine cannot read, found before it is loaded or where that failed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import _duckdb as duckdb

from locum.datasets import jsonl
from locum.datasets.columns import JSON, TIME
from locum.datasets.findings import Finding
from locum.engine import parquet
from locum.engine.parquet import Schema
from locum.engine.tables import Table, quoted, row_number, source, time
from locum.resources import DATA_DICTIONARY

_MOST = 1000  # findings in one file


def schema(connection: duckdb.DuckDBPyConnection, file: Path, name: str, table: Table) -> Schema:
    """Look at a table's file: which columns it has, and what in it is not as they are declared."""
    if file.suffix == ".parquet":
        return parquet.schema(connection, file, name, table.columns)
    faults: list[Finding] = []
    rows = 0
    present: Sequence[str] = tuple(table.columns)
    read = jsonl.rows_and_faults
    if file.suffix == ".csv":
        from locum.datasets import comma_separated  # noqa: PLC0415  # most datasets have none

        present, read = comma_separated.header(file), comma_separated.rows_and_faults
    for row in read(file, name, table.columns):
        if isinstance(row, Finding):
            faults.append(row)
        rows += 1
        if len(faults) == _MOST:
            break
    return Schema(tuple(present), tuple(faults), rows)


def unread(
    file: Path, name: str, table: Table, present: Sequence[str], error: duckdb.Error
) -> list[Finding]:
    """Find the values by which the database could not load the file, else tell its own words."""
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET TimeZone = 'UTC'")
            if found := list(_values(connection, file, table, present)):
                return found
    except duckdb.Error:
        pass  # it reads even less of the file: the first error tells why
    if file.suffix == ".jsonl" and (twice := list(_names_twice(file))):
        return twice
    fix = f"see the columns of {name} in its provider; bundled ones: {DATA_DICTIONARY}"
    return [Finding(file, str(error).splitlines()[0], fix)]


def _values(
    connection: duckdb.DuckDBPyConnection, file: Path, table: Table, present: Sequence[str]
) -> Iterator[Finding]:
    conditions = {
        name: ("a time such as 2026-06-30T12:00:00Z, of the years 1 to 9999", _is_time(name))
        for name in present
        if table.columns[name] == TIME
    }
    for name in present:
        if table.columns[name] == JSON:
            conditions[name] = ("JSON", f"TRY_CAST({quoted(name)} AS JSON) IS NOT NULL")
    rows = f"SELECT {row_number(file)} AS row, * FROM {source(file, table.columns, present)}"
    readable = [(each.column, each.expected, each.holds) for each in table.constraints.readable]
    for column, expected, holds in [*((n, *c) for n, c in conditions.items()), *readable]:
        statement = (
            f"SELECT row, CAST({quoted(column)} AS VARCHAR), count(*) OVER () FROM ({rows}) "
            f"WHERE {quoted(column)} IS NOT NULL AND NOT coalesce({holds}, false) "
            "ORDER BY row LIMIT 1"
        )
        for row, found, count in connection.execute(statement, {"file": str(file)}).fetchall():
            place = place_of(file, [row])[0]
            message = f"{column} is {found!r:.80}, expected {expected}"
            yield Finding(file, message, f"mend {column}, or leave it out", place, column, count)


def place_of(file: Path, rows: Sequence[int]) -> list[int]:
    """Return where rows of the file stand, whose numbers are sorted: a row of JSONL or CSV begins
    on a line."""
    if file.suffix == ".csv":
        from locum.datasets import comma_separated  # noqa: PLC0415  # see above

        return comma_separated.lines_of(file, rows)
    return jsonl.lines_of(file, rows) if file.suffix == ".jsonl" else list(rows)


def _is_time(column: str) -> str:
    return f"{time(f'TRY_CAST({quoted(column)} AS TIMESTAMPTZ)')} IS NOT NULL"


def _names_twice(file: Path) -> Iterator[Finding]:
    """Rows that have a column twice, which the reader's parser lets pass and the database's not."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            pairs = json.loads(line.removeprefix(jsonl.BOM), object_pairs_hook=list)
            for name, count in Counter(name for name, _ in pairs).items():
                if count > 1:
                    message = f"the column {name!r:.80} stands there twice"
                    yield Finding(file, message, "leave one of the two out", number, name)
