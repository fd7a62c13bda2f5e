"""The index of runs, extended when some are added or replaced: it must tell of all runs what one
that is made anew tells, and leave the one before as it was."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from locum.engine.change import Change, Rows
from locum.engine.layer import Layer, Transaction
from locum.langsmith.derived_tables import DOCUMENTS
from locum.langsmith.grown_index import extended
from locum.langsmith.run_index import RunIndex, run_index
from locum.langsmith.run_rows import ancestors
from locum.stats.column_store import FeedbackScores, Ints, RaggedOffsets
from locum.stats.summary import are_true, measured
from tests.oracles.grown_worlds import World, versions
from tests.oracles.langsmith_rows import Row, feedback, load, run

KINDS = list(DOCUMENTS)


def lists(offsets: RaggedOffsets, array: Ints) -> list[list[int]]:
    bounds = zip(offsets.starts.tolist(), offsets.ends.tolist(), strict=True)
    return [array[start:end].tolist() for start, end in bounds]


def same(numbers: Ints) -> list[int]:
    """For each number where the same one stands first, -1 for 0: what numbers that name things say,
    whichever they are."""
    first: dict[int, int] = {0: -1}
    return [first.setdefault(number, place) for place, number in enumerate(numbers.tolist())]


def meaning(index: RunIndex, codes: Iterable[int]) -> list[Any]:
    """What codes stand for."""
    found: list[Any] = []
    facets, of = index.facets, index.feedback
    for code in codes:
        if code < facets.first_feedback_value:
            found.append((0, facets.facets[code]))
        elif code < facets.first_comment:
            number = code - facets.first_feedback_value
            found.append((1, of.values[number], of.labels[number], of.sources[number]))
        else:
            number = code - facets.first_comment
            found.append((2, of.comment_places[number], of.comments[number]))
    return sorted(found, key=repr)


def said(index: RunIndex) -> dict[str, Any]:
    """All that an index says of runs, whatever numbers it gives."""
    columns, facets, of = index.columns, index.facets, index.feedback
    every = np.arange(len(columns.flags.flag_set))
    found: dict[str, Any] = {
        name: are_true(columns.flags, name, every).tolist() for name in columns.flags.names
    }
    for name in columns.measures.rows:
        values, is_known = measured(columns, name, every)
        known = zip(values.tolist(), is_known.tolist(), strict=True)
        found[name] = [value if is_there else None for value, is_there in known]
    found |= {f"{name}_of": same(numbers) for name, numbers in columns.ids.items()}
    details = zip(
        lists(columns.details.offsets, columns.details.category),
        lists(columns.details.offsets, columns.details.amount),
        strict=True,
    )
    return {
        **found,
        "parents": columns.ancestors.parent.tolist(),
        "ancestors": lists(columns.ancestors.offsets, columns.ancestors.ancestor),
        "details": [
            [(columns.details.categories[c], amount) for c, amount in zip(*each, strict=True)]
            for each in details
        ],
        "codes": [meaning(index, codes) for codes in lists(facets.offsets, facets.code)],
        "projects": {
            project: meaning(index, lists(of.of_projects.offsets, of.of_projects.code)[number])
            for project, number in of.of_projects.numbers.items()
        },
        "run_of_feedback": of.run_of_feedback.tolist(),
    }


def assert_in_order(index: RunIndex) -> None:
    """What others rely on: orders, keys by number, and nulls that none is above."""
    facets, of = index.facets, index.feedback
    places = [(KINDS.index(kind), key, value) for kind, key, value in facets.facets]
    assert all(a < b for a, b in pairwise(places))
    keys = [place[:2] for place in places]
    assert facets.keys.tolist() == [sorted(set(keys)).index(key) for key in keys]
    assert facets.first_feedback_value == len(facets.facets)
    assert facets.first_comment == len(facets.facets) + len(of.values)
    assert facets.size == facets.first_comment + len(of.comments)
    assert all(a < b for a, b in pairwise(of.values))
    assert all(a < b for a, b in pairwise(of.comment_places))
    assert [of.keys[key] for key in of.scores.key] == [each.key for each in of.values]
    assert [of.keys[key] for key in of.scores.comment_key] == [e.key for e in of.comment_places]
    assert of.keys == sorted(of.keys)
    made = FeedbackScores.of(
        [(not v.has_no_label, None if v.has_no_score else v.score) for v in of.values],
        of.scores.key.tolist(),
        of.scores.comment_key.tolist(),
    )
    for name in ("addends", "least", "greatest"):
        assert np.array_equal(getattr(of.scores, name), getattr(made, name)), name
    columns = index.columns
    every = np.arange(len(columns.flags.flag_set))
    for name, row in columns.measures.rows.items():
        values, is_known = measured(columns, name, every)
        assert (values[~is_known] == columns.measures.null_fill[row]).all()
        assert (values <= columns.measures.null_fill[row]).all()
        total = sum(abs(value) for value in values.tolist())
        assert not columns.measures.fits_int64[row] or total < 2**63
    assert all(numbers.max(initial=0) <= len(every) for numbers in columns.ids.values())


@pytest.mark.parametrize("seed", range(5))
def test_an_extended_index_says_what_one_made_anew_says(tmp_path: Path, seed: int) -> None:
    """Of small worlds with everything in it: feedback on runs that come later, parents that come
    later, never, or in a circle."""
    index: RunIndex | None = None
    for data, change in versions(tmp_path, seed, (40, 12, 3, 9)):
        if index is None:
            index = run_index(data)
            continue
        before, was = index, said(index)
        index = extended(before, data, change)
        expected = said(run_index(data))
        found = said(index)
        for name in expected:
            assert found[name] == expected[name], name
        assert_in_order(index)
        assert said(before) == was


def put(transaction: Transaction, table: str, rows: list[Row]) -> None:
    transaction.put(table, rows)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_layer_extends_says_what_its_rows_say(tmp_path: Path, seed: int) -> None:
    """The rows of a growing world are written to a layer, those of runs and of feedback by
    themselves; the index is asked for now and then."""
    world = World(Random(seed))  # noqa: S311 - not for secrets
    world.grow(30)
    layer = Layer(world.load(tmp_path))
    layer.data().once(run_index)
    for size in (8, 2, 5, 9):
        before = {name: [*rows] for name, rows in world.tables.items()}
        world.grow(size)
        for name, rows in world.tables.items():
            known = dict(enumerate(before[name]))
            new = [row for place, row in enumerate(rows) if known.get(place) is not row]
            layer.write(partial(put, table=f"langsmith/{name}", rows=new))
            if world.random.random() < 0.3:
                layer.data().once(run_index)
        data = layer.data()
        index = data.once(run_index)
        expected, found = said(run_index(data)), said(index)
        for name in expected:
            assert found[name] == expected[name], name
        assert_in_order(index)
    layer.close()


def test_a_run_that_comes_after_its_children_is_above_them(tmp_path: Path) -> None:
    root = run("a")
    child = run("b", root)
    grandchild = run("c", child)
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    before = run_index(load(tmp_path / "before", runs=[grandchild, child]))
    data = load(tmp_path / "after", runs=[grandchild, child, root])
    assert ancestors(before, [0, 1]) == [[1], []]
    index = extended(before, data, Change({"runs": Rows(range(2, 3))}))
    assert ancestors(index, [0, 1, 2]) == [[2, 1], [2], []]
    assert are_true(index.columns.flags, "has_ancestor", np.arange(3)).tolist() == [
        True,
        True,
        False,
    ]


def test_nothing_is_read_where_nothing_has_changed(tmp_path: Path) -> None:
    only = run("a")
    data = load(tmp_path, runs=[only], feedback=[feedback(only, "k", score=1)])
    index = run_index(data)
    same_index = extended(index, data, Change())
    assert same_index.columns is index.columns
    assert same_index.facets is index.facets
