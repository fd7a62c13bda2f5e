"""The runs of a dataset as columns in memory: what statistics are computed from.

A run is its number in the engine's table `runs`, from 0. A selection of runs is an array of these
numbers, each at most once, in any order.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt
from attrs import frozen

from locum.engine import kept
from locum.engine.duckdb import Array, DuckDB, Parameters
from locum.engine.kept import Kept
from locum.langsmith import derived_tables as derived
from locum.stats.ragged import Ints, Lists

Flags = npt.NDArray[np.bool_]


@frozen(eq=False)
class Columns:
    """An item of each array, and a column of `values`, is a run.

    A row of `values` is one of `measures`: microseconds (`_us`), nano-USD (`_nano`) or tokens;
    where a run has none, the measure's `absent`, which no other value is above. `narrow` are the
    measures of which no sum is beyond 64 bits. What is true of a run, and which measures it has,
    are the ones in the row of `facts` that `state` numbers, in the order of `fact_names`. `trace`
    and `thread` number the ids from 1, 0 is none. `ancestors` lists all ancestors of each run;
    `details` the detail amounts, narrow or not, each with its index into `categories`: (kind,
    category), sorted.
    """

    measures: dict[str, int]
    values: Ints
    absent: list[int]
    narrow: list[bool]
    state: Ints
    facts: Ints
    fact_names: list[str]
    trace: Ints
    thread: Ints
    ancestors: Lists
    ancestor: Ints
    details: Lists
    detail: Ints
    amount: Ints
    are_narrow: bool
    categories: list[tuple[str, str]]

    def counts(self, runs: Ints) -> dict[str, int]:
        """How many of the runs have each measure, and of how many each other fact is true."""
        times = np.bincount(self.state.take(runs), minlength=len(self.facts))
        return dict(zip(self.fact_names, (times @ self.facts).tolist(), strict=True))

    def one(self, name: str, runs: Ints) -> tuple[Ints, Flags]:
        """The values of one measure, and which of the runs have one."""
        is_known = self.facts[:, self.fact_names.index(name)] > 0
        return self.values[self.measures[name]].take(runs), is_known[self.state.take(runs)]

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
        """The runs that have no ancestor among `runs`."""
        counts, item = self.ancestors.of(runs)
        is_chosen = flags(runs, len(self.trace))
        covered = np.repeat(runs, counts)[is_chosen[self.ancestor[item]]]
        return runs[~flags(covered, len(self.trace))[runs]]


_COMPARATORS = {"gt": np.greater, "gte": np.greater_equal, "lt": np.less, "lte": np.less_equal}


class Taken:
    """What is known of some runs, each part once: of these measures, and of those between them,
    since what stands side by side is read at once."""

    def __init__(self, columns: Columns, runs: Ints, measures: Iterable[str]) -> None:
        self.columns, self.runs = columns, runs
        self._rows = {name: columns.measures[name] for name in measures}
        self._first = min(self._rows.values(), default=0)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of the runs have each measure, and of how many each other fact is true."""
        return self.columns.counts(self.runs)

    @cached_property
    def _values(self) -> Ints:
        last = max(self._rows.values())
        return self.columns.values[self._first : last + 1].take(self.runs, axis=1)

    def ordered(self, names: Iterable[str]) -> dict[str, Ints]:
        """The known values of each measure, ascending. Rows are sorted in place: that leaves their
        sums as they are."""
        values, counts, found = self._values, self.counts, {}
        for name in names:
            row = values[self._rows[name] - self._first]
            row.sort()
            found[name] = row[: counts[name]]
        return found

    def sums(self, names: Iterable[str]) -> dict[str, int]:
        """The exact sum of each measure."""
        of, size = self.columns, len(self.runs)
        rows = {name: self._rows[name] for name in names}
        span = slice(min(rows.values()), max(rows.values()) + 1)
        values = self._values[span.start - self._first : span.stop - self._first]
        sums = totals(values, are_narrow=all(of.narrow[span]))
        return {
            name: sums[row - span.start] - (size - self.counts[name]) * of.absent[row]
            for name, row in rows.items()
        }


def columns(engine: DuckDB) -> Columns:
    """The columns of the dataset, read when first asked for."""
    return engine.once(_read)


def _read(engine: DuckDB) -> Columns:
    arrays = engine.arrays(derived.MEASURES)
    (trace, _), (thread, _) = (arrays.pop(name) for name in ("trace", "thread"))
    size = len(trace)
    ancestors = engine.arrays(derived.ANCESTORS)
    facts = {name: arrays.pop(name)[0] for name in ("is_error", "is_finished", "is_streamed")}
    facts["has_ancestor"] = flags(ancestors["run"][0], size)
    measures = {name: row for row, name in enumerate(arrays)}
    values = np.zeros((len(measures), size), dtype=np.int64)
    absent = []
    for name, row in measures.items():
        values[row], known = arrays.pop(name)
        facts[name] = np.ones(size, dtype=np.bool_) if known is None else known
        np.putmask(values[row], ~facts[name], 0)
        absent.append(int(values[row].max(initial=0)))
        np.putmask(values[row], ~facts[name], absent[row])
    details = engine.arrays(derived.DETAILS)
    amount = details["amount"][0]
    state, distinct = _distinct(list(facts.values()))
    return Columns(
        measures,
        values,
        absent,
        [_is_narrow(row) for row in values],
        state,
        distinct,
        list(facts),
        trace,
        thread,
        Lists.of_owners(ancestors["run"][0], size),
        ancestors["ancestor"][0],
        Lists.of_owners(details["run"][0], size),
        details["detail"][0],
        amount,
        _is_narrow(amount),
        engine.rows(derived.CATEGORIES),
    )


def _distinct(facts: list[Flags]) -> tuple[Ints, Ints]:
    """The number of each run's combination of facts, from 0, and the facts of each combination."""
    bits = np.zeros(len(facts[0]), dtype=np.uint32)
    for place, fact in enumerate(facts):
        bits |= fact.astype(np.uint32) << place
    found = np.bincount(bits).nonzero()[0]
    number = np.zeros(1 << len(facts), dtype=np.uint16)
    number[found] = np.arange(len(found))
    return number[bits], found[:, np.newaxis] >> np.arange(len(facts)) & 1


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
