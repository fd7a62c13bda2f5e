"""What is kept of spans beside the runs that they are: those that wait for their parents, and what
no run tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, MutableMapping

from attrs import define, evolve, field, frozen

from locum.exceptions import StoreFull
from locum.langsmith.otel.translation import SpanRun

MOST_SPANS = 200_000  # that wait
MOST_BYTES = 512 * 2**20  # of their JSON, and of what is attached to them


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


_BYTES = "bytes"


@frozen
class Wait:
    """A span that waits, and how many bytes it takes, about."""

    run: SpanRun
    size: int


@define(eq=False)
class Waiting:
    """A tenant's, in what lives as long as the runs do; no value is changed itself, another takes
    its place.

    - `waits`: the spans that wait, by the ids of their runs,
    - `aside`: the ids of those that wait for a run, by its id,
    - `given`: the id that a span's run was given, by the ids of its trace and its own,
    - `counts`: how many spans of a trace have come, by its id, and how many bytes wait.
    """

    waits: MutableMapping[str, Wait] = field(factory=dict)
    aside: MutableMapping[str, tuple[str, ...]] = field(factory=dict)
    given: MutableMapping[str, str] = field(factory=dict)
    counts: MutableMapping[str, int] = field(factory=dict)

    def __len__(self) -> int:
        """How many spans wait."""
        return len(self.waits)

    def __iter__(self) -> Iterator[SpanRun]:
        """The spans that wait."""
        for wait in self.waits.values():
            yield wait.run

    def trace_of(self, run_id: str) -> bytes | None:
        """Return the trace, of OpenTelemetry, of the run's span where that waits."""
        wait = self.waits.get(run_id)
        return wait.run.identity.span[0] if wait else None

    def size_of(self, trace_id: bytes) -> int:
        """Return how many spans of the trace have come."""
        return self.counts.get(trace_id.hex(), 0)

    def given_id(self, span: tuple[bytes, bytes]) -> str | None:
        """Return the run's id that was given to a span, by the ids of its trace and its own."""
        return self.given.get(_name(span))

    def children_of(self, run_id: str) -> tuple[SpanRun, ...]:
        """Return the spans that wait for the run of that id; those that know their parent by its
        span wait for that span's own, even where another was given to it."""
        return tuple(self.waits[child].run for child in self.aside.get(run_id, ()))

    def check(self, taken: Taken) -> None:
        """Raise StoreFull where there is no room for those that are to wait."""
        if not taken.aside:
            return
        if len(self) + len(taken.aside) - len(taken.freed) > MOST_SPANS:
            raise StoreFull(f"{MOST_SPANS:,} spans that wait for their parents")
        if self.counts.get(_BYTES, 0) + sum(map(_size, taken.aside)) > MOST_BYTES:
            raise StoreFull(f"{MOST_BYTES >> 20:,} MiB of spans that wait for their parents")

    def keep(self, taken: Taken) -> None:
        """Remember what was taken; called when it is stored."""
        counts: dict[str, int] = defaultdict(int)
        for run in taken.new:
            trace_id, _ = run.identity.span
            counts[trace_id.hex()] += 1
            if run.identity.is_given:
                self.given[_name(run.identity.span)] = run.run_id
        children: dict[str, dict[str, None]] = {}  # by the run that they wait for
        for run in (*taken.aside, *taken.freed):
            if run.awaited not in children:
                children[run.awaited] = dict.fromkeys(self.aside.get(run.awaited, ()))
        for run in taken.aside:
            self.waits[run.run_id] = Wait(run, _size(run))
            children[run.awaited][run.run_id] = None
            counts[_BYTES] += self.waits[run.run_id].size
        for run in taken.freed:
            counts[_BYTES] -= self.waits.pop(run.run_id).size
            del children[run.awaited][run.run_id]
        for awaited, ids in children.items():
            if ids:
                self.aside[awaited] = tuple(ids)
            else:
                del self.aside[awaited]
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count


def _name(span: tuple[bytes, bytes]) -> str:
    return " ".join(each.hex() for each in span)


def _size(run: SpanRun) -> int:
    """How many bytes a span takes while it waits, about."""
    return run.bytes + sum(len(each.content) for each in run.attachments)
