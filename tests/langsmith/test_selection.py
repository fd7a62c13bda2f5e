"""Which runs a body asks for, over six runs of two traces and a third in another project.

    one (root, error) ── one-llm (llm) ── one-tool (tool)
    two (root)        ── two-llm (llm)
    far (root), in another project over the same dataset

They start one after the other, a second apart.
"""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.duckdb import DuckDB
from locum.exceptions import FilterError, InvalidRequest, NotFound
from locum.langsmith import operations as handlers
from tests.oracles.langsmith_rows import DATASET, TENANT, at, load, run, session

SHARED_AS = "97ff4d38-d22b-5c59-80da-02f3dc90586a"
EXAMPLE = "fda723e9-4eb6-512e-b2af-88e0086e1a5b"
ONE = "3d3c6e4f-c429-5361-a215-03870fc1fbee"
LLM = "524dfe53-e88e-5d4c-a479-02a626336eac"

stats = handlers.stats_shared_dataset_runs_api_v1_public_share_token_datasets_runs_stats_post


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    one = run(ONE, name="one", status="error", reference_example_id=EXAMPLE, total_tokens=7)
    llm = run(LLM, one, name="one-llm", run_type="llm", start_time=at(1), tags=["deep"])
    llm["total_tokens"] = 7
    tool = run("t", llm, name="one-tool", run_type="tool", start_time=at(2), metadata={"k": "v"})
    two = run("2", name="two", start_time=at(3), tags=["red", "blue"], metadata={"k": "w"})
    two_llm = run("l", two, name="two-llm", run_type="llm", start_time=at(4), tags=["red", "null"])
    far = run("f", name="far", session_id="second", start_time=at(5), status=None)
    strangers = [
        run("x", name="outside", session_id="no experiment"),
        run("y", name="strange", tenant_id="other", session_id="theirs", trace_id=ONE),
    ]
    sessions = [
        session(reference_dataset_id=DATASET),
        session("second", reference_dataset_id=DATASET),
        session("no experiment"),
        session("theirs", tenant_id="other", reference_dataset_id=DATASET),
    ]
    return load(
        tmp_path_factory.mktemp("selection"),
        runs=[one, llm, tool, two, two_llm, far, *strangers],
        sessions=sessions,
        datasets=[{"id": DATASET, "tenant_id": TENANT, "name": "d", "share_token": SHARED_AS}],
    )


def names(engine: DuckDB, body: dict[str, Any]) -> set[str]:
    """The names of the runs that a body selects, as the facets tell them."""
    facets = stats(engine, None, SHARED_AS, body | {"select": ["run_facets"]})["run_facets"]
    return {facet["value"] for facet in facets if facet["key"] == "name"}


EVERY = {"one", "one-llm", "one-tool", "two", "two-llm", "far"}


@pytest.mark.parametrize(
    ("body", "selected"),
    [
        ({}, EVERY),
        (dict.fromkeys(("id", "session", "trace", "error", "is_root", "filter")), EVERY),
        ({"is_root": True}, {"one", "two", "far"}),
        ({"is_root": False}, {"one-llm", "one-tool", "two-llm"}),
        ({"execution_order": 1}, {"one", "two", "far"}),
        ({"run_type": "llm"}, {"one-llm", "two-llm"}),
        ({"error": True}, {"one"}),
        ({"error": False}, EVERY - {"one"}),
        ({"trace": ONE.upper()}, {"one", "one-llm", "one-tool"}),
        ({"parent_run": LLM.upper()}, {"one-tool"}),
        ({"session": ["SECOND", "no experiment"]}, {"far"}),
        ({"session": []}, set()),
        ({"reference_example": [EXAMPLE.upper()]}, {"one"}),
        ({"start_time": at(3)}, {"two", "two-llm", "far"}),
        ({"end_time": at(3)}, {"one", "one-llm", "one-tool"}),
        ({"start_time": at(3), "end_time": at(5)}, {"two", "two-llm"}),
        ({"start_time": "2026-06-01t14:00:03.0000001+02:00"}, {"two-llm", "far"}),
        ({"start_time": "0000-01-01T00:00:00Z", "end_time": "9999-12-31T23:59:60Z"}, EVERY),
        ({"query": "LLM"}, {"one-llm", "two-llm"}),
        ({"query": "llm two"}, {"two-llm"}),
        ({"filter": 'eq(name, "one")'}, {"one"}),
        ({"filter": 'or(eq(name, "one"), eq(name, "two"))', "is_root": False}, set()),
        ({"filter": 'or(eq(name, "one"), eq(name, "two"))', "error": True}, {"one"}),
        ({"search_filter": 'search("deep")'}, {"one-llm"}),
        ({"trace_filter": 'eq(name, "one")'}, {"one", "one-llm", "one-tool"}),
        ({"trace_filter": 'eq(name, "one-llm")'}, set()),
        ({"tree_filter": 'eq(name, "one-llm")'}, {"one", "one-llm", "one-tool"}),
        ({"tree_filter": 'has(tags, "red")', "run_type": "llm"}, {"two-llm"}),
        ({"tree_filter": 'eq(name, "strange")'}, set()),  # in the trace, and another tenant's
        ({"id": [ONE.upper(), "l", "x", "y"], "run_type": "tool"}, {"one", "two-llm"}),
        ({"id": []}, set()),
        ({"id": ["L"] * 60}, {"two-llm"}),
        ({"session": ["second", *map(str, range(20_000))]}, {"far"}),
        ({"data_source_type": "lite", "skip_pagination": True}, EVERY),
        ({"use_experimental_search": True}, EVERY),
    ],
)
def test_a_body_selects(engine: DuckDB, body: dict[str, Any], selected: set[str]) -> None:
    assert names(engine, body) == selected


