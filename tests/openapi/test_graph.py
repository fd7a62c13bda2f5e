"""Schemas as a graph: counted, and made to mean the same by less. Expected values by hand."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locum.openapi import graph
from locum.openapi.graph import Targets, extent, parts, post_order, simplify


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def document(first: Any, **schemas: Any) -> dict[str, Any]:
    """A document with a body of the first schema, and others that may be referred to."""
    content = {"application/json": {"schema": first}}
    operation = {"requestBody": {"content": content}}
    return {"paths": {"/a": {"post": operation}}, "components": {"schemas": schemas}}


PLACE = ("paths", "/a", "post", "requestBody", "content", "application/json", "schema")


def first_of(changed: dict[str, Any]) -> Any:
    node: Any = changed
    for token in PLACE:
        node = node[token]
    return node


# Targets.


def test_references_are_followed_to_the_last() -> None:
    targets = Targets(document({}, A=ref("B"), B=ref("C"), C={"type": "null"}))
    assert targets.last(ref("A")) == {"type": "null"}
    assert targets.last({"type": "string"}) == {"type": "string"}


def test_reference_beside_other_keywords_is_the_last() -> None:
    beside = ref("C") | {"title": "b"}
    assert Targets(document({}, A=ref("B"), B=beside, C={})).last(ref("A")) == beside


def test_references_in_a_circle_end_at_one_of_them() -> None:
    targets = Targets(document({}, A=ref("B"), B=ref("A")))
    assert targets.last(ref("A")).keys() == {"$ref"}


# Order.


def test_what_is_reachable_comes_once_and_after_what_it_leads_to() -> None:
    schemas = {"A": {"allOf": [ref("B"), ref("C")]}, "B": {"not": ref("C")}, "C": {"anyOf": [{}]}}
    made = document({}, **schemas)
    targets = Targets(made)
    named = made["components"]["schemas"]
    order = [*post_order(named["A"], lambda schema: parts(schema, targets))]
    assert len({id(each) for each in order}) == len(order)
    at = {id(each): number for number, each in enumerate(order)}
    assert at[id(named["C"])] < at[id(named["B"])] < at[id(named["A"])] == len(order) - 1


def test_circle_is_gone_through_once() -> None:
    made = document({}, A={"allOf": [ref("A")]})
    targets = Targets(made)
    schema = made["components"]["schemas"]["A"]
    order = [*post_order(schema, lambda each: parts(each, targets))]
    assert order == [ref("A"), schema]


# Excess.


def levels(count: int, keyword: str = "anyOf", **rules: Any) -> dict[str, Any]:
    """Of each level two, which refer to the two of the next one, and have different rules."""
    schemas: dict[str, Any] = {f"{name}{count}": {"type": "object"} for name in "AB"}
    for number in range(count):
        following = [ref(f"{name}{number + 1}") for name in "AB"]
        schemas[f"A{number}"] = {keyword: following, "minProperties": 0} | rules
        schemas[f"B{number}"] = {keyword: following, "maxProperties": 9} | rules
    return schemas


def test_ways_double_with_each_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema, the reference to it, and two of the next level: of the last 2, before it
    1 + 2 * 2 + 1 = 6, then 14, 30, 62 …; 2 ** (n + 1) - 2."""
    monkeypatch.setattr(graph, "MOST_WAYS", 62)
    assert extent(document(ref("A0"), **levels(4))).excess == []
    found = extent(document(ref("A0"), **levels(5))).excess
    assert found[0] == (PLACE, "more than 62 ways by references to check one value")


def test_schemas_that_no_value_is_held_to_do_not_count() -> None:
    assert extent(document({}, **levels(50, "allOf"))).excess == []


def test_depth_of_one_value_counts_and_that_of_others_does_not() -> None:
    chain = {f"A{n}": {"not": ref(f"A{n + 1}")} for n in range(300)} | {"A300": {}}
    ((place, found),) = [
        each for each in extent(document(ref("A0"), **chain)).excess if each[0] == PLACE
    ]
    assert (place, found) == (PLACE, "more than 200 schemas within each other for one value")
    chain = {f"A{n}": {"items": ref(f"A{n + 1}")} for n in range(300)} | {"A300": {}}
    assert extent(document(ref("A0"), **chain)).excess == []


