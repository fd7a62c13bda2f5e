"""Several servers under the same load: each in turn, again and again, so that what disturbs the
machine disturbs all of them."""

from __future__ import annotations

import itertools
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus

from attrs import Factory, define, frozen

from benchmark.load import load
from benchmark.reads import KINDS, Reads
from benchmark.servers import (
    FIXED_BYTES,
    Running,
    Server,
    ServerError,
    ask,
    first_answer,
    running,
)
from benchmark.workloads import Facts, Requests, check, with_header

CONNECTIONS = 8
WARM_SECONDS = 0.3
SETTLING_SECONDS = 2.0  # from the first answer until idle memory is read
MOST_A_SECOND = 12_000  # different requests that are at hand for each second of a slice
READS_A_SECOND = 2_000  # of each kind of `Reads`


@frozen
class Workload:
    """A kind of load: the requests of a round, over so many connections, and what status they have.

    A single request is repeated. `ours` says that only our servers are asked, and the limit of the
    load where it has such an answer: others have none.
    """

    name: str
    connections: int
    requests: Callable[[int], Sequence[bytes]]
    status: int = HTTPStatus.OK
    ours: bool = False

    def asks(self, server: Server) -> bool:
        """Whether the server can answer."""
        is_limit = server.name == FIXED_BYTES and self.status == HTTPStatus.OK
        return server.is_ours or is_limit or not self.ours


@frozen
class Slice:
    """What one server did in one slice of one workload; latencies in milliseconds, CPU time of the
    server, of all its processes, in microseconds a request."""

    server: str
    workload: str
    round: int
    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


@define
class Comparison:
    """All that was measured of the servers, by their names: seconds from start to first answer,
    bytes of that answer, resident megabytes before and after the load, and slices. Who failed is
    not among the servers, but has a reason. `load_averages` are the machine's when it began and
    ended: how many processes wanted a core in the minute before, the measured ones among them."""

    servers: list[Server]
    cold_seconds: dict[str, list[float]] = Factory(dict)
    answer_bytes: dict[str, int] = Factory(dict)
    idle_mb: dict[str, float] = Factory(dict)
    loaded_mb: dict[str, float] = Factory(dict)
    slices: list[Slice] = Factory(list)
    not_measured: dict[str, str] = Factory(dict)
    load_averages: list[float] = Factory(list)

    def failed(self, server: Server, error: ServerError) -> None:
        """Go on without the server; without the first, ours, there is nothing to go on with."""
        if server is self.servers[0]:
            raise error
        self.servers.remove(server)
        self.not_measured[server.name] = str(error)


def compare(
    servers: Sequence[Server], about: Facts, *, rounds: int, seconds: float, seed: int = 1
) -> Comparison:
    """Measure the servers, one of ours first among them, in so many rounds of slices of so many
    seconds.

    Raises ServerError where that one fails or counts wrongly.
    """
    found = Comparison(list(servers), load_averages=[os.getloadavg()[0]])
    requests = Requests(about, seed)
    order = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(rounds):
        for server in order.sample(found.servers, len(found.servers)):
            try:
                took = cold_start(server, about, requests.repeated)
            except ServerError as error:
                found.failed(server, error)
            else:
                found.cold_seconds.setdefault(server.name, []).append(took)
    with ExitStack() as stack:
        up = _start(found, stack, requests)
        _measure(found, up, requests, Reads(about, seed), order, rounds, seconds)
        for server in found.servers:
            found.loaded_mb[server.name] = up[server.name].resident_bytes() / 1e6
    found.load_averages.append(os.getloadavg()[0])
    return found


def cold_start(server: Server, about: Facts, request: bytes) -> float:
    """Seconds from the start of the process to its first answer; one of ours must also be right."""
    began = time.perf_counter()
    with running(server) as process:
        answer = first_answer(process, request)
        took = time.perf_counter() - began
    if server.is_ours:
        check(answer, about)
    return took


