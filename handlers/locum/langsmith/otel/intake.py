"""Spans of a request as runs in their trees, across requests and in whichever order they come.

A child whose parent has not come is aside, seen by nobody. When the parent comes, by whichever way,
it is placed below it; where that never happens it stays aside (our choice: for as long as its
dataset is written to; the vendor drops it after twelve hours). A run that brings its dotted_order
waits for nobody, and neither does a root.

Nothing changes before `Waiting.keep`: what is to be stored may still be refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from typing import Protocol

from locum.langsmith.ingestion.dotted_orders import Place, of_root, own_part
from locum.langsmith.otel.identity import Identity, Rejected, padded
from locum.langsmith.otel.translation import SpanRun, run_of
from locum.langsmith.otel.waiting import Rejection, Taken, Waiting
from locum.otlp.spans import Span

MOST_RUNS = 25_000  # of a trace (docs.langchain.com, Observability concepts)
# Of a run's JSON, and of a file (our choice): with what comes to them they fit into a row.
MOST_BYTES, MOST_FILE_BYTES = 15 * 2**20, 11 * 2**20
MOST_LEVELS = 256  # of a trace (our choice): the dotted_order of a run names all above it


class Known(Protocol):
    """What is stored, by whichever way it came."""

    def load(self, run_ids: Collection[str]) -> None:
        """Hear which runs will be asked for, so that they are looked up at once."""
        ...

    def is_taken(self, run_id: str) -> bool:
        """Return whether another tenant's run has that id."""
        ...

    def place(self, run_id: str) -> Place | None:
        """Return where a run stands, None where there is none, or its place is not known yet."""
        ...

    def trace_of(self, run_id: str) -> bytes | None:
        """Return the trace, of OpenTelemetry, of the span that a run is; None where it is none."""
        ...

    def has_project(self, project_id: str) -> bool:
        """Return whether there is a project of that id, a UUID in lower case."""
        ...


