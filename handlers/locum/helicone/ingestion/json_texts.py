"""JSON as JavaScript reads and writes it: texts that end amid a character are texts, too."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NoReturn

import orjson

_LONE = re.compile("[\ud800-\udfff]")
_LONG = 19  # digits that 64 bits may not hold
_REPLACEMENT = "\ufffd"  # what the vendor stores instead of half a character


class NoJSON(ValueError):
    """The text is no JSON; says why."""


def read(text: bytes | str) -> Any:
    """Return the value of a JSON text. Halves of characters, which streams that were cut have,
    become U+FFFD. Raises NoJSON."""
    if isinstance(text, bytes):
        text = text.removeprefix(codecs.BOM_UTF8)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        refused = error
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        return _leniently(decoded)
    except (ValueError, RecursionError):
        raise NoJSON(str(refused)) from None


def _leniently(text: str) -> Any:
    """Read what orjson does not for halves of characters alone. Raises ValueError."""
    if "\\u" not in text:
        raise NoJSON("nothing else is read")
    value = json.loads(text, parse_constant=_refuse, parse_int=_integer)
    return json.loads(_LONE.sub(_REPLACEMENT, json.dumps(value, ensure_ascii=False)))


def _refuse(constant: str) -> NoReturn:
    raise NoJSON(f"{constant} is no JSON")


def _integer(digits: str) -> float:
    return int(digits) if len(digits) < _LONG else float(digits)


def written(value: Any) -> str:
    """Return the JSON text of a value, without blanks. Raises NoJSON for one that is nested too
    deep."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # nested deeper than orjson writes, though it reads it
        pass
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise NoJSON("The value is nested too deep") from None


def length(value: Any) -> int:
    """Return how long JavaScript's text of a value is, in units of UTF-16."""
    return len(written(value).encode("utf-16-le", "surrogatepass")) // 2
