"""`locum serve` as a user meets it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from locum.cli.main import main
from tests.conftest import KEY, ROOT


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
            lines = [process.stdout.readline().rstrip("\n") for _ in range(8)]
            yield lines[0].split()[-1], lines
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=10)


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0
    text = capsys.readouterr().out
    flags = (
        "--host",
        "--port",
        "--data",
        "--provider",
        "--auth",
        "--rate-limit",
        "--time-limit",
        "--cors",
        "--no-cors",
        "--shutdown-seconds",
        "--port-file",
        "--print",
        "--watch",
    )
    assert all(flag in text for flag in ("[SPEC]", "--workers", *flags))


def test_help_shows_the_environment_variables_and_examples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["serve", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    flags = ["HOST", "PORT", "DATA", "PROVIDER", "AUTH", "CLOCK", "RATE_LIMIT", "TIME_LIMIT"]
    flags += ["CORS", "WORKERS", "SHUTDOWN_SECONDS", "UNCHECKED", "PORT_FILE", "PRINT", "WATCH"]
    assert [flag for flag in flags if f"[env var: LOCUM_{flag}" not in text] == []
    assert "locum serve --data tiny --port 0" in text


def test_unknown_dataset_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--data", "no-such"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == "error: no dataset 'no-such': neither a bundled name nor a folder"
    assert "default" in fix
    assert "tiny" in fix


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--host", ""], "--host"),
        (["--data", "tiny", "--data", ""], "--data"),
        (["--provider", ""], "--provider"),
        (["--rate-limit", ""], "--rate-limit"),
        ([""], "SPEC"),
    ],
)
def test_an_empty_value_is_status_2(
    arguments: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty host would be all addresses."""
    assert main(["serve", *arguments]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == f"error: {name} is empty"
    assert fix == f"fix: give {name} a value, or leave it out"


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "3601", "soon"])
def test_no_such_time_to_end_is_wrong_usage(
    seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--data", "no-such", "--shutdown-seconds", seconds]) == 2
    assert "--shutdown-seconds" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0.1", "3600"])
def test_a_time_to_end_is_taken(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The dataset is what is refused."""
    assert main(["serve", "--data", "no-such", "--shutdown-seconds", seconds]) == 2
    assert "error: no dataset 'no-such'" in capsys.readouterr().err


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


@contextmanager
def told(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A server of `tiny`, and what it said in JSON."""
    command = [sys.executable, "-m", "locum", "serve", "--port", "0", "--data", "tiny"]
    with subprocess.Popen(
        [*command, "--print", "json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def test_a_program_is_told_where_the_server_is(tmp_path: Path) -> None:
    """By a line of JSON and nothing more, and by a file that is gone when the server is."""
    file = tmp_path / "port"
    with told("--port-file", str(file)) as (process, greeting):
        assert file.read_text() == f"{greeting['port']}\n"
        assert (greeting["pid"], greeting["scenarios"]) == (process.pid, ["tiny"])
        assert {"provider": "helicone", "key": KEY}.items() <= greeting["keys"][-3].items()
        with urllib.request.urlopen(f"{greeting['url']}/", timeout=10) as answer:
            assert answer.status == 200
        process.terminate()
        rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (-signal.SIGTERM, "", "")
    assert list(tmp_path.iterdir()) == []


def test_no_file_of_a_port_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "notes"
    file.write_text("not to lose")
    assert main(["serve", "--data", "tiny", "--port-file", str(file)]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error == f"error: --port-file {file}: found what is no file of a port"
    assert fix == "fix: choose another --port-file (LOCUM_PORT_FILE)"
    assert file.read_text() == "not to lose"


def test_wait_on_is_content_with_the_bare_address() -> None:
    """Within a second, once npm has brought it."""
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("npx is not installed")
    with told() as (_, greeting):
        command = [npx, "--yes", "wait-on@9", "--timeout", "1000", greeting["url"]]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if "npm error" in done.stderr:
        pytest.skip("npm cannot get wait-on")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_watch_and_several_workers_are_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--data", "no-such", "--watch", "--workers", "2"]) == 2
    assert "--watch reloads one process, and --workers 2 are several" in capsys.readouterr().err


def test_what_has_changed_is_served_and_what_is_bad_is_not(tmp_path: Path) -> None:
    """Three sales of the north are 2,449 cents; the code adds seven."""
    toy = tmp_path / "toy"
    shutil.copytree(ROOT / "examples" / "toy", toy)
    rows, code, overlay = (
        toy / "data/toy/sales.jsonl",
        toy / "provider.py",
        toy / "toy.overlay.yaml",
    )
    row, total = rows.read_text(encoding="utf-8"), code.read_text(encoding="utf-8")

    def ask(path: str) -> Any:
        asked = urllib.request.Request(f"{greeting['url']}{path}", None, {"Toy-Key": "toy-key"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    def sales() -> Any:
        return ask("/v1/shops/north/sales")

    def reload(path: Path, text: str) -> dict[str, Any]:
        """What health tells of it."""
        before = ask("/__locum/health")["reload"]
        aside = path.with_name(f".{path.name}")  # so that nobody sees half of it
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
        deadline = time.monotonic() + 20
        while (told := ask("/__locum/health")["reload"]) == before:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        found: dict[str, Any] = told
        return found

    flags = ("--provider", str(toy), "--provider", "toy", "--watch")
    with told(*flags) as (process, greeting):
        assert sales() == {"sales": 3, "cents": 2449}
        more = row + '{"shop": "north", "owner": "ann", "cents": 1}\n'
        assert reload(rows, more) == {"count": 1}
        assert sales() == {"sales": 4, "cents": 2450}
        bad = reload(rows, row + "{")
        assert (bad["count"], bad["failed"].startswith(f"{rows}:5: not JSON")) == (1, True)
        assert sales() == {"sales": 4, "cents": 2450}
        assert reload(rows, row) == {"count": 2}
        bad = reload(code, total.replace("int(total)", "int(total"))
        assert f"{code}:" in bad["failed"]
        assert sales() == {"sales": 3, "cents": 2449}
        assert reload(code, total.replace("int(total)", "int(total) + 7")) == {"count": 3}
        assert sales() == {"sales": 3, "cents": 2456}
        titled = "overlay: 1.0.0\ninfo: {title: a, version: a}\nactions:\n"
        titled += "- {target: $.info, update: {title: Games}}\n"
        assert reload(overlay, titled) == {"count": 4}
        assert ask("/__locum/openapi/toy.json")["info"]["title"] == "Games"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    begin = [line.split(": ")[0] for line in errors.splitlines()]
    expected = ["reloaded", "error", "reloaded", "error", "reloaded", "reloaded"]
    assert (begin, process.returncode) == (expected, 0)


def warned(*arguments: str) -> list[str]:
    """What a server says on standard error until it has greeted and is interrupted."""
    command = [sys.executable, "-m", "locum", "serve", "--port", "0", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
    return errors.splitlines()


def test_doubts_are_warnings_of_a_line_and_ten_at_most(tmp_path: Path) -> None:
    """Once, on standard error, whatever the number of processes; hidden files are nobody's."""
    folder = tmp_path / "mine"
    shutil.copytree(ROOT / "fixtures" / "tiny", folder)
    (folder / "notes.txt").touch()
    (folder / ".DS_Store").touch()
    runs = folder / "langsmith" / "runs.jsonl"
    lines = runs.read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[6]) | {"status": "weird"}
    runs.write_text("\n".join([*lines[:6], json.dumps(row), *lines[7:]]), encoding="utf-8")
    first = [
        f"warning: {folder}/notes.txt is no table: it is not read",
        f"warning: {runs}:7: status is 'weird', expected one of success, error, pending",
    ]
    assert warned("--data", str(folder)) == first
    assert warned("--data", str(folder), "--unchecked") == first[:1]
    for number in range(12):
        (folder / f"a{number:02}.txt").touch()
    many = warned("--data", str(folder))
    assert many[0] == f"warning: {folder}/a00.txt is no table: it is not read"
    assert len(many) == 11
    assert many[-1] == "warning: and 4 more: `locum fixtures check` with the folder lists them"


def test_an_error_stops_the_start_unless_it_is_unchecked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(ROOT / "fixtures" / "tiny", folder)
    runs = folder / "langsmith" / "runs.jsonl"
    lines = runs.read_text(encoding="utf-8").splitlines()
    runs.write_text("\n".join([*lines, lines[3]]), encoding="utf-8")
    assert main(["serve", "--port", "0", "--data", str(folder)]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    id_ = json.loads(lines[3])["id"]
    assert error == f"error: {runs}:251: id is {id_!r}, expected each id once"
    assert fix == "fix: give the row another id, or leave it out"
    assert warned("--data", str(folder), "--unchecked") == []


def test_a_file_of_a_providers_own_data_that_is_no_table_is_told_of(tmp_path: Path) -> None:
    toy = tmp_path / "toy"
    shutil.copytree(ROOT / "examples" / "toy", toy)
    (toy / "data" / "notes.txt").touch()
    assert warned("--data", "tiny", "--provider", str(toy)) == [
        f"warning: {toy}/data/notes.txt is no table: it is not read"
    ]
