"""JSON as it is written, with integers of any size."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson

TOO_LARGE = "Integer exceeds 64-bit range"  # orjson's words


def written(
    value: Any, *, sorts_keys: bool = False, default: Callable[[Any], Any] | None = None
) -> bytes:
    """Return the value as compact JSON; what is none as what `default` makes of it. Raise TypeError
    for what is no JSON, and ValueError for NaN beside an integer of more than 64 bits."""
    try:
        return orjson.dumps(value, default, option=orjson.OPT_SORT_KEYS if sorts_keys else None)
    except TypeError as error:
        if str(error) != TOO_LARGE:
            raise
    # Slower, and the same but for the integers; what JSON has no type for is as orjson writes it.
    try:
        text = json.dumps(
            value,
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
            default=lambda each: orjson.loads(orjson.dumps(each, default)),
            sort_keys=sorts_keys,
        )
    except RecursionError:
        raise TypeError("nested too deeply") from None
    return text.encode()
