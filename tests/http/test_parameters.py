"""Parameters of a request: their texts, and the values that these are."""

from __future__ import annotations

import random
import re
import time
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from starlette.datastructures import QueryParams

from locum.http.context import Headers
from locum.http.parameters import Parameter, Read, name_in_route, parameters_of, query_of, unknown
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
        ({"type": "boolean"}, ["False"], False),  # as Python's clients write it
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
        ({"type": "boolean"}, "truth"),
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


# Styles: `color` of OpenAPI 3.1.0, section 4.8.12.4, as it stands in a request.

COLORS = {"type": "array", "items": {"type": "string"}}
CHANNELS = {
    "type": "object",
    "properties": {name: {"type": "integer"} for name in "RGB"},
    "additionalProperties": False,
}
ARRAY, OBJECT = ["blue", "black", "brown"], {"R": 100, "G": 200, "B": 150}


def found(definition: dict[str, Any], text: str, *, others: tuple[str, ...] = ()) -> Any:
    """What the parameter is where that text is its place: the segment of the path, the query, the
    header or the cookies; a tuple of kind and message where it is at fault."""
    name, place = definition["name"], definition["in"]
    whole = {"openapi": "3.1.0", "p": definition}
    at = partial(Schemas(whole).at, "p")
    scope = {"path_params": {name_in_route(name): text}, "query_string": b""}
    if place == "query":
        scope["query_string"] = text.encode()
    field = {"header": name.lower(), "cookie": "cookie"}.get(place, "other")
    headers = Headers([(field.encode(), text.encode())])
    made = Parameter(definition, at, Schema.faults, frozenset(others))
    value, faults = made.read(scope, headers, query_of(scope))
    return (faults[0].kind, faults[0].message) if faults else value


