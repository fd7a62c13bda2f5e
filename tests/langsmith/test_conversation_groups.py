"""The threads of a project one by one, over rows worked out by hand, beside their aggregate."""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import FilterError, NotFound
from locum.langsmith.conversation_groups import group_runs
from locum.langsmith.run_stats import group_stats
from tests.oracles.langsmith_rows import PROJECT, TENANT, Row, at, feedback, load, run, session

BODY = {"session_id": PROJECT, "group_by": "conversation", "offset": 0, "limit": 10}


def turn(id_: str, thread: str | None, seconds: float, **columns: Any) -> Row:
    metadata = {"thread_id": thread} if thread else {}
    return run(
        id_,
        metadata=metadata,
        start_time=at(seconds),
        end_time=at(seconds + 1),
        inputs={"ask": id_},
        outputs={"answer": id_},
        **columns,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Thread "a" has three turns, "b \\"c\\"" one, the latest; of a's, two failed. Runs without a
    thread, children and another project's are no turns."""
    one = turn("1", "a", 1, status="error", error="first")
    two = turn("2", "a", 2, status="error", error="second", total_tokens=5, total_cost_nano=2)
    three = turn("3", "a", 3, total_tokens=7, total_cost_nano=10**9, prompt_tokens=None)
    last = turn("4", 'b "c"', 4)
    child = run("5", last, metadata={"thread_id": "a"}, start_time=at(9), total_tokens=100)
    alone, elsewhere = turn("6", None, 8), turn("7", "a", 8, session_id="second")
    return load(
        tmp_path_factory.mktemp("groups"),
        runs=[three, one, last, two, child, alone, elsewhere],
        sessions=[session(), session("second")],
        feedback=[feedback(two, "ok", score=1), feedback(child, "ok", score=0)],
    )


def asked(data: Data, **body: Any) -> dict[str, Any]:
    return group_runs(data, TENANT, BODY | body)


def test_a_thread_is_its_turns_in_sum_and_its_beginning_and_end(data: Data) -> None:
    answer = asked(data)
    assert answer["total"] == 2
    _, group = answer["groups"]
    assert group.pop("feedback_stats")["ok"]["n"] == 1
    assert group == {
        "thread_id": "a",
        "filter": 'eq(thread_id, "a")',
        "count": 3,
        "total_tokens": 12,
        "total_cost": 1.000000002,
        "min_start_time": at(1),
        "max_start_time": at(3),
        "latency_p50": 1.0,
        "latency_p99": 1.0,
        "first_inputs": '{"ask":"1"}',
        "last_outputs": '{"answer":"3"}',
        "last_error": "second",
    }


def test_the_thread_of_the_latest_run_comes_first(data: Data) -> None:
    first, second = asked(data)["groups"]
    assert (first["thread_id"], second["thread_id"]) == ('b "c"', "a")
    assert (first["filter"], first["last_error"]) == ('eq(thread_id, "b \\"c\\"")', None)
    assert (first["feedback_stats"], first["total_tokens"]) == ({}, 0)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"limit": 1}, ['b "c"']),
        ({"offset": 1, "limit": 1}, ["a"]),
        ({"offset": 2}, []),
        ({"offset": 10**9}, []),
    ],
)
def test_offset_and_limit_page_the_threads_and_leave_the_total(
    data: Data, page: dict[str, int], expected: list[str]
) -> None:
    answer = asked(data, **page)
    assert [group["thread_id"] for group in answer["groups"]] == expected
    assert answer["total"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"filter": None, "start_time": None, "end_time": None},
        {"filter": 'eq(status, "error")'},
        {"filter": "gt(total_tokens, 1000)"},
        {"start_time": at(2), "end_time": at(4)},
        {"start_time": at(2), "filter": 'eq(id, "3")'},
    ],
)
def test_the_threads_are_those_of_the_aggregate(data: Data, body: dict[str, Any]) -> None:
    """And the filter of each gives that thread alone."""
    answer, aggregate = asked(data, **body), group_stats(data, TENANT, BODY | body)
    assert answer["total"] == aggregate["group_count"] == len(answer["groups"])
    assert sum(group["count"] for group in answer["groups"]) == aggregate["run_count"]
    assert sum(group["total_tokens"] for group in answer["groups"]) == aggregate["total_tokens"]
    for group in answer["groups"]:
        alone = asked(data, **body | {"filter": group["filter"]})["groups"]
        assert alone == [group]


def test_what_is_unknown_is_refused(data: Data) -> None:
    with pytest.raises(NotFound):
        asked(data, session_id="nobody")
    with pytest.raises(FilterError):
        asked(data, filter="eq(")
