"""Numbers of JSON as whole ones, as far as a column of 64 bits holds them."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

_MOST = 2**63 - 1
_MOST_COUNTED = 2**53  # so that counts may be added


def is_number(value: Any) -> TypeGuard[int | float]:
    """Return whether a JSON value is a number, which a boolean is not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def integer(value: float) -> int:
    """Return the number without its fraction; the nearest that 64 bits hold."""
    return max(-_MOST, min(math.trunc(value), _MOST))


def count(value: Any) -> int:
    """Return how many a JSON value says, 2**53 at most: 0 where it is no number, or one below 0."""
    return max(0, min(integer(value), _MOST_COUNTED)) if is_number(value) else 0
