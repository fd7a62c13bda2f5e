"""Times and ids: those that the server gives, and those that it is given."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from locum.exceptions import InvalidRequest
from locum.langsmith.writing.stamps import Stamps, identifier, microseconds, moment

NOON_US = 1_780_315_200_000_000


def test_what_is_later_is_newer_on_a_clock_that_stands_or_goes_back() -> None:
    readings = iter([NOON_US, NOON_US, NOON_US - 5, NOON_US + 9])
    stamps = Stamps(lambda: next(readings))
    assert [stamps.now()[-7:] for _ in range(4)] == [
        "000000Z",
        "000001Z",
        "000002Z",
        "000009Z",
    ]


def test_the_clock_is_the_machines_and_ids_are_random() -> None:
    stamps = Stamps()
    assert "2026-01-01" < stamps.now() < "2100"
    assert uuid.UUID(stamps.new_id()).version == 4
    assert stamps.new_id() != stamps.new_id()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (None, None),
        ("2026-06-01T12:00:00Z", "2026-06-01T12:00:00.000000Z"),
        ("2026-06-01T12:00:00.5", "2026-06-01T12:00:00.500000Z"),
        ("2026-06-01 14:00:00+02:00", "2026-06-01T12:00:00.000000Z"),
    ],
)
def test_times_are_read_in_utc(text: str | None, read: str | None) -> None:
    assert moment(text, "start_time") == read


@pytest.mark.parametrize("text", ["noon", 5, "2026-06-01", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_named(text: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"body\.x\.start_time"):
        moment(text, "x", "start_time")


def test_times_of_rows() -> None:
    assert microseconds({"at": "2026-06-01T12:00:00Z"}, "at") == NOON_US
    assert microseconds({"at": None}, "at") is None
    assert microseconds({}, "at") is None


@pytest.mark.parametrize(
    "text", ["0A000000-0000-4000-8000-00000000000F", "0a000000000040008000" + "00000000000f"]
)
def test_ids_are_in_lower_case_with_dashes(text: str) -> None:
    assert identifier(text, "id") == "0a000000-0000-4000-8000-00000000000f"


@pytest.mark.parametrize("text", ["x", "", None, 5])
def test_what_is_no_id_is_named(text: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"body\.id"):
        identifier(text, "id")
