"""Spans find their parents, in whichever order they come; what is not taken is told."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locum.langsmith.otel import intake
from locum.langsmith.otel.identity import padded
from locum.langsmith.otel.intake import Taking
from locum.langsmith.otel.translation import run_of
from locum.langsmith.otel.waiting import Rejection
from locum.otlp.spans import Span
from tests.oracles.otel_spans import START_NS, TRACE, Store, span

TIME = "20260115T100000000000Z"
OTHER_TRACE = bytes.fromhex("ffffffff798038103d269b633813fc60")
PROJECT = "e3b0c442-98fc-4c14-9afb-4c8996fb9242"
GIVEN, FOREIGN = (f"{digit * 8}-2222-4333-8444-555555555555" for digit in "ab")


def sid(number: int) -> bytes:
    return number.to_bytes(8, "big")


def run_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012x}"


def node(number: int, parent: int = 0, after_ms: int = 0, **given: Any) -> Span:
    """A span by the numbers of it and its parent, so many milliseconds after the first."""
    attributes = {f"langsmith.{name}": value for name, value in given.pop("sent", {}).items()}
    start = START_NS + after_ms * 1_000_000
    fields = {
        "span_id": sid(number),
        "parent_span_id": sid(parent) if parent else b"",
        "start_ns": start,
        "end_ns": start + 1000,
    }
    return span(attributes, **(fields | given))


def order(*parts: tuple[int, int]) -> str:
    """A dotted_order of milliseconds and numbers."""
    return ".".join(f"20260115T100000{ms:03d}000Z{run_id(number)}" for ms, number in parts)


def places(store: Store) -> dict[str, str]:
    return {each: run["dotted_order"] for each, run in store.runs.items()}


def test_a_tree_has_its_dotted_orders_in_any_order() -> None:
    store = Store()
    assert store.send(node(3, 2, 500), node(2, 1, 250), node(1)) == ()
    assert places(store) == {
        run_id(1): order((0, 1)),
        run_id(2): order((0, 1), (250, 2)),
        run_id(3): order((0, 1), (250, 2), (500, 3)),
    }
    run = store.runs[run_id(3)]
    assert (run["trace_id"], run["parent_run_id"]) == (run_id(1), run_id(2))
    assert [*store.runs] == [run_id(1), run_id(2), run_id(3)]  # parents first


def test_a_part_is_never_earlier_than_its_parents() -> None:
    """Where clocks differ; the run's own start stays."""
    store = Store()
    store.send(node(1, after_ms=500), node(2, 1, 100), node(3, 2, 600))
    assert places(store)[run_id(3)] == order((500, 1), (500, 2), (600, 3))
    assert store.runs[run_id(2)]["start_time"] == "2026-01-15T10:00:00.100000Z"


def test_a_child_waits_across_requests_and_nobody_sees_it() -> None:
    store = Store()
    store.send(node(3, 2))
    store.send(node(2, 1), node(4, 2))
    assert (store.runs, len(store.waiting)) == ({}, 3)
    assert {run.payload.id for run in store.waiting} == {run_id(2), run_id(3), run_id(4)}
    store.send(node(1))
    assert (len(store.runs), len(store.waiting)) == (4, 0)


def test_a_child_of_another_parent_goes_on_waiting() -> None:
    store = Store()
    store.send(node(3, 2), node(5, 4))
    store.send(node(2))
    assert [*store.runs] == [run_id(2), run_id(3)]
    assert len(store.waiting) == 1


def test_the_same_span_again_changes_nothing() -> None:
    store = Store()
    first = node(1, sent={"trace.name": "first"}), node(3, 2)
    assert store.send(*first, node(1, sent={"trace.name": "same request"})) == ()
    assert store.send(node(1, sent={"trace.name": "later"}), node(3, 2)) == ()
    assert store.runs[run_id(1)]["name"] == "first"
    assert (len(store.runs), len(store.waiting)) == (1, 1)
    store.send(node(2))
    assert store.send(node(3, 2)) == ()
    assert (len(store.runs), len(store.waiting)) == (3, 0)


