"""JSON's whole numbers as integers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.openapi.numbers import integers

NUMBERS = st.floats(allow_nan=False) | st.integers() | st.booleans() | st.none() | st.text()
VALUES = st.recursive(
    NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def expected(value: Any, below: float) -> Any:
    """The same by recursion, into a new value."""
    if isinstance(value, dict):
        return {name: expected(item, below) for name, item in value.items()}
    if isinstance(value, list):
        return [expected(item, below) for item in value]
    if isinstance(value, float) and math.isfinite(value) and value == math.floor(value):
        return int(value) if abs(value) < below else value
    return value


@given(VALUES, st.sampled_from([math.inf, 2.0**63, 10.0]))
def test_whole_numbers_become_integers_and_nothing_else(value: Any, below: float) -> None:
    before = expected(value, below)
    assert repr(integers(value, below)) == repr(before)  # repr tells 1 from 1.0 and True


@pytest.mark.parametrize(
    ("value", "number"), [(10.0, 10), (-0.0, 0), (2.0**53, 2**53), (1e300, int(1e300))]
)
def test_a_whole_number_is_its_integer(value: float, number: int) -> None:
    assert (integers(value), type(integers(value))) == (number, int)


def test_numbers_that_are_too_large_stay() -> None:
    assert integers([2.0**63, -(2.0**63), 2.0**62], below=2**63) == [2.0**63, -(2.0**63), 2**62]
    assert [type(n) for n in integers([2.0**63, 2.0**62], below=2**63)] == [float, int]


def test_the_value_is_changed_in_place() -> None:
    value = {"a": [1.0]}
    assert integers(value) is value
    assert repr(value) == "{'a': [1]}"


def test_a_value_may_be_nested_deeper_than_calls() -> None:
    value: list[Any] = [1.0]
    for _ in range(100_000):
        value = [value]
    inner = integers(value)
    while isinstance(inner, list):
        inner = inner[0]
    assert repr(inner) == "1"
