"""What is pending changes when the rows were put, and not before."""

from __future__ import annotations

from locum.langsmith.ingestion.merging import MergedRun, Outcome
from locum.langsmith.ingestion.pending import Ingested, Pending
from locum.langsmith.ingestion.reported import Reported


def test_nothing_happens_until_it_is_kept() -> None:
    a, b = MergedRun.new("a"), MergedRun.new("b")
    pending = Pending({"a": a}, {"x": Reported()}, {"p": frozenset("a")})
    ingested = Ingested(
        [],
        [Outcome.NEW],
        pending,
        {"a": None, "b": b},
        {"x": None},
        {"p": None, "q": frozenset("b")},
    )
    assert pending == Pending({"a": a}, {"x": Reported()}, {"p": frozenset("a")})
    ingested.keep()
    assert pending == Pending({"b": b}, {}, {"q": frozenset("b")})


def test_nothing_is_new_where_all_has_come_before() -> None:
    def of(*outcomes: Outcome) -> bool:
        return Ingested([], list(outcomes), Pending(), {}, {}, {}).is_nothing_new

    assert of(Outcome.REPEATED, Outcome.CONFLICTING)
    assert not of(Outcome.REPEATED, Outcome.NEW)
