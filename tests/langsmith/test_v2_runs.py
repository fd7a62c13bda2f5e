"""v2's runs and traces, over runs so few that each answer is worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import InvalidRequest, NotFound, Unanswerable
from locum.langsmith.v2_runs import (
    query_runs,
    query_shared_runs,
    query_traces,
    read_run,
    read_shared_run,
    run_url,
    trace_runs,
)
from tests.oracles.langsmith_rows import DATASET, PROJECT, TENANT, at, load, run, session

LONG_AGO = "2026-05-20T12:00:00.000000Z"
ALWAYS = {"min_start_time": "2026-01-01T00:00:00Z"}
SHARED_AS = "97ff4d38-d22b-5c59-80da-02f3dc90586a"
RUN_1 = "AAAAAAAA-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """In the project: the trace of a (0 s; its first token at 5 s, that of its child b, which
    begins at 1 s, at 2 s; b's child c begins at 1 s too), and RUN_1 (60 s, failed).
    In an experiment over the dataset: e (long ago) and f (30 s)."""
    a = run("a", end_time=at(9), first_token_time=at(5), total_tokens=9, total_cost_nano=50)
    b = run("b", a, run_type="llm", start_time=at(1), end_time=at(3), first_token_time=at(2))
    b["share_token"] = SHARED_AS
    c = run("c", b, run_type="tool", start_time=at(1))
    d = run(RUN_1, start_time=at(60), end_time=None, status="error")
    over: dict[str, Any] = {"session_id": "experiment", "reference_example_id": "x"}
    e = run("e", start_time=LONG_AGO, end_time=None, **over)
    f = run("f", start_time=at(30), end_time=None, **over)
    return load(
        tmp_path_factory.mktemp("runs"),
        runs=[a, b, c, d, e, f],
        sessions=[
            session(),
            session("experiment", reference_dataset_id=DATASET, start_time=LONG_AGO),
            session("theirs", tenant_id="other"),
        ],
        datasets=[
            {"id": DATASET, "tenant_id": TENANT, "name": "d"},
            {"id": "unused", "tenant_id": TENANT, "name": "u"},
        ],
        examples=[{"id": "x", "dataset_id": DATASET, "created_at": at(0)}],
    )


def page(data: Data, **body: Any) -> Any:
    asked = {"project_ids": [PROJECT], "page_size": 100, "sort_order": "DESC"} | body
    return query_runs(data, TENANT, {k: v for k, v in asked.items() if v is not None})


def ids(data: Data, **body: Any) -> list[str]:
    return [item["id"] for item in page(data, **body)["items"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [RUN_1, "c", "b", "a"]),
        ({"sort_order": "ASC"}, ["a", "b", "c", RUN_1]),
        ({"project_ids": ["PROJECT", "experiment"]}, [RUN_1, "f", "c", "b", "a"]),
        ({"project_ids": ["experiment"], **ALWAYS}, ["f", "e"]),
        ({"max_start_time": at(60)}, ["c", "b", "a"]),
        ({"min_start_time": at(1)}, [RUN_1, "c", "b"]),
        ({"ids": [RUN_1.lower(), "B"]}, [RUN_1, "b"]),
        ({"ids": ["b"], "is_root": True}, []),
        ({"ids": []}, []),
        ({"trace_id": "A"}, ["c", "b", "a"]),
        ({"run_type": "LLM"}, ["b"]),
        ({"has_error": True}, [RUN_1]),
        ({"has_error": False}, ["c", "b", "a"]),
        ({"is_root": True}, [RUN_1, "a"]),
        ({"filter": 'eq(run_type, "tool")'}, ["c"]),
        ({"trace_filter": 'eq(status, "error")'}, [RUN_1]),
        ({"tree_filter": 'eq(run_type, "tool")'}, ["c", "b", "a"]),
        ({"include_subtree_usage": True, "is_root": True}, [RUN_1, "a"]),
        ({"project_ids": None, "reference_dataset_id": DATASET.upper()}, ["f", "e"]),
        ({"project_ids": None, "reference_dataset_id": DATASET, "min_start_time": at(0)}, ["f"]),
        ({"project_ids": None, "reference_dataset_id": "unused"}, []),
        ({"reference_examples": ["x"], "project_ids": ["experiment"]}, ["f"]),
    ],
)
def test_runs_are_those_that_all_parameters_ask_for(
    data: Data, body: dict[str, Any], expected: list[str]
) -> None:
    """Until now, which is after RUN_1, and from a day before it on: e was before that, but for the
    dataset, whose first project began with it. c began when b did, and comes after "b"."""
    assert ids(data, **body) == expected


def test_a_run_shows_its_id_where_nothing_is_selected(data: Data) -> None:
    assert page(data, ids=["a"]) == {"items": [{"id": "a"}], "has_more": False}
    assert page(data, ids=["a"], selects=[])["items"] == [{"id": "a"}]
    assert page(data, ids=["a"], selects=["TOTAL_TOKENS"])["items"] == [{"total_tokens": 9}]


def test_runs_come_page_by_page(data: Data) -> None:
    """Of any size, with any fields."""
    first = page(data, page_size=3)
    assert [item["id"] for item in first["items"]] == [RUN_1, "c", "b"]
    assert first["has_more"] is True
    second = page(data, page_size=2, cursor=first["next_cursor"], selects=["TRACE_ID"])
    assert second == {"items": [{"trace_id": "a"}], "has_more": False}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"project_ids": None}, "found neither of project_ids and reference_dataset_id"),
        ({"reference_dataset_id": DATASET}, "found both of project_ids and reference_dataset_id"),
    ],
)
def test_runs_are_those_of_projects_or_of_a_dataset(
    data: Data, body: dict[str, Any], words: str
) -> None:
    with pytest.raises(Unanswerable) as raised:
        page(data, **body)
    assert str(raised.value).startswith(words)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"project_ids": [PROJECT, "nowhere"]}, ("session", "nowhere")),
        ({"project_ids": ["theirs"]}, ("session", "theirs")),
        ({"project_ids": None, "reference_dataset_id": "nowhere"}, ("dataset", "nowhere")),
    ],
)
def test_what_is_not_the_tenant_s_is_not_found(
    data: Data, body: dict[str, Any], found: tuple[str, str]
) -> None:
    with pytest.raises(NotFound) as raised:
        page(data, **body)
    assert (raised.value.kind, raised.value.id) == found


def test_a_run_is_one_of_its_project(data: Data) -> None:
    """Ids match in any case, and the start is a hint."""
    assert read_run(data, TENANT, RUN_1.lower(), "PROJECT") == {"id": RUN_1}
    found = read_run(data, TENANT, "b", PROJECT, ["NAME", "IS_ROOT"], start_time=at(7))
    assert found == {"name": "agent", "is_root": False}
    for run_id, project in (("e", PROJECT), ("nobody", PROJECT), ("a", "nowhere")):
        with pytest.raises(NotFound):
            read_run(data, TENANT, run_id, project)
    with pytest.raises(InvalidRequest, match="start_time"):
        read_run(data, TENANT, "a", PROJECT, start_time="2026-06-31T00:00:00Z")


def test_a_run_has_an_address(data: Data) -> None:
    assert run_url(data, TENANT, "b", PROJECT, "A") == {
        "url": "https://smith.langchain.com/o/tenant/projects/p/project/r/b"
        f"?trace_id=a&start_time={at(1)}"
    }
    for run_id, trace_id in (("b", "b"), ("nobody", "a")):
        with pytest.raises(NotFound):
            run_url(data, TENANT, run_id, PROJECT, trace_id)


def of_trace(data: Data, trace_id: str = "a", **asked: Any) -> list[str]:
    items = trace_runs(data, TENANT, trace_id, PROJECT, **asked)["items"]
    return [item["id"] for item in items]


def test_the_runs_of_a_trace_stand_below_each_other(data: Data) -> None:
    """Both bounds are in the window."""
    assert of_trace(data) == ["a", "b", "c"]
    assert of_trace(data, "A", filter='neq(run_type, "llm")') == ["a", "c"]
    assert of_trace(data, min_start_time=at(0), max_start_time=at(1)) == ["a", "b", "c"]
    assert of_trace(data, min_start_time=at(0), max_start_time=at(0.999999)) == ["a"]
    assert of_trace(data, min_start_time=at(1), max_start_time=at(5)) == ["b", "c"]
    assert of_trace(data, "nobody") == []
    assert of_trace(data, "e") == []  # which is another project's


@pytest.mark.parametrize("name", ["min_start_time", "max_start_time"])
def test_a_trace_s_window_has_both_bounds_or_none(data: Data, name: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        of_trace(data, **{name: at(0)})
    (fault,) = raised.value.faults
    assert {fault.location[1], name} == {"min_start_time", "max_start_time"}


def traces(data: Data, **body: Any) -> Any:
    return query_traces(data, TENANT, {"project_id": PROJECT, "page_size": 20} | body)["items"]


def test_traces_have_a_root_run_and_aggregates(data: Data) -> None:
    """The first token of a's trace is b's; RUN_1 has no cost, and no token came."""
    selects = ["NAME", "TOTAL_TOKENS", "TOTAL_COST", "FIRST_TOKEN_TIME"]
    assert traces(data, selects=selects) == [
        {"root_run": {"name": "agent"}, "trace_aggregates": {"total_tokens": 0}},
        {
            "root_run": {"name": "agent"},
            "trace_aggregates": {
                "total_tokens": 9,
                "total_cost": 0.00000005,
                "first_token_time": at(2),
            },
        },
    ]
    assert traces(data, selects=["TOTAL_TOKENS"], trace_ids=["a"]) == [
        {"root_run": {}, "trace_aggregates": {"total_tokens": 9}}
    ]
    assert traces(data) == [{"root_run": {"id": RUN_1}}, {"root_run": {"id": "a"}}]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"max_start_time": at(60)}, ["a"]),
        ({"min_start_time": at(0.000001)}, [RUN_1]),
        ({"trace_ids": [RUN_1.lower(), "b"]}, [RUN_1]),
        ({"trace_ids": []}, []),
        ({"trace_filter": 'eq(status, "error")'}, [RUN_1]),
        ({"trace_filter": 'eq(run_type, "llm")'}, []),
        ({"tree_filter": 'eq(run_type, "llm")'}, ["a"]),
        ({"project_id": "experiment"}, ["f"]),
        ({"project_id": "experiment", **ALWAYS}, ["f", "e"]),
    ],
)
def test_traces_are_those_whose_root_run_is_asked_for(
    data: Data, body: dict[str, Any], expected: list[str]
) -> None:
    assert [item["root_run"]["id"] for item in traces(data, **body)] == expected


def test_a_share_token_opens_the_trace_of_its_run(data: Data) -> None:
    """Which is b, a child of a."""
    asked = {"selects": ["ID", "PARENT_RUN_ID"]}
    assert query_shared_runs(data, None, SHARED_AS.upper(), asked) == {
        "items": [
            {"id": "a"},
            {"id": "b", "parent_run_id": "a"},
            {"id": "c", "parent_run_id": "b"},
        ]
    }
    assert query_shared_runs(data, None, SHARED_AS, {})["items"][0] == {"id": "a"}
    assert read_shared_run(data, None, SHARED_AS, "C", ["RUN_TYPE"], at(9)) == {"run_type": "TOOL"}


@pytest.mark.parametrize(("token", "run_id"), [(SHARED_AS, RUN_1), (RUN_1, "a")])
def test_a_share_token_opens_nothing_else(data: Data, token: str, run_id: str) -> None:
    with pytest.raises(NotFound):
        read_shared_run(data, None, token, run_id, ["ID"], at(0))
