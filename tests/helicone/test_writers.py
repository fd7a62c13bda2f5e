"""The operations that write: each has a name of the document, and none both answers and is
answered otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from locum.generate.asked import Manner
from locum.helicone import PROVIDER
from locum.helicone.operations import HANDLERS
from locum.helicone.writers import BODY_LIMITS, LOGS, RAW, WRITERS
from locum.openapi import documents
from tests.conftest import KEY
from tests.helicone.ingestion.logs import log
from tests.helicone.writing.conftest import Server, dataset
from tests.oracles.bundled import application_of, find, scenarios_of

FIRST, *FURTHER = PROVIDER.documents
OPERATIONS = {
    documents.operation_name(*each): each
    for each in documents.operations(documents.load(FIRST, further=FURTHER))
}


def test_every_operation_has_a_handler_or_a_writer() -> None:
    assert WRITERS.keys() | HANDLERS.keys() == OPERATIONS.keys()
    assert not WRITERS.keys() & HANDLERS.keys()
    assert all(OPERATIONS[name][1] != "get" for name in WRITERS)


def test_raw_bodies_and_limits_are_of_writers() -> None:
    assert {*RAW, *BODY_LIMITS, *LOGS} <= WRITERS.keys()
    assert all("log" in OPERATIONS[name][0] for name in LOGS)


def test_the_same_call_may_come_to_both_vendors(client: TestClient, world: dict[str, str]) -> None:
    """In one sandbox; what one takes the other does not see."""
    of_helicone = Server(client, "both")
    of_langsmith = {
        "X-API-Key": KEY,
        "X-Tenant-Id": world["tenant"],
        "Prefer": "sandbox=both",
    }
    id_, session = "6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f", world["session"]
    ended = "2026-06-15T09:01:00.847Z"
    run: dict[str, Any] = {
        "id": id_,
        "trace_id": id_,
        "name": "call",
        "run_type": "llm",
        "session_id": session,
    }
    run |= {"start_time": "2026-06-15T09:01:00.007Z", "end_time": ended, "inputs": {"a": 1}}
    run["dotted_order"] = f"20260615T090100007000Z{id_}"

    def runs() -> Any:
        asked = {"id": [id_], "select": ["id", "name", "end_time", "status"]}
        answer = client.post("/api/v1/runs/query", json=asked, headers=of_langsmith)
        assert answer.status_code == 200, answer.text
        return answer.json()["runs"]

    def requests() -> dict[str, Any]:
        return of_helicone.requests(KEY)

    runs_before, requests_before = runs(), requests()
    for status in (202, 409):  # what is sent again was received already
        answer = client.post("/api/v1/runs", json=run, headers=of_langsmith)
        assert answer.status_code == status, answer.text
        assert requests() == requests_before
    runs_after = runs()
    assert (runs_before, [each["id"] for each in runs_after]) == ([], [id_])
    for _ in range(2):
        sent = {"Helicone-Request-Id": id_}
        assert of_helicone.ask("/custom/v1/log", log({}), key=KEY, headers=sent).text == "ok"
        assert runs() == runs_after
    assert requests().keys() - requests_before.keys() == {id_}
    assert requests()[id_]["delay_ms"] == 840


def test_a_read_only_server_refuses_every_writer(tmp_path: Path) -> None:
    """At once, whatever is sent."""
    scenarios = scenarios_of([find(str(dataset(tmp_path / "data")))], [PROVIDER])
    scenarios.load_chosen()
    application = application_of(scenarios, manner=Manner(is_read_only=True))
    with TestClient(application, raise_server_exceptions=False) as client:
        for name in WRITERS:
            path, method, _ = OPERATIONS[name]
            answer = Server(client).ask(path, b"{", method=method.upper())
            assert answer.status_code == 403, path
            error = f"The server is read-only: {method.upper()} is refused"
            assert answer.json() == {"error": error}
        assert Server(client).ask("/custom/v1/log", log({}), key="").status_code == 401
        assert len(Server(client).requests()) == 2
