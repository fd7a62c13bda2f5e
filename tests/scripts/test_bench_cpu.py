"""`scripts/bench --cpu`: what it calls, what it counts, and how it compares; nothing asserts a
time."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmark import cpu, cpu_round
from benchmark.servers import ServerError
from locum.exceptions import StartError
from tests.conftest import ROOT

REQUEST = "POST /a%2Fb?x=%31&y HTTP/1.1\r\nHost: h\r\nX-API-Key: k: l\r\n\r\n{}\r\n\r\n"


def test_request_is_read_as_a_server_would() -> None:
    scope, body = cpu_round.read(REQUEST)
    assert body == b"{}\r\n\r\n"
    assert (scope["method"], scope["path"], scope["raw_path"]) == ("POST", "/a/b", b"/a%2Fb")
    assert scope["query_string"] == b"x=%31&y"
    assert scope["headers"] == [(b"host", b"h"), (b"x-api-key", b"k: l")]


class Burning:
    """An application that burns so many milliseconds of CPU time a call, and counts the calls."""

    def __init__(self, milliseconds: float, status: int = 200, wrong: int = -1) -> None:
        self.milliseconds, self.status, self.wrong = milliseconds, status, wrong
        self.calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        self.calls += 1
        message = await receive()
        assert message == {"type": "http.request", "body": b"", "more_body": False}
        until = time.process_time() + self.milliseconds / 1000
        while time.process_time() < until:
            pass
        status = 500 if self.calls == self.wrong else self.status
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


CALLS = [cpu_round.read(f"GET /{number} HTTP/1.1\r\n\r\n") for number in range(120)]


def test_cpu_time_is_that_of_the_calls_in_parts() -> None:
    """Of 120 calls 15 warm up; of the others each of 50 parts has two."""
    application = Burning(1)
    found = asyncio.run(cpu_round.cpu_micros(application, CALLS))
    assert application.calls == 15 + 100
    assert len(found) == 50
    assert all(micros >= 1000 for micros in found)


@pytest.mark.parametrize("wrong", [1, 15, 16, 115])
def test_one_wrong_answer_fails_the_round(wrong: int) -> None:
    with pytest.raises(ValueError, match=r"statuses \[200, 500\]"):
        asyncio.run(cpu_round.cpu_micros(Burning(0, wrong=wrong), CALLS))


def test_least_of_each_part_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Three rounds, in which the first checkout comes first, last, first. The least of its parts
    are 1 and 2, on average 1.5; of the other's 3 and 4, so 3.5."""
    for name in ("a", "b"):
        (tmp_path / name / ".venv" / "bin").mkdir(parents=True)
        (tmp_path / name / ".venv" / "bin" / "python").touch()
    measured = {
        "a": [[1.0, 9.0], [5.0, 2.0], [7.0, 7.0]],
        "b": [[3.0, 4.0], [8.0, 5.0], [3.0, 8.0]],
    }
    turns = []

    def one_round(python: Path, dataset: Path, supply: str) -> dict[str, list[float]]:
        name = python.relative_to(tmp_path).parts[0]
        turns.append(name)
        return {"unseen": measured[name].pop(0)}

    monkeypatch.setattr(cpu, "_round", one_round)
    folders = [tmp_path / "a", tmp_path / "b"]
    found = cpu.least(folders, ROOT / "fixtures" / "default", 3)
    assert "".join(turns) == "abbaab"
    assert found == [{"unseen": 1.5}, {"unseen": 3.5}]


def test_table_shows_the_ratio_to_the_other() -> None:
    assert cpu.table([{"unseen": 3.0}, {"unseen": 2.0}]).splitlines() == [
        "CPU µs a request     this    other    ratio",
        "unseen                3.0      2.0    1.500",
    ]
    assert cpu.table([{"unseen": 3.0}]).splitlines()[1] == "unseen                3.0"


def test_folder_without_an_interpreter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"has no \.venv"):
        cpu.least([tmp_path], ROOT / "fixtures" / "default", 1)


def test_round_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"cpu_round.py with .* ended with 2: error: .*no-data"):
        cpu._round(Path(sys.executable), tmp_path / "no-data", "{}")


def test_this_checkout_is_measured_against_another() -> None:
    """Which is this one again."""
    command = [sys.executable, str(ROOT / "scripts" / "bench"), "--cpu", "--against", str(ROOT)]
    done = subprocess.run(
        [*command, "--rounds", "1"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["CPU", "µs", "a", "request", "this", "other", "ratio"]
    figures = [re.fullmatch(r"(\w[\w ]*?) +([\d.]+) +([\d.]+) +([\d.]+)", line) for line in lines]
    names = [found[1] for found in figures if found]
    assert names == ["repeated", "distinct", "unseen", "one thread"]
    assert all(float(found[2]) > 0 and float(found[3]) > 0 for found in figures if found)
