"""Schemas of requests, which need not have what only the server sets, and of answers."""

from __future__ import annotations

from typing import Any

import pytest

from locum.openapi.schemas import Schema, Schemas

ID = {"type": "integer", "readOnly": True}
PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": ID, "name": {"type": "string"}},
}
REFERENCE = {"$ref": "#/components/schemas/Pet"}


def schemas(body: Any, version: str = "3.1.0", **further: Any) -> tuple[Schema, Schema]:
    """The schema of a request, and the same one of its answer."""
    content = {"content": {"application/json": {"schema": body}}}
    operation = {"requestBody": content, "responses": {"200": content}}
    document = {
        "openapi": version,
        "paths": {"/a": {"post": operation}},
        "components": {"schemas": {"Pet": PET} | further},
    }
    at = Schemas(document).at
    here, schema = ("paths", "/a", "post"), ("content", "application/json", "schema")
    return at(*here, "requestBody", *schema), at(*here, "responses", "200", *schema)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("body", "value", "refused"),
    [
        (PET, {"name": "Rex"}, {}),
        (REFERENCE, {"name": "Rex"}, {}),
        ({"type": "array", "items": REFERENCE}, [{"name": "Rex"}], [{}]),
        ({"properties": {"pet": REFERENCE}}, {"pet": {"name": "Rex"}}, {"pet": {}}),
        ({"allOf": [{"properties": {"id": ID}}, {"required": ["id"]}]}, {}, {"id": "x"}),
        ({"allOf": [REFERENCE, {"required": ["age"]}]}, {"name": "Rex", "age": 7}, {"name": "Rex"}),
        ({"oneOf": [REFERENCE, {"type": "string"}]}, {"name": "Rex"}, {}),
        (
            {"required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/Set"}}},
            {},
            {"a": 7},
        ),
    ],
)
def test_what_is_read_only_is_not_required(
    version: str, body: dict[str, Any], value: object, refused: object
) -> None:
    """All that is required otherwise still is."""
    request, answer = schemas(body, version, Set={"type": "string", "readOnly": True})
    assert not answer.is_valid(value)
    assert request.is_valid(value)
    assert not request.is_valid(refused)


def test_what_is_read_only_may_be_sent_and_must_be_right() -> None:
    request, _ = schemas(REFERENCE)
    assert request.is_valid({"id": 7, "name": "Rex"})
    assert not request.is_valid({"id": "x", "name": "Rex"})


@pytest.mark.parametrize(
    "body",
    [
        {"required": ["a"], "properties": {"a": {"type": "string"}, "id": ID}},
        {"required": ["a"], "properties": {"a": {"writeOnly": True}}},
        {"required": ["a"], "properties": {"a": {"readOnly": False}}},
        {"required": ["a"], "properties": {"readOnly": {"const": True}}},
        {"required": ["a"], "properties": {"a": {"required": ["id"], "properties": {"id": ID}}}},
    ],
)
def test_all_else_that_is_required_is_so_of_requests(body: Any) -> None:
    request, _ = schemas(body)
    assert not request.is_valid({})


def test_what_is_write_only_is_not_required_of_answers_in_3_0() -> None:
    """In 3.1 the two are remarks (our choice for requests: clients leave out what is readOnly)."""
    body = {"required": ["a"], "properties": {"a": {"type": "string", "writeOnly": True}}}
    assert [each.is_valid({}) for each in schemas(body, "3.0.3")] == [False, True]
    assert [each.is_valid({}) for each in schemas(body)] == [False, False]


def test_schemas_of_requests_may_go_in_circles() -> None:
    next_one = {"$ref": "#/components/schemas/Node"}
    node = {"required": ["id"], "properties": {"id": ID, "next": next_one}}
    request, answer = schemas(next_one, Node=node)
    assert request.is_valid({"next": {"next": {}}})
    assert not request.is_valid({"next": {"next": {"id": "x"}}})
    assert not answer.is_valid({"id": 7, "next": {}})


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/Pair/properties/pet",
        "#/components/schemas/Pair/allOf/0",
        "#/components/schemas/a~1b%20c",
    ],
)
def test_references_of_requests_may_lead_anywhere(reference: str) -> None:
    pair = {"properties": {"pet": PET}, "allOf": [PET]}
    further: dict[str, Any] = {"Pair": pair, "a/b c": PET}
    request, _ = schemas({"$ref": reference}, **further)
    assert request.is_valid({"name": "Rex"})
    assert not request.is_valid({})
