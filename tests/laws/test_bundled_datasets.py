"""Every bundled dataset: it is what its recipe claims, and the five operations answer over it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.datasets import dataset as datasets
from locum.generator import recipe_loader
from tests.conftest import KEY, ROOT, application_over
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import find
from tests.oracles.langsmith_requests import OPERATIONS as LANGSMITH
from tests.oracles.requests_of_tiny import OPERATIONS, request
from tests.oracles.verification import Verification

Rows = Callable[[str], list[dict[str, Any]]]
NAMES = [name for name in datasets.names() if name not in ("tiny", "default")]
NOTHING = {"empty": 0, "one-run": 1}  # datasets that random requests find too little in, with runs


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def rows(name: str) -> Rows:
    return rows_of(find(name).folder)


def requestable(rows: Rows) -> dict[str, str]:
    """As conftest.world_of, where there may be no run: of the demo tenant's support-bot."""
    key = next(r for r in rows("keys") if r["key"] == KEY)
    projects = [s for s in rows("langsmith/sessions") if s["tenant_id"] == key["tenant_id"]]
    session = projects[0]["id"]
    shared = next(d for d in rows("langsmith/datasets") if d["share_token"])
    threads = [
        thread
        for run in rows("langsmith/runs")
        if run["session_id"] == session
        for thread_key in ("thread_id", "session_id", "conversation_id")
        if (thread := run["metadata"].get(thread_key))
    ]
    return {
        "tenant": key["tenant_id"],
        "session": session,
        "thread": next(iter(threads), "none"),
        "dataset": shared["id"],
        "share_token": shared["share_token"],
        "experiment": next(s["id"] for s in projects if s["reference_dataset_id"]),
    }


