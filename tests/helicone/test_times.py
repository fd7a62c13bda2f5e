"""Times as texts."""

from __future__ import annotations

import pytest

from locum.helicone import times

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("time_us", "of_database", "iso"),
    [
        (0, "1970-01-01 00:00:00.000", "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31 23:59:59.999", "1969-12-31T23:59:59.999Z"),
        (1_748_736_046_783_999, "2025-06-01 00:00:46.783", "2025-06-01T00:00:46.783Z"),
        # Beyond what a DateTime64 holds.
        (-62_135_596_800 * SECOND, "1900-01-01 00:00:00.000", "1900-01-01T00:00:00.000Z"),
        (253_402_300_800 * SECOND, "2299-12-31 23:59:59.999", "2299-12-31T23:59:59.999Z"),
    ],
)
def test_times_have_milliseconds(time_us: int, of_database: str, iso: str) -> None:
    assert times.of_database(time_us) == of_database
    assert times.iso(time_us) == iso


def test_no_time_is_none() -> None:
    assert times.iso(None) is None
