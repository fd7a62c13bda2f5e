"""Rows of the engine as they stand in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.engine import rows_back
from locum.engine.tables import Table
from locum.provider import BOOLEAN, INTEGER, INTEGER_MAP, JSON, NUMBER, TEXT, TEXT_MAP, TEXTS, TIME
from tests.oracles.small_tables import data_of

KINDS = {
    "text": TEXT,
    "count": INTEGER,
    "share": NUMBER,
    "is_new": BOOLEAN,
    "made_at": TIME,
    "extra": JSON,
    "tags": TEXTS,
    "names": TEXT_MAP,
    "counts": INTEGER_MAP,
}
FULL: dict[str, Any] = {
    "text": 'é "quoted"',
    "count": -(2**62),
    "share": 0.1,
    "is_new": False,
    "made_at": "2026-06-30T12:00:00.000001Z",
    "extra": {"a": [1, None, {"b": 2.5}]},
    "tags": ["x", ""],
    "names": {"a": "b", "": "c"},
    "counts": {"a": 7},
}
EMPTY: dict[str, Any] = dict.fromkeys(KINDS) | {"tags": [], "names": {}, "counts": {}}


def test_rows_are_as_they_were_written(tmp_path: Path) -> None:
    """But for lists and maps that were left out, which are empty."""
    rows = [{}, FULL, {"extra": None, "text": ""}, {"made_at": "1969-12-31T23:59:59Z"}]
    table = Table(KINDS)
    data = data_of(tmp_path / "shelf", {"small/items": table}, {"small/items": rows})
    found = rows_back.rows(data, "small/items", table, [4, 1, 2, 3, 99])
    assert found == {
        1: EMPTY,
        2: FULL,
        3: EMPTY | {"text": ""},
        4: EMPTY | {"made_at": "1969-12-31T23:59:59Z"},
    }


@pytest.mark.parametrize("count", [0, 1, 2_500])
def test_any_number_of_rows(tmp_path: Path, count: int) -> None:
    table = Table({"text": TEXT}, "SELECT row - 1 AS place, * EXCLUDE (row) FROM rows")
    table = Table(table.columns, table.select, counter="place", first=0)
    rows = [{"text": f"text {n}"} for n in range(2_600)]
    data = data_of(tmp_path / "shelf", {"small/items": table}, {"small/items": rows})
    found = rows_back.rows(data, "small/items", table, range(count))
    assert found == {n: {"text": f"text {n}"} for n in range(count)}
