"""Projects (the API calls them sessions) made, changed and deleted, by v1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from locum.engine.transactions import Row, Transaction
from locum.exceptions import Conflict
from locum.langsmith import selection
from locum.langsmith.selection import Project
from locum.langsmith.writing import project_names, rows, unheld
from locum.langsmith.writing.deletions import delete_projects
from locum.langsmith.writing.stamps import identifier, microseconds, moment, stamps

DEFAULT = "default"  # the name of a project without one, as that of runs which name none
_UNHELD = {
    "default_dataset_id": "default datasets of projects",
    "trace_tier": "tiers of retention",
    "longlived_ttl_days": "tiers of retention",
    "tag_value_ids": "tags of projects",
}


def create_session(
    transaction: Transaction, tenant: str, /, body: Mapping[str, Any], *, upsert: bool = False
) -> dict[str, Any]:
    """Make a project of a TracerSessionCreate and answer with it. Raises what `made` does."""
    return _shown(made(transaction, tenant, body, upsert=upsert))


def update_session(
    transaction: Transaction, tenant: str, /, session_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Change a project as a TracerSessionUpdate says and answer with it. Raises what `changed`
    does."""
    return _shown(changed(transaction, tenant, session_id, body))


def delete_session(transaction: Transaction, tenant: str, /, session_id: str) -> dict[str, str]:
    """Delete a project, its runs and their feedback: 404 for an unknown one."""
    return delete_sessions(transaction, tenant, [session_id])


def delete_sessions(
    transaction: Transaction, tenant: str, /, session_ids: Iterable[str]
) -> dict[str, str]:
    """Delete projects, their runs and their feedback: 404, and nothing is deleted, where one is
    unknown."""
    found = [rows.session(transaction, tenant, session_id)["id"] for session_id in session_ids]
    delete_projects(transaction, tenant, found)
    return {"message": f"Sessions deleted: {len({*found})}"}


def made(
    transaction: Transaction, tenant: str, body: Mapping[str, Any], *, upsert: bool | None
) -> Row:
    """Make the project that a body describes and return its row: its name is "default", its start
    now and its id a new one unless they are given.

    With `upsert` the project of that name is changed instead, where there is one: in what the body
    gives, but not in its id. Raises Conflict where the name or the id is taken, NotFound for an
    unknown dataset, and Refused.
    """
    unheld.refuse(body, _UNHELD)
    given = _given(transaction, tenant, body)
    name = given.setdefault("name", DEFAULT)
    known = project_names.named(transaction, tenant, name)
    if known is not None:
        if not upsert:
            raise Conflict("session", name)
        row = known | given
        if "start_time" in given:
            project_names.keep_start(transaction, row["id"])
    else:
        asked = body.get("id")
        id_ = stamps(transaction).new_id() if asked is None else identifier(asked, "id")
        if project_names.is_there(transaction, tenant, id_):
            raise Conflict("session", id_)
        row = {
            "id": id_,
            "tenant_id": tenant,
            "start_time": given.get("start_time") or stamps(transaction).now(),
            **given,
        }
    project_names.put(transaction, row)
    return row


def changed(transaction: Transaction, tenant: str, session_id: str, body: Mapping[str, Any]) -> Row:
    """Change a project in what the body gives, and return its row. What is null is not given, as
    SDKs send every field; `extra` replaces what was there (our choice).

    Raises NotFound, Conflict where another project has the name, and Refused.
    """
    unheld.refuse(body, _UNHELD)
    row = rows.session(transaction, tenant, session_id)
    given = _given(transaction, tenant, body)
    if given.get("name", row.get("name")) != row.get("name"):
        other = project_names.named(transaction, tenant, given["name"])
        if other is not None:
            raise Conflict("session", given["name"])
    row = row | given
    if "start_time" in given:
        project_names.keep_start(transaction, row["id"])
    project_names.put(transaction, row)
    return row


def _given(transaction: Transaction, tenant: str, body: Mapping[str, Any]) -> Row:
    """The columns that a body gives; an empty name is none."""
    given: Row = {
        name: body[name] for name in ("name", "description", "extra") if body.get(name) is not None
    }
    if given.get("name") == "":
        del given["name"]
    for name in ("start_time", "end_time"):
        time = moment(body.get(name), name)
        if time is not None:
            given[name] = time
    if body.get("reference_dataset_id") is not None:  # which the update does not document
        dataset_id = identifier(body["reference_dataset_id"], "reference_dataset_id")
        given["reference_dataset_id"] = rows.dataset(transaction, tenant, dataset_id)["id"]
    return given


def project_of(row: Row) -> Project:
    """Return the project of a row, as it is read."""
    extra = row.get("extra")
    return Project(
        row["id"],
        row["tenant_id"],
        row.get("name"),
        row.get("description"),
        microseconds(row, "start_time"),
        microseconds(row, "end_time"),
        row.get("reference_dataset_id"),
        None if extra is None else orjson.dumps(extra).decode(),
    )


def _shown(row: Row) -> dict[str, Any]:
    return selection.project_fields(project_of(row)) | {"last_run_start_time_live": None}
