"""Validity of parts, against the validator of whole schemas."""

from __future__ import annotations

import time
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

from locum.generate.validity import Validity, identity, is_multiple, repeats
from locum.openapi.graph import Targets
from tests.oracles.drawn_schemas import SCHEMAS, VALUES

TARGETS = Targets(
    {"defs": {"text": {"type": "string"}, "tree": {"items": {"$ref": "#/defs/tree"}}}}
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(SCHEMAS, VALUES)
def test_answers_are_those_of_the_validator(schema: Any, value: Any) -> None:
    expected = jsonschema_rs.Draft202012Validator(schema).is_valid(value)
    assert Validity(TARGETS, 10_000).holds(schema, value) is expected


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"$ref": "#/defs/text"}, "a", True),
        ({"$ref": "#/defs/text", "maxLength": 1}, "ab", False),
        ({"$ref": "#/defs/tree"}, [[[]]], True),
        ({"format": "date"}, "2026-02-30", False),
        ({"format": "int64"}, "x", True),
        ({"multipleOf": 0.01}, 4.35, True),
        ({"multipleOf": 0.01}, 4.355, False),
        ({"minimum": 10**30}, 10**30 - 1, False),
        ({"enum": [1]}, True, False),
        ({"const": 1}, 1.0, True),
    ],
)
def test_answers(schema: Any, value: Any, expected: object) -> None:
    assert Validity(TARGETS, 1_000).holds(schema, value) is expected


def test_property_of_the_other_direction_need_not_be_there() -> None:
    schema = {
        "required": ["password", "name"],
        "properties": {"password": {"writeOnly": True}, "name": {}},
    }
    assert Validity(TARGETS, 100, "writeOnly").holds(schema, {"name": "a"})
    assert not Validity(TARGETS, 100, "writeOnly").holds(schema, {"password": "a"})
    assert not Validity(TARGETS, 100).holds(schema, {"name": "a"})


def test_steps_are_bounded() -> None:
    schema: Any = {"type": "integer"}
    for _ in range(25):
        schema = {"anyOf": [{"allOf": [schema, False]}, schema]}
    validity = Validity(TARGETS, 1_000_000)
    start = time.process_time()
    assert not validity.holds(schema, "a")
    assert time.process_time() - start < 1
    assert validity.holds({"type": "integer"}, 1)  # the next question has steps of its own


def test_large_enums_are_looked_at_once() -> None:
    schema = {"enum": [f"v{number}" for number in range(20_000)]}
    validity = Validity(TARGETS, 100_000)
    start = time.process_time()
    assert sum(validity.holds(schema, f"v{number}") for number in range(0, 40_000, 2)) == 10_000
    assert time.process_time() - start < 1


def test_identity() -> None:
    assert identity({"a": [1, {"b": None}]}) == identity({"a": [1.0, {"b": None}]})
    assert identity(1) != identity(value=True)
    assert identity([]) != identity({})
    assert repeats([[1], [1.0]])
    assert not repeats([0, False, None, "", [], {}])


def test_multiples() -> None:
    assert is_multiple(0.3, 0.1)
    assert is_multiple(10**40, 10**20)
    assert not is_multiple(1, 0)
