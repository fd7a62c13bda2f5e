"""What has come and is in no row: told when a dataset is saved, and there after a restart."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from locum.langsmith.ingestion.payloads import Payload
from locum.langsmith.unfinished import unfinished
from locum.langsmith.writing.taken_in import TakenIn
from tests.langsmith.writing.test_otel import PART, START_NS, TRACE, of
from tests.langsmith.writing.test_runs import CHILD, END, ROOT
from tests.oracles import otel_spans
from tests.oracles.recording_servers import incomplete, recording
from tests.oracles.written_rows import OTHER, TENANT, Transaction, Written, uuid


def span(name: str, number: int, parent: int | None = None, **attributes: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "traceId": TRACE,
        "spanId": f"{number:016x}",
        "name": name,
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 10**9),
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()],
    }
    return made if parent is None else made | {"parentSpanId": f"{parent:016x}"}


def test_updates_that_came_first_outlive_a_restart(tmp_path: Path) -> None:
    with recording(tmp_path) as client:
        assert incomplete(client) == {}
        assert client.post("/runs/batch", json={"patch": [END]}).status_code == 202
        assert incomplete(client) == {"incomplete_runs": 1}
    with recording(tmp_path) as client:
        assert incomplete(client) == {"incomplete_runs": 1}
        assert client.get(f"/api/v1/runs/{ROOT['id']}").status_code == 404
        assert client.post("/runs/batch", json={"post": [ROOT]}).status_code == 202
        found = client.get(f"/api/v1/runs/{ROOT['id']}").json()
        assert (found["outputs"], found["end_time"] is not None) == ({"answer": 1}, True)
        assert incomplete(client) == {}
    with recording(tmp_path) as client:
        assert client.get(f"/api/v1/runs/{ROOT['id']}").json() == found


def test_what_runs_below_use_is_added_to_a_run_that_comes_after_a_restart(tmp_path: Path) -> None:
    with recording(tmp_path) as client:
        assert client.post("/runs/batch", json={"post": [CHILD]}).status_code == 202
    with recording(tmp_path) as client:
        assert client.post("/runs/batch", json={"post": [ROOT]}).status_code == 202
        assert client.get(f"/api/v1/runs/{ROOT['id']}").json()["total_tokens"] == 8


def test_spans_wait_for_their_parents_through_a_restart(tmp_path: Path) -> None:
    """And a span that is given an id is found by it."""
    given = "7" * 8 + ROOT["id"][8:]
    with recording(tmp_path) as client:
        child = of(span("child", 2, 1), span("second", 4, 3))
        assert client.post("/otel/v1/traces", json=child).status_code == 200
        assert incomplete(client) == {"waiting_spans": 2}
        root = of(span("root", 3, **{"langsmith.span.id": given}))
        assert client.post("/otel/v1/traces", json=root).status_code == 200
        assert incomplete(client) == {"waiting_spans": 1}
    with recording(tmp_path) as client:
        assert incomplete(client) == {"waiting_spans": 1}
        assert client.post("/otel/v1/traces", json=of(span("root", 1))).status_code == 200
        assert client.post("/otel/v1/traces", json=of(span("third", 5, 3))).status_code == 200
        assert incomplete(client) == {}
        (project,) = client.get("/api/v1/sessions", params={"name": "default"}).json()
        asked = {"session": [project["id"]]}
        runs = client.post("/api/v1/runs/query", json=asked).json()["runs"]
        names = {run["name"]: run for run in runs}
        assert set(names) == {"root", "child", "second", "third"}
        assert {names[n]["parent_run_id"] for n in ("second", "third")} == {given}
        assert names["child"]["dotted_order"].startswith(PART)


def test_a_full_disk_is_told_and_what_is_sent_again_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is there before: neither rows, nor what is in none, nor the project."""
    with recording(tmp_path) as client:
        assert client.post("/runs/batch", json={"patch": [END]}).status_code == 202

        def fail(*_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", fail)
            answer = client.post("/runs/batch", json={"post": [ROOT, CHILD]})
        assert answer.status_code == 507
        assert "Nothing was written, because it could not be recorded: No space" in answer.text
        assert client.get(f"/api/v1/runs/{ROOT['id']}").status_code == 404
        assert incomplete(client) == {"incomplete_runs": 1}
        assert client.post("/runs/batch", json={"post": [ROOT, CHILD]}).status_code == 202
        found = client.get(f"/api/v1/runs/{ROOT['id']}").json()
        assert (found["outputs"], found["total_tokens"]) == ({"answer": 1}, 8)
        (project,) = client.get("/api/v1/sessions", params={"name": "mine"}).json()
        assert found["session_id"] == project["id"]
    with recording(tmp_path) as client:
        assert client.get(f"/api/v1/runs/{ROOT['id']}").json() == found


def test_runs_and_spans_that_are_in_no_row_are_told(tmp_path: Path) -> None:
    written = Written(tmp_path)
    transaction = Transaction(written)
    for tenant, number in ((TENANT, 1), (OTHER, 2)):
        runs = TakenIn(transaction, tenant, is_batch=False)
        runs.spans.take(
            [otel_spans.span(span_id=bytes([number] * 8), parent_span_id=bytes([9] * 8))]
        )
        runs.take([Payload("patch", uuid(number), {"trace_id": uuid(number)})])
        runs.put()
        runs.keep()
    assert [(each.name, each.count, each.sentence) for each in unfinished(transaction)] == [
        (
            "incomplete_runs",
            2,
            "2 runs are left out, of which too little has come: no name, type, start or place",
        ),
        ("waiting_spans", 2, "2 spans are left out, whose parents have not come"),
    ]


def test_where_nothing_waits_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert [each.count for each in unfinished(Transaction(Written(tmp_path)))] == [0, 0]
