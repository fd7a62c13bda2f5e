"""Traces deleted: by their ids, by what a run's metadata say, in one project or in all.

project 1   trace 20 with child 21 (user ann), trace 22 (user bob, a/b~c x)
project 2   trace 23 (user ann)
another     trace 24 (user ann)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import InvalidRequest, NotFound, Unanswerable
from tests.oracles.langsmith_rows import at
from tests.oracles.written_rows import OTHER, TENANT, Written, uuid

DELETE = "delete_runs_api_v1_runs_delete_post"
ONE, TWO, THEIRS = uuid(1), uuid(2), uuid(3)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def run(number: int, session: str, trace: int, user: str, **columns: Any) -> dict[str, Any]:
        return {
            "id": uuid(number),
            "tenant_id": TENANT,
            "session_id": session,
            "trace_id": uuid(trace),
            "parent_run_id": None if number == trace else uuid(trace),
            "run_type": "chain",
            "status": "success",
            "start_time": at(0),
            "metadata": {"user": user},
            **columns,
        }

    return Written(
        tmp_path,
        sessions=[
            {"id": id_, "tenant_id": tenant, "name": id_, "start_time": at(0)}
            for id_, tenant in ((ONE, TENANT), (TWO, TENANT), (THEIRS, OTHER))
        ],
        runs=[
            run(20, ONE, 20, "nobody"),
            run(21, ONE, 20, "ann"),
            run(22, ONE, 22, "bob", metadata={"user": "bob", "a/b~c": "x", "n": 1}),
            run(23, TWO, 23, "ann"),
            run(24, THEIRS, 24, "ann", tenant_id=OTHER),
        ],
        feedback=[
            {"id": uuid(30 + n), "key": "k", "run_id": uuid(n), "created_at": at(5)}
            for n in (20, 21, 22, 23, 24)
        ],
    )


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"trace_ids": [uuid(20).upper()], "session_id": ONE}, [22, 23, 24]),
        ({"trace_ids": [uuid(20), uuid(23)]}, [22, 24]),
        ({"trace_ids": [uuid(20), uuid(23)], "session_id": TWO.upper()}, [20, 21, 22, 24]),
        ({"trace_ids": [uuid(24), uuid(21), uuid(99)]}, [20, 21, 22, 23, 24]),
        ({"metadata": {"user": "ann"}}, [22, 24]),
        ({"metadata": {"user": "ann"}, "session_id": TWO}, [20, 21, 22, 24]),
        ({"metadata": {"user": "x", "a/b~c": "x"}}, [20, 21, 23, 24]),
        ({"metadata": {"n": "1"}}, [20, 21, 23, 24]),
        ({"metadata": {"user": "bob"}, "trace_ids": [uuid(20)]}, [20, 21, 22, 23, 24]),
        ({"trace_ids": []}, [20, 21, 22, 23, 24]),
    ],
)
def test_whole_traces_go_with_their_feedback(
    written: Written, body: dict[str, Any], left: list[int]
) -> None:
    answer = written.write(DELETE, body=body)
    assert answer == {"message": f"Runs deleted: {5 - len(left)}"}
    assert [row["id"] for row in written.rows("runs")] == [uuid(n) for n in left]
    assert [row["run_id"] for row in written.rows("feedback")] == [uuid(n) for n in left]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, Unanswerable),
        ({}, Unanswerable),
        ({"session_id": ONE, "metadata": {}}, Unanswerable),
        ({"trace_ids": [uuid(20)], "session_id": THEIRS}, NotFound),
        ({"trace_ids": [uuid(20)] * 1001}, InvalidRequest),
    ],
)
def test_what_does_not_say_which(
    written: Written, body: dict[str, Any] | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        written.write(DELETE, body=body)
    assert len(written.rows("runs")) == 5
