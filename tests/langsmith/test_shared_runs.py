"""What a run's token shows to anybody, over rows worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from locum.engine.data import Data
from locum.exceptions import NotFound, Unanswerable
from locum.langsmith.run_schema import PUBLIC_FIELDS
from locum.langsmith.shared_runs import (
    query_shared_runs,
    read_run_of_shared_trace,
    read_shared_run,
    shared_run,
)
from tests.conftest import KEY, Rows
from tests.oracles.langsmith_rows import TENANT, at, load, run

UNKNOWN = str(UUID(int=1))
TOKEN = "Open"  # noqa: S105 - of a test


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """A shared root with two children, another trace, and one that is shared too."""
    root = run("root", start_time=at(0), share_token=TOKEN)
    late, early = run("late", root, start_time=at(2)), run("early", root, start_time=at(1))
    others = [run("other"), run("theirs", tenant_id="them", share_token="theirs")]  # noqa: S106
    return load(tmp_path_factory.mktemp("shared"), runs=[late, *others, root, early])


def ids(answer: dict[str, Any]) -> list[str]:
    return [run["id"] for run in answer["runs"]]


def test_a_token_shows_its_run_and_nothing_of_the_project(data: Data) -> None:
    shown = read_shared_run(data, None, "OPEN")
    assert (shown["id"], shown["child_run_ids"]) == ("root", ["early", "late"])
    assert set(shown) == set(PUBLIC_FIELDS)
    assert shared_run(data, "theirs").tenant == "them"
    assert shared_run(data, "open").tenant == TENANT


def test_a_run_of_the_shared_trace_is_shown_and_no_other(data: Data) -> None:
    assert read_run_of_shared_trace(data, None, TOKEN, "LATE")["parent_run_ids"] == ["root"]
    for run_id in ("other", "theirs", "nobody"):
        with pytest.raises(NotFound, match="run"):
            read_run_of_shared_trace(data, None, TOKEN, run_id)


def test_the_runs_of_the_shared_trace_come_by_start(data: Data) -> None:
    answer = query_shared_runs(data, None, TOKEN, {})
    assert ids(answer) == ["root", "early", "late"]
    assert answer["cursors"] == {"next": None, "prev": None}
    assert ids(query_shared_runs(data, None, TOKEN, {"id": ["LATE", "other"]})) == ["late"]
    assert ids(query_shared_runs(data, None, TOKEN, {"id": []})) == []


def test_a_large_trace_comes_in_pages(tmp_path: Path) -> None:
    root = run("root", share_token=TOKEN)
    children = [run(f"{n:03}", root, start_time=at(n)) for n in range(1, 150)]
    data = load(tmp_path, runs=[root, *children])
    first = query_shared_runs(data, None, TOKEN, {})
    second = query_shared_runs(data, None, TOKEN, {"cursor": first["cursors"]["next"]})
    assert ids(first) + ids(second) == ["root", *(child["id"] for child in children)]
    assert (len(first["runs"]), second["cursors"]["next"]) == (100, None)
    with pytest.raises(Unanswerable, match="cursor"):
        query_shared_runs(data, None, TOKEN, {"id": [], "cursor": first["cursors"]["next"]})


def test_an_unknown_token_is_not_found(data: Data) -> None:
    asks: list[Callable[[], object]] = [
        lambda: read_shared_run(data, None, "closed"),
        lambda: read_run_of_shared_trace(data, None, "closed", "root"),
        lambda: query_shared_runs(data, None, "closed", {}),
    ]
    for ask in asks:
        with pytest.raises(NotFound, match="closed"):
            ask()


def test_anybody_may_read_what_a_token_opens(client: TestClient, tiny: Rows) -> None:
    """And the key's tenant is told the token."""
    shared = next(row for row in tiny("langsmith/runs") if row.get("share_token"))
    trace = [row for row in tiny("langsmith/runs") if row["trace_id"] == shared["trace_id"]]
    trace.sort(key=lambda row: (row["start_time"], row["id"]))
    path = f"/api/v1/public/{shared['share_token']}"
    assert client.get(f"{path}/run").json()["id"] == shared["id"]
    every = client.post(f"{path}/runs/query", json={}).json()
    assert ids(every) == [row["id"] for row in trace]
    for row in trace:
        assert client.get(f"{path}/run/{row['id']}").json()["id"] == row["id"]
        assert ids(client.post(f"{path}/runs/query", json={"id": [row["id"]]}).json()) == [
            row["id"]
        ]
    told = client.get(f"/runs/{shared['id']}/share", headers={"X-API-Key": KEY}).json()
    assert told == {"run_id": shared["id"], "share_token": shared["share_token"]}
    assert client.get(f"/public/{UNKNOWN}/run").status_code == 404
    assert client.get("/public/x/run").status_code == 422
    odd = client.post(f"{path}/runs/query", json={"ids": []})
    assert (odd.status_code, "ids" in odd.text) == (422, True)
