"""What v1 answers to wrong bodies and texts, compared with pydantic itself."""

from __future__ import annotations

import copy
import uuid
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from locum.langsmith import pydantic_errors
from locum.openapi import documents
from locum.openapi.schemas import Schema, Schemas
from tests.conftest import ROOT
from tests.oracles.pydantic_models import MODELS, detail

PATHS = {
    "group_stats": "/api/v1/runs/group/stats",
    "shared_stats": "/api/v1/public/{share_token}/datasets/runs/stats",
    "group_runs": "/api/v1/datasets/{dataset_id}/group/runs",
}
UUID = "5aa9ee6e-7dc0-5bff-b271-f00ceea9ceda"
TIME = "2026-01-01T00:00:00Z"

# Each value is wrong in every field, or right in both: pydantic reads numbers as times and
# booleans, and texts as numbers, which the documents do not allow.
WRONG = st.sampled_from(
    [
        "x",
        "",
        "é",
        [],
        {},
        [5],
        ["x"],
        {"a": 1},
        2.5,
        "2026-01-01T00:00:00Zx",
        UUID[:-1],
        {"x": [5]},
    ]
)
NO_TIME = WRONG.filter(lambda value: not isinstance(value, float))
GOOD: dict[str, dict[str, Any]] = {
    "group_stats": {"session_id": UUID, "group_by": "conversation", "start_time": TIME},
    "shared_stats": {"id": [UUID], "group_by": {"attribute": "name"}, "end_time": None},
    "group_runs": {"session_ids": [UUID], "group_by": "run_metadata", "metadata_key": "a"},
}
FIELDS = {operation: list(model.model_fields) for operation, model in MODELS.items()}


@cache
def schema(operation: str) -> Schema:
    document = documents.load(ROOT / "specs" / "langsmith.yaml")
    content = ("requestBody", "content", "application/json", "schema")
    return Schemas(document.effective).at("paths", PATHS[operation], "post", *content)


def test_what_more_than_one_of_several_may_be_is_told_by_its_place() -> None:
    either = [{"properties": {"type": {"const": name}}, "type": "object"} for name in "ab"]
    source = {"anyOf": [{"oneOf": either}, {"type": "null"}]}
    document = {"openapi": "3.1.0", "S": {"properties": {"source": source}}}
    (fault,) = pydantic_errors.faults(Schemas(document).at("S"), {"source": {}}, ("body",))
    assert fault.location == ("body", "source")


def ours(operation: str, body: Any) -> list[dict[str, Any]]:
    return [
        {"type": fault.kind, "loc": list(fault.location), "msg": fault.message}
        | {"input": fault.found}
        | ({"ctx": dict(fault.context)} if fault.context else {})
        for fault in pydantic_errors.faults(schema(operation), body, ("body",))
    ]


def in_order(faults: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(faults, key=lambda fault: repr((fault["loc"], fault["type"])))


def wrong_in(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """A good body with some fields wrong, and some absent."""
    values = {name: NO_TIME if "time" in name else WRONG for name in FIELDS[operation]}
    return st.builds(
        lambda wrong, absent: {
            name: value for name, value in (GOOD[operation] | wrong).items() if name not in absent
        },
        st.fixed_dictionaries({}, optional=values),
        st.sets(st.sampled_from(FIELDS[operation]), max_size=3),
    )


def compare(operation: str, body: Any) -> None:
    assert in_order(ours(operation, body)) == in_order(detail(MODELS[operation], body))


@given(wrong_in("group_stats"))
def test_faults_of_group_stats_are_pydantics(body: Any) -> None:
    compare("group_stats", body)


@given(wrong_in("shared_stats"))
def test_faults_of_shared_stats_are_pydantics(body: Any) -> None:
    """`groups` without group_by is our overlay's rule, not pydantic's."""
    if body.get("group_by") is None:
        body.pop("groups", None)
    compare("shared_stats", body)


@given(wrong_in("group_runs"))
def test_faults_of_group_runs_are_pydantics(body: Any) -> None:
    compare("group_runs", body)


@pytest.mark.parametrize("operation", MODELS)
@pytest.mark.parametrize("body", [[], "x", 5, 2.5, True, None])
def test_body_that_is_no_object_is_told_as_pydantic_does(operation: str, body: Any) -> None:
    compare(operation, body)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("group_stats", GOOD["group_stats"] | {"limit": 101, "offset": -1}),
        ("group_stats", GOOD["group_stats"] | {"limit": 0}),
        ("group_runs", GOOD["group_runs"] | {"session_ids": [], "per_group_limit": 11}),
        ("shared_stats", {"execution_order": 2, "run_type": "none", "is_root": 2}),
        ("shared_stats", {"group_by": {}, "error": "x", "session": {"a": 1}}),
        ("shared_stats", {"group_by": {"attribute": 5, "max_groups": "x"}}),
        ("group_runs", GOOD["group_runs"] | {"filters": {"x": ["a"], UUID: [5], "y": 5}}),
    ],
)
def test_limits_are_told_as_pydantic_does(operation: str, body: Any) -> None:
    compare(operation, body)


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int = 0


