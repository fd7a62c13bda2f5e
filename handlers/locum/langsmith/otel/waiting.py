"""What is known of the spans that have come: those that wait for their parents, and what tells a
span that comes again, or one of another trace.

One `Waiting` lives as long as what is written lives. It holds no run that was placed, only its id
and trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import define, frozen

from locum.langsmith.otel.translation import SpanRun


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


class Waiting:
    """Spans by the runs that they wait for, and the traces of all that have come."""

    def __init__(self) -> None:
        self._traces: dict[bytes, OtelTrace] = {}
        self._trace_of_run: dict[str, OtelTrace] = {}
        self._given: dict[tuple[bytes, bytes], str] = {}
        self._aside: dict[str, dict[str, SpanRun]] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many spans wait."""
        return self._count

    def __iter__(self) -> Iterator[SpanRun]:
        """The spans that wait."""
        for children in self._aside.values():
            yield from children.values()

    def trace_of(self, run_id: str) -> bytes | None:
        """Return the trace, of OpenTelemetry, that the run's span is of; None where the run is no
        span's."""
        trace = self._trace_of_run.get(run_id)
        return trace.id if trace else None

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

    def keep(self, taken: Taken) -> None:
        """Remember what was taken; called when it is stored."""
        for run in taken.new:
            trace_id, _ = run.identity.span
            trace = self._traces.setdefault(trace_id, OtelTrace(trace_id))
            trace.spans += 1
            self._trace_of_run[run.identity.run_id] = trace
            if run.identity.is_given:
                self._given[run.identity.span] = run.identity.run_id
        for run in taken.aside:
            self._aside.setdefault(run.awaited, {})[run.identity.run_id] = run
        for run in taken.freed:
            children = self._aside[run.awaited]
            del children[run.identity.run_id]
            if not children:
                del self._aside[run.awaited]
        self._count += len(taken.aside) - len(taken.freed)
