"""Runs of a tenant in pages and by id, over rows worked out by hand; and over HTTP, over `tiny`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from locum.engine.data import Data
from locum.exceptions import NotFound, Unanswerable
from locum.langsmith.run_schema import REQUIRED
from locum.langsmith.runs import query_runs, read_run, run_share
from tests.conftest import KEY, Rows
from tests.oracles.langsmith_rows import PROJECT, TENANT, at, load, run, session

HEADERS = {"X-API-Key": KEY}
UNKNOWN = str(UUID(int=1))
BODY: dict[str, Any] = {"limit": 100, "order": "desc", "select": [], "skip_prev_cursor": False}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """By start: one, its child, two, three; and another tenant's, at the same time as two."""
    made_by = {"name": "maker"}
    one = run(
        "one",
        start_time=at(1),
        share_token="open",  # noqa: S106
        reference_example_id="e",
        serialized=made_by,
    )
    child = run("Child", one, start_time=at(2), run_type="llm", status="error")
    two, three = run("two", start_time=at(3)), run("three", start_time=at(4), session_id="second")
    strange = run("strange", start_time=at(3), tenant_id="other", session_id="third")
    return load(
        tmp_path_factory.mktemp("runs"),
        runs=[three, child, strange, two, one],
        sessions=[session(), session("second"), session("third", tenant_id="other")],
    )


def asked(data: Data, **body: Any) -> list[str]:
    """The ids of the runs of the page."""
    return [run["id"] for run in query_runs(data, TENANT, BODY | body)["runs"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"session": [PROJECT]}, ["two", "Child", "one"]),
        ({"session": [PROJECT], "order": "asc"}, ["one", "Child", "two"]),
        ({"session": ["SECOND", PROJECT]}, ["three", "two", "Child", "one"]),
        ({"session": []}, []),
        ({"session_id": PROJECT}, ["two", "Child", "one"]),
        ({"session_id": PROJECT, "session": ["second", PROJECT.upper()]}, ["two", "Child", "one"]),
        ({"session_id": PROJECT, "session": ["second"]}, []),
        ({"session_id": None, "session": ["second"]}, ["three"]),
        ({"trace": "one"}, ["Child", "one"]),
        ({"trace": "one", "is_root": False}, ["Child"]),
        ({"parent_run": "one"}, ["Child"]),
        ({"reference_example": ["e"]}, ["one"]),
        ({"reference_example": "E"}, ["one"]),
        ({"id": ["CHILD", "three", "strange"], "run_type": "tool", "session": [UNKNOWN]},
         ["three", "Child"]),
        ({"session": [PROJECT], "error": True}, ["Child"]),
        ({"session": [PROJECT], "start_time": at(2), "end_time": at(3)}, ["Child"]),
        ({"session": [PROJECT], "start_time": at(2).rstrip("Z")}, ["two", "Child"]),
        ({"session": [PROJECT], "filter": 'eq(run_type, "llm")'}, ["Child"]),
        ({"session": [PROJECT], "tree_filter": 'eq(status, "error")'}, ["Child", "one"]),
    ],
)  # fmt: skip
def test_a_body_asks_for_runs(data: Data, body: dict[str, Any], expected: list[str]) -> None:
    assert asked(data, **body) == expected


def test_a_page_has_the_cursors_of_those_beside_it(data: Data) -> None:
    every = {"session": [PROJECT], "limit": 1}
    first = query_runs(data, TENANT, BODY | every)
    assert (first["search_cursors"], first["parsed_query"]) == (None, None)
    assert (asked(data, **every), first["cursors"]["prev"]) == (["two"], None)
    following = every | {"cursor": first["cursors"]["next"]}
    second = query_runs(data, TENANT, BODY | following)
    assert asked(data, **following) == ["Child"]
    assert asked(data, **every, cursor=second["cursors"]["prev"]) == ["two"]
    last = query_runs(data, TENANT, BODY | every | {"cursor": second["cursors"]["next"]})
    assert ([run["id"] for run in last["runs"]], last["cursors"]["next"]) == (["one"], None)
    without = query_runs(data, TENANT, BODY | following | {"skip_prev_cursor": True})
    assert without["cursors"] == {"next": second["cursors"]["next"]}


def test_a_cursor_is_good_for_another_limit_and_selection_and_no_other_question(data: Data) -> None:
    """Nor for a project that another tenant has under the same id."""
    body = {"session": [PROJECT], "error": None}
    cursor = query_runs(data, TENANT, BODY | body | {"limit": 1})["cursors"]["next"]
    same = {"session": [PROJECT], "select": ["name"], "skip_pagination": True, "cursor": cursor}
    assert asked(data, **same) == ["Child", "one"]
    for other in ({"is_root": True}, {"order": "asc"}, {"session": ["second"]}):
        with pytest.raises(Unanswerable, match="cursor"):
            asked(data, **same | other)


def test_what_narrows_the_search_is_named_where_it_is_missing(data: Data) -> None:
    with pytest.raises(Unanswerable, match="session, id, trace, parent_run or reference_example"):
        asked(data, session=None, is_root=True, filter='eq(name, "x")')


