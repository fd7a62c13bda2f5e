"""Recordings of speech, as a tool finds them."""

from __future__ import annotations

from typing import Any

_BYTES_PER_SECOND = 4000  # 32 kbit/s, as Opus takes for speech


def recording(number: int) -> dict[str, Any]:
    """Return a recording of 2 to 102 seconds; `number` is 0 to 999."""
    tenths = 20 + number
    return {"format": "opus", "seconds": tenths / 10, "bytes": tenths * _BYTES_PER_SECOND // 10}


def in_words(found: dict[str, Any]) -> str:
    """Return what is said of it."""
    return f"{found['seconds']} s of {found['format']}"
