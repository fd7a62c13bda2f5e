"""Spans that are valid, for tests of what runs are made of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from locum.langsmith.ingestion.dotted_orders import Place, read
from locum.langsmith.otel.intake import Taking
from locum.langsmith.otel.translation import SpanRun
from locum.langsmith.otel.waiting import Rejection, Taken, Waiting
from locum.otlp.spans import Span

TRACE = bytes.fromhex("5b8efff798038103d269b633813fc60c")
SPAN = bytes.fromhex("a1b2c3d4e5000101")
RUN = "00000000-0000-0000-a1b2-c3d4e5000101"  # of SPAN
START_NS, END_NS = 1_768_471_200_000_000_000, 1_768_471_201_000_000_000  # 2026-01-15 10:00:00, :01


def span(attributes: dict[str, Any] | None = None, **fields: Any) -> Span:
    """A span of a second."""
    whole: dict[str, Any] = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "name": "step",
        "start_ns": START_NS,
        "end_ns": END_NS,
        "attributes": attributes or {},
    }
    return Span(**(whole | fields))


class Store:
    """What an engine does with what is taken, in memory: it knows places and projects."""

    def __init__(self, *projects: str) -> None:
        self.projects = set(projects)
        self.runs: dict[str, dict[str, Any]] = {}
        self.taken: dict[str, SpanRun] = {}
        self.waiting = Waiting()
        self.of_others: set[str] = set()  # another tenant's runs

    def load(self, run_ids: Collection[str]) -> None:
        pass

    def is_taken(self, run_id: str) -> bool:
        return run_id in self.of_others

    def place(self, run_id: str) -> Place | None:
        run = self.runs.get(run_id)
        return read(run["dotted_order"]) if run else None

    def trace_of(self, run_id: str) -> bytes | None:
        run = self.runs.get(run_id, {})
        trace_id = run.get("extra", {}).get("otel", {}).get("trace_id")
        return bytes.fromhex(trace_id) if trace_id else None

    def has_project(self, project_id: str) -> bool:
        return project_id in self.projects

    def send(self, *spans: Span, project: str = "") -> tuple[Rejection, ...]:
        """Send a request."""
        taking = Taking(self.waiting, self)
        taking.take(spans, project)
        self.keep(taking.taken())
        return taking.taken().rejections

    def post(self, run_id: str, dotted_order: str) -> None:
        """Send a run by another way."""
        self.runs[run_id] = {"dotted_order": dotted_order}
        taking = Taking(self.waiting, self)
        taking.arrived([run_id])
        self.keep(taking.taken())

    def keep(self, taken: Taken) -> None:
        for run in taken.placed:
            if run.payload.id not in self.runs:
                self.runs[run.payload.id] = run.payload.fields
                self.taken[run.payload.id] = run
        self.waiting.keep(taken)