def test_a_given_id_is_the_parents_for_children_that_name_its_span() -> None:
    given = {"span.id": GIVEN}
    for requests in (
        [[node(2, 1), node(1, sent=given)]],
        [[node(2, 1)], [node(1, sent=given)]],
        [[node(1, sent=given)], [node(2, 1)]],
    ):
        store = Store()
        for request in requests:
            store.send(*request)
        assert places(store) == {
            GIVEN: f"{TIME}{GIVEN}",
            run_id(2): f"{TIME}{GIVEN}.{TIME}{run_id(2)}",
        }
        assert len(store.waiting) == 0


def test_a_given_parent_may_be_the_id_that_was_given_to_a_span() -> None:
    store = Store()
    store.send(node(2, sent={"span.parent_id": GIVEN}))
    assert len(store.waiting) == 1
    store.send(node(1, sent={"span.id": GIVEN}))
    assert store.runs[run_id(2)]["parent_run_id"] == GIVEN


def test_a_given_parent_may_be_padded() -> None:
    """As the npm SDK sends it."""
    store = Store()
    store.send(node(2, 1, sent={"span.parent_id": run_id(1)}))
    store.send(node(1, sent={"is_root": True}))
    assert store.runs[run_id(2)]["parent_run_id"] == run_id(1)


def test_a_run_that_comes_by_another_way_is_a_parent() -> None:
    store = Store()
    store.send(node(2, sent={"span.parent_id": FOREIGN}), node(3, 2), node(5, 4))
    assert store.runs == {}
    store.post(FOREIGN, f"{TIME}{FOREIGN}")
    assert places(store)[run_id(3)] == ".".join(
        f"{TIME}{each}" for each in (FOREIGN, run_id(2), run_id(3))
    )
    store.post(run_id(4), order((0, 4)))
    assert store.runs[run_id(5)]["trace_id"] == run_id(4)
    store.send(node(6, sent={"trace.id": FOREIGN}), node(7, sent={"trace.id": GIVEN}))
    assert store.runs[run_id(6)]["parent_run_id"] == FOREIGN
    assert len(store.waiting) == 1


def test_a_dotted_order_waits_for_nobody() -> None:
    store = Store()
    sent = {"span.dotted_order": f"{TIME}{FOREIGN}.{TIME}{run_id(1)}"}
    assert store.send(node(1, 9, sent=sent), node(2, 1)) == ()
    assert store.runs[run_id(1)]["parent_run_id"] == FOREIGN
    assert store.runs[run_id(2)]["trace_id"] == FOREIGN


def test_spans_whose_parents_wait_for_them_stay_aside() -> None:
    store = Store()
    assert store.send(node(1, 2), node(2, 1)) == ()
    assert (store.runs, len(store.waiting)) == ({}, 2)


# --- what is rejected


def reasons(rejections: Iterable[Rejection]) -> list[tuple[str, str]]:
    return [(each.span_id, each.reason) for each in rejections]


def test_what_is_rejected_leaves_the_others() -> None:
    store = Store()
    found = store.send(node(1), node(2, start_ns=0), node(3, trace_id=bytes(16)), node(4, 1))
    assert [each for each, _ in reasons(found)] == [sid(2).hex(), sid(3).hex()]
    assert [*store.runs] == [run_id(1), run_id(4)]


def test_a_rejected_span_is_no_parent() -> None:
    store = Store()
    store.send(node(1, start_ns=0), node(2, 1))
    assert (store.runs, len(store.waiting)) == ({}, 1)
    store.send(node(1))
    assert len(store.runs) == 2


def test_an_unknown_project_is_rejected() -> None:
    store = Store(PROJECT)
    sent = {"trace.session_id": GIVEN}
    ((span_id, reason),) = reasons(store.send(node(1, sent=sent), node(2, 1)))
    assert (span_id, reason) == (
        sid(1).hex(),
        f"langsmith.trace.session_id: there is no project {GIVEN}",
    )
    assert store.send(node(1, sent={"trace.session_id": PROJECT})) == ()
    assert len(store.runs) == 2


