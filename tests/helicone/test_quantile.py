"""The linearly interpolated quantile."""

from __future__ import annotations

import json
import random
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from locum.helicone.quantile import quantile

RECORDED = Path(__file__).parents[1] / "data" / "clickhouse_statistics.jsonl"


def exact(ordered: list[float], level: float) -> Fraction:
    """The value at the fractional index, by rational arithmetic."""
    index = Fraction(level) * (len(ordered) - 1)
    below = int(index)
    start = Fraction(ordered[below])
    if below == len(ordered) - 1:
        return start
    return start + (Fraction(ordered[below + 1]) - start) * (index - below)


@pytest.mark.parametrize(
    ("ordered", "level", "expected"),
    [
        ([7], 0.75, 7.0),
        ([1, 2, 3, 4], 0.5, 2.5),
        ([1, 2, 3, 4, 5], 0.75, 4.0),
        ([0, 10], 0.95, 9.5),
        ([0, 100], 1 - 0.75, 25.0),
        ([1, 2], 0.0, 1.0),
        ([1, 2], 1.0, 2.0),
    ],
)
def test_quantile_by_hand(ordered: list[float], level: float, expected: float) -> None:
    """Index level·(n - 1): for [0, 10] at 0.95 that is 0.95, so 9.5."""
    assert quantile(ordered, level) == expected


def test_quantile_of_nothing_is_an_error() -> None:
    with pytest.raises(IndexError):
        quantile([], 0.5)


def test_quantile_of_equal_values_can_miss_them_by_a_rounding() -> None:
    """The order of operations is ClickHouse's: 0.1·0.25 + 0.1·0.75 rounds three times.

    Index 0.75·9 = 6.75 lies between two values of 0.7: 0.7·0.25 + 0.7·0.75 in doubles.
    """
    assert quantile([0.7] * 10, 0.75) == 0.7 * 0.25 + 0.7 * 0.75


def test_quantiles_are_those_of_clickhouse_to_the_last_bit() -> None:
    compared = 0
    for line in RECORDED.read_bytes().splitlines():
        case = json.loads(line)
        for level, expected in case["quantiles"].items():
            assert quantile(sorted(case["values"]), float(level)) == expected
            compared += 1
    assert compared > 1000


def test_quantile_is_the_exact_one_but_for_roundings() -> None:
    """10,000 random lists against rational arithmetic: the two products and the sum round once
    each, and so do the three differences before."""
    draw = random.Random(7)  # noqa: S311 -- the same lists every time
    for _ in range(10_000):
        size = draw.randint(1, draw.choice([3, 20, 300]))
        scale = 10.0 ** draw.randint(-12, 15)
        ordered = sorted(draw.choice([0.0, scale, draw.random() * scale]) for _ in range(size))
        level = draw.choice([0.5, 0.75, 0.95, 0.99, 0.999, 1 - 0.95, 1 - 0.999])
        slack = Fraction(ordered[-1]) * Fraction(sys.float_info.epsilon) * (size + 4)
        assert abs(Fraction(quantile(ordered, level)) - exact(ordered, level)) <= slack