def color(place: str, style: str, schema: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": "color", "in": place, "style": style, "schema": schema, **fields}


@pytest.mark.parametrize(
    ("place", "style", "explode", "text", "schema", "value"),
    [
        ("path", "matrix", False, ";color=blue", {"type": "string"}, "blue"),
        ("path", "matrix", False, ";color", {"type": "string"}, ""),
        ("path", "matrix", False, ";color=blue,black,brown", COLORS, ARRAY),
        ("path", "matrix", True, ";color=blue;color=black;color=brown", COLORS, ARRAY),
        ("path", "matrix", False, ";color=R,100,G,200,B,150", CHANNELS, OBJECT),
        ("path", "matrix", True, ";R=100;G=200;B=150", CHANNELS, OBJECT),
        ("path", "label", False, ".blue", {"type": "string"}, "blue"),
        ("path", "label", False, ".", {"type": "string"}, ""),
        ("path", "label", True, ".blue.black.brown", COLORS, ARRAY),
        ("path", "label", False, ".R.100.G.200.B.150", CHANNELS, OBJECT),
        ("path", "label", True, ".R=100.G=200.B=150", CHANNELS, OBJECT),
        ("path", "label", False, ".1.5", {"type": "number"}, 1.5),
        ("path", "simple", False, "blue,black,brown", COLORS, ARRAY),
        ("path", "simple", False, "R,100,G,200,B,150", CHANNELS, OBJECT),
        ("path", "simple", True, "R=100,G=200,B=150", CHANNELS, OBJECT),
        ("header", "simple", False, "blue, black,brown", COLORS, ARRAY),
        ("header", "simple", False, "R,100,G,200,B,150", CHANNELS, OBJECT),
        ("header", "simple", True, "R=100, G=200, B=150", CHANNELS, OBJECT),
        ("query", "form", True, "color=", {"type": "string"}, ""),
        ("query", "form", True, "color=blue", {"type": "string"}, "blue"),
        ("query", "form", True, "color=blue&color=black&color=brown", COLORS, ARRAY),
        ("query", "form", False, "color=blue,black,brown", COLORS, ARRAY),
        ("query", "form", False, "color=blue%2Cblack%2Cbrown", COLORS, ARRAY),
        ("query", "form", False, "color=R,100,G,200,B,150", CHANNELS, OBJECT),
        ("query", "form", True, "R=100&G=200&B=150", CHANNELS, OBJECT),
        ("query", "form", True, "R=100&G=200&B=150&limit=7", CHANNELS, OBJECT),
        ("query", "spaceDelimited", False, "color=blue%20black%20brown", COLORS, ARRAY),
        ("query", "spaceDelimited", False, "color=blue+black+brown", COLORS, ARRAY),
        ("query", "spaceDelimited", False, "color=R%20100%20G%20200%20B%20150", CHANNELS, OBJECT),
        ("query", "spaceDelimited", True, "color=blue&color=black&color=brown", COLORS, ARRAY),
        ("query", "pipeDelimited", False, "color=blue%7Cblack%7Cbrown", COLORS, ARRAY),
        ("query", "pipeDelimited", False, "color=R%7C100%7CG%7C200%7CB%7C150", CHANNELS, OBJECT),
        ("query", "deepObject", True, "color[R]=100&color[G]=200&color[B]=150", CHANNELS, OBJECT),
        (
            "query",
            "deepObject",
            False,
            "color%5BR%5D=100&color[G]=200&color[B]=150",
            CHANNELS,
            OBJECT,
        ),
        ("cookie", "form", False, "color=blue,black,brown", COLORS, ARRAY),
        ("cookie", "form", True, "color=blue; color=black; color=brown", COLORS, ARRAY),
        ("cookie", "form", True, "color=blue,black,brown", COLORS, ARRAY),
        ("cookie", "form", False, "color=R,100,G,200,B,150", CHANNELS, OBJECT),
        ("cookie", "form", True, "R=100; G=200; B=150", CHANNELS, OBJECT),
        ("cookie", "form", True, "color=R=100,G=200,B=150", CHANNELS, OBJECT),
        ("cookie", "form", True, "theme=dark; color=7", {"type": "integer"}, 7),
    ],
)
def test_a_value_is_read_in_every_style(
    place: str, style: str, text: str, schema: dict[str, Any], value: object, *, explode: bool
) -> None:
    assert found(color(place, style, schema, explode=explode), text) == value


@pytest.mark.parametrize(
    ("place", "text", "schema", "value"),
    [
        ("path", "blue,black,brown", COLORS, ARRAY),
        ("path", "R,100,G,200,B,150", CHANNELS, OBJECT),
        ("header", "R,100,G,200,B,150", CHANNELS, OBJECT),
        ("query", "color=blue&color=black&color=brown", COLORS, ARRAY),
        ("query", "R=100&G=200&B=150", CHANNELS, OBJECT),
        ("cookie", "color=blue,black,brown", COLORS, ARRAY),
    ],
)
def test_without_a_style_a_place_has_its_own(
    place: str, text: str, schema: dict[str, Any], value: object
) -> None:
    assert found({"name": "color", "in": place, "schema": schema}, text) == value


SEARCH = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {
            "type": "object",
            "properties": {"gte": {"type": "integer"}, "lt": {"type": ["integer", "null"]}},
        },
        "tags": {"type": "array", "items": {"type": "string"}},
        "sizes": {"type": "array", "items": {"type": "integer"}},
        "pairs": {"type": "array", "items": {"$ref": "#/components/schemas/Pair"}},
    },
    "additionalProperties": {"type": "boolean"},
}
PAIR = {"type": "object", "properties": {"x": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("f[name]=7", {"name": "7"}),
        ("f[age][gte]=7&f[age][lt]=9", {"age": {"gte": 7, "lt": 9}}),
        ("f[age][lt]=", {"age": {"lt": None}}),
        ("f[tags]=a&f[tags]=b", {"tags": ["a", "b"]}),
        ("f[tags]=a", {"tags": ["a"]}),
        ("f[tags][]=a&f[tags][]=b", {"tags": ["a", "b"]}),
        ("f[sizes][1]=8&f[sizes][0]=7&f[sizes][10]=9", {"sizes": [7, 8, 9]}),
        ("f[pairs][0][x]=1&f[pairs][1][x]=2", {"pairs": [{"x": 1}, {"x": 2}]}),
        ("f[open]=true", {"open": True}),
        ("f[age]={%22gte%22:7}", {"age": {"gte": 7}}),
        ("f={%22name%22:%22a%22}", {"name": "a"}),  # our choice, as many take it
        ("f[a]b=1", None),
        ("g[name]=7", None),
        ("f[name]=a&f[open]=x", ("type", '"x" is not of type "boolean"')),
        ("f=a", ("type", '"a" is not of type "object"')),
        ("f[age][gte]=x", ("type", '"x" is not of type "integer"')),
    ],
)
def test_an_object_may_be_nested_in_brackets(query: str, value: object) -> None:
    deep = {"name": "f", "in": "query", "style": "deepObject", "schema": SEARCH}
    whole = {"openapi": "3.1.0", "p": deep, "components": {"schemas": {"Pair": PAIR}}}
    parameter = Parameter(deep, partial(Schemas(whole).at, "p"), Schema.faults)
    scope = {"query_string": query.encode()}
    read, faults = parameter.read(scope, Headers([]), query_of(scope))
    assert ((faults[0].kind, faults[0].message) if faults else read) == value


