"""Several datasets in one process, each loaded once, and their clock."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.datasets.dataset import FIXED, LIVE
from locum.exceptions import DatasetError
from locum.scenarios import Scenarios, latest_time
from tests.conftest import ROOT
from tests.oracles.bundled import PROVIDERS, application_of, find, scenarios_of
from tests.oracles.langsmith_rows import at, run, session
from tests.oracles.requests_of_tiny import request

THREAD = {"thread_id": "t"}
NOW = date(2026, 6, 30).toordinal()  # of the bundled datasets


def client_of(scenarios: Scenarios) -> TestClient:
    return TestClient(application_of(scenarios), raise_server_exceptions=False)


def dataset(folder: Path, name: str, runs: int) -> Path:
    """A dataset of one project with so many root runs, without a manifest."""
    place = folder / name
    (place / "langsmith").mkdir(parents=True)
    rows: dict[str, list[dict[str, Any]]] = {
        "langsmith/sessions": [session()],
        "langsmith/runs": [run(str(n), metadata=THREAD, start_time=at(n)) for n in range(runs)],
    }
    for table, lines in rows.items():
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (place / f"{table}.jsonl").write_text(text, encoding="utf-8")
    return place


def shifted(scenarios: Scenarios, world: dict[str, str]) -> tuple[Any, Any]:
    """The answers of group stats and of Helicone's session metrics, for all time."""
    client = client_of(scenarios)
    group = client.request(**request("group_stats", world)).json()
    metrics = client.request(**request("session_metrics", world)).json()
    return group, metrics


def test_a_live_clock_moves_every_time_by_whole_days(world: dict[str, str]) -> None:
    """100 days after: the same numbers, and the last start on 8 October, not on 30 June."""
    tiny = [find("tiny")]
    fixed, fixed_metrics = shifted(scenarios_of(tiny, clock=FIXED), world)
    live, live_metrics = shifted(scenarios_of(tiny, clock=LIVE, day=lambda: NOW + 100), world)
    before, after = fixed.pop("last_run_start_time"), live.pop("last_run_start_time")
    assert before.startswith("2026-06-30T")
    assert after == before.replace("2026-06-30T", "2026-10-08T")
    assert live == fixed
    assert live_metrics == fixed_metrics


def test_windows_and_filters_are_on_the_shifted_times(world: dict[str, str]) -> None:
    client = client_of(scenarios_of([find("tiny")], clock=LIVE, day=lambda: NOW + 100))
    asked = request("group_stats", world)

    def count(**more: str) -> int:
        answer = client.request(**asked | {"json": asked["json"] | more}).json()
        return int(answer["run_count"])

    every = count()
    assert every > 0
    assert count(end_time="2026-10-01T00:00:00Z") == 0
    assert count(start_time="2026-10-01T00:00:00Z") == every
    assert count(filter='gt(start_time, "2026-10-01")') == every
    assert count(filter='lt(start_time, "2026-10-01")') == 0


def test_a_live_dataset_is_loaded_again_on_the_next_day(world: dict[str, str]) -> None:
    day = [NOW + 1]
    scenarios = scenarios_of([find("tiny")], clock=LIVE, day=lambda: day[0])
    client = client_of(scenarios)
    asked = request("group_stats", world)
    first = client.request(**asked).json()["last_run_start_time"]
    day[0] += 1
    second = client.request(**asked).json()["last_run_start_time"]
    assert (first[:10], second[:10]) == ("2026-07-01", "2026-07-02")
    assert len(scenarios.loaded) == 1


def test_a_dataset_without_a_manifest_is_shifted_by_its_last_time(tmp_path: Path) -> None:
    """Its last run ends on 2026-06-01."""
    found = find(str(dataset(tmp_path, "mine", 3)))
    assert latest_time(found, PROVIDERS).date() == date(2026, 6, 1)
    day = date(2026, 6, 11).toordinal()
    scenario = scenarios_of([found], clock=LIVE, day=lambda: day).load("mine")
    rows = scenario.data.rows("SELECT min(start_us) FROM runs")
    assert rows == [(1_781_179_200_000_000,)]  # 2026-06-11T12:00:00Z
    assert scenario.days == 10


def test_a_clock_needs_a_time(tmp_path: Path) -> None:
    empty = dataset(tmp_path, "none", 0)
    with pytest.raises(DatasetError, match="has no time that its clock could be set by"):
        latest_time(find(str(empty)), PROVIDERS)
    (empty / "manifest.json").write_text('{"now": "yesterday"}')
    with pytest.raises(DatasetError, match="now is 'yesterday', not a time"):
        latest_time(find(str(empty)), PROVIDERS)
    (empty / "manifest.json").write_text('{"now": "2026-06-30T23:30:00-01:00"}')
    assert latest_time(find(str(empty)), PROVIDERS).date() == date(2026, 7, 1)


def test_a_dataset_of_one_s_own_hides_a_bundled_one_of_that_name(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "tiny", tmp_path / "default")
    scenarios = scenarios_of([find("tiny"), find(str(tmp_path / "default"))])
    assert scenarios.load("default").data.rows("SELECT count(*) FROM runs") == [(250,)]


def test_two_datasets_of_one_name_are_refused(tmp_path: Path) -> None:
    """Which of them was meant cannot be told; the same one twice is no matter."""
    shutil.copytree(ROOT / "fixtures" / "empty", tmp_path / "tiny")
    chosen = [find("tiny"), find(str(tmp_path / "tiny"))]
    with pytest.raises(DatasetError, match=r"tiny and .*tiny are both the scenario tiny"):
        scenarios_of(chosen)
    assert scenarios_of([chosen[0], chosen[0]]).first == "tiny"
