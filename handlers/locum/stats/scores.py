"""The scores that opinions give: counted, summed and squared exactly, whatever their size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from attrs import frozen

from locum.stats.ragged import Ints

_LEAST, _MOST = -(2**63), 2**63 - 1
_BASE = 2**32
_OF_SCORE, _OF_SQUARE = 2, 4  # digits


class Sums(NamedTuple):
    """Of some feedback: how much of it has a score, and how much a label alone; the sum of the
    scores, that of their squares, the least and the most of them (without a score none of these is
    to be used). Scores are in 1e-9."""

    scored: int
    unscored: int
    total: int
    squares: int
    least: int
    most: int


@frozen(eq=False)
class Scores:
    """The scores of opinions, numbered from 0.

    A row of `addends` is an opinion: whether it has a score, whether it has a label alone, and the
    digits in base 2**32 of its score and of the square, the lowest first: as often as feedback is
    counted, less than 2**31 times, sums of them have 64 bits. `least` and `most` are the score, or
    what no score is above, and below.
    """

    addends: Ints
    least: Ints
    most: Ints

    @classmethod
    def of(cls, opinions: Sequence[tuple[bool, int | None]]) -> Scores:
        """Of each opinion: whether it has a label, and its score."""
        addends = [
            [
                *(score is not None, score is None and is_labelled),
                *_digits(score or 0, _OF_SCORE),
                *_digits((score or 0) ** 2, _OF_SQUARE),
            ]
            for is_labelled, score in opinions
        ]
        scores = [score for _, score in opinions]
        return cls(
            np.array(addends, dtype=np.int64).reshape(-1, 2 + _OF_SCORE + _OF_SQUARE),
            np.array([_MOST if score is None else score for score in scores], dtype=np.int64),
            np.array([_LEAST if score is None else score for score in scores], dtype=np.int64),
        )

    def sums(self, opinions: Ints, times: Ints, first: Ints) -> list[Sums]:
        """Of feedback that says each of the opinions so many times: a list for each part of them,
        which begin at `first`."""
        addends = self.addends.take(opinions, axis=0) * times[:, np.newaxis]
        return [
            Sums(scored, unscored, a + (b << 32), c + (d << 32) + (e << 64) + (f << 96), *ends)
            for (scored, unscored, a, b, c, d, e, f), *ends in zip(
                np.add.reduceat(addends, first).tolist(),
                np.minimum.reduceat(self.least.take(opinions), first).tolist(),
                np.maximum.reduceat(self.most.take(opinions), first).tolist(),
                strict=True,
            )
        ]


def _digits(number: int, size: int) -> tuple[int, ...]:
    """In base 2**32, the lowest first; the highest one has the sign."""
    lower = [(number >> (32 * place)) % _BASE for place in range(size - 1)]
    return (*lower, number >> (32 * (size - 1)))
