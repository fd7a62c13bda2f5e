"""Numbers within a schema's limits, and such as the property's name lets one expect."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

from locum.generate.conjunction import Conjunction
from locum.generate.names import NOW, suffix_of, words_of
from locum.generate.streams import Stream

_INT32, _INT64 = 2**31 - 1, 2**63 - 1
_MOST_DECIMALS = 330
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
_FINE = frozenset(["ms", "millis", "milliseconds"])
_LATER = ("expir", "until", "due", "next", "renew", "valid")


Limit = Fraction | None


def number_of(
    conjunction: Conjunction, name: str, stream: Stream, *, is_integer: bool, is_minimal: bool
) -> float | None:
    """Return a number within the limits, None where there is none. A multiple is exact as a
    decimal. `is_minimal` asks for the plainest, whatever the name."""
    low, high, step = _grid(conjunction, name, is_integer=is_integer, is_minimal=is_minimal)
    near, far = conjunction.once(
        ("range", name, is_integer, is_minimal),
        lambda: _range(conjunction, name, low, high, step, is_minimal=is_minimal),
    )
    if near > far:
        return None
    is_whole = is_integer or step.denominator == 1
    return _json_number(stream.between(near, far) * step, is_integer=is_whole, low=low, high=high)


def _range(
    conjunction: Conjunction,
    name: str,
    low: Limit,
    high: Limit,
    step: Fraction,
    *,
    is_minimal: bool,
) -> tuple[int, int]:
    """Return the least and the greatest multiple of the step among which one is drawn: what is
    usual, moved into the limits; (1, 0) where they admit none."""
    first, last = _indices(low, high, step)
    if first is not None and last is not None and first > last:
        return 1, 0
    usual = _usual(conjunction, name, low, is_minimal=is_minimal)
    near, far = math.ceil(Fraction(usual[0]) / step), math.floor(Fraction(usual[1]) / step)
    far = max(near, far)
    width = far - near
    if first is not None and near < first:
        near, far = first, far if far >= first else first + width
    if last is not None and far > last:
        near, far = min(near, last - width), last
        near = near if first is None else max(near, first)
    return near, far


def further_number(
    conjunction: Conjunction, name: str, index: int, *, is_integer: bool
) -> float | None:
    """Return the number at that index, from 0, of those within the limits, from the least upwards
    or from the greatest downwards; None where there is none. It is for numbers that must differ."""
    low, high, step = _grid(conjunction, name, is_integer=is_integer, is_minimal=False)
    first, last = _indices(low, high, step)
    if first is None:
        place = index if last is None else last - index
    else:
        place = first + index
        if last is not None and place > last:
            return None
    return _json_number(place * step, is_integer=is_integer, low=low, high=high)


def _grid(
    conjunction: Conjunction, name: str, *, is_integer: bool, is_minimal: bool
) -> tuple[Limit, Limit, Fraction]:
    """Return the least and the greatest number, and what the number is a multiple of."""
    return conjunction.once(
        ("grid", name, is_integer, is_minimal),
        lambda: _make_grid(conjunction, name, is_integer=is_integer, is_minimal=is_minimal),
    )


def _make_grid(
    conjunction: Conjunction, name: str, *, is_integer: bool, is_minimal: bool
) -> tuple[Limit, Limit, Fraction]:
    step = _step(conjunction, is_integer=is_integer)
    low, high = _limits(conjunction, step)
    if step is None:
        decimals = _usual(conjunction, name, low, is_minimal=is_minimal)[2]
        step = _fine_step(low, high, decimals)
    return low, high, step


def _json_number(value: Fraction, *, is_integer: bool, low: Limit, high: Limit) -> float:
    """Return the number as JSON's writers take it: an int where it must have no fraction, and has
    no more than 64 bits."""
    if is_integer and -(2**63) <= value < 2**64:
        return int(value)
    if abs(value) > sys.float_info.max:
        return math.copysign(sys.float_info.max, value)
    # The nearest number of 64 bits may lie beyond a limit; both as decimals, as the limit is one.
    number = float(value)
    written = Fraction(str(number))
    if low is not None and written < low:
        return math.nextafter(number, math.inf)
    if high is not None and written > high:
        return math.nextafter(number, -math.inf)
    return number


def _step(conjunction: Conjunction, *, is_integer: bool) -> Fraction | None:
    """Return what the number must be a multiple of, None where it need be of nothing."""
    steps = [Fraction(str(step)) for step in conjunction.numbers("multipleOf") if step > 0]
    if is_integer:
        steps.append(Fraction(1))
    if not steps:
        return None
    denominator = math.lcm(*(step.denominator for step in steps))
    return Fraction(math.lcm(*(int(step * denominator) for step in steps)), denominator)


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
        inward = max(abs(low or Fraction(0)), abs(high or Fraction(0)), Fraction(1)) / 1_000
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
    conjunction: Conjunction, name: str, low: Limit, *, is_minimal: bool
) -> tuple[float, float, int]:
    """Return what is usual for a number of that name: from, to, decimals."""
    if is_minimal:
        return 0, 0, 0
    words = words_of(name)
    is_fine = bool(_FINE.intersection(words)) or (low is not None and low >= _MILLISECONDS)
    unit = 1_000 if is_fine else 1
    moment = "_".join(word for word in words if word not in _FINE)
    is_time = "unixtime" in conjunction.all("format") or suffix_of(moment, _TIMES) is not None
    if is_time and not conjunction.has("maximum", "exclusiveMaximum"):
        is_later = any(word.startswith(_LATER) for word in words)
        first, last = (_DAY, 30 * _DAY) if is_later else (-30 * _DAY, -_DAY)
        return (_SECONDS + first) * unit, (_SECONDS + last) * unit, 0
    known = suffix_of(name, _USUAL) or next(iter(words), None)
    return _USUAL.get(known or "", (1, 100, 2))
