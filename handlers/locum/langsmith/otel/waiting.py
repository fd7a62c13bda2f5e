"""What is known of the spans that have come: those that wait for their parents, and what tells a
span that comes again, or one of another trace.

One `Waiting` lives as long as what is written lives. It holds no run that was placed, only its id
and trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import define, evolve, frozen

from locum.exceptions import StoreFull
from locum.langsmith.otel.translation import SpanRun

MOST_SPANS = 200_000  # that wait
MOST_BYTES = 512 * 2**20  # of their JSON, and of what is attached to them


@define(eq=False)
class OtelTrace:
    """A trace of OpenTelemetry: its id, and how many of its spans have come. One object for each,
    which all of its spans share."""

    id: bytes
    spans: int = 0


@frozen
class Rejection:
    """A span that was not taken: its id in hexadecimal digits, and why."""

    span_id: str
    reason: str


@frozen
class Taken:
    """What a request, or a run, makes of spans.

    `placed` are to be stored, parents first: their payloads are whole. `new` are those that had not
    come before, `aside` those of them that wait now, and `freed` those that no longer do.
    """

    placed: tuple[SpanRun, ...] = ()
    new: tuple[SpanRun, ...] = ()
    aside: tuple[SpanRun, ...] = ()
    freed: tuple[SpanRun, ...] = ()
    rejections: tuple[Rejection, ...] = ()

    def without(self, refused: Mapping[str, str]) -> Taken:
        """Return what is left where some of those that are placed cannot be stored: why, by their
        runs' ids. Of those that had waited nobody is told any more."""
        if not refused:
            return self
        return evolve(
            self,
            placed=tuple(run for run in self.placed if run.run_id not in refused),
            new=tuple(run for run in self.new if run.run_id not in refused),
            rejections=(
                *self.rejections,
                *(
                    Rejection(run.span_id, refused[run.run_id])
                    for run in self.new
                    if run.run_id in refused
                ),
            ),
        )


class Waiting:
    """Spans by the runs that they wait for, and the traces of all that have come."""

    def __init__(self) -> None:
        self._traces: dict[bytes, OtelTrace] = {}
        self._trace_of_run: dict[str, OtelTrace] = {}
        self._given: dict[tuple[bytes, bytes], str] = {}
        self._aside: dict[str, dict[str, SpanRun]] = {}
        self._sizes: dict[str, int] = {}  # of those that wait, by their runs
        self._bytes = 0

    def __len__(self) -> int:
        """How many spans wait."""
        return len(self._sizes)

    def __iter__(self) -> Iterator[SpanRun]:
        """The spans that wait."""
        for children in self._aside.values():
            yield from children.values()

    def trace_of(self, run_id: str) -> bytes | None:
        """Return the trace, of OpenTelemetry, that the run's span is of; None where the run is no
        span's."""
        trace = self._trace_of_run.get(run_id)
        return trace.id if trace else None

    def is_aside(self, run_id: str) -> bool:
        """Return whether the run's span waits."""
        return run_id in self._sizes

    def size_of(self, trace_id: bytes) -> int:
        """Return how many spans of the trace have come."""
        trace = self._traces.get(trace_id)
        return trace.spans if trace else 0

    def given_id(self, span: tuple[bytes, bytes]) -> str | None:
        """Return the run's id that was given to a span, by the ids of its trace and its own."""
        return self._given.get(span)

    def children_of(self, run_id: str) -> Iterable[SpanRun]:
        """Return the spans that wait for the run of that id; those that know their parent by its
        span wait for that span's own, even where another was given to it."""
        return tuple(self._aside.get(run_id, {}).values())

    def check(self, taken: Taken) -> None:
        """Raise StoreFull where there is no room for those that are to wait."""
        if not taken.aside:
            return
        if len(self) + len(taken.aside) - len(taken.freed) > MOST_SPANS:
            raise StoreFull(f"{MOST_SPANS:,} spans that wait for their parents")
        if self._bytes + sum(map(_size, taken.aside)) > MOST_BYTES:
            raise StoreFull(f"{MOST_BYTES >> 20:,} MiB of spans that wait for their parents")

    def keep(self, taken: Taken) -> None:
        """Remember what was taken; called when it is stored."""
        for run in taken.new:
            trace_id, _ = run.identity.span
            trace = self._traces.setdefault(trace_id, OtelTrace(trace_id))
            trace.spans += 1
            before = self._trace_of_run.get(run.run_id)
            if before is not None:  # it was deleted, and comes again
                before.spans -= 1
            self._trace_of_run[run.run_id] = trace
            if run.identity.is_given:
                self._given[run.identity.span] = run.run_id
        for run in taken.aside:
            self._aside.setdefault(run.awaited, {})[run.run_id] = run
            self._sizes[run.run_id] = _size(run)
            self._bytes += self._sizes[run.run_id]
        for run in taken.freed:
            children = self._aside[run.awaited]
            del children[run.run_id]
            if not children:
                del self._aside[run.awaited]
            self._bytes -= self._sizes.pop(run.run_id)


def _size(run: SpanRun) -> int:
    """How many bytes a span takes while it waits, about."""
    return run.bytes + sum(len(each.content) for each in run.attachments)
