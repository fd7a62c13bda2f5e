"""Several processes on one port: all answer, with the same bytes, and they end together."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest
from attrs import frozen

from locum.cli import serving as cli
from locum.cli.main import main
from locum.exceptions import DatasetError, StartError, WorkerEnded
from locum.server import workers
from tests.oracles.requests_of_tiny import OPERATIONS, request

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="several workers need Linux")

PATIENCE_SECONDS = 60.0
GREETING_LINES = 8


@frozen
class Serving:
    """A server that runs in a process group of its own."""

    process: subprocess.Popen[str]
    port: int

    def greeting(self) -> str:
        assert self.process.stdout is not None
        return "".join(self.process.stdout.readline() for _ in range(GREETING_LINES))

    def workers(self) -> list[psutil.Process]:
        """The further processes that serve; Python's tracker of resources is none of them."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if "--multiprocessing-fork" in child.cmdline()]

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def ended(self) -> tuple[int, str]:
        """The exit status, waited for, and what was written to stderr."""
        _, errors = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, errors


@contextmanager
def starting(*arguments: str, port: int, **environment: str) -> Iterator[Serving]:
    """A server that is being started; killed at the end of the block, or when it takes too long."""
    flags = ("--port", str(port), *arguments)
    with subprocess.Popen(
        [sys.executable, "-m", "locum", "serve", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LOCUM_DATA": "tiny", **environment},
        start_new_session=True,
    ) as process:
        watch = threading.Timer(PATIENCE_SECONDS, process.kill)
        watch.start()
        try:
            yield Serving(process, port)
        finally:
            watch.cancel()
            process.kill()


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[Serving]:
    """A server that has greeted."""
    with starting(*arguments, port=0, **environment) as server:
        url, *_ = server.greeting().splitlines()
        yield Serving(server.process, int(url.rpartition(":")[2]))


def are_gone(processes: list[psutil.Process], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether they all end in time; a process that nobody has waited for has ended too."""
    deadline = time.monotonic() + seconds
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def ask(connection: http.client.HTTPConnection, asked: dict[str, Any]) -> tuple[Any, ...]:
    """Status, headers but the time of day, and body."""
    query = "?" + urlencode(asked["params"], doseq=True) if "params" in asked else ""
    body = json.dumps(asked["json"]) if "json" in asked else None
    headers = asked.get("headers", {}) | {"Content-Type": "application/json"}
    connection.request(asked["method"], asked["url"] + query, body, headers)
    answer = connection.getresponse()
    known = sorted((name, value) for name, value in answer.getheaders() if name != "date")
    return (answer.status, tuple(known), answer.read())


def connections_of(process: psutil.Process, port: int) -> int:
    return sum(
        found.status == psutil.CONN_ESTABLISHED and found.laddr.port == port
        for found in process.net_connections("tcp")
    )


def test_two_workers_both_answer_and_with_the_same_bytes(world: dict[str, str]) -> None:
    """Each operation over 40 connections, of which a process that is chosen by chance has none once
    in 2**39 times. `one-run` is loaded by each process when it is asked for."""
    asked = [request(operation, world) for operation in OPERATIONS]
    asked.append({"method": "GET", "url": "/__locum/openapi/langsmith.json"})
    other = request("session_metrics", world)
    asked.append(other | {"headers": other["headers"] | {"Prefer": "scenario=one-run"}})
    with serving(LOCUM_WORKERS="2") as server, ExitStack() as stack:
        connections = [stack.enter_context(closing(server.connect())) for _ in range(40)]
        for each in asked:
            answers = {ask(connection, each) for connection in connections}
            ((status, headers, _),) = answers
            assert status == 200
            assert "etag" in dict(headers) or each["url"].startswith("/__locum/")
        (worker,) = server.workers()
        first = psutil.Process(server.process.pid)
        counts = [connections_of(process, server.port) for process in (first, worker)]
        assert min(counts) > 0
        assert sum(counts) == 40


def test_greeting_says_that_all_workers_listen() -> None:
    with serving("--workers", "3") as server:
        assert len(server.workers()) == 2
        for process in server.workers():
            found = process.net_connections("tcp")
            assert [(c.status, c.laddr.port) for c in found] == [("LISTEN", server.port)]


@pytest.mark.parametrize(("ending", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, -15)])
def test_signal_to_the_first_ends_all_as_it_ends_one(ending: signal.Signals, status: int) -> None:
    """How it ends one: test_http_server.py."""
    with serving("--workers", "2") as server:
        others = server.workers()
        assert len(others) == 1
        server.process.send_signal(ending)
        assert server.ended() == (status, "")
        assert not any(psutil.pid_exists(process.pid) for process in others)  # not even a zombie


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_the_whole_group_ends_all_quietly(ending: signal.Signals) -> None:
    """As the terminal's Ctrl-C, and as a service manager stops one."""
    with serving("--workers", "2") as server, closing(server.connect()) as connection:
        connection.connect()  # is closed, and not waited for
        others = server.workers()
        os.killpg(server.process.pid, ending)
        status, errors = server.ended()
        assert (status, errors) == (0 if ending == signal.SIGINT else -ending, "")
        assert not any(psutil.pid_exists(process.pid) for process in others)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def await_listening(server: Serving) -> None:
    while True:
        assert server.process.poll() is None
        try:
            with socket.create_connection(("127.0.0.1", server.port)):
                return
        except ConnectionRefusedError:
            time.sleep(0.005)


def test_interrupt_while_the_others_load_ends_all_quietly() -> None:
    """The first one listens before they have even been started."""
    with starting("--workers", "4", port=free_port()) as server:
        await_listening(server)
        while not server.workers():
            time.sleep(0.005)
        time.sleep(0.1)  # they import
        others = server.workers()
        os.killpg(server.process.pid, signal.SIGINT)
        status, errors = server.ended()
        assert (status, errors) in ((0, ""), (130, ""))  # 130 before it serves
        assert are_gone(others)


def test_others_end_when_the_first_is_killed() -> None:
    with serving("--workers", "3") as server:
        others = server.workers()
        assert len(others) == 2
        server.process.kill()
        server.process.wait()
        assert are_gone(others, seconds=5)  # about one, on an idle machine


def test_all_end_when_one_of_the_others_is_killed() -> None:
    with serving("--workers", "3") as server:
        killed, other = server.workers()
        killed.kill()
        status, errors = server.ended()
        assert status == 2
        error, fix = errors.splitlines()
        assert error == f"error: worker process {killed.pid} has ended by itself, status -9"
        assert fix.startswith("fix: start again, with fewer --workers")
        assert are_gone([other])


def refusing(tell: Callable[[], None], _end: socket.socket) -> None:
    raise DatasetError("the dataset has gone", "bring it back")


def ending(tell: Callable[[], None], _end: socket.socket) -> None:
    tell()
    sys.exit(7)


def staying(tell: Callable[[], None], _end: socket.socket) -> None:
    tell()
    time.sleep(PATIENCE_SECONDS)


def await_ready(started: workers.Workers) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not started.are_ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def await_end(started: workers.Workers) -> None:
    while True:
        await_ready(started)


@contextmanager
def started(count: int, work: workers.Work) -> Iterator[workers.Workers]:
    found = workers.Workers(count, work)
    try:
        yield found
    finally:
        found.kill()


def test_worker_that_cannot_start_says_why() -> None:
    with started(1, refusing) as found, pytest.raises(StartError) as raised:
        await_ready(found)
    assert (str(raised.value), raised.value.fix) == ("the dataset has gone", "bring it back")


def test_worker_that_ends_by_itself_is_missed() -> None:
    with started(1, ending) as found, pytest.raises(WorkerEnded, match="status 7"):
        await_end(found)


def test_workers_that_are_told_to_end_do() -> None:
    with started(2, staying) as found:
        await_ready(found)
        assert found.are_alive()
        found.terminate()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while found.are_alive():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.mark.parametrize("shared", [False, True])
def test_taken_port_is_refused_though_it_could_be_shared(*, shared: bool) -> None:
    """Even that of another server with several workers."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with starting("--workers", "2", port=port) as server:
            status, errors = server.ended()
        assert status == 2
        assert errors.startswith(f"error: cannot listen on 127.0.0.1 port {port}: Address already")


def test_sandboxes_and_limits_hold_for_all_workers() -> None:
    """Whichever gets the request: what a sandbox was set to holds from the answer on, its journal
    is one, and of twelve requests of a caller who may ask five are answered."""

    def called(method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        with closing(server.connect()) as connection:  # so that either may get it
            headers = {"Authorization": "Bearer locum-demo-key"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    with serving("--workers", "2", "--rate-limit", "5/1000") as server:
        nowhere = "/__locum/with/sandbox=a/v1/session/metrics/query"
        for number in range(10):
            status = 429 if number % 2 else 503
            settings = json.dumps({"code": status})
            assert called("PUT", "/__locum/sandboxes/a", settings)[0] == 200
            assert {called("POST", nowhere)[0] for _ in range(3)} == {status}
        _, journal = called("GET", "/__locum/journal?sandbox=a")
        statuses = [each["status"] for each in json.loads(journal)["requests"]]
        assert statuses == ([503] * 3 + [429] * 3) * 5
        asked = [called("POST", "/v1/session/metrics/query", "{}")[0] for _ in range(12)]
        assert (asked.count(429), set(asked)) == (7, {422, 429})
        assert called("DELETE", "/__locum/sandboxes/a")[0] == 204
        assert called("GET", "/__locum/sandboxes/a")[0] == 404


@pytest.mark.parametrize("count", ["0", "65", "-1", "two"])
def test_wrong_number_is_wrong_usage(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--data", "no-such", "--workers", count]) == 2
    assert "--workers" in capsys.readouterr().err


def test_other_systems_refuse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "sys", SimpleNamespace(platform="darwin"))
    assert main(["serve", "--data", "no-such", "--workers", "2"]) == 2
    error, fix = capsys.readouterr().err.splitlines()
    assert error.startswith("error: --workers above 1 needs Linux")
    assert "--workers" in fix


def test_one_worker_loads_nothing_for_several() -> None:
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "locum", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LOCUM_DATA": "tiny", "LOCUM_PORT": "0"},
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        _, imported = process.communicate(timeout=PATIENCE_SECONDS)
    modules = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert "locum.server.run" in modules
    unused = {"locum.server.workers", "multiprocessing.spawn", "multiprocessing.resource_tracker"}
    assert not unused & modules
