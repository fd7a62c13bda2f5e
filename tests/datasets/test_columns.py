"""Which JSON values may stand in a column of each type."""

from __future__ import annotations

from typing import Any

import pytest

from locum.datasets.columns import TYPES, is_of_type

# For each type values that may stand in its columns, and values that may not.
VALUES: dict[str, tuple[list[Any], list[Any]]] = {
    "text": (["", "a", "5"], [5, True, ["a"], {}]),
    "integer": (
        [0, -5, 2**63 - 1, -(2**63), "5", "-5", "9223372036854775807", "-9223372036854775808"],
        [2**63, -(2**63) - 1, 1.0, 1.5, True, "", "1.0", " 5", "5\n", "+5", "\u0663", "9" * 19, []],
    ),
    "number": (
        [0, -5, 2**63 - 1, 0.5, -1e300],
        [2**63, True, "1.5", float("inf"), float("nan"), [], {}],
    ),
    "boolean": ([True, False, 0, 1], [2, -1, "true", "1", None, []]),
    "time": (
        ["2026-01-01T00:00:00Z", " 2026"],
        [1767225600, True, {}, "soon", "", "infinity", "epoch"],
    ),
    "json": ([0, 1.5, "", True, [1, "a"], {"a": [None]}], []),
    "list of text": ([[], ["a", ""]], ["a", [1], [None], ["a", 1], {}]),
    "map of text": ([{}, {"a": "b"}], [[], "a", {"a": 1}, {"a": None}]),
    "map of integers": ([{}, {"a": 1, "b": "2"}], [[], 1, {"a": 1.5}, {"a": True}, {"a": None}]),
}


def test_every_type_has_values() -> None:
    assert set(VALUES) == set(TYPES)


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, (good, _) in VALUES.items() for value in good]
)
def test_a_value_of_the_type_may_stand_there(kind: str, value: object) -> None:
    assert is_of_type(kind, value)


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, (_, bad) in VALUES.items() for value in bad]
)
def test_a_value_of_another_type_may_not(kind: str, value: object) -> None:
    assert not is_of_type(kind, value)
