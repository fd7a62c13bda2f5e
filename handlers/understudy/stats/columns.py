"""The runs of a dataset as columns in memory: what statistics are computed from.

A run is its number in the engine's table `runs`, from 0. A selection of runs is an array of these
numbers, each at most once, in any order.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen
from cachetools import LRUCache

from understudy import derived
from understudy.engine import Array, DuckDB, Parameters

Ints = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]


@frozen(eq=False)
class Column:
    """An integer of each run; `known` are the runs that have one, None where all have."""

    values: Ints
    known: Flags | None

    def of(self, runs: Ints) -> Ints:
        """The integers of those of the runs that have one."""
        values: Ints = self.values[runs]
        return values if self.known is None else values[self.known[runs]]

    def filled(self, runs: Ints, unknown: int) -> Ints:
        """The integer of each of the runs, `unknown` where it has none."""
        values: Ints = self.values[runs]
        return values if self.known is None else np.where(self.known[runs], values, unknown)

    def is_known(self, runs: Ints) -> Flags:
        """Which of the runs have one."""
        return np.ones(len(runs), dtype=np.bool_) if self.known is None else self.known[runs]


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
        """All items of the owners: of each the place of its owner in `owners`, and its number."""
        first = self.starts[owners]
        count = self.starts[owners + 1] - first
        place = np.repeat(np.arange(len(owners)), count)
        before = np.cumsum(count) - count
        return place, np.arange(len(place)) + (first - before)[place]


@frozen(eq=False)
class Columns:
    """`measures` are in microseconds (`_us`), nano-USD (`_nano`) and tokens; `trace` and `thread`
    number the ids, `is_error` is 1 or 0. `ancestors` lists all ancestors of each run; `details` the
    detail amounts, each with its index into `categories`: (kind, category), sorted."""

    measures: dict[str, Column]
    ancestors: Lists
    ancestor: Ints
    details: Lists
    detail: Ints
    amount: Ints
    categories: list[tuple[str, str]]

    def uncovered(self, runs: Ints) -> Ints:
        """The runs that have no ancestor among `runs`."""
        place, item = self.ancestors.of(runs)
        if not len(place):
            return runs
        chosen = np.zeros(len(self.ancestors.starts), dtype=np.bool_)
        chosen[runs] = True
        covered = np.zeros(len(runs), dtype=np.bool_)
        covered[place[chosen[self.ancestor[item]]]] = True
        return runs[~covered]


def columns(engine: DuckDB) -> Columns:
    """The columns of the dataset, read when first asked for."""
    return engine.once(_read)


def _read(engine: DuckDB) -> Columns:
    measures = {n: Column(*found) for n, found in engine.arrays(derived.MEASURES).items()}
    size = len(measures["trace"].values)
    ancestors = engine.arrays(derived.ANCESTORS)
    details = engine.arrays(derived.DETAILS)
    return Columns(
        measures,
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
    kept, lock = engine.once(_selections)
    key = blake2b(ascii((condition, parameters.values)).encode(), digest_size=16).digest()
    with lock:
        known = kept.get(key)
    if known is not None:
        return known
    statement = f"SELECT runs.run FROM runs WHERE {condition}"
    runs: Ints
    runs, _ = engine.arrays(statement, parameters.values)["run"]
    with lock, suppress(ValueError):  # one that is too large by itself is not kept
        kept[key] = runs
    return runs


_MOST_BYTES = 16 * 2**20  # of selections that are kept
_OVERHEAD = 4000  # bytes of one beside its runs, about


def _selections(_: DuckDB) -> tuple[LRUCache[bytes, Ints], threading.Lock]:
    return LRUCache(_MOST_BYTES, getsizeof=lambda runs: runs.nbytes + _OVERHEAD), threading.Lock()


_LOW = 2**32 - 1


def totals(rows: Ints) -> list[int]:
    """The exact sum of each row, whatever its size: 64 bits at once might overflow."""
    return _joined((rows >> 32).sum(axis=-1), (rows & _LOW).sum(axis=-1))


def _joined(high: Ints, low: Ints) -> list[int]:
    return [(above << 32) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]


def totals_by_code(codes: Ints, items: Ints) -> list[tuple[int, int]]:
    """The exact sum of the items of each code that occurs, codes ascending."""
    order = np.argsort(codes, kind="stable")
    found, first = np.unique(codes[order], return_index=True)
    if not len(found):
        return []
    ordered = items[order]
    sums = _joined(*(np.add.reduceat(part, first) for part in (ordered >> 32, ordered & _LOW)))
    return list(zip(found.tolist(), sums, strict=True))


def by_code(codes: Ints, items: Array) -> Iterator[tuple[int, Array]]:
    """The items of each code that occurs, codes ascending."""
    order = np.argsort(codes, kind="stable")
    found, first = np.unique(codes[order], return_index=True)
    return zip(found.tolist(), np.split(items[order], first)[1:], strict=True)
