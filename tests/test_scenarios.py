"""Several datasets in one process: chosen by flag, or by each request; and their clock."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum import app
from locum.datasets import dataset as datasets
from locum.engine import duckdb as engine
from locum.exceptions import DatasetError
from locum.scenarios import FIXED, LIVE, Scenarios, _asked
from tests.conftest import ROOT
from tests.oracles.langsmith_rows import at, run, session
from tests.oracles.requests_of_tiny import OPERATIONS, request

THREAD = {"thread_id": "t"}
NOW = date(2026, 6, 30).toordinal()  # of the bundled datasets


def client_of(scenarios: Scenarios) -> TestClient:
    return TestClient(app.build(app.read(), scenarios), raise_server_exceptions=False)


def dataset(folder: Path, name: str, runs: int, key: str = "locum-demo-key") -> Path:
    """A dataset of one project with so many root runs, opened by that key, without a manifest."""
    place = folder / name
    (place / "langsmith").mkdir(parents=True)
    rows: dict[str, list[dict[str, Any]]] = {
        "keys": [{"key": key, "provider": "langsmith", "tenant_id": "tenant", "access": "rw"}],
        "langsmith/sessions": [session()],
        "langsmith/runs": [run(str(n), metadata=THREAD, start_time=at(n)) for n in range(runs)],
    }
    for table, lines in rows.items():
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (place / f"{table}.jsonl").write_text(text, encoding="utf-8")
    return place


UUID_PROJECT = "8c5451e7-c4e1-5bde-bfa5-120917d7af03"


def test_each_request_is_about_the_scenario_that_it_prefers(tmp_path: Path) -> None:
    """Two runs in the one, five in the other, under one project id; each has its own keys."""
    folders = [dataset(tmp_path, "few", 2), dataset(tmp_path, "many", 5, "another-key")]
    for folder in folders:
        for file in folder.rglob("*.jsonl"):
            file.write_text(file.read_text().replace('"project"', f'"{UUID_PROJECT}"'))
    client = client_of(Scenarios([datasets.find(str(folder)) for folder in folders]))

    def ask(prefer: str | None, key: str) -> Any:
        headers = {"X-API-Key": key} | ({"Prefer": prefer} if prefer else {})
        body = {"session_id": UUID_PROJECT, "group_by": "conversation"}
        answer = client.post("/api/v1/runs/group/stats", headers=headers, json=body)
        count = answer.json().get("run_count")
        return answer.status_code, count, answer.headers.get("preference-applied")

    demo = "locum-demo-key"
    assert ask(None, demo) == (200, 2, None)
    assert ask("scenario=many", "another-key") == (200, 5, "scenario=many")
    assert ask("wait=1, scenario=many", "another-key") == (200, 5, "scenario=many")
    assert ask("scenario=few", demo) == (200, 2, "scenario=few")
    assert ask("respond-async", demo) == (200, 2, None)
    assert ask("scenario=many", demo) == (401, None, None)
    assert ask(None, "another-key") == (401, None, None)


def test_a_bundled_dataset_is_loaded_when_it_is_first_preferred() -> None:
    scenarios = Scenarios([datasets.find("tiny")])
    scenarios.load_chosen()
    client = client_of(scenarios)
    assert client.get("/__locum/health").json()["datasets"] == ["tiny"]
    for _ in range(2):
        assert client.get("/none", headers={"Prefer": "scenario=default"}).status_code == 404
    assert client.get("/__locum/health").json()["datasets"] == ["tiny", "default"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_unknown_scenario_is_refused_with_those_that_are_there(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    asked = request(operation, world)
    headers = asked["headers"] | {"Prefer": "scenario=nowhere"}
    answer = client.request(**asked | {"headers": headers})
    text = answer.text
    assert answer.status_code == 400
    assert "Prefer: found scenario=nowhere, expected one of tiny, " in text
    assert "default" in text


def test_a_path_is_no_scenario(client: TestClient) -> None:
    """A client chooses among what the server was started with, and opens no folder."""
    folder = str(ROOT / "fixtures" / "tiny")
    for name in (folder, "../fixtures/tiny", "."):
        answer = client.get("/none", headers={"Prefer": f'scenario="{name}"'})
        assert answer.status_code == 400


def test_switching_between_loaded_scenarios_loads_nothing(world: dict[str, str]) -> None:
    scenarios = Scenarios([datasets.find("tiny"), datasets.find("default")])
    scenarios.load_chosen()
    loaded = scenarios.loaded
    client = client_of(scenarios)
    asked = request("shared_stats", world)
    for name in ("default", "tiny", "default", "tiny"):
        client.request(**asked | {"headers": {"Prefer": f"scenario={name}"}})
    assert scenarios.loaded == loaded


def shifted(scenarios: Scenarios, world: dict[str, str]) -> tuple[Any, Any]:
    """The answers of group stats and of Helicone's session metrics, for all time."""
    client = client_of(scenarios)
    group = client.request(**request("group_stats", world)).json()
    metrics = client.request(**request("session_metrics", world)).json()
    return group, metrics


