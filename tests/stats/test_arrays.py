"""Statistics of one column: exact, and nothing of what is null."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from locum import stats

MASKED = np.ma.masked_array([4, 7, 1, 2], mask=[False, True, False, False])


def test_a_percentile_lies_between_the_values_beside_it() -> None:
    """Of 1, 2, 4 and 10: the median is halfway from 2 to 4; 25 % of three steps is 0.75 of the
    first one."""
    assert stats.percentile([10, 1, 4, 2], 50) == 3
    assert stats.percentiles([10, 1, 4, 2], [0, 25, 100]) == [1, 1.75, 10]
    assert stats.percentile([7], 99.9) == 7
    assert stats.percentile([], 50) is None
    assert stats.percentile([1, 2], 50, per=1000) == 0.0015


def test_a_percentile_is_the_double_nearest_to_the_exact_value() -> None:
    """0.999 of the way from 0 to 3: 2.997, where 99.9 as a double would be a bit less."""
    assert stats.percentile([0, 3], 99.9) == 2.997
    large = 2**60
    assert stats.percentile([large, large + 1, large + 3], 75) == float(Fraction(large + 2))


@pytest.mark.parametrize("percent", [-1, 100.1])
def test_a_percentile_is_of_a_hundred(percent: float) -> None:
    with pytest.raises(ValueError, match="expected 0 to 100"):
        stats.percentile([1], percent)


def test_a_total_is_exact() -> None:
    assert stats.total([2**62] * 4) == 2**64
    assert stats.total(np.array([2**62] * 4)) == 2**64
    assert stats.total(np.array([2**63], dtype=np.uint64)) == 2**63
    assert stats.total([2**70, 1]) == 2**70 + 1
    assert stats.total([0.1] * 10) == 1.0
    assert stats.total([]) == 0


def test_a_mean_is_of_what_is_there() -> None:
    assert stats.mean([1, None, 2]) == 1.5
    assert stats.mean([2**62, 2**62 + 2], per=2) == (2**62 + 1) / 2
    assert stats.mean([None]) is None


def test_what_is_masked_is_left_out() -> None:
    """Of 4, 1 and 2."""
    assert stats.total(MASKED) == 7
    assert stats.percentile(MASKED, 50) == 2
    assert stats.histogram(MASKED, [2]) == [1, 2]
    assert stats.frequencies(MASKED) == {1: 1, 2: 1, 4: 1}


def test_a_histogram_counts_every_value_once() -> None:
    """An edge begins what is above it: below 5 are -1 and 4, from 5 on 5 and 9, from 10 on 10."""
    values = [9, 4, 10, -1, 5]
    assert stats.histogram(values, [5, 10]) == [2, 2, 1]
    assert stats.histogram(values, []) == [5]
    assert stats.histogram([], [1]) == [0, 0]
    with pytest.raises(ValueError, match="expected ascending ones"):
        stats.histogram(values, [5, 5])


def test_frequencies_are_by_how_often_then_by_value() -> None:
    texts = np.array(["b", "a", "c", "c", None], dtype=object)
    found = stats.frequencies(texts)
    assert list(found.items()) == [("c", 2), ("a", 1), ("b", 1)]


@pytest.mark.parametrize("values", [["a"], [True], [math.nan], [math.inf], np.array([True])])
def test_what_is_no_number_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="no number"):
        stats.total(values)
