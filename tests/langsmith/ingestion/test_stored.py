"""Rows as one request asks for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from locum.langsmith.ingestion.stored import Stored

A, B, C = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
TIME = "20260601T120000000000Z"
ROWS: dict[str, dict[str, Any]] = {
    A: {"id": A, "tenant_id": "t", "start_time": "2026-06-01T12:00:00Z"},
    B: {"id": B, "tenant_id": "t", "start_time": "2026-06-01T11:59:59Z", "parent_run_id": A},
    C: {"id": C, "tenant_id": "other", "dotted_order": TIME + C},
}


def test_each_row_is_looked_up_once() -> None:
    asked = []

    def find(ids: Collection[str]) -> dict[str, dict[str, Any]]:
        asked.append([*ids])
        return {each: ROWS[each] for each in ids if each in ROWS}

    stored = Stored("t", find)
    stored.load([A, A, "unknown"])
    stored.load([A])
    assert (stored.row(A), stored.row("unknown"), stored.row(B)) == (ROWS[A], None, ROWS[B])
    assert asked == [[A, "unknown"], [B]]
    assert stored.rows([A, "unknown", C]) == {A: ROWS[A], C: ROWS[C]}
    assert asked[2:] == [[C]]


def test_another_tenants_row_is_there_and_not_this_ones() -> None:
    stored = Stored("t", lambda _: ROWS)
    assert (stored.row(C), stored.anybodys(C)) == (None, ROWS[C])


def test_a_row_without_a_dotted_order_stands_where_its_parents_and_starts_say() -> None:
    """No part is earlier than the one before it."""
    stored = Stored("t", lambda _: ROWS)
    place = stored.place_of_row(ROWS[B])
    assert (place.dotted_order, place.ids) == (f"{TIME}{A}.{TIME}{B}", (A, B))
    assert stored.place_of_row(ROWS[C]).dotted_order == TIME + C
