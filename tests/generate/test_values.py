"""Values for schemas: valid, the same in every process, and what the document and request ask."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from locum.generate.values import NoValue, Values
from locum.openapi.findings import Finding
from tests.oracles.judged_values import judged
from tests.oracles.made_values import SCHEMA, made, values_of

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT.parent / "shared" / "documents"

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
USER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "password", "email"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "email": {"type": "string", "format": "email", "example": "ada@example.org"},
        "name": TEXT,
        "password": {"type": "string", "writeOnly": True},
        "created_at": {"type": "string", "format": "date-time"},
        "updated_at": {"type": "string", "format": "date-time"},
    },
}


# What the document says.


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "example": "e", "default": "d"}, "e"),
        ({"type": "string", "examples": ["e", "f"]}, "e"),
        ({"type": "string", "default": "d"}, "d"),
        ({"type": "integer", "example": "five", "examples": [5]}, 5),
        ({"$ref": "#/components/schemas/Other", "example": "own"}, "own"),
        ({"$ref": "#/components/schemas/Other"}, "other"),
        (
            {"allOf": [{"$ref": "#/components/schemas/Other"}, {"maxLength": 4, "example": "x"}]},
            "x",
        ),
    ],
)
def test_valid_examples_come_first(schema: Any, expected: Any) -> None:
    assert made(schema, {"Other": {"type": "string", "example": "other"}}) == expected


@pytest.mark.parametrize("example", [7, "abc", None, {"a": 1}])
def test_invalid_examples_are_not_used(example: Any) -> None:
    value = made({"type": "string", "maxLength": 2, "example": example})
    assert value != example
    assert len(value) <= 2


def test_example_is_judged_by_the_whole_schema() -> None:
    lines = {"type": "array", "items": {"$ref": "#/components/schemas/Line"}, "minItems": 1}
    schema = {"allOf": [{"example": {"lines": []}}, {"properties": {"lines": lines}}]}
    assert made({"type": "object", **schema}, {"Line": NUMBER})["lines"] != []


def test_examples_can_be_left_aside() -> None:
    schema = {"type": "string", "format": "email", "example": "ada@example.org"}
    assert made(schema, use_examples=False) != "ada@example.org"


def test_only_the_first_item_is_the_example() -> None:
    first, *others = made({"type": "array", "items": {"type": "string", "example": "e"}})
    assert first == "e"
    assert "e" not in others


def test_value_is_the_callers_to_change() -> None:
    values = values_of({"type": "array", "example": [[1]]})
    values.make(SCHEMA, b"seed")[0].append(2)
    assert values.make(SCHEMA, b"seed") == [[1]]
    values.static(SCHEMA)[0].append(2)
    assert values.static(SCHEMA) == [[1]]


# Directions.


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_optional_property_is_in_its_direction_alone(version: str) -> None:
    values = values_of({**USER, "required": []}, version=version)
    assert "password" not in values.make(SCHEMA, b"seed")
    assert "id" in values.make(SCHEMA, b"seed")
    assert "password" in values.make(SCHEMA, b"seed", mode="request")
    assert "id" not in values.make(SCHEMA, b"seed", mode="request")


def test_in_3_0_required_holds_in_its_direction_alone() -> None:
    values = values_of({"type": "array", "items": USER}, version="3.0.3")
    response = values.make(SCHEMA, b"seed")
    request = values.make(SCHEMA, b"seed", mode="request")
    assert all("password" not in user and "id" in user for user in response)
    assert all("id" not in user and "password" in user for user in request)
    assert values.is_valid(SCHEMA, response)
    assert not values.is_valid(SCHEMA, response, mode="request")
    assert not values.is_valid(SCHEMA, [{"id": 1}])  # the email is missing


def test_nullable_properties_have_directions_too() -> None:
    secret = {"nullable": True, "writeOnly": True, "allOf": [{"type": "string"}]}
    schema = {"type": "object", "required": ["secret"], "properties": {"secret": secret}}
    values = values_of(schema, version="3.0.3")
    assert values.make(SCHEMA, b"seed") == {}
    assert "secret" in values.make(SCHEMA, b"seed", mode="request")


def test_examples_show_their_direction_alone() -> None:
    example = {"id": 1, "email": "a@example.org", "password": "p"}
    values = values_of({**USER, "example": example}, version="3.0.3")
    assert values.make(SCHEMA, b"seed") == {"id": 1, "email": "a@example.org"}
    request = values.make(SCHEMA, b"seed", mode="request")
    assert request == {"email": "a@example.org", "password": "p"}


def test_in_3_1_what_is_required_is_there() -> None:
    assert "password" in values_of(USER).make(SCHEMA, b"seed")


# Pins.


def test_pins_are_taken_where_the_schema_admits_them() -> None:
    value = made(USER, pins={"id": 7, "name": 5, "other": 1})
    assert value["id"] == 7
    assert isinstance(value["name"], str)
    assert "other" not in value


def test_pins_filter_a_list() -> None:
    pins = {"status": "sold", "id": 3}
    item = {"type": "object", "properties": {"status": TEXT, "id": NUMBER}}
    assert {each["status"] for each in made({"type": "array", "items": item}, pins=pins)} == {
        "sold"
    }
    page = {
        "type": "object",
        "properties": {"id": NUMBER, "data": {"type": "array", "items": item}},
    }
    value = made(page, pins=pins)
    assert value["id"] == 3
    assert {each["status"] for each in value["data"]} == {"sold"}
    assert {each["id"] for each in value["data"]} != {3}  # the path's id is the whole value's


def test_pins_change_an_example() -> None:
    schema = {"type": "object", "properties": {"id": NUMBER}, "example": {"id": 1, "extra": True}}
    assert made(schema, pins={"id": 9}) == {"id": 9, "extra": True}
    assert made(schema, pins={"id": "nine"}) == {"id": 1, "extra": True}


# Coherence.


def test_coherent_objects() -> None:
    order = {
        "type": "object",
        "properties": {
            "created_at": {"type": "string", "format": "date-time"},
            "updated_at": {"type": "string", "format": "date-time"},
            "items": {
                "type": "array",
                "items": {"type": "object", "properties": {"amount": {"type": "number"}}},
            },
            "total_amount": {"type": "number"},
            "count": NUMBER,
            "first_name": TEXT,
            "last_name": TEXT,
            "email": {"type": "string", "format": "email"},
        },
    }
    values = values_of(order)
    for seed in (b"a", b"b", b"c", b"d", b"e"):
        value = values.make(SCHEMA, seed)
        assert value["created_at"] <= value["updated_at"] <= "2026-06-30T12:00:00Z"
        assert value["count"] == len(value["items"])
        cents = sum(round(item["amount"] * 100) for item in value["items"])
        assert round(value["total_amount"] * 100) == cents
        assert value["email"].startswith(value["first_name"].lower() + ".")


def test_coherence_never_makes_it_invalid() -> None:
    schema = {
        "type": "object",
        "properties": {
            "start": {"type": "integer", "minimum": 50, "maximum": 60},
            "end": {"type": "integer", "minimum": 10, "maximum": 20},
            "data": {"type": "array", "items": NUMBER, "minItems": 3},
            "total": {"type": "integer", "maximum": 1},
        },
    }
    value = made(schema)
    assert 50 <= value["start"] <= 60
    assert 10 <= value["end"] <= 20
    assert value["total"] <= 1


# Determinism.


def test_seed_decides() -> None:
    values = values_of(USER)
    assert (
        values.make(SCHEMA, b"a") == values.make(SCHEMA, b"a") == values_of(USER).make(SCHEMA, b"a")
    )
    assert values.make(SCHEMA, b"a") != values.make(SCHEMA, b"b")


def test_one_property_does_not_change_another() -> None:
    properties = {**USER["properties"]}
    before = made({"type": "object", "properties": properties}, use_examples=False)
    more = {"first": TEXT, **properties, "name": {"type": "string", "maxLength": 3}}
    after = made({"type": "object", "properties": more}, use_examples=False)
    assert {name for name in before if before[name] != after[name]} == {"name"}


def test_bytes_are_the_same_in_every_process() -> None:
    program = (
        "import json, sys; sys.path.insert(0, '.'); "
        "from tests.oracles.made_values import made; "
        f"print(json.dumps(made({ {'type': 'array', 'items': USER}!r})))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "12345")
    }
    assert [json.loads(text) for text in texts] == [made({"type": "array", "items": USER})]


# Documents.


@pytest.mark.parametrize(
    "name", ["museum31.yaml", "rentcast.io_1.0.json", "swagger-petstore3.yaml", "train31.yaml"]
)
@pytest.mark.parametrize("use_examples", [True, False], ids=["examples", "made-up"])
def test_values_of_documents_are_valid(name: str, use_examples: object) -> None:
    values = [*judged(DOCUMENTS / name, b"test", use_examples=bool(use_examples))]
    assert values
    assert [(each.place, each.error) for each in values if each.error] == []


# Placeholders.


def test_placeholder_is_prisms_where_it_is_valid() -> None:
    assert values_of(USER).static(SCHEMA)["name"] == "string"
    assert values_of({"type": "string", "pattern": "^[0-9]$"}).static(SCHEMA) in [*"0123456789"]


# No value, and bounds.


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"not": {}}, "valid"),
        ({"type": "object", "required": ["a"], "properties": {"a": False}}, "#/a:"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "limits"),
        ({"allOf": [TEXT, NUMBER]}, "types"),
        ({"type": "string", "pattern": "^a$", "minLength": 2}, "pattern"),
        ({"type": "array", "items": {"const": 1}, "uniqueItems": True, "minItems": 2}, "differs"),
        ({"oneOf": [TEXT, TEXT]}, "alternative"),
        ({"allOf": [False]}, "admits nothing"),
    ],
)
def test_reason_says_where_and_why(schema: Any, words: str) -> None:
    with pytest.raises(NoValue, match=words) as caught:
        made(schema)
    assert caught.value.reason.startswith("#/components/schemas/Tested: ")


def test_unknown_pointer_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        values_of({}).make(("components", "schemas", "Missing"), b"seed")


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def chain(keyword: str, length: int, width: int, last: Any) -> dict[str, Any]:
    """Schemas of which each refers so many times to the next."""
    named: dict[str, Any] = {
        f"C{number}": {keyword: [reference(f"C{number + 1}") for _ in range(width)]}
        for number in range(length)
    }
    return {**named, f"C{length}": last}


def wide(length: int, width: int) -> dict[str, Any]:
    names = [f"k{number}" for number in range(width)]
    named: dict[str, Any] = {
        f"C{level}": {
            "type": "object",
            "required": names,
            "properties": dict.fromkeys(names, reference(f"C{level + 1}")),
        }
        for level in range(length)
    }
    return {**named, f"C{length}": NUMBER}


@pytest.mark.parametrize(
    ("schema", "others"),
    [
        (reference("C0"), chain("allOf", 1_000, 1, NUMBER)),
        (reference("C0"), chain("oneOf", 14, 2, NUMBER)),
        (reference("C0"), chain("anyOf", 14, 2, last=False)),
        (reference("C0"), wide(10, 10)),
        (reference("C0"), wide(240, 1)),
        ({"type": "object", "required": ["a"], "properties": {"a": reference("Tested")}}, {}),
        ({"type": "array", "minItems": 10**9, "items": NUMBER}, {}),
        ({"type": "array", "minItems": 2_000, "items": {"type": "array", "minItems": 2_000}}, {}),
        ({"type": "string", "minLength": 10**9}, {}),
        ({"type": "object", "minProperties": 10**9}, {}),
        ({"type": "string", "pattern": "^(([a-z])+.)+[A-Z]([a-z])+$", "minLength": 2_000}, {}),
        ({"type": "string", "pattern": "^(a+)+$(?!x)"}, {}),
        ({"oneOf": [{"required": ["k"], "properties": {"k": TEXT}} for _ in range(300)]}, {}),
        (
            {"type": "string", "enum": [f"v{number}" for number in range(20_000)], "pattern": "x"},
            {},
        ),
        ({"type": "object", "required": [f"p{number}" for number in range(20_000)]}, {}),
        ({"type": "object", "properties": {f"p{number}": TEXT for number in range(9_000)}}, {}),
        ({"type": "number", "multipleOf": 1e-300, "minimum": 1e300}, {}),
    ],
)
def test_hostile_schemas_end(schema: Any, others: dict[str, Any]) -> None:
    values = values_of(schema, others)
    start = time.process_time()
    try:
        value = values.make(SCHEMA, b"seed")
    except NoValue:
        value = None
    assert time.process_time() - start < 2  # a second, on a machine that does nothing else
    assert len(json.dumps(value)) < 1_000_000


def test_a_placeholder_that_is_too_large_goes_round_no_circle() -> None:
    """Else it would be no placeholder: gone round once it has 40 · 40 · 40 objects."""
    many = {f"p{n}": {"$ref": "#/components/schemas/Tested"} for n in range(40)}
    values = values_of({"type": "object", "properties": {"name": TEXT, **many}})
    inner = {"name": "string", **{name: {} for name in many}}
    assert values.static(SCHEMA) == {"name": "string", **dict.fromkeys(many, inner)}


# Unique texts, what leads nowhere, both directions, placeholders.


@pytest.mark.parametrize(
    ("items", "number"),
    [
        ({"pattern": "^[a-z]$"}, 26),
        ({"minLength": 1, "maxLength": 1}, 62),
        ({"pattern": "^[A-C][0-9]$"}, 30),
        ({"pattern": "^(x|y)[a-z]?$"}, 54),
    ],
)
def test_as_many_different_texts_as_there_are(items: Any, number: int) -> None:
    schema = {"type": "array", "uniqueItems": True, "items": TEXT | items}
    found = made({**schema, "minItems": number})
    assert len(set(found)) == len(found) == number
    if "pattern" in items:
        with pytest.raises(NoValue, match="differs from the others"):
            made({**schema, "minItems": number + 1})


def left_out(keyword: str, *places: str) -> list[Finding]:
    """What tells that the keyword was left out at the places within the schema."""
    tokens = [(int(each) if each.isdigit() else each for each in p.split("/")) for p in places]
    pointers = [(*SCHEMA, *each, keyword) for each in tokens]
    return [Finding(Path("t.yaml"), "keyword", "warning", "", each) for each in pointers]


def test_nothing_is_made_where_a_reference_is_left_out() -> None:
    tree = {
        "type": "object",
        "required": ["data", "children"],
        "properties": {
            "data": True,
            "children": {"type": "array", "items": {}},
            "next": {},
            "either": {"anyOf": [{}, NUMBER]},
            "map": {"type": "object", "additionalProperties": {}},
        },
    }
    places = ("properties/children/items", "properties/next", "properties/either/anyOf/0")
    warnings = left_out("$dynamicRef", *places, "properties/map/additionalProperties")
    values = Values(values_of(tree)._schemas, warnings)
    for found in (values.make(SCHEMA, b"seed"), values.static(SCHEMA)):
        assert found["children"] == []
        assert "next" not in found
        assert type(found.get("either", 0)) is int
        assert found["map"] == {}


def test_warnings_of_other_places_change_nothing() -> None:
    values = values_of({"type": "array", "items": NUMBER})
    warnings = [
        *left_out("maximum", "items"),
        *left_out("$ref", "items/properties/none", "items/type/0", "type"),
        Finding(Path("t.yaml"), "keyword", "warning", ""),
    ]
    again = Values(values._schemas, warnings)
    assert again.make(SCHEMA, b"seed") == values.make(SCHEMA, b"seed") != []


def test_placeholders_show_nothing_write_only() -> None:
    example = {"id": 3, "password": "x", "email": "a@b.co"}
    for schema in (USER, {**USER, "example": example}):
        found = values_of({"type": "array", "items": schema}, version="3.0.3").static(SCHEMA)
        assert "password" not in found[0]
        assert found[0]["id"] in (0, 3)
    # In 3.1 the schema demands it, whatever the remark says.
    assert "password" in values_of(USER).static(SCHEMA)


def test_a_placeholder_ends_where_its_schema_leads_back() -> None:
    node: dict[str, Any] = {
        "type": "object",
        "properties": {"id": NUMBER, "parent": {"$ref": "#/components/schemas/Node"}},
    }
    schema = {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}
    # As Prism ends it, and where an empty object would be invalid, without it.
    assert values_of(schema, {"Node": node}).static(SCHEMA) == [
        {"id": 0, "parent": {"id": 0, "parent": {}}}
    ]
    strict = {**node, "required": ["id"]}
    assert values_of(schema, {"Node": strict}).static(SCHEMA) == [{"id": 0, "parent": {"id": 0}}]


def test_examples_show_nothing_of_the_other_direction_at_any_depth() -> None:
    user = {"id": 3, "password": "x", "email": "a@b.co"}
    schema = {"type": "object", "properties": {"users": {"type": "array", "items": USER}}}
    values = values_of({**schema, "example": {"users": [user]}}, version="3.0.3")
    expected = {"id": 3, "email": "a@b.co"}
    assert values.make(SCHEMA, b"seed") == {"users": [expected]}
    sent = values.make(SCHEMA, b"seed", mode="request")
    assert sent == {"users": [{"password": "x", "email": "a@b.co"}]}


def test_pins_of_any_size_are_exact() -> None:
    large = 123456789012345678901234567890
    assert made({"type": "object", "properties": {"a": NUMBER}}, pins={"a": large}) == {"a": large}
