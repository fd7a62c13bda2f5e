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
