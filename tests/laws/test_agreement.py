"""The two providers see one world: what holds between their rows in the bundled datasets.

Every check is plain Python over the files' rows; nothing of the generator takes part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from locum.datasets import dataset as datasets
from tests.oracles.bundled import find
from tests.oracles.fixture_rows import DEMO, Tables, by, instant, read, thread


@pytest.fixture(scope="module", params=datasets.names())
def tables(request: pytest.FixtureRequest) -> Tables:
    return read(find(request.param))


@pytest.fixture(scope="module", params=["tiny", "default"])
def busy(request: pytest.FixtureRequest) -> Tables:
    """Datasets that have something of everything."""
    return read(find(request.param))


def test_each_model_call_is_one_request_with_the_same_numbers(tables: Tables) -> None:
    requests = by(tables["helicone/requests"], "request_id")
    calls = [run for run in tables["langsmith/runs"] if run["run_type"] == "llm"]
    assert set(requests) == {run["id"] for run in calls}
    for run in calls:
        request = requests[run["id"]]
        start = instant(run["start_time"])
        assert request["organization_id"] == run["tenant_id"]
        assert request["request_created_at"] == run["start_time"]
        assert request["response_created_at"] == run["end_time"]
        assert request["properties"].get("Helicone-Session-Id") == thread(run)
        assert request["model"] == run["metadata"]["ls_model_name"]
        assert request["prompt_tokens"] == run["prompt_tokens"]
        assert request["completion_tokens"] == run["completion_tokens"]
        assert request["cost"] == (run["total_cost_nano"] or 0)
        details = run["prompt_token_details"] or {}
        assert request["prompt_cache_read_tokens"] == details.get("cache_read", 0)
        assert request["prompt_cache_write_tokens"] == details.get("cache_creation", 0)
        for milliseconds, time in (
            ("latency", "end_time"),
            ("time_to_first_token", "first_token_time"),
        ):
            if run[time] is None:
                assert request[milliseconds] is None
            else:
                assert timedelta(milliseconds=request[milliseconds]) == instant(run[time]) - start
        status = {"success": {200}, "pending": {-2}, "error": {400, 408, 429, 500, 529}}
        assert request["status"] in status[run["status"]]


def test_every_session_has_equal_sums_on_both_sides(busy: Tables) -> None:
    """LangSmith's thread by its root runs, which report their calls' sums; Helicone's session by
    its requests."""
    langsmith: Counter[tuple[str, str]] = Counter()
    helicone: Counter[tuple[str, str]] = Counter()
    for run in busy["langsmith/runs"]:
        if run["parent_run_id"] is None:
            session = thread(run) or ""
            langsmith[session, "tokens"] += run["total_tokens"] or 0
            langsmith[session, "cost"] += run["total_cost_nano"] or 0
    for row in busy["helicone/requests"]:
        session = row["properties"].get("Helicone-Session-Id", "")
        helicone[session, "tokens"] += (row["prompt_tokens"] or 0) + (row["completion_tokens"] or 0)
        helicone[session, "cost"] += row["cost"]
    sessions = {session for session, _ in helicone}
    assert len(sessions) > 5
    for session in sessions:
        for measure in ("tokens", "cost"):
            assert helicone[session, measure] == langsmith[session, measure]


def test_scores_are_the_feedback_of_the_turn(tables: Tables) -> None:
    """A quality of 0.52 on a turn is a score of 52 on its last call."""
    quality = {
        feedback["run_id"]: feedback["score"]
        for feedback in tables["langsmith/feedback"]
        if feedback["key"] == "quality"
    }
    runs = by(tables["langsmith/runs"], "id")
    last = {run["trace_id"]: run["id"] for run in runs.values() if run["run_type"] == "llm"}
    expected = {last[run]: round(score * 100) for run, score in quality.items()}
    found = {
        row["request_id"]: row["scores"]["quality"]
        for row in tables["helicone/requests"]
        if "quality" in row["scores"]
    }
    assert found == expected


def test_the_other_tenant_shares_nothing(busy: Tables) -> None:
    def seen(*, of_demo: bool) -> Iterator[str]:
        for run in busy["langsmith/runs"]:
            if (run["tenant_id"] == DEMO) == of_demo:
                yield from (run["session_id"], run["trace_id"], thread(run) or "none")
        for row in busy["helicone/requests"]:
            if (row["organization_id"] == DEMO) == of_demo:
                yield from (row["user_id"], row["request_id"])

    demo, other = set(seen(of_demo=True)), set(seen(of_demo=False))
    assert len(other) > 10
    assert not demo & other
