"""Rows that are written and not in the engine yet: lines of JSON by their keys, table by table, and
the keys of rows that are deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from attrs import define, field

from locum.datasets.columns import JSON, TEXT, TIME, is_of_type
from locum.datasets.jsonl import LARGEST_ROW
from locum.engine.kept import Changes
from locum.engine.key_index import Key
from locum.engine.tables import Table
from locum.exceptions import InvalidRequest, InvalidValue, RowTooLarge

Row = dict[str, Any]  # as it stands in a JSONL file of its table
# A row without a key is told apart by its place among those of its layer.
Place = Key | int

_OVERHEAD = 100  # bytes of a row beside its line, about
_NO_JSON = "Type is not JSON serializable"  # as orjson says it


class UnwritableRow(ValueError):
    """A writer wrote a row that the engine could not load."""

    def __init__(self, table: str, what: str, found: str, expected: str) -> None:
        super().__init__(f"{table}: {what} is {found:.80}, expected {expected}")


def key_of(table: Table, row: Mapping[str, Any]) -> Key | None:
    """Return the row's key; None where a part of it is null, or the table has none."""
    key = tuple(row.get(column) for column in table.keys)
    return None if not key or None in key else key


def written(name: str, table: Table, row: Mapping[str, Any]) -> bytes:
    """Return the row as a line of JSON. Raises RowTooLarge, InvalidRequest for a value that JSON
    cannot tell, and UnwritableRow for another that the engine could not load."""
    kinds = table.columns
    for column, value in row.items():
        kind = kinds.get(column)
        if kind is None:
            raise UnwritableRow(name, column, "no column", f"one of {', '.join(kinds)}")
        # Nearly all values are among these, and each is looked at whenever its row is written.
        if value is None or kind == JSON or (kind == TEXT and type(value) is str):
            continue
        if not is_of_type(kind, value) or (kind == TIME and not _is_time(value)):
            raise UnwritableRow(name, column, repr(value), kind)
    try:
        line = orjson.dumps(row)
    except TypeError as error:
        if str(error).startswith(_NO_JSON):
            raise UnwritableRow(name, "a row", str(error), "JSON") from None
        # Of an object that came in a request, and was kept as it is.
        message = f"{error}, expected integers of 64 bits and texts that UTF-8 can tell"
        raise InvalidRequest((InvalidValue(("body",), message, "value_error"),)) from None
    if len(line) > LARGEST_ROW:
        raise RowTooLarge(name, len(line), LARGEST_ROW)
    return line


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@define(eq=False)
class OfTable:
    """What is written to one table: `lines` in the order in which their keys were first written,
    and the keys of rows that are to go, before those come."""

    lines: dict[Place, bytes] = field(factory=dict)
    gone: dict[Key, None] = field(factory=dict)


@define(eq=False)
class Pending:
    """What is written to all tables, and what of one transaction was `kept` beside them. Not for
    several threads at once."""

    tables: dict[str, OfTable] = field(factory=dict)
    rows: int = 0
    size: int = 0  # in bytes
    kept: Changes = field(factory=dict)

    def of(self, table: str) -> OfTable:
        """Return what is written to the table."""
        if table not in self.tables:
            self.tables[table] = OfTable()
        return self.tables[table]

    def put(self, table: str, place: Place, line: bytes) -> None:
        """Write a row, in the place of the one of that key, if any."""
        lines = self.of(table).lines
        before = lines.get(place)
        self.rows += before is None
        self.size += len(line) - len(before) if before is not None else len(line) + _OVERHEAD
        lines[place] = line

    def delete(self, table: str, keys: Iterable[Key]) -> None:
        """Delete the rows of these keys."""
        own = self.of(table)
        for key in keys:
            line = own.lines.pop(key, None)
            if line is not None:
                self.rows -= 1
                self.size -= len(line) + _OVERHEAD
            own.gone[key] = None

    def add(self, later: Pending) -> None:
        """Do what the later one does, after this."""
        for table, its in later.tables.items():
            self.delete(table, its.gone)
            for place, line in its.lines.items():
                self.put(table, place, line)

    def known(self, table: str, keys: Collection[Key]) -> Iterator[tuple[Key, Row | None]]:
        """Give the row of each key of which this tells, None where it is deleted."""
        own = self.tables.get(table)
        if own is None:
            return
        for key in keys:
            if key in own.lines:
                yield key, orjson.loads(own.lines[key])
            elif key in own.gone:
                yield key, None

    def __bool__(self) -> bool:
        return any(own.lines or own.gone for own in self.tables.values())
