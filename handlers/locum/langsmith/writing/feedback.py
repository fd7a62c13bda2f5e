"""Feedback given, changed and taken back.

Feedback is its run's tenant's, or its project's; that on a run which is not there yet is the
tenant's whose project it names, and counts once the run is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any

import orjson

from locum.engine.transactions import Row, Transaction
from locum.exceptions import (
    Conflict,
    InvalidRequest,
    InvalidValue,
    NotFound,
    Refused,
)
from locum.langsmith import feedback_rows
from locum.langsmith.feedback_rows import OfRun
from locum.langsmith.tables import SOURCES
from locum.langsmith.writing import project_names, rows, unheld
from locum.langsmith.writing.stamps import identifier, microseconds, moment, stamps

_UNHELD = {
    "comparative_experiment_id": "comparative experiments",
    "feedback_group_id": "groups of feedback",
}
_DECIMALS = 4  # of a score: as many as the SDKs say that are kept
_MOST = 9_000_000_000  # of a score, as `tables` has it
_SAID = ("score", "value", "comment", "correction")
# What the document says of the fields: of feedback that comes among runs nobody else asks it.
_LONGEST_KEY = 180  # characters
_KINDS: Mapping[str, tuple[type | UnionType, str]] = {
    "key": (str, f"a text of {_LONGEST_KEY} characters at most"),
    "score": (float | int | None, "a number, true, false or null"),
    "value": (float | int | str | dict | None, "a number, true, false, a text or an object"),
    "comment": (str | None, "a text"),
    "correction": (str | dict | None, "an object or a text"),
    "feedback_source": (dict | None, f"an object whose type is one of {', '.join(SOURCES)}"),
}


def create_feedback(
    transaction: Transaction, tenant: str, /, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Keep the feedback of a FeedbackCreateSchema, in the place of that of the same id, and answer
    with it. Raises what `given` does."""
    row, run = _given(transaction, tenant, body)
    transaction.put(rows.FEEDBACK, [row])
    return _shown(row, run)


