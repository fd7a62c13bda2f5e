"""ClickHouse's adaptive histogram: bins that follow the data, not of equal width.

Yael Ben-Haim and Elad Tom-Tov, "A Streaming Parallel Decision Tree Algorithm", Journal of Machine
Learning Research 11 (2010), 849-872, as in ClickHouse's AggregateFunctionHistogram.h.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterable
from itertools import pairwise

from attrs import frozen


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


def histogram(values: Iterable[float], most: int = 10) -> list[Bin]:
    """At most `most` bins of the values, ascending and touching; none of no values.

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