def test_the_span_of_another_trace_is_rejected() -> None:
    store = Store()
    store.send(node(1), node(3, 2))
    again = node(1, trace_id=OTHER_TRACE), node(3, trace_id=OTHER_TRACE)
    found = reasons(store.send(*again))
    assert found == [
        (sid(each).hex(), f"its run {run_id(each)} belongs to another trace") for each in (1, 3)
    ]
    found = reasons(store.send(node(7), node(7, trace_id=OTHER_TRACE)))
    assert found == [(sid(7).hex(), f"its run {run_id(7)} belongs to another trace")]


def test_a_parent_of_another_trace_is_none() -> None:
    store = Store()
    store.send(node(1), node(2, 1, trace_id=OTHER_TRACE))
    assert ([*store.runs], len(store.waiting)) == ([run_id(1)], 1)
    store.send(node(2, trace_id=OTHER_TRACE))
    assert [*store.runs] == [run_id(1)]


def test_a_run_of_another_trace_is_not_told_by_a_span() -> None:
    """A run that came by another way, and the same one, which changes nothing."""
    store = Store()
    store.post(run_id(1), order((0, 9), (0, 1)))
    found = reasons(store.send(node(1)))
    assert found == [(sid(1).hex(), f"its run {run_id(1)} belongs to another trace")]
    store.post(run_id(2), order((0, 2)))
    assert store.send(node(2)) == ()
    assert "name" not in store.runs[run_id(2)]


def test_a_given_id_may_come_in_two_traces_and_is_one_run() -> None:
    store = Store()
    store.send(node(1, sent={"span.id": GIVEN, "trace.name": "first"}))
    again = node(2, trace_id=OTHER_TRACE, sent={"span.id": GIVEN})
    assert store.send(again) == ()
    assert store.runs[GIVEN]["name"] == "first"
    other = {"span.id": GIVEN, "span.dotted_order": f"{TIME}{FOREIGN}.{TIME}{GIVEN}"}
    found = reasons(store.send(node(3, trace_id=OTHER_TRACE, sent=other)))
    assert found == [(sid(3).hex(), f"its run {GIVEN} belongs to another trace")]


def test_a_trace_has_so_many_runs_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting ones among them, and duplicates not."""
    assert intake.MOST_RUNS == 25_000
    monkeypatch.setattr(intake, "MOST_RUNS", 3)
    store = Store()
    assert store.send(node(1), node(3, 2), node(1)) == ()
    found = store.send(node(4, 1), node(5, 1), node(6, trace_id=OTHER_TRACE), node(3, 2))
    assert reasons(found) == [(sid(5).hex(), "its trace has 3 runs, which is the most")]
    assert run_id(6) in store.runs


def test_a_run_and_its_files_have_so_many_bytes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row has 16 MiB, and a file is in base64 there, four bytes for three."""
    assert intake.MOST_BYTES < 2**24
    assert intake.MOST_FILE_BYTES * 4 < 2**24 * 3
    file = '[{"name": "a.txt", "content": "aGk=", "mime_type": "text/plain"}]'
    size = run_of(node(1)).bytes
    monkeypatch.setattr(intake, "MOST_BYTES", size)
    monkeypatch.setattr(intake, "MOST_FILE_BYTES", 1)
    store = Store()
    found = store.send(node(1), node(2, name="longer"), node(3, sent={"attachments": file}))
    assert reasons(found) == [
        (sid(2).hex(), f"its run has {size + 2} bytes of JSON, expected {size} at most"),
        (sid(3).hex(), "langsmith.attachments: a.txt has 2 bytes, expected 1 at most"),
    ]
    assert [*store.runs] == [run_id(1)]


def test_a_trace_has_so_many_levels_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_LEVELS", 3)
    store = Store()
    found = store.send(*(node(number, number - 1) for number in range(1, 6)))
    assert reasons(found) == [(sid(4).hex(), "it has 3 levels above it, which is the most")]
    assert (len(store.runs), len(store.waiting)) == (3, 1)


def test_the_id_of_another_tenants_run_is_taken() -> None:
    store = Store()
    store.of_others = {run_id(1)}
    found = store.send(node(1), node(2, 1), node(3))
    assert reasons(found) == [(sid(1).hex(), f"its run {run_id(1)} is another's")]
    assert ([*store.runs], len(store.waiting)) == ([run_id(3)], 1)


