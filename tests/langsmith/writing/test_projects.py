"""Projects made, changed and deleted by v1: what is answered, and what is read then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import Conflict, InvalidRequest, NotFound, Refused
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

CREATE = "create_tracer_session_api_v1_sessions_post"
UPDATE = "update_tracer_session_api_v1_sessions__session_id__patch"
DELETE = "delete_tracer_session_api_v1_sessions__session_id__delete"
DELETE_ALL = "delete_tracer_sessions_api_v1_sessions_delete"
READ = "read_tracer_session_api_v1_sessions__session_id__get"
LIST = "read_tracer_sessions_api_v1_sessions_get"
BOT, BUSY, QUESTIONS, FOREIGN = uuid(1), uuid(2), uuid(3), uuid(4)


def run(id_: str, session: str, **columns: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "tenant_id": TENANT,
        "session_id": session,
        "trace_id": id_,
        "name": "agent",
        "run_type": "chain",
        "status": "success",
        "start_time": at(0),
        **columns,
    }


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(
        tmp_path,
        sessions=[
            {"id": BOT, "tenant_id": TENANT, "name": "bot", "start_time": at(0)},
            {"id": BUSY, "tenant_id": TENANT, "name": "busy", "start_time": at(1)},
            {"id": FOREIGN, "tenant_id": OTHER, "name": "theirs", "start_time": at(2)},
        ],
        datasets=[
            {"id": QUESTIONS, "tenant_id": TENANT, "name": "questions"},
            {"id": uuid(5), "tenant_id": OTHER, "name": "their questions"},
        ],
        runs=[
            run(uuid(20), BUSY),
            run(uuid(21), BUSY, trace_id=uuid(20), parent_run_id=uuid(20)),
            run(uuid(22), BOT),
            run(uuid(23), FOREIGN, tenant_id=OTHER),
        ],
        feedback=[
            {"id": uuid(30), "key": "k", "run_id": uuid(21), "created_at": at(5)},
            {"id": uuid(31), "key": "k", "session_id": BUSY, "created_at": at(5)},
            {"id": uuid(32), "key": "k", "run_id": uuid(22), "created_at": at(5)},
            {"id": uuid(33), "key": "k", "session_id": BOT, "created_at": at(5)},
        ],
    )


def as_read(written: Written, answer: dict[str, Any]) -> dict[str, Any]:
    """What GET says of the same project, in the fields of the answer."""
    read = written.read(READ, session_id=answer["id"])
    return {name: read[name] for name in answer}


def test_an_experiment_as_the_sdk_makes_it(written: Written) -> None:
    body = {
        "id": uuid(7).upper(),
        "name": "attempt-1",
        "description": None,
        "extra": {"metadata": {"model": "x"}},
        "reference_dataset_id": QUESTIONS,
        "num_examples": 20,
    }
    answer = written.write(CREATE, body=body)
    assert answer == {
        "id": uuid(7),
        "tenant_id": TENANT,
        "name": "attempt-1",
        "description": None,
        "start_time": "2026-06-01T12:00:00.000000Z",
        "end_time": None,
        "default_dataset_id": None,
        "reference_dataset_id": QUESTIONS,
        "trace_tier": None,
        "extra": {"metadata": {"model": "x"}},
        "last_run_start_time_live": None,
    }
    assert as_read(written, answer) == answer
    assert [each["name"] for each in written.read(LIST, reference_dataset=[QUESTIONS])] == [
        "attempt-1"
    ]


def test_all_that_is_absent_is_the_servers_to_give(written: Written) -> None:
    answer = written.write(CREATE, body={})
    assert (answer["id"], answer["name"], answer["start_time"], answer["extra"]) == (
        uuid(9000),
        "default",
        "2026-06-01T12:00:00.000000Z",
        None,
    )
    assert as_read(written, answer) == answer


def test_times_are_kept_in_utc(written: Written) -> None:
    answer = written.write(
        CREATE,
        body={"name": "x", "start_time": "2026-05-01T02:00:00+02:00", "end_time": at(9)},
    )
    assert (answer["start_time"], answer["end_time"]) == ("2026-05-01T00:00:00.000000Z", at(9))
    assert as_read(written, answer) == answer


@pytest.mark.parametrize("body", [{"name": "bot"}, {"name": "new", "id": BOT}])
def test_a_name_and_an_id_are_taken_once(written: Written, body: dict[str, Any]) -> None:
    with pytest.raises(Conflict):
        written.write(CREATE, body=body)
    assert len(written.rows("sessions")) == 3


def test_names_and_ids_of_another_tenant_are_free(written: Written) -> None:
    assert written.write(CREATE, body={"name": "theirs", "id": FOREIGN})["id"] == FOREIGN
    assert written.read(READ, tenant=OTHER, session_id=FOREIGN)["start_time"] == at(2)


def test_upsert_changes_the_project_of_that_name(written: Written) -> None:
    body = {"name": "bot", "id": uuid(8), "description": "Answers", "extra": None}
    answer = written.write(CREATE, body=body, upsert=True)
    assert (answer["id"], answer["description"], answer["start_time"]) == (BOT, "Answers", at(0))
    assert as_read(written, answer) == answer
    assert written.write(CREATE, body={"name": "new"}, upsert=True)["id"] == uuid(9000)


@pytest.mark.parametrize("dataset", ["questions", 5, [QUESTIONS], {}])
def test_what_is_no_id_of_a_dataset_is_refused_by_name(written: Written, dataset: Any) -> None:
    """Also where the document has no such field, as of an update."""
    with pytest.raises(InvalidRequest, match=r"body\.reference_dataset_id: .* is no UUID"):
        written.write(UPDATE, session_id=BOT, body={"reference_dataset_id": dataset})


@pytest.mark.parametrize("dataset", [uuid(6), uuid(5)], ids=["nobody's", "another tenant's"])
def test_an_unknown_dataset_is_not_found(written: Written, dataset: str) -> None:
    with pytest.raises(NotFound, match="dataset"):
        written.write(CREATE, body={"name": "new", "reference_dataset_id": dataset})


@pytest.mark.parametrize(
    "given",
    [{"default_dataset_id": QUESTIONS}, {"trace_tier": "longlived"}, {"tag_value_ids": [uuid(1)]}],
)
def test_what_no_table_holds_is_refused_by_name(written: Written, given: dict[str, Any]) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [(CREATE, {}), (UPDATE, {"session_id": BOT})]
    for name, further in asked:
        with pytest.raises(Refused, match=next(iter(given))):
            written.write(name, body={"name": "new", **given}, **further)


def test_a_change_is_of_what_is_given_and_null_is_not(written: Written) -> None:
    first = {"name": None, "extra": {"metadata": {"a": 1}}, "description": "d", "end_time": None}
    written.write(UPDATE, session_id=BOT, body=first)
    second = {"extra": {"metadata": {"b": 2}}, "end_time": at(60), "description": None}
    answer = written.write(UPDATE, session_id=BOT.upper(), body=second)
    assert answer["name"] == "bot"
    assert answer["description"] == "d"
    assert answer["end_time"] == at(60)
    assert answer["extra"] == {"metadata": {"b": 2}}  # which replaces what was there
    assert as_read(written, answer) == answer


def test_a_project_is_found_by_its_new_name_alone(written: Written) -> None:
    written.write(UPDATE, session_id=BOT, body={"name": "robot"})
    with pytest.raises(Conflict):
        written.write(CREATE, body={"name": "robot"})
    assert written.write(CREATE, body={"name": "bot"})["id"] == uuid(9000)
    with pytest.raises(Conflict):
        written.write(UPDATE, session_id=BUSY, body={"name": "bot"})
    assert written.write(UPDATE, session_id=BUSY, body={"name": "busy"})["name"] == "busy"


@pytest.mark.parametrize("session", [uuid(99), FOREIGN], ids=["nobody's", "another tenant's"])
def test_an_unknown_project_is_not_found(written: Written, session: str) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [(UPDATE, {"body": {"name": "x"}}), (DELETE, {})]
    for name, further in asked:
        with pytest.raises(NotFound):
            written.write(name, session_id=session, **further)


def test_a_project_goes_with_its_runs_and_all_feedback(written: Written) -> None:
    assert written.write(DELETE, session_id=BUSY) == {"message": "Sessions deleted: 1"}
    assert [row["id"] for row in written.rows("sessions")] == [BOT, FOREIGN]
    assert [row["id"] for row in written.rows("runs")] == [uuid(22), uuid(23)]
    assert [row["id"] for row in written.rows("feedback")] == [uuid(32), uuid(33)]
    with pytest.raises(NotFound):
        written.read(READ, session_id=BUSY)


def test_several_projects_go_at_once_or_none(written: Written) -> None:
    with pytest.raises(NotFound):
        written.write(DELETE_ALL, session_ids=[BOT, FOREIGN])
    assert len(written.rows("sessions")) == 3
    written.write(DELETE_ALL, session_ids=[BOT, BUSY, BOT])
    assert [row["id"] for row in written.rows("sessions")] == [FOREIGN]
    assert [row["id"] for row in written.rows("runs")] == [uuid(23)]
    assert written.rows("feedback") == []


def test_a_time_that_is_none_is_refused(written: Written) -> None:
    with pytest.raises(InvalidRequest, match="start_time"):
        written.write(CREATE, body={"start_time": "yesterday"})
