"""What a writer works on: the rows of a dataset with all that was written since, and one change of
them, which happens as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, Protocol, TypeVar

from locum.engine.data import Data

Row = dict[str, Any]
"""A row as it stands in a JSONL file of its table: times are texts, documents are values, and what
is null may be left out."""
Key = str | tuple[str, ...]
"""What tells a table's rows apart: the value of its first unique column, or those of several."""
T = TypeVar("T")


class Transaction(Protocol):
    """One change. There is one at a time, so what it reads stays as it is until it ends."""

    @property
    def data(self) -> Data:
        """All that is acknowledged, without this change."""
        ...

    def put(self, table: str, rows: Iterable[Row]) -> None:
        """Add rows, each in the place of the one with the same key where there is one."""
        ...

    def delete(self, table: str, keys: Iterable[Key]) -> None:
        """Take away the rows with these keys."""
        ...

    def rows(self, table: str, keys: Iterable[Key]) -> dict[Key, Row]:
        """Return those of the rows with these keys that are there, this change included."""
        ...

    def state(self, make: Callable[[Data], T]) -> T:
        """Return what `make` has returned when that was first asked for: it lives as long as what
        is written."""
        ...

    def kept(self, name: str) -> MutableMapping[Any, Any]:
        """Return the values of that name that are kept beside the rows, to be read and changed:
        what has come and is in no row yet. No value is changed itself: another takes its place."""
        ...

    def kept_names(self) -> list[str]:
        """Return the names under which something is kept."""
        ...
