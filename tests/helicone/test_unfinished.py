"""What is said of requests that have not come: told when a dataset is saved, and there after a
restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from tests.helicone.ingestion.logs import log
from tests.oracles.recording_servers import incomplete, recording

ID = "6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f"
HEADERS = {"Helicone-Request-Id": ID}


def request(client: TestClient) -> dict[str, Any]:
    asked = {"filter": {"request_response_rmt": {"request_id": {"equals": ID}}}}
    (found,) = client.post("/v1/request/query-clickhouse", json=asked).json()["data"]
    return dict(found)


def test_scores_wait_for_their_request_through_a_restart(tmp_path: Path) -> None:
    with recording(tmp_path) as client:
        said = client.post(f"/v1/request/{ID}/score", json={"scores": {"a": 1}})
        assert said.status_code == 201, said.text
        assert incomplete(client) == {"waiting_scores": 1}
    with recording(tmp_path) as client:
        assert incomplete(client) == {"waiting_scores": 1}
        sent = client.post("/custom/v1/log", json=log({}), headers=HEADERS)
        assert sent.status_code == 200, sent.text
        assert request(client)["scores"] == {"a": "1"}
        assert incomplete(client) == {}
        given = {"key": "Desk", "value": "south"}
        assert client.put(f"/v1/request/{ID}/property", json=given).status_code == 201
    with recording(tmp_path) as client:
        assert request(client)["scores"] == {"a": "1"}
        sent = client.post("/custom/v1/log", json=log({}), headers=HEADERS)
        assert sent.status_code == 200
        assert request(client)["request_properties"]["Desk"] == "south"
