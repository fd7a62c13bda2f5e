"""Parameters of a request: their texts, and the values that these are."""

from __future__ import annotations

import random
import re
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from starlette.datastructures import QueryParams

from locum.http.context import Headers
from locum.http.parameters import Parameter, Read, name_in_route, query_of
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


def parameter(schema: dict[str, Any] | None, place: str = "query", **fields: Any) -> Parameter:
    """The parameter X-Name of that schema in that place, with further fields."""
    schemas = {"N": {"type": "integer"}}
    described = {} if schema is None else {"schema": schema}
    definition = {"name": "X-Name", "in": place} | described | fields
    whole = {"openapi": "3.1.0", "p": definition, "components": {"schemas": schemas}}
    return Parameter(definition, partial(Schemas(whole).at, "p"), Schema.faults)


def read(parameter: Parameter, texts: list[str]) -> Read:
    """What the parameter is where its name has these texts, as they stand in the request."""
    name = parameter.name
    raw = "&".join(f"{quote(name)}={quote(text)}" for text in texts).encode()
    scope = {"path_params": dict.fromkeys([name_in_route(name)], *texts[:1]), "query_string": raw}
    headers = [(name.lower().encode(), text.encode()) for text in texts]
    return parameter.read(scope, Headers(headers), {name: texts} if texts else {})


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
    found, faults = read(parameter(schema), texts)
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
        ({"type": "number"}, "NaN"),
        ({"type": "number"}, ".5"),
        ({"type": "boolean"}, "True"),
        ({"type": "boolean"}, "1"),
        ({"type": "string", "minLength": 1}, ""),
        ({"type": "string", "format": "uuid"}, "x"),
        (INTEGERS, "1,2"),
    ],
)
def test_any_other_text_is_a_fault_of_the_parameter(schema: dict[str, Any], text: str) -> None:
    _, faults = read(parameter(schema), [text])
    assert [fault.location[:2] for fault in faults] == [("query", "X-Name")]


def test_an_absent_parameter_is_its_default() -> None:
    assert read(parameter({"type": "integer", "default": 7}), []) == (7, ())
    assert read(parameter({"type": "integer"}), []) == (None, ())


def test_a_required_parameter_that_is_absent_is_a_fault() -> None:
    value, (fault,) = read(parameter({"default": 7}, required=True), [])
    assert (value, fault.location, fault.message, fault.kind) == (
        None,
        ("query", "X-Name"),
        "Field required",
        "missing",
    )


def test_what_is_one_value_comes_once() -> None:
    value, (fault,) = read(parameter({"type": "string"}), ["a", "a", "b"])
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
    assert read(parameter(INTEGERS, place, explode=explode), texts) == (value, ())


def test_a_path_is_decoded_once_and_strictly() -> None:
    text = parameter({"type": "string"}, "path")
    assert read(text, ["a%2Fb%2541%C3%A9"]) == ("a/b%41é", ())
    value, (fault,) = read(text, ["%FF"])
    assert (value, fault.location, fault.kind) == (None, ("path", "X-Name"), "string_unicode")


def test_a_text_is_read_from_its_place() -> None:
    headers = Headers([(b"x-name", b"a"), (b"other", b"b"), (b"cookie", b"x-name=c; X-Name=d")])
    scope = {"path_params": {name_in_route("X-Name"): "e"}, "query_string": b""}
    query = {"X-Name": ["f"], "x-name": ["g"]}
    found = {
        place: parameter({}, place).read(scope, headers, query)[0]
        for place in ("path", "query", "header", "cookie")
    }
    assert found == {"path": "e", "query": "f", "header": "a", "cookie": "d"}


@pytest.mark.parametrize("name", ["a", "X-Name", "a.b", "a_b", "$a", "2a", "ä", "a b"])
def test_a_path_parameter_of_any_name_has_one_in_a_route(name: str) -> None:
    assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name_in_route(name))
    assert name_in_route("a-b") != name_in_route("a_b")
