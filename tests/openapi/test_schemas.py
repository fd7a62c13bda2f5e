"""Schemas compiled from documents: as OpenAPI 3.1 has them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.exceptions import DocumentError
from locum.openapi import documents
from locum.openapi.schemas import Schema, Schemas, integers, short_integers
from locum.openapi.walk import resolve
from locum.resources import bundled

UUID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


def compiled(schema: Any, **components: Any) -> Schema:
    """The schema as the component S of an OpenAPI 3.1 document, beside others."""
    document = {"openapi": "3.1.0", "components": {"schemas": {"S": schema} | components}}
    return Schemas(document).at("components", "schemas", "S")


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "format": "uuid"}, UUID, "3c90c3cc"),
        ({"type": "string", "format": "date-time"}, "2026-01-01T00:00:00Z", "2026-01-01"),
        ({"type": "string", "format": "int64"}, "any", 1),
        ({"type": "integer"}, 1.0, 1.5),
        ({"type": "number"}, 1, True),
        ({"type": "number"}, 1e308, float("nan")),
        ({"const": None}, None, 0),
        ({"exclusiveMinimum": 0}, 1, 0),
        ({"type": "object", "dependentRequired": {"a": ["b"]}}, {"a": 1, "b": 1}, {"a": 1}),
        ({"prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", 1]),
        ({"propertyNames": {"format": "uuid"}}, {UUID: 1}, {"x": 1}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, None, 1),
        ({"$ref": "#/components/schemas/T"}, "t", 1),
        ({"$ref": "#/components/schemas/T", "maxLength": 1}, "t", "tt"),
        (True, "anything", ...),
        (False, ..., "anything"),
    ],
)
def test_value_fits_its_schema_or_not(schema: Any, good: object, bad: object) -> None:
    found = compiled(schema, T={"type": "string"})
    if good is not ...:
        assert found.is_valid(good)
        assert list(found.errors(good)) == []
    if bad is not ...:
        assert not found.is_valid(bad)
        assert list(found.errors(bad)) != []


def test_errors_are_all_faults_with_their_places() -> None:
    schema = {"properties": {"a": {"type": "string"}, "b": {"items": {"minimum": 5}}}}
    errors = list(compiled(schema).errors({"a": 1, "b": [9, 4]}))
    assert [list(error.instance_path) for error in errors] == [["a"], ["b", 1]]


def test_every_name_of_a_place_can_be_reached() -> None:
    """A slash, a tilde, a percent sign, a blank, braces and a letter beyond ASCII."""
    name = "/a~b%20 {c}~1ü#?"
    inner = {"$ref": "#/components/schemas/N"}  # with a reference it is compiled at its place
    document = {
        "openapi": "3.1.0",
        "paths": {name: [{"schema": {"allOf": [inner]}}]},
        "components": {"schemas": {"N": {"type": "null"}}},
    }
    schema = Schemas(document).at("paths", name, 0, "schema")
    assert schema.is_valid(None)
    assert not schema.is_valid(1)


def test_place_that_is_not_there_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        Schemas({"openapi": "3.1.0", "paths": {}}).at("paths", "/x")


def test_schema_is_compiled_after_memory_was_released() -> None:
    schemas = Schemas({"openapi": "3.1.0", "components": {"schemas": {"S": {"type": "null"}}}})
    schemas.release_memory()
    assert not schemas.at("components", "schemas", "S").is_valid(1)


def test_schema_is_compiled_once() -> None:
    schemas = Schemas({"openapi": "3.1.0", "components": {"schemas": {"S": {}}}})
    assert schemas.at("components", "schemas", "S") is schemas.at("components", "schemas", "S")


def test_schemas_of_the_same_text_are_compiled_once() -> None:
    same, other = {"items": {"type": "null"}}, {"items": {"type": "string"}}
    document = {"openapi": "3.1.0", "components": {"schemas": {"S": same, "T": same, "U": other}}}
    schemas = Schemas(document)
    of_s, of_t, of_u = (schemas.at("components", "schemas", name) for name in "STU")
    assert of_s is of_t
    assert [of_t.is_valid(["a"]), of_u.is_valid(["a"])] == [False, True]


@pytest.mark.parametrize("schema", [{"items": {"minimum": 5}}, {"items": {"$ref": "#/x/y"}}])
def test_keywords_are_those_of_the_schema_that_an_error_is_about(schema: Any) -> None:
    """Whether the schema is compiled by itself or, for its reference, at its place."""
    document = {"openapi": "3.1.0", "s": schema, "x": {"y": {"minimum": 5}}}
    found = Schemas(document).at("s")
    (error,) = found.errors([7, 3])
    assert found.keywords(error) == {"minimum": 5}


def test_schema_is_compiled_when_it_is_first_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    own = Schemas.validator

    def counted(self: Schemas, schema: Any, pointer: Any) -> Any:
        made.append(pointer)
        return own(self, schema, pointer)

    monkeypatch.setattr(Schemas, "validator", counted)
    schema = compiled({"type": "null"})
    assert schema.raw == {"type": "null"}
    assert schema.types == {"null"}
    assert not made
    assert [schema.is_valid(None), schema.is_valid(1)] == [True, False]
    assert made == [("components", "schemas", "S")]


def test_schema_is_the_raw_one_at_its_place_and_its_references_resolve_in_the_document() -> None:
    t = {"$ref": "#/components/schemas/S", "maxLength": 1}
    named: dict[str, Any] = {"S": {"nullable": True, "type": "string"}, "T": t}
    schemas = Schemas({"openapi": "3.0.3", "components": {"schemas": named}})
    schema = schemas.at("components", "schemas", "T")
    assert (schema.schema, schema.pointer) == (
        {"$ref": "#/components/schemas/S"},
        ("components", "schemas", "T"),
    )
    assert resolve(schemas.document, schema.schema["$ref"]) == {"type": ["string", "null"]}


def test_schema_is_compiled_with_what_it_leads_to_alone() -> None:
    """Another schema of the document may be one that cannot be compiled."""
    t = {"anyOf": [{"$ref": "#/components/schemas/U/items"}, {"$ref": "#/components/schemas/S"}]}
    found = compiled(
        {"type": "array", "items": {"$ref": "#/components/schemas/T"}},
        T=t,
        U={"items": {"type": "null"}},
        V={"type": 5},
    )
    assert found.is_valid([None, []])
    assert not found.is_valid([1])


ONE_WAY = {
    "type": "object",
    "required": ["id", "secret", "name"],
    "properties": {
        "id": {"$ref": "#/components/schemas/Id"},
        "secret": {"type": "string", "writeOnly": True},
        "name": {"type": "string"},
    },
}


@pytest.mark.parametrize(
    ("openapi", "place", "optional"),
    [
        ("3.0.3", "requestBody", {"id"}),
        ("3.0.3", "responses", {"secret"}),
        ("3.1.0", "requestBody", {"id"}),
        ("3.1.0", "responses", set()),
    ],
)
def test_required_property_is_required_the_way_it_goes(
    openapi: str, place: str, optional: set[str]
) -> None:
    """OpenAPI 3.0.3, section 4.7.24.2, with the reference in a list; in 3.1 requests alone."""
    items = {"type": "array", "items": {"$ref": "#/components/schemas/S"}}
    schemas = {"S": ONE_WAY, "Id": {"type": "string", "readOnly": True}}
    document = {
        "openapi": openapi,
        "paths": {"/a": {"post": {place: items}}},
        "components": {"schemas": schemas},
    }
    made = Schemas(document)
    schema = made.at("paths", "/a", "post", place)
    whole = {"id": "i", "secret": "s", "name": "n"}
    left_out = {
        name
        for name in whole
        if schema.is_valid([{key: value for key, value in whole.items() if key != name}])
    }
    assert left_out == optional
    assert not made.at("components", "schemas", "S").is_valid({})
    assert ONE_WAY["required"] == ["id", "secret", "name"]


# types


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        ({"type": "string"}, {"string"}),
        ({"type": ["string", "null"]}, {"string", "null"}),
        ({"type": "integer"}, {"integer"}),
        ({"type": "number"}, {"number"}),
        ({"type": ["number", "integer"]}, {"number"}),
        ({}, {"null", "boolean", "number", "string", "array", "object"}),
        (True, {"null", "boolean", "number", "string", "array", "object"}),
        (False, set()),
        ({"enum": ["a", 1, None]}, {"string", "integer", "null"}),
        ({"enum": [1.5, True]}, {"number", "boolean"}),
        ({"type": "string", "enum": ["a", 1]}, {"string"}),
        ({"const": []}, {"array"}),
        ({"$ref": "#/components/schemas/T"}, {"integer", "null"}),
        ({"$ref": "#/components/schemas/T", "type": "number"}, {"integer"}),
        (
            {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/T"}]},
            {"string", "integer", "null"},
        ),
        ({"oneOf": [{"type": "array"}, {"type": "object"}], "type": "object"}, {"object"}),
        ({"allOf": [{"type": ["number", "string"]}, {"type": ["integer", "null"]}]}, {"integer"}),
        ({"allOf": [{"type": "string"}, {"type": "null"}]}, set()),
        (
            {"anyOf": [{"$ref": "#/components/schemas/S"}, {"type": "null"}], "type": "null"},
            {"null"},
        ),
    ],
)
def test_types_are_those_that_the_schema_admits(schema: Any, types: set[str]) -> None:
    t = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert compiled(schema, T=t).types == types


JSON_VALUES: st.SearchStrategy[Any] = st.sampled_from([None, True, 0, 1.5, "a", [], {}])
TYPE_NAMES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
TYPED = st.recursive(
    st.builds(lambda names: {"type": names}, st.lists(TYPE_NAMES, min_size=1, unique=True))
    | st.builds(lambda values: {"enum": values}, st.lists(JSON_VALUES, min_size=1, max_size=3))
    | st.booleans(),
    lambda inner: st.dictionaries(
        st.sampled_from(["allOf", "anyOf", "oneOf"]),
        st.lists(inner, min_size=1, max_size=2),
        max_size=2,
    ),
    max_leaves=6,
)


@given(schema=TYPED, value=JSON_VALUES)
def test_valid_value_has_one_of_the_types(schema: Any, value: object) -> None:
    found = compiled(schema)
    kind = {
        type(None): {"null"},
        bool: {"boolean"},
        int: {"integer", "number"},
        float: {"number"},
        str: {"string"},
        list: {"array"},
        dict: {"object"},
    }[type(value)]
    assert not found.is_valid(value) or kind & found.types


# raw and defaults


def test_raw_stands_behind_references() -> None:
    schema = compiled(
        {"$ref": "#/components/schemas/T"},
        T={"$ref": "#/components/schemas/U"},
        U={"type": "array", "items": {"type": "integer"}},
    )
    assert schema.raw == {"type": "array", "items": {"type": "integer"}}
    assert compiled(schema=True).raw == {}
    assert compiled(schema=False).raw == {"not": {}}


def test_defaults_are_those_of_the_objects_own_properties() -> None:
    schema = {
        "$ref": "#/components/schemas/T",
        "allOf": [{"properties": {"c": {"default": []}}}],
        "properties": {
            "a": {"default": 0},
            "b": {"properties": {"inner": {"default": 1}}},
            "d": {"$ref": "#/components/schemas/D"},
            "e": {"$ref": "#/components/schemas/D", "default": "mine"},
            "n": {"default": None},
        },
    }
    t = {"properties": {"a": {"default": 1}, "t": {"default": False}}}
    assert compiled(schema, T=t, D={"default": "theirs"}).defaults == {
        "t": False,
        "c": [],
        "a": 0,
        "d": "theirs",
        "e": "mine",
        "n": None,
    }
    assert compiled({"type": "string", "default": "x"}).defaults == {}


def test_defaults_of_the_bundled_documents() -> None:
    """As the published schemas have them."""
    document = documents.load(bundled("specs") / "langsmith.yaml")
    schemas = Schemas(document.effective)
    body = ("requestBody", "content", "application/json", "schema")
    found = {
        path: schemas.at("paths", path, method, *body).defaults
        for path, method, operation in documents.operations(document)
        if "requestBody" in operation
    }
    assert found == {
        "/api/v1/runs/group/stats": {"offset": 0, "limit": 10},
        "/api/v1/public/{share_token}/datasets/runs/stats": {"use_experimental_search": False},
        "/api/v1/datasets/{dataset_id}/group/runs": {
            "offset": 0,
            "limit": 10,
            "preview": False,
            "per_group_limit": 5,
        },
    }


# Recursion and what is no JSON


TREE = {
    "anyOf": [
        {"const": "all"},
        {
            "type": "object",
            "properties": {
                "left": {"$ref": "#/components/schemas/S"},
                "right": {"$ref": "#/components/schemas/S"},
            },
            "required": ["left", "right"],
        },
    ]
}


def tree(depth: int, leaf: object) -> Any:
    value = leaf
    for _ in range(depth):
        value = {"left": value, "right": "all"}
    return value


@pytest.mark.parametrize("depth", [1, 200, 1000])
def test_recursive_schema_sees_to_the_bottom(depth: int) -> None:
    schema = compiled(TREE)
    assert schema.types == {"string", "object"}
    assert schema.is_valid(tree(depth, "all"))
    assert not schema.is_valid(tree(depth, "some"))


def test_errors_of_a_value_beyond_255_levels_are_refused() -> None:
    schema = compiled(TREE)
    assert len(list(schema.errors(tree(200, "some")))) == 1
    with pytest.raises(ValueError, match="Recursion limit reached"):
        list(schema.errors(tree(300, "some")))


@pytest.mark.parametrize("value", [{"\ud800": 1}, {1: 1}, {"a": {1, 2}}])
def test_what_is_no_json_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r"surrogates|key must be str|Unsupported type"):
        compiled({"properties": {"a": {"type": "string"}}, "additionalProperties": False}).is_valid(
            value
        )


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "#/components/schemas/S"}, {"allOf": [{"$ref": "#/components/schemas/S"}]}],
)
def test_schema_that_only_refers_to_itself_says_nothing(schema: Any) -> None:
    found = compiled(schema)
    assert found.is_valid(1)
    assert "string" in found.types
    assert found.defaults == {}


# Whole numbers as integers.


NUMBERS = st.floats(allow_nan=False) | st.integers() | st.booleans() | st.none() | st.text()
VALUES = st.recursive(
    NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def expected(value: Any, below: float) -> Any:
    """The same by recursion, into a new value."""
    if isinstance(value, dict):
        return {name: expected(item, below) for name, item in value.items()}
    if isinstance(value, list):
        return [expected(item, below) for item in value]
    if isinstance(value, float) and math.isfinite(value) and value == math.floor(value):
        return int(value) if abs(value) < below else value
    return value


@given(VALUES, st.sampled_from([math.inf, 2.0**63, 10.0]))
def test_whole_numbers_become_integers_and_nothing_else(value: Any, below: float) -> None:
    before = expected(value, below)
    assert repr(integers(value, below)) == repr(before)  # repr tells 1 from 1.0 and True


@pytest.mark.parametrize(
    ("value", "number"),
    [(10.0, 10), (-0.0, 0), (1e20, 10**20), (2.0**53, 2**53), (1e300, int(1e300))],
)
def test_a_whole_number_is_its_integer(value: float, number: int) -> None:
    assert (integers(value), type(integers(value))) == (number, int)


def test_numbers_that_are_too_large_stay() -> None:
    assert integers([2.0**63, -(2.0**63), 2.0**62], below=2**63) == [2.0**63, -(2.0**63), 2**62]
    assert [type(n) for n in integers([2.0**63, 2.0**62], below=2**63)] == [float, int]


def test_the_value_is_changed_in_place() -> None:
    value = {"a": [1.0]}
    assert integers(value) is value
    assert repr(value) == "{'a': [1]}"


def test_a_value_may_be_nested_deeper_than_calls() -> None:
    value: list[Any] = [1.0]
    for _ in range(100_000):
        value = [value]
    inner = integers(value)
    while isinstance(inner, list):
        inner = inner[0]
    assert repr(inner) == "1"


def test_schema_that_cannot_be_compiled_is_refused_with_its_place() -> None:
    with pytest.raises(DocumentError) as raised:
        compiled({"pattern": "((a{1,1000}){1,1000}){1,1000}"}).is_valid("a")
    assert str(raised.value).startswith("#/components/schemas/S: found ")
    assert raised.value.pointer == ("components", "schemas", "S")
    assert "\n" not in str(raised.value)


# Depth.


def nested(count: int) -> Any:
    """A number in so many lists."""
    value: Any = 5
    for _ in range(count):
        value = [value]
    return value


def test_errors_of_a_deep_value_by_deep_schemas_are_refused() -> None:
    """Errors hold each other as often as schemas and lists do: 80 times 200."""
    schemas: dict[str, Any] = {
        f"S{n}": {"anyOf": [{"$ref": f"#/components/schemas/S{n + 1}"}, {"type": "null"}]}
        for n in range(40)
    }
    schemas["S40"] = {"type": "array", "items": {"$ref": "#/components/schemas/S0"}}
    document = {"openapi": "3.1.0", "paths": {"/a": {"schema": schemas["S0"]}}}
    schema = Schemas(document | {"components": {"schemas": schemas}}).at(
        "components", "schemas", "S0"
    )
    assert not schema.is_valid(nested(200))
    assert len(list(schema.errors(nested(20)))) == 1
    with pytest.raises(ValueError, match="nested too deeply"):
        schema.errors(nested(200))
    (fault,) = schema.faults(nested(200), ("body",))
    assert fault.message == "cannot be read: nested too deeply for its schema"


def test_longer_integers_are_floats_where_these_are_the_same_number() -> None:
    least, most = -(2**63), 2**64 - 1
    value = {"a": [most, least, 2**64, int(1e300)], "b": {"c": least - 1, "d": 1.5, "e": True}}
    found = short_integers(value)
    assert found is value
    expected = {"a": [most, least, 2.0**64, 1e300], "b": {"c": least - 1, "d": 1.5, "e": True}}
    assert repr(found) == repr(expected)
    assert repr(short_integers(10**30)) == repr(10**30)  # 1e30 is another number
    assert compiled({"type": "integer"}).is_valid(1e300)


def test_longer_integers_become_the_nearest_floats_where_that_will_do() -> None:
    value = {"a": [2**64 - 1, -(2**63) - 1], "b": 10**30}
    expected = {"a": [2**64 - 1, -(2.0**63)], "b": 1e30}
    assert repr(short_integers(value, is_exact=False)) == repr(expected)


def test_long_integers_are_found_at_any_depth() -> None:
    value: Any = 2**64
    for _ in range(5000):
        value = [value]
    value = short_integers(value)
    for _ in range(5000):
        (value,) = value
    assert repr(value) == repr(2.0**64)


def test_formats_of_integers_are_limits_in_requests(tmp_path: Path) -> None:
    """Of a document that is served strictly they are remarks, as JSON Schema has them."""
    count = '{"type": "integer", "format": "int32"}'
    document = tmp_path / "one.json"
    document.write_text(
        '{"openapi": "3.1.0", "info": {"title": "One", "version": "1"}, "paths": {"/a": {"get": '
        f'{{"parameters": [{{"name": "n", "in": "query", "schema": {count}}}], '
        '"responses": {"200": {"description": "", "content": {"application/json": '
        f'{{"schema": {count}}}}}}}}}}}}}}}}}'
    )
    here = "paths", "/a", "get"
    sent, answered = (
        (*here, "parameters", 0),
        (*here, "responses", "200", "content", "application/json"),
    )
    for strict, is_taken in ((False, False), (True, True)):
        schemas = documents.load(document, strict=strict).schemas
        assert schemas.at(*sent, "schema").is_valid(2**31 - 1)
        assert schemas.at(*sent, "schema").is_valid(-(2**31))
        assert schemas.at(*sent, "schema").is_valid(2**31) is is_taken
        assert schemas.at(*answered, "schema").is_valid(2**31)
