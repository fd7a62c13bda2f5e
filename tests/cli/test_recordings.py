"""Recordings of `locum serve --record DIR`: whatever ends the server, and what it goes on from."""

from __future__ import annotations

import json
import signal
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from locum.cli.main import main
from tests.langsmith.writing.test_runs import CHILD, ROOT
from tests.oracles import killed_recordings as killed
from tests.oracles.bare_rows import rows_of
from tests.oracles.killed_recordings import KEY, Written
from tests.oracles.serving import Process, process

RUNS = "langsmith/runs"


def client(server: Process) -> httpx.Client:
    host, port = server.address
    return httpx.Client(base_url=f"http://{host}:{port}", headers=KEY, timeout=20)


def sent(server: Process, *runs: Any, kind: str = "post", **headers: str) -> None:
    with client(server) as asking:
        answer = asking.post("/runs/batch", json={kind: runs}, headers=headers)
        assert answer.status_code == 202, answer.text


def names(server: Process, **headers: str) -> set[str]:
    with client(server) as asking:
        body = {"trace": ROOT["id"]}
        answer = asking.post("/api/v1/runs/query", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return {run["name"] for run in answer.json()["runs"]}


def ended(server: Process, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
    server.process.send_signal(by)
    return server.ended(30)


def test_a_recording_is_a_dataset_at_the_end_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ("--record", str(tmp_path / "rec"))
    with process(*flags) as server:
        sent(server, ROOT)
        status, errors = ended(server, signal.SIGINT)
    assert status == 0
    place = tmp_path / "rec" / "tiny"
    manifest = json.loads((place / "manifest.json").read_text())
    assert errors.splitlines()[-1] == f"recorded: {place}  {manifest['logical_hash']}"
    assert manifest["rows"][RUNS] == 251
    assert main(["fixtures", "check", str(place)]) == 0
    capsys.readouterr()
    with process(*flags) as server:
        assert names(server) == {"agent"}
        sent(server, CHILD)
        status, errors = ended(server)
        assert status == -signal.SIGTERM
    assert errors.splitlines()[0] == f"goes on from what was recorded of tiny in {tmp_path}/rec"
    assert json.loads((place / "manifest.json").read_text())["rows"][RUNS] == 252


def test_an_update_that_came_first_is_kept_until_its_run_comes(tmp_path: Path) -> None:
    flags = ("--record", str(tmp_path / "rec"), "--durable")
    update = {name: ROOT[name] for name in ("id", "trace_id", "dotted_order")}
    with process(*flags) as server:
        sent(server, update | {"outputs": {"answer": 1}}, kind="patch")
        server.process.kill()
    with process(*flags) as server:
        assert names(server) == set()
        sent(server, ROOT)
        assert names(server) == {"agent"}
        ended(server)
    (run,) = [row for row in rows_of(tmp_path / "rec" / "tiny")(RUNS) if row["id"] == ROOT["id"]]
    assert run["outputs"] == {"answer": 1}


def test_workers_share_a_recording(tmp_path: Path) -> None:
    flags = ("--record", str(tmp_path / "rec"), "--workers", "2")
    with process(*flags) as server:
        sent(server, ROOT)
        server.process.kill()
        server.process.wait()
    with process(*flags) as server:
        assert [names(server) for _ in range(8)] == [{"agent"}] * 8
        ended(server)
    assert (
        json.loads((tmp_path / "rec" / "tiny" / "manifest.json").read_text())["rows"][RUNS] == 251
    )


def test_what_is_written_in_a_sandbox_is_not_recorded(tmp_path: Path) -> None:
    flags = ("--record", str(tmp_path / "rec"))
    with process(*flags) as server:
        sent(server, ROOT, Prefer="sandbox=a")
        sent(server, ROOT, Prefer="scenario=one-run")
        assert "tiny" not in ended(server)[1]
    with process(*flags) as server:
        assert names(server) == set()
        assert names(server, Prefer="scenario=one-run") == {"agent"}


def test_a_reset_forgets_what_was_recorded(tmp_path: Path) -> None:
    flags = ("--record", str(tmp_path / "rec"))
    with process(*flags) as server:
        sent(server, ROOT)
        with client(server) as asking:
            assert asking.post("/__locum/reset").status_code == 204
        sent(server, CHILD)
        assert names(server) == {"model"}
        server.process.kill()
    with process(*flags) as server:
        assert names(server) == {"model"}


def test_a_recording_of_other_rows_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ("--record", str(tmp_path / "rec"))
    with process(*flags) as server:
        sent(server, ROOT)
        server.process.kill()
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "keys.jsonl").write_text('{"key": "k"}\n')
    data = ("--data", f"tiny={tmp_path / 'tiny'}")
    assert main(["serve", "--port", "0", *data, *flags]) == 2
    assert "is of a dataset with other rows than" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--durable",), "--durable says how to --record DIR"),
        (("--record", "x", "--watch"), "--watch has it change"),
        (("--record", "x", "--clock", "live"), "--clock has it change"),
    ],
)
def test_wrong_usage_is_told(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("times", [3, pytest.param(100, marks=pytest.mark.long)])
def test_nothing_that_was_acknowledged_is_lost_by_kills(tmp_path: Path, times: int) -> None:
    written, numbers = Written(), count()
    for number in range(times):
        killed.kill(tmp_path / "rec", written, numbers, number)
        if number % 10 == 0 or number == times - 1:
            runs = killed.check(tmp_path / "rec", tmp_path, written)
    assert runs > 10 * times
