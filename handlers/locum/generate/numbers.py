"""Numbers within a schema's limits, and such as the property's name lets one expect."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

from locum.generate.conjunction import Conjunction
from locum.generate.names import NOW, suffix_of
from locum.generate.streams import Stream

_INT32, _INT64 = 2**31 - 1, 2**63 - 1
_EXACT = 2**53 - 1  # the largest integer that every reader of JSON keeps
_MOST_DECIMALS = 320
_DAY = 86_400  # seconds
_MILLISECONDS = 100_000_000_000  # timestamps from here on are no seconds

_SECONDS = int(NOW.timestamp())
# Suffix of a name -> from, to, decimals.
_USUAL: dict[str, tuple[float, float, int]] = {
    **dict.fromkeys(
        ["price", "amount", "cost", "fee", "tax", "subtotal", "balance", "revenue", "spend",
         "total_amount", "total_price", "total_cost", "discount", "rent", "salary", "payment"],
        (1, 500, 2),
    ),
    **dict.fromkeys(["percentage", "percent", "pct", "progress"], (0, 100, 1)),
    **dict.fromkeys(
        ["rate", "ratio", "score", "probability", "confidence", "fraction", "threshold",
         "similarity", "weight", "temperature", "top_p", "accuracy", "precision", "recall"],
        (0, 1, 3),
    ),
    **dict.fromkeys(["count", "total", "num", "number_of", "hits", "views", "likes"], (0, 100, 0)),
    **dict.fromkeys(["quantity", "qty", "stock"], (1, 20, 0)),
    **dict.fromkeys(["index", "position", "offset", "rank", "order", "retries"], (0, 9, 0)),
    **dict.fromkeys(["page", "page_number", "attempt"], (1, 1, 0)),
    **dict.fromkeys(["limit", "page_size", "per_page", "pages"], (10, 20, 0)),
    **dict.fromkeys(["size", "bytes", "length", "file_size"], (1_000, 5_000_000, 0)),
    **dict.fromkeys(["tokens", "characters", "words"], (10, 2_000, 0)),
    **dict.fromkeys(["duration", "latency", "elapsed", "ms", "milliseconds"], (20, 5_000, 0)),
    **dict.fromkeys(["seconds", "ttl", "timeout", "expires_in"], (30, 3_600, 0)),
    **dict.fromkeys(["width", "height"], (100, 2_000, 0)),
    **dict.fromkeys(["lat", "latitude"], (-60, 70, 5)),
    **dict.fromkeys(["lng", "lon", "long", "longitude"], (-170, 170, 5)),
    **dict.fromkeys(["rating", "stars"], (1, 5, 0)),
    "age": (18, 80, 0),
    "year": (2020, 2026, 0),
    "month": (1, 12, 0),
    "day": (1, 28, 0),
    "hour": (0, 23, 0),
    "minute": (0, 59, 0),
    "port": (1_024, 65_535, 0),
    "version": (1, 9, 0),
    "id": (1, 99_999, 0),
    "status": (200, 200, 0),
    "status_code": (200, 200, 0),
}  # fmt: skip
_TIMES = frozenset(
    ["at", "timestamp", "time", "created", "updated", "modified", "expires", "date", "deleted",
     "started", "ended", "finished", "completed", "expiration", "expiry", "since", "until"]
)  # fmt: skip
_LATER = ("expire", "expir", "until", "due", "next", "renew", "valid")


def number_of(
    conjunction: Conjunction, name: str, stream: Stream, *, is_integer: bool, is_minimal: bool
) -> float | None:
    """Return a number within the limits, None where there is none. A multiple is exact as a
    decimal. `is_minimal` asks for the plainest, whatever the name."""
    step = _step(conjunction, is_integer=is_integer)
    low, high = _limits(conjunction, step)
    if low is not None and high is not None and low > high:
        return None
    usual = (0, 0, 0) if is_minimal else _usual(conjunction, name, low, step, is_integer=is_integer)
    wanted_low, wanted_high, decimals = usual
    if step is None:
        step = _fine_step(low, high, decimals)
    first, last = _indices(low, high, step)
    if first is not None and last is not None and first > last:
        return None
    near, far = math.ceil(Fraction(wanted_low) / step), math.floor(Fraction(wanted_high) / step)
    far = max(near, far)
    width = far - near
    if first is not None and near < first:
        near, far = first, max(far, first + width) if far < first else far
    if last is not None and far > last:
        near, far = min(near, max(last - width, first if first is not None else last - width)), last
    value = stream.between(near, far) * step
    if value.denominator == 1 and (is_integer or step.denominator == 1):
        return int(value)
    return float(value)


def _step(conjunction: Conjunction, *, is_integer: bool) -> Fraction | None:
    """Return what the number is a multiple of, None for any number."""
    steps = [Fraction(str(step)) for step in conjunction.numbers("multipleOf") if step > 0]
    if is_integer:
        steps.append(Fraction(1))
    if not steps:
        return None
    denominator = math.lcm(*(step.denominator for step in steps))
    return Fraction(math.lcm(*(int(step * denominator) for step in steps)), denominator)


Limit = Fraction | None


def _limits(conjunction: Conjunction, step: Fraction | None) -> tuple[Limit, Limit]:
    """Return the least and the greatest number; an exclusive limit is a little further in."""
    lows = [Fraction(str(limit)) for limit in conjunction.numbers("minimum")]
    highs = [Fraction(str(limit)) for limit in conjunction.numbers("maximum")]
    above = [Fraction(str(limit)) for limit in conjunction.numbers("exclusiveMinimum")]
    below = [Fraction(str(limit)) for limit in conjunction.numbers("exclusiveMaximum")]
    formats = conjunction.all("format")
    if "int32" in formats:
        lows, highs = [*lows, Fraction(-_INT32 - 1)], [*highs, Fraction(_INT32)]
    elif "int64" in formats:
        lows, highs = [*lows, Fraction(-_INT64 - 1)], [*highs, Fraction(_INT64)]
    if step is not None:
        lows += [(math.floor(limit / step) + 1) * step for limit in above]
        highs += [(math.ceil(limit / step) - 1) * step for limit in below]
        return max(lows, default=None), min(highs, default=None)
    low, high = max([*lows, *above], default=None), min([*highs, *below], default=None)
    if low is not None and high is not None:
        inward = (high - low) / 1_000
    else:
        inward = max(abs(low or 0), abs(high or 0), Fraction(1)) / 1_000
    if low is not None and low in above:
        low += inward
    if high is not None and high in below:
        high -= inward
    return low, high


def _fine_step(low: Limit, high: Limit, decimals: int) -> Fraction:
    """Return the power of ten with that many decimals or, where the limits are close together, as
    many as lie between them."""
    step = Fraction(1, 10**decimals)
    if low is None or high is None:
        return step
    while decimals < _MOST_DECIMALS and math.ceil(low / step) > math.floor(high / step):
        decimals += 1
        step = Fraction(1, 10**decimals)
    return step


def _indices(low: Limit, high: Limit, step: Fraction) -> tuple[int | None, int | None]:
    first = None if low is None else math.ceil(low / step)
    last = None if high is None else math.floor(high / step)
    return first, last


def _usual(
    conjunction: Conjunction, name: str, low: Limit, step: Fraction | None, *, is_integer: bool
) -> tuple[float, float, int]:
    """Return what is usual for a number of that name: from, to, decimals."""
    del step, is_integer
    words = suffix_of(name, _TIMES)
    is_time = words is not None or "unixtime" in conjunction.all("format")
    if is_time and not conjunction.has("maximum", "exclusiveMaximum"):
        is_later = any(part in name.lower() for part in _LATER)
        day = _DAY if is_later else -_DAY
        nearest, furthest = _SECONDS + day, _SECONDS + 30 * day
        first, last = min(nearest, furthest), max(nearest, furthest)
        if (
            "ms" in name.lower().split("_")
            or "milli" in name.lower()
            or (low is not None and low >= _MILLISECONDS)
        ):
            return first * 1_000, last * 1_000, 0
        return first, last, 0
    known = suffix_of(name, _USUAL)
    if known is not None:
        return _USUAL[known]
    return 1, 100, 2


_LARGEST = sys.float_info.max
