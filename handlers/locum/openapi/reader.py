"""Files read as JSON values: YAML or JSON, within bounds, and without recursion.

read     the object in a file
text_of  a file's text
levels   how deep a JSON value is nested
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

import orjson
import yaml

from locum.exceptions import DocumentError
from locum.openapi import yaml_values
from locum.openapi.walk import MOST_LEVELS, json_copy
from locum.openapi.yaml_values import LONGEST_INTEGER, TOO_DEEP


def read(path: Path, *, wide: bool = False) -> dict[str, Any]:
    """Return the object that the YAML or JSON file holds; no two places of it share an object. On
    demand integers of more than 64 bits are read, as the nearest number that JSON's writers have.

    Raise DocumentError for a file that is missing, malformed, has a key twice, is nested too
    deeply, has aliases that stand for too much, or holds no object.
    """
    return parse(text_of(path), path, wide=wide)


def parse(text: str, path: Path, *, wide: bool = False) -> dict[str, Any]:
    """Return the object that the text of the file holds. Raise DocumentError as `read` does."""
    try:
        is_json = path.suffix == ".json"
        if is_json:
            value = _read_json(text, wide=wide)
        else:
            value = json_copy(yaml_values.value_of(text, wide=wide))
    except (ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        message, number = _parser_message(error)
        raise DocumentError(message, "mend the file", path, line=number) from None
    if not isinstance(value, dict):
        found, expected = "no object", "one"
        raise DocumentError(
            f"found {found}, expected {expected}",
            "name an OpenAPI document",
            path,
            found=found,
            expected=expected,
        )
    return value


def text_of(path: Path) -> str:
    """Return the file's text. Raise DocumentError for a file that is missing or not in UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(reason, "name a file that can be read", path) from None


def levels(value: Any) -> int:
    """Return how many arrays and objects are nested in the JSON value, itself included; one more
    than MOST_LEVELS where there are more."""
    count = 0
    layer = [value] if isinstance(value, dict | list) else []
    while layer and count <= MOST_LEVELS:
        count += 1
        layer = [
            item
            for node in layer
            for item in (node.values() if isinstance(node, dict) else node)
            if isinstance(item, dict | list)
        ]
    return count


# JSON.


def _read_json(text: str, *, wide: bool) -> Any:
    value = json.loads(
        text,
        object_pairs_hook=_object_of,
        parse_constant=_refuse_constant,
        parse_float=_finite,
        parse_int=_integer if wide else None,
    )
    if levels(value) > MOST_LEVELS:
        raise ValueError(TOO_DEEP)
    orjson.dumps(value)  # raises for lone surrogates, and for integers of more than 64 bits
    return value


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"found the key {key!r:.60} twice, expected it once")
            seen.add(key)
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"found {name}, expected a number of JSON")


def _integer(text: str) -> int | float:
    """Return the integer, as a float where 64 bits do not hold it."""
    if len(text) <= _SHORT or (len(text) <= LONGEST_INTEGER and -(2**63) <= int(text) < 2**64):
        return int(text)
    return _finite(text)


_SHORT = 18  # digits of an integer that 64 bits hold, whatever they are


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"found the number {text:.60}, expected one of 64 bits")
    return number


def _parser_message(error: Exception) -> tuple[str, int | None]:
    """Return the first line of the parser's message and, where it tells one, the line (from 1) of
    the file."""
    if isinstance(error, RecursionError):
        return TOO_DEEP, None
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        number, column = error.problem_mark.line + 1, error.problem_mark.column + 1
        return f"line {number}, column {column}: {error.problem}", number
    message = str(error).splitlines()[0]
    if isinstance(error, json.JSONDecodeError):
        return message, error.lineno
    return message, None