class Outer(Inner):
    inner: list[Inner] = []


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize(
    "body",
    [
        {"x": {"a": [1]}, "a": 1, "y": None},
        {"x": 1, "a": "1.5"},
        {"inner": [{"a": 1}, {"b": 2, "c": 3}], "z": 1},
    ],
)
def test_what_a_model_does_not_have_is_told_as_pydantic_does(body: Any) -> None:
    number = {"type": "integer"}
    outer = closed(a=number, inner={"type": "array", "items": closed(a=number)})
    found = pydantic_errors.faults(
        Schemas({"openapi": "3.1.0", "s": outer}).at("s"), body, ("body",)
    )
    told = [
        {"type": f.kind, "loc": list(f.location), "msg": f.message, "input": f.found} for f in found
    ]
    assert in_order(told) == in_order(detail(Outer, body))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"limit": "10"}, "int_parsing"),
        ({"limit": True}, "int_type"),
        ({"start_time": 1_700_000_000}, "datetime_type"),
        ({"start_time": "2026-01-01"}, "datetime_parsing"),
        ({"session_id": UUID.replace("-", "")}, "uuid_parsing"),
    ],
)
def test_what_pydantic_reads_and_the_document_does_not_is_refused(body: Any, kind: str) -> None:
    whole = GOOD["group_stats"] | body
    assert detail(MODELS["group_stats"], whole) == []
    (fault,) = ours("group_stats", whole)
    assert (fault["loc"], fault["type"]) == (["body", *body], kind)


MANY = 200_000


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"id": ["x"] * MANY}, ("body", "id", 0)),
        ({"id": [UUID] * 15_000 + ["x"]}, ("body", "id", 15_000)),
        (
            {"groups": ["a"] * MANY + [1], "group_by": {"attribute": "name"}},
            ("body", "groups", MANY),
        ),
        ({str(n): n for n in range(MANY)} | {"is_root": "x"}, ("body",)),
    ],
)
def test_long_bodies_are_told_from_a_part(body: Any, place: tuple[str | int, ...]) -> None:
    """Telling each fault of such a list takes gigabytes; the place of the first is still right."""
    found = pydantic_errors.faults(schema("shared_stats"), body, ("body",))
    assert found[0].location == place
    assert len(found) <= pydantic_errors.MOST_ITEMS


def test_what_only_an_excerpt_misses_is_not_called_missing() -> None:
    body = {str(n): n for n in range(MANY)} | GOOD["group_stats"] | {"limit": 0}
    (fault,) = pydantic_errors.faults(schema("group_stats"), body, ("body",))
    assert fault.location == ("body",)
    assert "beyond the first" in fault.message


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"limit": 1000.0}, ["1000"]),
        ({"limit": -0.0}, ["0"]),
        ({"limit": 1e300}, ["1e+300"]),  # no integer that JSON's writers know
        ({"limit": -(2.0**63)}, ["-9.223372036854776e+18"]),
        ({"filter": 10.0}, ["10"]),
        ({"filter": [1.0, {"a": 2.0, "b": 2.5}]}, ['[1,{"a":2,"b":2.5}]']),
        ({"filter": [[[[[[[[7.0]]]]]]]]}, ["[[[[[[[[7]]]]]]]]"]),  # deeper than what is cut
    ],
)
def test_a_whole_number_at_fault_is_shown_as_an_integer(body: Any, shown: list[str]) -> None:
    found = ours("group_stats", GOOD["group_stats"] | copy.deepcopy(body))
    assert [orjson.dumps(fault["input"]).decode() for fault in found] == shown


