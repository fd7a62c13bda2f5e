"""Where runs stand in their traces. The tree, by start in seconds:

root 0 ─┬─ left 2 ── leaf 3
        └─ right 1
alone 9
"""

from __future__ import annotations

from pathlib import Path

import pytest

from locum.engine.data import Data
from locum.langsmith import timestamps as times
from locum.langsmith.run_index import run_index
from locum.langsmith.run_rows import (
    ancestors,
    children,
    datasets_of_examples,
    descendants,
    ids,
    lineages,
    rows,
    source_runs,
    trace_bounds,
)
from tests.oracles.langsmith_rows import DATASET, at, load, run

LEAF, RIGHT, ROOT, LEFT, ALONE, NONE = range(6)
EVERY = [LEAF, RIGHT, ROOT, LEFT, ALONE, NONE]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    root = run("root", start_time=at(0))
    left = run("left", root, start_time=at(2))
    right = run("right", root, start_time=at(1))
    leaf = run("leaf", left, start_time=at(3), name=None)
    alone, none = run("alone", start_time=at(9)), run("none", start_time=None, end_time=None)
    examples = [
        {"id": "e1", "dataset_id": DATASET, "source_run_id": "leaf"},
        {"id": "e2", "dataset_id": "other", "source_run_id": "leaf"},
        {"id": "e3"},
    ]
    return load(
        tmp_path_factory.mktemp("rows"),
        runs=[leaf, right, root, left, alone, none],
        examples=examples,
    )


def test_rows_come_in_the_order_that_is_asked_for(data: Data) -> None:
    read = rows(data, [ALONE, LEAF, ROOT], ("id", "name", "start_us"))
    assert [dict(row) for row in read] == [
        {"id": "alone", "name": "agent", "start_us": times.microseconds(at(9))},
        {"id": "leaf", "name": None, "start_us": times.microseconds(at(3))},
        {"id": "root", "name": "agent", "start_us": times.microseconds(at(0))},
    ]
    assert rows(data, [], ("id",)) == []
    assert ids(data, [LEFT, LEFT, ROOT]) == {LEFT: "left", ROOT: "root"}


def test_ancestors_begin_with_the_root_and_end_with_the_parent(data: Data) -> None:
    found = ancestors(data.once(run_index), EVERY)
    assert found == [[ROOT, LEFT], [ROOT], [], [ROOT], [], []]
    assert ancestors(data.once(run_index), []) == []


def test_descendants_are_all_below_by_start_and_children_those_directly_below(data: Data) -> None:
    assert descendants(data, EVERY) == [[], [], [RIGHT, LEFT, LEAF], [LEAF], [], []]
    assert children(data, EVERY) == [[], [], [RIGHT, LEFT], [LEAF], [], []]
    assert descendants(data, [ROOT, ROOT]) == [[RIGHT, LEFT, LEAF]] * 2


def test_a_trace_spans_the_starts_of_its_runs(data: Data) -> None:
    first, last, alone = (times.microseconds(at(seconds)) for seconds in (0, 3, 9))
    assert trace_bounds(data.once(run_index), EVERY) == [
        *([(first, last)] * 4),
        (alone, alone),
        (None, None),
    ]


def test_a_dotted_order_has_a_segment_for_each_run_from_the_root_on(data: Data) -> None:
    leaf, root, none = lineages(data, [LEAF, ROOT, NONE])
    assert leaf.parent_run_ids == ["root", "left"]
    assert leaf.dotted_order == (
        "20260601T120000000000Zroot.20260601T120002000000Zleft.20260601T120003000000Zleaf"
    )
    assert (root.parent_run_ids, root.dotted_order) == ([], "20260601T120000000000Zroot")
    assert none.dotted_order == "00010101T000000000000Znone"


def test_examples_tell_their_source_and_dataset(data: Data) -> None:
    assert data.once(source_runs) == {"leaf"}
    assert data.once(datasets_of_examples) == {"e1": DATASET, "e2": "other"}


def test_a_dotted_order_that_was_sent_is_shown(tmp_path: Path) -> None:
    """Where it is one; an id of it may be unknown."""
    above, own = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "12")
    sent = f"20260601T110000000000Z{above}.20260601T110000000000Z{own}"
    rows = [run(own, dotted_order=sent), run("other", dotted_order="anything"), run("plain")]
    found = lineages(load(tmp_path, runs=rows), [2, 1, 0])
    assert [each.dotted_order for each in found] == [
        "20260601T120000000000Zplain",
        "20260601T120000000000Zother",
        sent,
    ]
    assert found[2].parent_run_ids == [above]
