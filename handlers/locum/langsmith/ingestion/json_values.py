"""JSON as clients send it of runs: read as orjson does, and nested no deeper than it writes.

Integers of more than 64 bits become the nearest float, of a key that comes twice the last value
counts; NaN, infinity and lone surrogates are no JSON.
"""

from __future__ import annotations

from typing import Any

import orjson

MOST_LEVELS = 200  # of arrays and objects in each other, in what one text holds

# orjson reads 1,024 levels and writes 254. Put into as many arrays as there may be levels besides,
# it writes no value that is too deep, and finds that out in a hundredth of the time of a walk.
_BESIDES = 254 - MOST_LEVELS


def loads(content: bytes) -> Any:
    """Return the value of a JSON text. Raises ValueError, which says what is wrong with it."""
    value = orjson.loads(content)
    if len(content) > MOST_LEVELS and content.count(b"{") + content.count(b"[") > MOST_LEVELS:
        nested = value
        for _ in range(_BESIDES):
            nested = [nested]
        try:
            orjson.dumps(nested)
        except orjson.JSONEncodeError:
            raise ValueError(f"more than {MOST_LEVELS} levels of nesting") from None
    return value
