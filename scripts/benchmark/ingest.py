"""Runs taken in, one batch after the other, in the interpreter of this checkout:
ingest.py DATASET RUNS WAY BETWEEN

Sends so many runs to the application that `locum serve` would serve, as an ASGI server does but
without a socket, in batches of 100: by WAY `batch` or `multipart`; or `update`, by which each run
comes twice, as its start and, AGE batches later, its end. After every BETWEEN batches the
statistics of all runs are asked for (0: never). Prints for each tenth of the runs the CPU µs a run,
of the process with all its threads, those of a question, and the resident megabytes; and the ratio
of the last tenth to the first.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import uvicorn
import uvloop
from attrs import define, field

from benchmark.cpu_round import status
from locum.cli.main import main

RUNS_OF_BATCH = 100
AGE = 2  # batches between the start of a run and its end
OK, ACCEPTED = 200, 202
PARTS = 10
_KINDS = ("chain", "chain", "llm", "retriever", "llm")  # the runs of a trace, the root first
_PARENTS = (None, 0, 1, 0, 3)
_STARTS = datetime(2026, 7, 1, tzinfo=UTC)
_BOUNDARY = "boundary-of-parts"
Run = dict[str, Any]


@define
class Traces:
    """Traces of five runs as an agent would send them, another one each time."""

    random: Random = field(factory=lambda: Random(20))  # noqa: S311 - the same every time
    _made: int = 0

    def batch(self) -> list[Run]:
        """Make the runs of one batch."""
        return [run for _ in range(RUNS_OF_BATCH // len(_KINDS)) for run in self._trace()]

    def _trace(self) -> list[Run]:
        self._made += 1
        number, runs = self._made, list[Run]()
        for place, (kind, parent) in enumerate(zip(_KINDS, _PARENTS, strict=True)):
            start = _STARTS + timedelta(seconds=0.7 * number, milliseconds=13 * place)
            id_ = str(UUID(int=self.random.getrandbits(128), version=4))
            above = None if parent is None else runs[parent]
            part = f"{start:%Y%m%dT%H%M%S%fZ}{id_}"
            run: Run = {
                "id": id_,
                "trace_id": above["trace_id"] if above else id_,
                "dotted_order": f"{above['dotted_order']}.{part}" if above else part,
                "session_name": "ingested",
                "name": f"{kind} {place}",
                "run_type": kind,
                "start_time": start.isoformat(),
                "end_time": (start + timedelta(milliseconds=400 - 30 * place)).isoformat(),
                "inputs": {"messages": [{"role": "user", "content": f"Where is {number}? " * 15}]},
                "outputs": {"messages": [{"role": "ai", "content": f"{number} is here. " * 10}]},
                "tags": ["production", f"version-{number % 3}"],
                "extra": {
                    "metadata": {
                        "thread_id": f"thread-{number // 6}",
                        "user": f"user-{self.random.randrange(200)}",
                    },
                    "runtime": {"sdk": "langsmith-py", "sdk_version": "0.15.1"},
                },
            }
            if above:
                run["parent_run_id"] = above["id"]
            if kind == "llm":
                usage = {"input_tokens": 100 + number % 50, "output_tokens": 20}
                usage["total_tokens"] = usage["input_tokens"] + usage["output_tokens"]
                run["outputs"]["usage_metadata"] = usage
            runs.append(run)
        return runs


_ENDS = ("end_time", "outputs")


def bodies(way: str, batches: int) -> Iterator[tuple[bytes, str]]:
    """Give the bodies of so many batches of runs, each with its media type."""
    traces = Traces()
    open_: list[list[Run]] = []
    for _ in range(batches):
        runs = traces.batch()
        if way == "multipart":
            yield _parts(runs), f"multipart/form-data; boundary={_BOUNDARY}"
            continue
        both: dict[str, list[Run]] = {"post": runs}
        if way == "update":
            both["post"] = [{n: v for n, v in run.items() if n not in _ENDS} for run in runs]
            open_.append(runs)
            if len(open_) > AGE:
                named = ("id", "trace_id", "dotted_order", "parent_run_id", *_ENDS)
                both["patch"] = [{n: v for n, v in r.items() if n in named} for r in open_.pop(0)]
        yield json.dumps(both).encode(), "application/json"


def _parts(runs: list[Run]) -> bytes:
    parts = []
    for run in runs:
        outside = ("inputs", "outputs")
        fields = {name: value for name, value in run.items() if name not in outside}
        every = [("", fields), *((f".{name}", run[name]) for name in outside)]
        for name, value in every:
            content = json.dumps(value)
            parts.append(
                f"--{_BOUNDARY}\r\n"
                f'Content-Disposition: form-data; name="post.{run["id"]}{name}"\r\n'
                f"Content-Type: application/json; length={len(content)}\r\n"
                f"Content-Length: {len(content)}\r\n\r\n{content}\r\n"
            )
    return "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode()


def _call(path: str, key: str, body: bytes, media_type: str) -> tuple[dict[str, Any], bytes]:
    headers = {"X-API-Key": key, "Content-Type": media_type, "Content-Length": str(len(body))}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(n.lower().encode(), v.encode()) for n, v in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 4010),
        "state": {},
    }
    return scope, body


async def taken_in(application: Any, key: str, runs: int, way: str, between: int) -> None:
    """Send them, and print what they took."""
    path = f"/api/v1/runs/{'multipart' if way == 'multipart' else 'batch'}"
    batches = runs // RUNS_OF_BATCH
    question = json.dumps({"start_time": "2026-01-01T00:00:00Z", "select": ["run_count"]}).encode()
    micros, asked, took, sent = list[float](), list[float](), 0.0, 0
    for number, (body, media_type) in enumerate(bodies(way, batches), 1):
        began = time.process_time()
        code = await status(application, *_call(path, key, body, media_type))
        took += time.process_time() - began
        sent += RUNS_OF_BATCH
        if code != ACCEPTED:
            raise ValueError(f"status {code}")
        if between and number % between == 0:
            began = time.process_time()
            call = _call("/api/v1/runs/stats", key, question, "application/json")
            code = await status(application, *call)
            if code != OK:
                raise ValueError(f"status {code}")
            asked.append((time.process_time() - began) * 1e3)
        if number % (batches // PARTS) == 0:
            micros.append(took / sent * 1e6)
            reads = f", {sum(asked) / len(asked):.1f} ms a question" if asked else ""
            print(
                f"{number * RUNS_OF_BATCH:,} runs: {micros[-1]:.0f} µs a run{reads}, "
                f"{_resident_mb():.0f} MB",
                flush=True,
            )
            took, sent, asked = 0.0, 0, []
    print(f"last to first: {micros[-1] / micros[0]:.2f}")


def _resident_mb() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096 / 1e6


def measure(server: uvicorn.Server, sockets: object = None) -> None:  # noqa: ARG001 - uvicorn's
    """Measure the server's application instead of serving it."""
    dataset, runs, way, between = sys.argv[1:]
    keys = (Path(dataset) / "keys.jsonl").read_text(encoding="utf-8").splitlines()
    found: Mapping[str, Any] = json.loads(keys[0])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(taken_in(server.config.app, found["key"], int(runs), way, int(between)))


if __name__ == "__main__":
    with patch.object(uvicorn.Server, "run", measure):
        sys.exit(main(["serve", "--port", "0", "--data", sys.argv[1]]))
