"""A version of a dataset as files would have it: the rows of each table, one after the other.

Rows of a table that nothing was written to are those of its file, unless that is another one by
now, or times are served later than they are in it. All others are the engine's: they mean the same,
though a time may be written otherwise, and what is an empty list or map for the engine is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from attrs import frozen

from locum.datasets import own_tables, prices
from locum.datasets.columns import INTEGER_MAP, JSON, TEXT_MAP, TEXTS, TIME
from locum.datasets.constraints import Reference
from locum.engine.data import Data
from locum.engine.tables import Table, microseconds, quoted

Row = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 1_000  # rows that one statement asks for
_EMPTY = (TEXTS, TEXT_MAP, INTEGER_MAP)  # of which the engine has an empty one where there is none


@frozen(eq=False)
class Missing:
    """So many rows of the table have a value in `column` that is in no row of `other`."""

    table: str
    column: str
    other: str
    rows: int

    @property
    def sentence(self) -> str:
        """What is to be told."""
        return (
            f"{self.rows:,} rows of {self.table} are saved with an unknown {self.column}: "
            f"it names no row of {self.other}"
        )


@frozen(eq=False)
class AsFiles:
    """One version of a dataset. It is read in pieces, and as long as this lives, its rows stay what
    they are. `written` are the tables that something was written to."""

    data: Data
    written: Collection[str] = ()

    @property
    def tables(self) -> dict[str, Table]:
        """Those that may have rows, sorted by their names."""
        dataset, declared = self.data.engine.dataset, self.data.engine.declared
        return {
            name: declared[name]
            for name in sorted(declared)
            if name in dataset.files or name in self.written
        }

    @property
    def further(self) -> dict[str, Path]:
        """The files beside the tables, by their names."""
        folder = self.data.engine.dataset.folder
        return {
            name: folder / name
            for name in (own_tables.FILE, prices.FILE)
            if (folder / name).is_file()
        }

    def rows(self, name: str) -> Iterator[Row]:
        """Give the rows of a table, without columns that are null."""
        from locum.datasets import logical_hash  # noqa: PLC0415  # most servers need none of it

        table, engine = self.data.engine.declared[name], self.data.engine
        file = engine.dataset.files.get(name)
        if name not in self.written and file is not None and engine.has_as_it_is(name):
            return map(logical_hash.known, logical_hash.stored(file, name, table.columns))
        return _of_engine(self.data, name, table)

    def now(self) -> str | None:
        """Return the end of its time: that of the dataset, or the latest time of the tables that
        something was written to; where the dataset has none, the latest of all. None where there is
        no time."""
        known = self.data.now_us
        asked = self.tables if known is None else self.written
        times = [] if known is None else [known]
        for name in asked:
            times += _latest(self.data, name, self.data.engine.declared[name])
        return None if not times else _text(max(times))

    def missing(self) -> list[Missing]:
        """Find which rows of the tables that something was written to name others that are not
        there: their parents, or rows that they are about."""
        found = []
        for name in self.written:
            table = self.data.engine.declared[name]
            tree = table.constraints.tree
            asked = [] if tree is None else [Reference(tree.parent, name, tree.id)]
            for each in (*asked, *table.constraints.references):
                rows = self._without(table.name(name), each)
                if rows:
                    found.append(Missing(name, each.column, each.table, rows))
        return found

    def _without(self, relation: str, reference: Reference) -> int:
        """Return how many rows refer to one that is not there."""
        other = self.data.engine.declared.get(reference.table)
        if other is None:
            return 0
        column, key = quoted(reference.column), quoted(reference.key)
        ((rows,),) = self.data.rows(
            f"SELECT count(*) FROM (SELECT {column} AS own FROM {quoted(relation)} "
            f"WHERE {column} IS NOT NULL AND ({reference.where})) referring "
            f"ANTI JOIN {quoted(other.name(reference.table))} other ON referring.own = other.{key}"
        )
        return int(rows)

    def manifest(self, rows: Mapping[str, int], digest: str) -> dict[str, Any]:
        """Return the manifest of a dataset of these numbers of rows, with this hash."""
        told = self.data.engine.dataset.manifest.get("description", "")
        if self.written:
            told = f"{self.data.name} with what was written to it"
        now = self.now()
        return {
            "name": self.data.name,
            "description": told,
            **({} if now is None else {"now": now}),
            "rows": dict(rows),
            "logical_hash": digest,
        }


def _latest(data: Data, name: str, table: Table) -> list[int]:
    """Return the latest time in each column of times, in microseconds."""
    columns = [column for column, kind in table.columns.items() if kind == TIME]
    if not columns:
        return []
    asked = ", ".join(f"max({quoted(microseconds(column))})" for column in columns)
    (found,) = data.rows(f"SELECT {asked} FROM {quoted(table.name(name))}")
    return [time for time in found if time is not None]


def _of_engine(data: Data, name: str, table: Table) -> Iterator[Row]:
    relation, counter = quoted(table.name(name)), quoted(table.counter)
    columns = ", ".join(
        quoted(microseconds(column) if kind == TIME else column)
        for column, kind in table.columns.items()
    )
    ((first, last),) = data.rows(f"SELECT min({counter}), max({counter}) FROM {relation}")
    if first is None:
        return
    for begin in range(first, last + 1, _AT_ONCE):
        found = data.rows(
            f"SELECT {columns} FROM {relation} "
            f"WHERE {counter} BETWEEN $first AND $last ORDER BY {counter}",
            first=begin,
            last=begin + _AT_ONCE - 1,
        )
        for values in found:
            shown = map(_shown, table.columns.values(), values)
            row = zip(table.columns, shown, strict=True)
            yield {column: value for column, value in row if value is not None}


def _shown(kind: str, value: Any) -> Any:
    if value is None or (kind in _EMPTY and not value):
        return None
    if kind == TIME:
        return _text(value)
    return orjson.loads(value) if kind == JSON else value


def _text(time_us: int) -> str:
    time = _EPOCH + timedelta(microseconds=time_us)
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")
