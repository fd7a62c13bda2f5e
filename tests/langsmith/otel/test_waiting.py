"""What is known of spans between requests: no more than is needed of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from locum.engine.pending import Pending
from locum.exceptions import StoreFull
from locum.langsmith.otel import waiting
from locum.langsmith.otel.translation import SpanRun, run_of
from locum.langsmith.otel.waiting import Rejection, Taken, Waiting
from locum.recording import records
from tests.oracles.otel_spans import RUN, SPAN, TRACE, span

PARENT = "00000000-0000-0000-0000-0000000000ff"
TIME = "20260115T100000000000Z"
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
    assert (waiting.trace_of(RUN), waiting.size_of(TRACE)) == (None, 1)
    assert (waiting.aside, waiting.waits) == ({}, {})


def test_given_ids_are_found_by_their_spans() -> None:
    waiting = Waiting()
    waiting.keep(Taken(new=(run_of(span({"langsmith.span.id": GIVEN})),)))
    assert waiting.given_id((TRACE, SPAN)) == GIVEN


def test_those_that_cannot_be_stored_have_not_come() -> None:
    """Who had waited is gone, and not rejected in another's answer."""
    waited, new, other = child(), run_of(span()), run_of(span(span_id=bytes([0] * 7 + [255])))
    taken = Taken(placed=(other, new, waited), new=(other, new), freed=(waited,))
    refused = {RUN: "no room", "unknown": "why"}
    left = taken.without(refused)
    assert (left.placed, left.new, left.freed) == ((other,), (other,), (waited,))
    assert left.rejections == (Rejection(SPAN.hex(), "no room"),)
    assert taken.without({}) is taken


def test_so_many_wait_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Waiting()
    first, second = child(), run_of(span(span_id=bytes([1] * 8), parent_span_id=bytes([2] * 8)))
    kept.keep(Taken(new=(first,), aside=(first,)))
    monkeypatch.setattr(waiting, "MOST_SPANS", 1)
    with pytest.raises(StoreFull, match="1 spans that wait for their parents"):
        kept.check(Taken(new=(second,), aside=(second,)))
    kept.check(Taken(placed=(second,), new=(second,)))
    kept.check(Taken(new=(second,), aside=(second,), freed=(first,)))


def test_they_have_so_many_bytes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, run = Waiting(), child()
    monkeypatch.setattr(waiting, "MOST_BYTES", run.bytes + 100)
    kept.check(Taken(new=(run,), aside=(run,)))
    kept.keep(Taken(new=(run,), aside=(run,)))
    with pytest.raises(StoreFull, match="MiB of spans that wait"):
        kept.check(Taken(new=(run,), aside=(run,)))
    kept.keep(Taken(placed=(run,), freed=(run,)))
    kept.check(Taken(new=(run,), aside=(run,)))


def test_some_of_a_runs_children_go_on_waiting() -> None:
    kept, first = Waiting(), child()
    second = run_of(span(span_id=bytes([1] * 8), parent_span_id=bytes([0] * 7 + [255])))
    kept.keep(Taken(new=(first,), aside=(first,)))
    before = kept.children_of(PARENT)
    kept.keep(Taken(new=(second,), aside=(second,)))
    assert (before, kept.children_of(PARENT)) == ((first,), (first, second))
    kept.keep(Taken(freed=(first,)))
    assert (len(kept), kept.children_of(PARENT)) == (1, (second,))


def test_all_of_it_can_be_recorded() -> None:
    kept = Waiting()
    file = '[{"name": "a.txt", "content": "aGk=", "mime_type": "text/plain"}]'
    sent = {"langsmith.attachments": file, "langsmith.span.dotted_order": f"{TIME}{RUN}"}
    run, placed = child(), run_of(span(sent))
    given = run_of(span({"langsmith.span.id": GIVEN}))
    kept.keep(Taken(new=(run, given), aside=(run, placed)))
    values: dict[str, Mapping[str, Any]] = {
        "waits": kept.waits,
        "aside": kept.aside,
        "given": kept.given,
        "counts": kept.counts,
    }
    what = Pending(kept={(name, key): its[key] for name, its in values.items() for key in its})
    found = records.decoded(records.encoded(what), {}, int)
    assert found.kept == what.kept
