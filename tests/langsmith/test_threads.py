"""Conversations and single threads, over runs so few that each number is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import FilterError, InvalidRequest, NotFound
from locum.langsmith.run_stats import group_stats
from locum.langsmith.threads import (
    query_thread_stats,
    query_threads,
    thread_stats,
    thread_traces,
)
from tests.oracles.langsmith_rows import PROJECT, TENANT, at, feedback, load, run, session


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Thread "t": two turns of 2 and 4 seconds, the second one failed. Thread 7, a number: one
    turn, pending. No thread: a turn, and a child run that names one."""
    first = run(
        "a",
        metadata={"thread_id": "t", "session_id": "ignored"},
        end_time=at(2),
        total_tokens=10,
        total_cost_nano=1_500,
        prompt_token_details={"audio": 4},
        prompt_cost_details_nano={"audio": 600},
    )
    inner = run("b", first, metadata={"thread_id": "t"}, run_type="llm", total_tokens=10)
    second = run(
        "c",
        metadata={"session_id": "t", "conversation_id": "ignored"},
        start_time=at(60),
        end_time=at(64),
        status="error",
        total_tokens=5,
        total_cost_nano=1,
        prompt_token_details={"audio": 1, "image": 2},
    )
    open_ = run(
        "d",
        metadata={"thread_id": None, "conversation_id": 7},
        start_time=at(30),
        end_time=None,
        status="pending",
    )
    alone = run("e", metadata={"turn": 1}, total_tokens=1000)
    child = run("f", alone, metadata={"thread_id": "below"})
    elsewhere = run("g", metadata={"thread_id": "t"}, session_id="other", total_tokens=77)
    return load(
        tmp_path_factory.mktemp("threads"),
        runs=[first, inner, second, open_, alone, child, elsewhere],
        sessions=[session(), session("other"), session("empty")],
    )


def conversations(engine: Data, **body: Any) -> dict[str, Any]:
    body = {"session_id": PROJECT, "group_by": "conversation", **body}
    return group_stats(engine, TENANT, body)


def test_conversations_are_root_runs_with_a_thread(engine: Data) -> None:
    """a, c and d, in the threads t and 7: latencies 2 and 4, tokens 10 and 5, 1501 nano-USD."""
    found = conversations(engine)
    assert (found["group_count"], found["run_count"], found["error_rate"]) == (2, 3, 1 / 3)
    assert (found["latency_p50"], found["latency_p99"]) == (3.0, 3.98)
    assert (found["total_tokens"], found["total_cost"]) == (15, 0.000001501)
    assert found["prompt_token_details"] == {"audio": 5, "image": 2}
    assert found["last_run_start_time"] == at(60)


def test_a_conversation_that_matches_counts_with_all_its_turns(engine: Data) -> None:
    """Only c failed; a is of the same thread."""
    found = conversations(engine, filter='eq(status, "error")')
    assert (found["group_count"], found["run_count"]) == (1, 2)


def test_a_conversation_matches_by_its_root_runs(engine: Data) -> None:
    assert conversations(engine, filter='eq(run_type, "llm")')["group_count"] == 0


@pytest.mark.parametrize(
    ("window", "threads", "runs"),
    [
        ({"start_time": at(30)}, 2, 2),
        ({"start_time": at(30.000001)}, 1, 1),
        ({"end_time": at(60)}, 2, 2),
        ({"start_time": at(1), "end_time": at(30)}, 0, 0),
        ({"start_time": at(30), "filter": 'eq(id, "a")'}, 0, 0),
    ],
)
def test_a_window_leaves_turns_out(
    engine: Data, window: dict[str, str], threads: int, runs: int
) -> None:
    found = conversations(engine, **window)
    assert (found["group_count"], found["run_count"]) == (threads, runs)


def test_paging_leaves_the_statistics_as_they_are(engine: Data) -> None:
    assert conversations(engine, offset=1, limit=1) == conversations(engine)


def test_a_project_without_conversations_has_none(engine: Data) -> None:
    found = conversations(engine, session_id="empty")
    assert (found["group_count"], found["run_count"], found["run_facets"]) == (0, 0, [])


def test_a_conversation_filter_that_cannot_be_read_is_refused(engine: Data) -> None:
    with pytest.raises(FilterError):
        conversations(engine, filter="and()")


