"""An anonymised import counts as the original does, whatever is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import KEY, application_over
from tests.oracles.bare_rows import rows_of
from tests.oracles.exported import plain_and_hidden, stand_in


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """`plain_and_hidden`."""
    return plain_and_hidden(tmp_path_factory.mktemp("exports"))


@pytest.fixture(scope="module")
def clients(folders: tuple[Path, Path]) -> Iterator[tuple[TestClient, TestClient]]:
    plain, hidden = (TestClient(application_over(str(folder))) for folder in folders)
    with plain, hidden:
        yield plain, hidden


def counted(value: Any) -> Any:
    """An answer without its texts, and without the order that they gave it."""
    if isinstance(value, dict):
        return sorted(json.dumps(counted(item)) for item in value.values())
    if isinstance(value, list):
        return sorted(json.dumps(counted(item)) for item in value)
    return "text" if isinstance(value, str) else value


def same_counts(clients: tuple[TestClient, TestClient], plain: Any, hidden: Any) -> Any:
    """The first of two answers, after a check that both count the same."""
    first, second = clients[0].request(**plain), clients[1].request(**hidden)
    assert first.status_code == second.status_code == 200, (first.text, second.text)
    assert counted(second.json()) == counted(first.json())
    return first.json()


def post(url: str, body: Any) -> dict[str, Any]:
    headers = {"X-API-Key": KEY, "Authorization": f"Bearer {KEY}"}
    return {"method": "POST", "url": url, "json": body, "headers": headers}


def test_threads_of_every_project_count_the_same(
    folders: tuple[Path, Path], clients: tuple[TestClient, TestClient]
) -> None:
    runs = [run for run in rows_of(folders[0])("langsmith/runs") if "parent_run_id" not in run]
    asked = 0
    for tenant, session in sorted({(run["tenant_id"], run["session_id"]) for run in runs}):
        threads = {
            run["metadata"]["thread_id"]
            for run in runs
            if run["session_id"] == session and "thread_id" in run["metadata"]
        }
        for thread in threads:
            asked += 1
            plain, hidden = (
                {
                    "method": "GET",
                    "url": f"/v2/threads/{name(thread)}/stats",
                    "params": {
                        "session_id": name(session),
                        "selects": ["TURNS", "TOTAL_TOKENS", "LATENCY_P99", "PROMPT_COST_DETAILS"],
                    },
                    "headers": {"X-API-Key": KEY, "X-Tenant-Id": name(tenant)},
                }
                for name in (str, stand_in)
            )
            assert same_counts(clients, plain, hidden)["turns"] > 0
        url, by = "/api/v1/runs/group/stats", {"group_by": "conversation"}
        plain, hidden = (
            post(url, by | {"session_id": name(session)})
            | {"headers": {"X-API-Key": KEY, "X-Tenant-Id": name(tenant)}}
            for name in (str, stand_in)
        )
        answer = same_counts(clients, plain, hidden)
        assert (answer["group_count"] > 0) == bool(answer["run_count"])
    assert asked > 10


@pytest.mark.parametrize(
    "group_by",
    [
        None,
        {"attribute": "name"},
        {"attribute": "run_type"},
        {"attribute": "tag", "max_groups": 50},
        {"attribute": "metadata", "path": "ls_model_name"},
        {"attribute": "metadata", "path": "model"},
    ],
)
def test_experiments_count_the_same(
    folders: tuple[Path, Path], clients: tuple[TestClient, TestClient], group_by: Any
) -> None:
    (shared,) = rows_of(folders[0])("langsmith/datasets")
    plain, hidden = (
        post(
            f"/api/v1/public/{name(shared['share_token'])}/datasets/runs/stats",
            {"group_by": group_by} if group_by else {},
        )
        for name in (str, stand_in)
    )
    assert same_counts(clients, plain, hidden)
    sessions = [row["id"] for row in rows_of(folders[0])("langsmith/sessions") if "end_time" in row]
    for session in sessions:
        plain, hidden = (
            post(
                f"/api/v1/datasets/{name(shared['id'])}/group/runs",
                {
                    "session_ids": [name(session)],
                    "group_by": "run_metadata",
                    "metadata_key": "model",
                },
            )
            for name in (str, stand_in)
        )
        assert same_counts(clients, plain, hidden)["groups"]


@pytest.mark.parametrize("p_size", ["p50", "p75", "p95", "p99", "p99.9"])
@pytest.mark.parametrize("name", ["", "Support chat", "SQL copilot"])
def test_sessions_count_the_same(
    clients: tuple[TestClient, TestClient], p_size: str, name: str
) -> None:
    body = {"pSize": p_size, "timezoneDifference": 0, "nameContains": name}
    hidden = body | {"nameContains": name and stand_in(name)}
    url = "/v1/session/metrics/query"
    assert same_counts(clients, post(url, body), post(url, hidden))["data"]["session_count"]


def test_joins_hold_across_tables_and_vendors(folders: tuple[Path, Path]) -> None:
    """Every llm run is one request, under the same id and in the same session."""
    rows = rows_of(folders[1])
    calls = {
        run["id"]: run["metadata"].get("thread_id")
        for run in rows("langsmith/runs")
        if run["run_type"] == "llm"
    }
    for request in rows("helicone/requests"):
        session = request["properties"].get("Helicone-Session-Id")
        assert calls[request["request_id"]] in (session, None)
    assert {f["run_id"] for f in rows("langsmith/feedback")} <= {
        run["id"] for run in rows("langsmith/runs")
    }
