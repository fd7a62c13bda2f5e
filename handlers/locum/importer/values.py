"""The values of export rows: read as what the data dictionary wants, or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import orjson

Read = Callable[[Any], Any]


class Unexpected(ValueError):
    """The value is not what was expected, which the message names."""


def anything(value: Any) -> Any:
    """Any JSON value."""
    return value


def text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise Unexpected("a text")
    return value


UUID_TEXT = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)


def uuid(value: object) -> str:
    """A UUID with its dashes, in lower case."""
    if not isinstance(value, str) or not UUID_TEXT.fullmatch(value):
        raise Unexpected("a UUID")
    return value.lower()


def one_of(*names: str) -> Read:
    """One of these texts."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            raise Unexpected(f"one of {', '.join(names)}")
        return value

    return read


_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)


def time(value: object) -> str:
    """A time as the data dictionary writes it: UTC, microseconds (what is finer is cut off).

    Read are ISO 8601 and what Python and databases print, with a space for the T. Without a zone
    it is UTC, as vendors' SDKs take it and databases store it.
    """
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise Unexpected("a time such as 2026-06-28T10:02:17.250000Z")
    try:
        read = datetime.fromisoformat(value)
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError:
        raise Unexpected("a time of the years 1 to 9999, in UTC") from None
    except ValueError as error:
        raise Unexpected(f"a time that exists ({error})") from None
    return read.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


_DIGITS = re.compile(r"-?\d{1,19}", re.ASCII)


def integer(value: object) -> int:
    """An integer of 64 bits; in quotes, as databases write it, or with the fraction .0, as
    data frames do."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        raise Unexpected("an integer of 64 bits")
    return value


def count(value: object) -> int:
    """An integer of 64 bits that is not negative."""
    try:
        found = integer(value)
    except Unexpected:
        found = -1
    if found < 0:
        raise Unexpected("an integer of 64 bits, 0 or more")
    return found


def boolean(value: object) -> bool:
    """True or false, or a database's 1 and 0."""
    if not isinstance(value, bool) and value not in (0, 1):
        raise Unexpected("true or false")
    return bool(value)


_AMOUNT = re.compile(r"(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([Ee][+-]?\d{1,3})?", re.ASCII)


def nano_usd(value: object) -> tuple[int, bool]:
    """An amount of USD (a decimal text, an integer or a Decimal) in nano-USD, and whether it had to
    be rounded to that, half to even."""
    written = value if isinstance(value, str) else str(value)
    if isinstance(value, bool | float) or not _AMOUNT.fullmatch(written):
        raise Unexpected("an amount of USD, 0 or more")
    with localcontext(prec=200):
        exact = Decimal(written).scaleb(9)
        whole = exact.to_integral_value(ROUND_HALF_EVEN)
    if whole >= 2**63:
        raise Unexpected("an amount of USD that 64 bits hold in nano-USD")
    return int(whole), whole != exact


def texts(value: object) -> list[str]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unexpected("a list of texts")
    return value


def document(value: object) -> dict[str, Any]:
    """A JSON object, or the text of one, as bulk exports of tables have it."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise Unexpected("a JSON object, or the text of one") from None
    if not isinstance(value, dict):
        raise Unexpected("a JSON object, or the text of one")
    return value


def mapped(read: Read) -> Read:
    """An object whose values, save those that are null, are read so."""

    def read_map(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Unexpected("an object")
        return {key: _entry(key, item, read) for key, item in value.items() if item is not None}

    return read_map


def _entry(key: str, item: object, read: Read) -> object:
    try:
        return read(item)
    except Unexpected as error:
        raise Unexpected(f"{error} under {key!r:.80}") from None
