"""Times: ISO-8601 texts of the API, integer microseconds since 1970 (UTC) in the data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - in UTC, as all times here
_FIRST = (datetime.min - _EPOCH) // timedelta(microseconds=1)  # noqa: DTZ901 - in UTC too
_LAST = (datetime.max - _EPOCH) // timedelta(microseconds=1)  # noqa: DTZ901
_FIRST_DAY = date(1970, 1, 1).toordinal()
_RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))",
    re.ASCII,
)


_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?", re.ASCII)


def in_utc(text: str) -> str:
    """Return the text, with Z where it is a time without a zone."""
    return f"{text}Z" if _NAIVE.fullmatch(text) else text


def text(microseconds: int | None) -> str | None:
    """Return ISO-8601 in UTC with six decimals and Z; None of None.

    What lies outside of the years 1 to 9999 becomes the nearest time inside.
    """
    if microseconds is None:
        return None
    moment = _EPOCH + timedelta(microseconds=min(max(microseconds, _FIRST), _LAST))
    return moment.isoformat(timespec="microseconds") + "Z"


def texts(microseconds: Sequence[int | None]) -> list[str | None]:
    """Return the `text` of each, all at once: of a hundred in a fifth of the time."""
    known = [each for each in microseconds if each is not None]
    within = np.array(known, dtype=np.int64).clip(_FIRST, _LAST)
    made = iter(np.datetime_as_string(within.view("datetime64[us]"), timezone="UTC").tolist())
    return [None if each is None else next(made) for each in microseconds]


def microseconds(text: str) -> int:
    """Return the microseconds since 1970 of an RFC 3339 date-time. Raises ValueError for any other
    text.

    Every form that RFC 3339 admits is read: t and z in lower case, the second 60 (the first of the
    next minute), the year 0000, offsets. A fraction finer than a microsecond is rounded up: as
    times in the data are whole microseconds, both `>=` and `<` keep their exact meaning.
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r:.80} is no RFC 3339 date-time")
    year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
    # The calendar repeats every 400 years, which have 146,097 days; Python's begins with year 1.
    days = date(year or 400, month, day).toordinal() - (0 if year else 146_097)
    seconds = (days - _FIRST_DAY) * 86_400
    seconds += hour * 3600 + minute * 60 + second
    if match[8]:
        offset = int(match[9]) * 3600 + int(match[10]) * 60
        seconds -= offset if match[8] == "+" else -offset
    fraction = (match[7] or "").ljust(6, "0")
    return seconds * 1_000_000 + int(fraction[:6]) + (fraction[6:].strip("0") != "")
