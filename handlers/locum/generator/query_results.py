"""What an SQL statement might find: a small table with the columns that it names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

_SELECT = re.compile(r"SELECT (.+?) FROM (.+)", re.IGNORECASE)
_COMMA = re.compile(r",\s*(?![^()]*\))")  # but not within the arguments of a function
_ALIAS = re.compile(r"\s+AS\s+", re.IGNORECASE)
_NAME = re.compile(r'(?:\w+\.)?"?(\w+)')
_COMPARED = re.compile(r"(\w+) [=<>]")
_EQUAL = re.compile(r"(\w+) = '(.*?)'(?= AND |$)")
_AGGREGATES = {"sum", "count", "avg", "min", "max"}
_MOST_ROWS = 4
_MONDAY = date(2024, 1, 1)
_SHOPS = ("Lisbon", "Oslo", "Nairobi", "Osaka")
# Values by the name of their column, from the number that varies them and the row, from 0.
_VALUES: dict[str, Callable[[int, int], Any]] = {
    "id": lambda number, row: 1000 + number + 37 * row,
    "amount": lambda number, row: (10_050 + 37 * ((number + 211 * row) % 1000)) / 100,
    "sum": lambda number, row: (100_000 + 1_237 * number + 4_099 * row) / 100,
    "rank": lambda _, row: row + 1,
    "shop": lambda number, row: _SHOPS[(number + row) % len(_SHOPS)],
    "date_trunc": lambda number, row: str(_MONDAY + timedelta(weeks=number % 40 + row)),
}


def table(statement: str, number: int) -> dict[str, Any]:
    """Return `columns`, named as PostgreSQL names them, and one to four `rows`; `number` (0 to 999)
    varies them.

    An aggregate of all rows gives one row, and a column that must equal a text does. What is no
    SELECT finds nothing.
    """
    parts = _SELECT.match(" ".join(statement.split()))
    if parts is None:
        return {"columns": [], "rows": []}
    columns = [_name(column) for column in _COMMA.split(parts[1])]
    if parts[1] == "*":
        columns = ["id", *dict.fromkeys(_COMPARED.findall(parts[2]))]
    is_total = _AGGREGATES.issuperset(columns) and "GROUP BY" not in parts[2].upper()
    count = 1 if is_total else 1 + number % _MOST_ROWS
    equal = dict(_EQUAL.findall(parts[2]))
    rows = [
        [equal.get(column) or _value(column, number, row) for column in columns]
        for row in range(count)
    ]
    return {"columns": columns, "rows": rows}


def _name(column: str) -> str:
    """A column's own name, its alias, or its function's name."""
    named = _NAME.match(_ALIAS.split(column)[-1])
    return named[1] if named else "?column?"


def _value(column: str, number: int, row: int) -> Any:
    value = _VALUES.get(column)
    return value(number, row) if value else 1 + (7 * number + 31 * row) % 90
