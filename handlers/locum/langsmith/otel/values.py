"""Values of attributes: as JSON, parsed where they are JSON in a text, and as inputs or outputs."""

from __future__ import annotations

from base64 import b64encode
from math import isfinite, isnan
from typing import Any

import orjson

from locum.otlp.spans import Value

DEEPEST = 100  # levels of a JSON text that is parsed: far more than meant, and all of it is written


def plain(value: Value) -> Any:
    """Return the value as JSON: of its own type, but bytes as base64, and of numbers what JSON
    cannot write by the names that protobuf has for them (our choice)."""
    match value:
        case bytes():
            return b64encode(value).decode()
        case float() if not isfinite(value):
            return "NaN" if isnan(value) else f"{'-' if value < 0 else ''}Infinity"
        case list():
            return [plain(each) for each in value]
        case dict():
            return {name: plain(each) for name, each in value.items()}
    return value


def is_present(value: Any) -> bool:
    """Return whether an attribute counts as there: the empty text does not."""
    return value is not None and value != ""


def structured(value: Any) -> dict[str, Any] | list[Any] | None:
    """Return an object or an array, sent as such or as JSON in a text; None for all else."""
    if not isinstance(value, str):
        return value if isinstance(value, dict | list) else None
    if value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if value.count("[") + value.count("{") > DEEPEST and _is_deep(parsed):
        return None
    return parsed if isinstance(parsed, dict | list) else None


def an_object(value: Any) -> dict[str, Any] | None:
    """Return an object, sent as such or as JSON in a text; None for all else."""
    found = structured(value)
    return found if isinstance(found, dict) else None


def an_array(value: Any) -> list[Any] | None:
    """Return an array, sent as such or as JSON in a text; None for all else."""
    found = structured(value)
    return found if isinstance(found, list) else None


def meant(value: Any) -> Any:
    """Return the object or array that a text is; any other value as it is."""
    found = structured(value)
    return value if found is None else found


def whole(value: Any, key: str, *, is_text: bool = False) -> dict[str, Any]:
    """Return what was sent as the whole of a run's inputs or outputs: an object as it is, messages
    under `messages`, and all else under the key. A text is not parsed where it `is_text`."""
    found = value if is_text else meant(value)
    if isinstance(found, dict):
        return found
    if isinstance(found, list) and found and all(_is_message(each) for each in found):
        return {"messages": found}
    return {key: found}


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "role" in value


def _is_deep(value: Any) -> bool:
    """Whether more than `DEEPEST` arrays and objects are in one another."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
    return bool(level)
