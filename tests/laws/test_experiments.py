"""The experiments over a dataset are one thing, whichever operation shows them: those of its
tenant, those under its token, and those that take its examples with their runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.datasets import dataset as datasets
from tests.conftest import KEY, application_over
from tests.oracles.bare_rows import Row, rows_of
from tests.oracles.bundled import find
from tests.oracles.langsmith_answers import same

DEMO = "11111111-1111-4111-8111-111111111111"
USUAL = ("default", "tiny", "extreme-values")
EACH = [
    name if name in USUAL else pytest.param(name, marks=pytest.mark.long)
    for name in datasets.names()
]
COSTS = ("total_cost", "prompt_cost", "completion_cost")
STATISTICS = (
    *("run_count", "latency_p50", "latency_p99", "first_token_p50", "first_token_p99"),
    *("total_tokens", "prompt_tokens", "completion_tokens", "last_run_start_time"),
    *("feedback_stats", "run_facets", "error_rate", "streaming_rate"),
)


class Shared:
    """A bundled dataset's shared one, over HTTP, and its rows."""

    def __init__(self, name: str, client: TestClient) -> None:
        self.client = client
        rows = rows_of(find(name).folder)
        (self.row,) = (d for d in rows("langsmith/datasets") if d.get("share_token"))
        self.id, self.token = self.row["id"], self.row["share_token"]
        self.experiments = [
            session
            for session in rows("langsmith/sessions")
            if session["tenant_id"] == DEMO and session.get("reference_dataset_id") == self.id
        ]
        ids = {session["id"] for session in self.experiments}
        self.runs = [run for run in rows("langsmith/runs") if run["session_id"] in ids]
        self.feedback = [f for f in rows("langsmith/feedback") if f.get("session_id") in ids]
        self.examples = [e for e in rows("langsmith/examples") if e["dataset_id"] == self.id]

    def ask(self, method: str, path: str, **request: Any) -> Any:
        answer = self.client.request(method, path, headers={"X-API-Key": KEY}, **request)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def public(self, method: str, path: str, **request: Any) -> Any:
        answer = self.client.request(method, f"/api/v1/public/{self.token}{path}", **request)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, **body: Any) -> list[Row]:
        """The runs under the token, to the last page."""
        found: list[Row] = []
        cursor: str | None = None
        while True:
            asked = body | {"limit": 40, "cursor": cursor}
            page = self.public("POST", "/datasets/runs/query", json=asked)
            found += page["runs"]
            cursor = page["cursors"]["next"]
            if cursor is None:
                return found


@pytest.fixture(scope="module", params=EACH)
def shared(request: pytest.FixtureRequest) -> Iterator[Shared]:
    with TestClient(application_over(request.param)) as client:
        yield Shared(request.param, client)


def test_a_dataset_counts_the_experiments_and_examples_that_are_listed(shared: Shared) -> None:
    one = shared.ask("GET", f"/api/v1/datasets/{shared.id}")
    listed = shared.public("GET", "/datasets/sessions")
    assert {each["id"] for each in listed} == {row["id"] for row in shared.experiments}
    assert one["session_count"] == len(shared.experiments)
    assert one["last_session_start_time"] == max(each["start_time"] for each in listed)
    assert one["example_count"] == len(shared.examples)
    assert shared.public("GET", "/datasets")["example_count"] == len(shared.examples)
    assert shared.public("GET", "/examples/count") == len(shared.examples)
    of_it = {"dataset": shared.id}
    assert shared.ask("GET", "/api/v1/examples/count", params=of_it) == len(shared.examples)


def test_an_experiment_has_the_same_statistics_everywhere(shared: Shared) -> None:
    """For its tenant, under the token, and as the runs of it that are counted under the token."""
    asked = {"reference_dataset": shared.id, "include_stats": True, "facets": True}
    own = shared.ask("GET", "/api/v1/sessions", params=asked)
    public = shared.public("GET", "/datasets/sessions", params={"facets": True})
    assert public == own
    for each in public:
        stats = shared.public("POST", "/datasets/runs/stats", json={"session": [each["id"]]})
        assert {name: stats[name] for name in STATISTICS} == {n: each[n] for n in STATISTICS}
        same({name: stats[name] for name in COSTS}, {name: float(each[name]) for name in COSTS})


def test_the_runs_under_the_token_are_those_that_it_counts(shared: Shared) -> None:
    runs = shared.pages()
    assert len(runs) == len({run["id"] for run in runs})
    assert {run["id"] for run in runs} == {run["id"] for run in shared.runs}
    counted = shared.public("POST", "/datasets/runs/stats", json={"select": ["run_count"]})
    assert counted == {"run_count": len(runs)}
    for run in runs[::25]:
        one = shared.public("GET", f"/datasets/runs/{run['id']}")
        assert {name: one[name] for name in run} == run


def test_the_feedback_under_the_token_is_that_on_its_experiments(shared: Shared) -> None:
    found: list[Row] = []
    while page := shared.public("GET", "/datasets/feedback", params={"offset": len(found)}):
        found += page
    assert len(found) == len({each["id"] for each in found})
    assert {each["id"] for each in found} == {each["id"] for each in shared.feedback}


def test_examples_have_the_same_runs_in_both_versions(shared: Shared) -> None:
    """The root runs on the dataset's examples, as the rows say."""
    ids = [session["id"] for session in shared.experiments]
    path = f"datasets/{shared.id}"
    v1 = shared.ask("POST", f"/api/v1/{path}/runs", json={"session_ids": ids, "limit": 1000})
    v2: list[Row] = []
    body: Row = {"experiment_ids": ids, "page_size": 7}
    while True:
        page = shared.ask("POST", f"/v2/{path}/experiment-runs", json=body)
        v2 += page["items"]
        body["cursor"] = page["next_cursor"]
        if body["cursor"] is None:
            break
    assert _runs_by_example(v1) == _runs_by_example(v2)
    expected: dict[str, set[str]] = {example["id"]: set() for example in shared.examples}
    for run in shared.runs:
        if run["parent_run_id"] is None and run["reference_example_id"] in expected:
            expected[run["reference_example_id"]].add(run["id"])
    assert {id_: set(runs) for id_, runs in _runs_by_example(v1).items()} == expected
    roots = shared.pages(is_root=True, reference_example=[*expected])
    assert {run["id"] for run in roots} == set().union(*expected.values())


def _runs_by_example(examples: list[Row]) -> dict[str, list[str]]:
    return {each["id"]: [run["id"] for run in each["runs"]] for each in examples}
