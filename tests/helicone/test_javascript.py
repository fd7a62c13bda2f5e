"""ECMAScript's texts of JSON values, and points in time as JavaScript reads them."""

from __future__ import annotations

import math
import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.helicone import javascript

DATA = Path(__file__).parents[1] / "data"
NUMBERS = [line.split("\t") for line in (DATA / "ecmascript_numbers.tsv").read_text().splitlines()]
DATES = [line.split("\t") for line in (DATA / "javascript_dates.tsv").read_text().splitlines()]
# The five layouts of ECMA-262's Number::toString, steps 6 to 10.
LAYOUTS = re.compile(
    r"0|-?(?:[1-9]\d{0,20}|[1-9]\d{0,19}\.\d*[1-9]|0\.0{0,5}[1-9](?:\d*[1-9])?"
    r"|[1-9](?:\.\d*[1-9])?e(?:\+(?:2[1-9]|[3-9]\d|\d{3})|-(?:[7-9]|[1-9]\d{1,2})))"
)


def test_numbers_are_written_as_node_writes_them() -> None:
    expected = {line[0]: line[1] for line in NUMBERS}
    actual = {
        bits: javascript.number(struct.unpack(">d", bytes.fromhex(bits))[0]) for bits in expected
    }
    assert len(expected) > 400
    assert expected == actual


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_itself_and_has_a_layout_of_the_standard(value: float) -> None:
    text = javascript.number(value)
    assert float(text) == value
    assert LAYOUTS.fullmatch(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("", ""),
        (1.0, "1"),
        ([], ""),
        ([None, [1, "a"], True], ",1,a,true"),
        ({"a": 1}, "[object Object]"),
        ([{}, {}], "[object Object],[object Object]"),
    ],
)
def test_string_is_that_of_the_string_function(value: object, text: str) -> None:
    """ECMA-262: Array.prototype.toString joins by commas and leaves null out."""
    assert javascript.string(value) == text


def test_keys_that_are_array_indices_come_first_in_their_order() -> None:
    """2**32 - 1 and 01 are no array indices (ECMA-262, section 6.1.7)."""
    written = {"b": 0, "10": 0, "01": 0, "2": 0, "4294967295": 0, "a": 0, "4294967294": 0, "0": 0}
    assert javascript.keys(written) == ["0", "2", "10", "4294967294", "b", "01", "4294967295", "a"]


def test_json_is_that_of_json_stringify() -> None:
    """Written out by hand from section 25.5.2: no blanks, indices first, numbers as
    Number::toString has them, null for what is none, and escapes only where they must be."""
    value = {"b": [1.0, 1e21, True, None, math.inf], "1": 'é"\\\n\x01', "": {}}
    assert javascript.json(value) == (r'{"1":"é\"\\\n\u0001","b":[1,1e+21,true,null,null],"":{}}')


@pytest.mark.parametrize("value", [2.0, -0.0, 1e300])
def test_integral_makes_whole_numbers_integers(value: float) -> None:
    assert isinstance(javascript.integral(value), int)
    assert javascript.integral(value) == value


@pytest.mark.parametrize("value", [0.5, math.inf])
def test_integral_leaves_other_numbers(value: float) -> None:
    assert isinstance(javascript.integral(value), float)
    assert javascript.integral(value) == value


def test_iso_8601_is_what_validator_js_takes_for_it() -> None:
    assert len(DATES) > 300
    expected = {text: iso == "yes" for text, iso, _ in DATES}
    assert {text: javascript.is_iso_8601(text) for text in expected} == expected


def test_instants_are_those_of_v8() -> None:
    expected = {text: int(ms) if ms else None for text, iso, ms in DATES if iso == "yes"}
    assert {text: javascript.unix_milliseconds(text) for text in expected} == expected


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
    assert javascript.is_iso_8601(text)
    assert javascript.unix_milliseconds(text) == milliseconds


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
    assert javascript.seconds(milliseconds) == whole
