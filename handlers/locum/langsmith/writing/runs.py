"""Runs taken in, whichever of the vendor's ways they come: with feedback on them and files attached
to them, all of a request or nothing."""

from __future__ import annotations

from collections.abc import Collection

from attrs import define

from locum.engine.transactions import Row, Transaction
from locum.exceptions import Conflict
from locum.langsmith.ingestion import multipart, payloads
from locum.langsmith.ingestion.payloads import Batch
from locum.langsmith.ingestion.pending import Pending
from locum.langsmith.ingestion.runs import Intake
from locum.langsmith.writing import attachments, feedback, rows
from locum.langsmith.writing.project_names import ProjectsOfRuns
from locum.provider import Answer, RawBody

_TAKEN = {"message": "Runs received"}
_ACCEPTED = 202

KEPT, INCOMPLETE = "langsmith/runs ", "incomplete"
"""How the names begin under which something is kept beside the rows, and of what."""


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
    """Keep what a request brings. Raises what `Intake.take` and `feedback.given` do, and Conflict
    where all of it has come before."""
    intake = Intake(
        tenant=tenant,
        projects=ProjectsOfRuns(transaction, tenant),
        pending=_pending(transaction, tenant),
        find=_Find(transaction),
        prices=transaction.data.prices,
        is_batch=is_batch,
    )
    ingested = intake.take(batch.payloads, attachments.listed(batch.attachments))
    if batch.payloads and ingested.is_nothing_new and not batch.feedback:
        raise Conflict("payload", batch.payloads[0].id)
    transaction.put(rows.RUNS, ingested.rows)
    attachments.put(transaction, batch.attachments)
    for each in batch.feedback:
        transaction.put(rows.FEEDBACK, [feedback.given(transaction, tenant, each)])
    ingested.keep()


def _pending(transaction: Transaction, tenant: str) -> Pending:
    """What of the tenant's runs is in no row yet."""
    return Pending(
        *(transaction.kept(f"{KEPT}{what} {tenant}") for what in (INCOMPLETE, "below", "children"))
    )


@define
class _Find:
    """The rows of runs as they are now, by ids in lower case."""

    transaction: Transaction

    def __call__(self, ids: Collection[str]) -> dict[str, Row]:
        return rows.found(self.transaction, rows.RUNS, ids)
