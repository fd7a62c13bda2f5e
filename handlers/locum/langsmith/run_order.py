"""The order of runs, by start and then id, and pages of a selection in that order.

A page begins after a key, the start and id of a run, and not at a number of rows (keyset paging):
whatever is added between two pages, no run is left out and none comes twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np
from attrs import frozen

from locum.engine.data import Data
from locum.langsmith import cursors
from locum.stats.column_store import Array, Ints

NO_START = -(2**63)  # a run without a start is before all others (our choice)


@frozen(eq=False)
class RunOrder:
    """The runs of a dataset in order: `runs` by rank and their `starts` in microseconds, ascending;
    `rank`, from 0, by run."""

    runs: Ints
    starts: Ints
    rank: Ints


def run_order(data: Data) -> RunOrder:
    """Read the order of a dataset's runs; ask for it by `data.once(run_order)`."""
    # Run numbers are INTEGER in the engine's table, so that an array of them takes 4 bytes each.
    found = data.arrays(
        f"SELECT run, coalesce(start_us, {NO_START}) AS start_us FROM runs "
        "ORDER BY start_us NULLS FIRST, id"
    )
    runs = found["run"]
    rank = np.empty_like(runs)
    rank[runs] = np.arange(len(runs), dtype=runs.dtype)
    return RunOrder(runs, found["start_us"], rank)


@frozen(eq=False, slots=False)
class Page:
    """The numbers of the runs of a page, in order, and the cursors of the pages beside it."""

    runs: list[int]
    has_next: bool
    has_previous: bool
    _data: Data
    _question: Any

    @cached_property
    def next(self) -> str | None:
        """The cursor of the next page, None where this is the last; the id is read for it."""
        return self.cursors()[0]

    @cached_property
    def previous(self) -> str | None:
        """The cursor of the page before, None where this is the first; likewise."""
        return self.cursors()[1]

    def cursors(self, ids: Sequence[str] = ()) -> tuple[str | None, str | None]:
        """Return both cursors; the `ids` of the runs, where they are known, need not be read."""
        if not (self.has_next or self.has_previous):
            return None, None
        ends = [self.runs[-1], self.runs[0]]
        known = [ids[-1], ids[0]] if ids else [*map(_ids(self._data, ends).__getitem__, ends)]
        after, before = (
            _cursor(self._data.once(run_order), run, id_, self._question, is_back=is_back)
            for run, id_, is_back in zip(ends, known, (False, True), strict=True)
        )
        return after if self.has_next else None, before if self.has_previous else None


def page(
    data: Data,
    selection: Ints,
    *,
    question: Any,
    limit: int,
    descending: bool = True,
    cursor: str | None = None,
) -> Page:
    """Return a page of the selected runs: the first `limit` ones, or those that a cursor asks for.

    `question` is a JSON value that says what was selected, and by whom: a cursor is good for that
    question and direction alone. `limit` may differ from page to page. Raises Unanswerable for a
    cursor that is none of this question's.
    """
    order = data.once(run_order)
    asked = [question, descending]
    ranks = order.rank.take(selection)
    is_back = False
    if cursor is not None:
        start, id_, is_back = cursors.key(cursor, asked)
        place, is_there = _place(data, order, start, id_)
        ascends = descending == is_back
        ranks = ranks[ranks >= place + is_there] if ascends else ranks[ranks < place]
    nearest = _least(ranks, limit + 1) if descending == is_back else _greatest(ranks, limit + 1)
    is_cut = len(nearest) > limit
    nearest = nearest[:limit]
    runs: Ints = order.runs.take(nearest[::-1] if is_back else nearest)
    # Where a cursor has led here, the run that it names is on the other side of the page.
    is_beside = cursor is not None and len(runs) > 0
    has_next, has_previous = (is_beside, is_cut) if is_back else (is_cut, is_beside)
    return Page(runs.tolist(), has_next, has_previous, data, asked)


def ordered(data: Data, selection: Ints, *, descending: bool = False) -> Ints:
    """Return all of the selected runs in order."""
    order = data.once(run_order)
    ranks = np.sort(order.rank.take(selection))
    runs: Ints = order.runs.take(ranks[::-1] if descending else ranks)
    return runs


def _least(ranks: Ints, count: int) -> Array:
    """The least so many, ascending: a million are not sorted for a hundred."""
    if len(ranks) > count:
        ranks = np.partition(ranks, count - 1)[:count]
    return np.sort(ranks)


def _greatest(ranks: Ints, count: int) -> Array:
    """The greatest so many, descending."""
    if len(ranks) > count:
        ranks = np.partition(ranks, len(ranks) - count)[-count:]
    return np.sort(ranks)[::-1]


def _place(data: Data, order: RunOrder, start: int, id_: str) -> tuple[int, bool]:
    """How many runs are before that key, and whether there is one of it."""
    first = int(np.searchsorted(order.starts, start, "left"))
    last = int(np.searchsorted(order.starts, start, "right"))

    @cache  # of the few that begin together, or of the one
    def id_at(rank: int) -> str:
        run = int(order.runs[rank])
        return _ids(data, [run])[run]

    place = bisect_left(range(first, last), id_, key=id_at) + first
    return place, place < last and id_at(place) == id_


def _ids(data: Data, runs: list[int]) -> dict[int, str]:
    statement = (  # the bounds, for the engine to pass over what is beyond
        "SELECT run, id FROM runs WHERE run BETWEEN $first AND $last AND run IN ($first, $last)"
    )
    return dict(data.rows(statement, first=min(runs), last=max(runs)))


def _cursor(order: RunOrder, run: int, id_: str, question: Any, *, is_back: bool) -> str:
    return cursors.cursor([int(order.starts[order.rank[run]]), id_, is_back], question)