def test_a_run_that_was_deleted_may_come_again() -> None:
    store = Store()
    store.send(node(1), node(2, 1), node(4, 3))
    store.runs.clear()
    assert store.send(node(4, 3), node(1), node(2, 1)) == ()
    assert [*store.runs] == [run_id(1), run_id(2)]
    assert len(store.waiting) == 1


def test_runs_that_are_placed_meanwhile_are_waited_for_too() -> None:
    """As a run that waited for a span, and that a span of the same request waits for."""
    store = Store()
    taking = Taking(store.waiting, store)
    taking.take([node(1), node(2, sent={"span.parent_id": GIVEN}), node(3, 2)])
    assert [run.run_id for run in taking.taken().placed] == [run_id(1)]
    assert not taking.arrived([run_id(1)])
    store.runs[GIVEN] = {"dotted_order": f"{order((0, 1))}.{TIME}{GIVEN}"}
    assert taking.arrived([GIVEN])
    taken = taking.taken()
    assert [run.run_id for run in taken.placed] == [run_id(1), run_id(2), run_id(3)]
    assert taken.aside == ()


def test_nothing_changes_before_it_is_kept() -> None:
    store = Store()
    store.send(node(2, 1))
    for _ in range(2):
        taking = Taking(store.waiting, store)
        taking.take([node(1), node(4, 3)])
        taken = taking.taken()
        assert [run.payload.id for run in taken.placed] == [run_id(1), run_id(2)]
        assert [run.payload.id for run in taken.freed] == [run_id(2)]
        assert [run.payload.id for run in taken.aside] == [run_id(4)]
        assert (len(store.waiting), store.runs) == (1, {})


def test_many_spans_are_linked_at_once() -> None:
    """The last ones first, and then the root."""
    store = Store()
    spans = [node(number, number // 2) for number in range(1, 3000)]
    for request in (spans[:0:-1], spans[:1]):
        store.send(*request)
    assert (len(store.runs), len(store.waiting)) == (2999, 0)


# --- any tree, in any order


@st.composite
def trees(draw: st.DrawFn) -> list[Span]:
    """Spans of a few traces, some with given ids, some twice, some without their parents."""
    spans = []
    for number in range(1, draw(st.integers(2, 14))):
        parent = draw(st.integers(0, number - 1))
        sent: dict[str, Any] = {}
        if draw(st.integers(0, 4)) == 0:
            sent["span.id"] = f"{number:08x}-2222-4333-8444-555555555555"
        spans.append(node(number, parent, draw(st.integers(0, 999)), sent=sent))
    lost = draw(st.sets(st.integers(0, len(spans) - 1), max_size=2))
    return [each for number, each in enumerate(spans) if number not in lost]


def split(spans: Sequence[Span], cuts: list[int]) -> Iterable[Sequence[Span]]:
    bounds = [0, *sorted(cuts), len(spans)]
    return [spans[begin:end] for begin, end in pairwise(bounds)]


@settings(max_examples=150, deadline=None)
@given(trees(), st.randoms(use_true_random=False))
def test_any_order_and_any_requests_end_in_the_same_runs(
    spans: list[Span], order: random.Random
) -> None:
    expected = Store()
    expected.send(*spans)
    shuffled = spans + order.choices(spans, k=3) if spans else []
    order.shuffle(shuffled)
    store = Store()
    cuts = [order.randint(0, len(shuffled)) for _ in range(4)]
    assert [reason for request in split(shuffled, cuts) for reason in store.send(*request)] == []
    assert {each: run["dotted_order"] for each, run in store.runs.items()} == {
        each: run["dotted_order"] for each, run in expected.runs.items()
    }
    assert len(store.waiting) == len(expected.waiting) == len(spans) - len(store.runs)
    roots = {each for each, run in store.runs.items() if run["parent_run_id"] is None}
    assert all(run["trace_id"] in roots for run in store.runs.values())


def test_ids_of_the_tests_are_those_of_their_spans() -> None:
    assert padded(sid(258)) == run_id(258) == "00000000-0000-0000-0000-000000000102"
    assert TRACE != OTHER_TRACE
