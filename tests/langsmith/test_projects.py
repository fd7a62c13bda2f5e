"""Which projects are asked for, in which order, and their statistics, over a few rows.

    project  name    start  over  owner  runs (latency in s, status)
    a        Alpha   0      -     Ada    1, 3; and a child of the first, 1
    b        beta    5      d     Bo     2, failed
    c        Gamma   5      d     -      none
    d        (none)  -      -     Ada    4, still running

Feedback `q`: 0.5 on the first of a, 1 on that of b, and 0.25 on project c itself.
"""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.data import Data, Parameters
from locum.exceptions import FilterError, InvalidRequest
from locum.langsmith import projects
from locum.langsmith.projects import STATISTICS, Asked, Order, Scope
from locum.langsmith.run_index import run_index
from locum.langsmith.run_stats import FIELDS, run_stats
from locum.langsmith.selection import matching
from tests.oracles.langsmith_rows import TENANT, at, feedback, load, run, session


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    first = run("1", session_id="a", total_tokens=5, total_cost_nano=1_500_000_000)
    second = run("2", session_id="a", start_time=at(10), end_time=at(13))
    child = run("3", first, session_id="a", total_tokens=5, total_cost_nano=1_500_000_000)
    failed = run("4", session_id="b", start_time=at(20), end_time=at(22), status="error")
    pending = run("5", session_id="d", start_time=at(4), end_time=None, status="pending")
    theirs = run("6", session_id="a", tenant_id="other")
    ada = {"metadata": {"owner": "Ada", "level": 2}}
    return load(
        tmp_path_factory.mktemp("data"),
        sessions=[
            session("d", name=None, start_time=None, extra=ada),
            session("c", name="Gamma", start_time=at(5), reference_dataset_id="d"),
            session("a", name="Alpha", extra=ada),
            session("b", name="beta", start_time=at(5), reference_dataset_id="D")
            | {"extra": {"metadata": {"owner": "Bo"}}},
            session("a", name="Alpha", tenant_id="other"),
        ],
        runs=[first, second, child, failed, pending, theirs],
        feedback=[
            feedback(first, "q", score=0.5),
            feedback(failed, "q", score=1),
            feedback(None, "q", score=0.25) | {"session_id": "c"},
        ],
    )


def found(data: Data, **asked: Any) -> list[str]:
    return [project.id for project in projects.found(data, TENANT, Asked(**asked))]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["a", "b", "c", "d"]),
        ({"ids": ["C", "a", "x"]}, ["a", "c"]),
        ({"ids": []}, []),
        ({"datasets": ["d"]}, ["b", "c"]),
        ({"name": "Alpha"}, ["a"]),
        ({"name": "alpha"}, []),
        ({"name_contains": "A"}, ["a", "b", "c"]),
        ({"name_contains": "ALPH"}, ["a"]),
        ({"metadata": {"owner": "Ada"}}, ["a", "d"]),
        ({"metadata": {}}, ["a", "b", "c", "d"]),  # what has none has nothing too
        ({"experiments": [True]}, ["b", "c"]),
        ({"experiments": [False]}, ["a", "d"]),
        ({"experiments": [True, False]}, ["a", "b", "c", "d"]),
        ({"experiments": []}, []),
        ({"experiments": [True], "name_contains": "BET"}, ["b"]),
    ],
)
def test_all_that_is_asked_for_holds(
    data: Data, asked: dict[str, Any], expected: list[str]
) -> None:
    assert found(data, **asked) == expected


def test_a_tenant_has_its_own_projects_and_runs(data: Data) -> None:
    (theirs,) = projects.found(data, "other", Asked())
    assert projects.statistics(data, [theirs], Scope(), ("run_count",)) == [{"run_count": 1}]
    assert projects.found(data, "nobody", Asked()) == []


@pytest.mark.parametrize(
    ("by", "ascending", "descending"),
    [
        # Two start at the same time: by id, whatever the direction; without one: last.
        ("start_time", ["a", "b", "c", "d"], ["b", "c", "a", "d"]),
        # Capitals come before small letters.
        ("name", ["a", "c", "b", "d"], ["b", "c", "a", "d"]),
        ("run_count", ["c", "b", "d", "a"], ["a", "b", "d", "c"]),
        ("last_run_start_time", ["d", "a", "b", "c"], ["b", "a", "d", "c"]),
        # Of a: 1, 1, 3.
        ("latency_p50", ["a", "b", "c", "d"], ["b", "a", "c", "d"]),
        ("latency_p99", ["b", "a", "c", "d"], ["a", "b", "c", "d"]),
        ("error_rate", ["a", "d", "b", "c"], ["b", "a", "d", "c"]),
    ],
)
def test_projects_stand_in_order(
    data: Data, by: str, ascending: list[str], descending: list[str]
) -> None:
    every = projects.found(data, TENANT, Asked())
    for is_descending, expected in ((False, ascending), (True, descending)):
        listed = projects.ordered(data, every, Order(by, is_descending=is_descending), Scope())
        assert [project.id for _, project in listed] == expected


