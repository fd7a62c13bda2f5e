"""Schemas of OpenAPI 3.0, converted up to Draft 2020-12, mean what they meant."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator

from locum.openapi.schemas import Schema, Schemas


def compiled(schema: Any, **components: Any) -> Schema:
    """The schema as the component S of an OpenAPI 3.0 document, beside others."""
    document = {"openapi": "3.0.3", "components": {"schemas": {"S": schema} | components}}
    return Schemas(document).at("components", "schemas", "S")


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "nullable": True}, [None, "a"], [1]),
        ({"type": "string", "nullable": False}, ["a"], [None]),
        ({"type": "string", "enum": ["a"], "nullable": True}, [None, "a"], ["b"]),
        ({"type": "number", "enum": [None], "nullable": True}, [None], [0]),
        ({"allOf": [{"$ref": "#/components/schemas/T"}], "nullable": True}, [None, "t"], [1]),
        ({"anyOf": [{"type": "integer"}], "nullable": True}, [None, 1], ["a"]),
        ({"type": "object", "not": {"required": ["x"]}, "nullable": True}, [None, {}], [{"x": 1}]),
        ({"minimum": 1, "exclusiveMinimum": True, "type": "integer"}, [2], [1]),
        ({"minimum": 1, "exclusiveMinimum": False, "type": "integer"}, [1], [0]),
        ({"maximum": 1, "exclusiveMaximum": True, "type": "integer"}, [0], [1]),
        ({"$ref": "#/components/schemas/T", "nullable": True}, ["t"], [None]),
        ({"$ref": "#/components/schemas/T", "maxLength": 0}, ["t"], [1]),
        ({"properties": {"nullable": {"type": "string"}}}, [{"nullable": "a"}], [{"nullable": 1}]),
        (
            {"properties": {"a": {"items": {"type": "string", "nullable": True}}}},
            [{"a": [None]}],
            [{"a": [1]}],
        ),
        ({"additionalProperties": {"type": "string", "nullable": True}}, [{"a": None}], [{"a": 1}]),
    ],
)
def test_schema_of_3_0_means_what_it_meant(
    schema: dict[str, Any], good: list[object], bad: list[object]
) -> None:
    found = compiled(schema, T={"type": "string"})
    assert [value for value in good if not found.is_valid(value)] == []
    assert [value for value in bad if found.is_valid(value)] == []


def test_wherever_schemas_stand_they_are_converted() -> None:
    nullable = {"type": "string", "nullable": True}
    content = {"application/json": {"schema": nullable}}
    operation = {
        "parameters": [{"schema": nullable}],
        "requestBody": {"content": content},
        "responses": {"200": {"content": content, "headers": {"X": {"schema": nullable}}}},
    }
    schemas = Schemas({"openapi": "3.0.0", "paths": {"/": {"get": operation}}})
    for place in (
        ("parameters", 0, "schema"),
        ("requestBody", "content", "application/json", "schema"),
        ("responses", "200", "content", "application/json", "schema"),
        ("responses", "200", "headers", "X", "schema"),
    ):
        assert schemas.at("paths", "/", "get", *place).is_valid(None), place


def test_default_of_a_nullable_combination_is_kept() -> None:
    schema = {"properties": {"a": {"allOf": [{}], "nullable": True, "default": 1}}}
    assert compiled(schema).defaults == {"a": 1}


def test_document_is_not_changed() -> None:
    schema = {"type": "string", "nullable": True, "maximum": 1, "exclusiveMaximum": True}
    document = {"openapi": "3.0.3", "components": {"schemas": {"S": schema}}}
    before = copy.deepcopy(document)
    assert Schemas(document).at("components", "schemas", "S").is_valid(None)
    assert document == before


SCALARS = st.sampled_from([None, True, False, 0, 1, -1, 1.5, "", "a", "ab"])
VALUES_30 = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", "nullable"]), inner, max_size=2)
    ),
    max_leaves=4,
)
NULLABLE = st.fixed_dictionaries({}, optional={"nullable": st.booleans()})
PLAIN_30: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries({"type": st.just("string")}, optional={"maxLength": st.just(1)}),
    st.fixed_dictionaries({"type": st.sampled_from(["boolean", "object", "array"])}).map(
        lambda schema: schema | ({"items": {}} if schema["type"] == "array" else {})
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": st.just(0),
            "maximum": st.just(1),
            "exclusiveMinimum": st.booleans(),
            "exclusiveMaximum": st.booleans(),
        },
    ),
)
SCHEMAS_30 = st.recursive(
    st.builds(lambda plain, nullable: plain | nullable, PLAIN_30, NULLABLE),
    lambda inner: (
        st.builds(
            lambda plain, nullable: plain | nullable,
            st.one_of(
                st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
                st.fixed_dictionaries(
                    {
                        "type": st.just("object"),
                        "properties": st.dictionaries(st.sampled_from(["a", "nullable"]), inner),
                    }
                ),
            ),
            NULLABLE,
        )
        | st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)})
    ),
    max_leaves=4,
)


@given(schema=SCHEMAS_30, value=VALUES_30)
def test_conversion_agrees_with_an_independent_validator_of_3_0(schema: Any, value: Any) -> None:
    """openapi-schema-validator reads 3.0 as it is. Left out: 1.0, which is no integer to it."""
    assert compiled(schema).is_valid(value) == OAS30Validator(schema).is_valid(value)
