"""Runs of a tenant: in pages, by id, and whether one is shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from locum.engine.data import Data, Parameters
from locum.exceptions import NotFound, Unanswerable
from locum.langsmith import selection
from locum.langsmith import timestamps as times
from locum.langsmith.run_order import page
from locum.langsmith.run_rows import rows
from locum.langsmith.run_schema import FIELDS, run_schemas, selected
from locum.stats.column_store import Ints

# One of them is needed: the vendor does not go through all runs of a tenant (our choice).
_NARROWING = ("session", "id", "trace", "parent_run", "reference_example")
# What a page is not about: the same runs follow each other with any other value.
_OF_PAGES = frozenset(
    (
        *("cursor", "limit", "order", "select", "skip_prev_cursor"),
        *("data_source_type", "skip_pagination", "use_experimental_search"),
    )
)


def query_runs(data: Data, tenant: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a BodyParamsForRunsQuerySchema with a page of the tenant's runs that match it, by
    start and then id: 404 for an unknown project.

    `cursors` has `next`, null on the last page, and `prev`, null on the first, unless
    skip_prev_cursor leaves that out. Raises Unanswerable where the body names nothing that narrows
    the search, and for a cursor that is not of this question; FilterError.
    """
    body = _read(body)
    if all(body.get(name) is None for name in _NARROWING):
        names = f"{', '.join(_NARROWING[:-1])} or {_NARROWING[-1]}"
        raise Unanswerable(f"At least one of {names} is required; name it in the body")
    runs = selection.runs_of_tenant(data, tenant, body)
    return page_of(data, runs, tenant, body) | {"search_cursors": None}


def page_of(
    data: Data, runs: Ints, whose: str, body: Mapping[str, Any], among: Sequence[str] = FIELDS
) -> dict[str, Any]:
    """Return the page of these runs that a BodyParamsForRunSchema asks for, in the fields of it
    that the schema has, and the cursors of the pages beside it. `whose` tells whose runs they are:
    a cursor is good for the same runs alone. Raises Unanswerable."""
    found = page(
        data,
        runs,
        question=[whose, {k: v for k, v in body.items() if v is not None and k not in _OF_PAGES}],
        limit=body["limit"],
        descending=body["order"] == "desc",
        cursor=body.get("cursor"),
    )
    shown = run_schemas(data, found.runs, selected(body["select"], among))
    after, before = found.cursors([run["id"] for run in shown])
    return {
        "runs": shown,
        "cursors": {"next": after} | ({} if body["skip_prev_cursor"] else {"prev": before}),
        "parsed_query": None,
    }


def _read(body: Mapping[str, Any]) -> dict[str, Any]:
    """Read what the SDKs send besides (langsmith-more.tolerated.yaml): `session_id` is one more
    `session`, and a time without a zone is in UTC."""
    body = dict(body)
    session_id, sessions = body.pop("session_id", None), body.get("session")
    if session_id is not None:
        same = [each for each in sessions or () if each.lower() == session_id.lower()]
        body["session"] = [session_id] if sessions is None else same
    for name in ("start_time", "end_time"):
        if body.get(name) is not None:
            body[name] = times.in_utc(body[name])
    return body


def read_run(
    data: Data,
    tenant: str,
    run_id: str,
    session_id: str | None = None,  # noqa: ARG001 - where the vendor looks first
    start_time: str | None = None,  # noqa: ARG001 - when the vendor looks first
    exclude_s3_stored_attributes: bool = False,  # noqa: ARG001, FBT001, FBT002 - there are none
    exclude_serialized: bool = False,  # noqa: FBT001, FBT002 - by name
    include_messages: bool = False,  # noqa: ARG001, FBT001, FBT002 - there are none
) -> dict[str, Any]:
    """Answer with the tenant's run of that id: 404 for an unknown one."""
    shown = run_schemas(data, [run_of(data, tenant, run_id)])[0]
    return {**shown, "serialized": None} if exclude_serialized else shown


def run_of(data: Data, tenant: str, run_id: str) -> int:
    """Return the number of the tenant's run of that id, which may be written in any case. Raises
    NotFound."""
    for column in ("id", "lower(id)"):  # most ids are in lower case; the second takes twice as long
        parameters = Parameters()
        found = data.rows(
            f"SELECT id, run FROM runs WHERE {column} = {parameters.add(run_id.lower())} "
            f"AND tenant_id = {parameters.add(tenant)}",
            parameters,
        )
        if found:
            return int(min(found)[1])  # of ids that differ in case
    raise NotFound("run", run_id)


def run_share(data: Data, tenant: str, run_id: str) -> dict[str, Any] | None:
    """Answer with the token under which the run is shared, null where it is not: 404 for an unknown
    run."""
    (row,) = rows(data, [run_of(data, tenant, run_id)], ("id", "share_token"))
    if row["share_token"] is None:
        return None
    return {"run_id": row["id"], "share_token": row["share_token"]}
