"""Times: every RFC 3339 form is read, to the microsecond and without ever failing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.langsmith import timestamps as times

DAY = 86_400 * 10**6
YEAR_0000 = -62_167_219_200 * 10**6  # documented, e.g. by GNU date -u -d 0000-01-01 +%s


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01 00:00:00Z", 0),
        ("1970-01-02T00:00:00.5Z", DAY + 500_000),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:30:00-00:30", 0),
        ("1970-01-01T23:59:60Z", DAY),  # a leap second is the next day's first
        ("0000-01-01T00:00:00Z", YEAR_0000),
        ("0000-12-31T00:00:00Z", YEAR_0000 + 365 * DAY),  # a leap year
        ("0001-01-01T00:00:00+23:59", YEAR_0000 + 366 * DAY - 86_340 * 10**6),
        ("9999-12-31T23:59:59.999999-23:59", 253_402_300_799_999_999 + 86_340 * 10**6),
        ("1970-01-01T00:00:00.0000000Z", 0),
        ("1970-01-01T00:00:00.1234560000Z", 123_456),
        ("1970-01-01T00:00:00.1234561Z", 123_457),  # up: nothing lies between microseconds
        ("1970-01-01T00:00:00.9999999999Z", 1_000_000),
    ],
)
def test_a_date_time_is_microseconds_since_1970(text: str, micros: int) -> None:
    assert times.microseconds(text) == micros


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-06-01",
        "2026-06-01T12:00:00",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-06-01T12:00:00Z\n",
        "٢٠٢٦-06-01T12:00:00Z",
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no RFC 3339|day|month"):
        times.microseconds(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_survives_writing_and_reading(moment: datetime) -> None:
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    written = times.text(micros)
    assert written is not None
    assert len(written) == len("2026-06-01T12:00:00.000000Z")
    assert times.microseconds(written) == micros
    assert datetime.fromisoformat(written) == moment


FORMS = st.from_regex(
    r"\A(0000|0001|1969|2024|9999)-(01|02|06|12)-(01|28|29|30|31)[Tt](00|12|23):(00|59):(00|59|60)"
    r"(\.[0-9]{1,12})?([Zz]|[+-](00|14|23):(00|59))\Z"
)
VALIDATOR = jsonschema_rs.Draft202012Validator(
    {"type": "string", "format": "date-time"}, validate_formats=True
)


@given(FORMS)
def test_whatever_the_documents_format_admits_is_read(text: str) -> None:
    if VALIDATOR.is_valid(text):
        times.microseconds(text)


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_780_315_199_123_456, "2026-06-01T11:59:59.123456Z"),
        (-62_135_596_800 * 10**6, "0001-01-01T00:00:00.000000Z"),
        (YEAR_0000, "0001-01-01T00:00:00.000000Z"),
        (2**63 - 1, "9999-12-31T23:59:59.999999Z"),
        (None, None),
    ],
)
def test_microseconds_are_written_with_six_decimals(micros: int | None, text: str | None) -> None:
    """2026-06-01T11:59:59 is 20,605 days and 43,199 seconds after 1970 began."""
    assert times.text(micros) == text


def test_texts_are_each_what_its_text_is() -> None:
    """Also for what lies outside of the years that a text can have."""
    some = [0, None, -1, 10**15 + 1, YEAR_0000, -(2**63), 2**63 - 1, None]
    assert times.texts(some) == [times.text(each) for each in some]
    assert times.texts([]) == []
    assert times.texts([None]) == [None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01T12:00:00", "2026-06-01T12:00:00Z"),
        ("2026-06-01T12:00:00.5", "2026-06-01T12:00:00.5Z"),
        ("2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z"),
        ("2026-06-01T12:00:00+02:00", "2026-06-01T12:00:00+02:00"),
        ("now", "now"),
    ],
)
def test_a_time_without_a_zone_is_in_utc(text: str, expected: str) -> None:
    assert times.in_utc(text) == expected
