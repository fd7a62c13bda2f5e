"""Log-normal quantities: a median, a spread and a least."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from locum.generator.quantities import numbers, of_models, whole
from locum.generator.random_streams import Streams
from locum.generator.recipe import LogNormal
from tests.oracles.drawn import TINY

STREAMS = Streams(1)


def test_without_a_spread_every_number_is_the_median_above_the_least() -> None:
    shape = LogNormal(median=10.5, sigma=0, least=3)
    assert numbers(STREAMS, "t", "c", shape, 3).tolist() == [13.5, 13.5, 13.5]


def test_whole_numbers_are_cut_and_a_factor_leaves_the_least() -> None:
    """3 + 10.5 cut; 3 + 21; 3 + 5.25 cut."""
    shape = LogNormal(median=10.5, sigma=0, least=3)
    factor = np.array([1.0, 2.0, 0.5])
    assert whole(STREAMS, "t", "c", shape, 3, factor).tolist() == [13, 24, 8]


def test_numbers_are_bounded() -> None:
    shape = LogNormal(median=1e13, sigma=100, least=5)
    assert np.max(numbers(STREAMS, "t", "c", shape, 1000)) == 1e13
    assert np.max(whole(STREAMS, "t", "c", shape, 1000)) == 10**13 + 5


def test_half_of_the_numbers_are_above_the_median() -> None:
    """And two thirds within one sigma of it: 68.3 % of a normal distribution."""
    drawn = numbers(STREAMS, "t", "c", LogNormal(median=100, sigma=0.5, least=0), 10_000)
    assert np.mean(drawn > 100) == pytest.approx(0.5, abs=0.02)
    assert np.mean(np.abs(np.log(drawn / 100)) < 0.5) == pytest.approx(0.683, abs=0.02)


def test_a_model_has_its_own_quantity_or_the_usual_one() -> None:
    model = TINY.models["gpt-4.1"]
    slow = evolve(model, first_token_ms=LogNormal(median=5, sigma=1, least=2))
    recipe = evolve(TINY, models={"usual": model, "slow": slow})
    usual = LogNormal(median=1, sigma=2, least=3)
    shape = of_models(recipe, "first_token_ms", usual, np.array([1, 0, 1]))
    assert shape.median.tolist() == [5, 1, 5]
    assert shape.sigma.tolist() == [1, 2, 1]
    assert shape.least.tolist() == [2, 3, 2]
