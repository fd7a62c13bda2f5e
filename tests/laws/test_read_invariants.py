"""What holds of rows and lists, over random windows of `tiny`; `scripts/verify` tries more."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.conftest import KEY
from tests.laws.read_invariants import OF_READS, OF_RUNS, Window, windows
from tests.oracles.answered_rows import Reader
from tests.oracles.langsmith_requests import draws

WINDOWS = 8


@pytest.fixture(scope="module")
def drawn(client: TestClient) -> list[Window]:
    return [*windows(Reader(client, KEY), draws("reads"), WINDOWS)]


@pytest.mark.parametrize("law", OF_READS)
def test_law_holds_in_random_windows(law: str, drawn: list[Window]) -> None:
    for window in drawn:
        OF_READS[law](window)


def test_windows_have_runs_of_several_levels(drawn: list[Window]) -> None:
    runs = [run for window in drawn for run in window.runs()]
    assert len(runs) >= 50
    assert any(len(run["parent_run_ids"]) >= 2 for run in runs)
    assert any(run["total_cost"] for run in runs)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a run: prompt + completion = total", {"total_tokens": -1}),
        ("a run: prompt + completion = total", {"prompt_cost": None}),
        ("a run: details are within their kind", {"prompt_token_details": {"x": 10**9}}),
        ("a run: without a parent it is the root, its trace's", {"trace_id": "other"}),
        ("a run: its path leads from the root to the parent", {"parent_run_ids": ["other"]}),
        ("a run: dotted_order is the path's", {"dotted_order": "20260101T000000000000Zother"}),
        ("a run: direct children are among all", {"direct_child_run_ids": ["other"]}),
        ("a run: start ≤ first token ≤ end", {"end_time": "2000-01-01T00:00:00.000000Z"}),
    ],
)
def test_a_run_that_is_wrong_breaks_its_law(
    name: str, change: dict[str, object], drawn: list[Window]
) -> None:
    run = next(r for window in drawn for r in window.runs(is_root=True) if r["total_cost"])
    assert OF_RUNS[name](run)
    assert not OF_RUNS[name](run | change)
