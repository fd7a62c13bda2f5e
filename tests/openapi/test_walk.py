"""Walking a document: its objects by position, references, pointers. Expected values by hand."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest

from locum.exceptions import DocumentError
from locum.openapi.walk import inline, json_copy, json_pointer, path_items, resolve, tokens, walk

STRING = {"type": "string"}


def kinds(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(json_pointer(pointer), kind) for pointer, kind, _ in walk(document)]


# walk.


def test_every_object_comes_before_those_within_it_in_the_order_of_the_document() -> None:
    document = {
        "paths": {
            "/a": {
                "parameters": [{"schema": {}}],
                "get": {
                    "responses": {"200": {"content": {"text/plain": {"schema": {}}}}},
                    "requestBody": {"content": {}},
                },
            }
        },
        "components": {"securitySchemes": {"k": {}}, "headers": {"h": {"schema": {}}}},
    }
    assert kinds(document) == [
        ("#", "document"),
        ("#/paths/~1a", "path item"),
        ("#/paths/~1a/parameters/0", "parameter"),
        ("#/paths/~1a/parameters/0/schema", "schema"),
        ("#/paths/~1a/get", "operation"),
        ("#/paths/~1a/get/responses/200", "response"),
        ("#/paths/~1a/get/responses/200/content/text~1plain", "media type"),
        ("#/paths/~1a/get/responses/200/content/text~1plain/schema", "schema"),
        ("#/paths/~1a/get/requestBody", "request body"),
        ("#/components", "components"),
        ("#/components/securitySchemes/k", "security scheme"),
        ("#/components/headers/h", "header"),
        ("#/components/headers/h/schema", "schema"),
    ]


def test_node_is_the_object_in_the_document() -> None:
    schema: dict[str, Any] = {"items": {}}
    document = {"components": {"schemas": {"S": schema}}}
    nodes = {json_pointer(pointer): node for pointer, _, node in walk(document)}
    assert nodes["#/components/schemas/S"] is schema
    assert nodes["#/components/schemas/S/items"] is schema["items"]


def test_property_with_the_name_of_a_keyword_is_a_property() -> None:
    schema = {"properties": {"items": {"not": {}}, "properties": True}}
    assert kinds({"components": {"schemas": {"S": schema}}})[2:] == [
        ("#/components/schemas/S", "schema"),
        ("#/components/schemas/S/properties/items", "schema"),
        ("#/components/schemas/S/properties/items/not", "schema"),
        ("#/components/schemas/S/properties/properties", "schema"),
    ]


def test_data_is_not_walked() -> None:
    schema = {"enum": [{"items": {}}], "default": {"not": {}}, "example": {"properties": {}}}
    assert kinds({"components": {"schemas": {"S": schema}}})[2:] == [
        ("#/components/schemas/S", "schema")
    ]


def test_extensions_are_left_out_where_the_other_names_are_free() -> None:
    """In `paths` and `responses` an x- field is an extension; in a map of schemas, a name."""
    document = {
        "paths": {"x-a": {"get": {}}, "/b": {"get": {"responses": {"x-c": {}, "200": {}}}}},
        "components": {"schemas": {"x-d": {}}},
    }
    assert kinds(document)[1:] == [
        ("#/paths/~1b", "path item"),
        ("#/paths/~1b/get", "operation"),
        ("#/paths/~1b/get/responses/200", "response"),
        ("#/components", "components"),
        ("#/components/schemas/x-d", "schema"),
    ]


@pytest.mark.parametrize("value", [None, 5, "x", [], [[]], {"a": 5}])
def test_malformed_document_is_walked_as_far_as_it_goes(value: Any) -> None:
    document = {"paths": value, "components": {"schemas": {"S": {"items": 5, "allOf": {"a": 1}}}}}
    assert ("#/components/schemas/S/items", "schema") in kinds(document)


def test_object_changed_in_place_is_walked_as_changed() -> None:
    document: dict[str, Any] = {"components": {"schemas": {"S": {"items": {}}}}}
    seen = []
    for pointer, kind, node in walk(document):
        seen.append(json_pointer(pointer))
        if kind == "schema" and "items" in node:
            node["not"] = node.pop("items")
    assert seen[2:] == ["#/components/schemas/S", "#/components/schemas/S/not"]


# References and pointers.


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("#/components/schemas/S", ("components", "schemas", "S")),
        ("#/paths/~1a~1{id}/get", ("paths", "/a/{id}", "get")),
        ("#/paths/~1a~1%7Bid%7D", ("paths", "/a/{id}")),
        ("#/a~01", ("a~1",)),  # ~0 last: this is no slash (RFC 6901, section 4)
        ("#/a%20b/0", ("a b", "0")),
        ("#/", ("",)),
        ("#", ()),
    ],
)
def test_tokens_of_a_reference(reference: str, expected: tuple[str, ...]) -> None:
    assert tokens(reference) == expected


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ((), "#"),
        (("paths", "/a/{id}", "parameters", 0), "#/paths/~1a~1{id}/parameters/0"),
        (("a~b", ""), "#/a~0b/"),
        (("~1",), "#/~01"),
    ],
)
def test_pointer_as_text(pointer: tuple[str | int, ...], text: str) -> None:
    assert json_pointer(pointer) == text
    assert tokens(text) == tuple(map(str, pointer))


DOCUMENT = {"a": [{"b": 1}, {"b": 2}], "c/d": {"0": 3}, "e": "text", "": 4}


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("#/a/1/b", 2),
        ("#/c~1d/0", 3),
        ("#/", 4),
        ("#", DOCUMENT),
    ],
)
def test_reference_resolves_to_its_target(reference: str, value: object) -> None:
    assert resolve(DOCUMENT, reference) == value


@pytest.mark.parametrize(
    "reference", ["#/x", "#/a/2", "#/a/-1", "#/a/b", "#/a/\N{ARABIC-INDIC DIGIT ONE}", "#/e/0"]
)
def test_reference_to_nothing_is_a_lookup_error(reference: str) -> None:
    with pytest.raises(LookupError):
        resolve(DOCUMENT, reference)


def test_path_items_come_in_order_and_without_extensions() -> None:
    paths = {"/b": {"get": {}}, "x-note": "any text", "/a": {}}
    assert [*path_items({"paths": paths})] == [("/b", {"get": {}}), ("/a", {})]
    assert [*path_items({})] == []


# inline.


def test_references_are_replaced_by_copies_save_in_schemas() -> None:
    parameter = {"name": "q", "in": "query", "schema": {"$ref": "#/components/schemas/S"}}
    reference = {"$ref": "#/components/parameters/P"}
    document: dict[str, Any] = {
        "paths": {
            "/a": {"get": {"parameters": [reference]}, "put": {"parameters": [{**reference}]}}
        },
        "components": {"schemas": {"S": STRING}, "parameters": {"P": parameter}},
    }
    inline(document)
    item = document["paths"]["/a"]
    assert item["get"]["parameters"] == item["put"]["parameters"] == [parameter]
    item["get"]["parameters"][0]["name"] = "changed"
    assert item["put"]["parameters"][0]["name"] == parameter["name"] == "q"


def test_reference_within_the_target_of_a_reference_is_replaced_too() -> None:
    document: dict[str, Any] = {
        "paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/R"}}}}},
        "components": {
            "responses": {"R": {"headers": {"X": {"$ref": "#/components/headers/H"}}}},
            "headers": {"H": {"schema": STRING}},
        },
    }
    inline(document)
    assert document["paths"]["/a"]["get"]["responses"]["200"] == {
        "headers": {"X": {"schema": STRING}}
    }


def test_summary_and_description_beside_a_reference_override_the_targets() -> None:
    beside = {"description": "mine", "summary": "short", "x-note": "ignored"}
    document: dict[str, Any] = {
        "paths": {
            "/a": {"get": {"responses": {"200": {"$ref": "#/components/responses/R"} | beside}}}
        },
        "components": {"responses": {"R": {"description": "theirs", "content": {}}}},
    }
    inline(document)
    assert document["paths"]["/a"]["get"]["responses"]["200"] == {
        "description": "mine",
        "summary": "short",
        "content": {},
    }


def test_path_item_that_is_a_reference_brings_its_operations() -> None:
    document: dict[str, Any] = {
        "paths": {"/a": {"$ref": "#/components/pathItems/I"}},
        "components": {"pathItems": {"I": {"get": {}, "parameters": [{"name": "q", "in": "x"}]}}},
    }
    inline(document)
    assert document["paths"]["/a"] == {"get": {"parameters": [{"name": "q", "in": "x"}]}}


def test_parameters_of_a_path_join_those_that_its_operations_do_not_have() -> None:
    """A parameter is known by name and place: q of the header does not override q of the query."""
    shared = [{"name": "q", "in": "query"}, {"name": "r", "in": "query"}]
    own = [{"name": "q", "in": "header"}, {"name": "r", "in": "query", "required": True}]
    document: dict[str, Any] = {
        "paths": {"/a": {"parameters": shared, "get": {"parameters": own}, "put": {}}}
    }
    inline(document)
    item = document["paths"]["/a"]
    assert item == {
        "get": {
            "parameters": [
                {"name": "q", "in": "header"},
                {"name": "r", "in": "query", "required": True},
                {"name": "q", "in": "query"},
            ]
        },
        "put": {"parameters": [{"name": "q", "in": "query"}, {"name": "r", "in": "query"}]},
    }
    assert item["get"]["parameters"][2] is not item["put"]["parameters"][0]


def test_document_without_references_stays_as_it_is() -> None:
    document = {"paths": {"/a": {"get": {"responses": {"200": {"description": "d"}}}}}}
    before = copy.deepcopy(document)
    inline(document)
    assert document == before


def test_references_stand_for_as_much_as_is_allowed_and_no_more() -> None:
    """A parameter of a million characters, and 20 for each of its three values, at 20 places."""
    parameter = {"name": "q", "in": "query", "description": "x" * 999_000}
    reference = {"$ref": "#/components/parameters/P"}

    def document(count: int) -> dict[str, Any]:
        item = {"get": {"parameters": [{**reference} for _ in range(count)]}}
        return {"paths": {"/a": item}, "components": {"parameters": {"P": parameter}}}

    inline(document(20))
    with pytest.raises(DocumentError) as raised:
        inline(document(21))
    assert str(raised.value).startswith(
        "#/paths/~1a/get/parameters/20: found references that stand for more than 20,000,000"
    )


# json_copy.


def test_copy_shares_nothing_with_the_value_nor_within_itself() -> None:
    shared: dict[str, Any] = {"k": [1, 2.5, None, True, "é"]}
    value = {"a": shared, "b": shared}
    copied = json_copy(value)
    assert copied == {"a": shared, "b": shared}
    assert list(copied) == ["a", "b"]
    copied["a"]["k"].append("more")
    assert copied["b"] == shared == {"k": [1, 2.5, None, True, "é"]}


def circular() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize("value", [{1: 2}, {"a": {1}}, dt.datetime(2026, 1, 1), circular()])  # noqa: DTZ001 - no JSON in any zone
def test_value_that_is_no_json_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        json_copy(value)
