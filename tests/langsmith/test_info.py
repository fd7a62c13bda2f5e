"""What the server says of itself."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from locum.langsmith.writers import BODY_LIMITS, WRITERS


@pytest.mark.parametrize("path", ["/info", "/api/v1/info"])
def test_anybody_may_ask(client: TestClient, path: str) -> None:
    """Without a key, as the SDKs do where none is set."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json()["version"] == "0.18.0"


def test_what_is_announced_is_built(client: TestClient) -> None:
    info = client.get("/info").json()
    flags, ingestion = info["instance_flags"], info["batch_ingest_config"]
    assert ingestion["use_multipart_endpoint"] is True
    assert "POST /runs/multipart" in WRITERS
    assert flags["dataset_examples_multipart_enabled"] is True
    assert "POST /v1/platform/datasets/{dataset_id}/examples" in WRITERS
    assert flags["ch_query_enabled"] is flags["sdb_query_enabled"] is True
    assert flags["zstd_compression_enabled"] is flags["gzip_body_enabled"] is True
    assert BODY_LIMITS["POST /runs/multipart"] > ingestion["size_limit_bytes"]
