"""Payloads taken in, those of one request at once: which rows become of them, all or none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from attrs import evolve, frozen

from locum.datasets.prices import NONE, Prices
from locum.exceptions import Conflict, InvalidRequest, NotFound, Unanswerable
from locum.langsmith.ingestion import dotted_orders, fields, rows
from locum.langsmith.ingestion.dotted_orders import Place
from locum.langsmith.ingestion.fields import Sent
from locum.langsmith.ingestion.merging import OWN_PART, MergedRun, Outcome
from locum.langsmith.ingestion.payloads import Payload
from locum.langsmith.ingestion.pending import Ingested, Pending
from locum.langsmith.ingestion.reported import Reported
from locum.langsmith.ingestion.rows import Projects
from locum.langsmith.ingestion.stored import Find, Stored
from locum.langsmith.ingestion.usage import GIVEN, Usage, own_usage
from locum.langsmith.tables import USAGE, USAGE_DETAILS

T = TypeVar("T")

Attached = Mapping[str, Mapping[str, Any]]
"""What is attached to a run: by name, its `mime_type` and its `size` in bytes."""

_REFUSALS = (InvalidRequest, Unanswerable, NotFound, Conflict)  # of one payload
_REPORTED = frozenset((*USAGE, *USAGE_DETAILS, "usage"))


@frozen(kw_only=True)
class Intake:
    """Where payloads are taken in: the tenant that sends them, its projects, what is pending of its
    runs, the rows that are there, and the prices. Payloads of a batch must tell their place
    (`is_batch`); others may leave it to be found by their parent's."""

    tenant: str
    projects: Projects
    pending: Pending
    find: Find
    prices: Prices = NONE
    is_batch: bool = True

    def take(
        self,
        payloads: Sequence[Payload],
        attached: Mapping[str, Attached] = MappingProxyType({}),
        one_by_one: Collection[str] = (),
    ) -> Ingested:
        """Return what becomes of the payloads of one request, and of what is attached to runs, by
        their ids. It changes nothing.

        Raises InvalidRequest for a field that cannot be read or is missing, Unanswerable for a
        place that contradicts itself, NotFound for an update of a run that is not there and does
        not tell its trace, and Conflict for the id of another tenant's run. What
        refuses one of the runs that are to be taken `one_by_one` is told with its id instead, and
        leaves the others; amounts that no row can hold still refuse all.
        """
        return _Request(self, one_by_one).take(payloads, attached)


