"""The runs of a dataset as columns in memory: what statistics are computed from.

A run is its number in the engine's table `runs`, from 0. A selection of runs is an array of these
numbers, each at most once, in any order.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from understudy import derived, kept
from understudy.engine import Array, DuckDB, Parameters
from understudy.kept import Kept

Ints = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]


@frozen(eq=False)
class Lists:
    """A list for each owner (compressed sparse rows): its items are numbered from starts[owner] to
    starts[owner + 1]."""

    starts: Ints

    @classmethod
    def of_owners(cls, owners: Ints, size: int) -> Lists:
        """The lists of `size` owners, where the owner of each item is given, ascending."""
        return cls(np.searchsorted(owners, np.arange(size + 1)))

    def of(self, owners: Ints) -> tuple[Ints, Ints]:
        """All items of the owners, one owner's after the other's: how many each has, and the
        number of each item."""
        first = self.starts.take(owners)
        counts = self.starts.take(owners + 1) - first
        before = counts.cumsum() - counts
        return counts, np.arange(counts.sum()) + np.repeat(first - before, counts)


@frozen(eq=False)
class Columns:
    """A column of `values`, of `known` and of each other array is a run.

    A row of `values` is one of `measures`: microseconds (`_us`), nano-USD (`_nano`) or tokens, 0
    where `known` says that the run has none. `trace` and `thread` number the ids from 1, 0 is none.
    `ancestors` lists all ancestors of each run; `details` the detail amounts, each with its index
    into `categories`: (kind, category), sorted.
    """

    measures: list[str]
    values: Ints
    known: Flags
    is_error: Flags
    trace: Ints
    thread: Ints
    ancestors: Lists
    ancestor: Ints
    details: Lists
    detail: Ints
    amount: Ints
    categories: list[tuple[str, str]]

    def of(self, names: Iterable[str], runs: Ints) -> tuple[list[str], Ints, Flags]:
        """The values of measures of the runs, and which are known: a row each for these measures
        and those between them (what stands side by side is read at once), with their names."""
        rows = [self.measures.index(name) for name in names]
        span = slice(min(rows), max(rows) + 1)
        values = self.values[span].take(runs, axis=1)
        return self.measures[span], values, self.known[span].take(runs, axis=1)

    def uncovered(self, runs: Ints) -> Ints:
        """The runs that have no ancestor among `runs`."""
        counts, item = self.ancestors.of(runs)
        if not len(item):
            return runs
        is_chosen = flags(runs, len(self.trace))
        covered = np.repeat(runs, counts)[is_chosen[self.ancestor[item]]]
        return runs[~flags(covered, len(self.trace))[runs]]


def columns(engine: DuckDB) -> Columns:
    """The columns of the dataset, read when first asked for."""
    return engine.once(_read)


def _read(engine: DuckDB) -> Columns:
    arrays = engine.arrays(derived.MEASURES)
    (is_error, _), (trace, _), (thread, _) = map(arrays.pop, ("is_error", "trace", "thread"))
    size = len(trace)
    values = np.zeros((len(arrays), size), dtype=np.int64)
    known = np.ones((len(arrays), size), dtype=np.bool_)
    measures = list(arrays)
    for row, name in enumerate(measures):
        values[row], is_known = arrays.pop(name)
        if is_known is not None:
            known[row], values[row, ~is_known] = is_known, 0
    ancestors = engine.arrays(derived.ANCESTORS)
    details = engine.arrays(derived.DETAILS)
    return Columns(
        measures,
        values,
        known,
        is_error,
        trace,
        thread,
        Lists.of_owners(ancestors["run"][0], size),
        ancestors["ancestor"][0],
        Lists.of_owners(details["run"][0], size),
        details["detail"][0],
        details["amount"][0],
        engine.rows(derived.CATEGORIES),
    )


def where(engine: DuckDB, condition: str, parameters: Parameters) -> Ints:
    """The runs for which a condition over the table `runs` holds; not to be changed.

    What was selected last is kept: whoever explores asks about many windows with one filter.
    """
    selections, lock = engine.once(_selections)
    key = kept.key(ascii((condition, parameters.values)).encode())
    with lock:
        known = selections.get(key)
    if known is not None:
        return known
    statement = f"SELECT runs.run FROM runs WHERE {condition}"
    found, _ = engine.arrays(statement, parameters.values)["run"]
    runs: Ints = found.astype(np.intp)  # as which numbers are looked up fastest
    with lock:
        selections.keep(key, runs)
    return runs


_MOST_BYTES = 16 * 2**20  # of selections that are kept: at most a thousand
_LEAST_BYTES = 16 * 2**10  # that one counts as


def _selections(_: DuckDB) -> tuple[Kept[Ints], threading.Lock]:
    return Kept(_MOST_BYTES, lambda runs: max(runs.nbytes, _LEAST_BYTES)), threading.Lock()


def flags(numbers: Ints | list[int], size: int) -> Flags:
    """Which of the numbers from 0 up to `size` are among these."""
    found = np.zeros(size, dtype=np.bool_)
    found[numbers] = True
    return found


_LOW = 2**32 - 1


def totals(rows: Ints) -> list[int]:
    """The exact sum of each row, whatever its size: 64 bits at once might overflow."""
    return _joined((rows >> 32).sum(axis=-1), (rows & _LOW).sum(axis=-1))


def _joined(high: Ints, low: Ints) -> list[int]:
    return [(above << 32) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]


def totals_by_code(codes: Ints, items: Ints, size: int) -> list[tuple[int, int]]:
    """The exact sum of the items of each code that occurs, codes ascending and below `size`."""
    high, low = np.zeros((2, size), dtype=np.int64)
    np.add.at(high, codes, items >> 32)
    np.add.at(low, codes, items & _LOW)
    found = np.flatnonzero(np.bincount(codes, minlength=size))
    return list(zip(found.tolist(), _joined(high[found], low[found]), strict=True))


def by_code(codes: Ints, items: Array) -> Iterator[tuple[int, Array]]:
    """The items of each code that occurs, codes ascending."""
    order = np.argsort(codes, kind="stable")
    found, first = np.unique(codes[order], return_index=True)
    return zip(found.tolist(), np.split(items[order], first)[1:], strict=True)