def test_a_whole_number_is_told_as_the_integer_is() -> None:
    """A body that is read into integers only once it is valid: 2.0 is no boolean as 2 is none."""
    for number in (2, 2.0):
        (fault,) = ours("shared_stats", {"is_root": number})
        assert (fault["type"], fault["input"], type(fault["input"])) == ("bool_parsing", 2, int)
    (fault,) = ours("shared_stats", {"is_root": 2.5})
    assert fault["type"] == "bool_type"


def test_what_misses_a_field_is_shown_with_integers() -> None:
    (fault,) = ours("group_stats", {"group_by": "conversation", "limit": 10.0})
    assert fault["type"] == "missing"
    assert orjson.dumps(fault["input"]) == b'{"group_by":"conversation","limit":10}'


UUIDS: TypeAdapter[uuid.UUID] = TypeAdapter(uuid.UUID)
DATETIMES: TypeAdapter[datetime] = TypeAdapter(datetime)


def of_pydantic(
    adapter: TypeAdapter[uuid.UUID] | TypeAdapter[datetime], text: str
) -> tuple[str, str]:
    """Type and message; both empty where pydantic reads the text."""
    try:
        adapter.validate_python(text)
    except ValidationError as error:
        (only,) = error.errors()
        return only["type"], only["msg"]
    return "", ""


NEAR_UUIDS = st.text("0123456789abcdefABCDEF-gx é", max_size=40) | st.builds(
    "-".join,
    st.lists(st.text("0123456789abcdef", max_size=13), min_size=3, max_size=7),
)


@given(st.text(st.characters(max_codepoint=0xFF), max_size=40) | NEAR_UUIDS)
def test_uuid_faults_are_pydantics(text: str) -> None:
    """Braces and urn:uuid:, which pydantic reads and RFC 9562 does not, are left out; and so is
    what lies beyond Latin 1, of which pydantic looks at the last byte alone (U+0130 is a 0)."""
    kind, message = of_pydantic(UUIDS, text)
    if kind and not text.startswith(("{", "urn:uuid:")):
        assert message == f"Input should be a valid UUID, {pydantic_errors.uuid_fault(text)}"


@pytest.mark.parametrize("text", ["0" * 32, "{00000000-0000-4000-8000-000000000000}"])
def test_uuids_that_pydantic_reads_are_refused_in_its_words(text: str) -> None:
    assert of_pydantic(UUIDS, text) == ("", "")
    assert pydantic_errors.uuid_fault(text).startswith("invalid ")


NEAR_DATES = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["2024", "2023", "0000", "20x4", "1900", "é24"]),
    st.sampled_from(["-", "/", ""]),
    st.sampled_from(["00", "01", "02", "12", "13", "x1", "1"]),
    st.sampled_from(["-", "/", ""]),
    st.sampled_from(["00", "01", "29", "30", "31", "32", "y1"]),
    st.sampled_from(["", "T", "T00:00:00Zx", "T25:00:00Z", "T00:00:60Z", " 1", "x"]),
)


@given(
    st.text(max_size=30)
    | NEAR_DATES
    | st.from_regex(r"[+-]?[0-9]{1,25}(\.[0-9]*)?", fullmatch=True)
)
@example("300000000000000")
@example("253402300800000")
@example("-62167219200001")
@example("-9223372036854775809")
@example("9223372036854775808")
@example("300000000000000.5")
@example("-00000100000000000000")
def test_datetime_faults_are_pydantics(text: str) -> None:
    """The year 0, which RFC 3339 has and pydantic does not, is left out."""
    kind, message = of_pydantic(DATETIMES, text)
    if kind and "year 0 " not in message:
        assert pydantic_errors.datetime_fault(text)[:2] == (kind, message)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2024-01-01", "datetime_parsing"),
        ("1704067200", "datetime_parsing"),
        ("2024-01-01T00:00:00", "timezone_aware"),
        ("2024-01-01T00:00", "timezone_aware"),
        ("2024-01-01T00:00:00+0100", "datetime_from_date_parsing"),
    ],
)
def test_times_that_pydantic_reads_are_refused_in_its_words(text: str, kind: str) -> None:
    assert of_pydantic(DATETIMES, text) == ("", "")
    assert pydantic_errors.datetime_fault(text)[0] == kind
