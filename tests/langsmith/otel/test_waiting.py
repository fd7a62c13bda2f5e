"""What is known of spans between requests: no more than is needed of each."""

from __future__ import annotations

from locum.langsmith.otel.translation import SpanRun, run_of
from locum.langsmith.otel.waiting import Taken, Waiting
from tests.oracles.otel_spans import RUN, SPAN, TRACE, span

PARENT = "00000000-0000-0000-0000-0000000000ff"
GIVEN = "aaaaaaaa-2222-4333-8444-555555555555"


def child() -> SpanRun:
    return run_of(span(parent_span_id=bytes([0] * 7 + [255])))


def test_nothing_is_known_at_first() -> None:
    waiting = Waiting()
    assert (len(waiting), [*waiting]) == (0, [])
    assert waiting.trace_of(RUN) is None
    assert waiting.given_id((TRACE, SPAN)) is None
    assert (waiting.size_of(TRACE), waiting.children_of(RUN)) == (0, ())


def test_a_span_is_aside_until_it_is_freed() -> None:
    waiting, run = Waiting(), child()
    waiting.keep(Taken(new=(run,), aside=(run,)))
    assert (len(waiting), [*waiting], waiting.children_of(PARENT)) == (1, [run], (run,))
    assert (waiting.trace_of(RUN), waiting.size_of(TRACE)) == (TRACE, 1)
    waiting.keep(Taken(placed=(run,), freed=(run,)))
    assert (len(waiting), [*waiting], waiting.children_of(PARENT)) == (0, [], ())
    assert (waiting.trace_of(RUN), waiting.size_of(TRACE)) == (TRACE, 1)


def test_given_ids_are_found_by_their_spans() -> None:
    waiting = Waiting()
    waiting.keep(Taken(new=(run_of(span({"langsmith.span.id": GIVEN})),)))
    assert waiting.given_id((TRACE, SPAN)) == GIVEN
    assert (waiting.trace_of(GIVEN), waiting.trace_of(RUN)) == (TRACE, None)
