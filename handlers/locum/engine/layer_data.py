"""One version of a dataset that is written to, as handlers see it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from locum.engine.data import Data, TakesLong, Work
from locum.engine.duckdb import Engine, Result
from locum.engine.history import History
from locum.engine.snapshots import Outdated, Pinned, Snapshot

T = TypeVar("T")


class Owner(Protocol):
    """The layer that a version is of."""

    base: Data
    engine: Engine
    history: History

    def measured(self) -> tuple[int, bool]:
        """Return what `Data` tells as its size, and whether it is small."""
        ...

    def make(self, table: str, data: LayerData) -> None:
        """Make a lazy table of the newest version. Raises Outdated where that is not the data."""
        ...


class LayerData(Data):
    """One version of a layer's rows."""

    def __init__(self, layer: Owner, number: int, snapshot: Snapshot, lazy: Iterable[str]) -> None:
        super().__init__(layer.engine)
        self.size, self.is_small = layer.measured()
        self._layer, self._number = layer, number
        self._snapshot, self._lazy = snapshot, frozenset(lazy)
        weakref.finalize(self, Snapshot.close, snapshot)

    @property
    def base(self) -> Data:
        """As `Data` says."""
        return self._layer.base

    def table(self, name: str) -> str:
        """As `Data` says; of a version that is not the newest, `Outdated` is raised where the table
        is not there."""
        if name not in self._lazy:
            self._unprepared(name)
            self.prepare(name)
        return name

    def prepare(self, table: str) -> None:
        """Make the lazy table, unless it is there."""
        self.engine.is_made(table)  # a LookupError where it is none
        if table not in self._lazy:
            self._layer.make(table, self)

    def refresh(self, snapshot: Snapshot, lazy: Iterable[str]) -> None:
        """See the same rows, and the lazy tables that were made since."""
        before, self._snapshot, self._lazy = self._snapshot, snapshot, frozenset(lazy)
        weakref.finalize(self, Snapshot.close, snapshot)
        before.close()

    def retire(self) -> None:
        """Hear that there is a newer version."""
        self._snapshot.retire()

    def end(self) -> None:
        """Hear that the layer has ended."""
        self._snapshot.close()

    def is_of(self, snapshot: Snapshot) -> bool:
        """Return whether that is where its rows are."""
        return snapshot is self._snapshot

    def _made(self, make: Callable[[Data], T]) -> T:
        return self._layer.history.value(make, self, self._number)

    def _fetched(
        self,
        statement: str,
        values: dict[str, Any],
        work: Work | None,
        fetch: Callable[[Result], T],
    ) -> T:
        snapshot, pinned = self._taken(work)
        has_failed = True
        try:
            result = (
                pinned.execute(statement, values)
                if work is None
                else work.execute(pinned, statement, values)
            )
            found = fetch(result)
            has_failed = False
        finally:
            snapshot.give_back(pinned, has_failed=has_failed)
        return found

    def _taken(self, work: Work | None) -> tuple[Snapshot, Pinned]:
        while True:
            snapshot = self._snapshot
            try:
                pinned = snapshot.take(waits=work is None or not work.in_loop)
            except Outdated:
                if snapshot is not self._snapshot:
                    continue
                raise
            if pinned is not None:
                return snapshot, pinned
            assert work is not None  # noqa: S101 - who is in no loop waits
            raise TakesLong(work.spent)
