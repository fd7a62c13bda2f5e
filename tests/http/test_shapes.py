"""Shapes: what schemas say of a value, as far as texts are read by it."""

from __future__ import annotations

from typing import Any

import pytest

from locum.http.shapes import Known, Node, Shape, nodes_of, scalar, value_of
from locum.openapi.schemas import Schemas

TREE = {
    "type": "object",
    "properties": {"n": {"type": "integer"}, "sub": {"$ref": "#/components/schemas/Tree"}},
}
CAT = {"type": "object", "properties": {"lives": {"type": "integer"}, "name": {"type": "string"}}}
DOG = {"properties": {"good": {"type": "boolean"}, "name": {"type": "integer"}}}


def shape(schema: dict[str, Any]) -> Shape:
    components = {"schemas": {"Tree": TREE, "Cat": CAT, "Dog": DOG}}
    return Shape.of(Schemas({"openapi": "3.1.0", "s": schema, "components": components}).at("s"))


def test_properties_are_found_in_what_is_combined() -> None:
    """A name that two of them have may be what either says."""
    pets = shape(
        {"anyOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
    )
    assert pets.names == {"lives", "name", "good"}
    assert pets.of_property("lives").types == {"integer"}
    assert pets.of_property("name").types == {"string", "integer"}


def test_properties_and_items_may_go_in_a_circle() -> None:
    tree = shape({"$ref": "#/components/schemas/Tree"})
    for _ in range(50):
        tree = tree.of_property("sub")
    assert tree.of_property("n").types == {"integer"}
    circle = shape({"type": "array", "items": {"$ref": "#/components/schemas/Tree"}})
    assert circle.items.of_property("sub").of_property("n").types == {"integer"}


@pytest.mark.parametrize(
    ("schema", "takes_others", "types"),
    [
        ({"type": "object"}, True, None),
        ({"type": "object", "properties": {"a": {}}}, False, None),
        ({"properties": {"a": {}}, "additionalProperties": True}, True, None),
        ({"properties": {"a": {}}, "additionalProperties": {"type": "integer"}}, True, {"integer"}),
        ({"additionalProperties": False}, False, set()),
    ],
)
def test_other_properties_are_as_the_schema_says(
    schema: dict[str, Any], types: set[str] | None, *, takes_others: bool
) -> None:
    """Without a word of it, an object that names properties has no others that are looked for."""
    its = shape(schema)
    assert its.takes_others is takes_others
    if types is not None:
        assert its.of_property("other").types == types


def test_what_says_nothing_may_be_anything() -> None:
    assert Shape().types == shape({}).of_property("a").types | {"integer"}
    assert Shape().of_property("a").items.types == Shape().types
    assert scalar("7", Shape().types) == "7"


@pytest.mark.parametrize(
    ("schema", "is_array", "is_object"),
    [
        ({"type": "array"}, True, False),
        ({"type": ["array", "null"]}, True, False),
        ({"type": "object"}, False, True),
        ({"type": ["array", "object"]}, True, False),
        ({"type": ["array", "string"]}, False, False),
        ({}, False, False),
    ],
)
def test_a_shape_is_of_one_kind_where_no_single_value_will_do(
    schema: dict[str, Any], *, is_array: bool, is_object: bool
) -> None:
    its = shape(schema)
    assert (its.is_array, its.is_object) == (is_array, is_object)


@pytest.mark.parametrize(
    ("keyword", "expected"), [("format", "binary"), ("title", "t"), ("pattern", None)]
)
def test_a_keyword_is_looked_for_in_what_is_combined(keyword: str, expected: object) -> None:
    its = shape({"title": "t", "allOf": [{"format": "binary"}, {"title": "u"}]})
    assert its.says(keyword) == expected


@pytest.mark.parametrize(
    ("names", "known", "expected"),
    [
        (["a", "b"], [], {"a": Node(["a"]), "b": Node(["b"])}),
        (["a[b]"], [], {"a": Node([], {"b": Node(["a[b]"])})}),
        (["a[b]", "a"], [], {"a": Node(["a"], {"b": Node(["a[b]"])})}),
        (["a[]"], [], {"a": Node([], {"": Node(["a[]"])})}),
        (["a[]"], ["a[]"], {"a[]": Node(["a[]"])}),
        (["a[b][c]"], [], {"a": Node([], {"b": Node([], {"c": Node(["a[b][c]"])})})}),
        (
            ["a[b", "[a]", "a]", "a[b]c", ""],
            [],
            {n: Node([n]) for n in ("a[b", "[a]", "a]", "a[b]c", "")},
        ),
    ],
)
def test_names_have_brackets(names: list[str], known: list[str], expected: dict[str, Node]) -> None:
    """Each is given its own name."""
    assert nodes_of({name: [name] for name in names}, known) == expected


INTEGERS = {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("schema", "node", "value"),
    [
        (INTEGERS, Node(["7"]), [7]),
        (INTEGERS, Node(["7", "8"]), [7, 8]),
        (INTEGERS, Node(["[7, 8]"]), [7, 8]),
        (INTEGERS, Node(["[7"]), ["[7"]),
        (INTEGERS, Node([Known([7])]), [7]),
        (INTEGERS, Node([Known(7), "8"]), [7, 8]),
        (INTEGERS, Node([], {"0": Node(["7"]), "": Node(["8", "9"])}), [7, 8, 9]),
        (INTEGERS, Node([], {"x": Node(["7"])}), {"x": "7"}),
        ({"type": "object"}, Node(['{"a": 1}']), {"a": 1}),
        ({"type": "object"}, Node(["{"]), "{"),
        ({"type": "object"}, Node([], {"0": Node(["a"])}), {"0": "a"}),
        ({"type": "object"}, Node(["a"], {"b": Node(["c"])}), {"b": "c", "": "a"}),
        ({"type": "string"}, Node(["a", "b"]), ["a", "b"]),
        ({"type": "string"}, Node(["{}"]), "{}"),
        ({"type": ["integer", "array"], "items": {"type": "integer"}}, Node(["7"]), 7),
    ],
)
def test_a_node_is_the_value_that_its_shape_admits(
    schema: dict[str, Any], node: Node, value: object
) -> None:
    """What none admits is left for the schema to refuse."""
    assert value_of(node, shape(schema)) == value


def test_properties_are_found_by_what_they_are_called_in_xml() -> None:
    array = {"type": "array", "items": {"xml": {"name": "item"}}}
    properties = {
        "id": {"type": "integer", "xml": {"attribute": True, "name": "nr"}},
        "nr": {"type": "string"},
        "loose": array,
        "boxed": {**array, "xml": {"wrapped": True, "name": "box"}},
        "maybe": {**array, "type": ["array", "null"], "items": {"xml": {"name": "may"}}},
    }
    names = shape({"properties": properties, "required": ["loose", "boxed", "maybe"]}).xml_names
    elements = ["nr", "id", "loose", "item", "boxed", "box", "may", "other"]
    assert [names.of_element(each) for each in elements] == [
        "nr",
        "id",
        "loose",
        "loose",
        "boxed",
        "boxed",
        "maybe",
        None,
    ]
    assert [names.of_attribute(each) for each in ("nr", "id", "item")] == ["id", "id", "loose"]
    assert names.required_arrays == ["loose", "maybe"]
