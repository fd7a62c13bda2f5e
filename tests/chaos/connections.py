"""Clients that close half of a connection, break it off, read slowly or send odd bytes."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from benchmark.servers import Running
from benchmark.workloads import facts
from tests.chaos.admission import DEFAULT, faults, timed
from tests.chaos.framing import FRAMING, HOSTS, Case
from tests.chaos.scenario import Outcome, Scale, Scenario
from tests.chaos.servers import said, serving
from tests.conftest import ROOT, rows_of_tiny, world_of
from tests.oracles.chaos_clients import DOCUMENT, Questions, ask, connect, everything
from tests.oracles.hostile_clients import HEALTH, close_with_reset, slow_connection, written
from tests.oracles.requests_of_tiny import OPERATIONS, request

TINY = ROOT / "fixtures" / "tiny"
_SLOW_READERS = 20
_HEAD = re.compile(rb"HTTP/1\.1 200 OK\r\n.+?\r\n\r\n", re.DOTALL)


def half_close(scale: Scale) -> Outcome:
    """Clients that close their sending side after the request, as `nc -N` does."""
    world = world_of(rows_of_tiny)
    asked = {name: (written(request(name, world)), HTTPStatus.OK) for name in OPERATIONS}
    stranger = request("group_stats", world) | {"headers": {"X-API-Key": "nobody's"}}
    asked["health"] = (HEALTH, HTTPStatus.OK)
    asked["wrong key"] = (written(stranger), HTTPStatus.UNAUTHORIZED)
    each = scale.of(143, 10)
    lost: list[str] = []
    with serving() as server:
        for name, (sent, status) in asked.items():
            for _ in range(each):
                lost += faults(ask(server.port, sent, half_close=True), name, status)
    slow = 2  # at once, on as many cores
    data = DEFAULT if scale.short else scale.large
    questions = Questions(facts(data))
    patient = serving("--time-limit", "120", data=data)
    with patient as server, ThreadPoolExecutor(slow) as pool:
        began = time.monotonic()
        replies = pool.map(
            lambda sent: ask(server.port, sent, half_close=True),
            [questions.heavy() for _ in range(slow)],
        )
        for reply in replies:
            lost += faults(reply, "a slow answer", HTTPStatus.OK)
        seconds = time.monotonic() - began
    count = each * len(asked)
    return Outcome(
        f"{count:,} requests of {len(asked)} kinds, and {slow} with slow answers",
        lost,
        f"the slowest answer after {seconds:.1f} s",
    )


def resets(scale: Scale) -> Outcome:
    """Clients that break off with RST, at every point of an exchange."""
    questions = Questions(facts(TINY))
    count = scale.of(80, 8)
    with serving() as server:
        for _ in range(count):
            whole = questions.long()
            head = whole.index(b"\r\n\r\n") + 4
            for sent in (whole[:20], whole[: head + 9], whole, questions.short() * 3, HEALTH * 3):
                connection = connect(server.port)
                connection.sendall(sent)
                close_with_reset(connection)
            connection = connect(server.port)  # in the middle of an answer
            connection.sendall(DOCUMENT)
            connection.recv(100)
            close_with_reset(connection)
        lost = faults(ask(server.port, questions.long()), "the question after", HTTPStatus.OK)
        lost += [f"in the log: {line}" for line in said(server).splitlines()]
    return Outcome(f"{6 * count} connections, broken off at 6 points", lost)


def slow_readers(scale: Scale) -> Outcome:
    """Clients that take their answers in drops, beside others."""
    answers = scale.of(20, 4)
    with serving() as server:
        expected = ask(server.port, DOCUMENT).body
        with ThreadPoolExecutor(_SLOW_READERS) as pool:
            reading = [pool.submit(_read_slowly, server, answers) for _ in range(_SLOW_READERS)]
            took, lost = [], []
            while not all(each.done() for each in reading):
                reply, seconds = timed(server.port, HEALTH)
                took.append(seconds)
                lost += faults(reply, "health in between", HTTPStatus.OK)
                time.sleep(0.05)
            for each in reading:
                bodies = _HEAD.split(each.result())
                if bodies != [b"", *([expected] * answers)]:
                    lost.append(f"{sum(map(len, bodies))} bytes, not {len(expected) * answers}")
    return Outcome(
        f"{_SLOW_READERS} clients with {answers} answers each of {len(expected):,} bytes, "
        f"{len(took)} others in between",
        lost,
        f"slowest in between {max(took) * 1e3:.0f} ms",
    )


def _read_slowly(server: Running, answers: int) -> bytes:
    """All that is said to requests sent at once, 16 KiB in twenty milliseconds."""
    received = b""
    with slow_connection(("127.0.0.1", server.port)) as connection:
        last = DOCUMENT.replace(b"Host: x", b"Host: x\r\nConnection: close")
        connection.sendall(DOCUMENT * (answers - 1) + last)
        while chunk := connection.recv(16_384):
            received += chunk
            time.sleep(0.02)
    return received


def framing(scale: Scale) -> Outcome:
    """Requests at the edges of RFC 9110 and 9112."""
    return _exchanges(FRAMING[:: scale.of(1, 3)])


def hosts(scale: Scale) -> Outcome:
    """Host as RFC 9112, section 3.2, wants it."""
    return _exchanges(HOSTS[:: scale.of(1, 2)])


def _exchanges(cases: list[Case]) -> Outcome:
    lost = []
    statuses: Counter[int] = Counter()
    with serving() as server:
        for case in cases:
            answer = everything(server.port, case.sent)
            found = tuple(map(int, re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)))
            statuses.update(found)
            if found not in case.expected:
                lost.append(f"{case.name}: {found}, expected one of {case.expected}")
        lost += faults(ask(server.port, HEALTH), "health after", HTTPStatus.OK)
    counted = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    return Outcome(f"{len(cases)} cases", lost, counted)


def descriptors(scale: Scale) -> Outcome:
    """More connections than the process may have files open."""
    limited = ("sh", "-c", 'ulimit -n 64; exec "$@"', "sh")
    with serving(before=limited) as server:
        lost = faults(ask(server.port, HEALTH), "before", HTTPStatus.OK)
        held: list[socket.socket] = []
        try:
            held = [connect(server.port) for _ in range(100)]
            began = server.cpu_seconds()
            time.sleep(scale.of(10, 1))
            cpu = server.cpu_seconds() - began
        finally:
            for connection in held:
                connection.close()
        until = time.monotonic() + 20
        while (reply := ask(server.port, HEALTH, seconds=5)).status != HTTPStatus.OK:
            if time.monotonic() > until:
                break
            time.sleep(0.1)
        lost += faults(reply, "after", HTTPStatus.OK)
        log = said(server).splitlines()
        if len(log) != 1:
            lost.append(f"{len(log)} lines in the log: {log[:2]}")
    return Outcome(
        "100 connections with ulimit -n 64", lost, f"{cpu:.1f} s of CPU meanwhile", within=cpu < 1
    )


SCENARIOS = [
    Scenario("half-close", "none lost", half_close),
    Scenario("reset", "no line in the log, others work", resets),
    Scenario("slow-readers", "all of every answer", slow_readers),
    Scenario("framing", "as RFC 9110 and 9112 say", framing),
    Scenario("hosts", "400 where there is not one good Host", hosts),
    Scenario("descriptors", "others work after; one line in the log", descriptors),
]
