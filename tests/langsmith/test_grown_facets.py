"""Facets and feedback that come later, worked out by hand. `test_grown_index` compares random ones
with what is made anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from locum.engine.change import Change, Rows
from locum.langsmith.grown_facets import merged
from locum.langsmith.grown_index import extended
from locum.langsmith.run_index import run_index
from locum.langsmith.run_stats import feedback_of_project, run_stats
from tests.oracles.langsmith_rows import PROJECT, at, feedback, load, run


def test_items_are_put_between_others() -> None:
    before = ["b", "d"]
    assert merged(before, [0, 1, 1, 2], ["a", "c", "c2", "e"]) == ["a", "b", "c", "c2", "d", "e"]
    assert merged(before, [], []) is before


def test_what_comes_later_is_counted_where_it_belongs(tmp_path: Path) -> None:
    """Run b gets another name; c, with a name between the others, and feedback on all are new. The
    later comment was given earlier, and so is first."""
    a, b, c = run("a", name="n"), run("b", name="x"), run("c", name="o")
    first = feedback(a, "k", score=1, comment="late", created_at=at(9))
    (tmp_path / "before").mkdir()
    before = run_index(load(tmp_path / "before", runs=[a, b], feedback=[first]))
    rows = [
        first,
        feedback(b, "k", score=0, comment="early", created_at=at(1)),
        feedback(c, "j", value="good"),
        feedback(None, "k", score=5),
    ]
    (tmp_path / "after").mkdir()
    data = load(tmp_path / "after", runs=[a, {**b, "name": "m"}, c], feedback=rows)
    change = Change({"runs": Rows(range(2, 3), (1,)), "feedback": Rows(range(2, 5))})
    index = extended(before, data, change)
    found = run_stats(index, np.arange(3), ("run_facets", "feedback_stats"))
    names = [(each["value"], each["n"]) for each in found["run_facets"] if each["key"] == "name"]
    assert names == [("m", 1), ("n", 1), ("o", 1)]
    assert [*found["feedback_stats"]] == ["j", "k"]
    assert found["feedback_stats"]["j"]["values"] == {"good": 1}
    assert found["feedback_stats"]["k"]["avg"] == 0.5
    assert found["feedback_stats"]["k"]["comments"] == ["early", "late"]
    assert feedback_of_project(index, PROJECT)["k"]["max"] == 5
    was = run_stats(before, np.arange(2), ("run_facets", "feedback_stats"))
    names = [(each["value"], each["n"]) for each in was["run_facets"] if each["key"] == "name"]
    assert names == [("n", 1), ("x", 1)]
    assert was["feedback_stats"]["k"]["comments"] == ["late"]
