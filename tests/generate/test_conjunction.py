"""What several schemas say together."""

from __future__ import annotations

from typing import Any

import pytest

from locum.generate.conjunction import Conjunction, Conjunctions


def of(*schemas: Any, **named: Any) -> Conjunction:
    return Conjunctions({"defs": named}).of(schemas)


def test_references_and_all_of_are_followed_innermost_first() -> None:
    inner, own = {"title": "inner"}, {"title": "own", "allOf": [{"$ref": "#/defs/inner"}]}
    assert of(own, inner=inner).all("title") == ["inner", "own"]


def test_circles_end() -> None:
    circle = {"allOf": [{"$ref": "#/defs/circle"}], "type": "integer"}
    assert of({"$ref": "#/defs/circle"}, circle=circle).types == ("integer",)


def test_long_chains_are_followed() -> None:
    named: dict[str, Any] = {
        f"c{number}": {"allOf": [{"$ref": f"#/defs/c{number + 1}"}], "minLength": number}
        for number in range(5_000)
    }
    named["c5000"] = {"maxLength": 9}
    conjunction = of({"$ref": "#/defs/c0"}, **named)
    assert (conjunction.least("minLength"), conjunction.most("maxLength")) == (4_999, 9)


@pytest.mark.parametrize(
    ("schemas", "types"),
    [
        ([{}], None),
        ([{"type": "string"}], ("string",)),
        ([{"type": ["null", "string"]}, {"type": ["string", "null"]}], ("null", "string")),
        ([{"type": "number"}, {"type": "integer"}], ("integer",)),
        ([{"type": "integer"}, {"type": ["number", "null"]}], ("integer",)),
        ([{"type": "string"}, {"type": "integer"}], ()),
    ],
)
def test_types(schemas: list[Any], types: tuple[str, ...] | None) -> None:
    assert of(*schemas).types == types


@pytest.mark.parametrize(
    ("schema", "first"),
    [
        ({"required": ["a"]}, "object"),
        ({"items": {}}, "array"),
        ({"pattern": "a"}, "string"),
        ({"minimum": 1}, "number"),
        ({"format": "int64"}, "number"),
        ({"format": "date"}, "string"),
    ],
)
def test_without_types_keywords_tell_the_first(schema: Any, first: str) -> None:
    types = of(schema).types
    assert types is not None
    assert types[0] == first


def test_false_anywhere_is_never() -> None:
    assert of({"allOf": [False]}).is_never
    assert of({"allOf": [{"allOf": [False]}]}).is_never
    assert of({"$ref": "#/defs/no"}, no=False).is_never
    assert not of({"not": False}).is_never


def test_property_is_held_to_what_each_part_says() -> None:
    declares: dict[str, Any] = {"properties": {"a": {"minimum": 1}}}
    by_pattern = {"patternProperties": {"^a": {"maximum": 5}}}
    closed = {"properties": {"b": True}, "additionalProperties": False}
    assert of(declares, by_pattern).member("a") == [{"minimum": 1}, {"maximum": 5}]
    assert of(declares, closed).member("a") == [{"minimum": 1}, False]
    assert of(declares, closed).member("b") == [True]
    assert of(declares).member("c") == []
    assert of({"additionalProperties": {"type": "string"}}).member("c") == [{"type": "string"}]


def test_unevaluated_is_what_no_part_looks_at() -> None:
    conjunction = of({"properties": {"a": {}}}, {"unevaluatedProperties": False})
    assert conjunction.member("a") == [{}]
    assert conjunction.member("b") == [False]


def test_items() -> None:
    tuples = {"prefixItems": [{"type": "string"}], "items": False}
    assert of(tuples).item(0) == [{"type": "string"}]
    assert of(tuples).item(1) == [False]
    assert of(tuples, {"items": {"minLength": 1}}).item(0) == [{"type": "string"}, {"minLength": 1}]
    assert of({"prefixItems": [{}], "unevaluatedItems": {"const": 1}}).item(1) == [{"const": 1}]


def test_choice_is_replaced_by_what_is_chosen() -> None:
    conjunctions = Conjunctions({})
    text, number = {"type": "string"}, {"type": "number"}
    base = {"anyOf": [text, number], "title": "base"}
    whole = conjunctions.of([{"allOf": [base]}])
    assert whole.choices == [("anyOf", [text, number], base)]
    chosen = conjunctions.with_choice(whole, 0, number)
    assert chosen.choices == []
    assert (chosen.types, chosen.all("title")) == (("number",), ["base"])


def test_tag_tells_the_alternative_by_the_mapping_or_its_name() -> None:
    conjunctions = Conjunctions({})
    cat, dog = {"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}
    discriminator = {"propertyName": "kind", "mapping": {"meow": cat["$ref"]}}
    part = {"oneOf": [cat, dog], "discriminator": discriminator}
    tags = [conjunctions.tag(part, each) for each in (cat, dog, {"type": "object"})]
    assert [tag and tag["properties"]["kind"]["const"] for tag in tags] == ["meow", "Dog", None]
    assert conjunctions.tag({"oneOf": [cat]}, cat) is None


def test_same_schemas_are_put_together_once() -> None:
    conjunctions = Conjunctions({})
    schema: dict[str, Any] = {"type": "string"}
    assert conjunctions.of([schema]) is conjunctions.of([schema])
    assert conjunctions.of([schema]) is not conjunctions.of([{"type": "string"}])
