"""One round of `scripts/bench --cpu`, in the interpreter of the checkout that it measures:
cpu_round.py DATASET < requests

Reads HTTP requests by workload from standard input, as JSON; calls the application that
`locum serve` would serve, as an ASGI server does, but without a socket; prints CPU µs a request, of
the process with all its threads, by workload and for each of PARTS parts of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import uvicorn
import uvloop

from locum.cli.main import main

PARTS = 50
Call = tuple[dict[str, Any], bytes]  # scope and body


async def cpu_micros(application: Any, calls: Sequence[Call]) -> list[float]:
    """Warm up with an eighth of the calls, and return CPU µs a call of each part of the others.

    Raises ValueError where an answer's status is not 200.
    """
    warming = len(calls) // 8
    size = (len(calls) - warming) // PARTS
    statuses = {await status(application, *call) for call in calls[:warming]}
    micros = []
    for start in range(warming, warming + PARTS * size, size):
        part = calls[start : start + size]
        await asyncio.sleep(0)  # a part is what comes in one turn of a server's event loop
        began = time.process_time()
        for call in part:
            statuses.add(await status(application, *call))
        micros.append((time.process_time() - began) / size * 1e6)
    if statuses != {200}:
        raise ValueError(f"statuses {sorted(statuses)}")
    return micros


async def status(application: Any, scope: dict[str, Any], body: bytes) -> int:
    """Call the application, and return its answer's status."""
    found = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal found
        found = message.get("status", found)

    await application(scope, receive, send)
    return found


def read(request: str) -> Call:
    """Return the ASGI scope and the body of an HTTP request."""
    head, _, body = request.partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    method, target, _ = line.split(" ")
    path, _, query = target.partition("?")
    fields = [header.split(": ", maxsplit=1) for header in headers]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in fields],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 4010),
        "state": {},
    }
    return scope, body.encode()


def measure(server: uvicorn.Server, sockets: object = None) -> None:  # noqa: ARG001 - uvicorn's
    """Measure the server's application instead of serving it."""
    supply = json.load(sys.stdin)
    calls = {workload: [read(request) for request in each] for workload, each in supply.items()}

    async def all_of_them() -> dict[str, list[float]]:
        return {
            workload: await cpu_micros(server.config.app, each) for workload, each in calls.items()
        }

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(all_of_them())))


if __name__ == "__main__":
    with patch.object(uvicorn.Server, "run", measure):
        sys.exit(main(["serve", "--port", "0", "--data", sys.argv[1]]))
