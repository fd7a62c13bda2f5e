from __future__ import annotations

from typing import Any

import pytest

from locum.generate.names import plain
from locum.generate.shapes import Place, Shapes, request, success, words
from tests.generate.collections_documents import NOTES, SHOP, loaded

DOCUMENT = loaded("""
openapi: 3.1.0
paths: {}
components:
  schemas:
    Named:
      type: object
      required: [name]
      properties: {name: {type: string}, links: {type: object}}
    Many: {type: array, items: {$ref: '#/components/schemas/Named'}}
    Id: {properties: {id: {type: [integer, 'null']}}}
    Both:
      allOf:
      - {$ref: '#/components/schemas/Named'}
      - oneOf: [{$ref: '#/components/schemas/Id'}, {type: 'null'}]
      - {properties: {links: {properties: {self: {type: string, format: uri}}}}}
    Loop: {allOf: [{$ref: '#/components/schemas/Loop'}], properties: {x: {const: 5}}}
    Alias: {anyOf: [{type: 'null'}, {$ref: '#/components/schemas/Named'}]}
    Wrapped:
      type: object
      properties:
        result: {type: object, properties: {pets: {$ref: '#/components/schemas/Many'}}}
        total: {type: integer}
    Thing:
      type: object
      properties: {a: {}, b: {}, c: {}, d: {}, e: {}, parts: {$ref: '#/components/schemas/Many'}}
    Few:
      type: object
      properties: {a: {}, parts: {$ref: '#/components/schemas/Many'}}
""")
SHAPES = Shapes(DOCUMENT.schemas)


def at(name: str) -> Any:
    return SHAPES.at(("components", "schemas", name))


def test_properties_are_those_of_all_parts() -> None:
    both = SHAPES.properties(at("Both"))
    assert set(both) == {"name", "links", "id"}
    assert SHAPES.types(both["id"]) == {"integer", "null"}
    assert set(SHAPES.properties(both["links"])) == {"self"}
    assert SHAPES.keyword(SHAPES.properties(both["links"])["self"], "format") == "uri"
    assert SHAPES.required(at("Both")) == {"name"}


def test_schemas_in_a_circle_end() -> None:
    assert set(SHAPES.properties(at("Loop"))) == {"x"}
    assert SHAPES.types(SHAPES.properties(at("Loop"))["x"]) == {"integer"}


def test_alias_is_what_it_stands_for() -> None:
    assert SHAPES.last(at("Alias")) is at("Named")


def test_pointer_leads_to_the_schema() -> None:
    place = Place(("components", "schemas", "Both"), ("links",))
    pointer = ("components", "schemas", "Both", "allOf", 2, "properties", "links")
    assert SHAPES.pointer(place) == pointer
    wrapped = Place(("components", "schemas", "Wrapped"), ("result", "pets"))
    assert SHAPES.at(SHAPES.pointer(wrapped, of_items=True)) == {
        "$ref": "#/components/schemas/Named"
    }
    with pytest.raises(LookupError):
        SHAPES.pointer(Place(("components", "schemas", "Both"), ("none",)))


@pytest.mark.parametrize(
    ("name", "hint", "path"),
    [
        ("Wrapped", "pets", ("result", "pets")),
        ("Thing", "", None),  # a thing that has parts
        ("Thing", "parts", ("parts",)),
        ("Few", "", ("parts",)),
        ("Named", "", None),
    ],
)
def test_array_of_a_list(name: str, hint: str, path: tuple[str, ...] | None) -> None:
    place = SHAPES.array_in(("components", "schemas", name), hint)
    assert (place.path if place else None) == path


def test_place_is_read_and_written_without_a_change_of_the_body() -> None:
    place, body = Place((), ("a", "b")), {"a": {"b": 1, "c": 2}}
    assert place.of(body) == 1
    assert place.of({"a": [1]}) is None
    assert place.put(body, 3) == {"a": {"b": 3, "c": 2}}
    assert place.put({}, 3) == {"a": {"b": 3}}
    assert Place(()).put(body, 3) == 3
    assert body == {"a": {"b": 1, "c": 2}}


def test_success_is_the_lowest_status_that_has_json_else_xml() -> None:
    status, media_type, pointer = success(SHOP.effective, "/customers", "post")
    assert (status, media_type) == ("201", "application/json")
    assert pointer is not None
    assert pointer[-5:] == ("responses", "201", "content", "application/json", "schema")
    assert success(SHOP.effective, "/customers/{customerId}", "delete") == ("204", None, None)
    of_both: dict[str, Any] = {"text/xml": {"schema": {}}, "application/json": {"schema": {}}}
    for content, expected in (
        (of_both, "application/json"),
        ({"text/xml": {"schema": {}}}, "text/xml"),
    ):
        document: dict[str, Any] = {
            "paths": {"/a": {"get": {"responses": {"200": {"content": content}}}}}
        }
        assert success(document, "/a", "get")[:2] == ("200", expected)
    assert [each for each, _ in request(NOTES.effective, "/note/", "post")] == ["application/json"]


def test_names() -> None:
    assert plain("pet-Id_x") == "petidx"
    assert words("minPrice2") == ["min", "price2"]


PARTS: list[dict[str, Any]] = [{f"p{number}": {}} for number in range(100)]


def test_a_schema_made_later_is_not_taken_for_one_before() -> None:
    """What is remembered of one that is gone is not told of another in its place."""
    shapes = Shapes(DOCUMENT.schemas)
    names = [f"p{number}" for number in range(100)]
    assert [shapes.types({"type": name}) for name in names] == [{name} for name in names]
    assert [[*shapes.properties({"properties": part})] for part in [{}, *PARTS]] == [
        [],
        *([*part] for part in PARTS),
    ]
    assert [shapes.items({"items": part}) for part in PARTS] == PARTS


def test_examples_are_the_schema_s_and_those_it_refers_to() -> None:
    document = loaded("""
openapi: 3.1.0
paths: {}
components:
  schemas:
    Own: {allOf: [{$ref: '#/components/schemas/Other'}], example: {a: 1}}
    Other: {examples: [{a: 2}, {a: 3}], properties: {b: {example: 4}}}
""")
    shapes = Shapes(document.schemas)
    assert [*shapes.examples(shapes.at(("components", "schemas", "Own")))] == [
        {"a": 1},
        {"a": 2},
        {"a": 3},
    ]
    assert [*shapes.examples({"$ref": "#/nowhere"})] == []
