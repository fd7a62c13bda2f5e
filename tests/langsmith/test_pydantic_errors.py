"""What v1 answers to wrong bodies, compared with pydantic's own models of the same bodies."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.langsmith import excerpts
from locum.langsmith import pydantic_errors as validation
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


def ours(operation: str, body: Any) -> list[dict[str, Any]]:
    return [
        {"type": fault.kind, "loc": list(fault.location), "msg": fault.message}
        | {"input": fault.found}
        | ({"ctx": dict(fault.context)} if fault.context else {})
        for fault in validation.faults(schema(operation), body, ("body",))
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
    found = validation.faults(schema("shared_stats"), body, ("body",))
    assert found[0].location == place
    assert len(found) <= excerpts.MOST_ITEMS


def test_what_only_an_excerpt_misses_is_not_called_missing() -> None:
    body = {str(n): n for n in range(MANY)} | GOOD["group_stats"] | {"limit": 0}
    (fault,) = validation.faults(schema("group_stats"), body, ("body",))
    assert fault.location == ("body",)
    assert "beyond the first" in fault.message