@pytest.mark.parametrize("parameter", ["filter", "search_filter", "trace_filter", "tree_filter"])
def test_a_filter_that_cannot_be_read_is_named(engine: DuckDB, parameter: str) -> None:
    with pytest.raises(FilterError) as raised:
        names(engine, {parameter: "eq(nme, 1)"})
    assert (raised.value.parameter, raised.value.position) == (parameter, 4)


def test_a_time_that_is_none_is_named(engine: DuckDB) -> None:
    with pytest.raises(InvalidRequest) as raised:
        names(engine, {"end_time": "2026-02-30T00:00:00Z"})
    assert raised.value.faults[0].location == ("body", "end_time")


def test_an_unknown_token_is_not_found(engine: DuckDB) -> None:
    with pytest.raises(NotFound):
        stats(engine, None, EXAMPLE, {})


def counts(engine: DuckDB, group_by: dict[str, Any], **body: Any) -> list[tuple[str, int]]:
    body = {"group_by": group_by, "select": ["run_count"], **body}
    groups = stats(engine, None, SHARED_AS, body)
    return [(value, group["run_count"]) for value, group in groups.items()]


def test_groups_come_most_frequent_first(engine: DuckDB) -> None:
    """Chains: one, two, far; then two llm runs; then one tool."""
    assert counts(engine, {"attribute": "run_type"}) == [("chain", 3), ("llm", 2), ("tool", 1)]
    assert counts(engine, {"attribute": "run_type", "max_groups": 1}) == [("chain", 3)]
    assert counts(engine, {"attribute": "name"}, is_root=True) == [
        ("far", 1),
        ("one", 1),
        ("two", 1),
    ]
    assert len(counts(engine, {"attribute": "name"})) == 5  # of six, by default


def test_a_run_is_in_the_group_of_each_of_its_tags(engine: DuckDB) -> None:
    """Three runs have no tag; the tag "null" is none, for it would have the same key."""
    groups = counts(engine, {"attribute": "tag"})
    assert groups == [("null", 3), ("red", 2), ("blue", 1), ("deep", 1)]
    assert counts(engine, {"attribute": "tag"}, groups=["deep", None]) == [("null", 3), ("deep", 1)]
    assert counts(engine, {"attribute": "tag"}, groups=["null"]) == [("null", 3)]
    assert counts(engine, {"attribute": "tag"}, groups=["red", "none such"]) == [("red", 2)]
    assert counts(engine, {"attribute": "tag"}, groups=[]) == []


def test_runs_group_by_a_metadata_value(engine: DuckDB) -> None:
    by_k = {"attribute": "metadata", "path": "k"}
    assert counts(engine, by_k) == [("null", 4), ("v", 1), ("w", 1)]
    assert counts(engine, by_k, filter='eq(name, "two")', groups=["w"]) == [("w", 1)]


def test_no_runs_make_no_groups(engine: DuckDB) -> None:
    assert counts(engine, {"attribute": "name"}, id=[]) == []


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"group_by": {"attribute": "metadata"}}, ("body", "group_by", "path")),
        ({"group_by": {"attribute": "metadata", "path": None}}, ("body", "group_by", "path")),
        ({"group_by": {"attribute": "tag", "path": "k"}}, ("body", "group_by", "path")),
        ({"group_by": {"attribute": "tag", "max_groups": 0}}, ("body", "group_by", "max_groups")),
        ({"groups": ["a"]}, ("body", "groups")),
    ],
)
def test_a_grouping_without_meaning_is_refused(
    engine: DuckDB, body: dict[str, Any], location: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        stats(engine, None, SHARED_AS, body)
    assert [fault.location for fault in raised.value.faults] == [location]


def test_select_names_the_fields_of_the_answer(engine: DuckDB) -> None:
    def fields(*select: str) -> list[str]:
        return list(stats(engine, None, SHARED_AS, {"select": list(select)}))

    assert fields("total_cost", "run_count", "run_count") == ["run_count", "total_cost"]
    assert fields("latency_avg", "thread_feedback_stats", "session_feedback_stats") == []
    assert fields() == []
    assert len(fields("all_run_stats")) == 10
    assert len(fields("all_token_stats")) == 18
    assert len(fields("all_run_stats", "all_token_stats")) == 28
    assert list(stats(engine, None, SHARED_AS, {})) == fields("all_run_stats", "all_token_stats")
    assert not {"run_count", "latency_p50"} & set(fields("all_token_stats"))


@pytest.mark.parametrize(
    ("body", "tokens"),
    [({}, 7), ({"is_root": True}, 7), ({"is_root": False}, 7), ({"id": [ONE, LLM]}, 7)],
)
def test_tokens_of_a_trace_count_once(engine: DuckDB, body: dict[str, Any], tokens: int) -> None:
    """The root reports the seven tokens of its only call, which reports them too."""
    answer = stats(engine, None, SHARED_AS, body | {"select": ["total_tokens"]})
    assert answer == {"total_tokens": tokens}


def test_huge_max_groups_are_all_groups(engine: DuckDB) -> None:
    assert len(counts(engine, {"attribute": "name", "max_groups": 10**30})) == 6