class _Request:
    """The payloads of one request, and what they change."""

    def __init__(self, intake: Intake, one_by_one: Collection[str]) -> None:
        self._intake, self._one_by_one = intake, one_by_one
        self._stored = Stored(intake.tenant, intake.find)
        self._runs: dict[str, MergedRun] = {}  # those that payloads are of
        self._new: dict[str, None] = {}  # those of them that change
        self._origins: dict[str, MergedRun] = {}  # what those with a row were
        self._reported: dict[str, Reported] = {}  # of all runs that change
        self._seen: dict[str, tuple[MergedRun, str]] = {}  # complete ones with their projects
        self._incomplete: dict[str, MergedRun | None] = {}
        self._children: dict[str, frozenset[str] | None] = {}
        self._refused: dict[str, str] = {}  # why, by the runs' ids

    def take(self, payloads: Sequence[Payload], attached: Mapping[str, Attached]) -> Ingested:
        read = [
            (payload, sent)
            for payload in payloads
            if (sent := self._tried(payload.id, partial(self._read, payload))) is not None
        ]
        self._stored.load((*attached, *(payload.id for payload in payloads)))
        self._stored.load(run_id for _, sent in read for run_id in self._above(sent))
        outcomes = [
            outcome
            for payload, sent in read
            if (outcome := self._tried(payload.id, partial(self._merge, payload, sent)))
        ]
        for run_id, listed in attached.items():
            if run_id not in self._refused:
                self._runs[run_id] = self._run(run_id).attached(listed)
                self._new[run_id] = None
        settled = [run_id for run_id in self._new if run_id not in self._refused]
        for run_id in settled:  # which grows by those that waited for these
            settled += self._tried(run_id, partial(self._settle, run_id)) or ()
        made = [self._row(run_id, each) for run_id, each in self._reported.items()]
        below = self._changed_below()
        return Ingested(
            [row for row in made if row is not None],
            outcomes,
            self._intake.pending,
            self._incomplete,
            below,
            self._children,
            self._refused,
        )

    def _tried(self, run_id: str, step: Callable[[], T]) -> T | None:
        """Return what a step gives; None where it refuses a run that is taken by itself, of which
        it has changed nothing then."""
        try:
            return step()
        except _REFUSALS as refusal:
            if run_id not in self._one_by_one:
                raise
            self._refused[run_id] = str(refusal)
            self._runs.pop(run_id, None)
            return None

    # What payloads say.

    def _read(self, payload: Payload) -> Sent:
        sent = fields.read(payload)
        if self._intake.is_batch:
            for name in ("trace_id", "dotted_order"):
                if name not in sent:
                    message = "found nothing, expected it of a run in a batch"
                    raise fields.refusal(payload.id, name, message)
        if "session_id" in sent:
            self._intake.projects.check(sent["session_id"])
        if (order := sent.get("dotted_order")) is not None:
            trace, parent = sent.get("trace_id"), sent.get("parent_run_id")
            try:
                place = self._stored.place_of(order)
            except ValueError as error:
                raise dotted_orders.invalid(str(error), payload.id, trace, order, parent) from None
            is_create = payload.kind == "post"
            dotted_orders.check(place, payload.id, trace, parent, is_create=is_create)
            sent["trace_id"] = place.trace_id
            if place.parent_run_id is not None:
                sent["parent_run_id"] = place.parent_run_id
        if payload.usage is not None:
            sent[GIVEN] = payload.usage
        return sent

    def _above(self, sent: Sent) -> Iterable[str]:
        if (order := sent.get("dotted_order")) is not None:
            return self._stored.place_of(order).ancestors
        return (sent["parent_run_id"],) if "parent_run_id" in sent else ()

    def _merge(self, payload: Payload, sent: Sent) -> Outcome:
        run = self._run(payload.id)
        is_create = payload.kind == "post"
        if not is_create and not run.sent and run.row is None and "trace_id" not in sent:
            raise NotFound("run", payload.id)
        merged, outcome = run.merged(payload, sent)
        if outcome is Outcome.NEW:
            if is_create and "start_time" in sent and "dotted_order" not in merged.sent:
                # The update may tell another start: the place is that of the create.
                part = dotted_orders.own_part(sent["start_time"], merged.id)
                merged = evolve(merged, sent=merged.sent | {OWN_PART: part})
            rows.check_times(merged)
            self._new[payload.id] = None
        self._runs[payload.id] = merged
        return outcome

    # What there is.

    def _run(self, run_id: str) -> MergedRun:
        if (run := self._runs.get(run_id)) is not None:
            return run
        if (row := self._stored.anybodys(run_id)) is None:
            return self._intake.pending.incomplete.get(run_id) or MergedRun.new(run_id)
        if row.get("tenant_id") != self._intake.tenant:
            raise Conflict("run", run_id)
        run = self._origins[run_id] = MergedRun.of_row(row)
        return run

    def _reported_of(self, run_id: str) -> Reported:
        """What a run reports, which may be changed here: of one that is not there, what is to be
        added to it."""
        if (reported := self._reported.get(run_id)) is not None:
            return reported
        if (row := self._stored.row(run_id)) is not None:
            reported = Reported.of_row(row)
        elif (kept := self._intake.pending.below.get(run_id)) is not None:
            reported = Reported({}, dict(kept.below), dict(kept.counts))
        else:
            reported = Reported()
        self._reported[run_id] = reported
        return reported

    # Where runs stand.

    def _placed(self, run_id: str) -> Place | None:
        """The place of a run, None where it is not known, or no such run is."""
        run = self._runs.get(run_id) or self._intake.pending.incomplete.get(run_id)
        if run is not None and "dotted_order" in run.sent:
            return self._stored.place_of(run.sent["dotted_order"])
        row = self._stored.row(run_id)
        return None if row is None else self._stored.place_of_row(row)

    def _settle(self, run_id: str) -> tuple[str, ...]:
        """Put a run that has changed in its place, and where it is complete, add what it uses to
        the runs above; return those that have waited for its place."""
        merged = self._at_its_place(
            self._runs.get(run_id) or self._intake.pending.incomplete[run_id]
        )
        self._runs[run_id] = merged
        if merged.is_complete:
            self._see(merged)
            self._incomplete[run_id] = None
        else:
            self._incomplete[run_id] = merged
        waiting = self._waiting(run_id)
        if not waiting or self._placed(run_id) is None:
            return ()
        self._children[run_id] = None
        return tuple(sorted(filter(self._waits, waiting)))

    def _waiting(self, run_id: str) -> frozenset[str]:
        if run_id in self._children:
            return self._children[run_id] or frozenset()
        return self._intake.pending.children.get(run_id, frozenset())

    def _waits(self, run_id: str) -> bool:
        """Whether a run has no place yet: one that has waited may have been told its own."""
        run = self._runs.get(run_id) or self._intake.pending.incomplete.get(run_id)
        return run is not None and "dotted_order" not in run.sent

    def _at_its_place(self, merged: MergedRun) -> MergedRun:
        sent = merged.sent
        if (order := sent.get("dotted_order")) is not None:
            place = self._stored.place_of(order)
            if sent.get("parent_run_id") != place.parent_run_id or OWN_PART in sent:
                return merged.placed(place)
            return merged
        part, parent = sent.get(OWN_PART), sent.get("parent_run_id")
        if part is None and merged.received.post and "start_time" in sent:
            part = dotted_orders.own_part(sent["start_time"], merged.id)
        if part is None:
            return merged
        if parent is None:
            place = dotted_orders.of_root(part)
        else:
            above = self._placed(parent)
            if above is None:
                self._check_waiting(merged.id, parent)
                self._children[parent] = self._waiting(parent) | {merged.id}
                return merged
            place = above.below(part)
        trace = sent.get("trace_id", place.trace_id)
        dotted_orders.check(place, merged.id, trace, parent, is_create=True)
        return merged.placed(place)

    def _check_waiting(self, run_id: str, parent: str) -> None:
        """Raise Unanswerable where a run waits for the place of one that waits for its own."""
        at: str | None = parent
        seen: set[str] = set()
        while at is not None and at not in seen:
            if at == run_id:
                why = "the run is below itself"
                raise dotted_orders.invalid(why, run_id, None, "<nil>", parent)
            seen.add(at)
            above = self._runs.get(at) or self._intake.pending.incomplete.get(at)
            at = None if above is None else above.sent.get("parent_run_id")

    def _check_circle(self, run_id: str, place: Place) -> None:
        """Raise Unanswerable where a run would be below itself, by the places of runs that
        contradict each other."""
        order = place.dotted_order.rpartition(".")[0]
        at, seen = place.parent_run_id, {run_id}
        while at is not None:
            above = self._runs.get(at)
            known: Mapping[str, Any] | None = self._stored.row(at) if above is None else above.sent
            if known is None or known.get("dotted_order") == order:
                return  # what is above is in the place, where no run stands twice
            if at in seen:
                trace, parent = place.trace_id, place.parent_run_id
                why = "dotted_order puts the run below itself"
                raise dotted_orders.invalid(why, run_id, trace, place.dotted_order, parent)
            seen.add(at)
            at, order = known.get("parent_run_id"), order.rpartition(".")[0]

    # What becomes of them.

    def _see(self, merged: MergedRun) -> None:
        """Note a complete run: its project, what it uses, and to which runs that is added."""
        before, order = merged.row, merged.sent.get("dotted_order")
        if order is None and before is not None:
            place = self._stored.place_of_row(before)
        else:
            place = self._stored.place_of(order or "")
        if place.parent_run_id is not None:
            self._check_circle(merged.id, place)
        self._seen[merged.id] = (merged, rows.project(merged, self._intake.projects))
        reported = self._reported_of(merged.id)
        own = own_usage(merged.sent, self._intake.prices)
        lost: Usage = {}
        left: tuple[str, ...] = ()
        if before is not None:
            lost, left = reported.own, self._stored.place_of_row(before).ancestors
            if own == own_usage(self._origins[merged.id].sent, self._intake.prices):
                own = lost  # whatever it was computed of: later prices do not touch it
        reported.own = own
        if own == lost and place.ancestors == left:
            return
        if lost:
            for run_id in left:
                self._reported_of(run_id).remove(lost)
        if own:
            for run_id in place.ancestors:
                self._reported_of(run_id).add(own)

    def _row(self, run_id: str, reported: Reported) -> dict[str, Any] | None:
        """The row of a run that has changed, None where it is not there."""
        if run_id in self._seen:
            merged, project = self._seen[run_id]
            return rows.row(merged, self._intake.tenant, project, reported)
        if (before := self._stored.row(run_id)) is None:
            return None
        kept = {name: value for name, value in before.items() if name not in _REPORTED}
        return kept | reported.columns(run_id)

    def _changed_below(self) -> dict[str, Reported | None]:
        """What is to be added to runs that are not there."""
        changed: dict[str, Reported | None] = {}
        for run_id, reported in self._reported.items():
            if run_id in self._seen:
                if run_id in self._intake.pending.below:
                    changed[run_id] = None
            elif self._stored.row(run_id) is None:
                changed[run_id] = reported if reported.counts else None
        return changed
