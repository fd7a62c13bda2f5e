"""Points in time as JavaScript reads them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from locum.helicone.instants import is_iso_8601, seconds, unix_milliseconds

TABLE = [
    line.split("\t")
    for line in (Path(__file__).parents[1] / "data" / "javascript_dates.tsv")
    .read_text()
    .splitlines()
]


def test_iso_8601_is_what_validator_js_takes_for_it() -> None:
    assert len(TABLE) > 300
    expected = {text: iso == "yes" for text, iso, _ in TABLE}
    assert {text: is_iso_8601(text) for text in expected} == expected


def test_instants_are_those_of_v8() -> None:
    expected = {text: int(ms) if ms else None for text, iso, ms in TABLE if iso == "yes"}
    assert {text: unix_milliseconds(text) for text in expected} == expected


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01.5Z", 1500),
        ("1970-01-01T00:00:00.9999Z", 999),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31 23:59:59.999", -1),
        ("1970-01-01T24:00", 86_400_000),
        ("2025-W23", None),
        ("20250601", None),
    ],
)
def test_instants_by_hand(text: str, milliseconds: int | None) -> None:
    assert is_iso_8601(text)
    assert unix_milliseconds(text) == milliseconds


@pytest.mark.parametrize(
    ("milliseconds", "whole"),
    [
        (1999.9, 1),
        (-0.5, 0),
        (-1, 0),
        (-62_135_596_800_000, 0),
        (4_294_967_295_999, 4_294_967_295),
        (4_294_967_296_000, 4_294_967_295),
        (253_402_300_799_999, 4_294_967_295),
        (253_402_300_800_000, None),
        (-62_135_596_800_001, None),
        (math.inf, None),
        (math.nan, None),
    ],
)
def test_seconds_are_those_of_a_clickhouse_date_time(
    milliseconds: float, whole: int | None
) -> None:
    """32 bits from 1970; ClickHouse 26.9 reads a year before or after as the nearest of them, and
    one that does not have four digits not at all. A JavaScript Date drops fractions of
    milliseconds."""
    assert seconds(milliseconds) == whole