def test_projects_stand_in_the_order_of_their_feedback(data: Data) -> None:
    every = projects.found(data, TENANT, Asked())

    def ids(*, of_runs: bool) -> list[str]:
        order = Order("feedback", feedback_key="q", of_runs=of_runs)
        return [project.id for _, project in projects.ordered(data, every, order, Scope())]

    assert ids(of_runs=True) == ["b", "a", "c", "d"]
    assert ids(of_runs=False) == ["c", "a", "b", "d"]


def test_the_scope_tells_the_order_too(data: Data) -> None:
    """From 10 s on, a has one run; a run that waits has no latency."""
    every = projects.found(data, TENANT, Asked())
    late = Scope(start_us=1_780_315_210_000_000)  # at(10)
    listed = projects.ordered(data, every, Order("run_count"), late)
    assert [(value, id_) for (value, id_), _ in listed] == [(1, "a"), (1, "b"), (0, "c"), (0, "d")]


def test_the_statistics_of_a_project_are_those_of_all_its_runs(data: Data) -> None:
    """The child's tokens and costs are in its parent's."""
    (project,) = projects.found(data, TENANT, Asked(ids=["a"]))
    (stats,) = projects.statistics(data, [project], Scope(), (*STATISTICS, "total_cost_nano"))
    assert {name: stats[name] for name in stats.keys() - {"run_facets"}} == {
        "run_count": 3,
        "latency_p50": 1.0,
        "latency_p99": 2.96,  # 1 + .98 · 2
        "first_token_p50": None,
        "first_token_p99": None,
        "total_tokens": 5,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "total_cost": 1.5,
        "total_cost_nano": 1_500_000_000,
        "prompt_cost": 0.0,
        "completion_cost": 0.0,
        "last_run_start_time": at(10),
        "feedback_stats": {"q": stats["feedback_stats"]["q"] | {"n": 1, "avg": 0.5}},
        "session_feedback_stats": {},
        "error_rate": 0.0,
        "streaming_rate": 0.0,
    }
    assert {"key": "name", "value": "agent", "n": 3, "query": 'eq(name, "agent")'} in stats[
        "run_facets"
    ]


@pytest.mark.parametrize(
    ("scope", "body"),
    [
        (Scope(), {}),
        (Scope(filter='eq(status, "success")'), {"filter": 'eq(status, "success")'}),
        (Scope(start_us=1_780_315_204_000_000), {"start_time": at(4)}),
    ],
)
def test_they_are_what_run_stats_tells_of_that_session(
    data: Data, scope: Scope, body: dict[str, Any]
) -> None:
    every = projects.found(data, TENANT, Asked())
    shared = [field for field in STATISTICS if field in FIELDS]
    for project, stats in zip(every, projects.statistics(data, every, scope, shared), strict=True):
        asked = {"session": [project.id], **body}
        runs = matching(data, asked, TENANT, "TRUE", Parameters())
        assert stats == run_stats(data.once(run_index), runs, shared)


def test_a_filter_that_cannot_be_read_is_called_by_its_parameter(data: Data) -> None:
    every = projects.found(data, TENANT, Asked())
    with pytest.raises(FilterError) as raised:
        projects.statistics(data, every, Scope(filter="eq("), ("run_count",))
    assert raised.value.parameter == "stats_filter"


def test_select_names_statistics() -> None:
    tokens = ("total_tokens", "prompt_tokens", "completion_tokens", *projects.COSTS)
    every = tuple(name for name in STATISTICS if name != "run_facets")
    assert projects.selected(None, facets=False) == every
    assert projects.selected(None, facets=True) == STATISTICS
    assert projects.selected(["error_rate", "run_count"], facets=False) == (
        "run_count",
        "error_rate",
    )
    assert projects.selected(["all_token_stats"], facets=False) == tokens
    of_runs = projects.selected(["all_run_stats"], facets=False)
    assert {*of_runs} == {*every} - {*tokens, "session_feedback_stats"}
    assert projects.selected(["median_tokens", "latency_avg"], facets=False) == ()
    assert projects.selected([], facets=True) == ("run_facets",)


def test_an_order_is_made_of_its_parameters() -> None:
    assert Order.of("runs_count", None, None, is_descending=True) == Order("run_count")
    assert Order.of("NAME", None, None, is_descending=False) == Order("name", is_descending=False)
    for source, of_runs in ((None, True), ("RUN", True), ("session", False)):
        order = Order.of("feedback", "q", source, is_descending=True)
        assert order == Order("feedback", feedback_key="q", of_runs=of_runs)
    assert [Order(by).is_statistic for by in ("name", "start_time", "error_rate")] == [
        False,
        False,
        True,
    ]
    assert Order("feedback", of_runs=True).is_statistic
    assert not Order("feedback", of_runs=False).is_statistic


@pytest.mark.parametrize(
    ("by", "key", "source", "name"),
    [
        ("feedback", None, "run", "sort_by_feedback_key"),
        ("name", "q", None, "sort_by_feedback_key"),
        ("name", None, "run", "sort_by_feedback_source"),
    ],
)
def test_what_is_missing_or_idle_in_an_order_is_named(
    by: str, key: str | None, source: str | None, name: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        Order.of(by, key, source, is_descending=True)
    assert [fault.location for fault in raised.value.faults] == [("query", name)]
