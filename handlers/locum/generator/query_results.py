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
_ABOVE = re.compile(r"(\w+) > (\d+)")
_SINCE = re.compile(r">= '(\d{4}-\d\d-\d\d)'")
_FIRST = re.compile(r"ORDER BY shop <> '(.*?)',")
_GRAIN = re.compile(r"date_trunc\('(\w+)'")
_AGGREGATES = {"sum", "count", "avg", "min", "max"}
_MOST_ROWS = 4
_MONDAY = date(2024, 1, 1)
_MONTHS = {"month": 1, "quarter": 3}
_PEOPLE = ("Adler", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haas")
_SHOPS = ("Lisbon", "Oslo", "Nairobi", "Osaka")
# Values by the name of their column, from the number that varies them and the row, from 0. Amounts
# are in cents here.
_VALUES: dict[str, Callable[[int, int], Any]] = {
    "id": lambda number, row: 1000 + number + 37 * row,
    "name": lambda number, row: _PEOPLE[(number + row) % len(_PEOPLE)],
    "rank": lambda _, row: row + 1,
    "shop": lambda number, row: _SHOPS[(number + row) % len(_SHOPS)],
}
_CENTS: dict[str, Callable[[int, int], int]] = {
    "amount": lambda number, row: 10_050 + 37 * ((number + 211 * row) % 1000),
    "avg": lambda number, _: 1_000 + 13 * number,
    "max": lambda number, _: 10_000 + 113 * number,
    "sum": lambda number, row: 100_000 + 1_237 * number + 4_099 * row,
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
    values = {column: _values(column, statement) for column in columns}
    rows = [
        [equal.get(column) or values[column](number, row) for column in columns]
        for row in range(count)
    ]
    return {"columns": columns, "rows": rows}


def in_words(found: dict[str, Any]) -> str:
    """Return the rows of a table as a sentence has them: its only value, or row by row."""
    return "; ".join(" ".join(map(str, row)) for row in found["rows"]) or "nothing"


def _values(column: str, statement: str) -> Callable[[int, int], Any]:
    """What gives the values of a column: within the bounds that the statement sets."""
    if column in _CENTS:
        above = 100 * max((int(bound) for _, bound in _ABOVE.findall(statement)), default=0)
        return lambda number, row: (above + _CENTS[column](number, row)) / 100
    if column == "date_trunc" or column.endswith("_at"):
        since, grain = _SINCE.search(statement), _GRAIN.search(statement)
        day = date.fromisoformat(since[1]) if since else _MONDAY
        return lambda number, row: str(_day(day, grain[1] if grain else "day", number % 40, row))
    if column == "shop" and (first := _FIRST.search(statement)):
        shops = [first[1], *(shop for shop in _SHOPS if shop != first[1])]
        return lambda _, row: shops[row]
    return _VALUES.get(column, _any)


def _any(number: int, row: int) -> int:
    return 1 + (7 * number + 31 * row) % 90


def _day(since: date, grain: str, number: int, row: int) -> date:
    """The beginning of a day, week, month or quarter from `since` on, the row-th."""
    if months := _MONTHS.get(grain):
        month = (since.month - 1) // months * months + months * row
        return date(since.year + month // 12, month % 12 + 1, 1)
    if grain == "week":
        return since - timedelta(days=since.weekday()) + timedelta(weeks=row)
    return since + timedelta(days=number + row)


def _name(column: str) -> str:
    """A column's own name, its alias, or its function's name."""
    named = _NAME.match(_ALIAS.split(column)[-1])
    return named[1] if named else "?column?"
