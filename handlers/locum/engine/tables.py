"""From a dataset's files to the engine's tables (statements in DuckDB's dialect).

Every measure is an integer: times and durations in microseconds (`_us`), money in nano-USD
(`_nano`). Sums of integers are exact and the same in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path

from attrs import frozen

from locum.datasets.columns import (
    BOOLEAN,
    INTEGER,
    INTEGER_MAP,
    JSON,
    KEY_COLUMNS,
    TEXT,
    TEXT_MAP,
    TEXTS,
    TIME,
    Columns,
)

_FILE_TYPES = {
    TEXT: "VARCHAR",
    INTEGER: "BIGINT",
    BOOLEAN: "BOOLEAN",
    TIME: "VARCHAR",
    JSON: "JSON",
    TEXTS: "VARCHAR[]",
    TEXT_MAP: "MAP(VARCHAR, VARCHAR)",
    INTEGER_MAP: "MAP(VARCHAR, BIGINT)",
}
_DAY_US = 86_400_000_000


@frozen
class Table:
    """A table of a dataset: the type of each column of its file, in order.

    `select` makes the engine's table of the file's rows (the relation `rows`, in which a time is
    in microseconds, see `microseconds`, an absent list or map is an empty one, and `row` counts
    from 1 in file order); it may read the engine's tables of those in `after`, which are loaded
    before. `relation` is the engine's name, by default the table's with `_` for `/`.
    """

    columns: Columns
    select: str = "SELECT * FROM rows"
    relation: str = ""
    after: tuple[str, ...] = ()

    def name(self, table: str) -> str:
        """Return the engine's name of the table."""
        return self.relation or table.replace("/", "_")


@frozen
class Derived:
    """A table that is made of others when a dataset is loaded, by the statement `select`.

    One that is `temporary` is dropped when all are made; one that is a `view` is computed whenever
    it is read; one that is `lazy` is made when `Data.table` first asks for it, and before it those
    that it `needs`.
    """

    name: str
    select: str
    temporary: bool = False
    view: bool = False
    lazy: bool = False
    needs: tuple[str, ...] = ()

    @property
    def create(self) -> str:
        """The statement that makes it."""
        return f"CREATE {'VIEW' if self.view else 'TABLE'} {quoted(self.name)} AS {self.select}"


# Ids of tenants are compared in any letter case.
KEYS_TABLE = Table(KEY_COLUMNS, "SELECT * REPLACE (lower(tenant_id) AS tenant_id) FROM rows")


def load_order(tables: Mapping[str, Table]) -> list[str]:
    """Return the names in the order in which they are loaded."""
    return list(
        TopologicalSorter({name: table.after for name, table in tables.items()}).static_order()
    )


def quoted(name: str) -> str:
    """Return the name of a table or column as a statement may have it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def microseconds(column: str) -> str:
    """Return the engine's name of a time column: start_time is start_us, created_at created_us."""
    return column.removesuffix("_time").removesuffix("_at") + "_us"


def _column(column: str, kind: str) -> str:
    name = quoted(column)
    if kind == TIME:
        later = f"epoch_us(CAST({name} AS TIMESTAMPTZ)) + CAST($later_us AS BIGINT)"
        return f"{later} AS {quoted(microseconds(column))}"
    if kind == JSON:
        return f"CAST({name} AS JSON) AS {name}"
    if kind == TEXTS:
        return f"coalesce({name}, []) AS {name}"
    if kind in (TEXT_MAP, INTEGER_MAP):
        return f"coalesce({name}, MAP {{}}) AS {name}"
    return name


def file_types(columns: Columns) -> str:
    """Return the columns of a table's file with their types in DuckDB, as read_json wants them."""
    return ", ".join(f"{quoted(column)}: '{_FILE_TYPES[kind]}'" for column, kind in columns.items())


def load(
    name: str, table: Table, file: Path | None, days: int = 0
) -> tuple[str, dict[str, str | int]]:
    """Return the statement that makes the engine's table from the file, or an empty one, and its
    parameters. Times are so many days later."""
    parameters: dict[str, str | int] = {}
    number = "row_number() OVER ()"
    if TIME in table.columns.values():
        parameters["later_us"] = days * _DAY_US
    chosen = ", ".join(_column(column, kind) for column, kind in table.columns.items())
    if file is None:
        empty = ", ".join(
            f"NULL::{_FILE_TYPES[kind]} AS {quoted(column)}"
            for column, kind in table.columns.items()
        )
        source = f"(SELECT {empty} LIMIT 0)"
    else:
        parameters["file"] = str(file)
        if file.suffix == ".jsonl":
            types = file_types(table.columns)
            source = f"read_json($file, format='newline_delimited', columns={{{types}}})"
        else:  # rows that have numbers already are read by several threads
            source, number = "read_parquet($file, file_row_number = true)", "file_row_number + 1"
    rows = f"SELECT CAST({number} AS INTEGER) AS row, {chosen} FROM {source}"
    relation = quoted(table.name(name))
    return f"CREATE TABLE {relation} AS WITH rows AS ({rows}) {table.select}", parameters
