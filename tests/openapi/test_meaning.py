"""The faults that no meta-schema tells, in documents of good structure. Expected by hand."""

from __future__ import annotations

from typing import Any

from locum.openapi.meaning import faults
from locum.openapi.walk import json_pointer
from tests.oracles.small_document import OPERATION, SMALL, with_part


def found(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(json_pointer(pointer), message) for pointer, message in faults(document)]


def with_schemas(**schemas: Any) -> dict[str, Any]:
    return with_part(SMALL, "components", "schemas", schemas)


S = {"$ref": "#/components/schemas/S"}


def test_good_document_has_none() -> None:
    assert found(SMALL) == []


def test_tag_of_the_same_name_is_a_fault() -> None:
    tags = [{"name": "a"}, {"name": "b"}, {"name": "a"}]
    assert found(SMALL | {"tags": tags}) == [("#/tags", "Duplicate tag name 'a'")]


def test_parameter_twice_is_a_fault_where_one_of_them_is_a_reference_too() -> None:
    parameter = {"name": "q", "in": "query", "schema": {}}
    document = with_part(SMALL, "components", "parameters", {"Q": parameter})
    parameters = [*document["paths"]["/a/{id}"]["post"]["parameters"], parameter]
    parameters.append({"$ref": "#/components/parameters/Q"})
    assert found(with_part(document, *OPERATION, "parameters", parameters)) == [
        ("#/paths/~1a~1{id}/post/parameters", "Duplicate parameter 'q'")
    ]


def test_parameters_of_the_path_count_for_its_operations() -> None:
    item = SMALL["paths"]["/a/{id}"]["post"]
    document = with_part(SMALL, "paths", "/a/{id}", "parameters", item["parameters"])
    assert found(with_part(document, *OPERATION, "parameters", [])) == []


def test_required_property_of_any_part_is_defined() -> None:
    inner = {"anyOf": [{"properties": {"p": {}}}, {"items": {"properties": {"q": {}}}}]}
    schema = {"allOf": [S, {"not": {"properties": {"r": {}}}}], "required": ["p", "q", "r", "s"]}
    assert found(with_schemas(S=inner, T=schema)) == [
        ("#/components/schemas/T", "Required list has not defined properties: ['s']")
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
