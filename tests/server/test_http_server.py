"""How a server ends: in a bounded time, whoever is connected, and as the signal says."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.conftest import KEY, ROOT
from tests.oracles.hostile_clients import (
    HEALTH,
    UPLOAD,
    Address,
    all_closed,
    exchange,
    health_seconds,
    statuses,
    staying,
    unreading,
)
from tests.oracles.serving import Process, process

ENDINGS = [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)]


def endings(first: signal.Signals) -> pytest.MarkDecorator:
    """Every signal; long are those beside the first, which end a server in the same way."""
    cases = [pytest.param(*each, marks=[pytest.mark.long] * (each[0] != first)) for each in ENDINGS]
    return pytest.mark.parametrize(("ending", "status"), cases)


SLOW_BODY = (UPLOAD.format(key=KEY) + "Content-Length: 500\r\n\r\n").encode() + b"{"

# Answers a request after 30 s in one of four threads, health at once, and "/1" after a second.
_WORKING = """
import asyncio, socket, time
from concurrent.futures import ThreadPoolExecutor
from locum.server.http_server import HttpServer

threads = ThreadPoolExecutor(4)

async def application(scope, receive, send):
    seconds = {"/__locum/health": 0, "/1": 1}.get(scope["path"], 30)
    await asyncio.get_running_loop().run_in_executor(threads, time.sleep, seconds)
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body"})

with socket.create_server(("127.0.0.1", 0)) as listener:
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    try:
        HttpServer(application, shutdown_seconds=2).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
"""


@contextmanager
def working() -> Iterator[Process]:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_WORKING)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stdout is not None
            port = int(started.stdout.readline().rpartition(":")[2])
            yield Process(started, ("127.0.0.1", port))
        finally:
            started.kill()


def hostile(address: Address) -> Iterator[socket.socket]:
    """Those that do not end by themselves."""
    yield staying(address)
    yield staying(address, b"GET / HT")
    yield staying(address, SLOW_BODY)
    yield staying(address, SLOW_BODY + b" " * 400)
    idle = staying(address, HEALTH)
    assert statuses(idle.recv(4096)) == [200]
    yield idle
    document = HEALTH.replace(b"health", b"openapi/langsmith.json")
    unread = unreading(address, document)
    unread.settimeout(10)
    assert unread.recv(1, socket.MSG_PEEK) == b"H"  # its answers are being written
    yield unread
    cut = staying(address, SLOW_BODY)
    cut.shutdown(socket.SHUT_WR)
    yield cut


@pytest.mark.parametrize(
    ("ending", "status", "workers"), [(*each, 1) for each in ENDINGS] + [(*ENDINGS[1], 2)]
)
def test_no_client_holds_up_the_end(ending: signal.Signals, status: int, workers: int) -> None:
    flags = ("--shutdown-seconds", "1", "--workers", str(workers))
    with process(*flags) as server, all_closed(hostile(server.address)):
        for _ in range(8 * workers):  # what came before it is accepted then
            health_seconds(server.address)
        began = time.monotonic()
        server.process.send_signal(ending)
        assert server.ended() == (status, "")
        assert 0.9 < time.monotonic() - began < 5


def test_nothing_but_quiet_clients_is_not_waited_for() -> None:
    with process("--shutdown-seconds", "60") as server:
        quiet = [staying(server.address), staying(server.address, b"GET / HT")]
        with all_closed(quiet):
            began = time.monotonic()
            server.process.terminate()
            assert server.ended() == (-signal.SIGTERM, "")
            assert time.monotonic() - began < 10


@endings(signal.SIGTERM)
def test_threads_that_work_for_nobody_do_not_hold_up_the_end(
    ending: signal.Signals, status: int
) -> None:
    """The interpreter waits for threads of a pool."""
    with working() as server:
        with all_closed(
            staying(server.address, HEALTH.replace(b"/__locum", b"")) for _ in range(40)
        ):
            time.sleep(0.3)
        time.sleep(0.3)  # they have left
        began = time.monotonic()
        server.process.send_signal(ending)
        assert server.ended() == (status, "")
        assert time.monotonic() - began < 6


@endings(signal.SIGINT)
def test_an_answer_in_progress_is_finished(ending: signal.Signals, status: int) -> None:
    with working() as server, staying(server.address, b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n") as one:
        health_seconds(server.address)  # what came before is being answered
        server.process.send_signal(ending)
        answer = one.recv(4096)
        assert statuses(answer) == [200]
        assert one.recv(1) == b""
        assert server.ended() == (status, "")


def test_a_worker_finishes_what_is_in_progress_when_the_first_process_has_nothing_to_do() -> None:
    rest = b'"nameContains": "", "timezoneDifference": 0}'
    with process("--workers", "2", "--shutdown-seconds", "5") as server:
        first = psutil.Process(server.process.pid)
        for _ in range(64):
            client = staying(server.address, SLOW_BODY)
            for _ in range(8):
                health_seconds(server.address)  # who came before is accepted
            if client.getsockname() not in [each.raddr for each in first.net_connections()]:
                break
            client.close()
        with client:
            server.process.terminate()
            time.sleep(1)
            client.sendall(rest.rjust(499))
            assert statuses(client.recv(4096)) == [200]
        assert server.ended() == (-signal.SIGTERM, "")


@endings(signal.SIGHUP)
def test_a_second_signal_ends_at_once(ending: signal.Signals, status: int) -> None:
    with process("--shutdown-seconds", "60") as server, staying(server.address, SLOW_BODY):
        health_seconds(server.address)  # who came before is accepted
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert server.process.poll() is None
        began = time.monotonic()
        server.process.send_signal(ending)
        assert server.ended() == (-ending, "")
        assert time.monotonic() - began < 5


def test_a_loop_that_is_held_up_ends_too() -> None:
    """A provider's code may do that."""
    hold = "print('held', flush=True); time.sleep(60)"
    code = _WORKING.replace("await asyncio.get_running_loop()", hold)
    with subprocess.Popen(
        [sys.executable, "-c", code.replace(".run_in_executor(threads, time.sleep, seconds)", "")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as held:
        assert held.stdout is not None
        address = ("127.0.0.1", int(held.stdout.readline().rpartition(":")[2]))
        with staying(address, HEALTH):
            assert held.stdout.readline() == "held\n"
            held.terminate()
            try:
                assert held.wait(timeout=10) == 128 + signal.SIGTERM
            finally:
                held.kill()


def test_hangups_are_ignored_where_nohup_says_so() -> None:
    command = [sys.executable, "-m", "locum", "serve", "--data", "tiny", "--port", "0"]
    with subprocess.Popen(
        ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *command],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        address = ("127.0.0.1", int(server.stdout.readline().rpartition(":")[2]))
        server.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert statuses(exchange(address, HEALTH, half_close=True)) == [200]
        server.terminate()
        assert server.wait(timeout=10) == -signal.SIGTERM


def test_the_event_loop_has_its_turn_soon_beside_threads_that_compute() -> None:
    """A loop that wakes beside a thread of plain Python has waited 5 ms by default."""
    program = """
        import asyncio, sys
        from locum.server.http_server import HttpServer

        asyncio.run(HttpServer(None).startup([]))
        print(sys.getswitchinterval() <= 0.001)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
