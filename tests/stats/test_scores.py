"""Sums of scores and of their squares are exact: compared with Python's integers."""

from __future__ import annotations

import random

import numpy as np
import pytest

from locum.stats.scores import Scores

SCORES = [0, 1, -1, 2**32 - 1, 2**32, -(2**32), -(2**32) - 1, 10**9, 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("seed", range(5))
def test_sums_of_scores_and_squares_are_exact(seed: int) -> None:
    """Ten parts of opinions, each said up to two thousand million times in all."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    given = [
        (
            chance.random() < 0.5,
            chance.choice([None, None, *SCORES, chance.randint(-(2**60), 2**60)]),
        )
        for _ in range(100)
    ]
    opinions = sorted(chance.sample(range(100), 60))
    times = [chance.randint(1, 30_000_000) for _ in opinions]
    first = [0, *sorted(chance.sample(range(1, 60), 9))]
    sums = Scores.of(given).sums(np.array(opinions), np.array(times), np.array(first))
    assert len(sums) == 10
    for part, start, end in zip(sums, first, [*first[1:], 60], strict=True):
        said = [(*given[o], n) for o, n in zip(opinions[start:end], times[start:end], strict=True)]
        scored = [(score, n) for _, score, n in said if score is not None]
        assert part.scored == sum(n for _, n in scored)
        assert part.unscored == sum(n for label, score, n in said if label and score is None)
        assert part.total == sum(score * n for score, n in scored)
        assert part.squares == sum(score * score * n for score, n in scored)
        if scored:
            assert part.least == min(score for score, _ in scored)
            assert part.most == max(score for score, _ in scored)


def test_no_opinions_have_no_parts() -> None:
    nothing = np.array([], dtype=np.int64)
    assert Scores.of([]).sums(nothing, nothing, nothing) == []
