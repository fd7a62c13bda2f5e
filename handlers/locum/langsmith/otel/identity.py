"""Who a run is: its id, and where it stands in its trace, as far as its span tells.

The id is the span's, right-aligned in zero bytes, as the vendor's endpoint has it (langsmith
0.15.1, integrations/otel/__init__.py; langsmith for npm 0.12.0, lib/experimental/otel/utils.js),
and the parent's likewise; the trace is the root's run. Attributes `langsmith.span.id`,
`langsmith.span.parent_id`, `langsmith.trace.id` and `langsmith.span.dotted_order` override them.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from locum.exceptions import Unanswerable
from locum.langsmith.ingestion.dotted_orders import Place, check, invalid, read
from locum.langsmith.ingestion.uuids import uuid_text
from locum.langsmith.otel.attributes import SpanAttributes
from locum.langsmith.otel.values import is_present
from locum.otlp.spans import Span

_OF_ROOTS = ("langsmith.is_root", "langsmith.root_span")
_TRACE_ID, _SPAN_ID = 16, 8  # bytes


@frozen
class Rejected(Exception):
    """A span that is not taken, and why; the others of its request are."""

    reason: str


@frozen
class Identity:
    """Whose run a span is, and under which.

    - `run_id`, and whether it was given or is the span's; `span` is the id of the trace and of the
      span in OpenTelemetry.
    - `parent` is the run above, None for a root. Where `parent_span` is the id of a span, and not
      b"", the run is that span's, which may have been given another id.
    - `place` is where it stands by its own dotted_order, None where that is not given.
    """

    run_id: str
    span: tuple[bytes, bytes]
    is_given: bool
    parent: str | None
    parent_span: bytes
    place: Place | None


def identity(span: Span, attributes: SpanAttributes) -> Identity:
    """Take the ids. Raises Rejected."""
    _check(span)
    given_id = _uuid(attributes, "langsmith.span.id")
    parent_id = _uuid(attributes, "langsmith.span.parent_id")
    trace_id = _uuid(attributes, "langsmith.trace.id")
    dotted_order = attributes.first("langsmith.span.dotted_order")
    roots = [attributes.first(name, read=_yes) for name in _OF_ROOTS]
    run_id = given_id or padded(span.span_id)
    by_span = any(span.parent_span_id)
    place = None
    parent = parent_id
    if dotted_order is not None:
        place = _place(run_id, parent_id, trace_id, dotted_order)
        parent = place.parent_run_id
    elif parent_id is None and True not in roots:
        if by_span:
            parent = padded(span.parent_span_id)
        elif trace_id not in (None, run_id):
            parent = trace_id
    is_by_span = by_span and True not in roots and parent_id is None and place is None
    if parent == run_id:
        raise Rejected("its parent is itself")
    return Identity(
        run_id=run_id,
        span=(span.trace_id, span.span_id),
        is_given=given_id is not None,
        parent=parent,
        parent_span=span.parent_span_id if is_by_span else b"",
        place=place,
    )


def padded(span_id: bytes) -> str:
    """Return the id of a span's run."""
    digits = span_id.hex()
    return f"00000000-0000-0000-{digits[:4]}-{digits[4:]}"


def _check(span: Span) -> None:
    if len(span.trace_id) != _TRACE_ID or not any(span.trace_id):
        raise Rejected(_of_bytes("trace id", span.trace_id, _TRACE_ID))
    if len(span.span_id) != _SPAN_ID or not any(span.span_id):
        raise Rejected(_of_bytes("span id", span.span_id, _SPAN_ID))
    if len(span.parent_span_id) not in (0, _SPAN_ID):
        raise Rejected(_of_bytes("parent span id", span.parent_span_id, _SPAN_ID))
    if not span.start_ns:
        raise Rejected("start time: found none, expected nanoseconds since 1970")
    if span.end_ns and span.end_ns < span.start_ns:
        raise Rejected(f"end time: found {span.end_ns}, expected none before {span.start_ns}")


def _of_bytes(what: str, found: bytes, expected: int) -> str:
    told = f"{len(found)} bytes" if any(found) or len(found) != expected else "zeros"
    return f"{what}: found {told}, expected {expected} bytes that are not all zero"


def _uuid(attributes: SpanAttributes, name: str) -> str | None:
    value = attributes.first(name)
    if value is None:
        return None
    found = uuid_text(value) if isinstance(value, str) else None
    if found is None:
        raise Rejected(f"{name}: found {str(value)[:80]!r}, expected a UUID")
    return found


def example_id(attributes: SpanAttributes) -> str | None:
    """Take the example that the run was made of. Raises Rejected where it is no UUID."""
    return _uuid(attributes, "langsmith.reference_example_id")


def _place(run_id: str, parent_id: str | None, trace_id: str | None, sent: Any) -> Place:
    """Read the dotted_order; what else is given of the run's place must fit it."""
    order = sent if isinstance(sent, str) else str(sent)
    try:
        place = read(order)
        # Without a parent_id, the parent is the one that it names: as in an update.
        check(place, run_id, trace_id, parent_id, is_create=False)
    except ValueError as error:
        raise Rejected(invalid(str(error), run_id, trace_id, order, parent_id).sentence) from None
    except Unanswerable as error:
        raise Rejected(error.sentence) from None
    return place


def _yes(value: Any) -> bool | None:
    """A boolean, also of a text."""
    if isinstance(value, str) and is_present(value):
        value = {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None
