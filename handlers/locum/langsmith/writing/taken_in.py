"""What one request brings of a tenant's runs: payloads, spans of OpenTelemetry, and spans that have
waited for runs which come now. All of it is kept, or nothing.

What is in no row yet is kept with what is written, for each tenant by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from locum.datasets.prices import Prices
from locum.engine.data import Data
from locum.engine.transactions import Row, Transaction
from locum.exceptions import NotFound
from locum.langsmith.ingestion.dotted_orders import Place, read
from locum.langsmith.ingestion.payloads import Attachment, Payload
from locum.langsmith.ingestion.pending import Ingested, Pending
from locum.langsmith.ingestion.runs import Intake
from locum.langsmith.ingestion.stored import Stored
from locum.langsmith.otel.intake import Taking
from locum.langsmith.otel.translation import otel_trace
from locum.langsmith.otel.waiting import Rejection, Taken, Waiting
from locum.langsmith.writing import attachments, below, rows
from locum.langsmith.writing.project_names import ProjectsOfRuns

# How the names begin under which something is kept beside the rows, and of what: runs of which too
# little has come, and spans that wait.
KEPT, INCOMPLETE, WAITING = "langsmith/runs ", "incomplete", "waiting spans"


class TakenIn:
    """The runs of one request. `spans` takes those that come as spans, before `take` takes what
    comes otherwise, which may be nothing; then follow `put`, and last `keep`, which alone changes
    what the next request finds beside rows."""

    def __init__(self, transaction: Transaction, tenant: str, *, is_batch: bool = True) -> None:
        self._transaction = transaction
        self._waiting = _waiting(transaction, tenant)
        self._known = _Known(transaction, tenant)
        self._intake = Intake(
            tenant=tenant,
            projects=self._known.projects,
            pending=pending_of(transaction, tenant),
            find=self._known.stored.rows,
            prices=transaction.state(_prices),
            is_batch=is_batch,
        )
        self.spans = Taking(self._waiting, self._known)
        self._files: list[Attachment] = []
        self._taken = Taken()
        self._ingested: Ingested

    def take(
        self, payloads: Sequence[Payload] = (), files: Sequence[Attachment] = ()
    ) -> Sequence[Rejection]:
        """Take the runs in; return the spans that were rejected. A span at fault leaves all else.

        Raises what `Intake.take` does for a payload that is no span's, and StoreFull where there is
        no room for spans that are to wait.
        """
        while True:
            taken = self.spans.taken()
            by_spans = {run.run_id for run in taken.placed}
            self._files = [*files, *(file for run in taken.placed for file in run.attachments)]
            self._ingested = self._intake.take(
                [*payloads, *(run.payload for run in taken.placed)],
                attachments.listed(self._files),
                by_spans,
            )
            # Which others wait for is known when it is known what becomes a row.
            self._known.note(self._ingested.rows)
            if not self.spans.arrived(row["id"] for row in self._ingested.rows):
                break
        refused = self._ingested.refused
        self._files = [file for file in self._files if file.run_id not in refused]
        self._taken = taken.without(refused)
        self._waiting.check(self._taken)
        return self._taken.rejections

    @property
    def is_nothing_new(self) -> bool:
        """Whether all of it has come before."""
        return self._ingested.is_nothing_new

    def put(self) -> None:
        """Write the rows."""
        self._transaction.put(rows.RUNS, self._ingested.rows)
        attachments.put(self._transaction, self._files)

    def keep(self) -> None:
        """Remember what is in no row."""
        self._ingested.keep()
        self._waiting.keep(self._taken)


def pending_of(transaction: Transaction, tenant: str) -> Pending:
    """Return what has come of the tenant's runs and is in no row, and what runs of files use whose
    parents are in none."""
    pending = Pending(
        *(transaction.kept(f"{KEPT}{what} {tenant}") for what in (INCOMPLETE, "below", "children"))
    )
    seen = transaction.kept(f"{KEPT}of files")
    if tenant not in seen:
        seen[tenant] = True
        pending.below.update(below.below_missing(transaction, tenant))
    return pending


def _waiting(transaction: Transaction, tenant: str) -> Waiting:
    return Waiting(
        *(
            transaction.kept(f"{KEPT}{what} {tenant}")
            for what in (WAITING, "awaited", "given", "counts")
        )
    )


def _prices(data: Data) -> Prices:
    """Asked for once: for the newest data it would be loaded what is pending."""
    return data.prices


class _Known:
    """What spans are told of a tenant's runs and projects: runs that are rows, those of this
    request included. One of which too little is known to be a row is nobody's parent yet."""

    def __init__(self, transaction: Transaction, tenant: str) -> None:
        self.projects = ProjectsOfRuns(transaction, tenant)
        self.stored = Stored(tenant, lambda ids: rows.found(transaction, rows.RUNS, ids))
        self._orders: dict[str, str] = {}  # dotted_orders of what this request writes

    def note(self, written: Iterable[Row]) -> None:
        """Take note of the rows that the request is to write."""
        orders = ((row["id"], row.get("dotted_order")) for row in written)
        self._orders |= {run_id: order for run_id, order in orders if order is not None}

    def load(self, run_ids: Collection[str]) -> None:
        self.stored.load(run_ids)

    def is_taken(self, run_id: str) -> bool:
        return self.stored.anybodys(run_id) is not None and self.stored.row(run_id) is None

    def place(self, run_id: str) -> Place | None:
        if (order := self._orders.get(run_id)) is not None:
            return read(order)
        row = self.stored.row(run_id)
        return None if row is None else self.stored.place_of_row(row)

    def trace_of(self, run_id: str) -> bytes | None:
        row = self.stored.row(run_id)
        return None if row is None else otel_trace(row.get("extra"))

    def has_project(self, project_id: str) -> bool:
        try:
            self.projects.check(project_id)
        except NotFound:
            return False
        return True
