"""What feedback says of runs, on feedback so little that each number is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from locum.engine.duckdb import Parameters
from locum.langsmith.run_statistics import run_stats
from locum.stats.column_store import where
from tests.oracles.langsmith_rows import Row, at, feedback, load, run


def feedback_stats(folder: Path, runs: list[Row], given: list[Row]) -> dict[str, Any]:
    engine = load(folder, runs=runs, feedback=given)
    found = run_stats(engine, where(engine, "TRUE", Parameters()), ("feedback_stats",))
    stats: dict[str, Any] = found["feedback_stats"]
    return stats


def test_feedback_of_scores_is_averaged(tmp_path: Path) -> None:
    """1, 0, 0.25 and true (1): mean 2.25/4; the squared deviations 0.19140625 twice, 0.31640625
    and 0.09765625 add up to 0.796875, of which a third is 0.265625."""
    only = run("a")
    given = [
        feedback(only, "quality", score=1, comment="", source={"type": "api"}),
        feedback(only, "quality", score=0, comment="worse", created_at=at(9)),
        feedback(only, "quality", score=0.25, comment="bad", created_at=at(7)),
        feedback(only, "quality", score=True, source={"type": "api"}),
    ]
    assert feedback_stats(tmp_path, [only], given) == {
        "quality": {
            "n": 4,
            "avg": 0.5625,
            "stdev": 0.265625**0.5,
            "errors": 0,
            "comments": ["bad", "worse"],
            "sources": ['{"type":"api"}'],
            "values": {},
            "min": 0.0,
            "max": 1.0,
        }
    }


def test_feedback_of_labels_has_no_average(tmp_path: Path) -> None:
    """Two labels and a comment: n is the sum of the values' counts."""
    only = run("a")
    given = [
        feedback(only, "topic", value="billing", created_at=at(1)),
        feedback(only, "topic", value="billing", created_at=at(2)),
        feedback(only, "topic", value="shipping"),
        feedback(only, "topic", comment="neither"),
        feedback(only, "note", comment="only this"),
    ]
    found = feedback_stats(tmp_path, [only], given)
    assert list(found) == ["note", "topic"]
    assert (found["note"]["n"], found["note"]["comments"]) == (0, ["only this"])
    assert (found["topic"]["n"], found["topic"]["avg"], found["topic"]["stdev"]) == (3, None, None)
    assert found["topic"]["values"] == {"billing": 2, "shipping": 1}


def test_a_value_that_is_no_text_is_no_label(tmp_path: Path) -> None:
    """A number, a list, an object, true and null; only the text, which looks like one, counts."""
    only = run("a")
    given = [
        feedback(only, "k", value=value, created_at=at(place))
        for place, value in enumerate((5, ["x"], {"x": 1}, True, None, "5"))
    ]
    found = feedback_stats(tmp_path, [only], given)["k"]
    assert (found["n"], found["values"]) == (1, {"5": 1})


def test_one_score_has_no_deviation(tmp_path: Path) -> None:
    only = run("a")
    given = [feedback(only, "correctness", score=0.1, value="wrong")]
    found = feedback_stats(tmp_path, [only], given)["correctness"]
    assert (found["n"], found["avg"], found["stdev"]) == (1, 0.1, None)
    assert (found["min"], found["max"], found["values"]) == (0.1, 0.1, {"wrong": 1})


def test_large_scores_have_an_exact_deviation(tmp_path: Path) -> None:
    """Seconds since 1970 as scores, of one minute: their squares in 1e-9 do not fit into 128 bits.
    Of 0, 2, …, 118 the sample's variance is 4·60·61/12 = 1220. Negative scores as well."""
    only = run("a")
    given = [feedback(only, "when", score=1_780_000_000 + 2 * n) for n in range(60)]
    given += [feedback(only, "loss", score=-1_780_000_000 - 2 * n) for n in range(60)]
    found = feedback_stats(tmp_path, [only], given)
    assert found["when"]["stdev"] == found["loss"]["stdev"] == 1220**0.5
    assert (found["when"]["avg"], found["loss"]["avg"]) == (1_780_000_059, -1_780_000_059)


def test_feedback_shows_at_most_ten_comments_and_sources(tmp_path: Path) -> None:
    only = run("a")
    given = [
        feedback(only, "k", comment=f"comment {n:02}", source={"user": n}, created_at=at(50 - n))
        for n in range(12)
    ]
    found = feedback_stats(tmp_path, [only], given)["k"]
    assert found["comments"] == [f"comment {n:02}" for n in range(11, 1, -1)]  # the oldest first
    assert len(found["sources"]) == 10


def test_feedback_on_other_runs_does_not_count(tmp_path: Path) -> None:
    root = run("root")
    child = run("child", root)
    engine = load(tmp_path, runs=[root, child], feedback=[feedback(child, "k", score=1)])
    assert run_stats(engine, np.array([0]), ("feedback_stats",)) == {"feedback_stats": {}}
