"""Feedback, listed and one by one, over a few rows.

Run `parent` has a child, which is shared; both are of one project, and so is run `alone`, which is
shared too. `unknown` is on a run that is not there.

    id       on       key      at  score  comment  source
    first    parent   quality  1   0.5    -        app, user A
    second   child    quality  2   -      "fine"   model
    third    project  total    3   true   ""       (none)
    fourth   parent   helped   3   -      -        api
    unknown  (gone)   quality  -   1      -        api
    theirs   their    quality  9   1      -        api
"""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import InvalidRequest, NotFound
from locum.langsmith.feedback import list_feedback, list_shared_feedback, read_feedback
from tests.oracles.langsmith_rows import PROJECT, TENANT, at, load, run, session

SHARED, TOKEN = (f"0000000{n}-0000-4000-8000-000000000000" for n in range(2))
USER = "0a000000-0000-4000-8000-00000000000a"
ORDER = ["fourth", "third", "second", "first", "unknown"]  # newest first, ties by id, then timeless


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    parent = run("parent")
    alone = run("alone", share_token=TOKEN)
    child = run("child", parent, start_time=at(2), share_token=SHARED)
    theirs = run("their", tenant_id="other", session_id="q")

    def row(id_: str, key: str, **columns: Any) -> dict[str, Any]:
        return {"id": id_, "key": key, "created_at": at(0), "modified_at": at(30), **columns}

    on_parent = {"run_id": "parent", "session_id": PROJECT}
    source = {"type": "app", "user_id": USER, "user_name": "Ada"}
    return load(
        tmp_path_factory.mktemp("data"),
        sessions=[session(), session("q", tenant_id="other")],
        runs=[parent, child, theirs, alone],
        feedback=[
            row("first", "quality", score=0.5, source=source, **on_parent | {"created_at": at(1)}),
            # Whose project only the run tells.
            row("second", "quality", run_id="child", comment="fine", created_at=at(2))
            | {"source": {"type": "model"}},
            row("third", "total", session_id=PROJECT, score=True, comment="", created_at=at(3)),
            # Whose run has moved since.
            row("fourth", "helped", **on_parent | {"created_at": at(3), "session_id": "q"}),
            row("unknown", "quality", run_id="gone", session_id=PROJECT, score=1)
            | {"created_at": None, "modified_at": None},
            row("theirs", "quality", run_id="their", session_id="q", score=1),
        ],
    )


NAMES = (
    *("run", "key", "session", "source", "user", "has_comment", "has_score", "level"),
    *("min_created_at", "max_created_at", "include_user_names"),
)


def ids(data: Data, tenant: str = TENANT, **asked: Any) -> list[str]:
    paged = {"limit": 100, "offset": 0}
    rows = list_feedback(data, tenant, **dict.fromkeys(NAMES) | paged | asked)
    return [row["id"] for row in rows]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ORDER),
        ({"limit": 2, "offset": 1}, ["third", "second"]),
        ({"offset": 5}, []),
        ({"offset": 10**30}, []),
        ({"run": "PARENT"}, ["fourth", "first"]),
        ({"run": ["parent", "child"]}, ["fourth", "second", "first"]),
        ({"run": []}, []),
        ({"session": "Project"}, ORDER),
        ({"session": ["q"]}, []),
        ({"key": ["quality"]}, ["second", "first", "unknown"]),
        ({"key": ["helped", "total"]}, ["fourth", "third"]),
        ({"key": ["QUALITY"]}, []),
        ({"source": ["app"]}, ["first"]),
        ({"source": ["api", "model"]}, ["fourth", "third", "second", "unknown"]),
        ({"user": [USER.upper()]}, ["first"]),
        ({"has_comment": True}, ["second"]),
        ({"has_comment": False}, ["fourth", "third", "first", "unknown"]),
        ({"has_score": True}, ["third", "first", "unknown"]),
        ({"has_score": False}, ["fourth", "second"]),
        ({"level": "run"}, ["fourth", "second", "first", "unknown"]),
        ({"level": "session"}, ["third"]),
        ({"min_created_at": at(2)}, ["fourth", "third", "second"]),
        ({"max_created_at": at(2)}, ["second", "first"]),
        ({"min_created_at": at(2), "max_created_at": at(2), "key": ["quality"]}, ["second"]),
        ({"has_score": True, "run": ["parent"]}, ["first"]),
    ],
)
def test_all_parameters_narrow_the_list(
    data: Data, asked: dict[str, Any], expected: list[str]
) -> None:
    assert ids(data, **asked) == expected


def test_a_tenant_sees_its_own(data: Data) -> None:
    assert ids(data, "other") == ["theirs"]
    assert ids(data, "nobody") == []
    with pytest.raises(NotFound):
        read_feedback(data, "other", feedback_id="first", include_user_names=None)


def test_feedback_tells_of_its_run(data: Data) -> None:
    found = read_feedback(data, TENANT, feedback_id="SECOND", include_user_names=None)
    assert (found["session_id"], found["trace_id"], found["is_root"], found["start_time"]) == (
        PROJECT,
        "parent",
        False,
        at(2),
    )
    first = read_feedback(data, TENANT, feedback_id="first", include_user_names=None)
    assert (first["trace_id"], first["is_root"]) == ("parent", True)
    total = read_feedback(data, TENANT, feedback_id="third", include_user_names=None)
    assert (total["run_id"], total["trace_id"], total["score"]) == (None, None, True)


def test_names_of_users_are_shown_where_they_are_asked_for(data: Data) -> None:
    def source(*, named: bool | None) -> Any:
        found = read_feedback(data, TENANT, feedback_id="first", include_user_names=named)
        return found["feedback_source"]

    unnamed = {"type": "app", "user_id": USER}
    assert source(named=None) == source(named=False) == unnamed
    assert source(named=True) == unnamed | {"user_name": "Ada"}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["fourth", "second", "first"]),
        ({"limit": 1, "offset": 1}, ["second"]),
        ({"run": ["child"]}, ["second"]),
        ({"key": ["quality"], "has_score": True}, ["first"]),
        ({"level": "session"}, []),
        ({"session": ["q"]}, []),
    ],
)
def test_the_token_of_a_run_shows_the_feedback_on_its_trace(
    data: Data, asked: dict[str, Any], expected: list[str]
) -> None:
    """To anybody, without the names of users."""
    paged = {"limit": 100, "offset": 0}
    rows = list_shared_feedback(data, None, SHARED, **dict.fromkeys(NAMES[:8]) | paged | asked)
    assert [row["id"] for row in rows] == expected
    assert all("user_name" not in (row["feedback_source"] or {}) for row in rows)


def test_another_token_shows_no_feedback(data: Data) -> None:
    asked = dict.fromkeys(NAMES[:8]) | {"limit": 100, "offset": 0}
    assert list_shared_feedback(data, None, TOKEN, **asked) == []
    with pytest.raises(NotFound):
        list_shared_feedback(data, None, USER, **asked)


def test_unknown_feedback_is_not_found(data: Data) -> None:
    with pytest.raises(NotFound) as raised:
        read_feedback(data, TENANT, feedback_id="nothing", include_user_names=None)
    assert (raised.value.kind, raised.value.id) == ("feedback", "nothing")


def test_a_time_that_is_none_is_named(data: Data) -> None:
    with pytest.raises(InvalidRequest) as raised:
        ids(data, min_created_at="2026-13-01T00:00:00Z")
    assert raised.value.faults[0].location == ("query", "min_created_at")
