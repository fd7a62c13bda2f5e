"""Heavy questions: those whose client has gone, those of many clients, and those that take longer
than they may."""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

from benchmark import growth
from benchmark.load import Answers
from benchmark.servers import Running
from benchmark.workloads import facts
from tests.chaos.scenario import Outcome, Scale, Scenario
from tests.chaos.servers import serving
from tests.conftest import ROOT
from tests.oracles.chaos_clients import READY, Questions, Reply, ask, connect, load, read
from tests.oracles.hostile_clients import HEALTH, leaving

DEFAULT = ROOT / "fixtures" / "default"
_MOST_QUESTION_SECONDS = 1.0
_MOST_HEALTH_SECONDS = 0.05
_MOST_SHORT_SECONDS = 0.3
_LIMIT_SECONDS = 1
_CLIENTS = 32
_GIVEN_UP = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)


def timed(port: int, request: bytes) -> tuple[Reply, float]:
    """The answer, and the seconds that it took."""
    began = time.perf_counter()
    return ask(port, request), time.perf_counter() - began


def faults(reply: Reply, what: str, *statuses: int) -> list[str]:
    """In words, an answer with another status than these."""
    if reply.status in statuses:
        return []
    return [f"{what}: {reply.status} {reply.body[:150].decode(errors='replace')}"]


def abandoned(scale: Scale) -> Outcome:
    """Heavy questions whose clients hang up at once, then one that somebody waits for."""
    return _abandoned(DEFAULT, scale.of(100, 6))


def _abandoned(data: Path, count: int) -> Outcome:
    questions = Questions(facts(data))
    with serving(data=data) as server:
        lost = faults(ask(server.port, questions.long()), "before", HTTPStatus.OK)
        for _ in range(count):
            leaving(("127.0.0.1", server.port), questions.heavy())
        reply, seconds = timed(server.port, questions.long())
        lost += faults(reply, "the question after", HTTPStatus.OK)
    return Outcome(
        f"{count} heavy questions, each hung up on, then 1 of over 1,000 bytes",
        lost,
        f"answered after {seconds:.2f} s",
        within=seconds < _MOST_QUESTION_SECONDS,
    )


def neighbours(scale: Scale) -> Outcome:
    """Clients that repeat the most work which 1,000 bytes can ask for, beside modest ones."""
    return _neighbours(DEFAULT, scale.of(_CLIENTS, 8), scale.of(20, 1))


def _neighbours(data: Path, clients: int, seconds: float) -> Outcome:
    questions = Questions(facts(data))
    with serving(data=data) as server, ThreadPoolExecutor(2) as pool:
        ask(server.port, questions.worst())  # what is made for the first search stays
        with load(server.port, questions.worst, clients) as replies:
            probes = [
                pool.submit(_probe, server, lambda: HEALTH, seconds),
                pool.submit(_probe, server, questions.short, seconds),
            ]
            (health, health_lost), (short, short_lost) = (probe.result() for probe in probes)
    statuses = Counter(reply.status for each in replies for reply in each)
    odd = {status: count for status, count in statuses.items() if status not in (200, *_GIVEN_UP)}
    lost = [*health_lost, *short_lost, *([f"of the heavy ones: {odd}"] if odd else [])]
    first, second = (Answers(each, seconds).percentile(99) for each in (health, short))
    return Outcome(
        f"{clients} clients for {seconds:g} s, {statuses.total()} heavy answers, "
        f"{len(health)} of health, {len(short)} short ones",
        lost,
        f"p99 health {first * 1e3:.0f} ms, short {second * 1e3:.0f} ms",
        within=first < _MOST_HEALTH_SECONDS and second < _MOST_SHORT_SECONDS,
    )


