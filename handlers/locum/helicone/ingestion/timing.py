"""When a call began and ended, in milliseconds since 1970, and how long its first token took."""

from __future__ import annotations

import math
import re
from typing import Any

from attrs import frozen

from locum.helicone import javascript
from locum.helicone.ingestion import amounts

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_LEAST_MILLISECONDS = 4_102_444_800  # fewer are seconds: of the year 2100
_UNKNOWN_MS = 1000  # how long a call takes whose times nobody says


class NoTime(ValueError):
    """The value is no point in time; says what was found."""


@frozen
class Timing:
    """When the call began and ended; `first_token_ms` is 0 where there is none."""

    start_ms: int
    end_ms: int
    first_token_ms: int = 0

    @property
    def latency_ms(self) -> int:
        """Below 0 where the call ended before it began."""
        return self.end_ms - self.start_ms


def read(timing: Any, now_ms: int, *, unknown_ms: int = _UNKNOWN_MS) -> Timing:
    """Return what a log says of its times. Without any it has begun now, and took `unknown_ms`.

    Raises NoTime.
    """
    if not timing and not isinstance(timing, dict | list):
        return Timing(now_ms, now_ms + unknown_ms)
    if not isinstance(timing, dict):
        raise NoTime(f"timing: found {javascript.string(timing):.100}, expected an object")
    first = timing.get("timeToFirstToken")
    return Timing(
        moment_ms(timing.get("startTime")),
        moment_ms(timing.get("endTime")),
        amounts.integer(math.floor(first + 0.5)) if amounts.is_number(first) else 0,
    )


def moment_ms(value: Any) -> int:
    """Return the point in time that {seconds, milliseconds} say, which may be more than 999; or a
    text, in ISO 8601 or of digits. What is finer than a millisecond is cut off. Raises NoTime."""
    found: float | None = None
    if isinstance(value, str):
        found = _of_text(value)
    elif isinstance(value, dict):
        seconds, milliseconds = value.get("seconds"), value.get("milliseconds")
        if amounts.is_number(seconds) and amounts.is_number(milliseconds):
            found = seconds * 1000 + milliseconds
    if found is None or not math.isfinite(found) or not javascript.is_time(found):
        expected = "seconds and milliseconds, an ISO 8601 text or digits, of a time since 1970"
        raise NoTime(f"found {value!s:.100}, expected {expected}")
    return math.trunc(found)


def _of_text(text: str) -> float | None:
    if _DIGITS.fullmatch(text):
        number = float(text)
        return number * 1000 if number < _LEAST_MILLISECONDS else number
    return javascript.unix_milliseconds(text) if javascript.is_iso_8601(text) else None