def test_brackets_are_read_to_a_depth() -> None:
    deep = {"name": "f", "in": "query", "style": "deepObject", "schema": {"type": "object"}}
    assert found(deep, "f" + "[a]" * 20 + "=1") != found(deep, "f" + "[a]" * 21 + "=1")
    assert found(deep, "f" + "[a]" * 5000 + "=1") is None


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("created=7", 7),
        ("created[gte]=7", {"gte": 7}),
        ("created[0]=a&created[1]=b", ["a", "b"]),
        ("created[]=a", ["a"]),
        ("", None),
    ],
)
def test_of_several_kinds_the_request_says_which(query: str, value: object) -> None:
    """As of a document in which a time may be a number or a range of them."""
    ranges = {"type": "object", "properties": {"gte": {"type": "integer"}}}
    schema = {"anyOf": [ranges, {"type": "integer"}, COLORS]}
    deep = {"name": "created", "in": "query", "style": "deepObject", "schema": schema}
    assert found(deep, query) == value


def test_an_object_of_any_names_has_what_no_other_parameter_has() -> None:
    free = {"name": "filters", "in": "query", "schema": {"type": "object"}}
    assert found(free, "a=1&limit=2&b[c]=3", others=("limit",)) == {"a": "1", "b": {"c": "3"}}
    assert found(free, "limit=2", others=("limit",)) is None


@pytest.mark.parametrize(
    ("definition", "text", "kind", "message"),
    [
        (
            color("path", "matrix", COLORS),
            "blue",
            "style",
            "Found 'blue', expected it written as ;color=…",
        ),
        (
            color("path", "simple", CHANNELS),
            "R,1,G",
            "style",
            "Found 'R,1,G', expected it written as name,value,name,value",
        ),
        (color("path", "simple", CHANNELS), "R,x", "type", '"x" is not of type "integer"'),
        (
            color("path", "label", {"type": "integer"}),
            "7",
            "style",
            "Found '7', expected it written as .value",
        ),
        (color("query", "form", CHANNELS, required=True), "a=1", "missing", "Field required"),
        (color("cookie", "form", CHANNELS, required=True), "a=1", "missing", "Field required"),
    ],
)
def test_a_fault_of_style_says_how_it_is_written(
    definition: dict[str, Any], text: str, kind: str, message: str
) -> None:
    assert found(definition, text) == (kind, message)


# Content, empty values, unions.


