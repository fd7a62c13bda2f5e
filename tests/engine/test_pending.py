"""Rows that are written and not loaded yet."""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.pending import Pending, UnwritableRow, key_of, written
from locum.engine.tables import Table
from locum.exceptions import InvalidRequest
from locum.provider import INTEGER, JSON, TEXT, TIME, Constraints

ITEMS = Table(
    {"id": TEXT, "count": INTEGER, "made_at": TIME, "extra": JSON},
    constraints=Constraints(unique=(("id",),)),
)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"id": None},
        {
            "id": "ü",
            "count": "12",
            "made_at": "2026-01-01T00:00:00.123456Z",
            "extra": [{"a": None}],
        },
        {"made_at": "2026-01-01T00:00:00.123456789+02:00"},
    ],
)
def test_a_row_of_the_columns_types_can_be_written(row: dict[str, Any]) -> None:
    assert written("small/items", ITEMS, row)[:1] == b"{"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"other": 1}, "small/items: other is no column, expected one of id, count"),
        ({"id": 1}, "small/items: id is 1, expected text"),
        ({"count": 2**63}, "count is 9223372036854775808, expected integer"),
        ({"made_at": "5 o'clock"}, "expected time"),
        ({"made_at": "soon"}, "expected time"),
        ({"extra": {"a": {1, 2}}}, "a row is "),
    ],
)
def test_a_row_that_could_not_be_loaded_is_refused(row: dict[str, Any], said: str) -> None:
    with pytest.raises(UnwritableRow) as raised:
        written("small/items", ITEMS, row)
    assert said in str(raised.value)


@pytest.mark.parametrize("row", [{"id": "\ud800"}, {"extra": {"a": 2**70}}])
def test_what_a_request_brings_and_json_cannot_tell_is_its_fault(row: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="expected integers of 64 bits"):
        written("small/items", ITEMS, row)


def test_a_key_is_whole() -> None:
    both = Table({"a": TEXT, "b": INTEGER}, key=("a", "b"))
    assert key_of(both, {"a": "x", "b": 1}) == ("x", 1)
    assert key_of(both, {"a": "x"}) is None
    assert key_of(Table({"a": TEXT}), {"a": "x"}) is None


def test_rows_are_counted_by_their_keys() -> None:
    pending = Pending()
    pending.put("t", ("a",), b"{1}")
    pending.put("t", ("a",), b"{22}")
    pending.put("t", ("b",), b"{}")
    assert (pending.rows, pending.size) == (2, 4 + 2 + 2 * 100)
    pending.delete("t", [("a",), ("z",)])
    assert (pending.rows, pending.size) == (1, 2 + 100)


def test_what_comes_later_counts() -> None:
    first, later = Pending(), Pending()
    first.put("t", ("a",), b'{"n":1}')
    first.put("t", ("b",), b'{"n":2}')
    later.delete("t", [("a",)])
    later.put("t", ("b",), b'{"n":3}')
    later.put("t", ("c",), b'{"n":4}')
    first.add(later)
    keys = [("a",), ("b",), ("c",), ("d",)]
    assert dict(first.known("t", keys)) == {("a",): None, ("b",): {"n": 3}, ("c",): {"n": 4}}
    assert dict(first.known("other", keys)) == {}


def test_what_is_deleted_and_written_again_is_a_new_row() -> None:
    pending = Pending()
    assert not pending
    pending.delete("t", [("a",)])
    assert pending
    pending.put("t", ("a",), b"{}")
    own = pending.of("t")
    assert (list(own.gone), list(own.lines)) == ([("a",)], [("a",)])
