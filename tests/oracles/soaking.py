"""Mixed requests, good and hostile, over many connections at once, and how the server fares."""

from __future__ import annotations

import asyncio
import json
import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen

from tests.contract.wrong_requests import wrong_requests
from tests.oracles.langsmith_requests import SELECTS
from tests.oracles.requests_of_tiny import OPERATIONS, request

SAMPLE_SECONDS = 0.5  # from one look at the server's memory to the next


@frozen
class Shot:
    """A request, as httpx has it, and the statuses that may answer it."""

    asked: dict[str, Any]
    expected: frozenset[int]


def _shot(asked: dict[str, Any], *expected: int) -> Shot:
    return Shot(asked, frozenset(expected))


# Bodies that are no JSON, or no good one, by what becomes of them.
HOSTILE = [
    b"",
    b"{",
    b"[" * 100_000,
    b"[" * 900 + b"]" * 900,
    b'{"a": "\xff"}',
    b'["\\ud800"]',
    b"[NaN]",
    b"1" * 5000,
    b'{"limit": 1e400}',
    b'{"id": [' + b'"x",' * 50_000 + b'"x"]}',
    b'{"filter": ' * 300 + b"1" + b"}" * 300,
    b'{"nameContains": 1, "session_id": 1, "session_ids": 1, "query": 1}',
]

LARGE = b"[" + b" " * 1_100_000 + b"]"


def shots(world: dict[str, str], seed: int = 1) -> Iterator[Shot]:
    """Two thirds good requests, the others of every hostile kind, without an end; the same for the
    same seed."""
    chance = random.Random(seed)  # noqa: S311 - examples, no secrets
    wrong = {name: list(wrong_requests(name, world, 200, seed)) for name in OPERATIONS}
    good = {name: request(name, world) for name in OPERATIONS}
    while True:
        name = chance.choice(OPERATIONS)
        if chance.random() < 2 / 3:
            yield _shot(_varied(good[name], chance), 200)
        else:
            yield _hostile(good[name], wrong[name], chance)


def _varied(asked: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The good request with a window or a choice of its own, so that there is something to compute;
    one in four as it is, as a dashboard polls."""
    if chance.random() < 1 / 4:
        return asked
    hour, micros = chance.randint(0, 23), chance.randrange(10**6)
    start = f"2026-06-{chance.randint(27, 30)}T{hour:02}:00:00.{micros:06}Z"
    if "params" in asked:
        selects = chance.sample(SELECTS, chance.randint(1, len(SELECTS)))
        return asked | {"params": asked["params"] | {"selects": selects}}
    body: dict[str, Any] = asked["json"]
    if "nameContains" in body:
        since = chance.randint(1_782_500_000_000, 1_782_820_000_000)
        window = {"startTimeUnixMs": since, "endTimeUnixMs": since + 10**9}
        return asked | {"json": body | {"timeFilter": window}}
    if "session_ids" in body:
        paging = {"per_group_limit": chance.randint(1, 10), "limit": chance.randint(1, 10)}
        return asked | {"json": body | paging}
    return asked | {"json": body | {"start_time": start}}


def _hostile(
    asked: dict[str, Any], wrong: list[tuple[dict[str, Any], str]], chance: random.Random
) -> Shot:
    headers: dict[str, str] = asked["headers"]
    kind = chance.choice(["method", "key", "path", "accept", "head", "field", "field", "body"])
    match kind:
        case "method":
            asked = asked | {"method": chance.choice(["DELETE", "PATCH", "TRACE", "PUT"])}
            return _shot(asked, 405)
        case "key":  # a share token's operation asks for none
            asked = asked | {"headers": {"X-API-Key": "x", "Authorization": "x"}}
            return _shot(asked, 401, 200)
        case "path":
            return _shot(asked | {"url": asked["url"] + "/%00%2F%0A"}, 404)
        case "accept":
            return _shot(asked | {"headers": headers | {"Accept": "text/html"}}, 406)
        case "head":
            return _shot(asked | {"headers": headers | {"X": "x" * 80_000}}, 431)
        case "body" if "json" in asked:
            return _hostile_body(asked, chance)
    return _shot(chance.choice(wrong)[0], 400, 422)


def _hostile_body(asked: dict[str, Any], chance: random.Random) -> Shot:
    rest = {key: value for key, value in asked.items() if key != "json"}
    headers = asked["headers"] | {"Content-Type": "application/json"}
    match chance.randrange(8):
        case 0:
            return _shot(rest | {"content": LARGE, "headers": headers}, 413)
        case 1:
            odd = {"Content-Type": "application/json; charset=utf-7"}
            return _shot(rest | {"content": b"{}", "headers": headers | odd}, 415)
    return _shot(rest | {"content": chance.choice(HOSTILE), "headers": headers}, 400, 422)


@frozen
class Sample:
    """The server's resident memory after so many seconds and requests."""

    seconds: float
    requests: int
    kilobytes: int


@frozen
class Outcome:
    """What came of the shots: how often each status, what was not expected (up to ten), and the
    server's memory from the first to the last moment."""

    statuses: Counter[int]
    unexpected: list[str]
    memory: list[Sample]

    def settled(self) -> Sample:
        """The memory after the first tenth of the requests."""
        end = self.memory[-1].requests
        return [sample for sample in self.memory if sample.requests <= end / 10][-1]

    def growth(self) -> float:
        """How much more memory there is at the end than after the first tenth, as a fraction."""
        return self.memory[-1].kilobytes / self.settled().kilobytes - 1


async def soak(
    url: str,
    process: int,
    supply: Iterator[Shot],
    *,
    concurrency: int = 32,
    seconds: float = math.inf,
) -> Outcome:
    """Send the shots to the server at the URL, whose process is watched, until there are no more or
    the time is over."""
    outcome = Outcome(Counter(), [], [])
    began = time.monotonic()

    def look() -> None:
        took, sent = time.monotonic() - began, outcome.statuses.total()
        outcome.memory.append(Sample(took, sent, resident_kilobytes(process)))

    async def watch() -> None:
        while True:
            look()
            await asyncio.sleep(SAMPLE_SECONDS)

    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:

        async def worker() -> None:
            for shot in supply:
                if time.monotonic() - began > seconds:
                    return
                status = await _status(client, shot.asked)
                outcome.statuses[status] += 1
                if status not in shot.expected and len(outcome.unexpected) < 10:
                    told = json.dumps(shot.asked, default=repr)[:1000]
                    outcome.unexpected.append(f"{status}, not {set(shot.expected)}: {told}")

        watching = asyncio.create_task(watch())
        await asyncio.gather(*(worker() for _ in range(concurrency)))
        watching.cancel()
        look()
    return outcome


async def _status(client: httpx.AsyncClient, asked: dict[str, Any]) -> int:
    """The answer's status, 0 where none came."""
    for _ in range(3):
        try:
            return (await client.request(**asked)).status_code
        except httpx.TimeoutException:
            return 0
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            continue  # the server closed an idle connection just then, or refused to read on
    return 0


def resident_kilobytes(process: int) -> int:
    """VmRSS of the process (Linux)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
