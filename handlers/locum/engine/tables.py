"""From a dataset's files to the engine's tables (statements in DuckDB's dialect).

Every measure is an integer: times and durations in microseconds (`_us`), money in nano-USD
(`_nano`). Sums of integers are exact and the same in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

from attrs import field, frozen

from locum.datasets.columns import (
    BOOLEAN,
    INTEGER,
    INTEGER_MAP,
    JSON,
    KEY_COLUMNS,
    NUMBER,
    TEXT,
    TEXT_MAP,
    TEXTS,
    TIME,
    Columns,
)
from locum.datasets.constraints import Constraints
from locum.datasets.own_tables import OwnTable

FILE_TYPES = {
    TEXT: "VARCHAR",
    INTEGER: "BIGINT",
    BOOLEAN: "BOOLEAN",
    TIME: "VARCHAR",
    JSON: "JSON",
    TEXTS: "VARCHAR[]",
    TEXT_MAP: "MAP(VARCHAR, VARCHAR)",
    INTEGER_MAP: "MAP(VARCHAR, BIGINT)",
    NUMBER: "DOUBLE",
}
DAY_US = 86_400_000_000
# Of the years 1 to 9999, which is what ISO-8601 has: the first time, and the first one after them.
_FIRST_US, _AFTER_US = -62_135_596_800_000_000, 253_402_300_800_000_000


@frozen
class Joined:
    """A column that a table takes from `other`, a table that is loaded before it: `value` is an
    expression over a row of the table. It is looked up again when rows of the other are new or
    others, which are the relation `changed`, in the rows of which `where` is true: unless rows have
    gone, they are among those of which `waits` is, where that is given."""

    other: str
    column: str
    value: str
    where: str
    waits: str = ""


@frozen
class Table:
    """A table of a dataset: the type of each column of its file, in order.

    `select` makes the engine's table of the file's rows (the relation `rows`, in which a time is
    in microseconds, see `microseconds`, an absent list or map is an empty one, and `row` counts
    from 1 in file order); it may read the engine's tables of those in `after`, which are loaded
    before. `relation` is the engine's name, by default the table's with `_` for `/`.

    `constraints` hold of the rows, which the column `counter` of the engine's table counts, from
    `first`, in file order.

    Where rows are written to it later, they are told apart by the columns of `key`, texts, integers
    or booleans; by default those of its first `unique` constraint, else `distinct` one: no other
    row may stand for the same. `select` makes the engine's rows of these alone, or `more` does,
    where rows depend on those that are there, which may read the lazy tables that it `needs`; what
    they take from rows of other tables that come later is `joined`.
    """

    columns: Columns
    select: str = "SELECT * FROM rows"
    relation: str = ""
    after: tuple[str, ...] = ()
    constraints: Constraints = field(factory=Constraints)
    counter: str = "row"
    first: int = 1
    key: tuple[str, ...] = ()
    more: str = ""
    needs: tuple[str, ...] = ()
    joined: tuple[Joined, ...] = ()

    def name(self, table: str) -> str:
        """Return the engine's name of the table."""
        return self.relation or table.replace("/", "_")

    @property
    def row(self) -> str:
        """The number of a row in the file, from 1, as an expression."""
        return self.counter if self.first == 1 else f"{self.counter} + {1 - self.first}"

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell rows apart; none where nothing does."""
        if self.key:
            return self.key
        groups = (*self.constraints.unique, *self.constraints.distinct)
        return next(
            (g for g in groups if all(self.columns[c] in (TEXT, INTEGER, BOOLEAN) for c in g)), ()
        )


@frozen
class Derived:
    """A table that is made of others when a dataset is loaded, by the statement `select`.

    One that is `temporary` is dropped when all are made; one that is a `view` is computed whenever
    it is read; one that is `lazy` is made when `Data.table` first asks for it, and before it those
    that it `needs`.

    Where rows are written to a dataset, it is made anew, a lazy one when it is asked for. But one
    that is made `of` one table, each row by itself, is extended: `select` is asked over the rows
    of that table that are new (and their rows in others that are derived from it), or `more` is.
    Its column `row` has the number of the row that its own belong to; those of one without belong
    to none, and stay when that row is replaced.
    """

    name: str
    select: str
    temporary: bool = False
    view: bool = False
    lazy: bool = False
    needs: tuple[str, ...] = ()
    of: str = ""
    row: str = ""
    more: str = ""

    @property
    def create(self) -> str:
        """The statement that makes it."""
        return f"CREATE {'VIEW' if self.view else 'TABLE'} {quoted(self.name)} AS {self.select}"


# Ids of tenants are compared in any letter case. One key may open several tenants; one that names
# no provider is every provider's.
KEYS_TABLE = Table(
    KEY_COLUMNS,
    "SELECT * REPLACE (lower(tenant_id) AS tenant_id) FROM rows",
    constraints=Constraints(
        required=("key",),
        unique=(("key", "provider", "tenant_id"),),
        expected=("tenant_id",),
        known={"access": ("rw", "r")},
        secret=("key",),
    ),
)


def of_folder(own: Mapping[str, OwnTable]) -> dict[str, Table]:
    """Return the tables that a dataset's folder declares itself."""
    return {
        name: Table(table.columns, constraints=table.constraints) for name, table in own.items()
    }


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