def test_every_recipe_has_its_manifest_and_its_line_in_the_readme() -> None:
    readme = (ROOT / "fixtures" / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-z-]+)` \| ([\d,]+) \|", readme, flags=re.MULTILINE))
    runs = {n: find(n).manifest["rows"]["langsmith/runs"] for n in datasets.names()}
    assert listed == {name: f"{count:,}" for name, count in runs.items()}
    assert recipe_loader.names() == datasets.names()


def test_all_five_operations_answer(name: str) -> None:
    """Answers are checked against the documents on their way out: a bad one would be a 500."""
    world = requestable(rows(name))
    with TestClient(application_over(name), raise_server_exceptions=False) as client:
        for operation in OPERATIONS:
            answer = client.request(**request(operation, world))
            assert answer.status_code == 200, (operation, answer.text)
            answer.json()


@pytest.mark.parametrize("operation", LANGSMITH)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOTHING])
def test_answers_to_random_requests_are_the_oracles_and_keep_the_invariants(
    name: str, operation: str, known: dict[str, Verification]
) -> None:
    if name not in known:
        known[name] = Verification(name)
    faults = [
        fault
        for place in range(4)
        for fault in known[name].faults(operation, place, further=place == 0)
    ]
    assert faults == []


@pytest.fixture(scope="module")
def known() -> dict[str, Verification]:
    return {}


def test_keys_and_projects_are_those_of_every_dataset(name: str) -> None:
    found = rows(name)
    assert found("keys") == rows("tiny")("keys")
    assert len(found("langsmith/sessions")) == 8
    assert len(found("langsmith/datasets")) == 3


@pytest.mark.parametrize(("name", "runs"), NOTHING.items())
def test_little_data_is_so_many_runs(name: str, runs: int) -> None:
    assert len(rows(name)("langsmith/runs")) == runs
    assert len(rows(name)("helicone/requests")) == runs


@pytest.mark.parametrize(("name", "status"), [("all-errors", "error"), ("all-pending", "pending")])
def test_every_run_has_that_status(name: str, status: str) -> None:
    assert {run["status"] for run in rows(name)("langsmith/runs")} == {status}


def test_null_heavy_has_no_tokens_costs_ends_or_feedback() -> None:
    found = rows("null-heavy")
    columns = ("total_tokens", "total_cost_nano", "first_token_time", "error")
    for run in found("langsmith/runs"):
        assert [run[column] for column in columns] == [None] * len(columns)
        # What came before the call that hangs has ended.
        assert run["end_time"] is None or (run["parent_run_id"] and run["run_type"] != "llm")
    assert {row["latency"] for row in found("helicone/requests")} == {None}
    assert found("langsmith/feedback") == []


def test_extremes_are_of_the_size_that_is_claimed() -> None:
    requests = rows("extreme-values")("helicone/requests")
    assert {1, 10**12} <= {row["cost"] for row in requests}
    assert max(row["prompt_tokens"] for row in requests) == 10**12
    assert max(row["latency"] for row in requests) >= 30 * 24 * 3600 * 1000


def test_a_session_of_one_nano_dollar_has_an_exponent_in_its_answer() -> None:
    """Its only call cost 1 nano-USD, which the vendor's JSON writes as 1e-9."""
    found = rows("extreme-values")
    costs: dict[str, list[int]] = {}
    for row in found("helicone/requests"):
        if row["organization_id"] == requestable(found)["tenant"]:
            costs.setdefault(row["properties"].get("Helicone-Session-Id", ""), []).append(
                row["cost"]
            )
    session = next(session for session, each in costs.items() if session and each == [1])
    asked = request("session_metrics", {})
    where = {"properties": {"Helicone-Session-Id": {"equals": session}}}
    asked["json"]["filter"] = {"request_response_rmt": where}
    with TestClient(application_over("extreme-values")) as client:
        answer = client.request(**asked)
    assert '"session_cost":[{"average":1e-9}]' in answer.text.replace(" ", "")


def test_steady_has_four_calls_in_every_hour() -> None:
    found = rows("steady")
    (session,) = (s["id"] for s in found("langsmith/sessions") if s["name"] == "support-bot")
    starts = [r["start_time"] for r in found("langsmith/runs") if r["session_id"] == session]
    assert Counter(time[:13] for time in starts) == Counter(
        f"{datetime(2026, 6, 29, 12) + timedelta(hours=hour):%Y-%m-%dT%H}"  # noqa: DTZ001 - a text
        for hour in range(24)
        for _ in range(4)
    )


def test_spike_has_its_hour() -> None:
    """The hour that begins 50 hours before now has most of the week's requests."""
    times = Counter(r["request_created_at"][:13] for r in rows("spike")("helicone/requests"))
    (hour, most), (_, next_most) = times.most_common(2)
    assert hour == "2026-06-28T10"
    assert most > 5 * next_most


def test_outage_fails_from_seven_to_ten() -> None:
    roots = [
        run
        for run in rows("outage")("langsmith/runs")
        if run["parent_run_id"] is None and run["reference_example_id"] is None
    ]
    failed = {run["start_time"][11:13] for run in roots if run["status"] == "error"}
    fine = {run["start_time"][11:13] for run in roots if run["status"] == "success"}
    assert failed == {"07", "08", "09"}
    assert not fine & failed


def test_many_groups_has_ten_thousand_threads_in_a_project() -> None:
    threads = Counter(
        run["session_id"]
        for run in rows("many-groups")("langsmith/runs")
        if {"thread_id", "session_id", "conversation_id"} & run["metadata"].keys()
    )
    assert threads.most_common(1)[0][1] >= 10_000


def test_unicode_has_texts_of_every_kind() -> None:
    found = rows("unicode")
    names = {run["name"] for run in found("langsmith/runs")}
    assert max(map(len, names)) == 4096
    assert "دعم العملاء" in names
    assert "'; DROP TABLE runs; --" in names
    assert "<script>alert(1)</script>" in names
    assert any("🛒" in session["name"] for session in found("langsmith/sessions"))


def test_time_edges_has_both_half_past_twos_of_berlin() -> None:
    starts = {run["start_time"] for run in rows("time-edges")("langsmith/runs")}
    for begin in (
        "2024-02-29T00",
        "2024-10-27T00:30",
        "2024-10-27T01:30",
        "2024-12-31T23:59:59.999",
    ):
        assert any(time.startswith(begin) for time in starts), begin


def test_late_data_comes_out_of_order_and_is_judged_late() -> None:
    found = rows("late-data")
    starts = [r["start_time"] for r in found("langsmith/runs") if r["parent_run_id"] is None]
    assert starts != sorted(starts)
    ends = {run["id"]: run["end_time"] for run in found("langsmith/runs")}
    delays = sorted(
        datetime.fromisoformat(f["created_at"]) - datetime.fromisoformat(ends[f["run_id"]])
        for f in found("langsmith/feedback")
    )
    assert delays[len(delays) // 2] > timedelta(days=7)
