"""What a server written in JavaScript does with values: numbers and other JSON values as texts
(ECMA-262, 15th edition), which it shows in its answers, and texts as points in time.

Two readers of times stand behind each other there: validator.js's isISO8601 (strict) says whether
a text is ISO 8601, then V8's Date says which instant it is. They do not agree: what is ISO 8601 and
no Date to V8, such as 20250601 or 2025-W23, has no instant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

_MOST_PLACES, _MOST_ZEROS = 21, 6  # before the point, and from the point to the first digit


def number(value: float) -> str:
    """Number::toString(value), section 6.1.6.1.20: "1", "2.5e-7", "1e+21", "NaN".

    Python's repr finds the same digits (the fewest that read back as the same double, and of those
    the nearest); only their layout differs.
    """
    value = float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value == 0:
        return "0"
    if value < 0:
        return "-" + number(-value)
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS · 10 ** point.
    point = len(digits) - len(fraction) + int(exponent or 0)
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= _MOST_PLACES:
        return digits + "0" * (point - count)
    if 0 < point <= _MOST_PLACES:
        return f"{digits[:point]}.{digits[point:]}"
    if -_MOST_ZEROS < point <= 0:
        return "0." + "0" * -point + digits
    sign, size = ("+", point - 1) if point > 0 else ("-", 1 - point)
    return f"{digits[0]}{'.' if count > 1 else ''}{digits[1:]}e{sign}{size}"


def integral(value: float) -> float:
    """Return the same number, an int where it has no fraction: JSON.stringify writes 2, not 2.0."""
    return int(value) if math.isfinite(value) and value == int(value) else value


def string(value: Any) -> str:
    """String(value) of a JSON value, section 22.1.1.1: a list is its elements joined by commas,
    an object is always "[object Object]"."""
    match value:
        case str():
            return value
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number(value)
        case list():
            return ",".join("" if item is None else string(item) for item in value)
        case _:
            return "[object Object]"


def keys(value: dict[str, Any]) -> list[str]:
    """Return Object.keys(value), section 10.1.11: names that are array indices first, ascending;
    then the others in the order in which they were written."""
    indices = sorted((name for name in value if _is_index(name)), key=int)
    return indices + [name for name in value if not _is_index(name)] if indices else list(value)


_LAST_INDEX = 2**32 - 2


def _is_index(name: str) -> bool:
    return (
        name.isascii()
        and name.isdigit()
        and len(name) <= len(str(_LAST_INDEX))
        and (name == "0" or name[0] != "0")
        and int(name) <= _LAST_INDEX
    )


def json(value: Any) -> str:
    """JSON.stringify(value), section 25.5.2, of a JSON value."""
    parts: list[str] = []
    _write(value, parts.append)
    return "".join(parts)


def _write(value: Any, write: Callable[[str], None]) -> None:
    match value:
        case dict():
            write("{")
            for index, name in enumerate(keys(value)):
                write(("," if index else "") + orjson.dumps(name).decode() + ":")
                _write(value[name], write)
            write("}")
        case list():
            write("[")
            for index, item in enumerate(value):
                write("," if index else "")
                _write(item, write)
            write("]")
        case int() | float() if not isinstance(value, bool):
            write(number(value) if math.isfinite(value) else "null")
        case _:
            write(orjson.dumps(value).decode())


# validator.js 13.15, lib/isISO8601.js: the same language. A group that took no part is empty to
# ECMAScript's back reference, and fails Python's, hence the condition.
_ISO_8601 = re.compile(
    r"[+-]?[0-9]{4}(?![0-9]{2}\b)"
    r"(?:(-?)(?:(?:0[1-9]|1[0-2])(?:\1(?:[12][0-9]|0[1-9]|3[01]))?"
    r"|W(?:[0-4][0-9]|5[0-3])(?:-?[1-7])?"
    r"|(?:00[1-9]|0[1-9][0-9]|[12][0-9]{2}|3(?:[0-5][0-9]|6[1-6])))"
    r"(?:[T\s](?:(?:(?:[01][0-9]|2[0-3])(?:(:?)[0-5][0-9])?|24:?00)(?:[.,][0-9]+(?!:))?)?"
    r"(?:(?(2)\2)[0-5][0-9](?:[.,][0-9]+)?)?"
    r"(?:[zZ]|[+-](?:[01][0-9]|2[0-3]):?(?:[0-5][0-9])?)?)?)?"
)
_ORDINAL = re.compile(r"([0-9]{4})-?([0-9]{3})(?:[ T]|\Z)")
_FIRST_YEAR = 100
_CALENDAR = re.compile(r"([0-9]{4})-?([0-9]{0,2})-?([0-9]*)")


def is_iso_8601(text: str) -> bool:
    """Return whether validator.js's isISO8601(text, {strict: true}) holds."""
    return _ISO_8601.fullmatch(text) is not None and _exists(text)


def _exists(text: str) -> bool:
    """The strict part: day 366 and 29 February only in leap years, no 31 April. It also refuses
    days before the year 100."""
    if ordinal := _ORDINAL.match(text):
        year, day = int(ordinal[1]), int(ordinal[2])
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return day <= 365 + leap
    calendar = _CALENDAR.search(text)
    year, month, day = (int(part or 0) for part in calendar.groups()) if calendar else (0, 0, 0)
    if not (month and day):
        return True
    try:
        date(year, month, day)
    except ValueError:
        return False
    return year >= _FIRST_YEAR


# What V8 reads of that: calendar dates with dashes, times with colons. A sign before the year and
# a zone of hours alone are read only where no T makes the text look like ECMAScript's own format.
_V8_DATE = re.compile(
    r"(?:[+-](?!.*T))?(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?"
    r"(?:(?:T|(?P<space>\s))(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>[zZ]|[+-][0-9]{2}:?[0-9]{2}|(?(space)[+-][0-9]{2}|(?!)))?)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def unix_milliseconds(text: str) -> int | None:
    """Return the instant of a text that `is_iso_8601`, None where V8's Date has none.

    Without a zone it is UTC, the zone of the servers. Fractions are cut to milliseconds. The year 0
    has no instant either, since Python's calendar begins with 1.
    """
    match = _V8_DATE.fullmatch(text)
    if match is None or match["year"] == "0000":
        return None
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    start = datetime(year, month, day, tzinfo=UTC)
    time = timedelta(
        hours=int(match["hour"] or 0),
        minutes=int(match["minute"] or 0),
        seconds=int(match["second"] or 0),
        milliseconds=int((match["fraction"] or "")[:3].ljust(3, "0")),
    )
    offset = timedelta(0)
    if (zone := match["zone"]) and zone not in "zZ":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        offset = -offset if zone[0] == "-" else offset
    return (start - _EPOCH + time - offset) // timedelta(milliseconds=1)


_LAST_TIME = 8.64e15  # milliseconds before and after 1970


def is_time(milliseconds: float) -> bool:
    """Return whether a Date has that time value, section 21.4.1.31 (TimeClip)."""
    return abs(milliseconds) <= _LAST_TIME


_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
_LAST_DATE_TIME = 2**32 - 1


def seconds(milliseconds: float) -> int | None:
    """Return the whole seconds of a JavaScript time value, None beyond the years 1 to 9999:
    ClickHouse reads no other in the text of a DateTime, and of those the nearest that 32 bits
    hold."""
    if not math.isfinite(milliseconds):
        return None
    whole = math.trunc(milliseconds) // 1000
    if not _FIRST_SECOND <= whole <= _LAST_SECOND:
        return None
    return max(0, min(whole, _LAST_DATE_TIME))
