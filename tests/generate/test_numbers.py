"""Numbers: limits, multiples, and what names let one expect."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import orjson
import pytest

from locum.generate.conjunction import Conjunction
from locum.generate.numbers import further_number, number_of
from locum.generate.streams import Stream


def numbers(schema: dict[str, Any], name: str = "", *, is_integer: bool = False) -> list[Any]:
    conjunction = Conjunction((schema,), is_never=False)
    return [
        number_of(conjunction, name, Stream(b"%d" % n), is_integer=is_integer, is_minimal=False)
        for n in range(40)
    ]


@pytest.mark.parametrize(
    ("schema", "least", "most"),
    [
        ({"minimum": 5, "maximum": 7}, 5, 7),
        ({"maximum": -3}, None, -3),
        ({"exclusiveMinimum": 5, "exclusiveMaximum": 7}, 6, 6),
        ({"exclusiveMinimum": 1.5, "maximum": 2.5}, 2, 2),
        ({"format": "int32", "minimum": 2**31 - 2}, 2**31 - 2, 2**31 - 1),
        ({"minimum": 3, "maximum": 1_000_000_000}, 3, 1_000_000_000),
    ],
)
def test_integers_are_within_the_limits(
    schema: dict[str, Any], least: int | None, most: int | None
) -> None:
    for number in numbers(schema, is_integer=True):
        assert type(number) is int
        assert least is None or number >= least
        assert most is None or number <= most


@pytest.mark.parametrize(
    "schema",
    [
        {"minimum": 1e20},
        {"maximum": -1e20},
        {"minimum": 10**25, "maximum": 10**26},
        {"minimum": 2**64},
    ],
)
def test_integers_of_more_than_64_bits_are_such_as_json_writers_take(
    schema: dict[str, Any],
) -> None:
    for number in numbers(schema, is_integer=True):
        assert orjson.loads(orjson.dumps(number)) == number
        assert number == int(number)
        assert schema.get("minimum", -1e99) <= number <= schema.get("maximum", 1e99)


@pytest.mark.parametrize(
    ("schema", "least", "most"),
    [
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 1e-9}, 0, 1e-9),
        ({"exclusiveMinimum": 1, "exclusiveMaximum": 1.0000000000000004}, 1, 1.0000000000000004),
        ({"minimum": 0.5, "maximum": 0.5}, 0.5, 0.5),
        ({"minimum": 1e308}, 1e308, float("inf")),
        ({"maximum": 5e-324, "exclusiveMinimum": 0}, 0, 5e-324),
        ({"minimum": -0.1, "maximum": 0.1}, -0.1, 0.1),
    ],
)
def test_numbers_are_within_the_limits(schema: dict[str, Any], least: float, most: float) -> None:
    for number in numbers(schema):
        assert least <= number <= most
        assert number not in (schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum"))


@pytest.mark.parametrize("step", [0.01, 0.1, 1e-7, 2.5, 3])
def test_multiples_are_exact_decimals(step: float) -> None:
    for number in numbers({"multipleOf": step, "minimum": 17}):
        assert Fraction(str(number)) % Fraction(str(step)) == 0
        assert number >= 17


def test_multiples_of_several_are_multiples_of_all() -> None:
    schemas = ({"multipleOf": 4}, {"multipleOf": 6, "minimum": 1, "maximum": 12})
    conjunction = Conjunction(schemas, is_never=False)
    found = number_of(conjunction, "", Stream(b"k"), is_integer=True, is_minimal=False)
    assert found == 12


@pytest.mark.parametrize(
    "schema",
    [
        {"minimum": 3, "maximum": 2},
        {"multipleOf": 10, "minimum": 11, "maximum": 19},
        {"exclusiveMinimum": 1, "exclusiveMaximum": 2},
    ],
)
def test_there_may_be_no_number(schema: dict[str, Any]) -> None:
    assert set(numbers(schema, is_integer=True)) == {None}


@pytest.mark.parametrize(
    ("name", "least", "most", "decimals"),
    [
        ("price", 1, 500, 2),
        ("unitPrice", 1, 500, 2),
        ("percentage", 0, 100, 1),
        ("error_rate", 0, 1, 3),
        ("latitude", -90, 90, 5),
        ("yearBuilt", 2020, 2026, 0),
    ],
)
def test_names_say_what_is_usual(name: str, least: float, most: float, decimals: int) -> None:
    for number in numbers({}, name):
        assert least <= number <= most
        assert round(number, decimals) == number


@pytest.mark.parametrize(
    ("name", "schema", "least", "most"),
    [
        # 30 days before 2026-06-30T12:00:00Z, which is 1,782,820,800: `date -ud … +%s`
        ("created_at", {}, 1_780_228_800, 1_782_820_800),
        ("createdAt", {"minimum": 1_000_000_000_000}, 1_780_228_800_000, 1_782_820_800_000),
        ("timestamp_ms", {}, 1_780_228_800_000, 1_782_820_800_000),
        ("expires_at", {}, 1_782_820_800, 1_785_412_800),
        ("count", {}, 0, 100),
    ],
)
def test_integers_of_times(name: str, schema: dict[str, Any], least: int, most: int) -> None:
    assert all(least <= number <= most for number in numbers(schema, name, is_integer=True))


def test_limits_come_before_names() -> None:
    assert all(
        600 <= number <= 700 for number in numbers({"minimum": 600, "maximum": 700}, "price")
    )


def test_further_numbers_are_all_that_there_are() -> None:
    conjunction = Conjunction(({"minimum": 3, "maximum": 5},), is_never=False)
    found = [further_number(conjunction, "", index, is_integer=True) for index in range(4)]
    assert found == [3, 4, 5, None]
    upwards = Conjunction(({"maximum": 5},), is_never=False)
    assert further_number(upwards, "", 2, is_integer=True) == 3


@pytest.mark.parametrize(
    ("schema", "only"),
    [
        ({"multipleOf": 0.01, "exclusiveMinimum": 0.015, "exclusiveMaximum": 0.03}, 0.02),
        ({"multipleOf": 0.1, "minimum": 0.3, "maximum": 0.3}, 0.3),
        ({"multipleOf": 0.07, "exclusiveMinimum": 0.28, "maximum": 0.36}, 0.35),
    ],
)
def test_the_only_multiple_between_limits_is_found(schema: dict[str, Any], only: float) -> None:
    """0.02 as a double is a little more than 2/100, and 0.35 a little less than 35/100."""
    assert set(numbers(schema)) == {only}
