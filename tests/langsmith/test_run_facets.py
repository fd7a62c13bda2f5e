"""What runs are counted by, listed by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from locum.langsmith.run_index import run_index
from locum.langsmith.run_stats import feedback_of_project
from locum.stats.summary import facet_counts
from tests.oracles.langsmith_rows import PROJECT, feedback, load, run


def test_the_codes_of_runs_are_their_facets_feedback_values_and_comments(tmp_path: Path) -> None:
    """Feedback values are numbered by key, label, score and source: helpful 0.5, helpful 1, tone
    "dry"; comments by key and time: "so", "no", "hm"."""
    first = run("a", tags=["x"], name="n")
    second = run("b", tags=["y", "x"], name="m")
    rows = [
        feedback(first, "tone", value="dry", comment="hm", created_at="2026-06-03T00:00:00Z"),
        feedback(second, "helpful", score=1, comment="no", created_at="2026-06-02T00:00:00Z"),
        feedback(second, "helpful", score=0.5, comment="so", created_at="2026-06-01T00:00:00Z"),
        feedback(second, "helpful", score=1, created_at="2026-06-04T00:00:00Z"),
    ]
    data = load(tmp_path, runs=[first, second, run("c", name="m")], feedback=rows)
    index = data.once(run_index)
    assert index.facets.facets == [
        ("name", "", "m"),
        ("name", "", "n"),
        ("run_type", "", "chain"),
        ("status", "", "success"),
        ("tag", "", "x"),
        ("tag", "", "y"),
    ]
    assert index.facets.keys.tolist() == [0, 0, 1, 2, 3, 3]
    assert index.feedback.keys == ["helpful", "tone"]
    assert index.feedback.labels == [None, None, "dry"]
    assert index.feedback.comments == ["so", "no", "hm"]
    found = facet_counts(index.facets, np.array([1, 2]))
    assert dict(zip(found.facets.tolist(), found.facet_counts.tolist(), strict=True)) == {
        0: 2,
        2: 2,
        3: 2,
        4: 1,
        5: 1,
    }
    values = (found.feedback_values.tolist(), found.feedback_value_counts.tolist())
    assert (*values, found.comments.tolist()) == ([0, 1], [1, 2], [0, 1])
    found = facet_counts(index.facets, np.array([0]))
    assert (found.facets.tolist(), found.comments.tolist()) == ([1, 2, 3, 4], [2])
    values = (found.feedback_values.tolist(), found.feedback_value_counts.tolist())
    assert values == ([2], [1])


def test_what_has_no_key_is_nothing_that_runs_are_counted_by(tmp_path: Path) -> None:
    data = load(tmp_path, runs=[run("a", metadata=[{"role": "user"}, "x"])])
    facets = data.once(run_index).facets.facets
    assert [facet for facet in facets if facet[0] == "metadata"] == [("metadata", "role", "user")]


def test_feedback_on_a_project_is_that_which_names_no_run(tmp_path: Path) -> None:
    """Not that on a run which is not there."""
    rows = [
        feedback(None, "k", score=1, comment="good"),
        feedback(None, "k", score=0),
        feedback(run("gone"), "k", score=5),
    ]
    index = run_index(load(tmp_path, runs=[run("a")], feedback=rows))
    found = feedback_of_project(index, PROJECT)["k"]
    assert (found["n"], found["avg"], found["comments"]) == (2, 0.5, ["good"])
    assert feedback_of_project(index, "another") == {}
