"""Projects by their names, as runs name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.exceptions import NotFound
from locum.langsmith.writing import project_names, rows
from locum.langsmith.writing.project_names import ProjectsOfRuns
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Transaction, Written, uuid


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(
        tmp_path,
        sessions=[
            {"id": uuid(2), "tenant_id": TENANT, "name": "bot", "start_time": at(0)},
            {"id": uuid(1), "tenant_id": TENANT, "name": "bot", "start_time": at(1)},
            {"id": uuid(3), "tenant_id": OTHER, "name": "theirs", "start_time": at(0)},
        ],
    )


def test_a_name_that_is_not_there_is_made_once(written: Written) -> None:
    transaction = Transaction(written)
    projects = ProjectsOfRuns(transaction, TENANT)
    assert projects.named("bot", at(9)) == uuid(1)
    assert projects.named("theirs", at(9)) == uuid(9000)
    assert projects.named("theirs", at(9)) == uuid(9000)
    row = transaction.rows(rows.SESSIONS, [(uuid(9000), TENANT)])[uuid(9000), TENANT]
    assert row == {
        "id": uuid(9000),
        "tenant_id": TENANT,
        "name": "theirs",
        "start_time": at(9),
    }


def begin(written: Written, *times: int) -> str:
    """When the project "new" begins after one request of runs that begin then."""
    transaction = Transaction(written)
    projects = ProjectsOfRuns(transaction, TENANT)
    for time in times:
        id_ = projects.named("new", at(time))
    written.keep(transaction)
    return str(transaction.rows(rows.SESSIONS, [(id_, TENANT)])[id_, TENANT]["start_time"])


def test_a_project_that_runs_make_begins_with_the_first_of_them(written: Written) -> None:
    assert begin(written, 8, 9, 7) == at(7)
    assert begin(written, 8) == at(7)
    assert begin(written, 6) == at(6)
    assert begin(written, 7, 5, 6) == at(5)
    assert begin(written, 4) == at(4)


def test_a_project_that_was_made_otherwise_begins_when_it_says(written: Written) -> None:
    transaction = Transaction(written)
    assert ProjectsOfRuns(transaction, OTHER).named("theirs", "2026-05-01T00:00:00.000000Z")
    assert transaction.tables == written.tables
    begin(written, 8)
    written.write(
        "create_tracer_session_api_v1_sessions_post",
        body={"name": "new", "start_time": at(9)},
        upsert=True,
    )
    assert begin(written, 7) == at(9)


def test_what_was_dropped_is_made_again(written: Written) -> None:
    """A change that ends with nothing leaves what is known of it behind."""
    assert ProjectsOfRuns(Transaction(written), TENANT).named("new", at(9)) == uuid(9000)
    assert ProjectsOfRuns(Transaction(written), TENANT).named("new", at(9)) == uuid(9001)


def test_a_project_that_was_renamed_or_deleted_is_no_longer_found(written: Written) -> None:
    transaction = Transaction(written)
    project_names.put(transaction, {"id": uuid(1), "tenant_id": TENANT, "name": "robot"})
    found = project_names.named(transaction, TENANT, "bot")
    assert found is not None
    assert found["id"] == uuid(2)
    transaction.delete(rows.SESSIONS, [(uuid(2), TENANT)])
    assert project_names.named(transaction, TENANT, "bot") is None


def test_what_is_known_is_forgotten_with_the_project(written: Written) -> None:
    """As the writers that rename and delete do; runs trust what is known."""
    transaction = Transaction(written)
    assert ProjectsOfRuns(transaction, OTHER).named("theirs", at(9)) == uuid(3)
    ProjectsOfRuns(transaction, OTHER).check(uuid(3))
    project_names.put(transaction, {"id": uuid(3), "tenant_id": OTHER, "name": "others"})
    assert ProjectsOfRuns(transaction, OTHER).named("theirs", at(9)) == uuid(9000)
    project_names.forget(transaction, [uuid(3)])
    transaction.delete(rows.SESSIONS, [(uuid(3), OTHER)])
    with pytest.raises(NotFound):
        ProjectsOfRuns(transaction, OTHER).check(uuid(3))


def test_projects_that_runs_make_are_there_for_them(written: Written) -> None:
    projects = ProjectsOfRuns(Transaction(written), TENANT)
    projects.check(projects.named("new", at(9)))
    with pytest.raises(NotFound):  # since that change was dropped
        ProjectsOfRuns(Transaction(written), TENANT).check(uuid(9000))


def test_a_project_of_an_id_must_be_there(written: Written) -> None:
    projects = ProjectsOfRuns(Transaction(written), TENANT)
    projects.check(uuid(1).upper())
    for session in (uuid(3), uuid(99)):
        with pytest.raises(NotFound):
            projects.check(session)