@pytest.mark.parametrize(
    ("media_type", "query", "value"),
    [
        ("application/json", 'q={"R":100}', {"R": 100}),
        ("application/json", "q=%7B%22R%22%3A100%7D", {"R": 100}),
        ("application/vnd.a+json", "q={}", {}),
        ("application/json", "q={", ("json_invalid", "JSON decode error")),
        ("application/json", "q=7", ("type", '7 is not of type "object"')),
        ("application/json", "q={}&q={}", ("value_error", "Field given 2 times, expected once")),
        ("application/json", "", None),
    ],
)
def test_content_may_be_json(media_type: str, query: str, value: object) -> None:
    definition = {"name": "q", "in": "query", "content": {media_type: {"schema": CHANNELS}}}
    assert found(definition, query) == value


def test_content_of_another_media_type_is_a_text() -> None:
    text = {"name": "q", "in": "query", "content": {"text/csv": {"schema": {"maxLength": 3}}}}
    assert found(text, "q=a,b") == "a,b"
    assert found(text, "q=a,b,") == ("maxLength", '"a,b," is longer than 3 characters')
    assert found({"name": "q", "in": "query", "content": {"text/csv": {}}}, "q=7") == "7"


def test_a_parameter_without_a_schema_is_a_text() -> None:
    assert found({"name": "q", "in": "query"}, "q=7") == "7"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "boolean"}, None),
        ({"type": "string", "minLength": 1}, None),
        ({"type": "string"}, ""),
        ({"type": "array", "items": {"type": "integer"}}, []),
    ],
)
def test_a_value_may_be_empty_where_the_document_says_so(
    schema: dict[str, Any], value: object
) -> None:
    empty = {"name": "q", "in": "query", "schema": schema, "allowEmptyValue": True}
    assert found(empty, "q=") == found(empty, "q") == value
    if value is None:
        assert found(empty | {"allowEmptyValue": False}, "q=") != value


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": ["integer", "null"]}, "", None),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": ["string", "null"]}, "null", "null"),
        ({"type": ["string", "null"]}, "", ""),
        ({"enum": ["all", None]}, "null", None),
        ({"enum": ["all", None]}, "", None),
        ({"enum": ["null", None]}, "null", "null"),
        ({"oneOf": [{"type": "integer", "minimum": 10}, {"type": "string"}]}, "12", 12),
        ({"anyOf": [{"type": "integer", "minimum": 10}, {"type": "string"}]}, "7", "7"),
        ({"anyOf": [{"enum": ["all"]}, INTEGERS]}, "all", "all"),
        ({"anyOf": [{"enum": ["all"]}, INTEGERS]}, "1,2", [1, 2]),
        ({"type": "number"}, "1e-05", 1e-05),
        ({"type": "number"}, "-1.5E+3", -1500.0),
        ({"type": "integer"}, "9" * 30, int("9" * 30)),
        ({}, "7", "7"),
        (INTEGERS, "", []),
        (COLORS, "", [""]),
    ],
)
def test_a_text_is_the_first_that_the_schema_admits(
    schema: dict[str, Any], text: str, value: object
) -> None:
    definition = {"name": "q", "in": "query", "explode": False, "schema": schema}
    assert repr(found(definition, f"q={text}".replace("+", "%2B"))) == repr(value)


@pytest.mark.parametrize("text", ["1e999", "1e5000", "1e", "e5", "0x10", "Infinity"])
def test_what_is_no_finite_number_is_none(text: str) -> None:
    definition = {"name": "q", "in": "query", "schema": {"type": "number"}}
    assert found(definition, f"q={text}") == ("type", f'"{text}" is not of type "number"')


def test_a_name_with_brackets_is_the_documents_own() -> None:
    definition = {"name": "include[]", "in": "query", "schema": COLORS}
    assert found(definition, "include[]=a&include%5B%5D=b") == ["a", "b"]
    assert found(definition, "include=a") is None