class Taking:
    """What one request makes of spans, on top of what is kept and stored: of its own, and of those
    that wait for runs that it brings."""

    def __init__(self, waiting: Waiting, known: Known) -> None:
        self._waiting, self._known = waiting, known
        self._new: dict[str, SpanRun] = {}
        self._rejections: list[Rejection] = []
        self._sizes: dict[bytes, int] = {}
        self._given: dict[tuple[bytes, bytes], str] = {}
        self._aside: dict[str, dict[str, SpanRun]] = {}
        self._places: dict[str, Place] = {}
        self._placed: list[SpanRun] = []

    def take(self, spans: Iterable[Span], header_project: str = "") -> None:
        """Take the spans of the request, once. One that came before changes nothing."""
        runs: list[SpanRun] = []
        for span in spans:
            try:
                runs.append(run_of(span, header_project))
            except Rejected as rejected:
                self._reject(span.span_id, rejected.reason)
        self._load(runs)
        for run in runs:
            try:
                self._add(run)
            except Rejected as rejected:
                self._reject(run.identity.span[1], rejected.reason)
        self._place(self._new.values())

    def arrived(self, run_ids: Iterable[str]) -> bool:
        """Place the spans that wait for runs that came by another way, and are known now; return
        whether there are any."""
        before = len(self._placed)
        if self._waiting or self._aside:
            for run_id in run_ids:
                aside = self._aside.pop(run_id, {}).values()
                children = (*aside, *self._waiting.children_of(run_id))
                self._load(children)
                self._place(children)
        return len(self._placed) > before

    def taken(self) -> Taken:
        """Return what has become of them."""
        return Taken(
            placed=tuple(self._placed),
            new=tuple(self._new.values()),
            aside=tuple(run for runs in self._aside.values() for run in runs.values()),
            freed=tuple(run for run in self._placed if run.run_id not in self._new),
            rejections=tuple(self._rejections),
        )

    def _reject(self, span_id: bytes, reason: str) -> None:
        self._rejections.append(Rejection(span_id.hex(), reason))

    def _load(self, runs: Iterable[SpanRun]) -> None:
        ids: dict[str, None] = {}
        for run in runs:
            trace_id, _ = run.identity.span
            given = self._waiting.given_id((trace_id, run.identity.parent_span))
            ids |= dict.fromkeys(filter(None, (run.run_id, given or run.awaited)))
        self._known.load(ids)

    def _add(self, run: SpanRun) -> None:
        """Take a span of the request. Raises Rejected."""
        its = run.identity
        trace_id, _ = its.span
        if self._known.is_taken(its.run_id):
            raise Rejected(f"its run {its.run_id} is another's")
        trace_before = self._trace_of(its.run_id)
        if trace_before is not None:
            if trace_before != trace_id and self._contradicts(its):
                raise Rejected(f"its run {its.run_id} belongs to another trace")
            return
        if run.session_id and not self._known.has_project(run.session_id):
            raise Rejected(f"langsmith.trace.session_id: there is no project {run.session_id}")
        _check_size(run)
        size = self._sizes.get(trace_id, self._waiting.size_of(trace_id))
        if size >= MOST_RUNS:
            raise Rejected(f"its trace has {MOST_RUNS:,} runs, which is the most")
        self._sizes[trace_id] = size + 1
        self._new[its.run_id] = run
        if its.is_given:
            self._given[its.span] = its.run_id

    def _contradicts(self, its: Identity) -> bool:
        """Whether a span of another trace has the run's id by chance, or against what is known: a
        run may be sent as spans of several traces where its id is given."""
        if not its.is_given:
            return True
        before = self._known.place(its.run_id)
        if before is None or (its.place is None and its.parent is not None):
            return False
        trace_id = its.place.trace_id if its.place else its.run_id
        return trace_id != before.trace_id

    def _trace_of(self, run_id: str) -> bytes | None:
        if (run := self._new.get(run_id)) is not None:
            return run.identity.span[0]
        return self._waiting.trace_of(run_id) or self._known.trace_of(run_id)

    def _place(self, runs: Iterable[SpanRun]) -> None:
        """Place the runs whose parents are known, and then those that wait for them."""
        coming = deque(runs)
        while coming:
            run = coming.popleft()
            its = run.identity
            if its.run_id in self._places:
                continue
            try:
                place = self._place_of(run)
            except Rejected as rejected:
                if self._new.pop(its.run_id, None):
                    self._reject(its.span[1], rejected.reason)
                continue
            if place is None:
                if its.run_id in self._new:
                    self._aside.setdefault(run.awaited, {})[its.run_id] = run
                continue
            self._places[its.run_id] = place
            self._placed.append(run.at(place))
            for awaited in {its.run_id, padded(its.span[1])}:
                coming.extend(self._aside.pop(awaited, {}).values())
                coming.extend(self._waiting.children_of(awaited))

    def _place_of(self, run: SpanRun) -> Place | None:
        """Where a run stands, None where that is not known yet. Raises Rejected."""
        its = run.identity
        part = own_part(run.start_time, its.run_id)
        place = its.place
        if place is None and its.parent is None:
            place = of_root(part)
        if place is None:
            parent = self._parent_of(its)
            if parent is None:
                return None
            if len(parent.ids) >= MOST_LEVELS:
                raise Rejected(f"it has {MOST_LEVELS} levels above it, which is the most")
            if its.run_id in parent.ids:
                raise Rejected("its parent is below it")
            place = parent.below(part)
        before = self._known.place(its.run_id)
        if before is not None and before.trace_id != place.trace_id:
            raise Rejected(f"its run {its.run_id} belongs to another trace")
        return place

    def _parent_of(self, its: Identity) -> Place | None:
        trace_id, _ = its.span
        span = trace_id, its.parent_span
        parent = its.parent or ""
        given = (self._given.get(span) or self._waiting.given_id(span)) if its.parent_span else None
        if its.parent_span and not given and self._trace_of(parent) not in (None, trace_id):
            return None  # a span of that id is in another trace
        parent = given or parent
        return self._places.get(parent) or self._known.place(parent)


def _check_size(run: SpanRun) -> None:
    """Raise Rejected for a run that no row could hold."""
    if run.bytes > MOST_BYTES:
        raise Rejected(f"its run has {run.bytes:,} bytes of JSON, expected {MOST_BYTES:,} at most")
    for file in run.attachments:
        if (size := len(file.content)) > MOST_FILE_BYTES:
            told = f"langsmith.attachments: {file.name:.80} has {size:,} bytes"
            raise Rejected(f"{told}, expected {MOST_FILE_BYTES:,} at most")
