"""Runs taken in, whichever of the vendor's ways they come: with feedback on them and files attached
to them, all of a request or nothing."""

from __future__ import annotations

from locum.engine.transactions import Transaction
from locum.exceptions import Conflict
from locum.langsmith.ingestion import multipart, payloads
from locum.langsmith.ingestion.payloads import Batch
from locum.langsmith.writing import feedback, rows
from locum.langsmith.writing.taken_in import TakenIn
from locum.provider import Answer, RawBody

_TAKEN = {"message": "Runs received"}
_ACCEPTED = 202


def create_run(transaction: Transaction, tenant: str, /, body: RawBody) -> Answer:
    """Take in one run; where its place is not told, it is found by its parent's. Raises what
    `payloads.created` and `put` do."""
    put(transaction, tenant, payloads.created(body), is_batch=False)
    return Answer(_ACCEPTED, _TAKEN)


def update_run(transaction: Transaction, tenant: str, /, run_id: str, body: RawBody) -> Answer:
    """Take in the update of one run. Raises what `payloads.updated` and `put` do."""
    put(transaction, tenant, payloads.updated(run_id, body), is_batch=False)
    return Answer(_ACCEPTED, _TAKEN)


def update_run_v1(
    transaction: Transaction, tenant: str, /, run_id: str, body: RawBody
) -> dict[str, str]:
    """As `update_run`, on the older path, which answers 200."""
    put(transaction, tenant, payloads.updated(run_id, body), is_batch=False)
    return _TAKEN


def create_runs(transaction: Transaction, tenant: str, /, body: RawBody) -> Answer:
    """Take in creates and updates of runs. Raises what `payloads.batch` and `put` do."""
    put(transaction, tenant, payloads.batch(body))
    return Answer(_ACCEPTED, _TAKEN)


def create_runs_of_parts(transaction: Transaction, tenant: str, /, body: RawBody) -> Answer:
    """Take in the parts of a body. Raises what `multipart.multipart` and `put` do."""
    put(transaction, tenant, multipart.multipart(body))
    return Answer(_ACCEPTED, _TAKEN)


def put(transaction: Transaction, tenant: str, batch: Batch, *, is_batch: bool = True) -> None:
    """Keep what a request brings, and the spans that have waited for its runs. Raises what
    `TakenIn.take` and `feedback.given` do, and Conflict where all of it has come before."""
    runs = TakenIn(transaction, tenant, is_batch=is_batch)
    runs.take(batch.payloads, batch.attachments)
    if batch.payloads and runs.is_nothing_new and not batch.feedback:
        raise Conflict("payload", batch.payloads[0].id)
    runs.put()
    for each in batch.feedback:
        transaction.put(rows.FEEDBACK, [feedback.given(transaction, tenant, each)])
    runs.keep()
