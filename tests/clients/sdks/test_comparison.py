"""What differs is told: a comparison that misses it would let any answer pass."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.clients.sdks.comparison import differences

SAME: list[tuple[Any, Any]] = [
    (1, 1),
    ({"a": None}, {}),
    ({"a": 1}, {"a": 1, "b": None, "c": [], "d": {}}),
    ({"a": 1, "b": 2}, {"type()": "Model", "a": 1}),  # a model that has no b
    ("2026-06-27T13:03:49.515714Z", "2026-06-27T13:03:49.515714+00:00"),
    (Decimal("0.00214064"), "0.00214064"),
    (Decimal("0.00214064"), 0.00214064),
    (0.0000005, {"microseconds": 1}),
    (1.5, {"microseconds": 1_500_000}),
]
OTHER: list[tuple[Any, Any, str]] = [
    (1, 2, ": expected 1, found 2"),
    (1, True, ": expected 1, found True"),
    ({"a": 1}, {}, ".a: expected 1, found None"),
    ({"a": {}}, {"a": {"b": 1}}, ".a.b: not expected, found 1"),
    ([1, 2], [1], ": expected 2, found 1"),
    ([{"a": 1}], [{"a": 2}], "[0].a: expected 1, found 2"),
    ([], None, ": expected [], found None"),
    ("2026-06-27T13:03:49Z", "2026-06-27T13:03:49+01:00", ": expected '2026"),
    (Decimal("0.0000001"), "1E-7", ": expected Decimal"),
    (Decimal("0.1"), "0.10000000001", ": expected Decimal"),
    (1.5, {"microseconds": 1_500_002}, ": expected 1.5"),
]


@pytest.mark.parametrize(("expected", "actual"), SAME)
def test_equal_values_do_not_differ(expected: Any, actual: Any) -> None:
    assert list(differences(expected, actual)) == []


@pytest.mark.parametrize(("expected", "actual", "told"), OTHER)
def test_a_difference_is_told_with_its_place(expected: Any, actual: Any, told: str) -> None:
    (found,) = differences(expected, actual)
    assert found.startswith(told)


def test_a_field_that_is_untold_may_have_any_value() -> None:
    assert list(differences({"a": 1}, {"a": 1, "query": "x"}, frozenset({"query"}))) == []
