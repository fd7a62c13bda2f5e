"""Projects made and changed by v2: what is answered, and what is read then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import Conflict, InvalidRequest, NotFound, Refused
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import TENANT, Written, uuid

CREATE, UPDATE, READ = (
    "post_v2_sessions",
    "patch_v2_sessions_session_id",
    "get_v2_sessions_session_id",
)
QUESTIONS, BOT, EARLY, LATE = uuid(1), uuid(2), uuid(3), uuid(4)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def experiment(id_: str, name: str, seconds: int) -> dict[str, Any]:
        return {
            "id": id_,
            "tenant_id": TENANT,
            "name": name,
            "start_time": at(seconds),
            "reference_dataset_id": QUESTIONS,
        }

    return Written(
        tmp_path,
        sessions=[
            {"id": BOT, "tenant_id": TENANT, "name": "bot", "start_time": at(0)},
            experiment(EARLY, "early", 10),
            experiment(LATE, "late", 30),
        ],
        datasets=[{"id": QUESTIONS, "tenant_id": TENANT, "name": "questions"}],
    )


def test_a_project(written: Written) -> None:
    body = {"type": "PROJECT", "name": "next", "description": "The next", "extra": {"a": 1}}
    answer = written.write(CREATE, body=body)
    assert answer == {
        "id": uuid(9000),
        "tenant_id": TENANT,
        "type": "PROJECT",
        "name": "next",
        "description": "The next",
        "start_time": "2026-06-01T12:00:00.000000Z",
        "extra": {"a": 1},
    }
    assert written.read(READ, session_id=uuid(9000)) == answer


def test_an_experiment_has_its_number(written: Written) -> None:
    body = {
        "type": "EXPERIMENT",
        "name": "between",
        "reference_dataset_id": QUESTIONS,
        "start_time": at(20),
        "num_examples": 3,
        "num_repetitions": 1,
        "evaluator_keys": ["k"],
        "kicked_off_by": "me",
    }
    answer = written.write(CREATE, body=body)
    assert (answer["type"], answer["test_run_number"]) == ("EXPERIMENT", 2)
    assert written.read(READ, session_id=answer["id"]) == answer


def test_upsert_and_change(written: Written) -> None:
    body = {"type": "PROJECT", "name": "bot", "description": "d"}
    with pytest.raises(Conflict):
        written.write(CREATE, body=body)
    assert written.write(CREATE, body=body, upsert=True)["id"] == BOT
    answer = written.write(UPDATE, session_id=LATE, body={"end_time": at(99), "extra": {"b": 2}})
    assert (answer["end_time"], answer["test_run_number"]) == (at(99), 2)
    assert written.read(READ, session_id=LATE) == answer


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"type": "AGENT"}, Refused),
        ({"type": "PROJECT", "trace_tier": "LONG_LIVED"}, Refused),
        ({"type": "PROJECT", "longlived_ttl_days": 3}, Refused),
        ({"type": "PROJECT", "tag_value_ids": [uuid(1)]}, Refused),
        ({"type": "EXPERIMENT"}, InvalidRequest),
        ({"type": "PROJECT", "reference_dataset_id": QUESTIONS}, InvalidRequest),
        ({"type": "EXPERIMENT", "reference_dataset_id": uuid(99)}, NotFound),
    ],
)
def test_what_cannot_be_made(
    written: Written, body: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        written.write(CREATE, body={"name": "new", **body})


def test_extra_is_an_object(written: Written) -> None:
    with pytest.raises(InvalidRequest, match="extra"):
        written.write(UPDATE, session_id=BOT, body={"extra": "x"})
    with pytest.raises(NotFound):
        written.write(UPDATE, session_id=uuid(99), body={})