@pytest.mark.parametrize(
    ("definition", "taken", "not_taken"),
    [
        ({}, ["X-Name"], ["x-name", "X-Name[a]", "a", ""]),
        ({"in": "header"}, [], ["X-Name"]),
        ({"schema": {"type": "array"}}, ["X-Name"], ["X-Name[0]", "a"]),
        (
            {"schema": {"type": "object", "properties": {"a": {}}, "additionalProperties": False}},
            ["X-Name", "a", "a[b]", "X-Name[a]"],
            ["b", "b[a]"],
        ),
        ({"schema": {"type": "object"}}, ["X-Name", "a", "a[b]"], []),
        (
            {"schema": {"type": "object"}, "style": "deepObject"},
            ["X-Name", "X-Name[a]", "X-Name[a][b]"],
            ["a", "a[b]", "X-Names[a]"],
        ),
        ({"schema": {"type": "object"}, "explode": False}, ["X-Name"], ["a", "X-Name[a]"]),
    ],
)
def test_a_name_in_a_query_is_a_parameters_or_not(
    definition: dict[str, Any], taken: list[str], not_taken: list[str]
) -> None:
    """An object's properties may stand under names of their own, or in brackets."""
    of = {"schema": {"type": "string"}, "place": "query"} | definition
    place = of.pop("in", of.pop("place"))
    found = parameter(of.pop("schema"), place, **of)
    assert [name for name in (*taken, *not_taken) if found.takes(name)] == taken


def test_what_no_parameter_takes_is_unknown() -> None:
    known = [parameter({"type": "string"}), parameter({"type": "string"}, "header")]
    faults = [*unknown({"X-Name": ["a"], "x": ["1"], "y": ["1", "2"]}, known)]
    assert [(fault.location, fault.kind, fault.found) for fault in faults] == [
        (("query", "x"), "extra_forbidden", "1"),
        (("query", "y"), "extra_forbidden", ["1", "2"]),
    ]
    assert {fault.context["expected"] for fault in faults} == {"X-Name"}
    assert [fault.context["expected"] for fault in unknown({"x": [""]}, known[1:])] == [
        "no query parameters"
    ]


def test_what_openapi_ignores_is_no_parameter() -> None:
    """Section 4.8.12.2: header parameters of these names."""
    names = ["Accept", "content-type", "Authorization", "X-Other"]
    definitions = [{"name": name, "in": "header", "schema": {}} for name in names]
    definitions.append({"name": "accept", "in": "query", "schema": {}})
    at = Schemas({"openapi": "3.1.0", "p": definitions}).at
    read = parameters_of(definitions, partial(at, "p"), Schema.faults)
    assert [(each.name, each.place) for each in read] == [
        ("X-Other", "header"),
        ("accept", "query"),
    ]


def test_the_others_are_those_of_the_query() -> None:
    definitions: list[dict[str, Any]] = [
        {"name": "filters", "in": "query", "schema": {"type": "object"}},
        {"name": "limit", "in": "query", "schema": {}},
        {"name": "a", "in": "header", "schema": {}},
    ]
    at = Schemas({"openapi": "3.1.0", "p": definitions}).at
    first, *_ = parameters_of(definitions, partial(at, "p"), Schema.faults)
    scope = {"query_string": b"a=1&limit=2"}
    assert first.read(scope, Headers([]), query_of(scope)) == ({"a": "1"}, ())


def test_many_names_are_read_in_little_time() -> None:
    """Ten times the names take ten times as long, and a hundred times if each were compared."""
    free = {"name": "filters", "in": "query", "schema": {"type": "object"}}

    def seconds(count: int) -> float:
        query = "&".join(f"a{n}[b]=1" for n in range(count))
        began = time.process_time()
        assert len(found(free, query)) == count
        return time.process_time() - began

    assert min(seconds(5000) for _ in range(3)) < 40 * min(seconds(500) for _ in range(3))


@pytest.mark.parametrize("name", ["a", "X-Name", "a.b", "a_b", "$a", "2a", "ä", "a b"])
def test_a_path_parameter_of_any_name_has_one_in_a_route(name: str) -> None:
    assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name_in_route(name))
    assert name_in_route("a-b") != name_in_route("a_b")
