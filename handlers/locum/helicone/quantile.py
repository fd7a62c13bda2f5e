"""Quantiles of a list of numbers, interpolated linearly."""

from __future__ import annotations

from collections.abc import Sequence


def quantile(ordered: Sequence[float], level: float) -> float:
    """The quantile of that level (0 to 1) of ascending values: the one at index level·(n - 1),
    counted from 0, between two of them in proportion.

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