def test_way_of_references_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = {f"A{n}": {"items": ref(f"A{n + 1}")} for n in range(60)} | {"A60": {}}
    monkeypatch.setattr(graph, "MOST_STEPS", 100)
    ((_, found),) = extent(document(ref("A0"), **chain)).excess
    assert found == "more than 100 steps from schema to schema"


# Less.


def test_members_of_the_same_words_but_remarks_are_one() -> None:
    same = [{"type": "null", "title": "a"}, {"type": "null"}, {"enum": [1]}]
    made = document({"anyOf": same, "minimum": 1})
    simplify(made)
    assert first_of(made) == {"anyOf": [{"type": "null"}, {"enum": [1]}], "minimum": 1}


@pytest.mark.parametrize(
    ("schema", "less"),
    [
        ({"allOf": [{"type": "null"}]}, {"type": "null"}),
        ({"oneOf": [{"type": "null"}], "title": "t"}, {"type": "null"}),
        ({"anyOf": [True]}, {}),
        ({"anyOf": [False]}, {"not": {}}),
        ({"oneOf": [{"type": "null"}] * 2}, {"not": {}}),
        ({"oneOf": [{}, {"type": "null"}]}, {"oneOf": [{}, {"type": "null"}]}),
        ({"allOf": [{"type": "null"}], "default": 1}, {"allOf": [{"type": "null"}], "default": 1}),
    ],
)
def test_single_member_stands_for_itself(schema: Any, less: Any) -> None:
    made = document(schema)
    simplify(made)
    assert first_of(made) == less


def test_what_is_referred_to_within_a_schema_is_still_found() -> None:
    """The second member of A goes, since it is the first in other words; B means it."""
    members = [{"type": "string", "title": "a"}, {"type": "string"}, {"maxLength": 1}]
    made = document(ref("B"), A={"allOf": members}, B={"anyOf": [ref("A/allOf/1")], "minLength": 1})
    simplify(made)
    assert [is_valid(made, value) for value in ("aa", "", 5)] == [True, False, False]


# An independent check: little documents, in which nothing is too much, made less all the same.

NAMES = "ABCD"
RULES: list[dict[str, Any]] = [
    {},
    {"type": "object"},
    {"required": ["p"]},
    {"maxProperties": 1},
    {"minimum": 2},
    {"title": "t"},
]
VALUES: list[Any] = [{}, {"p": 1}, {"p": 3, "q": {}}, {"p": {"p": 1}}, 1, 3, None]


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    """References lead to later names alone, save in properties."""
    made: dict[str, Any] = {}
    for number, name in enumerate(NAMES):
        schema = dict(draw(st.sampled_from(RULES)))
        later = NAMES[number + 1 :]
        if later:
            one = st.sampled_from(later).map(ref) | st.sampled_from([*RULES, True, False])
            for keyword in draw(st.sets(st.sampled_from(["allOf", "anyOf", "oneOf"]))):
                schema[keyword] = draw(st.lists(one, min_size=1, max_size=3))
            if draw(st.booleans()):
                schema |= ref(draw(st.sampled_from(later)))
        if draw(st.booleans()):
            schema["properties"] = {"p": ref(draw(st.sampled_from(NAMES)))}
        made[name] = schema
    return made


@settings(max_examples=300, deadline=None)
@given(schemas())
def test_less_means_the_same(drawn: dict[str, Any]) -> None:
    """As jsonschema-rs has it of the schemas as they are written. Every schema is flattened."""
    before, after = document(ref("A"), **copy.deepcopy(drawn)), document(ref("A"), **drawn)
    ways, depth = graph.MOST_WAYS, graph.MOST_DEPTH
    graph.MOST_WAYS = graph.MOST_DEPTH = 1
    try:
        simplify(after)
    finally:
        graph.MOST_WAYS, graph.MOST_DEPTH = ways, depth
    for value in VALUES:
        assert is_valid(before, value) == is_valid(after, value)


def is_valid(made: dict[str, Any], value: object) -> bool:
    place = "/".join(token.replace("/", "~1") for token in PLACE)
    return jsonschema_rs.Draft202012Validator(made | {"$ref": f"#/{place}"}).is_valid(value)
