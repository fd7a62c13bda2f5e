"""What the token of a shared run gives to anybody: the runs of its trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from locum.engine.data import Data, Parameters
from locum.exceptions import NotFound
from locum.langsmith import selection
from locum.langsmith.run_order import page
from locum.langsmith.run_schema import PUBLIC_FIELDS, run_schemas
from locum.stats.column_store import Ints

_PAGE = 100  # runs, as many as the vendor shows at once elsewhere


@frozen
class SharedRun:
    """A run that is shared: its id, number, tenant, and trace."""

    id: str
    run: int
    tenant: str
    trace_id: str


def shared_run(data: Data, share_token: str) -> SharedRun:
    """Return the run that is shared under the token. Raises NotFound."""
    parameters = Parameters()
    found = data.rows(
        "SELECT id, run, tenant_id, trace_id FROM runs "
        f"WHERE lower(share_token) = {parameters.add(share_token.lower())}",
        parameters,
    )
    if not found:
        raise NotFound("shared run", share_token)
    return SharedRun(*min(found))  # of tokens that differ in case


def read_shared_run(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - public: the token says whose run it is
    share_token: str,
    exclude_s3_stored_attributes: bool = False,  # noqa: ARG001, FBT001, FBT002 - there are none
) -> dict[str, Any]:
    """Answer with the run that is shared: 404 for an unknown token."""
    return run_schemas(data, [shared_run(data, share_token).run], PUBLIC_FIELDS)[0]


def read_run_of_shared_trace(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - as above
    share_token: str,
    id: str,  # noqa: A002 - the document's word
    exclude_s3_stored_attributes: bool = False,  # noqa: ARG001, FBT001, FBT002 - as above
) -> dict[str, Any]:
    """Answer with a run of the trace that is shared: 404 for an unknown token, and for a run of
    another trace."""
    runs = of_trace(data, shared_run(data, share_token), [id])
    return run_schemas(data, [selection.only(data, runs, id)], PUBLIC_FIELDS)[0]


def query_shared_runs(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - as above
    share_token: str,
    body: Mapping[str, Any],
) -> dict[str, Any]:
    """Answer with the runs of the trace that is shared, or those of them that `id` names, by start
    and then id, in pages: 404 for an unknown token. Raises Unanswerable for a strange cursor."""
    shared, ids = shared_run(data, share_token), body.get("id")
    found = page(
        data,
        of_trace(data, shared, ids),
        question=["shared run", shared.tenant, shared.id, ids],
        limit=_PAGE,
        descending=False,
        cursor=body.get("cursor"),
    )
    after, before = found.cursors()
    return {
        "runs": run_schemas(data, found.runs, PUBLIC_FIELDS),
        "cursors": {"next": after, "prev": before},
        "parsed_query": None,
    }


def of_trace(data: Data, shared: SharedRun, ids: list[str] | None) -> Ints:
    """Return the runs of the trace that is shared, those of them that `ids` names where it is not
    None."""
    parameters = Parameters()
    scope = f"runs.trace_id = {parameters.add(shared.trace_id)}"
    return selection.matching(data, {"id": ids}, shared.tenant, scope, parameters)
