"""What a shared dataset's token gives, over rows worked out by hand.

The dataset is under a token; `first` and `second` are over it, `plain` is over none, and `theirs`
is another tenant's project that names it. Each has a root run, `first` a child run too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import InvalidRequest, NotFound
from locum.langsmith.run_stats import shared_dataset_stats
from locum.langsmith.shared_datasets import (
    query_shared_dataset_runs,
    read_shared_dataset_run,
    read_shared_feedback,
    read_shared_sessions,
)
from tests.oracles.langsmith_rows import DATASET, TENANT, at, feedback, load, run, session

TOKEN = "7524c5a0-5e80-5b9d-bfd3-b1a362f104bd"  # noqa: S105 - of the rows below
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    projects = ("first", "second", "plain", "theirs")
    roots = {
        name: run(
            f"{name}-root",
            session_id=name,
            tenant_id="other" if name == "theirs" else TENANT,
            start_time=at(number),
            end_time=at(number + 2),
            total_tokens=10,
        )
        for number, name in enumerate(projects)
    }
    child = run("first-child", roots["first"], session_id="first", total_tokens=4, status="error")
    given = [
        feedback(roots[name], "ok", score=score, created_at=at(score))
        for name, score in zip(projects, (1, 2, 3, 4), strict=True)
    ]
    given.append(feedback(child, "ok", comment="no", created_at=at(5)))
    given.append(feedback(None, "whole", score=6, created_at=at(6)) | {"session_id": "second"})
    given.append(feedback(None, "whole", score=7, created_at=at(7)) | {"session_id": "plain"})
    return load(
        tmp_path_factory.mktemp("shared"),
        runs=[*roots.values(), child],
        feedback=given,
        datasets=[{"id": DATASET, "tenant_id": TENANT, "name": "d", "share_token": TOKEN}],
        sessions=[
            session("first", reference_dataset_id=DATASET, start_time=at(10), name="Model A"),
            session("second", reference_dataset_id=DATASET, start_time=at(20), name="Model B"),
            session("plain"),
            session("theirs", reference_dataset_id=DATASET, tenant_id="other"),
        ],
    )


SESSIONS: Mapping[str, Any] = {
    **dict.fromkeys(("id", "name", "name_contains", "sort_by_feedback_key")),
    "sort_by": "start_time",
    "sort_by_desc": True,
    "offset": 0,
    "limit": 100,
    "facets": False,
}
FEEDBACK: Mapping[str, Any] = {
    **dict.fromkeys(("run", "key", "session", "source", "user", "level")),
    **dict.fromkeys(("has_comment", "has_score")),
    "offset": 0,
    "limit": 100,
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["second", "first"]),
        ({"sort_by_desc": False}, ["first", "second"]),
        ({"sort_by": "feedback", "sort_by_feedback_key": "ok"}, ["second", "first"]),
        ({"sort_by": "error_rate"}, ["first", "second"]),
        ({"id": ["FIRST", "plain", "theirs"]}, ["first"]),
        ({"name": "Model A"}, ["first"]),
        ({"name_contains": "model"}, ["second", "first"]),
        ({"offset": 1, "limit": 1}, ["first"]),
    ],
)
def test_the_experiments_over_the_dataset_are_listed(
    data: Data, asked: dict[str, Any], expected: list[str]
) -> None:
    answer = read_shared_sessions(data, None, TOKEN, **{**SESSIONS, **asked})
    assert [each["id"] for each in answer.body] == expected
    narrowed = {"id", "name"} & asked.keys()
    assert answer.headers == {"X-Pagination-Total": "1" if narrowed else "2"}


def test_statistics_are_over_all_runs_of_an_experiment(data: Data) -> None:
    """A child's tokens are among its root's; one of two runs failed; feedback on the project
    itself is apart."""
    second, first = read_shared_sessions(data, None, TOKEN, **SESSIONS).body
    assert (first["run_count"], first["total_tokens"], first["error_rate"]) == (2, 10, 0.5)
    assert (first["feedback_stats"]["ok"]["n"], first["feedback_stats"]["ok"]["avg"]) == (1, 1.0)
    assert (first["session_feedback_stats"], first["test_run_number"]) == ({}, 1)
    assert second["session_feedback_stats"]["whole"]["avg"] == 6.0
    assert second["run_facets"] is None
    with_facets = read_shared_sessions(data, None, TOKEN, **{**SESSIONS, "facets": True}).body
    assert with_facets[0]["run_facets"] != []


def test_a_key_of_feedback_needs_an_order_by_it(data: Data) -> None:
    with pytest.raises(InvalidRequest, match="sort_by_feedback_key"):
        read_shared_sessions(data, None, TOKEN, **{**SESSIONS, "sort_by_feedback_key": "ok"})
    with pytest.raises(InvalidRequest, match="sort_by_feedback_key: Field required"):
        read_shared_sessions(data, None, TOKEN, **{**SESSIONS, "sort_by": "feedback"})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [6, None, 2, 1]),
        ({"session": ["FIRST", "plain", "theirs"]}, [None, 1]),
        ({"session": ["plain"]}, []),
        ({"session": []}, []),
        ({"run": ["first-root", "plain-root", "theirs-root"]}, [1]),
        ({"key": ["whole"]}, [6]),
        ({"level": "session"}, [6]),
        ({"has_score": False}, [None]),
        ({"has_comment": True}, [None]),
        ({"offset": 1, "limit": 2}, [None, 2]),
    ],
)
def test_the_feedback_on_experiments_and_their_runs_is_listed(
    data: Data, asked: dict[str, Any], expected: list[float | None]
) -> None:
    """By its score; the newest first."""
    found = read_shared_feedback(data, None, TOKEN, **{**FEEDBACK, **asked})
    assert [each["score"] for each in found] == expected


RUNS: Mapping[str, Any] = {
    "limit": 100,
    "order": "desc",
    "select": ["id"],
    "skip_prev_cursor": False,
}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["second-root", "first-root", "first-child"]),
        ({"order": "asc"}, ["first-child", "first-root", "second-root"]),
        ({"is_root": True}, ["second-root", "first-root"]),
        ({"session": ["FIRST", "plain"]}, ["first-root", "first-child"]),
        ({"session": ["theirs"]}, []),
        ({"id": ["first-child", "plain-root", "theirs-root"]}, ["first-child"]),
        ({"filter": 'eq(status, "error")'}, ["first-child"]),
        ({"trace": "first-root", "error": False}, ["first-root"]),
    ],
)
def test_the_runs_of_experiments_are_listed(
    data: Data, asked: dict[str, Any], expected: list[str]
) -> None:
    """first-root and its child begin at once. As many are counted as are listed."""
    body = {**RUNS, **asked}
    answer = query_shared_dataset_runs(data, None, TOKEN, body)
    assert [each["id"] for each in answer["runs"]] == expected
    assert answer["cursors"] == {"next": None, "prev": None}
    counted = shared_dataset_stats(data, None, TOKEN, asked | {"select": ["run_count"]})
    assert counted == {"run_count": len(expected)}


def test_runs_are_listed_in_pages(data: Data) -> None:
    body = {**RUNS, "limit": 2, "skip_prev_cursor": True}
    first = query_shared_dataset_runs(data, None, TOKEN.upper(), body)
    assert first["cursors"].keys() == {"next"}
    body["cursor"] = first["cursors"]["next"]
    second = query_shared_dataset_runs(data, None, TOKEN, body)
    ids = [each["id"] for each in (*first["runs"], *second["runs"])]
    assert ids == ["second-root", "first-root", "first-child"]


def test_a_run_of_an_experiment_is_shown_without_what_is_the_tenants(data: Data) -> None:
    shown = read_shared_dataset_run(data, None, TOKEN, "FIRST-child")
    assert (shown["id"], shown["session_id"]) == ("first-child", "first")
    assert (shown["parent_run_ids"], shown["total_tokens"]) == (["first-root"], 4)
    assert not {"app_path", "share_token", "in_dataset", "thread_id"} & shown.keys()


@pytest.mark.parametrize("run_id", ["plain-root", "theirs-root", "unknown"])
def test_any_other_run_is_not_found(data: Data, run_id: str) -> None:
    with pytest.raises(NotFound):
        read_shared_dataset_run(data, None, TOKEN, run_id)


def test_an_unknown_token_is_not_found(data: Data) -> None:
    with pytest.raises(NotFound):
        query_shared_dataset_runs(data, None, UNKNOWN, RUNS)
    with pytest.raises(NotFound):
        read_shared_dataset_run(data, None, UNKNOWN, "first-root")
    with pytest.raises(NotFound):
        read_shared_sessions(data, None, UNKNOWN, **SESSIONS)
    with pytest.raises(NotFound):
        read_shared_feedback(data, None, UNKNOWN, **FEEDBACK)