def _probe(
    server: Running, request: Callable[[], bytes], seconds: float
) -> tuple[list[float], list[str]]:
    """How long each answer took, one after the other, and what was none."""
    until = time.monotonic() + seconds
    took, lost = [], []
    while time.monotonic() < until:
        reply, each = timed(server.port, request())
        took.append(each)
        lost += faults(reply, "a modest question", HTTPStatus.OK)
        time.sleep(0.01)
    return took, lost


def time_limit(scale: Scale) -> Outcome:
    """A question that takes longer than it may."""
    questions = Questions(facts(scale.large))
    count = scale.of(10, 1)
    lost, took = [], []
    with serving("--time-limit", str(_LIMIT_SECONDS), data=scale.large) as server:
        for _ in range(count):
            reply, seconds = timed(server.port, questions.heavy())
            lost += faults(reply, "a heavy question", *_GIVEN_UP)
            took.append(seconds)
        lost += faults(ask(server.port, questions.long()), "the question after", HTTPStatus.OK)
    return Outcome(
        f"{count} heavy questions, --time-limit {_LIMIT_SECONDS}",
        lost,
        f"refused after {min(took):.2f} to {max(took):.2f} s",
        within=max(took) < _LIMIT_SECONDS + 0.5,
    )


def full_queue(scale: Scale) -> Outcome:
    """More questions at once than may wait."""
    questions = Questions(facts(scale.large))
    count = scale.of(600, 400)
    with serving(data=scale.large) as server:
        lost = faults(ask(server.port, READY), "ready before", HTTPStatus.OK)
        waiting = [connect(server.port) for _ in range(count)]
        try:
            for connection in waiting:
                connection.sendall(questions.heavy())
            lost += faults(ask(server.port, HEALTH, seconds=10), "health then", HTTPStatus.OK)
            ready = ask(server.port, READY, seconds=10).status
            answered = _answered(waiting, seconds=scale.of(3, 1))
            replies = [read(connection) for connection in answered]
        finally:
            for connection in waiting:
                connection.close()
        refused = [reply for reply in replies if reply.status == HTTPStatus.SERVICE_UNAVAILABLE]
        lost += ["none was refused"] if not refused else []
        lost += [
            "503 without Retry-After"
            for reply in refused
            if not reply.headers.get("retry-after", "").isdigit()
        ]
        after = ask(server.port, questions.long(), seconds=15)
        lost += faults(after, "the question after", HTTPStatus.OK)
    return Outcome(
        f"{count} heavy questions at once",
        lost,
        f"of {len(replies)} answers {len(refused)} are 503; /__locum/ready is {ready} then",
    )


def _answered(waiting: list[socket.socket], seconds: float) -> list[socket.socket]:
    """Those on which something can be read, after that time."""
    time.sleep(seconds)
    with selectors.DefaultSelector() as selector:
        for connection in waiting:
            selector.register(connection, selectors.EVENT_READ, connection)
        return [key.data for key, _ in selector.select(0)]


def million(scale: Scale) -> Outcome:
    """`abandoned` over a million runs."""
    return _abandoned(_million_runs(), scale.of(100, 6))


def million_neighbours(scale: Scale) -> Outcome:
    """`neighbours` over a million runs."""
    return _neighbours(_million_runs(), scale.of(_CLIENTS, 8), scale.of(20, 1))


def _million_runs() -> Path:
    """Where scripts/bench keeps them: making them takes minutes."""
    return growth.dataset(1_000_000, ROOT / ".bench" / "data")


_ABANDONED = "answered within 1 s"
_NEIGHBOURS = "p99 health < 50 ms, short < 300 ms"
SCENARIOS = [
    Scenario("abandoned", _ABANDONED, abandoned),
    Scenario("neighbours", _NEIGHBOURS, neighbours),
    Scenario("time-limit", "503 or 504 after about 1 s", time_limit),
    Scenario("full-queue", "503 with Retry-After, then as before", full_queue),
]
OF_A_MILLION = [
    Scenario("million-abandoned", _ABANDONED, million),
    Scenario("million-neighbours", _NEIGHBOURS, million_neighbours),
]
