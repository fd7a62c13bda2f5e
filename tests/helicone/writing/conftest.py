"""A server that takes writes of Helicone's, each test with a sandbox of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from httpx import Response
from starlette.testclient import TestClient

from locum.helicone import PROVIDER
from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.helicone_requests import golden

MINE = golden("ingestion.json")["organization"]
THEIRS = "22222222-2222-4222-8222-222222222222"
KNOWN = "0a000000-0000-4000-8000-000000000001"  # a request of mine that is in the files
OLD = "0a000000-0000-4000-8000-000000000002"  # another, of more than 30 days before the end
ROWS: list[dict[str, Any]] = [
    {
        "request_id": KNOWN,
        "organization_id": MINE,
        "request_created_at": "2026-06-14T09:00:00Z",
        "properties": {"Helicone-Session-Id": "known", "env": "prod"},
        "scores": {"quality": 3},
        "model": "of the files",
    },
    {
        "request_id": OLD,
        "organization_id": MINE,
        "request_created_at": "2026-05-15T09:00:00Z",
    },
]
TAGS = [
    {"organization_id": MINE, "entity_type": "session", "entity_id": "known", "tag": tag}
    | {"created_at": time}
    for tag, time in (("late", "2100-01-01T00:00:00Z"), ("early", None))
]
ALL = {"filter": "all", "limit": 1000, "sort": {"created_at": "asc"}}
EVER = {"startTimeUnixMs": 0, "endTimeUnixMs": 4e12}
SESSIONS = {"search": "", "timeFilter": EVER, "timezoneDifference": 0, "filter": "all"}
NAMES = {"nameContains": "", "timezoneDifference": 0}


def dataset(folder: Path) -> Path:
    """A dataset whose time ends at noon of 2026-06-15."""
    keys = [("mine", MINE, "rw"), ("theirs", THEIRS, "rw"), ("reader", MINE, "r")]
    tables: dict[str, list[dict[str, Any]]] = {
        "helicone/requests": ROWS,
        "helicone/session_tags": TAGS,
        "keys": [
            {"key": key, "provider": "helicone", "tenant_id": tenant, "access": access}
            for key, tenant, access in keys
        ],
    }
    (folder / "helicone").mkdir(parents=True)
    (folder / "manifest.json").write_text('{"now": "2026-06-15T12:00:00Z"}')
    for name, lines in tables.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@frozen
class Server:
    """Requests to a server, in a sandbox ("" for none)."""

    client: TestClient
    sandbox: str = ""

    def ask(
        self,
        path: str,
        body: Any = None,
        *,
        key: str = "mine",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send JSON, or bytes as they are; with the key, which "" leaves out."""
        own = {"Authorization": f"Bearer {key}"} if key else {}
        own |= {"Prefer": f"sandbox={self.sandbox}"} if self.sandbox else {}
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        found: Response = self.client.request(
            method, path, headers=own | dict(headers or {}), **(sent if method != "GET" else {})
        )
        return found

    def data(self, path: str, body: Any = None, *, key: str = "mine") -> Any:
        """What an operation that reads answers; by GET where there is no body."""
        answer = self.ask(path, body, key=key, method="GET" if body is None else "POST")
        assert answer.status_code == 200, answer.text
        assert answer.json()["error"] is None
        return answer.json()["data"]

    def requests(self, key: str = "mine") -> dict[str, dict[str, Any]]:
        """All requests of an organization by their ids."""
        rows = self.data("/v1/request/query-clickhouse", ALL, key=key)
        return {row["request_id"]: row for row in rows}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = dataset(tmp_path_factory.mktemp("written") / "data")
    scenarios = scenarios_of([find(str(folder))], [PROVIDER], auth="strict")
    scenarios.load_chosen()
    with TestClient(application_of(scenarios), raise_server_exceptions=False) as client:
        yield client


_SANDBOXES = count()


@pytest.fixture
def server(client: TestClient) -> Server:
    return Server(client, f"s{next(_SANDBOXES)}")
