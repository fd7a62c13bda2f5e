"""What is said of a text that is no UUID or no date-time: compared with pydantic itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from locum.langsmith import pydantic_parsing as parsing

UUIDS: TypeAdapter[UUID] = TypeAdapter(UUID)
DATETIMES: TypeAdapter[datetime] = TypeAdapter(datetime)


def of_pydantic(adapter: TypeAdapter[UUID] | TypeAdapter[datetime], text: str) -> tuple[str, str]:
    """Type and message; both empty where pydantic reads the text."""
    try:
        adapter.validate_python(text)
    except ValidationError as error:
        (only,) = error.errors()
        return only["type"], only["msg"]
    return "", ""


NEAR_UUIDS = st.text("0123456789abcdefABCDEF-gx é", max_size=40) | st.builds(
    "-".join,
    st.lists(st.text("0123456789abcdef", max_size=13), min_size=3, max_size=7),
)


@given(st.text(st.characters(max_codepoint=0xFF), max_size=40) | NEAR_UUIDS)
def test_uuid_faults_are_pydantics(text: str) -> None:
    """Braces and urn:uuid:, which pydantic reads and RFC 9562 does not, are left out; and so is
    what lies beyond Latin 1, of which pydantic looks at the last byte alone (U+0130 is a 0)."""
    kind, message = of_pydantic(UUIDS, text)
    if kind and not text.startswith(("{", "urn:uuid:")):
        assert message == f"Input should be a valid UUID, {parsing.uuid_fault(text)}"


@pytest.mark.parametrize("text", ["0" * 32, "{00000000-0000-4000-8000-000000000000}"])
def test_uuids_that_pydantic_reads_are_refused_in_its_words(text: str) -> None:
    assert of_pydantic(UUIDS, text) == ("", "")
    assert parsing.uuid_fault(text).startswith("invalid ")


NEAR_DATES = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["2024", "2023", "0000", "20x4", "1900", "é24"]),
    st.sampled_from(["-", "/", ""]),
    st.sampled_from(["00", "01", "02", "12", "13", "x1", "1"]),
    st.sampled_from(["-", "/", ""]),
    st.sampled_from(["00", "01", "29", "30", "31", "32", "y1"]),
    st.sampled_from(["", "T", "T00:00:00Zx", "T25:00:00Z", "T00:00:60Z", " 1", "x"]),
)


@given(
    st.text(max_size=30)
    | NEAR_DATES
    | st.from_regex(r"[+-]?[0-9]{1,25}(\.[0-9]*)?", fullmatch=True)
)
@example("300000000000000")
@example("253402300800000")
@example("-62167219200001")
@example("-9223372036854775809")
@example("9223372036854775808")
@example("300000000000000.5")
@example("-00000100000000000000")
def test_datetime_faults_are_pydantics(text: str) -> None:
    """The year 0, which RFC 3339 has and pydantic does not, is left out."""
    kind, message = of_pydantic(DATETIMES, text)
    if kind and "year 0 " not in message:
        assert parsing.datetime_fault(text)[:2] == (kind, message)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2024-01-01", "datetime_parsing"),
        ("1704067200", "datetime_parsing"),
        ("2024-01-01T00:00:00", "timezone_aware"),
        ("2024-01-01T00:00", "timezone_aware"),
        ("2024-01-01T00:00:00+0100", "datetime_from_date_parsing"),
    ],
)
def test_times_that_pydantic_reads_are_refused_in_its_words(text: str, kind: str) -> None:
    assert of_pydantic(DATETIMES, text) == ("", "")
    assert parsing.datetime_fault(text)[0] == kind
