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
    ends[owner]."""

    starts: Ints
    ends: Ints

    @classmethod
    def of_owners(cls, owners: Ints, size: int) -> Lists:
        """The lists of `size` owners, where the owner of each item is given, ascending."""
        bounds = np.searchsorted(owners, np.arange(size + 1))
        return cls(bounds[:-1], bounds[1:])

    def of(self, owners: Ints) -> tuple[Ints, Ints]:
        """All items of the owners, one owner's after the other's: how many each has, and the
        number of each item."""
        ends = self.ends.take(owners)
        counts = ends - self.starts.take(owners)
        item = (ends - counts.cumsum()).repeat(counts)
        item += np.arange(len(item))
        return counts, item


@frozen(eq=False)
class Columns:
    """A column of `values`, of `known` and of each other array is a run.

    A row of `values` is one of `measures`: microseconds (`_us`), nano-USD (`_nano`) or tokens;
    where `known` says that the run has none, the measure's `absent`, which no other value is above.
    `narrow` are the measures of which no sum is beyond 64 bits. `trace` and `thread` number the ids
    from 1, 0 is none. `ancestors` lists all ancestors of each run; `details` the detail amounts,
    narrow or not, each with its index into `categories`: (kind, category), sorted.
    """

    measures: list[str]
    values: Ints
    known: Flags
    absent: list[int]
    narrow: list[bool]
    is_error: Flags
    is_finished: Flags
    is_streamed: Flags
    trace: Ints
    thread: Ints
    has_ancestor: Flags
    ancestors: Lists
    ancestor: Ints
    details: Lists
    detail: Ints
    amount: Ints
    are_narrow: bool
    categories: list[tuple[str, str]]

    def of(self, names: Iterable[str], runs: Ints) -> Taken:
        """The values of measures of the runs: of these, and of those between them, since what
        stands side by side is read at once."""
        rows = [self.measures.index(name) for name in names]
        span = slice(min(rows), max(rows) + 1)
        known = np.add.reduce(self.known[span].take(runs, axis=1), 1).tolist()
        return Taken(self, span, self.values[span].take(runs, axis=1), known)

    def one(self, name: str, runs: Ints) -> tuple[Ints, Flags]:
        """The values of one measure, and which are known."""
        row = self.measures.index(name)
        return self.values[row].take(runs), self.known[row].take(runs)

    def compared(self, name: str, comparator: str, bound: int, runs: Ints) -> Flags:
        """Whether each run's value of a measure is known, and greater (gt, gte) or less (lt, lte)
        than the bound."""
        values, known = self.one(name, runs)
        found: Flags = _COMPARATORS[comparator](values, bound) & known
        return found

    def detail_sums(self, runs: Ints) -> dict[str, dict[str, int]]:
        """The exact sum of each detail that one of the runs has, by kind and category."""
        _, item = self.details.of(runs)
        codes = self.detail.take(item)
        sums = totals_by_code(
            codes, self.amount.take(item), len(self.categories), are_narrow=self.are_narrow
        )
        found: dict[str, dict[str, int]] = {}
        for code in flags(codes, len(self.categories)).nonzero()[0].tolist():
            kind, category = self.categories[code]
            found.setdefault(kind, {})[category] = sums[code]
        return found

    def uncovered(self, runs: Ints) -> Ints:
        """The runs that have no ancestor among `runs`: of root runs, the very same."""
        if not self.has_ancestor.take(runs).any():
            return runs
        counts, item = self.ancestors.of(runs)
        is_chosen = flags(runs, len(self.trace))
        covered = np.repeat(runs, counts)[is_chosen[self.ancestor[item]]]
        return runs[~flags(covered, len(self.trace))[runs]]


_COMPARATORS = {"gt": np.greater, "gte": np.greater_equal, "lt": np.less, "lte": np.less_equal}


@frozen(eq=False)
class Taken:
    """The values of a span of measures of some runs, a row each, and how many of each are known."""

    columns: Columns
    span: slice
    values: Ints
    known: list[int]

    def ordered(self, names: Iterable[str]) -> dict[str, Ints]:
        """The known values of each measure, ascending. The rows are sorted in place: their sums
        stay the same."""
        found = {}
        for name in names:
            row = self.columns.measures.index(name) - self.span.start
            self.values[row].sort()
            found[name] = self.values[row, : self.known[row]]
        return found

    def sums(self) -> dict[str, int]:
        """The exact sum of each measure in the span."""
        of, span, size = self.columns, self.span, self.values.shape[1]
        sums = totals(self.values, are_narrow=all(of.narrow[span]))
        of_each = zip(of.measures[span], sums, of.absent[span], self.known, strict=True)
        return {name: total - (size - known) * absent for name, total, absent, known in of_each}


def columns(engine: DuckDB) -> Columns:
    """The columns of the dataset, read when first asked for."""
    return engine.once(_read)


def _read(engine: DuckDB) -> Columns:
    arrays = engine.arrays(derived.MEASURES)
    others = {name: arrays.pop(name)[0] for name in ("trace", "thread")}
    others |= {name: arrays.pop(name)[0] for name in ("is_error", "is_finished", "is_streamed")}
    size = len(others["trace"])
    measures = list(arrays)
    values = np.zeros((len(measures), size), dtype=np.int64)
    known = np.ones((len(measures), size), dtype=np.bool_)
    absent = []
    for row, name in enumerate(measures):
        values[row], is_known = arrays.pop(name)
        if is_known is not None:
            known[row] = is_known
        absent.append(int(values[row].max(initial=0, where=known[row])))
        values[row, ~known[row]] = absent[row]
    ancestors = engine.arrays(derived.ANCESTORS)
    details = engine.arrays(derived.DETAILS)
    amount = details["amount"][0]
    return Columns(
        measures,
        values,
        known,
        absent,
        [_is_narrow(row) for row in values],
        has_ancestor=flags(ancestors["run"][0], size),
        ancestors=Lists.of_owners(ancestors["run"][0], size),
        ancestor=ancestors["ancestor"][0],
        details=Lists.of_owners(details["run"][0], size),
        detail=details["detail"][0],
        amount=amount,
        are_narrow=_is_narrow(amount),
        categories=engine.rows(derived.CATEGORIES),
        **others,
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


def among_first(numbers: Ints, most: int) -> Flags:
    """Which of ascending numbers are among the first so many of those that are equal."""
    found = np.empty(len(numbers), dtype=np.bool_)
    found[:most] = True
    np.not_equal(numbers[most:], numbers[:-most], out=found[most:])
    return found


_LOW = 2**32 - 1


def _is_narrow(numbers: Ints) -> bool:
    """Whether no sum of some of the numbers is beyond 64 bits."""
    return float(np.abs(numbers, dtype=np.float64).sum()) < 2**62


def totals(rows: Ints, *, are_narrow: bool) -> list[int]:
    """The exact sum of each row; where they are not narrow, it may be beyond 64 bits."""
    if are_narrow:
        narrow: list[int] = np.add.reduce(rows, -1).tolist()
        return narrow
    return _joined((rows >> 32).sum(axis=-1), (rows & _LOW).sum(axis=-1))


def _joined(high: Ints, low: Ints) -> list[int]:
    return [(above << 32) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]


def totals_by_code(codes: Ints, items: Ints, size: int, *, are_narrow: bool) -> list[int]:
    """The exact sum of the items of each code from 0 up to `size`."""
    if are_narrow:
        sums = np.zeros(size, dtype=np.int64)
        np.add.at(sums, codes, items)
        narrow: list[int] = sums.tolist()
        return narrow
    high, low = np.zeros((2, size), dtype=np.int64)
    np.add.at(high, codes, items >> 32)
    np.add.at(low, codes, items & _LOW)
    return _joined(high, low)


def by_code(codes: Ints, items: Array) -> Iterator[tuple[int, Array]]:
    """The items of each code that occurs, codes ascending."""
    order = np.argsort(codes, kind="stable")
    found, first = np.unique(codes[order], return_index=True)
    return zip(found.tolist(), np.split(items[order], first)[1:], strict=True)
