"""When a call began and ended."""

from __future__ import annotations

from typing import Any

import pytest

from locum.helicone.ingestion import timing
from locum.helicone.ingestion.timing import NoTime, Timing


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        ({"seconds": 1_750_000_000, "milliseconds": 122}, 1_750_000_000_122),
        ({"seconds": 1_750_000_000, "milliseconds": 122.9}, 1_750_000_000_122),
        ({"seconds": 1_750_000_000, "milliseconds": 1500}, 1_750_000_001_500),
        ({"seconds": -1, "milliseconds": 0.5}, -999),  # toward 1970
        ("1750000000", 1_750_000_000_000),
        ("4102444799", 4_102_444_799_000),
        ("4102444800", 4_102_444_800),  # of milliseconds from here on
        ("1750000000122", 1_750_000_000_122),
        ("2025-06-15T15:06:40.122Z", 1_750_000_000_122),
        ("2025-06-15T17:06:40.122+02:00", 1_750_000_000_122),
    ],
)
def test_moment(value: Any, milliseconds: int) -> None:
    assert timing.moment_ms(value) == milliseconds


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        {},
        {"seconds": 1},
        {"seconds": "1", "milliseconds": 1},
        {"seconds": 8.64e12, "milliseconds": 1},
        "",
        "soon",
        "-5",
        "9" * 20,
    ],
)
def test_what_is_no_moment(value: Any) -> None:
    with pytest.raises(NoTime, match="expected seconds and milliseconds"):
        timing.moment_ms(value)


def of(first: Any) -> int:
    given = {"startTime": "1", "endTime": "3", "timeToFirstToken": first}
    read = timing.read(given, 0)
    assert (read.start_ms, read.end_ms, read.latency_ms) == (1000, 3000, 2000)
    return read.first_token_ms


@pytest.mark.parametrize(
    ("first", "rounded"), [(412, 412), (0.5, 1), (12.4, 12), (None, 0), ("5", 0), (-0.5, 0)]
)
def test_time_to_first_token_is_rounded_as_javascript_does(first: Any, rounded: int) -> None:
    assert of(first) == rounded


@pytest.mark.parametrize("given", [None, 0, "", False])
def test_without_timing_a_call_has_begun_now(given: Any) -> None:
    assert timing.read(given, 5000) == Timing(5000, 6000)
    assert timing.read(given, 5000, unknown_ms=0) == Timing(5000, 5000)


@pytest.mark.parametrize("given", [{}, [], 5, "now"])
def test_timing_without_times_is_none(given: Any) -> None:
    with pytest.raises(NoTime):
        timing.read(given, 5000)