def test_a_thread_has_turns_sums_and_times(engine: Data) -> None:
    selects = ["TURNS", "TOTAL_TOKENS", "TOTAL_COST", "LATENCY_P50", "LATENCY_P99"]
    selects += ["FIRST_START_TIME", "LAST_START_TIME", "LAST_END_TIME", "PROMPT_TOKENS"]
    selects += ["PROMPT_TOKEN_DETAILS", "PROMPT_COST_DETAILS", "COMPLETION_COST_DETAILS"]
    assert thread_stats(engine, TENANT, "t", PROJECT, selects) == {
        "turns": 2,
        "total_tokens": 15,
        "total_cost": 0.000001501,
        "latency_p50_seconds": 3.0,
        "latency_p99_seconds": 3.98,
        "first_start_time": at(0),
        "last_start_time": at(60),
        "last_end_time": at(64),
        "prompt_tokens": 0,
        "prompt_token_details": {"raw": {"audio": 5, "image": 2}},
        "prompt_cost_details": {"raw": {"audio": 0.0000006}},
        "completion_cost_details": {"raw": {}},
    }


def test_a_thread_answers_what_is_selected(engine: Data) -> None:
    assert thread_stats(engine, TENANT, "t", "OTHER", ["TURNS", "TURNS"]) == {"turns": 1}


def test_a_pending_thread_has_a_start_and_no_end(engine: Data) -> None:
    selects = ["TURNS", "LAST_END_TIME", "LATENCY_P50", "LAST_START_TIME"]
    found = thread_stats(engine, TENANT, "7", PROJECT, selects)
    assert found == {"turns": 1, "last_start_time": at(30)}


@pytest.mark.parametrize("thread", ["nobody's", "below", "", "ignored", "T"])
def test_an_unknown_thread_has_no_turns(engine: Data, thread: str) -> None:
    """Child runs make no thread, nor does the second of two names; names are exact."""
    selects = ["TURNS", "TOTAL_COST", "TOTAL_TOKENS", "LATENCY_P99", "FIRST_START_TIME"]
    selects += ["COMPLETION_TOKEN_DETAILS"]
    assert thread_stats(engine, TENANT, thread, PROJECT, selects) == {
        "turns": 0,
        "total_cost": 0.0,
        "total_tokens": 0,
        "completion_token_details": {"raw": {}},
    }


def test_an_unknown_project_is_not_found(engine: Data) -> None:
    with pytest.raises(NotFound) as raised:
        thread_stats(engine, TENANT, "t", "nowhere", ["TURNS"])
    assert (raised.value.kind, raised.value.id) == ("session", "nowhere")


def test_a_project_of_another_tenant_is_not_found(engine: Data) -> None:
    with pytest.raises(NotFound):
        thread_stats(engine, "another", "t", PROJECT, ["TURNS"])
    with pytest.raises(NotFound):
        thread_stats(engine, None, "t", PROJECT, ["TURNS"])


