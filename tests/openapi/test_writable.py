"""What a request must have: nothing that only the server sets."""

from __future__ import annotations

from typing import Any

import pytest

from locum.openapi.schemas import Schema, Schemas
from locum.openapi.writable import writable

ID = {"type": "integer", "readOnly": True}
PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": ID, "name": {"type": "string"}},
}
REFERENCE = {"$ref": "#/components/schemas/Pet"}


def schema(body: dict[str, Any], version: str = "3.1.0", **components: Any) -> Schema:
    content = {"application/json": {"schema": body}}
    document = {
        "openapi": version,
        "paths": {"/a": {"post": {"requestBody": {"content": content}, "responses": {}}}},
        "components": {"schemas": {"Pet": PET} | components},
    }
    place = "paths", "/a", "post", "requestBody", "content", "application/json", "schema"
    return Schemas(document).at(*place)


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
    whole = schema(body, version, Set={"type": "string", "readOnly": True})
    assert not whole.is_valid(value)
    assert writable(whole).is_valid(value)
    assert not writable(whole).is_valid(refused)


def test_what_is_read_only_may_be_sent_and_must_be_right() -> None:
    its = writable(schema(REFERENCE))
    assert its.is_valid({"id": 7, "name": "Rex"})
    assert not its.is_valid({"id": "x", "name": "Rex"})


@pytest.mark.parametrize(
    "body",
    [
        {"required": ["a"], "properties": {"a": {"type": "string"}, "id": ID}},
        {"required": ["a"], "properties": {"a": {"writeOnly": True}}},
        {"required": ["a"], "properties": {"a": {"readOnly": False}}},
        {"required": ["readOnly"], "properties": {"readOnly": {"const": True}}},
        {"properties": {"a": {"properties": {"id": ID}}}, "required": ["a", "id"]},
        True,
    ],
)
def test_a_schema_that_requires_nothing_of_the_kind_is_the_same(body: Any) -> None:
    whole = schema(body)
    assert writable(whole) is whole


def test_answers_keep_what_they_require() -> None:
    whole = schema(REFERENCE)
    writable(whole)
    assert not whole.is_valid({"name": "Rex"})
    assert PET["required"] == ["id", "name"]


def test_schemas_may_go_in_circles() -> None:
    node = {
        "required": ["id"],
        "properties": {"id": ID, "next": {"$ref": "#/components/schemas/Node"}},
    }
    its = writable(schema({"$ref": "#/components/schemas/Node"}, Node=node))
    assert its.is_valid({"next": {"next": {}}})
    assert not its.is_valid({"next": {"next": {"id": "x"}}})


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/Pair/properties/pet",
        "#/components/schemas/Pair/allOf/0",
        "#/components/schemas/a~1b%20c",
    ],
)
def test_references_may_lead_anywhere(reference: str) -> None:
    pair = {"properties": {"pet": PET}, "allOf": [PET]}
    its = writable(schema({"$ref": reference}, **{"Pair": pair, "a/b c": PET}))
    assert its.is_valid({"name": "Rex"})
    assert not its.is_valid({})