def update_feedback(
    transaction: Transaction, tenant: str, /, feedback_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Change what the feedback says, as a FeedbackUpdateSchema gives it, and answer with it: null
    takes back, and what is absent stays. 404 for unknown feedback."""
    found, run = _found(transaction, tenant, feedback_id)
    row = found | {name: body[name] for name in _SAID if name in body}
    row["score"] = _score(row.get("score"))
    row["modified_at"] = stamps(transaction).now()
    transaction.put(rows.FEEDBACK, [row])
    return _shown(row, run)


def delete_feedback(transaction: Transaction, tenant: str, /, feedback_id: str) -> dict[str, str]:
    """Take feedback back: 404 for unknown feedback."""
    row, _ = _found(transaction, tenant, feedback_id)
    transaction.delete(rows.FEEDBACK, [row["id"]])
    return {"message": "Feedback deleted"}


def given(transaction: Transaction, tenant: str, body: Mapping[str, Any]) -> Row:
    """Return the row of the feedback that a body gives, which is the same whether it comes alone or
    among runs.

    It is on the run of `run_id`, else `trace_id`, and without both on the project of `session_id`.
    Of a run that is there the project is the run's. What no column holds and no statistic reads is
    passed over: feedback_config, extra, error, start_time, extend_trace_retention.

    Raises InvalidRequest where it is on nothing, for an unknown project, and for a score that is
    too large; Conflict for the id of another tenant's; Refused for another tenant's run, which 404
    would have SDKs ask for again for minutes, and for what cannot be kept.
    """
    row, _ = _given(transaction, tenant, body)
    return row


def _given(
    transaction: Transaction, tenant: str, body: Mapping[str, Any]
) -> tuple[Row, Row | None]:
    """The row, and that of the run where it is there: to read it takes longer than all else."""
    _check(body)
    unheld.refuse(body, _UNHELD)
    run_id = body.get("run_id") or body.get("trace_id")
    session_id = body.get("session_id")
    if run_id is None and session_id is None:
        raise _fault("run_id", "Field required where there is no session_id", None, "missing")
    run = None
    if run_id is not None:
        run_id = identifier(run_id, "run_id")
        run = rows.anybodys(transaction, rows.RUNS, run_id)
    if run is not None:
        if not rows.is_of(run, tenant):
            raise Refused(f"run {run_id} is not of this tenant")
        run_id, session_id = run["id"], run.get("session_id")
    elif session_id is not None:
        if not project_names.is_there(transaction, tenant, session_id):
            raise _fault("session_id", "There is no such session", session_id)
        session_id = rows.session(transaction, tenant, session_id)["id"]
    now = stamps(transaction).now()
    id_ = stamps(transaction).new_id() if body.get("id") is None else identifier(body["id"], "id")
    before = rows.anybodys(transaction, rows.FEEDBACK, id_)
    if before is not None:
        if _owner(transaction, tenant, before, _run(transaction, before)) is False:
            raise Conflict("feedback", id_)
        id_ = before["id"]
    created = moment(body.get("created_at"), "created_at") or now
    modified = moment(body.get("modified_at"), "modified_at") or max(created, now)
    row = {
        "id": id_,
        "run_id": run_id,
        "session_id": session_id,
        "key": body["key"],
        "score": _score(body.get("score")),
        "value": body.get("value"),
        "comment": body.get("comment"),
        "correction": body.get("correction"),
        "source": body.get("feedback_source"),
        "created_at": created,
        "modified_at": modified,
    }
    return row, run


def _check(body: Mapping[str, Any]) -> None:
    for name, (kind, expected) in _KINDS.items():
        value = body.get(name)
        is_good = isinstance(value, kind)
        if name == "key":
            is_good = is_good and len(value or "") <= _LONGEST_KEY
        elif name == "feedback_source" and isinstance(value, dict):
            is_good = value.get("type", SOURCES[0]) in SOURCES
        if not is_good:
            raise _fault(name, f"Found {value!r:.80}, expected {expected}", value)


def _score(score: Any) -> Any:
    """A score as it is kept: true, false, null, or a number of at most four decimals."""
    if score is None or isinstance(score, bool):
        return score
    if not abs(score) <= _MOST:
        raise _fault("score", f"Expected a number of {_MOST:,} at most", score)
    return round(score, _DECIMALS) if isinstance(score, float) else score


def _fault(name: str, message: str, found: Any, kind: str = "value_error") -> InvalidRequest:
    return InvalidRequest((InvalidValue(("body", name), message, kind, found),))


def _found(transaction: Transaction, tenant: str, feedback_id: str) -> tuple[Row, Row | None]:
    """The tenant's feedback of that id, and its run where that is there. Raises NotFound."""
    row = rows.anybodys(transaction, rows.FEEDBACK, feedback_id)
    if row is None:
        raise NotFound("feedback", feedback_id)
    run = _run(transaction, row)
    if not _owner(transaction, tenant, row, run):
        raise NotFound("feedback", feedback_id)
    return row, run


def _run(transaction: Transaction, row: Row) -> Row | None:
    run_id = row.get("run_id")
    return None if run_id is None else transaction.rows(rows.RUNS, [run_id]).get(run_id)


def _owner(transaction: Transaction, tenant: str, row: Row, run: Row | None) -> bool | None:
    """Whether feedback is the tenant's; None where it is nobody's."""
    if run is not None:
        return rows.is_of(run, tenant)
    session_id = row.get("session_id")
    if session_id is None:
        return None
    return (session_id, tenant) in transaction.rows(rows.SESSIONS, [(session_id, tenant)])


def _shown(row: Row, run: Row | None) -> dict[str, Any]:
    """A row as FeedbackSchema, as it is read, with its run where that is there."""
    of_run = OfRun()
    if run is not None:
        is_root = run.get("parent_run_id") is None
        of_run = OfRun(run.get("trace_id"), microseconds(run, "start_time"), is_root)
    texts = {
        name: None if row.get(name) is None else orjson.dumps(row[name]).decode()
        for name in ("score", "value", "correction", "source")
    }
    columns = {name: row.get(name) for name in feedback_rows.COLUMNS} | texts
    columns["created_us"] = microseconds(row, "created_at")
    columns["modified_us"] = microseconds(row, "modified_at")
    if run is not None:
        columns["session_id"] = run.get("session_id")
    shown = feedback_rows.shown(columns, of_run)
    if shown["feedback_source"]:
        shown["feedback_source"].pop("user_name", None)
    return shown