def test_a_dataset_without_tables_has_no_projects(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        conversations(load(tmp_path, runs=[run("a")]))


@pytest.mark.parametrize("selects", [None, []])
def test_thread_stats_need_a_field_to_select(engine: Data, selects: list[str] | None) -> None:
    with pytest.raises(InvalidRequest) as raised:
        thread_stats(engine, TENANT, "t", PROJECT, selects)
    assert raised.value.faults[0].location == ("query", "selects")


# What the two turns of "t" (2 s, 10 tokens, 1,500 nano-USD; 4 s, 5 tokens, 1 nano-USD) and the
# pending one of 7, which has a start alone, say to comparisons of their measures.
COMPARED = {
    "gt(latency, 2)": {"t"},
    "gt(latency, 4)": set(),
    "gte(latency, 4)": {"t"},
    'lt(latency, "2.0000001s")': {"t"},
    "lt(latency, 2)": set(),
    "lte(latency, 2)": {"t"},
    "lt(latency, 1e300)": {"t"},
    "gt(latency, -1e300)": {"t"},
    "gt(latency, 1e300)": set(),
    "gte(total_tokens, 9.5)": {"t"},
    "gt(total_tokens, 10)": set(),
    "lt(total_cost, 0.000000001)": set(),
    "lte(total_cost, 0.000000001)": {"t"},
    "gt(prompt_tokens, 0)": set(),
    'lt(end_time, "2100-01-01")': {"t"},
    f'gte(start_time, "{at(30)}")': {"t", "7"},
    f'and(gte(start_time, "{at(30)}"), lt(start_time, "{at(60)}"))': {"7"},
    'and(gt(latency, 3), eq(status, "error"))': {"t"},
    'and(gt(latency, 3), eq(status, "success"))': set(),
    'or(gt(latency, 5), eq(status, "pending"))': {"7"},
    "not(gt(latency, 3))": {"t", "7"},
    "and(and(gt(latency, 3)))": {"t"},
    "gt(execution_order, 1)": set(),
}


@pytest.mark.parametrize("text", COMPARED)
def test_a_conversation_matches_by_the_measures_of_a_turn(engine: Data, text: str) -> None:
    """Thread "t" has two turns, and 7 one; both count whole."""
    turns = sum({"t": 2, "7": 1}[thread] for thread in COMPARED[text])
    found = conversations(engine, filter=text)
    assert (found["group_count"], found["run_count"]) == (len(COMPARED[text]), turns)


def test_a_comparison_of_measures_takes_no_statement(
    engine: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations(engine)
    monkeypatch.setattr(engine._engine, "execute", None)
    text = "and(gt(latency, 3.25), lt(total_tokens, 7))"
    assert conversations(engine, filter=text)["run_count"] == 2


@pytest.mark.parametrize(
    ("text", "at_fault"),
    [
        ("gt(latency, true)", "true"),
        ("and(lt(latency, null), gt(nothing, 1))", "null"),
        ("and(gt(nothing, 1), lt(latency, null))", "nothing"),
        ('gt(total_tokens, ["a"])', '["a"]'),
    ],
)
def test_a_comparison_at_fault_is_refused_in_its_turn(
    engine: Data, text: str, at_fault: str
) -> None:
    with pytest.raises(FilterError) as refusal:
        conversations(engine, filter=text)
    assert refusal.value.found == at_fault


# Threads by v2: lists, traces, and all of them together.


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Thread "t": a at 0 s (2 s long, in which its child b has failed) and c at 60 s (4 s, failed).
    Thread "u": d at 60 s, streaming since 61 s, open. Thread "old": e, two days before. In no
    thread: f. In another project: g of "t". Feedback is on b and on c."""
    a = run(
        "a",
        metadata={"thread_id": "t"},
        end_time=at(2),
        inputs={"q": "hi"},
        total_tokens=10,
        total_cost_nano=1_500,
        prompt_token_details={"cached": 4},
        completion_token_details={"cached": 1, "thought": 2},
        prompt_cost_details_nano={"cached": 600},
        completion_cost_details_nano={"cached": 1},
    )
    b = run("b", a, run_type="llm", status="error", error="inner", start_time=at(1))
    c = run(
        "c",
        metadata={"session_id": "t"},
        start_time=at(60),
        end_time=at(64),
        status="error",
        error="x" * 300,
        outputs={"a": "bye"},
        total_tokens=5,
    )
    d = run(
        "d",
        metadata={"thread_id": "u"},
        start_time=at(60),
        first_token_time=at(61),
        end_time=None,
        status="pending",
    )
    long_ago = "2026-05-30T12:00:00.000000Z"
    e = run("e", metadata={"thread_id": "old"}, start_time=long_ago, end_time=None)
    f = run("f", start_time=at(10))
    g = run("g", metadata={"thread_id": "t"}, session_id="other")
    given = [
        feedback(b, "tone", score=0.5),
        feedback(c, "tone", score=1, comment="Fine", created_at=at(70)),
    ]
    return load(
        tmp_path_factory.mktemp("talks"),
        runs=[a, b, c, d, e, f, g],
        sessions=[session(), session("other"), session("empty")],
        feedback=given,
    )


def queried(talks: Data, **body: Any) -> Any:
    asked = {"project_id": PROJECT, "page_size": 20} | body
    return query_threads(talks, TENANT, asked)["items"]


def names(talks: Data, **body: Any) -> list[str]:
    return [item["thread_id"] for item in queried(talks, **body)]


TONE = {
    "n": 2,
    "avg": 0.75,
    "stdev": pytest.approx(0.125**0.5),
    "errors": 0,
    "comments": ["Fine"],
    "sources": [],
    "values": {},
    "min": 0.5,
    "max": 1.0,
}


def test_a_thread_is_summed_up(talks: Data) -> None:
    """Of its two traces' root runs, but for feedback, which is on a child run too. c began when d
    did, and "d" comes after "c"."""
    of_u, of_t = queried(talks)
    assert of_t == {
        "thread_id": "t",
        "trace_id": "c",
        "start_time": at(60),
        "first_trace_id": "a",
        "last_trace_id": "c",
        "first_inputs": '{"q":"hi"}',
        "last_outputs": '{"a":"bye"}',
        "last_error": "x" * 200,
        "count": 2,
        "num_errored_turns": 1,
        "min_start_time": at(0),
        "max_start_time": at(60),
        "latency_p50": 3.0,
        "latency_p99": 3.98,
        "total_tokens": 15,
        "total_cost": 0.0000015,
        "total_token_details": {"cached": 5, "thought": 2},
        "total_cost_details": {"cached": 0.000000601},
        "feedback_stats": {"tone": TONE},
    }
    assert of_u == {
        "thread_id": "u",
        "trace_id": "d",
        "start_time": at(60),
        "first_trace_id": "d",
        "last_trace_id": "d",
        "count": 1,
        "num_errored_turns": 0,
        "min_start_time": at(60),
        "max_start_time": at(60),
        "total_tokens": 0,
        "total_cost": 0.0,
        "total_token_details": {},
        "total_cost_details": {},
        "feedback_stats": {},
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ["u", "t"]),
        ({"min_start_time": "2026-05-01T00:00:00Z"}, ["u", "t", "old"]),
        ({"max_start_time": at(60)}, ["t"]),
        ({"max_start_time": at(60.000001)}, ["u", "t"]),
        ({"min_start_time": at(0.000001)}, ["u", "t"]),
        ({"filter": 'eq(status, "error")'}, ["t"]),
        ({"filter": 'eq(status, "error")', "max_start_time": at(60)}, []),
        ({"trace_filter": 'eq(id, "a")'}, ["t"]),
        ({"trace_filter": 'eq(id, "b")'}, []),
        ({"tree_filter": 'eq(id, "b")'}, ["t"]),
        ({"tree_filter": 'eq(id, "b")', "min_start_time": at(30)}, []),
        ({"filter": 'eq(id, "a")', "trace_filter": 'eq(id, "c")'}, ["t"]),
        ({"filter": 'eq(id, "a")', "trace_filter": 'eq(id, "d")'}, []),
        ({"project_id": "OTHER"}, ["t"]),
        ({"project_id": "empty"}, []),
    ],
)
def test_threads_are_listed_by_their_traces_in_the_window(
    talks: Data, body: dict[str, Any], expected: list[str]
) -> None:
    """By default that is the day until 60.000001 s, when d has just begun. Each filter may hold of
    another trace of the thread."""
    assert names(talks, **body) == expected


def test_threads_come_page_by_page(talks: Data) -> None:
    body = {"project_id": PROJECT, "page_size": 1, "min_start_time": "2026-05-01T00:00:00Z"}
    pages = []
    while body.get("cursor", "first") is not None:
        page = query_threads(talks, TENANT, body)
        pages.append([item["thread_id"] for item in page["items"]])
        assert page["has_more"] == ("next_cursor" in page)
        body["cursor"] = page.get("next_cursor")
    assert pages == [["u"], ["t"], ["old"]]


def traces(talks: Data, thread: str, **asked: Any) -> Any:
    return thread_traces(talks, TENANT, thread, PROJECT, asked.pop("page_size", 20), **asked)


def test_a_thread_s_traces_are_its_root_runs_the_latest_first(talks: Data) -> None:
    selects = ["LATENCY", "OP", "TURN_NUMBER", "ERROR", "END_TIME", "TOTAL_COST", "THREAD_ID"]
    assert traces(talks, "t", selects=selects)["items"] == [
        {
            "trace_id": "c",
            "latency": 4.0,
            "op": 2,
            "error": "x" * 300,
            "end_time": at(64),
            "thread_id": "t",
            "turn_number": 2,
        },
        {
            "trace_id": "a",
            "latency": 2.0,
            "op": 2,
            "end_time": at(2),
            "total_cost": 0.0000015,
            "thread_id": "t",
            "turn_number": 1,
        },
    ]
    assert traces(talks, "nobody's") == {"items": [], "has_more": False}


def test_a_trace_shows_its_id_whatever_is_selected(talks: Data) -> None:
    """And the end of an open one is null, where it is selected."""
    assert traces(talks, "u") == {"items": [{"trace_id": "d"}], "has_more": False}
    (item,) = traces(talks, "u", selects=["END_TIME", "LATENCY"])["items"]
    assert item == {"trace_id": "d", "end_time": None}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"filter": 'eq(status, "error")'}, ["c"]),
        ({"trace_filter": 'eq(status, "success")'}, ["a"]),
        ({"tree_filter": 'eq(status, "error")'}, ["c", "a"]),
        ({"tree_filter": 'eq(run_type, "llm")'}, ["a"]),
        ({"filter": 'eq(id, "c")', "tree_filter": 'eq(run_type, "llm")'}, []),
    ],
)
def test_traces_are_filtered_by_root_or_tree(
    talks: Data, filters: dict[str, str], expected: list[str]
) -> None:
    """turn_number counts the whole thread all the same."""
    items = traces(talks, "t", selects=["TURN_NUMBER"], **filters)["items"]
    assert [item["trace_id"] for item in items] == expected
    assert {item["turn_number"] for item in items} <= {1, 2}
    assert all((item["trace_id"] == "a") == (item["turn_number"] == 1) for item in items)


@pytest.mark.parametrize(
    ("text", "turns", "tone"),
    [
        (None, 2, TONE["n"]),
        (f'lt(start_time, "{at(60)}")', 1, 1),
        ('eq(trace_id, "c")', 1, 1),
        ('eq(run_type, "llm")', 0, None),
        ('lt(start_time, "2000-01-01T00:00:00Z")', 0, None),
    ],
)
def test_a_filter_leaves_traces_of_a_thread_out(
    talks: Data, text: str | None, turns: int, tone: int | None
) -> None:
    """With the feedback on any run of those that are left."""
    selects = ["TURNS", "FEEDBACK_STATS"]
    found = thread_stats(talks, TENANT, "t", PROJECT, selects, text)
    assert found["turns"] == turns
    assert found["feedback_stats"].get("tone", {}).get("n") == tone


def together(talks: Data, *select: str, **body: Any) -> Any:
    asked = {"project_id": PROJECT, "select": list(select), **body}
    return query_thread_stats(talks, TENANT, asked)


def test_threads_have_statistics_together(talks: Data) -> None:
    """Of a, c and d: in the traces of a and c a run has failed. Of a and c, which have ended, none
    has streamed; d has its first token after a second."""
    select = ["THREAD_COUNT", "TRACE_COUNT", "ERROR_RATE", "STREAMING_RATE", "TOTAL_TOKENS"]
    select += ["LATENCY_P50", "FIRST_TOKEN_P99", "MEDIAN_TOKENS", "COMPLETION_TOKEN_DETAILS"]
    assert together(talks, *select, "THREAD_FEEDBACK_STATS") == {
        "thread_count": 2,
        "trace_count": 3,
        "error_rate": 2 / 3,
        "streaming_rate": 0.0,
        "total_tokens": 15,
        "latency_p50_seconds": 3.0,
        "first_token_p99_seconds": 1.0,
        "median_tokens": 8,  # 7.5, half to even
        "completion_token_details": {"cached": 1, "thought": 2},
        "thread_feedback_stats": {},
    }


def test_no_thread_has_counts_and_sums_alone(talks: Data) -> None:
    select = ["THREAD_COUNT", "TRACE_COUNT", "ERROR_RATE", "TOTAL_COST", "LATENCY_P99"]
    found = together(talks, *select, "MEDIAN_TOKENS", project_id="empty")
    assert found == {"thread_count": 0, "trace_count": 0, "total_cost": 0.0}
    stride = {"unit": "DAY", "value": 1}
    assert together(talks, *select, project_id="empty", stride=stride) == {"buckets": []}


@pytest.mark.parametrize(
    ("value", "unit", "buckets"),
    [
        (1, "MINUTE", [("2026-06-01T12:01:00.000000Z", 2, 3)]),
        (7, "SECOND", [("2026-06-01T12:00:57.000000Z", 2, 3)]),
        (1, "DAY", [("2026-05-30T00:00:00.000000Z", 1, 1), ("2026-06-01T00:00:00.000000Z", 2, 3)]),
        (10**9, "DAY", [("1970-01-01T00:00:00.000000Z", 3, 4)]),
    ],
)
def test_a_thread_is_in_the_bucket_of_its_last_trace(
    talks: Data, value: int, unit: str, buckets: list[tuple[str, int, int]]
) -> None:
    """1,780,315,260 s after 1970 is 12:01 of that first of June; the multiple of 7 before it is 3 s
    earlier."""
    assert 1_780_315_260 % 7 == 3
    body: dict[str, Any] = {"stride": {"value": value, "unit": unit}}
    if unit == "DAY":
        body["min_start_time"] = "2026-05-01T00:00:00Z"
    found = together(talks, "THREAD_COUNT", "TRACE_COUNT", **body)["buckets"]
    assert [tuple(bucket.values()) for bucket in found] == buckets


def test_lists_and_statistics_agree(talks: Data) -> None:
    """The traces that are counted together are those of the threads that are listed."""
    for body in ({}, {"min_start_time": "2026-05-01T00:00:00Z"}, {"filter": 'eq(id, "d")'}):
        items = queried(talks, **body)
        found = together(talks, "THREAD_COUNT", "TRACE_COUNT", "TOTAL_TOKENS", **body)
        assert found["thread_count"] == len(items)
        assert found["trace_count"] == sum(item["count"] for item in items)
        assert found["total_tokens"] == sum(item["total_tokens"] for item in items)