@pytest.mark.parametrize("session_id", [UNKNOWN, "third"])
def test_a_project_of_nobody_or_of_others_is_not_found(data: Data, session_id: str) -> None:
    with pytest.raises(NotFound, match=session_id):
        asked(data, session=[PROJECT, session_id])


def test_what_is_required_is_shown_whatever_is_selected(data: Data) -> None:
    (shown,) = query_runs(data, TENANT, BODY | {"id": ["one"], "select": ["tags"]})["runs"]
    assert set(shown) == {*REQUIRED, "tags"}


def test_what_made_a_run_is_left_out_on_demand(data: Data) -> None:
    whole = read_run(data, TENANT, "one")
    assert whole["serialized"] == {"name": "maker"}
    assert read_run(data, TENANT, "one", exclude_serialized=True) == whole | {"serialized": None}


def test_a_run_is_read_by_its_id_with_its_children(data: Data) -> None:
    shown = read_run(data, TENANT, "ONE")
    assert (shown["id"], shown["child_run_ids"]) == ("one", ["Child"])
    assert read_run(data, TENANT, "child")["parent_run_ids"] == ["one"]
    for run_id in ("strange", "nobody"):
        with pytest.raises(NotFound, match="run"):
            read_run(data, TENANT, run_id)


def test_a_shared_run_tells_its_token(data: Data) -> None:
    assert run_share(data, TENANT, "one") == {"run_id": "one", "share_token": "open"}
    assert run_share(data, TENANT, "two") is None
    with pytest.raises(NotFound, match="run"):
        run_share(data, TENANT, "strange")


def query(client: TestClient, **body: Any) -> Any:
    return client.post("/api/v1/runs/query", json=body, headers=HEADERS)


def all_pages(client: TestClient, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The runs of all pages, as the SDKs follow them."""
    cursor = None
    while True:
        answer = query(client, **body | ({"cursor": cursor} if cursor else {})).json()
        yield from answer["runs"]
        cursor = answer["cursors"].get("next")
        if not cursor:
            return


def test_pages_have_every_run_of_a_project_once_the_newest_first(
    client: TestClient, tiny: Rows, world: dict[str, str]
) -> None:
    found = list(all_pages(client, {"session": [world["session"]], "limit": 7}))
    runs = [run for run in tiny("langsmith/runs") if run["session_id"] == world["session"]]
    runs.sort(key=lambda run: (run["start_time"], run["id"]), reverse=True)
    assert [run["id"] for run in found] == [run["id"] for run in runs]
    assert [run["start_time"] for run in found] == [run["start_time"] for run in runs]
    assert "child_run_ids" not in found[0]  # unless it is selected


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "session, id, trace, parent_run or reference_example"),
        ({"session": [UNKNOWN]}, 404, UNKNOWN),
        ({"session": ["x"]}, 422, "UUID"),
        ({"session": [], "limit": 101}, 422, "less than or equal to 100"),
        ({"session": [], "limit": 0}, 422, "greater than or equal to 1"),
        ({"session": [], "select": ["nothing"]}, 422, "select"),
        ({"session": [], "order": "up"}, 422, "'asc' or 'desc'"),
        ({"session": [], "execution_order": 2}, 422, "execution_order"),
        ({"session": [], "data_source_type": "other"}, 422, "data_source_type"),
        ({"session": [], "start_time": "2026-02-30T00:00:00"}, 422, "start_time"),
        ({"session": [], "start_time": "yesterday"}, 422, "start_time"),
        ({"session": [], "cursor": "x"}, 400, "cursor"),
        ({"session": [], "filter": "eq(name"}, 400, "position 8"),
        ({"session": [], "include_children": True}, 422, "include_children"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(
    client: TestClient, body: dict[str, Any], status: int, words: str
) -> None:
    answer = query(client, **body)
    assert answer.status_code == status
    assert words in answer.text


@pytest.mark.parametrize("prefix", ["/api/v1", ""])
def test_a_run_is_read_under_both_addresses(
    client: TestClient, tiny: Rows, world: dict[str, str], prefix: str
) -> None:
    run = next(r for r in tiny("langsmith/runs") if r["session_id"] == world["session"])
    answer = client.get(f"{prefix}/runs/{run['id']}", headers=HEADERS)
    assert (answer.status_code, answer.json()["id"]) == (200, run["id"])
    assert client.get(f"{prefix}/runs/{UNKNOWN}", headers=HEADERS).status_code == 404
    assert client.get(f"{prefix}/runs/x", headers=HEADERS).status_code == 422
    assert client.get(f"{prefix}/runs/{run['id']}/share", headers=HEADERS).json() is None
    assert client.get(f"{prefix}/runs/{run['id']}").status_code == 401
    odd = client.get(f"{prefix}/runs/{run['id']}", params={"x": 1}, headers=HEADERS)
    assert (odd.status_code, "x" in odd.text) == (422, True)
