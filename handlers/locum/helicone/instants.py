"""Points in time as the clients of a JavaScript server write them.

Two readers stand behind each other there: validator.js's isISO8601 (strict) says whether a text is
ISO 8601, then V8's Date says which instant it is. They do not agree: what is ISO 8601 and no Date
to V8, such as 20250601 or 2025-W23, has no instant.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta

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
    """Whether validator.js's isISO8601(text, {strict: true}) holds."""
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
    """The instant of a text that `is_iso_8601`, None where V8's Date has none.

    Without a zone it is UTC, the zone of the servers. Fractions are cut to milliseconds. The year 0
    has no instant either, since Python's calendar begins with 1.
    """
    found = _V8_DATE.fullmatch(text)
    if found is None or found["year"] == "0000":
        return None
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    start = datetime(year, month, day, tzinfo=UTC)
    time = timedelta(
        hours=int(found["hour"] or 0),
        minutes=int(found["minute"] or 0),
        seconds=int(found["second"] or 0),
        milliseconds=int((found["fraction"] or "")[:3].ljust(3, "0")),
    )
    offset = timedelta(0)
    if (zone := found["zone"]) and zone not in "zZ":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        offset = -offset if zone[0] == "-" else offset
    return (start - _EPOCH + time - offset) // timedelta(milliseconds=1)


_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
_LAST_DATE_TIME = 2**32 - 1


def seconds(milliseconds: float) -> int | None:
    """The whole seconds of a JavaScript time value, None beyond the years 1 to 9999: ClickHouse
    reads no other in the text of a DateTime, and of those the nearest that 32 bits hold."""
    if not math.isfinite(milliseconds):
        return None
    whole = math.trunc(milliseconds) // 1000
    if not _FIRST_SECOND <= whole <= _LAST_SECOND:
        return None
    return max(0, min(whole, _LAST_DATE_TIME))
