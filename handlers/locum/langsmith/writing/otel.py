"""Spans of OpenTelemetry taken in, each by itself: one at fault leaves the others of its body."""

from __future__ import annotations

from collections.abc import Sequence

from locum.engine.transactions import Transaction
from locum.langsmith.otel import transport
from locum.langsmith.otel.waiting import Rejection
from locum.langsmith.writing.taken_in import TakenIn
from locum.otlp.spans import Span
from locum.provider import Answer, RawBody


def take_traces(
    transaction: Transaction, tenant: str, /, body: RawBody, langsmith_project: str | None = None
) -> Answer:
    """Take the spans of an ExportTraceServiceRequest in as runs; the answer, in the encoding of the
    request, says how many were rejected and why. Raises what `transport.answer` does, and StoreFull
    where there is no room for spans that are to wait."""

    def take(spans: Sequence[Span]) -> Sequence[Rejection]:
        runs = TakenIn(transaction, tenant)
        runs.spans.take(spans, _named(langsmith_project or ""))
        rejections = runs.take()
        runs.put()
        runs.keep()
        return rejections

    return transport.answer(body, take)


def _named(header: str) -> str:
    """Return the name that a header was sent with: in UTF-8, as by clients in Go, or where it is
    none in Latin-1, which is what a header is read in and clients in Python and Node send."""
    try:
        return header.encode("latin-1").decode().strip()
    except UnicodeError:
        return header.strip()
