"""One good request for each of the five operations, over ids of `tiny`."""

from __future__ import annotations

from typing import Any

from tests.conftest import KEY

OPERATIONS = ("group_stats", "shared_stats", "group_runs", "thread_stats", "session_metrics")


def request(operation: str, world: dict[str, str]) -> dict[str, Any]:
    """The operation's request as keyword arguments of httpx's `request`."""
    key = {"X-API-Key": KEY}
    if operation == "group_stats":
        body: dict[str, Any] = {"session_id": world["session"], "group_by": "conversation"}
        return _post("/api/v1/runs/group/stats", body, key)
    if operation == "shared_stats":
        return _post(f"/api/v1/public/{world['share_token']}/datasets/runs/stats", {}, {})
    if operation == "group_runs":
        body = {
            "session_ids": [world["experiment"]],
            "group_by": "run_metadata",
            "metadata_key": "model",
        }
        return _post(f"/api/v1/datasets/{world['dataset']}/group/runs", body, key)
    if operation == "thread_stats":
        return {
            "method": "GET",
            "url": f"/v2/threads/{world['thread']}/stats",
            "params": {"session_id": world["session"], "selects": ["TURNS", "TOTAL_TOKENS"]},
            "headers": key | {"X-Tenant-Id": world["tenant"]},
        }
    body = {"nameContains": "", "timezoneDifference": 0}
    return _post("/v1/session/metrics/query", body, {"Authorization": f"Bearer {KEY}"})


def _post(url: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    return {"method": "POST", "url": url, "json": body, "headers": headers}
