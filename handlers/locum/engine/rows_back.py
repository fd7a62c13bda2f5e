"""Rows of the engine as they stand in files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from locum.datasets.columns import JSON, TIME
from locum.engine.data import Data
from locum.engine.tables import Table, microseconds, quoted

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 1_000  # rows that one statement asks for


def rows(data: Data, name: str, table: Table, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the rows of these numbers, values as the engine holds them: times as they are served,
    and what a table's `select` puts in the place of others."""
    kinds = table.columns
    columns = ", ".join(
        quoted(microseconds(column) if kind == TIME else column) for column, kind in kinds.items()
    )
    counter, relation = quoted(table.counter), quoted(table.name(name))
    found: dict[int, dict[str, Any]] = {}
    ordered = sorted(numbers)
    for first in range(0, len(ordered), _AT_ONCE):
        part = ordered[first : first + _AT_ONCE]
        statement = (
            f"SELECT {counter}, {columns} FROM {relation} WHERE {counter} BETWEEN $low AND $high "
            f"AND {counter} IN (SELECT unnest(CAST($numbers AS INTEGER[])))"
        )
        for number, *values in data.rows(statement, low=part[0], high=part[-1], numbers=part):
            found[number] = {
                column: _shown(kind, value)
                for (column, kind), value in zip(kinds.items(), values, strict=True)
            }
    return found


def _shown(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == TIME:
        text = (_EPOCH + timedelta(microseconds=value)).isoformat()
        return text.replace("+00:00", "Z")
    return orjson.loads(value) if kind == JSON else value
