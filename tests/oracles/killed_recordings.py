"""A server that records and is killed while clients write to it: what was acknowledged is there
afterwards, whole."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from attrs import define, field

from tests.oracles.bare_rows import rows_of
from tests.oracles.serving import process

KEY = {"X-API-Key": "locum-demo-key"}
_OF_BATCH = 4  # runs
_MOST_SECONDS = 20.0  # until so many batches are acknowledged


@define
class Written:
    """What clients have sent, and what of it was acknowledged: batches by their numbers, and runs
    whose update was sent, and acknowledged."""

    sent: dict[int, list[dict[str, Any]]] = field(factory=dict)
    acknowledged: set[int] = field(factory=set)
    updated: set[str] = field(factory=set)
    updates_acknowledged: set[str] = field(factory=set)
    early: dict[str, str] = field(factory=dict)  # updates that came first, acknowledged; traces
    lock: threading.Lock = field(factory=threading.Lock)


def batch(number: int, dice: random.Random) -> list[dict[str, Any]]:
    """A trace of some runs: a root and runs below it."""
    ids = [str(UUID(int=dice.getrandbits(128), version=4)) for _ in range(_OF_BATCH)]
    start = f"2026-06-29T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000000Z"
    part = start.replace("-", "").replace(":", "").replace(".", "")
    return [
        {
            "id": run_id,
            "trace_id": ids[0],
            "dotted_order": ".".join(f"{part}{each}" for each in dict.fromkeys((ids[0], run_id))),
            **({} if run_id == ids[0] else {"parent_run_id": ids[0]}),
            "name": f"run {number}",
            "run_type": "chain",
            "start_time": start,
            "session_name": f"killed {number % 3}",
            "inputs": {"batch": number, "place": place, "text": "x" * dice.randrange(2_000)},
        }
        for place, run_id in enumerate(ids)
    ]


def write(url: str, written: Written, numbers: Any, dice: random.Random) -> None:
    """Send batches and updates, until the server is gone."""
    with httpx.Client(base_url=url, headers=KEY, timeout=20) as client:
        try:
            while True:
                with written.lock:
                    number = next(numbers)
                    runs = written.sent[number] = batch(number, dice)
                root, *_ = runs
                update = {
                    **{name: root[name] for name in ("id", "trace_id", "dotted_order")},
                    "end_time": root["start_time"],
                    "outputs": {"of": number},
                }
                is_first = dice.random() < 0.2
                if is_first:
                    written.updated.add(root["id"])
                    _send(client, {"patch": [update]})
                    written.updates_acknowledged.add(root["id"])
                _send(client, {"post": runs})
                written.acknowledged.add(number)
                if not is_first and dice.random() < 0.5:
                    written.updated.add(root["id"])
                    _send(client, {"patch": [update]})
                    written.updates_acknowledged.add(root["id"])
        except httpx.HTTPError:
            return


def _send(client: httpx.Client, body: Any) -> None:
    answer = client.post("/runs/batch", json=body)
    assert answer.status_code == 202, answer.text


def kill(folder: Path, written: Written, numbers: Any, seed: int, *flags: str) -> None:
    """Serve, have clients write, and kill the server."""
    dice = random.Random(seed)  # noqa: S311 - draws no secret
    with process("--record", str(folder), "--durable", *flags) as server:
        host, port = server.address
        arguments = [
            (f"http://{host}:{port}", written, numbers, random.Random(seed * 10 + n))  # noqa: S311
            for n in range(3)
        ]
        clients = [threading.Thread(target=write, args=each) for each in arguments]
        for each in clients:
            each.start()
        enough = len(written.acknowledged) + dice.randrange(30)
        latest = time.monotonic() + _MOST_SECONDS
        while len(written.acknowledged) < enough and time.monotonic() < latest:
            time.sleep(0.002)
        time.sleep(dice.random() / 50)
        server.process.kill()
        for each in clients:
            each.join()


def check(folder: Path, into: Path, written: Written) -> int:
    """Save what was recorded, and compare it with what was sent; return how many runs were
    acknowledged."""
    command = [sys.executable, "-m", "locum", "fixtures", "save", "saved"]
    command += ["--recorded", str(folder), "--out", str(into), "--replace", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = {row["id"]: row for row in rows_of(into / "saved")("langsmith/runs")}
    for number, runs in written.sent.items():
        found = [run["id"] in rows for run in runs]
        assert len(set(found)) == 1, f"half of batch {number} is there"
        assert all(found) or number not in written.acknowledged, f"batch {number} is lost"
        if not all(found):
            continue
        for run in runs:
            row = rows[run["id"]]
            for name in ("inputs", "name", "trace_id", "dotted_order", "start_time"):
                assert row[name] == run[name], f"{name} of {run['id']} is another"
            if run["id"] in written.updates_acknowledged:
                assert row["outputs"] == {"of": number}, f"the update of {run['id']} is lost"
            if run["id"] not in written.updated:
                assert "outputs" not in row
    known = {run["id"] for runs in written.sent.values() for run in runs}
    tiny = 250
    assert len(rows.keys() - known) == tiny
    manifest = json.loads(done.stdout)
    assert manifest["rows"]["langsmith/runs"] == len(rows)
    return len(written.acknowledged) * _OF_BATCH
