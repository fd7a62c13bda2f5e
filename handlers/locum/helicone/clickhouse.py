"""What ClickHouse computes and does not define in SQL's standard: histogram, quantile, LIKE."""

from __future__ import annotations

import heapq
import re
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise

from attrs import frozen

from locum.engine.data import spend


@frozen
class Bin:
    """From `start` to `end` there are about `value` numbers: fractional, since a bin is taken to
    reach halfway into its neighbours."""

    start: float
    end: float
    value: float


@frozen
class _Point:
    mean: float
    weight: float

    def __add__(self, other: _Point) -> _Point:
        weight = other.weight + self.weight
        return _Point(self.mean + other.weight * (other.mean - self.mean) / weight, weight)


_COST_OF_FUSING = 3_000  # of ten points, in units of `engine.data.Work`


def histogram(values: Iterable[float], most: int = 10) -> list[Bin]:
    """Return at most `most` bins of the values, ascending and touching; none of no values. The bins
    follow the data and are not of equal width.

    Yael Ben-Haim and Elad Tom-Tov, "A Streaming Parallel Decision Tree Algorithm", Journal of
    Machine Learning Research 11 (2010), 849-872, as in ClickHouse's AggregateFunctionHistogram.h.

    With fewer than 2·most values the order in which they come does not matter; with more it does,
    as in ClickHouse. Callers who want one answer sort first.
    """
    points: list[_Point] = []
    for value in values:
        points.append(_Point(float(value), 1.0))
        if len(points) == 1:
            lowest = highest = points[0].mean
        lowest, highest = min(lowest, float(value)), max(highest, float(value))
        if len(points) >= 2 * most:
            spend(_COST_OF_FUSING)
            points = _compressed(points, most)
    if not points:
        return []
    return _bins(_distinct(_compressed(points, most)), lowest, highest)


def _compressed(points: list[_Point], most: int) -> list[_Point]:
    """The points ascending, the two nearest fused (of equally near ones the leftmost) until there
    are no more than `most`.

    A queue holds the distance from each point to the next, with its index. A distance that no
    longer holds, because a point of it was fused, is dropped when it comes up.
    """
    points = sorted(points, key=lambda point: point.mean)
    left = len(points)
    before: list[int] = list(range(-1, left - 1))
    after: list[int] = [*range(1, left), -1]
    fused = [False] * left

    def distance(index: int) -> float:
        return points[after[index]].mean - points[index].mean

    queue = [(distance(index), index) for index in range(left - 1)]
    heapq.heapify(queue)
    while left > most and queue:
        held, index = heapq.heappop(queue)
        following = after[index]
        if fused[index] or following == -1 or held != distance(index):
            continue
        points[index] += points[following]
        fused[following] = True
        after[index] = after[following]
        if after[index] != -1:
            before[after[index]] = index
            heapq.heappush(queue, (distance(index), index))
        if before[index] != -1:
            heapq.heappush(queue, (distance(before[index]), before[index]))
        left -= 1
    return [point for point, gone in zip(points, fused, strict=True) if not gone]


def _distinct(points: list[_Point]) -> list[_Point]:
    """The points with those fused whose means are equal to within ten roundings."""
    distinct = points[:1]
    for point in points[1:]:
        last = distinct[-1]
        slack = abs(10 * (last.mean + point.mean) * sys.float_info.epsilon)
        if last.mean + slack >= point.mean:
            distinct[-1] = last + point
        else:
            distinct.append(point)
    return distinct


def _bins(points: list[_Point], lowest: float, highest: float) -> list[Bin]:
    """Edges halfway between neighbouring means; a bin's value is the mean of the weights that the
    lines to its neighbours' weights reach at a quarter of the way."""
    means = [point.mean for point in points]
    weights = [point.weight for point in points]
    inner = [(a + b) / 2 for a, b in pairwise(means)]
    edges = [lowest, *inner, highest]
    around = [weights[0], *weights, weights[-1]]
    return [
        Bin(edges[i], edges[i + 1], ((around[i] + 3 * w) / 4 + (around[i + 2] + 3 * w) / 4) / 2)
        for i, w in enumerate(weights)
    ]


def quantile(ordered: Sequence[float], level: float) -> float:
    """Return the quantile of that level (0 to 1) of ascending values: the one at index
    level·(n - 1), counted from 0, between two of them in proportion.

    ClickHouse's `quantile` on up to 8192 values, in its order of operations (ReservoirSampler.h,
    quantileInterpolated): both values times their share, then the sum. So the result may miss two
    equal neighbours by a rounding, which counts where values are compared with it. Of more values
    ClickHouse takes a sample; ours is exact. Raises IndexError where there is no value.
    """
    index = max(0.0, min(len(ordered) - 1.0, level * (len(ordered) - 1)))
    left = int(index)
    right = left + 1
    if right == len(ordered):
        return float(ordered[left])
    return float(ordered[left]) * (right - index) + float(ordered[right]) * (index - left)


_WILDCARDS = {"%": ".*", "_": "."}
_ESCAPABLE = frozenset("%_\\")


def like_expression(pattern: str, *, fold: bool) -> str | None:
    r"""Return the RE2 expression of a LIKE pattern, to be matched in full; `fold` for ILIKE.

    Our engine's own LIKE differs: a backslash escapes in ClickHouse's and not in ours, and their
    foldings of letters beyond ASCII are not the same. RE2 is what both have.

    `%` is any text, `_` any one character, a backslash takes the meaning from `%`, `_` and itself
    and stands for itself before anything else. None where the pattern ends in an open backslash,
    which ClickHouse refuses.
    """
    pieces = [""]  # literals at even places, wildcards at odd ones
    characters = iter(pattern)
    for character in characters:
        if character in _WILDCARDS:
            pieces += [_WILDCARDS[character], ""]
        elif character == "\\":
            following = next(characters, None)
            if following is None:
                return None
            pieces[-1] += following if following in _ESCAPABLE else "\\" + following
        else:
            pieces[-1] += character
    if not fold:
        pieces[::2] = map(re.escape, pieces[::2])
    elif [pieces[0], pieces[1::2], pieces[-1]] == ["", [".*", ".*"], ""]:
        pieces[2] = _either_case(pieces[2])
    else:
        pieces[::2] = map(_folded, pieces[::2])
    return "(?s)" + "".join(pieces)


def _folded(literal: str) -> str:
    """RE2 folds letters by Unicode's table, of which the long s and the final sigma are part. But
    of a literal of two characters and more ClickHouse first searches for the text itself."""
    return _either_case(literal) if len(literal) > 1 else f"(?i:{re.escape(literal)})"


def _either_case(literal: str) -> str:
    """Each letter in both cases, where these are each other's: what ClickHouse's search for a text
    takes as equal, of which %text% is made."""
    return "".join(map(_both, literal))


def _both(character: str) -> str:
    lower = character.lower()
    other = character.upper() if character == lower else lower
    back = other.upper() if character != lower else other.lower()
    if other == character or len(other) != 1 or back != character:
        return re.escape(character)
    return f"[{re.escape(character)}{re.escape(other)}]"
