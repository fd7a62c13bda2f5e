"""Feedback as the API shows it (FeedbackSchema)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from locum.langsmith import timestamps as times
from locum.langsmith.run_schema import document

# Of the table `feedback`.
COLUMNS = (
    *("id", "key", "score", "value", "comment", "correction", "source", "run_id", "session_id"),
    *("created_us", "modified_us"),
)
_UNKNOWN = ("feedback_group_id", "comparative_experiment_id", "extra", "feedback_thread_id")


@frozen
class OfRun:
    """What feedback tells of the run that it is on: its trace, its start in microseconds, and
    whether it is a root; of none, nothing."""

    trace_id: str | None = None
    start_us: int | None = None
    is_root: bool = False


def shown(row: Mapping[str, Any], run: OfRun) -> dict[str, Any]:
    """Return a row's FeedbackSchema, documents as JSON texts in the row. created_at and modified_at
    are absent where they are null, which the document does not allow."""
    feedback = {
        "id": row["id"],
        "key": row["key"],
        "score": document(row["score"]),
        "value": document(row["value"]),
        "comment": row["comment"],
        "correction": document(row["correction"]),
        "feedback_source": document(row["source"]),
        "run_id": row["run_id"],
        "session_id": row["session_id"],
        "trace_id": run.trace_id,
        "start_time": times.text(run.start_us),
        "is_root": run.is_root,
        **dict.fromkeys(_UNKNOWN),
    }
    for field, column in (("created_at", "created_us"), ("modified_at", "modified_us")):
        if row[column] is not None:
            feedback[field] = times.text(row[column])
    return feedback
