"""Sharing runs and datasets: the token under which anybody may read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from locum.engine.data import Parameters
from locum.engine.transactions import Row, Transaction
from locum.exceptions import Conflict, NotFound, UnreadableBody
from locum.langsmith.writing import rows
from locum.langsmith.writing.stamps import identifier, stamps
from locum.provider import Answer

_TOKEN = "share_token"  # noqa: S105 - a column
_NO_CONTENT = 204


def share_run(
    transaction: Transaction,
    tenant: str,
    /,
    run_id: str,
    body: Mapping[str, Any] | str | None = None,
) -> dict[str, str]:
    """Share a run and answer with its token: the one that it has, else that of the body, else a new
    one; the body may be a text that holds JSON. 404 for an unknown run. Raises Conflict for a token
    that another run has, and InvalidRequest for one that is no UUID."""
    row = rows.run(transaction, tenant, run_id)
    wish = _read(body).get(_TOKEN)
    return {"run_id": row["id"], _TOKEN: _shared(transaction, rows.RUNS, row, wish)}


def _read(body: Mapping[str, Any] | str | None) -> Mapping[str, Any]:
    if not isinstance(body, str):
        return body or {}
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        read = None
    if not isinstance(read, dict):
        raise UnreadableBody("The body is no JSON object")
    return read


def unshare_run(transaction: Transaction, tenant: str, /, run_id: str) -> dict[str, str]:
    """Have a run be shared no longer: 404 for an unknown run."""
    _unshare(transaction, rows.RUNS, rows.run(transaction, tenant, run_id))
    return {"message": "Run unshared"}


def share_dataset(
    transaction: Transaction,
    tenant: str,
    /,
    dataset_id: str,
    *,
    share_projects: bool = False,  # noqa: ARG001 - what is over a shared dataset is always shared
    body: object = None,  # noqa: ARG001 - SDKs send the id once more
) -> dict[str, str]:
    """Share a dataset and answer with its token: the one that it has, else a new one. 404 for an
    unknown dataset."""
    row = rows.dataset(transaction, tenant, dataset_id)
    return {"dataset_id": row["id"], _TOKEN: _shared(transaction, rows.DATASETS, row)}


def unshare_dataset(transaction: Transaction, tenant: str, /, dataset_id: str) -> dict[str, str]:
    """Have a dataset be shared no longer: 404 for an unknown dataset."""
    _unshare(transaction, rows.DATASETS, rows.dataset(transaction, tenant, dataset_id))
    return {"message": "Dataset unshared"}


def share_trace(
    transaction: Transaction, tenant: str, /, run_id: str, body: Mapping[str, Any]
) -> dict[str, str]:
    """Share the trace of a run by its root, and answer with its token: the one that it has, else a
    new one. 404 where no such run is in the body's trace and project."""
    root = _root(transaction, tenant, body["trace_id"], body["session_id"])
    if _trace(rows.run(transaction, tenant, run_id)) != root["id"].lower():
        raise NotFound("run", run_id)
    return {_TOKEN: _shared(transaction, rows.RUNS, root)}


def unshare_trace(
    transaction: Transaction, tenant: str, /, run_id: str, body: Mapping[str, Any]
) -> Answer:
    """Have the trace of a root run be shared no longer. 404 where no such run is in the body's
    project."""
    _unshare(transaction, rows.RUNS, _root(transaction, tenant, run_id, body["session_id"]))
    return Answer(_NO_CONTENT)


def _root(transaction: Transaction, tenant: str, run_id: str, session_id: str) -> Row:
    row = rows.run(transaction, tenant, run_id)
    if str(row.get("session_id")).lower() != session_id.lower():
        raise NotFound("run", run_id)
    return row


def _trace(row: Row) -> str:
    return str(row.get("trace_id") or row["id"]).lower()


def _shared(transaction: Transaction, table: str, row: Row, wish: Any = None) -> str:
    if row.get(_TOKEN) is not None:
        return str(row[_TOKEN])
    token = stamps(transaction).new_id() if wish is None else identifier(wish, _TOKEN)
    if wish is not None:
        parameters = Parameters()
        same = f"lower(share_token) = {parameters.add(token)}"
        if transaction.data.rows(f"SELECT id FROM runs WHERE {same} LIMIT 1", parameters):
            raise Conflict(_TOKEN, token)
    transaction.put(table, [row | {_TOKEN: token}])
    return token


def _unshare(transaction: Transaction, table: str, row: Row) -> None:
    if row.get(_TOKEN) is not None:
        transaction.put(table, [row | {_TOKEN: None}])
