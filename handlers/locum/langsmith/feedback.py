"""Feedback, listed and one by one.

It is the tenant's whose run it is on; on a project as a whole, or on a run that is not there, the
tenant's whose project it names.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from locum.engine.data import Data, Parameters
from locum.exceptions import NotFound
from locum.langsmith import feedback_rows
from locum.langsmith.feedback_rows import OfRun
from locum.langsmith.selection import instant
from locum.langsmith.shared_runs import shared_run

# Its run's: feedback may come before its run, and the run may move.
_PROJECT = "coalesce(runs.session_id, feedback.session_id)"
_COLUMNS = (
    ", ".join(f"feedback.{name}" for name in feedback_rows.COLUMNS if name != "session_id")
    + f", {_PROJECT} AS session_id, runs.trace_id, runs.start_us, runs.is_root"
)
_NAMES = (*(name for name in feedback_rows.COLUMNS if name != "session_id"), "session_id")
_FROM = "feedback LEFT JOIN runs USING (run)"
_SOURCE = "coalesce(feedback.source ->> '$.type', 'api')"  # as the SDK has it where none is named


def list_feedback(data: Data, tenant: str | None, /, **asked: Any) -> list[dict[str, Any]]:
    """Answer with the tenant's feedback that all parameters of GET /api/v1/feedback admit, the
    newest first, ties by id and those without a time last (our choice).

    A list of ids, keys or sources admits each of them, in any case for ids. Bounds of created_at
    are inclusive. A comment is one that is not empty, and a score one that is not null.
    """
    parameters = Parameters()
    return _page(data, _of_tenant(tenant, parameters), asked, parameters)


def list_shared_feedback(
    data: Data,
    tenant: str | None,  # public: the token says whose run it is
    /,
    share_token: str,
    **asked: Any,
) -> list[dict[str, Any]]:
    """Answer with the feedback on the runs of the trace that is shared under the token, as
    `list_feedback` does, without the names of users: 404 for an unknown token."""
    del tenant
    shared = shared_run(data, share_token)
    parameters = Parameters()
    of_trace = f"runs.trace_id = {parameters.add(shared.trace_id)}"
    condition = f"{of_trace} AND {_of_tenant(shared.tenant, parameters)}"
    unasked = dict.fromkeys(("min_created_at", "max_created_at", "include_user_names"))
    return _page(data, condition, asked | unasked, parameters)


def _page(
    data: Data, condition: str, asked: dict[str, Any], parameters: Parameters
) -> list[dict[str, Any]]:
    conditions = [condition, *_conditions(asked, parameters)]
    page = parameters.page(asked["limit"], asked["offset"])
    return _rows(
        data,
        f"{' AND '.join(conditions)} ORDER BY feedback.created_us DESC NULLS LAST, feedback.id "
        f"{page}",
        parameters,
        with_names=asked["include_user_names"],
    )


def read_feedback(
    data: Data, tenant: str | None, /, *, feedback_id: str, include_user_names: bool | None
) -> dict[str, Any]:
    """Answer with the tenant's feedback of that id: 404 for an unknown one."""
    parameters = Parameters()
    condition = f"lower(feedback.id) = {parameters.add(feedback_id.lower())}"
    rows = _rows(
        data,
        f"{_of_tenant(tenant, parameters)} AND {condition} ORDER BY feedback.id",
        parameters,
        with_names=include_user_names,
    )
    if not rows:
        raise NotFound("feedback", feedback_id)
    return rows[0]


def _rows(
    data: Data, condition: str, parameters: Parameters, *, with_names: bool | None
) -> list[dict[str, Any]]:
    """The FeedbackSchema of the rows for which the condition holds, in its order; the names of the
    users who gave it only where they are asked for.

    First their numbers, then what is told of these alone: rows are long, and sorting all of them
    takes twice the time.
    """
    found = data.rows(f"SELECT feedback.row FROM {_FROM} WHERE {condition}", parameters)
    numbers = [number for (number,) in found]
    if not numbers:
        return []
    chosen = Parameters()
    between = f"BETWEEN {chosen.add(min(numbers))} AND {chosen.add(max(numbers))}"
    rows = data.rows(
        f"SELECT feedback.row, {_COLUMNS} FROM {_FROM} WHERE feedback.row {between} "
        f"AND list_contains(CAST({chosen.add(numbers)} AS INTEGER[]), feedback.row)",
        chosen,
    )
    shown = {}
    for number, *columns, trace_id, start_us, is_root in rows:
        run = OfRun(trace_id, start_us, bool(is_root))
        feedback = feedback_rows.shown(dict(zip(_NAMES, columns, strict=True)), run)
        if not with_names and feedback["feedback_source"]:
            feedback["feedback_source"].pop("user_name", None)
        shown[number] = feedback
    return [shown[number] for number in numbers]


def _of_tenant(tenant: str | None, parameters: Parameters) -> str:
    name = parameters.add(tenant)
    projects = f"SELECT id FROM langsmith_sessions WHERE tenant_id = {name}"
    of_project = f"feedback.run IS NULL AND feedback.session_id IN ({projects})"
    return f"(runs.tenant_id = {name} OR ({of_project}))"


def _conditions(asked: dict[str, Any], parameters: Parameters) -> list[str]:
    found = []
    for name, value, is_id in (
        ("run", "feedback.run_id", True),
        ("session", _PROJECT, True),
        ("user", "feedback.source ->> '$.user_id'", True),
        ("key", "feedback.key", False),
        ("source", _SOURCE, False),
    ):
        if asked[name] is not None:
            given = asked[name] if isinstance(asked[name], list) else [asked[name]]
            found.append(_among(value, given, parameters, is_id=is_id))
    for name, holds in (
        ("has_comment", "coalesce(feedback.comment, '') <> ''"),
        ("has_score", "feedback.score_nano IS NOT NULL"),
    ):
        if asked[name] is not None:
            found.append(holds if asked[name] else f"NOT ({holds})")
    if asked["level"] is not None:
        found.append(f"feedback.run_id IS {'NOT ' if asked['level'] == 'run' else ''}NULL")
    for name, comparison in (("min_created_at", ">="), ("max_created_at", "<=")):
        bound = instant(asked[name], ("query", name))
        if bound is not None:
            found.append(f"feedback.created_us {comparison} {parameters.add(bound)}")
    return found


def _among(value: str, given: Collection[str], parameters: Parameters, *, is_id: bool) -> str:
    if is_id:
        value, given = f"lower({value})", [each.lower() for each in given]
    return f"{value} IN ({parameters.list([*given])})"
