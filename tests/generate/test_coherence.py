"""What properties of one object are to each other."""

from __future__ import annotations

from typing import Any

import pytest

from locum.generate.coherence import changes


def ordered(made: dict[str, Any], *fixed: str) -> dict[str, Any]:
    """The object with all changes."""
    made = dict(made)
    for name, value in changes(made, made.keys() - set(fixed)):
        assert name not in fixed
        made[name] = value
    return made


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"created_at": 5, "updated_at": 3}, {"created_at": 3, "updated_at": 5}),
        (
            {"updatedAt": "2026-01-01", "createdAt": "2026-01-02"},
            {"updatedAt": "2026-01-02", "createdAt": "2026-01-01"},
        ),
        ({"start": 9, "end": 1}, {"start": 1, "end": 9}),
        ({"start_time": 9, "end_time": 1}, {"start_time": 1, "end_time": 9}),
        ({"from": 9, "to": 1}, {"from": 1, "to": 9}),
        ({"first_seen": 9, "last_seen": 1}, {"first_seen": 1, "last_seen": 9}),
        (
            {"min_price": 9, "avg_price": 4, "max_price": 1},
            {"min_price": 1, "avg_price": 4, "max_price": 9},
        ),
        ({"p99": 1, "p50": 7, "p90": 3}, {"p50": 1, "p90": 3, "p99": 7}),
        (
            {"latency_p50_ms": 7, "latency_p99_ms": 3, "cost_p50": 9},
            {"latency_p50_ms": 3, "latency_p99_ms": 7, "cost_p50": 9},
        ),
        (
            {"last_end_time": 1, "last_start_time": 5, "first_start_time": 3},
            {"first_start_time": 1, "last_start_time": 3, "last_end_time": 5},
        ),
        # Names that share no order, and values that have none.
        ({"min_price": 9, "max_weight": 1}, {"min_price": 9, "max_weight": 1}),
        ({"first_name": "Zoe", "last_name": "Abel"}, {"first_name": "Zoe", "last_name": "Abel"}),
        ({"start": "b", "end": "a"}, {"start": "b", "end": "a"}),
        ({"start": 9, "end": "2026-01-01"}, {"start": 9, "end": "2026-01-01"}),
    ],
)
def test_orders(made: dict[str, Any], expected: dict[str, Any]) -> None:
    assert ordered(made) == expected


def test_what_is_fixed_stays_and_the_rest_is_moved_to_it() -> None:
    assert ordered({"start": 9, "end": 1}, "start") == {"start": 9, "end": 9}
    assert ordered({"start": 9, "end": 1}, "end") == {"start": 1, "end": 1}
    assert ordered({"start": 9, "end": 1}, "start", "end") == {"start": 9, "end": 1}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"items": [1, 2], "total": 90}, 2),
        ({"data": [1, 2, 3], "tags": [1], "total": 90}, 3),
        ({"users": [], "total": 90}, 0),
        ({"users": [1], "tags": [], "total": 90}, 90),  # of which is not said
        ({"total": 90}, 90),
    ],
)
def test_counts(made: dict[str, Any], expected: int) -> None:
    assert ordered(made)["total"] == expected


def test_sums_of_the_list_beside_are_exact() -> None:
    lines = [{"amount": 0.1}, {"amount": 0.2}, {"other": 7}]
    assert ordered({"lines": lines, "total_amount": 5})["total_amount"] == 0.3


def test_sums_of_what_stands_beside() -> None:
    made = {"prompt_tokens": 30, "completion_tokens": 12, "total_tokens": 5}
    assert ordered(made)["total_tokens"] == 42


def test_names_and_emails_are_of_one_person() -> None:
    made = {"first_name": "Ada", "last_name": "Byron", "name": "X", "email": "q.r@example.com"}
    whole = ordered(made)
    assert (whole["name"], whole["email"]) == ("Ada Byron", "ada.byron@example.com")
    one = ordered({"name": "Focused hub", "email": "ada.byron@example.com"})
    assert one["name"] == "Ada Byron"
    thing = {"name": "Focused hub", "email": "not one"}
    assert ordered(thing) == thing


def test_the_total_of_an_invoice_is_no_count() -> None:
    lines = [{"text": "a"}, {"text": "b"}]
    bill = {"lines": lines, "subtotal": 40.5, "total": 45.25}
    assert ordered(bill)["total"] == 45.25
    assert ordered({"lines": lines, "total": 45})["total"] == 2
