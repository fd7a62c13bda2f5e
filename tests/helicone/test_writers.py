"""The operations that write: each has a name of the document, and none both answers and is
answered otherwise."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from locum.generate.asked import Manner
from locum.helicone import PROVIDER
from locum.helicone.operations import HANDLERS
from locum.helicone.writers import BODY_LIMITS, LOGS, RAW, WRITERS
from locum.openapi import documents
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
