"""The dataset `tiny` holds at least one of every special case that a statistic may meet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.oracles.bundled import find
from tests.oracles.fixture_rows import NO_CACHE, Row, Tables, by, read, thread


@pytest.fixture(scope="module")
def tables() -> Tables:
    return read(find("tiny"))


def has(column: str, value: object, row: Row) -> bool:
    return bool(row[column] == value)


def has_tags(count: int, run: Row) -> bool:
    return len(run["tags"]) == count


def has_metadata(key: str, run: Row) -> bool:
    return key in run["metadata"]


def is_root_with(status: str, run: Row) -> bool:
    return run["parent_run_id"] is None and bool(run["status"] == status)


SPECIAL_RUNS: dict[str, Callable[[Row], Any]] = {
    **{
        f"a run of type {t}": partial(has, "run_type", t)
        for t in ("chain", "llm", "tool", "retriever", "embedding", "prompt", "parser")
    },
    **{f"a root that is {s}": partial(is_root_with, s) for s in ("success", "error", "pending")},
    "a pending call that streams already": lambda run: (
        run["run_type"] == "llm" and run["status"] == "pending" and run["first_token_time"]
    ),
    "a streamed call": lambda run: run["run_type"] == "llm" and run["first_token_time"],
    "a streamed chain": lambda run: run["run_type"] == "chain" and run["first_token_time"],
    "a call without a token report": lambda run: (
        run["run_type"] == "llm" and run["status"] == "success" and run["total_tokens"] is None
    ),
    "a call that cost nothing": lambda run: (
        run["run_type"] == "llm" and run["total_cost_nano"] == 0
    ),
    "cache_read": lambda run: "cache_read" in (run["prompt_token_details"] or {}),
    "cache_creation": lambda run: "cache_creation" in (run["prompt_token_details"] or {}),
    "audio in": lambda run: "audio" in (run["prompt_token_details"] or {}),
    "audio out": lambda run: "audio" in (run["completion_token_details"] or {}),
    "reasoning": lambda run: "reasoning" in (run["completion_token_details"] or {}),
    **{f"{n} tags": partial(has_tags, n) for n in range(4)},
    **{
        f"a thread under {k}": partial(has_metadata, k)
        for k in ("thread_id", "session_id", "conversation_id")
    },
    "no thread": lambda run: thread(run) is None,
    "metadata that is an integer": lambda run: type(run["metadata"].get("turn")) is int,
    "metadata that is true": lambda run: run["metadata"].get("beta") is True,
    "metadata that is an object": lambda run: isinstance(run["metadata"].get("device"), dict),
    "metadata that is an array": lambda run: isinstance(run["metadata"].get("variants"), list),
    "metadata that is null": lambda run: (
        "campaign" in run["metadata"] and run["metadata"]["campaign"] is None
    ),
    "metadata that is a fraction": lambda run: run["metadata"].get("temperature") == 0.7,
    "a fifth turn": lambda run: run["metadata"].get("turn", 0) >= 5,
}
SPECIAL_REQUESTS: dict[str, Callable[[Row], Any]] = {
    "a failed one": lambda row: row["status"] >= 400,
    "rate limited": lambda row: row["status"] == 429,
    "a server's failure": lambda row: row["status"] == 500,
    "a pending one": lambda row: row["status"] == -2,
    "a cached one": lambda row: row["cache_reference_id"] != NO_CACHE,
    "without a session": lambda row: "Helicone-Session-Id" not in row["properties"],
    "a session without a name": lambda row: (
        "Helicone-Session-Id" in row["properties"]
        and "Helicone-Session-Name" not in row["properties"]
    ),
    "an escalation": lambda row: (
        row["properties"].get("Helicone-Session-Name") == "Support escalation"
    ),
    "a thumb down": lambda row: row["scores"].get("helicone-score-feedback") == 0,
    "a thumb up": lambda row: row["scores"].get("helicone-score-feedback") == 1,
    "a prompt": lambda row: row["prompt_id"] and row["prompt_version"],
    "a threat": lambda row: row["threat"] is True,
    "no threat": lambda row: row["threat"] is False,
    "unchecked for threats": lambda row: row["threat"] is None,
    "no user": lambda row: row["user_id"] == "" and row["country_code"] is None,
    "passthrough billing": lambda row: row["is_passthrough_billing"],
}
SPECIAL_FEEDBACK: dict[str, Callable[[Row], Any]] = {
    "a score without a label": lambda f: f["score"] is not None and f["value"] is None,
    "a label without a score": lambda f: f["score"] is None and f["value"] is not None,
    "a score with a label": lambda f: f["score"] is not None and f["value"] is not None,
    "a true score": lambda f: f["score"] is True,
    "a false score": lambda f: f["score"] is False,
    "a fraction": lambda f: isinstance(f["score"], float),
    "a negative score": lambda f: f["score"] == -1,
    "a comment": lambda f: f["comment"],
    "a correction": lambda f: f["correction"],
    "changed later": lambda f: f["modified_at"] > f["created_at"],
    **{f"from the {s}": partial(has, "source", {"type": s}) for s in ("api", "app", "model")},
    **{
        f"key {key}": partial(has, "key", key)
        for key in ("groundedness", "correctness", "conciseness")
    },
}
SPECIAL_EXAMPLES: dict[str, Callable[[Row], Any]] = {
    "no metadata": lambda e: e["metadata"] is None,
    "no difficulty": lambda e: e["metadata"] and "difficulty" not in e["metadata"],
    "an integer": lambda e: e["metadata"] and type(e["metadata"].get("difficulty")) is int,
    "a text": lambda e: e["metadata"] and type(e["metadata"].get("difficulty")) is str,
    "taken from a run": lambda e: e["source_run_id"],
    "changed later": lambda e: e["modified_at"] > e["created_at"],
}
SPECIAL = [
    (table, name, case)
    for table, cases in (
        ("langsmith/runs", SPECIAL_RUNS),
        ("helicone/requests", SPECIAL_REQUESTS),
        ("langsmith/feedback", SPECIAL_FEEDBACK),
        ("langsmith/examples", SPECIAL_EXAMPLES),
    )
    for name, case in cases.items()
]


@pytest.mark.parametrize(
    ("table", "name", "case"), SPECIAL, ids=[f"{table}: {name}" for table, name, _ in SPECIAL]
)
def test_tiny_has_every_special_case(
    tables: Tables, table: str, name: str, case: Callable[[Row], Any]
) -> None:
    assert any(case(row) for row in tables[table]), name


def test_tiny_has_a_failed_tool_that_its_trace_survived(tables: Tables) -> None:
    runs = by(tables["langsmith/runs"], "id")
    failed = [run for run in runs.values() if run["status"] == "error"]
    assert any(runs[run["trace_id"]]["status"] == "success" for run in failed)


def test_tiny_has_a_trace_that_failed_with_its_child(tables: Tables) -> None:
    runs = by(tables["langsmith/runs"], "id")
    failed = [run for run in runs.values() if run["status"] == "error" and run["parent_run_id"]]
    assert any(runs[run["trace_id"]]["error"] == run["error"] for run in failed)


def test_tiny_has_a_run_rated_twice_by_its_user(tables: Tables) -> None:
    rated = Counter(f["run_id"] for f in tables["langsmith/feedback"] if f["key"] == "user_score")
    assert 2 in rated.values()


def test_tiny_has_a_session_under_two_names(tables: Tables) -> None:
    names = defaultdict(set)
    for row in tables["helicone/requests"]:
        properties = row["properties"]
        names[properties.get("Helicone-Session-Id")].add(properties.get("Helicone-Session-Name"))
    assert any(len(found) == 2 for session, found in names.items() if session)


def test_tiny_has_a_call_three_levels_deep(tables: Tables) -> None:
    runs = by(tables["langsmith/runs"], "id")
    above = [runs.get(run["parent_run_id"]) for run in runs.values() if run["run_type"] == "llm"]
    assert any(parent and parent["parent_run_id"] for parent in above)


def test_tiny_has_tags_on_few_sessions(tables: Tables) -> None:
    tagged = {row["entity_id"] for row in tables["helicone/session_tags"]}
    sessions = {row["properties"].get("Helicone-Session-Id") for row in tables["helicone/requests"]}
    assert 0 < len(tagged) < len(sessions) / 2