def _start(found: Comparison, stack: ExitStack, requests: Requests) -> dict[str, Running]:
    """All servers running, and weighed."""
    up: dict[str, Running] = {}
    for server in list(found.servers):
        process = stack.enter_context(running(server))
        try:
            answer = first_answer(process, requests.repeated)
        except ServerError as error:
            found.failed(server, error)
        else:
            up[server.name] = process
            found.answer_bytes[server.name] = len(answer.body)
    time.sleep(SETTLING_SECONDS)
    for name, process in up.items():
        found.idle_mb[name] = process.resident_bytes() / 1e6
    return up


def _measure(
    found: Comparison,
    up: dict[str, Running],
    requests: Requests,
    reads: Reads,
    order: random.Random,
    rounds: int,
    seconds: float,
) -> None:
    enough, few = int(MOST_A_SECOND * seconds), int(READS_A_SECOND * seconds)
    workloads = [
        Workload("repeated", CONNECTIONS, lambda _: [requests.repeated]),
        Workload("distinct", CONNECTIONS, lambda _: requests.distinct(enough)),
        Workload("unseen", CONNECTIONS, lambda _: requests.unseen(enough)),
        Workload("single", 1, lambda _: requests.distinct(enough)),
        Workload("unseen single", 1, lambda _: requests.unseen(enough)),
        Workload("thread", 1, lambda number: requests.threads[number::rounds]),
    ]
    workloads += [Workload(kind, 1, partial(_reads, reads, kind, few), ours=True) for kind in KINDS]
    revalidating = _revalidating(up[found.servers[0].name], requests)
    if revalidating:
        status = HTTPStatus.NOT_MODIFIED
        workloads.append(
            Workload("revalidated", CONNECTIONS, lambda _: [revalidating], status, ours=True)
        )
    for number in range(rounds):
        for workload in workloads:
            print(f"round {number + 1} of {rounds}: {workload.name}", file=sys.stderr, flush=True)
            supply = workload.requests(number)
            asked = [each for each in found.servers if workload.asks(each)]
            for server in order.sample(asked, len(asked)):
                process = up[server.name]
                try:
                    measured = _slice(server, process, workload, number, supply, seconds)
                except ServerError as error:
                    found.failed(server, error)
                else:
                    found.slices.append(measured)


def _reads(reads: Reads, kind: str, count: int, _number: int) -> Sequence[bytes]:
    return reads.of(kind, count)


def _slice(
    server: Server,
    process: Running,
    workload: Workload,
    number: int,
    supply: Sequence[bytes],
    seconds: float,
) -> Slice:
    """Warm up with at most an eighth of the requests, measure with the others: the same ones in the
    same order for every server."""
    given = itertools.repeat(supply[0]) if len(supply) == 1 else iter(supply)
    warming = given if len(supply) == 1 else itertools.islice(given, len(supply) // 8)
    send = partial(load, process.port, concurrency=workload.connections, status=workload.status)
    send(warming, seconds=WARM_SECONDS)
    before = process.cpu_seconds()
    answers = send(given, seconds=seconds)
    cpu_seconds = process.cpu_seconds() - before
    count = len(answers.latencies)
    return Slice(
        server=server.name,
        workload=workload.name,
        round=number,
        requests=count,
        per_second=answers.per_second,
        p50_ms=answers.percentile(50) * 1e3,
        p99_ms=answers.percentile(99) * 1e3,
        cpu_us=cpu_seconds / count * 1e6,
    )


def _revalidating(ours: Running, requests: Requests) -> bytes | None:
    """A request that says which answer it has, and that our server answers with 304: the
    dashboard's or a thread's; None where it gives neither of them an ETag."""
    for request in (requests.repeated, requests.repeated_thread):
        tag = ask(ours.port, request).headers["ETag"]
        if tag:
            revalidating = with_header(request, "If-None-Match", tag)
            if ask(ours.port, revalidating).status == HTTPStatus.NOT_MODIFIED:
                return revalidating
    return None
