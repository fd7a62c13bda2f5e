"""How a value is put together: each expected outcome is judged by jsonschema-rs, alone."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

from locum.generate.values import NoValue
from tests.oracles.drawn_schemas import SCHEMAS
from tests.oracles.made_values import SCHEMA, made, values_of

A_TO_D: dict[str, Any] = {name: {"type": "integer"} for name in "abcd"}
PLAIN: list[Any] = [
    None, True, False, 0, 1, 2, -1, 0.5, 1.5, "", "a", "b", "ab", "cc", [], [1], ["a"], [1, 2],
    [None, None], {}, {"a": 1}, {"a": "a", "b": "b"}, {"a": None, "b": 1, "c": "c"}, [{}], [[]],
]  # fmt: skip
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def one_of_two(first: str, second: str) -> dict[str, Any]:
    return {"oneOf": [{"required": [first]}, {"required": [second]}]}


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"const": {"a": [1, 2]}},
        {"enum": [None, "a"]},
        {"type": "string", "enum": [1, "x"]},
        {"not": TEXT},
        {"type": "string", "not": {"enum": ["a", "b"]}},
        {"properties": {"a": TEXT, "b": TEXT}, "not": {"required": ["a"]}, "type": "object"},
        {"oneOf": [NUMBER, {"type": "number", "minimum": 5}]},
        {"oneOf": [{"type": "object", "properties": {name: TEXT}} for name in "ab"]},
        {"oneOf": [{"type": "integer", "multipleOf": each} for each in (2, 3)]},
        {"oneOf": [{"oneOf": [TEXT, {"type": "null"}]}, NUMBER]},
        {"type": "object", "properties": A_TO_D, **one_of_two("a", "b")},
        {"type": "object", "properties": A_TO_D, "allOf": [one_of_two(*"ab"), one_of_two(*"cd")]},
        {"allOf": [{"anyOf": [TEXT, NUMBER]}, {"anyOf": [NUMBER, {"type": "boolean"}]}]},
        {"anyOf": [{"enum": ["a"]}, NUMBER], "type": "integer"},
        {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 4}, {"exclusiveMaximum": 4}]},
        {"allOf": [{"type": ["null", "string"]}, {"anyOf": [{"type": "null"}, NUMBER]}]},
        {
            "allOf": [
                {"type": "object", "properties": {"a": TEXT}, "additionalProperties": False},
                {"properties": {"b": TEXT}},
            ]
        },
        {"type": "array", "items": False},
        {"type": "array", "prefixItems": [TEXT, NUMBER], "items": False},
        {"type": "array", "prefixItems": [TEXT], "items": NUMBER, "minItems": 5},
        {"type": "array", "prefixItems": [TEXT], "unevaluatedItems": False},
        {"type": "array", "items": NUMBER, "contains": {"minimum": 1_000}, "minContains": 2},
        {
            "type": "array",
            "items": NUMBER,
            "contains": {"multipleOf": 2},
            "minContains": 2,
            "maxContains": 2,
        },
        {"type": "array", "items": NUMBER, "contains": {"const": 7}, "maxItems": 1},
        {"type": "array", "allOf": [{"contains": {"const": 1}}, {"contains": {"const": 2}}]},
        {"type": "array", "items": {"type": "boolean"}, "uniqueItems": True, "minItems": 2},
        {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 3},
        {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 30},
            "uniqueItems": True,
            "minItems": 30,
        },
        {"type": "array", "items": NUMBER, "uniqueItems": True, "minItems": 1_000},
        {"type": "array", "items": TEXT, "uniqueItems": True, "minItems": 300},
        {"type": "object", "minProperties": 4, "additionalProperties": NUMBER},
        {
            "type": "object",
            "minProperties": 2,
            "properties": {"a": TEXT},
            "patternProperties": {"^x-": TEXT},
            "additionalProperties": False,
        },
        {"type": "object", "maxProperties": 1, "properties": A_TO_D, "required": ["b"]},
        {"type": "object", "maxProperties": 0, "properties": A_TO_D},
        {"properties": {"a1": NUMBER}, "patternProperties": {"^a": {"minimum": 1_000}}},
        {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Z]{3}$"},
            "additionalProperties": NUMBER,
            "minProperties": 2,
        },
        {"type": "object", "propertyNames": {"enum": ["x", "y"]}, "minProperties": 2},
        {"propertyNames": {"maxLength": 2}, "properties": {"ab": TEXT, "long": TEXT}},
        {
            "type": "object",
            "allOf": [{"properties": {"a": TEXT}}],
            "properties": {"b": TEXT},
            "unevaluatedProperties": False,
        },
        {"type": "object", "unevaluatedProperties": NUMBER, "minProperties": 2},
        {"type": "object", "required": ["zz"]},
        {"type": "object", "properties": {"a": False, "b": TEXT}},
        {"type": "object", "required": ["a"], "dependentRequired": {"a": ["z"], "z": ["y"]}},
        {
            "type": "object",
            "required": ["a"],
            "dependentSchemas": {"a": {"required": ["c"], "properties": {"c": {"const": 5}}}},
        },
        {
            "type": "object",
            "properties": {"kind": {"enum": ["a", "b"]}, "x": NUMBER},
            "required": ["kind"],
            "if": {"properties": {"kind": {"const": "a"}}},
            "then": {"required": ["y"]},
            "else": {"properties": {"x": {"minimum": 500}}, "required": ["x"]},
        },
        {"if": {"type": "integer"}, "then": {"minimum": 10}, "else": False},
    ],
)
def test_value_is_valid(schema: Any) -> None:
    values, judge = values_of(schema), jsonschema_rs.Draft202012Validator(schema)
    for seed in (b"a", b"b", b"c"):
        for use_examples in (True, False):
            value = values.make(SCHEMA, seed, use_examples=use_examples)
            assert judge.is_valid(value), value


@settings(max_examples=150, derandomize=True, deadline=None)
@given(SCHEMAS)
def test_value_of_any_schema_is_valid_or_there_is_none(schema: Any) -> None:
    judge = jsonschema_rs.Draft202012Validator(schema)
    try:
        value = values_of({"allOf": [schema]}).make(SCHEMA, b"seed")
    except NoValue:
        assert [each for each in PLAIN if judge.is_valid(each)] == []
    else:
        assert judge.is_valid(value)


def test_schemas_that_lead_back_end_early() -> None:
    node = {
        "type": "object",
        "required": ["value", "children", "parent"],
        "properties": {
            "value": NUMBER,
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tested"}},
            "next": {"$ref": "#/components/schemas/Tested"},
            "parent": {"anyOf": [{"$ref": "#/components/schemas/Tested"}, {"type": "null"}]},
        },
    }
    value = made(node)
    assert (value["children"], value["parent"], "next" in value) == ([], None, False)


def test_schemas_with_a_choice_that_lead_back_end_early() -> None:
    itself = {"$ref": "#/components/schemas/Tested"}
    node = {
        "type": "object",
        "required": ["parent"],
        "properties": {"parent": {"anyOf": [itself, {"type": "null"}]}, "a": TEXT, "b": TEXT},
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    assert made(node)["parent"] is None


def test_expression_ends_at_its_leaves() -> None:
    sides = {
        "l": {"$ref": "#/components/schemas/Tested"},
        "r": {"$ref": "#/components/schemas/Tested"},
    }
    plus = {"type": "object", "required": ["l", "r"], "properties": sides}
    leaf = {"type": "object", "required": ["n"], "properties": {"n": {"const": 7}}}
    assert made({"oneOf": [plus, leaf]}) == {"l": {"n": 7}, "r": {"n": 7}}


def test_discriminator_names_the_alternative() -> None:
    names = ("Cat", "Dog")
    kinds = {
        name: {
            "type": "object",
            "required": ["kind", name.lower()],
            "properties": {"kind": TEXT, name.lower(): {"const": name}},
        }
        for name in names
    }
    union = {
        "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in names],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"d": "#/components/schemas/Dog"},
        },
    }
    value = made({"type": "array", "items": union, "minItems": 2, "maxItems": 2}, kinds)
    assert value == [{"kind": "Cat", "cat": "Cat"}, {"kind": "d", "dog": "Dog"}]


def test_items_of_a_union_are_of_all_its_members() -> None:
    union = {"anyOf": [{"const": 1}, {"const": 2}, {"const": 3}]}
    assert made({"type": "array", "items": union}) == [1, 2, 3]


def test_arrays_are_shorter_the_deeper_they_are() -> None:
    inner = {"type": "array", "items": {"type": "array", "items": {"const": 0}}}
    assert made({"type": "array", "items": inner}) == [[[0], [0]]] * 3


def test_absent_values_are_null_where_that_is_admitted() -> None:
    nullable = {"type": ["string", "null"]}
    names = dict.fromkeys(("deleted_at", "nextCursor", "name"), nullable)
    value = made({"type": "object", "properties": names})
    assert (value["deleted_at"], value["nextCursor"]) == (None, None)
    assert isinstance(value["name"], str)
