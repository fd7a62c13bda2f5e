"""The rows of the bundled datasets fit together, within a provider and across the two.

Every check is plain Python over the files' rows; nothing of the generator takes part.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from locum.datasets import dataset as datasets
from tests.oracles.fixture_rows import DEMO, NO_CACHE, NOW, Row, Tables, by, read, thread

USAGE = (
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_cost_nano",
    "completion_cost_nano",
    "total_cost_nano",
)
DETAILS = {
    "prompt_token_details": "prompt_tokens",
    "completion_token_details": "completion_tokens",
    "prompt_cost_details_nano": "prompt_cost_nano",
    "completion_cost_details_nano": "completion_cost_nano",
}


@pytest.fixture(scope="module", params=datasets.names())
def tables(request: pytest.FixtureRequest) -> Tables:
    return read(datasets.find(request.param))


@pytest.fixture(scope="module", params=["tiny", "default"])
def busy(request: pytest.FixtureRequest) -> Tables:
    """Datasets that have something of everything."""
    return read(datasets.find(request.param))


def children(runs: list[Row]) -> dict[str, list[Row]]:
    found = defaultdict(list)
    for run in runs:
        if run["parent_run_id"]:
            found[run["parent_run_id"]].append(run)
    return found


def instant(time: str) -> datetime:
    return datetime.fromisoformat(time)


def test_every_reference_resolves(tables: Tables) -> None:
    sessions = by(tables["langsmith/sessions"], "id")
    known_datasets = by(tables["langsmith/datasets"], "id")
    examples = by(tables["langsmith/examples"], "id")
    runs = by(tables["langsmith/runs"], "id")
    for session in sessions.values():
        if session["reference_dataset_id"]:
            dataset = known_datasets[session["reference_dataset_id"]]
            assert dataset["tenant_id"] == session["tenant_id"]
    for example in examples.values():
        assert example["dataset_id"] in known_datasets
        assert example["source_run_id"] is None or example["source_run_id"] in runs
    for run in runs.values():
        session = sessions[run["session_id"]]
        assert run["tenant_id"] == session["tenant_id"]
        if run["reference_example_id"]:
            example = examples[run["reference_example_id"]]
            assert example["dataset_id"] == session["reference_dataset_id"]
    for feedback in tables["langsmith/feedback"]:
        assert feedback["session_id"] == runs[feedback["run_id"]]["session_id"]
    sessions_seen = {
        row["properties"].get("Helicone-Session-Id") for row in tables["helicone/requests"]
    }
    for tag in tables["helicone/session_tags"]:
        assert tag["entity_type"] == "session"
        assert tag["entity_id"] in sessions_seen


def test_a_trace_is_one_tree_within_one_project(tables: Tables) -> None:
    runs = by(tables["langsmith/runs"], "id")
    for run in runs.values():
        if run["parent_run_id"] is None:
            assert run["trace_id"] == run["id"]
            continue
        parent = runs[run["parent_run_id"]]
        for column in ("trace_id", "session_id", "tenant_id"):
            assert run[column] == parent[column]
        assert thread(run) == thread(parent)


def test_a_child_lies_within_its_parent(tables: Tables) -> None:
    runs = by(tables["langsmith/runs"], "id")
    for run in runs.values():
        if run["parent_run_id"]:
            parent = runs[run["parent_run_id"]]
            assert parent["start_time"] < run["start_time"]
            if parent["end_time"]:
                assert run["end_time"] <= parent["end_time"]


def test_runs_end_after_they_start_and_stream_in_between(tables: Tables) -> None:
    for run in tables["langsmith/runs"]:
        end = run["end_time"] or NOW
        assert run["start_time"] < end
        if run["first_token_time"]:
            assert run["start_time"] < run["first_token_time"] < end


def test_status_agrees_with_end_error_and_outputs(tables: Tables) -> None:
    for run in tables["langsmith/runs"]:
        assert (run["end_time"] is None) == (run["status"] == "pending")
        assert (run["error"] is None) == (run["status"] != "error")
        assert (run["outputs"] is None) == (run["status"] != "success")


def test_usage_is_known_in_full_or_not_at_all(tables: Tables) -> None:
    for run in tables["langsmith/runs"]:
        assert len({run[column] is None for column in USAGE}) == 1
        if run["total_tokens"] is None:
            assert all(run[details] is None for details in DETAILS)
            continue
        assert run["total_tokens"] == run["prompt_tokens"] + run["completion_tokens"]
        total = run["prompt_cost_nano"] + run["completion_cost_nano"]
        assert run["total_cost_nano"] == total
        assert min(run[column] for column in USAGE) >= 0


def test_details_are_positive_and_at_most_their_total(tables: Tables) -> None:
    for run in tables["langsmith/runs"]:
        for details, total in DETAILS.items():
            if run[details] is not None:
                assert run[details]
                assert min(run[details].values()) > 0
                assert sum(run[details].values()) <= run[total]


def test_a_parent_reports_the_sum_of_its_children(tables: Tables) -> None:
    below = children(tables["langsmith/runs"])
    for run in tables["langsmith/runs"]:
        if run["run_type"] == "llm":
            assert run["id"] not in below
            continue
        reporting = [c for c in below[run["id"]] if c["total_tokens"] is not None]
        for column in USAGE:
            expected = sum(c[column] for c in reporting) if reporting else None
            assert run[column] == expected
        for column in DETAILS:
            sums: Counter[str] = Counter()
            for child in reporting:
                sums.update(child[column] or {})
            assert (run[column] or {}) == dict(sums)


def test_calls_cost_what_the_price_list_says(busy: Tables) -> None:
    """Prices in USD per million tokens, as published: gpt-4o-mini 0.15 in, 0.075 cached, 0.60 out;
    claude-sonnet-4 3 in, 0.30 cache read, 3.75 cache write, 15 out."""
    prices = {"gpt-4o-mini": (150, 75, 0, 600), "claude-sonnet-4": (3000, 300, 3750, 15000)}
    seen: Counter[str] = Counter()
    for row in busy["helicone/requests"]:
        if row["model"] in prices and row["prompt_tokens"] is not None:
            fresh, read, written, out = prices[row["model"]]
            reads, writes = row["prompt_cache_read_tokens"], row["prompt_cache_write_tokens"]
            cost = (row["prompt_tokens"] - reads - writes) * fresh + reads * read + writes * written
            cached = row["cache_reference_id"] != NO_CACHE
            assert row["cost"] == (0 if cached else cost + row["completion_tokens"] * out)
            seen[row["model"]] += 1
    assert set(seen) == set(prices)


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


def test_experiments_run_most_examples_once(busy: Tables) -> None:
    """Most once, some twice, a few not at all."""
    shared = next(row for row in busy["langsmith/datasets"] if row["share_token"])
    examples = {e["id"] for e in busy["langsmith/examples"] if e["dataset_id"] == shared["id"]}
    experiments = [s for s in busy["langsmith/sessions"] if s["reference_dataset_id"]]
    assert {s["reference_dataset_id"] for s in experiments} == {shared["id"]}
    assert len(experiments) >= 2
    times: Counter[int] = Counter()
    for session in experiments:
        roots = [
            run
            for run in busy["langsmith/runs"]
            if run["session_id"] == session["id"] and run["parent_run_id"] is None
        ]
        ran = Counter(run["reference_example_id"] for run in roots)
        times.update(ran[example] for example in examples)
    assert times[1] > times[2] > 0
    assert times[0] > 0


def test_traffic_is_by_day_on_weekdays() -> None:
    """Per hour of the default month: working hours are several times as busy as the night, a
    weekday busier than a Saturday."""
    requests = read(datasets.find("default"))["helicone/requests"]
    times = [instant(row["request_created_at"]) for row in requests]
    hours = Counter(time.hour for time in times)
    days = Counter(time.weekday() for time in times)
    assert sum(hours[h] for h in range(9, 17)) > 5 * sum(hours[h] for h in range(8))
    assert min(days[d] for d in range(4)) > max(days[5], days[6])


def test_a_cached_answer_was_given_before_in_the_same_project(busy: Tables) -> None:
    requests = by(busy["helicone/requests"], "request_id")
    cached = [row for row in requests.values() if row["cache_reference_id"] != NO_CACHE]
    assert cached
    for row in cached:
        original = requests[row["cache_reference_id"]]
        assert original["status"] == 200
        assert original["request_created_at"] < row["request_created_at"]
        assert original["properties"]["app"] == row["properties"]["app"]
        assert row["cache_enabled"]
