"""Prism's placeholder values. Expected values were taken from Prism's sampler, run on the same
schemas: @stoplight/json-schema-sampler 0.3.0, after what @stoplight/http-spec 7.1 makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from locum.generate.static import TooLarge, static
from locum.openapi.graph import Targets


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "string"),
        ({"type": "integer"}, 0),
        ({"type": "number"}, 0),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({}, None),
        ({"type": ["string", "null"]}, "string"),
        ({"type": "string", "minLength": 8}, "stringst"),
        ({"type": "string", "maxLength": 3}, "str"),
        ({"type": "string", "format": "date-time"}, "2019-08-24T14:15:22Z"),
        ({"type": "string", "format": "date"}, "2019-08-24"),
        ({"type": "string", "format": "time"}, "14:15:22Z"),
        ({"type": "string", "format": "email"}, "user@example.com"),
        ({"type": "string", "format": "uri"}, "http://example.com"),
        ({"type": "string", "format": "uuid"}, "497f6eca-6276-4993-bfeb-53cbbbba6f08"),
        ({"type": "string", "format": "password", "minLength": 12}, "pa$$word_qwe"),
        ({"type": "string", "format": "binary"}, "string"),
        ({"type": "string", "pattern": "^[0-9]+$"}, "string"),
        ({"type": "integer", "format": "int32"}, -(2**31)),
        ({"type": "integer", "format": "int64"}, 1 - 2**53),
        ({"type": "integer", "format": "int32", "minimum": 3}, 3),
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "integer", "maximum": 3}, 3),
        ({"type": "number", "exclusiveMinimum": 3}, 4),
        ({"type": "number", "exclusiveMinimum": 3, "exclusiveMaximum": 4}, 3.5),
        ({"type": "number", "exclusiveMaximum": 3}, 2),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": 5}, 5),
        ({"type": "string", "default": "d", "enum": ["a", "d"]}, "d"),
        ({"type": "string", "example": "e", "default": "d"}, "e"),
        ({"properties": {"a": {"example": "e", "default": "d"}}}, {"a": "d"}),
        ({"type": "string", "examples": ["e", "f"]}, "e"),
        ({"type": "array", "items": {"type": "string"}}, ["string"]),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["string", "string"]),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 0}, []),
        ({"type": "array"}, []),
        (
            {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["c"]},
            {"a": "string", "b": None},
        ),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"property1": 0, "property2": 0},
        ),
        ({"type": "object", "additionalProperties": True}, {}),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, 0),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "string"),
        (
            {
                "type": "object",
                "allOf": [
                    {"properties": {"a": {"type": "string"}}},
                    {"properties": {"b": {"const": 1}}},
                ],
            },
            {"a": "string", "b": 1},
        ),
        ({"allOf": [{"properties": {"a": {"type": "string"}}}]}, None),
        ({"allOf": [{"type": "string"}, {"example": "last"}]}, "last"),
        ({"if": {"type": "object"}, "then": {"properties": {"a": {"const": 1}}}}, {"a": 1}),
        (
            {"properties": {"userId": {"type": "string", "format": "uuid"}}},
            {"userId": "2c4a230c-5085-4924-a3e1-25fb4fc5965b"},
        ),
    ],
)
def test_placeholders(schema: Any, expected: Any) -> None:
    assert static(schema, Targets({})) == expected


def test_circles_end_empty_when_they_were_gone_round_once() -> None:
    node = {
        "type": "object",
        "properties": {
            "next": {"$ref": "#/defs/node"},
            "all": {"type": "array", "items": {"$ref": "#/defs/node"}},
            "text": {"$ref": "#/defs/text"},
        },
    }
    text = {"type": "string", "oneOf": [{"$ref": "#/defs/text"}]}
    targets = Targets({"defs": {"node": node, "text": text}})
    once: dict[str, Any] = {"next": {}, "all": [{}]}
    assert static({"$ref": "#/defs/node"}, targets) == {"next": once, "all": [once]}
    assert static({"$ref": "#/defs/node"}, targets, rounds=1) == once


def test_what_prism_refuses_as_too_large_is_too_large() -> None:
    wide = {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(3_000)}}
    with pytest.raises(TooLarge):
        static(wide, Targets({}))
    with pytest.raises(TooLarge):
        static({"type": "string", "minLength": 10**9}, Targets({}))


def test_circles_can_be_left_out() -> None:
    node = {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "integer"},
            "parent": {"$ref": "#/defs/node"},
            "all": {"type": "array", "items": {"$ref": "#/defs/node"}},
            "other": {"oneOf": [{"$ref": "#/defs/node"}, {"const": 7}]},
        },
    }
    targets = Targets({"defs": {"node": node}})
    once = {"id": 0, "all": [], "other": 7}
    assert static({"$ref": "#/defs/node"}, targets, rounds=1, is_open=False) == once
    twice = {"id": 0, "parent": once, "all": [once], "other": once}
    assert static({"$ref": "#/defs/node"}, targets, is_open=False) == twice


def test_nothing_stands_where_no_one_knows_what_is_valid() -> None:
    vague: dict[str, Any] = {}
    schema = {"properties": {"a": vague, "b": {"type": "array", "items": vague}, "c": {}}}
    assert static(schema, Targets({}), vague={id(vague)}) == {"b": [], "c": None}