def time(expression: str) -> str:
    """Return the microseconds of a time, null for what is none that can be served."""
    found = f"epoch_us({expression})"
    return f"if({found} >= {_FIRST_US} AND {found} < {_AFTER_US}, {found}, NULL)"


def _column(column: str, kind: str) -> str:
    name = quoted(column)
    if kind == TIME:
        read = time(f"CAST({name} AS TIMESTAMPTZ)")
        none = f"if({name} IS NULL, NULL, error('no time'))"
        later = f"coalesce({read}, {none}) + CAST($later_us AS BIGINT)"
        return f"{later} AS {quoted(microseconds(column))}"
    if kind == TEXTS:
        return f"coalesce({name}, []) AS {name}"
    if kind in (TEXT_MAP, INTEGER_MAP):
        return f"coalesce({name}, MAP {{}}) AS {name}"
    return f"CAST({name} AS {FILE_TYPES[kind]}) AS {name}"


def file_types(columns: Columns) -> str:
    """Return the columns of a table's file with their types in DuckDB, as read_json wants them."""
    return ", ".join(f"{quoted(column)}: '{FILE_TYPES[kind]}'" for column, kind in columns.items())


def source(file: Path | None, columns: Columns, present: Collection[str]) -> str:
    """Return the relation of a file's rows, or of none, with a column for each of the table's:
    those of a Parquet or CSV file that are not `present` are null, and those of a CSV file are
    `present` in its order. The file is the parameter $file."""
    nulls = (f"NULL::{FILE_TYPES[kind]} AS {quoted(name)}" for name, kind in columns.items())
    if file is None:
        return f"(SELECT {', '.join(nulls)} LIMIT 0)"
    if file.suffix == ".jsonl":
        types = file_types(columns)
        return f"read_json($file, format='newline_delimited', columns={{{types}}})"
    if file.suffix == ".csv":
        return _of_csv(columns, present)
    chosen = (
        quoted(name) if name in present else null for name, null in zip(columns, nulls, strict=True)
    )
    read = "read_parquet($file, file_row_number = true)"
    return f"(SELECT file_row_number, {', '.join(chosen)} FROM {read})"


def _of_csv(columns: Columns, present: Collection[str]) -> str:
    def value(name: str, kind: str) -> str:
        text = quoted(name) if name in present else "NULL"
        # What is no text or number is JSON: DuckDB's own way to write a list is another.
        read = text if kind in (TEXT, TIME, INTEGER, BOOLEAN, NUMBER) else f"CAST({text} AS JSON)"
        return f"CAST({read} AS {FILE_TYPES[kind]}) AS {quoted(name)}"

    chosen = ", ".join(value(name, kind) for name, kind in columns.items())
    names = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in present)
    options = "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', nullstr=''"
    return f"(SELECT {chosen} FROM read_csv($file, {options}, columns={{{names}}}))"


def row_number(file: Path | None) -> str:
    """Return the number of a row in its file, from 1, as an expression over its `source`."""
    if file is None or file.suffix != ".parquet":
        return "CAST(row_number() OVER () AS INTEGER)"
    # Rows that have numbers already are read by several threads.
    return "CAST(file_row_number + 1 AS INTEGER)"


def load(
    name: str,
    table: Table,
    file: Path | None,
    days: int = 0,
    present: Collection[str] | None = None,
) -> tuple[str, dict[str, str | int]]:
    """Return the statement that makes the engine's table from the file, or an empty one, and its
    parameters. Times are so many days later; `present` are the columns of a Parquet file that are
    loaded, by default all."""
    parameters: dict[str, str | int] = {} if file is None else {"file": str(file)}
    if TIME in table.columns.values():
        parameters["later_us"] = days * DAY_US
    from_ = source(file, table.columns, table.columns if present is None else present)
    rows = f"SELECT {row_number(file)} AS row, {_chosen(table.columns)} FROM {from_}"
    relation = quoted(table.name(name))
    return f"CREATE TABLE {relation} AS WITH rows AS ({rows}) {table.select}", parameters


def _chosen(columns: Columns) -> str:
    return ", ".join(_column(column, kind) for column, kind in columns.items())


def written(
    table: Table, file: Path, beside: Mapping[str, str]
) -> tuple[str, dict[str, str | int]]:
    """Return the statement that selects the engine's rows of those that are written in the file,
    as JSONL, each with its number as `row`; and its parameters. What is `beside` are relations by
    their names, which stand for the tables of these names."""
    parameters: dict[str, str | int] = {"file": str(file)}
    if TIME in table.columns.values():
        parameters["later_us"] = 0
    types = file_types(table.columns)
    from_ = f"read_json($file, format='newline_delimited', columns={{\"row\": 'INTEGER', {types}}})"
    rows = f"SELECT row, {_chosen(table.columns)} FROM {from_}"
    relations = {"rows": rows, **beside}
    given = ", ".join(f"{quoted(name)} AS ({select})" for name, select in relations.items())
    return f"WITH {given} {table.more or table.select}", parameters
