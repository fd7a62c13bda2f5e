"""JSON's numbers: 10.0 and 10 are the same, and an integer to a schema."""

from __future__ import annotations

import math
from typing import Any


def integers(value: Any, below: float = math.inf) -> Any:
    """Make each number without a fraction, and of less than that size, an int, in place, and return
    the value. JSON's writers know no integers of more than 64 bits.

    Without recursion: the value may be nested a thousand deep.
    """
    root = [value]
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        for key, item in node.items() if type(node) is dict else enumerate(node):
            kind = type(item)
            if kind is dict or kind is list:
                waiting.append(item)
            elif kind is float and item.is_integer() and abs(item) < below:
                node[key] = int(item)
    return root[0]
