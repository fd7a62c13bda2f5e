"""A row of feedback as FeedbackSchema."""

from __future__ import annotations

from locum.langsmith.feedback_rows import COLUMNS, OfRun, shown

NOTHING = dict.fromkeys(COLUMNS)


def test_a_row_shows_its_documents_times_and_run() -> None:
    row = NOTHING | {
        "id": "f",
        "key": "quality",
        "score": "0.25",
        "value": '"good"',
        "correction": '{"answer": "42"}',
        "source": '{"type": "app"}',
        "comment": "yes",
        "run_id": "r",
        "session_id": "p",
        "created_us": 1_000_000,
        "modified_us": 2_000_001,
    }
    assert shown(row, OfRun("t", 500_000, is_root=True)) == {
        "id": "f",
        "key": "quality",
        "score": 0.25,
        "value": "good",
        "comment": "yes",
        "correction": {"answer": "42"},
        "feedback_source": {"type": "app"},
        "run_id": "r",
        "session_id": "p",
        "trace_id": "t",
        "start_time": "1970-01-01T00:00:00.500000Z",
        "is_root": True,
        "feedback_group_id": None,
        "comparative_experiment_id": None,
        "extra": None,
        "feedback_thread_id": None,
        "created_at": "1970-01-01T00:00:01.000000Z",
        "modified_at": "1970-01-01T00:00:02.000001Z",
    }


def test_times_that_are_not_known_are_absent_and_a_project_has_no_trace() -> None:
    found = shown(NOTHING | {"id": "f", "key": "k"}, OfRun())
    assert not {"created_at", "modified_at"} & found.keys()
    assert (found["trace_id"], found["start_time"], found["is_root"]) == (None, None, False)
