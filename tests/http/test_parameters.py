"""Parameters of a request: their texts, and the values that these are."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from starlette.datastructures import QueryParams

from locum.http.context import Headers
from locum.http.parameters import Parameter, name_in_route, query_of
from locum.openapi.schemas import Schema, Schemas


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", {}),
        (b"a=1&b=2&a=3", {"a": ["1", "3"], "b": ["2"]}),
        (b"a&b=&=c&&", {"a": [""], "b": [""], "": ["c"]}),
        (b"a=b=c", {"a": ["b=c"]}),
        (b"a=%20+b&%61=", {"a": ["  b", ""]}),
        (b"a=1;b=2", {"a": ["1;b=2"]}),
        (b"a=\xe9", {"a": ["\xe9"]}),
    ],
)
def test_a_query_is_names_with_values(raw: bytes, expected: dict[str, list[str]]) -> None:
    assert query_of({"query_string": raw}) == expected


def test_a_query_is_what_starlette_reads() -> None:
    chance = random.Random(1)  # noqa: S311 - examples, no secrets
    for _ in range(2000):
        raw = bytes(chance.choices(b"ab=&%+;2\xe9\x00", k=chance.randrange(12)))
        query = QueryParams(raw)
        assert query_of({"query_string": raw}) == {name: query.getlist(name) for name in query}


def parameter(schema: dict[str, Any], place: str = "query", **fields: Any) -> Parameter:
    schemas = {"N": {"type": "integer"}}
    whole = {"openapi": "3.1.0", "s": schema, "components": {"schemas": schemas}}
    compiled = Schemas(whole).at("s")
    known = {"required": False, "explode": True} | fields
    return Parameter(name="X-Name", place=place, schema=compiled, explain=Schema.faults, **known)


INTEGERS = {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("schema", "texts", "value"),
    [
        ({"type": "string"}, ["7"], "7"),
        ({"type": "string"}, [""], ""),
        ({"type": "integer"}, ["-7"], -7),
        ({"type": "integer"}, ["007"], 7),
        ({"type": "number"}, ["7"], 7.0),
        ({"type": "number"}, ["-0.50"], -0.5),
        ({"type": "boolean"}, ["true"], True),
        ({"type": ["integer", "string"]}, ["7x"], "7x"),
        ({"enum": [1, "all"]}, ["1"], 1),
        (INTEGERS, ["1", "2"], [1, 2]),
        ({"type": "array"}, ["a", "7"], ["a", "7"]),
        ({"type": "array", "items": {"$ref": "#/components/schemas/N"}}, ["7"], [7]),
        ({"type": "array", "items": {"type": ["integer", "null"]}}, ["7"], [7]),
        ({"type": "array", "items": True}, ["x"], ["x"]),
        ({"anyOf": [INTEGERS, {"type": "null"}]}, ["7"], [7]),
        ({"allOf": [INTEGERS, {"minItems": 1}]}, ["7"], [7]),
        ({}, ["a"], "a"),
        ({}, ["a", "b"], ["a", "b"]),
        ({"anyOf": [INTEGERS, {"type": "integer"}]}, ["7"], 7),
    ],
)
def test_a_text_is_the_value_that_its_schema_admits(
    schema: dict[str, Any], texts: list[str], value: object
) -> None:
    found, faults = parameter(schema).read(texts)
    assert (repr(found), faults) == (repr(value), ())


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer"}, ""),
        ({"type": "integer"}, "7.0"),
        ({"type": "integer"}, " 7"),
        ({"type": "integer"}, "+7"),
        ({"type": "integer"}, "7\n"),
        ({"type": "integer"}, "\u0667"),
        ({"type": "integer"}, "1_000"),
        ({"type": "number"}, "1e5"),
        ({"type": "number"}, "NaN"),
        ({"type": "number"}, ".5"),
        ({"type": "boolean"}, "True"),
        ({"type": "boolean"}, "1"),
        ({"type": "null"}, "null"),
        ({"type": "string", "minLength": 1}, ""),
        ({"type": "string", "format": "uuid"}, "x"),
        (INTEGERS, "1,2"),
    ],
)
def test_any_other_text_is_a_fault_of_the_parameter(schema: dict[str, Any], text: str) -> None:
    _, faults = parameter(schema).read([text])
    assert [fault.location[:2] for fault in faults] == [("query", "X-Name")]


def test_an_absent_parameter_is_its_default() -> None:
    assert parameter({"type": "integer", "default": 7}).read([]) == (7, ())
    assert parameter({"type": "integer"}).read([]) == (None, ())


def test_a_required_parameter_that_is_absent_is_a_fault() -> None:
    value, (fault,) = parameter({"default": 7}, required=True).read([])
    assert (value, fault.location, fault.message, fault.kind) == (
        None,
        ("query", "X-Name"),
        "Field required",
        "missing",
    )


def test_what_is_one_value_comes_once() -> None:
    value, (fault,) = parameter({"type": "string"}).read(["a", "a", "b"])
    assert (value, fault.message) == (None, "Field given 3 times, expected once")


@pytest.mark.parametrize(
    ("place", "explode", "texts", "value"),
    [
        ("query", True, ["1", "2"], [1, 2]),
        ("query", False, ["1,2"], [1, 2]),
        # One list, written with commas, whatever `explode` says (OpenAPI 3.1.0, section 4.8.12.4).
        ("header", True, ["1,2"], [1, 2]),
        ("header", False, ["1 ,2", "3"], [1, 2, 3]),
        ("path", True, ["1,2"], [1, 2]),
        ("path", False, ["1%2C2"], [1, 2]),
    ],
)
def test_an_array_is_written_as_its_place_has_it(
    place: str, texts: list[str], value: object, *, explode: bool
) -> None:
    assert parameter(INTEGERS, place, explode=explode).read(texts) == (value, ())


def test_a_path_is_decoded_once_and_strictly() -> None:
    text = parameter({"type": "string"}, "path")
    assert text.read(["a%2Fb%2541%C3%A9"]) == ("a/b%41é", ())
    value, (fault,) = text.read(["%FF"])
    assert (value, fault.location, fault.kind) == (None, ("path", "X-Name"), "string_unicode")


def test_texts_are_read_from_their_place() -> None:
    headers = Headers([(b"x-name", b"a"), (b"other", b"b"), (b"x-name", b"c")])
    scope = {"path_params": {name_in_route("X-Name"): "d"}}
    query = {"X-Name": ["e", "f"], "x-name": ["g"]}
    texts = {
        place: parameter({}, place).texts(scope, headers, query)
        for place in ("path", "query", "header")
    }
    assert texts == {"path": ["d"], "query": ["e", "f"], "header": ["a", "c"]}


@pytest.mark.parametrize("name", ["a", "X-Name", "a.b", "a_b", "$a", "2a", "ä", "a b"])
def test_a_path_parameter_of_any_name_has_one_in_a_route(name: str) -> None:
    assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name_in_route(name))
    assert name_in_route("a-b") != name_in_route("a_b")
