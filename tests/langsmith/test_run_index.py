"""The runs of a dataset in memory: what is read of them, listed by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from locum.langsmith.run_index import run_index
from locum.stats.column_store import HAS_ANCESTOR
from locum.stats.summary import (
    are_true,
    detail_sums,
    facet_counts,
    measured,
    without_selected_ancestors,
)
from tests.oracles.langsmith_rows import at, feedback, load, run


def test_runs_are_columns(tmp_path: Path) -> None:
    """Two seconds from start to end, half a second to the first token; the child has no end. Both
    are of one trace, the third of another one; a thread is told by the metadata."""
    root = run("a", metadata={"thread_id": "t"}, end_time=at(2), first_token_time=at(0.5))
    child = run("b", root, end_time=None, total_tokens=7, status="error")
    other = run("c", metadata={"session_id": "t"}, prompt_token_details={"audio": 4})
    columns = load(tmp_path, runs=[root, child, other]).once(run_index).columns
    every = np.array([0, 1, 2])
    latency, is_known = measured(columns, "latency_us", every)
    assert (latency[is_known].tolist(), is_known.tolist()) == (
        [2_000_000, 1_000_000],
        [True, False, True],
    )
    first, is_known = measured(columns, "first_token_latency_us", every)
    assert (first[is_known].tolist(), is_known.tolist()) == ([500_000], [True, False, False])
    for name, expected in {
        "is_error": [False, True, False],
        "is_of_failed_trace": [True, True, False],
        "is_finished": [True, False, True],
        "is_streamed": [True, False, False],
        "total_tokens": [False, True, False],
        HAS_ANCESTOR: [False, True, False],
    }.items():
        assert are_true(columns.flags, name, every).tolist() == expected, name
    trace, thread = (columns.ids[name].tolist() for name in ("trace", "thread"))
    assert trace[0] == trace[1] != trace[2]
    assert 0 < thread[0] == thread[2] != thread[1] == 0
    assert without_selected_ancestors(columns, every).tolist() == [0, 2]
    assert detail_sums(columns.details, every) == {"prompt_token_details": {"audio": 4}}


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


@pytest.mark.parametrize("tables", [{}, {"runs": []}, {"runs": [run("a")]}])
def test_little_data_makes_an_index(tmp_path: Path, tables: dict[str, Any]) -> None:
    index = load(tmp_path, sessions=[], **tables).once(run_index)
    assert index.feedback.keys == []
    assert len(index.columns.ids["trace"]) == len(tables.get("runs", []))


def test_an_index_is_the_same_whether_its_parts_are_read_at_once(tmp_path: Path) -> None:
    """Large datasets are read by several threads."""
    runs = [run(str(n), name=f"n{n % 3}", tags=[f"t{n % 5}"], total_tokens=n) for n in range(50)]
    rows = [feedback(each, "k", score=n / 8) for n, each in enumerate(runs)]
    data = load(tmp_path, runs=runs, feedback=rows)
    one, data.is_small = data.once(run_index), False
    several = run_index(data)
    assert several.facets.facets == one.facets.facets
    assert np.array_equal(several.facets.code, one.facets.code)
    assert np.array_equal(several.columns.measures.values, one.columns.measures.values)
    assert several.feedback.labels == one.feedback.labels
