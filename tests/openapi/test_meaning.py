"""The faults that no meta-schema tells, in documents of good structure. Expected by hand."""

from __future__ import annotations

import json
from typing import Any

from locum.openapi.meaning import faults
from locum.openapi.walk import json_pointer
from tests.oracles.small_document import OPERATION, SMALL, with_part


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(json_pointer(fault.pointer), fault.message) for fault in faults(document)]


def with_schemas(**schemas: Any) -> dict[str, Any]:
    return with_part(SMALL, "components", "schemas", schemas)


S = {"$ref": "#/components/schemas/S"}


def test_good_document_has_none() -> None:
    assert found(SMALL) == []


def test_tag_of_the_same_name_is_a_fault() -> None:
    tags = [{"name": "a"}, {"name": "b"}, {"name": "a"}]
    assert found(SMALL | {"tags": tags}) == [
        ("#/tags/2", "found the tag 'a' again, expected each tag once")
    ]


def test_required_property_of_any_part_is_defined() -> None:
    inner = {"anyOf": [{"properties": {"p": {}}}, {"items": {"properties": {"q": {}}}}]}
    schema = {"allOf": [S, {"not": {"properties": {"r": {}}}}], "required": ["p", "q", "r", "s"]}
    assert found(with_schemas(S=inner, T=schema)) == [
        (
            "#/components/schemas/T/required",
            "found ['s'], expected properties that are defined",
        )
    ]


def test_what_others_are_made_of_may_leave_its_properties_to_them() -> None:
    mixin = {"allOf": [{}], "required": ["p"]}
    assert found(with_schemas(S=mixin, T={"allOf": [S], "properties": {"p": {}}})) == []


def test_default_is_held_to_what_its_schema_refers_to() -> None:
    schemas = with_schemas(S={"type": "string"}, T=S | {"default": 5})
    assert found(schemas) == [("#/components/schemas/T/default", '5 is not of type "string"')]


def test_default_null_is_good_where_openapi_3_0_has_nullable() -> None:
    for nullable, faults_found in ((True, 0), (False, 1)):
        schema = {"type": "string", "nullable": nullable, "default": None}
        document = with_schemas(S=schema) | {"openapi": "3.0.3"}
        assert len(found(document)) == faults_found


def test_example_is_held_to_its_schema_wherever_it_stands() -> None:
    """Of a schema, a media type, a parameter and a header: one is wrong in each."""
    text = {"type": "string"}
    content = {"schema": text, "examples": {"a/b": {"value": 1}, "c": {"value": "x"}, "d": {}}}
    document = with_schemas(S=text | {"example": 2}, T=text | {"examples": ["x", 3]})
    document = json.loads(json.dumps(document))  # no two places share an object
    document = with_part(document, *OPERATION, "responses", "200", "content", "a/b", content)
    header = {"schema": text, "example": 4}
    document = with_part(document, *OPERATION, "responses", "200", "headers", {"X": header})
    query = {"name": "q", "in": "query", "schema": text, "example": 5}
    document["paths"]["/a/{id}"]["post"]["parameters"].append(query)
    operation = "#/paths/~1a~1{id}/post"
    assert {pointer: message.split()[0] for pointer, message in found(document)} == {
        "#/components/schemas/S/example": "2",
        "#/components/schemas/T/examples/1": "3",
        f"{operation}/responses/200/content/a~1b/examples/a~1b/value": "1",
        f"{operation}/responses/200/headers/X/example": "4",
        f"{operation}/parameters/1/example": "5",
    }


def test_example_with_many_faults_is_one_finding() -> None:
    schema = {"type": "array", "items": {"type": "string"}, "example": [1, 2, 3]}
    assert found(with_schemas(S=schema)) == [
        ("#/components/schemas/S/example/0", '1 is not of type "string"')
    ]
