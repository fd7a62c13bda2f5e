"""Projects made and changed, by v2: the type of one is told, and what is unknown is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.engine.transactions import Row, Transaction
from locum.exceptions import InvalidRequest, InvalidValue, Refused
from locum.langsmith import selection
from locum.langsmith.sessions_v2 import EXPERIMENT, PROJECT
from locum.langsmith.writing import projects
from locum.langsmith.writing.projects import project_of

_DATASET = "reference_dataset_id"


def create_session(
    transaction: Transaction,
    tenant: str,
    /,
    body: Mapping[str, Any],
    *,
    upsert: bool | None = None,
) -> dict[str, Any]:
    """Make a project and answer with it, as v1 does. An experiment has a reference_dataset_id, and
    a project has none; agents are refused. How many runs are expected, and of which evaluators, is
    not kept."""
    kind = body["type"]
    if kind not in (PROJECT, EXPERIMENT):
        raise Refused(f"type {kind} is refused: no dataset of Locum holds agents")
    if (body.get(_DATASET) is not None) != (kind == EXPERIMENT):
        message = "Field required" if kind == EXPERIMENT else "Changes nothing"
        fault = InvalidValue(("body", _DATASET), f"{message} with type={kind}", "value_error")
        raise InvalidRequest((fault,))
    row = projects.made(transaction, tenant, body, upsert=upsert)
    return _shown(transaction, row)


def update_session(
    transaction: Transaction, tenant: str, /, session_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Change a project in what the body gives, and answer with it, as v1 does."""
    extra = body.get("extra")
    if not isinstance(extra, dict | None):
        fault = InvalidValue(("body", "extra"), "Expected an object", "dict_type", extra)
        raise InvalidRequest((fault,))
    return _shown(transaction, projects.changed(transaction, tenant, session_id, body))


def _shown(transaction: Transaction, row: Row) -> dict[str, Any]:
    project = project_of(row)
    fields = {
        **selection.project_fields(project),
        "type": PROJECT if project.reference_dataset_id is None else EXPERIMENT,
        "test_run_number": _number(transaction, row),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _number(transaction: Transaction, row: Row) -> int | None:
    """The place of an experiment among those on its dataset, as `selection.experiment_number` has
    it, with the row as it is now."""
    project = project_of(row)
    if project.reference_dataset_id is None:
        return None
    others = [
        each
        for each in selection.projects_of(transaction.data, project.tenant_id)
        if each.reference_dataset_id == project.reference_dataset_id and each.id != project.id
    ]
    return 1 + sum(_place(each) < _place(project) for each in others)


def _place(project: selection.Project) -> tuple[bool, int, str]:
    return project.start_us is None, project.start_us or 0, project.id
