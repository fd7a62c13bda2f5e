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
from locum.exceptions import DatasetError, UnknownScenario
from locum.generator import catalog
from locum.scenarios import Scenarios, latest_time
from tests.conftest import ROOT
from tests.oracles.bundled import PROVIDERS, TABLES, application_of, find, scenarios_of
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


def test_folders_of_one_name_are_scenarios_under_names_of_their_own(tmp_path: Path) -> None:
    dataset(tmp_path / "a", "shop", 2)
    dataset(tmp_path / "b", "shop", 3)
    texts = [f"monday={tmp_path}/a/shop", f"tuesday={tmp_path}/b/shop"]
    chosen = [catalog.find_named(text, TABLES, PROVIDERS) for text in texts]
    scenarios = scenarios_of(chosen)
    counts = {
        name: scenarios.load(name).data.rows("SELECT count(*) FROM runs")
        for name in (scenarios.first, "tuesday")
    }
    assert counts == {"monday": [(2,)], "tuesday": [(3,)]}
    with pytest.raises(UnknownScenario):
        scenarios.check("shop")


# What is wrong with a dataset.


def changed(folder: Path, number: int, **columns: Any) -> Path:
    """A copy of tiny with other values in a run."""
    shutil.copytree(ROOT / "fixtures" / "tiny", folder)
    file = folder / "langsmith" / "runs.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[number] = json.dumps(json.loads(lines[number]) | columns)
    file.write_text("\n".join(lines), encoding="utf-8")
    return folder


def lazily(folder: Path, **options: Any) -> Scenarios:
    """One run, and beside it, loaded when it is asked for, the dataset in the folder as `tiny`."""
    scenarios = Scenarios([find("one-run")], PROVIDERS, lambda _: find(folder), **options)
    scenarios.load_chosen()
    return scenarios


def test_doubts_of_what_is_loaded_later_are_lines_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Once; a dataset that was chosen says nothing there."""
    day = [NOW]
    folder = changed(tmp_path / "tiny", 4, status="weird")
    chosen = scenarios_of([find(folder)])
    chosen.load_chosen()
    assert caplog.records == []
    scenarios = lazily(folder, clock=LIVE, day=lambda: day[0])
    scenarios.load("tiny")
    day[0] += 1
    scenarios.load("tiny")
    assert [record.getMessage() for record in caplog.records] == [
        (
            f"warning: {folder}/langsmith/runs.jsonl:5: status is 'weird', expected one of "
            "success, error, pending"
        )
    ]
    (doubt,) = scenarios.load("tiny").doubts
    assert (doubt.row, doubt.column) == (5, "status")


@pytest.mark.parametrize(("auth", "names"), [("strict", ["langsmith", "helicone"]), ("auto", [])])
def test_a_provider_without_keys_is_doubted_where_these_are_all_that_count(
    tmp_path: Path, auth: str, names: list[str]
) -> None:
    folder = dataset(tmp_path, "mine", 1)
    scenario = scenarios_of([find(str(folder))], auth=auth).load("mine")
    doubts = [str(each) for each in scenario.doubts if each.file.name == "keys.jsonl"]
    assert doubts == [
        f"{folder}/keys.jsonl has no key of {name}: with --auth strict nobody is let in"
        for name in names
    ]


def test_an_error_of_what_is_loaded_later_is_503_in_the_vendors_shape(
    tmp_path: Path, world: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """With one line in the log, and without a traceback."""
    folder = changed(tmp_path / "tiny", 4, id=None)
    client = client_of(lazily(folder))
    asked = request("group_stats", world)
    asked["headers"] = {**asked["headers"], "Prefer": "scenario=tiny"}
    response = client.request(**asked)
    assert response.status_code == 503
    told = f"{folder}/langsmith/runs.jsonl:5: id is null, expected a value"
    assert response.json()["detail"].startswith(told)
    (record,) = caplog.records
    assert record.exc_info is None
    assert told in record.getMessage()
    assert "\n" not in record.getMessage()


def test_what_is_unchecked_is_served_as_it_is(tmp_path: Path) -> None:
    """But not what cannot be read."""
    scenario = lazily(changed(tmp_path / "tiny", 4, id=None), unchecked=True).load("tiny")
    assert scenario.data.rows("SELECT count(*) FROM runs WHERE id IS NULL") == [(1,)]
    assert scenario.doubts == ()
    with pytest.raises(DatasetError, match=r"runs\.jsonl:5: id is 5, not text"):
        lazily(changed(tmp_path / "other", 4, id=5), unchecked=True).load("tiny")


def test_providers_that_are_left_out_have_tables_that_nobody_doubts() -> None:
    """Keys of theirs, and tenants that only their tables have, are as they should be."""
    for name in ("one-run", "tiny", "empty"):
        for provider in PROVIDERS:
            assert scenarios_of([find(name)], [provider]).load(name).doubts == ()
