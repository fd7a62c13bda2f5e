"""What pydantic says of a text that is no UUID, or no date-time.

The words after the comma are those of the parsers behind pydantic 2.14 (the Rust crates uuid and
speedate); tests/test_parsing.py asks pydantic itself. Texts that pydantic reads and RFC 9562 or
RFC 3339 do not (a UUID without dashes, a day alone, a time without a zone) are refused all the
same, as the documents' formats ask.
"""

from __future__ import annotations

import calendar
import re

_GROUPS = (8, 4, 4, 4, 12)
_LONGEST_UUID = len("urn:uuid:") + 36
_NO_UUID_CHARACTER = re.compile(r"[^0-9A-Fa-f-]")
_DAY_LENGTH = 10
_MONTHS = 12
_NUMBER = re.compile(r"([+-]?\d+)(\.\d*)?\Z", re.ASCII)
# Pydantic takes such numbers for times, large ones in milliseconds since 1970: of the years 0 to
# 9999. What does not fit into 64 bits is read as a date.
_FIRST_MS, _LAST_MS = -62_167_219_200_000, 253_402_300_799_999
_64_BITS = range(-(2**63), 2**63)
_LONGEST_NUMBER = 4000  # digits that Python reads, zeros before them included
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\Z", re.ASCII | re.IGNORECASE)


def uuid_fault(text: str) -> str:
    """Why the text, which is no UUID, is none."""
    length = len(text.encode("utf-8", "surrogatepass"))
    if length > _LONGEST_UUID:
        return f"invalid length: found {length}"
    strange = _NO_UUID_CHARACTER.search(text)
    if strange:
        at = len(text[: strange.start()].encode("utf-8", "surrogatepass"))
        return f"invalid character: found `{strange[0]}` at {at}"
    groups = text.split("-")
    if len(groups) == 1 and len(text) != sum(_GROUPS):
        return f"invalid length: found {len(text)}"
    if len(groups) != len(_GROUPS):
        return f"invalid group count: expected {len(_GROUPS)}, found {len(groups)}"
    number, expected = next(
        (number, expected)
        for number, expected in enumerate(_GROUPS)
        if len(groups[number]) != expected
    )
    found = len(groups[number])
    return f"invalid group length in group {number}: expected {expected}, found {found}"


def datetime_fault(text: str) -> tuple[str, str, str | None]:
    """Pydantic's type for the text, which is no RFC 3339 date-time, its message, and the part of
    the message after the comma, if there is one."""
    if _NAIVE.match(text):
        return "timezone_aware", "Input should have timezone info", None
    reason = _date_fault(text.encode("utf-8", "surrogatepass"))
    number = _NUMBER.match(text)
    whole = int(number[1]) if number and len(number[1]) <= _LONGEST_NUMBER else None
    is_timestamp = whole is not None and _FIRST_MS <= whole <= _LAST_MS
    if is_timestamp or (reason is None and len(text) == _DAY_LENGTH):
        reason = "input is too short"
        return "datetime_parsing", f"Input should be a valid datetime, {reason}", reason
    if number and whole is not None and whole in _64_BITS and not number[2]:
        beyond = "after 9999" if whole > 0 else "before 0000"
        reason = f"dates {beyond} are not supported as unix timestamps"
    reason = reason or "unexpected extra characters at the end of the input"
    message = f"Input should be a valid datetime or date, {reason}"
    return "datetime_from_date_parsing", message, reason


def _date_fault(raw: bytes) -> str | None:
    """Why the first ten bytes are no date, None where they are one."""
    if len(raw) < _DAY_LENGTH:
        return "input is too short"
    for name, start, end in (("year", 0, 4), ("month", 5, 7), ("day", 8, 10)):
        if not raw[start:end].isdigit():
            return f"invalid character in {name}"
        if name != "day" and raw[end : end + 1] != b"-":
            return "invalid date separator, expected `-`"
    year, month, day = int(raw[:4]), int(raw[5:7]), int(raw[8:10])
    if not 1 <= month <= _MONTHS:
        return "month value is outside expected range of 1-12"
    days = calendar.monthrange(year or 400, month)[1]  # the calendar repeats every 400 years
    return None if 1 <= day <= days else "day value is outside expected range"
