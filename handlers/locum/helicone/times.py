"""Times as Helicone's answers have them, of microseconds since 1970."""

from __future__ import annotations

from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- texts without a zone are made of it
# What ClickHouse's DateTime64 holds; what lies beyond is the nearest of it.
_FIRST = (datetime(1900, 1, 1) - _EPOCH) // timedelta(microseconds=1)  # noqa: DTZ001
_LAST = (datetime(2300, 1, 1) - _EPOCH) // timedelta(microseconds=1) - 1  # noqa: DTZ001


def of_database(time_us: int) -> str:
    """Return the text of a DateTime64(3), in UTC: 2025-06-01 01:00:46.783."""
    time = _EPOCH + timedelta(microseconds=max(_FIRST, min(time_us, _LAST)))
    return time.isoformat(" ", "milliseconds")


def iso(time_us: int | None) -> str | None:
    """Return the text of a request's time, 2025-06-01T01:00:46.783Z; None of none."""
    if time_us is None:
        return None
    time = _EPOCH + timedelta(microseconds=max(_FIRST, min(time_us, _LAST)))
    return time.isoformat("T", "milliseconds") + "Z"
