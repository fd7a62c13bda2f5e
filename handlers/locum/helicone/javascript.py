"""Numbers and other JSON values as texts, the way ECMAScript writes them (ECMA-262, 15th edition).

A vendor whose server is written in JavaScript shows these texts in its answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
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
    """The same number, an int where it has no fraction: JSON.stringify writes 2, not 2.0."""
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
    """Object.keys(value), section 10.1.11: names that are array indices first, ascending; then the
    others in the order in which they were written."""
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
