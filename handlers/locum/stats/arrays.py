"""Exact statistics of one column, for handlers: of an array as `Data.arrays` gives it, or of any
sequence of numbers.

What is null, masked or None, is left out. Integers are counted, ranked and summed as integers, and
the one division comes last, so that the result is the double nearest to the exact value. `per` is
how many of the column's units make one of the result's: `per=1000` makes seconds of milliseconds.
What is no number raises ValueError.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from locum.stats.summary import exact_sums

Numbers = npt.NDArray[Any] | Sequence[float | None]

_HUNDRED = 100


def percentile(values: Numbers, percent: float, *, per: int = 1) -> float | None:
    """Return a percentile, 0 to 100: the linear interpolation at percent/100 · (n-1) of the sorted
    values, counted from 0 (definition 7 of Hyndman and Fan 1996, and NumPy's default). None of
    nothing."""
    found = percentiles(values, [percent], per=per)
    return found[0]


def percentiles(values: Numbers, percents: Sequence[float], *, per: int = 1) -> list[float | None]:
    """Return several percentiles of the same values, which are sorted once."""
    ordered = np.sort(_known(values))
    return [_at(ordered, percent, per) for percent in percents]


def _at(ordered: npt.NDArray[Any], percent: float, per: int) -> float | None:
    # As it is written: 99.9 is no sum of powers of two.
    share = Fraction(str(percent)) / _HUNDRED
    if not 0 <= share <= 1:
        raise ValueError(f"found the percentile {percent}, expected 0 to 100")
    if not len(ordered):
        return None
    below, rest = divmod(share * (len(ordered) - 1), 1)
    low = Fraction(ordered.item(below))
    high = Fraction(ordered.item(below + 1)) if rest else low
    return float((low + rest * (high - low)) / per)


def total(values: Numbers) -> int | float:
    """Return the exact sum of integers, of any size, or the double nearest to that of doubles; 0 of
    nothing."""
    known = _known(values)
    if known.dtype.kind == "f":
        return math.fsum(known.tolist())
    if known.dtype.kind == "u" or known.dtype == object:
        whole: int = sum(known.tolist())
        return whole
    (found,) = exact_sums(known.astype(np.int64).reshape(1, -1), fits_int64=False)
    return found


def mean(values: Numbers, *, per: int = 1) -> float | None:
    """Return the mean; None of nothing."""
    known = _known(values)
    return float(Fraction(total(known)) / (len(known) * per)) if len(known) else None


def histogram(values: Numbers, edges: Sequence[float]) -> list[int]:
    """Return how many values are below the first edge, from each edge on and below the next one,
    and from the last one on: one number more than there are edges, which ascend. Every value is
    counted once."""
    if any(low >= high for low, high in pairwise(edges)):
        raise ValueError(f"found the edges {list(edges)}, expected ascending ones")
    place = np.searchsorted(np.asarray(edges), _known(values), side="right")
    counts: list[int] = np.bincount(place, minlength=len(edges) + 1).tolist()
    return counts


def frequencies(values: npt.NDArray[Any] | Sequence[Any]) -> dict[Any, int]:
    """Return how often each value occurs, texts too, the most frequent ones first, and of equally
    frequent ones the lesser one first."""
    present = np.ma.compressed(values) if isinstance(values, np.ma.MaskedArray) else values
    listed = present.tolist() if isinstance(present, np.ndarray) else present
    counts = Counter(value for value in listed if value is not None)
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _known(values: Numbers) -> npt.NDArray[Any]:
    """The values that are not null."""
    if isinstance(values, np.ma.MaskedArray):
        known = values.compressed()
    elif isinstance(values, np.ndarray):
        known = values
    else:
        known = np.array([value for value in values if value is not None])
        known = known if len(known) else np.array([], dtype=np.int64)
    is_number = known.dtype.kind in "iuf" or (
        known.dtype == object and all(type(value) is int for value in known)
    )
    if not is_number or (known.dtype.kind == "f" and not np.isfinite(known).all()):
        raise ValueError("found what is no number, expected integers or finite doubles")
    return known