def test_a_live_clock_moves_every_time_by_whole_days(world: dict[str, str]) -> None:
    """100 days after: the same numbers, and the last start on 8 October, not on 30 June."""
    tiny = [datasets.find("tiny")]
    fixed, fixed_metrics = shifted(Scenarios(tiny, clock=FIXED), world)
    live, live_metrics = shifted(Scenarios(tiny, clock=LIVE, day=lambda: NOW + 100), world)
    before, after = fixed.pop("last_run_start_time"), live.pop("last_run_start_time")
    assert before.startswith("2026-06-30T")
    assert after == before.replace("2026-06-30T", "2026-10-08T")
    assert live == fixed
    assert live_metrics == fixed_metrics


def test_windows_and_filters_are_on_the_shifted_times(world: dict[str, str]) -> None:
    client = client_of(Scenarios([datasets.find("tiny")], clock=LIVE, day=lambda: NOW + 100))
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
    scenarios = Scenarios([datasets.find("tiny")], clock=LIVE, day=lambda: day[0])
    client = client_of(scenarios)
    asked = request("group_stats", world)
    first = client.request(**asked).json()["last_run_start_time"]
    day[0] += 1
    second = client.request(**asked).json()["last_run_start_time"]
    assert (first[:10], second[:10]) == ("2026-07-01", "2026-07-02")
    assert len(scenarios.loaded) == 1


def test_a_dataset_without_a_manifest_is_shifted_by_its_last_time(tmp_path: Path) -> None:
    """Its last run ends on 2026-06-01."""
    found = datasets.find(str(dataset(tmp_path, "mine", 3)))
    assert engine.last_time(found).date() == date(2026, 6, 1)
    day = date(2026, 6, 11).toordinal()
    scenario = Scenarios([found], clock=LIVE, day=lambda: day).load("mine")
    rows = scenario.engine.rows("SELECT min(start_us) FROM runs")
    assert rows == [(1_781_179_200_000_000,)]  # 2026-06-11T12:00:00Z
    assert scenario.days == 10


def test_a_clock_needs_a_time(tmp_path: Path) -> None:
    empty = dataset(tmp_path, "none", 0)
    with pytest.raises(DatasetError, match="has no time that its clock could be set by"):
        engine.last_time(datasets.find(str(empty)))
    (empty / "manifest.json").write_text('{"now": "yesterday"}')
    with pytest.raises(DatasetError, match="now is 'yesterday', not a time"):
        engine.last_time(datasets.find(str(empty)))
    (empty / "manifest.json").write_text('{"now": "2026-06-30T23:30:00-01:00"}')
    assert engine.last_time(datasets.find(str(empty))).date() == date(2026, 7, 1)


def test_a_dataset_of_one_s_own_hides_a_bundled_one_of_that_name(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "tiny", tmp_path / "default")
    scenarios = Scenarios([datasets.find("tiny"), datasets.find(str(tmp_path / "default"))])
    assert scenarios.load("default").engine.rows("SELECT count(*) FROM runs") == [(250,)]


def test_two_datasets_of_one_name_are_refused(tmp_path: Path) -> None:
    """Which of them was meant cannot be told; the same one twice is no matter."""
    shutil.copytree(ROOT / "fixtures" / "empty", tmp_path / "tiny")
    chosen = [datasets.find("tiny"), datasets.find(str(tmp_path / "tiny"))]
    with pytest.raises(DatasetError, match=r"tiny and .*tiny are both the scenario tiny"):
        Scenarios(chosen)
    assert Scenarios([chosen[0], chosen[0]]).first == "tiny"


def test_a_name_of_any_letters_can_be_preferred(tmp_path: Path) -> None:
    """In quotes where it has a space; the answer says it in the same way."""
    folder = dataset(tmp_path, 'my "x"', 3)
    scenarios = Scenarios([datasets.find("tiny"), datasets.find(str(folder))])
    asked = {"Prefer": r'scenario="my \"x\""'}
    client = TestClient(app.build(app.read(), scenarios))
    found = client.get("/__locum/health", headers=asked)
    assert found.status_code == 200
    assert found.headers["preference-applied"] == asked["Prefer"]
    scope = {"headers": [(b"prefer", 'scenario="ünï"'.encode())]}
    assert _asked(scope) == "ünï"


def test_a_dataset_that_cannot_be_made_is_503(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever serves is to mend it; the answer and one line of the log say what."""
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("LOCUM_CACHE", str(tmp_path / "cache"))
    client = TestClient(app.build(app.read(), Scenarios([datasets.find("tiny")])))
    answer = client.get("/v2/threads/x/stats", headers={"Prefer": "scenario=many-groups"})
    assert answer.status_code == 503
    assert str(tmp_path / "cache") in answer.json()["detail"]
    assert [record.exc_info for record in caplog.records] == [None]
