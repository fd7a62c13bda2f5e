"""What the server says of itself."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from locum.langsmith.refused import REFUSED


@pytest.mark.parametrize("path", ["/info", "/api/v1/info"])
def test_anybody_may_ask(client: TestClient, path: str) -> None:
    """Without a key, as the SDKs do where none is set."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json()["version"] == "0.18.0"


def test_what_is_announced_is_built_and_what_is_refused_is_not(client: TestClient) -> None:
    """Ingestion is not."""
    info = client.get("/info").json()
    flags, ingestion = info["instance_flags"], info["batch_ingest_config"]
    assert ingestion["use_multipart_endpoint"] is False
    assert "POST /runs/multipart" in REFUSED
    assert flags["dataset_examples_multipart_enabled"] is False
    assert "POST /v1/platform/datasets/{dataset_id}/examples" in REFUSED
    assert flags["ch_query_enabled"] is flags["sdb_query_enabled"] is True
    assert not {"zstd_compression_enabled", "gzip_body_enabled"} & flags.keys()
