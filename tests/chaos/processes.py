"""Processes that are told to end, or killed."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

import psutil

from benchmark.workloads import facts
from tests.chaos.admission import DEFAULT, faults
from tests.chaos.scenario import Outcome, Scale, Scenario
from tests.chaos.servers import ends_within, others, said, serving
from tests.oracles.chaos_clients import DOCUMENT, Questions, ask, connect, load, read
from tests.oracles.hostile_clients import HEALTH, leaving, slow_connection

_MOST_SHUTDOWN_SECONDS = 10.0
_PATIENCE_SECONDS = 20.0
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)

# What holds connections to the server open; they are closed when it has ended.
Hostile = Callable[[int], list[socket.socket]]


def not_reading(port: int) -> list[socket.socket]:
    """A client that asks for much and reads nothing."""
    connection = slow_connection(("127.0.0.1", port))
    connection.settimeout(0.5)
    with suppress(TimeoutError):  # the server reads no more either
        connection.sendall(DOCUMENT * 5000)
    return [connection]


def slow_body(port: int) -> list[socket.socket]:
    """A client whose body never ends."""
    connection = connect(port)
    head = b"POST /v1/session/metrics/query HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"
    connection.sendall(head)
    return [connection]


def abandoning(port: int) -> list[socket.socket]:
    """A client that has hung up on 40 heavy questions."""
    questions = Questions(facts(DEFAULT))
    for _ in range(40):
        leaving(("127.0.0.1", port), questions.heavy())
    return []


def idle(port: int) -> list[socket.socket]:
    """Connections that were answered, and are kept alive."""
    connections = [connect(port) for _ in range(20)]
    for connection in connections:
        connection.sendall(HEALTH)
        connection.recv(65_536)
    return connections


def half_heads(port: int) -> list[socket.socket]:
    """Connections with half of a request's head."""
    connections = [connect(port) for _ in range(20)]
    for connection in connections:
        connection.sendall(HEALTH[:30])
    return connections


_HOSTILE: dict[str, Hostile] = {
    "one that does not read": not_reading,
    "slow body": slow_body,
    "40 abandoned": abandoning,
    "idle": idle,
    "half heads": half_heads,
}


def signals(scale: Scale) -> Outcome:
    """SIGTERM and SIGHUP while clients hold on; in the short form one signal and all of them."""
    lost: list[str] = []
    took: dict[str, float] = {}
    cases = {(each.name, name): [it] for each in _SIGNALS for name, it in _HOSTILE.items()}
    flags: tuple[str, ...] = ()
    if scale.short:
        cases = {("SIGTERM", "all"): list(_HOSTILE.values())}
        flags = ("--shutdown-seconds", "1")
    for (name, who), hostile in cases.items():
        seconds = _seconds_to_end(hostile, signal.Signals[name], flags)
        took[f"{name}, {who}"] = seconds
        if seconds >= _PATIENCE_SECONDS:
            lost.append(f"{name}, {who}: still there after {_PATIENCE_SECONDS:.0f} s")
    longest = max(took, key=lambda name: took[name])
    return Outcome(
        f"{len(cases)} times, {', '.join(_HOSTILE)}",
        lost,
        f"at most {took[longest]:.1f} s ({longest})",
        within=took[longest] <= _MOST_SHUTDOWN_SECONDS,
    )


def _seconds_to_end(
    hostile: list[Hostile], ending: signal.Signals, flags: tuple[str, ...]
) -> float:
    with serving(*flags, data=DEFAULT) as server:
        held: list[socket.socket] = []
        try:
            for each in hostile:
                held += each(server.port)
            time.sleep(0.2)  # all of it has arrived
            began = time.monotonic()
            server.process.send_signal(ending)
            ends_within(server, _PATIENCE_SECONDS)
            return time.monotonic() - began
        finally:
            for connection in held:
                connection.close()


def in_flight(scale: Scale) -> Outcome:
    """Questions that are being answered when the server is told to end."""
    questions = Questions(facts(DEFAULT))
    lost: list[str] = []
    count = scale.of(3, 2)
    endings = _SIGNALS[scale.of(0, 1) :]
    for ending in endings:
        with serving(data=DEFAULT) as server:
            connections = [connect(server.port) for _ in range(count)]
            for connection in connections:
                connection.sendall(questions.heavy())
            time.sleep(0.2)  # they have been taken up
            server.process.send_signal(ending)
            for connection in connections:
                lost += faults(read(connection), ending.name, HTTPStatus.OK)
                connection.close()
            if not ends_within(server, _PATIENCE_SECONDS):
                lost.append(f"{ending.name}: still there")
    names = " and ".join(ending.name for ending in endings)
    return Outcome(f"{len(endings) * count} heavy questions, {names}", lost)


def kill_worker(scale: Scale) -> Outcome:
    """kill -9 of one worker of two, under load."""
    lost: list[str] = []
    rounds = scale.of(5, 1)
    for _ in range(rounds):
        with serving("--workers", "2") as server:
            (worker,) = others(server)
            with load(server.port, lambda: HEALTH, clients=4):
                worker.kill()
                if not ends_within(server, _PATIENCE_SECONDS):
                    lost.append("the server serves on")
                    continue
            expected = f"error: worker process {worker.pid} has ended by itself, status -9\nfix: "
            status = server.process.returncode
            if status != 2 or not said(server).startswith(expected):
                lost.append(f"status {status}: {said(server)}")
    return Outcome(f"{rounds} times", lost)


def kill_first(scale: Scale) -> Outcome:
    """kill -9 of the first process of two, under load."""
    lost: list[str] = []
    rounds = scale.of(5, 1)
    for _ in range(rounds):
        with serving("--workers", "2") as server:
            workers = others(server)
            with load(server.port, lambda: HEALTH, clients=4):
                server.process.kill()
                server.process.wait()
                _, alive = psutil.wait_procs(workers, timeout=_MOST_SHUTDOWN_SECONDS)
            for worker in alive:
                lost.append(f"the worker {worker.pid} lives on")
                worker.kill()
            if ask(server.port, HEALTH, seconds=1).status:
                lost.append("the port is answered")
    return Outcome(f"{rounds} times", lost)


SCENARIOS = [
    Scenario("signals", "ends within 10 s", signals),
    Scenario("in-flight", "all answered", in_flight),
    Scenario("kill-worker", "all end: status 2, error and fix", kill_worker),
    Scenario("kill-first", "no process is left", kill_first),
]
