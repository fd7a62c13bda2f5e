"""The command line as a user meets it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from locum import __version__
from locum.cli.main import main
from tests.conftest import KEY


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[tuple[str, list[str]]]:
    """A server in a process of its own: its URL and the lines it printed before serving."""
    command = [sys.executable, "-m", "locum", "serve", *arguments]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().rstrip("\n") for _ in range(7)]
            yield lines[0].split()[-1], lines
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=10)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"locum, version {__version__}\n"


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0
    text = capsys.readouterr().out
    flags = ("--host", "--port", "--data", "--auth", "--rate-limit", "--cors", "--no-cors")
    assert all(flag in text for flag in ("[SPEC]", "--workers", *flags))


@pytest.mark.parametrize(
    "arguments",
    [["serve", "--port", "70000"], ["serve", "--auth", "maybe"], ["serve", "--nonsense"], ["stop"]],
)
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Error" in capsys.readouterr().err


def test_unknown_dataset_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--data", "no-such"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == "error: no dataset 'no-such': neither a bundled name nor a folder"
    assert "default" in fix
    assert "tiny" in fix


def test_taken_port_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--data", "tiny", "--port", str(port)]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error.startswith(f"error: cannot listen on 127.0.0.1 port {port}")
    assert "--port" in fix


def test_serve_prints_where_and_a_curl_that_works() -> None:
    with serving("--port", "0", "--data", "tiny") as (url, lines):
        printed = "\n".join(lines)
        assert f"key: {KEY}" in lines
        assert "dataset: tiny" in printed
        session = json.loads(lines[-1].strip().removeprefix("-d '").removesuffix("'"))
        asked = urllib.request.Request(
            f"{url}/api/v1/runs/group/stats",
            json.dumps(session).encode(),
            {"X-API-Key": KEY, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert answer.status == 200
        assert f"curl -s {url}/api/v1/runs/group/stats" in printed


def test_flags_come_from_the_environment_too() -> None:
    environment = {"LOCUM_PORT": "0", "LOCUM_DATA": "tiny", "LOCUM_AUTH": "off"}
    with serving(**environment) as (url, _):
        asked = urllib.request.Request(
            f"{url}/v1/session/metrics/query",
            b'{"nameContains": "", "timezoneDifference": 0}',
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert answer.status == 200


def test_interrupt_ends_the_server_quietly() -> None:
    command = [sys.executable, "-m", "locum", "serve", "--port", "0", "--data", "tiny"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(7):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    assert errors == ""
    assert process.returncode == 0
