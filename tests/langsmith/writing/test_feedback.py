"""Feedback given, changed and taken back: what is answered, and what is read then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import Conflict, InvalidRequest, NotFound, Refused
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

CREATE = "create_feedback_api_v1_feedback_post"
EAGER = "eagerly_create_feedback_api_v1_feedback_eager_post"
UPDATE = "update_feedback_api_v1_feedback__feedback_id__patch"
DELETE = "delete_feedback_api_v1_feedback__feedback_id__delete"
READ = "read_feedback_api_v1_feedback__feedback_id__get"
LIST = "read_feedbacks_api_v1_feedback_get"
PROJECT, ROOT, CHILD, FOREIGN, FOREIGN_PROJECT = uuid(1), uuid(20), uuid(21), uuid(22), uuid(2)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def run(id_: str, **columns: Any) -> dict[str, Any]:
        return {
            "id": id_,
            "tenant_id": TENANT,
            "session_id": PROJECT,
            "trace_id": ROOT,
            "run_type": "chain",
            "status": "success",
            "start_time": at(3),
            **columns,
        }

    return Written(
        tmp_path,
        sessions=[
            {"id": PROJECT, "tenant_id": TENANT, "name": "bot", "start_time": at(0)},
            {"id": FOREIGN_PROJECT, "tenant_id": OTHER, "name": "theirs", "start_time": at(0)},
        ],
        runs=[
            run(ROOT),
            run(CHILD, parent_run_id=ROOT),
            run(FOREIGN, tenant_id=OTHER, trace_id=FOREIGN, session_id=FOREIGN_PROJECT),
        ],
        feedback=[
            {
                "id": uuid(30),
                "key": "k",
                "run_id": ROOT,
                "score": 0.5,
                "comment": "so so",
                "created_at": at(5),
                "modified_at": at(5),
            },
            {"id": uuid(31), "key": "k", "run_id": FOREIGN, "created_at": at(5)},
        ],
    )


def as_read(written: Written, answer: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = written.read(READ, feedback_id=answer["id"])
    return read


@pytest.mark.parametrize("name", [CREATE, EAGER])
def test_feedback_on_a_child_run(written: Written, name: str) -> None:
    body = {
        "id": uuid(7),
        "run_id": CHILD.upper(),
        "trace_id": ROOT,
        "key": "correctness",
        "score": 0.123456,
        "value": "good",
        "comment": "Well done",
        "correction": {"answer": "42"},
        "feedback_source": {"type": "model", "metadata": {"__run": {"run_id": ROOT}}},
        "created_at": at(9),
        "modified_at": at(10),
        "feedback_config": {"type": "continuous"},
        "extra": {"error": False},
        "extend_trace_retention": True,
    }
    answer = written.write(name, body=body)
    assert answer == {
        "id": uuid(7),
        "key": "correctness",
        "score": 0.1235,
        "value": "good",
        "comment": "Well done",
        "correction": {"answer": "42"},
        "feedback_source": {"type": "model", "metadata": {"__run": {"run_id": ROOT}}},
        "run_id": CHILD,
        "session_id": PROJECT,
        "trace_id": ROOT,
        "start_time": at(3),
        "is_root": False,
        "created_at": at(9),
        "modified_at": at(10),
        "feedback_group_id": None,
        "comparative_experiment_id": None,
        "extra": None,
        "feedback_thread_id": None,
    }
    assert as_read(written, answer) == answer


def test_all_that_is_absent_is_the_servers_to_give(written: Written) -> None:
    answer = written.write(CREATE, body={"run_id": ROOT, "key": "k"})
    assert (answer["id"], answer["created_at"], answer["modified_at"]) == (
        uuid(9000),
        "2026-06-01T12:00:00.000000Z",
        "2026-06-01T12:00:00.000000Z",
    )
    assert (answer["score"], answer["feedback_source"], answer["is_root"]) == (None, None, True)
    assert as_read(written, answer) == answer


@pytest.mark.parametrize(
    ("score", "kept"),
    [(True, True), (False, False), (None, None), (7, 7), (-1.00005, -1.0001), (0.25, 0.25)],
)
def test_scores_are_kept_with_four_decimals(written: Written, score: Any, kept: Any) -> None:
    answer = written.write(CREATE, body={"run_id": ROOT, "key": "s", "score": score})
    assert answer["score"] is kept if isinstance(kept, bool | None) else answer["score"] == kept
    assert as_read(written, answer) == answer


@pytest.mark.parametrize("value", [1, 0.5, True, "label", {"a": [1]}, None])
def test_values_are_kept_as_they_are(written: Written, value: Any) -> None:
    answer = written.write(CREATE, body={"run_id": ROOT, "key": "v", "value": value})
    assert answer["value"] == value
    assert as_read(written, answer) == answer


def test_a_correction_may_be_a_text(written: Written) -> None:
    answer = written.write(CREATE, body={"run_id": ROOT, "key": "v", "correction": "so"})
    assert answer["correction"] == "so"
    assert as_read(written, answer) == answer


def test_a_trace_stands_for_its_root(written: Written) -> None:
    assert written.write(CREATE, body={"trace_id": ROOT, "key": "k"})["run_id"] == ROOT


def test_feedback_on_a_project(written: Written) -> None:
    answer = written.write(CREATE, body={"session_id": PROJECT, "key": "accuracy", "score": 1})
    assert (answer["run_id"], answer["session_id"], answer["trace_id"]) == (None, PROJECT, None)
    assert as_read(written, answer) == answer


def test_the_same_id_again_is_in_the_place_of_what_was_there(written: Written) -> None:
    written.write(CREATE, body={"id": uuid(30), "run_id": CHILD, "key": "new", "score": 1})
    rows = [row for row in written.rows("feedback") if row["id"] == uuid(30)]
    assert [(row["run_id"], row["key"], row["comment"]) for row in rows] == [(CHILD, "new", None)]


def test_a_run_that_is_not_there_yet_has_its_feedback_once_it_is(written: Written) -> None:
    body = {"id": uuid(7), "run_id": uuid(40), "session_id": PROJECT, "key": "early", "score": 1}
    answer = written.write(CREATE, body=body)
    assert (answer["trace_id"], answer["is_root"]) == (None, False)
    assert as_read(written, answer) == answer
    written.tables["langsmith/runs"][uuid(40)] = {
        **written.tables["langsmith/runs"][ROOT],
        "id": uuid(40),
        "trace_id": uuid(40),
    }
    written._data = None
    assert as_read(written, answer) == answer | {
        "trace_id": uuid(40),
        "start_time": at(3),
        "is_root": True,
    }


def test_of_a_run_that_is_there_the_project_is_the_runs(written: Written) -> None:
    body = {"run_id": ROOT, "session_id": FOREIGN_PROJECT, "key": "k"}
    assert written.write(CREATE, body=body)["session_id"] == PROJECT


def test_another_tenants_run_is_refused(written: Written) -> None:
    with pytest.raises(Refused):
        written.write(CREATE, body={"run_id": FOREIGN, "key": "k"})


@pytest.mark.parametrize("session", [FOREIGN_PROJECT, uuid(99)])
def test_an_unknown_project_is_a_fault_of_the_body(written: Written, session: str) -> None:
    for on in ({}, {"run_id": uuid(40)}):
        with pytest.raises(InvalidRequest, match="session_id"):
            written.write(CREATE, body={"session_id": session, "key": "k", **on})


def test_another_tenants_id_is_taken(written: Written) -> None:
    with pytest.raises(Conflict):
        written.write(CREATE, body={"id": uuid(31), "run_id": ROOT, "key": "k"})


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"run_id": None}, InvalidRequest),
        ({"score": 1e10}, InvalidRequest),
        ({"score": "good"}, InvalidRequest),
        ({"value": [1]}, InvalidRequest),
        ({"comment": 1}, InvalidRequest),
        ({"correction": 1}, InvalidRequest),
        ({"key": "k" * 181}, InvalidRequest),
        ({"key": None}, InvalidRequest),
        ({"feedback_source": {"type": "me"}}, InvalidRequest),
        ({"feedback_source": "api"}, InvalidRequest),
        ({"created_at": 5}, InvalidRequest),
        ({"comparative_experiment_id": uuid(1)}, Refused),
        ({"feedback_group_id": uuid(1)}, Refused),
    ],
)
def test_what_cannot_be_kept_is_refused(
    written: Written, given: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        written.write(CREATE, body={"run_id": ROOT, "key": "k", **given})


def test_a_change_takes_back_by_null_and_leaves_what_is_absent(written: Written) -> None:
    body = {"score": True, "comment": None, "correction": {"a": 1}}
    answer = written.write(UPDATE, feedback_id=uuid(30).upper(), body=body)
    assert (answer["score"], answer["comment"], answer["correction"]) == (True, None, {"a": 1})
    assert (answer["created_at"], answer["modified_at"]) == (at(5), "2026-06-01T12:00:00.000000Z")
    assert as_read(written, answer) == answer
    again = written.write(UPDATE, feedback_id=uuid(30), body={"value": "x"})
    assert again == answer | {"value": "x", "modified_at": "2026-06-01T12:00:01.000000Z"}


def test_feedback_is_taken_back(written: Written) -> None:
    assert written.write(DELETE, feedback_id=uuid(30)) == {"message": "Feedback deleted"}
    with pytest.raises(NotFound):
        written.read(READ, feedback_id=uuid(30))
    with pytest.raises(NotFound):
        written.write(DELETE, feedback_id=uuid(30))


@pytest.mark.parametrize("feedback", [uuid(99), uuid(31)], ids=["nobody's", "another tenant's"])
def test_unknown_feedback_is_not_found(written: Written, feedback: str) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [(UPDATE, {"body": {"score": 1}}), (DELETE, {})]
    for name, further in asked:
        with pytest.raises(NotFound):
            written.write(name, feedback_id=feedback, **further)


def test_what_is_given_counts(written: Written) -> None:
    for score in (True, 0.5):
        written.write(CREATE, body={"run_id": CHILD, "key": "mean", "score": score})
    stats = written.read(
        "read_tracer_session_api_v1_sessions__session_id__get",
        session_id=PROJECT,
        include_stats=True,
    )["feedback_stats"]["mean"]
    assert (stats["n"], stats["avg"]) == (2, 0.75)
