"""Payloads taken in, those of one request at once: which rows become of them, all or none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from attrs import evolve, frozen

from locum.datasets.prices import NONE, Prices
from locum.exceptions import Conflict, NotFound
from locum.langsmith.ingestion import dotted_orders, fields, rows
from locum.langsmith.ingestion.dotted_orders import Place
from locum.langsmith.ingestion.fields import Sent
from locum.langsmith.ingestion.merging import OWN_PART, MergedRun, Outcome
from locum.langsmith.ingestion.payloads import Payload
from locum.langsmith.ingestion.pending import Ingested, Pending
from locum.langsmith.ingestion.reported import Reported
from locum.langsmith.ingestion.rows import Projects
from locum.langsmith.ingestion.usage import Usage, own_usage
from locum.langsmith.tables import USAGE, USAGE_DETAILS

Row = Mapping[str, Any]
Find = Callable[[Collection[str]], Mapping[str, Row]]
"""Gives the rows of runs by id as they are now, of any tenant; those that are not there it leaves
out. Times are ISO-8601 texts, JSON columns values."""

Attached = Mapping[str, Mapping[str, Any]]
"""What is attached to a run: by name, its `mime_type` and its `size` in bytes."""

_FIRST = "0001-01-01T00:00:00.000000Z"  # where a dataset's own run has no start
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
        self, payloads: Sequence[Payload], attached: Mapping[str, Attached] = MappingProxyType({})
    ) -> Ingested:
        """Return what becomes of the payloads of one request, and of what is attached to runs, by
        their ids.

        Raises InvalidRequest for a field that cannot be read or is missing, Unanswerable for a
        place that contradicts itself, NotFound for an update of a run that is not there and does
        not tell its trace, and Conflict for the id of another tenant's run.
        """
        return _Request(self).take(payloads, attached)


class _Request:
    """The payloads of one request, and what they change."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._found: dict[str, Row | None] = {}  # the rows that were asked for
        self._runs: dict[str, MergedRun] = {}  # those that payloads are of
        self._new: dict[str, None] = {}  # those of them that change
        self._origins: dict[str, MergedRun] = {}  # what those with a row were
        self._places: dict[str, Place] = {}  # by dotted_order
        self._reported: dict[str, Reported] = {}  # of all runs that change
        self._seen: dict[str, tuple[MergedRun, str]] = {}  # complete ones with their projects
        self._incomplete: dict[str, MergedRun | None] = {}
        self._children: dict[str, frozenset[str] | None] = {}

    def take(self, payloads: Sequence[Payload], attached: Mapping[str, Attached]) -> Ingested:
        sent = [self._read(payload) for payload in payloads]
        self._load((*attached, *(payload.id for payload in payloads)))
        self._load(run_id for each in sent for run_id in self._above(each))
        outcomes = [self._merge(*each) for each in zip(payloads, sent, strict=True)]
        for run_id, listed in attached.items():
            self._runs[run_id] = self._run(run_id).attached(listed)
            self._new[run_id] = None
        settled = list(self._new)
        for run_id in settled:  # which grows by those that waited for these
            settled += self._settle(run_id)
        made = [self._row(run_id, each) for run_id, each in self._reported.items()]
        below = self._changed_below()
        return Ingested(
            [row for row in made if row is not None],
            outcomes,
            self._intake.pending,
            self._incomplete,
            below,
            self._children,
        )

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
                place = self._place(order)
            except ValueError as error:
                raise dotted_orders.invalid(str(error), payload.id, trace, order, parent) from None
            is_create = payload.kind == "post"
            dotted_orders.check(place, payload.id, trace, parent, is_create=is_create)
            sent["trace_id"] = place.trace_id
            if place.parent_run_id is not None:
                sent["parent_run_id"] = place.parent_run_id
        return sent

    def _above(self, sent: Sent) -> Iterable[str]:
        if (order := sent.get("dotted_order")) is not None:
            return self._places[order].ancestors
        return (sent["parent_run_id"],) if "parent_run_id" in sent else ()

    def _merge(self, payload: Payload, sent: Sent) -> Outcome:
        run = self._run(payload.id)
        is_create = payload.kind == "post"
        if not is_create and not run.sent and run.row is None and "trace_id" not in sent:
            raise NotFound("run", payload.id)
        merged, outcome = run.merged(payload, sent)
        self._runs[payload.id] = merged
        if outcome is Outcome.NEW:
            if is_create and "start_time" in sent and "dotted_order" not in merged.sent:
                # The update may tell another start: the place is that of the create.
                part = dotted_orders.own_part(sent["start_time"], merged.id)
                merged = evolve(merged, sent=merged.sent | {OWN_PART: part})
                self._runs[payload.id] = merged
            rows.check_times(merged)
            self._new[payload.id] = None
        return outcome

    # What there is.

    def _load(self, ids: Iterable[str]) -> None:
        missing = dict.fromkeys(run_id for run_id in ids if run_id not in self._found)
        if missing:
            found = self._intake.find(missing.keys())
            for run_id in missing:
                self._found[run_id] = found.get(run_id)

    def _row_of(self, run_id: str) -> Row | None:
        """The row of one of the tenant's runs, None where it has none."""
        if run_id not in self._found:
            self._load((run_id,))
        row = self._found[run_id]
        return row if row is not None and row.get("tenant_id") == self._intake.tenant else None

    def _run(self, run_id: str) -> MergedRun:
        if (run := self._runs.get(run_id)) is not None:
            return run
        if (row := self._found[run_id]) is None:
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
        if (row := self._row_of(run_id)) is not None:
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
            return self._place(run.sent["dotted_order"])
        row = self._row_of(run_id)
        return None if row is None else self._place_of_row(row)

    def _place(self, dotted_order: str) -> Place:
        if (place := self._places.get(dotted_order)) is None:
            place = self._places[dotted_order] = dotted_orders.read(dotted_order)
        return place

    def _place_of_row(self, row: Row) -> Place:
        """The place of a row: a dataset's own has none written down, and stands where its parents
        and starts say."""
        path: list[Row] = []
        at: Row | None = row
        seen: set[str] = set()
        while at is not None and at.get("dotted_order") is None and at["id"] not in seen:
            seen.add(at["id"])
            path.append(at)
            parent = at.get("parent_run_id")
            at = None if parent is None else self._row_of(parent)
        place = None
        if at is not None and at.get("dotted_order") is not None:
            place = self._place(at["dotted_order"])
        for each in reversed(path):
            start = fields.time(each.get("start_time") or _FIRST)
            part = dotted_orders.own_part(start, each["id"])
            place = dotted_orders.of_root(part) if place is None else place.below(part)
        return place if place is not None else self._place(row["dotted_order"])

    def _settle(self, run_id: str) -> tuple[str, ...]:
        """Put a run that has changed in its place, and where it is complete, add what it uses to
        the runs above; return those that have waited for its place."""
        merged = self._at_its_place(
            self._runs.get(run_id) or self._intake.pending.incomplete[run_id]
        )
        self._runs[run_id] = merged
        if merged.is_complete:
            self._incomplete[run_id] = None
            self._see(merged)
        else:
            self._incomplete[run_id] = merged
        waiting = self._waiting(run_id)
        if not waiting or self._placed(run_id) is None:
            return ()
        self._children[run_id] = None
        return tuple(sorted(waiting))

    def _waiting(self, run_id: str) -> frozenset[str]:
        if run_id in self._children:
            return self._children[run_id] or frozenset()
        return self._intake.pending.children.get(run_id, frozenset())

    def _at_its_place(self, merged: MergedRun) -> MergedRun:
        sent = merged.sent
        if (order := sent.get("dotted_order")) is not None:
            place = self._place(order)
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
                self._children[parent] = self._waiting(parent) | {merged.id}
                return merged
            place = above.below(part)
        trace = sent.get("trace_id", place.trace_id)
        dotted_orders.check(place, merged.id, trace, parent, is_create=True)
        return merged.placed(place)

    def _check_circle(self, run_id: str, place: Place) -> None:
        """Raise Unanswerable where a run would be below itself, by the places of runs that
        contradict each other."""
        order = place.dotted_order.rpartition(".")[0]
        at, seen = place.parent_run_id, {run_id}
        while at is not None:
            above = self._runs.get(at)
            known: Mapping[str, Any] | None = self._row_of(at) if above is None else above.sent
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
        before = self._found.get(merged.id)
        order = merged.sent.get("dotted_order")
        place = self._place_of_row(before) if order is None and before else self._place(order or "")
        if place.parent_run_id is not None:
            self._check_circle(merged.id, place)
        self._seen[merged.id] = (merged, rows.project(merged, self._intake.projects))
        reported = self._reported_of(merged.id)
        own = own_usage(merged.sent, self._intake.prices)
        lost: Usage = {}
        left: tuple[str, ...] = ()
        if before is not None:
            lost, left = reported.own, self._place_of_row(before).ancestors
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
        if (before := self._row_of(run_id)) is None:
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
            elif self._row_of(run_id) is None:
                changed[run_id] = reported if reported.counts else None
        return changed
