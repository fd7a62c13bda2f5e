"""Conversations and single threads, over runs so few that each number is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import FilterError, InvalidRequest, NotFound
from locum.langsmith.run_stats import group_stats, thread_stats
from tests.oracles.langsmith_rows import PROJECT, TENANT, at, load, run, session


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
