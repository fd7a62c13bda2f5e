"""Data: what handlers see of a dataset. Statements run over its tables; what is computed of them
once is kept with them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from locum.engine.duckdb import Engine

Value = str | int | float | bool | list[int] | list[str] | None
Array = npt.NDArray[Any]
T = TypeVar("T")

_VERSIONS = count()


class Parameters:
    """The values of a statement that is being put together, each under a name of its own, and the
    lazy tables that it reads."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.tables: set[str] = set()

    def add(self, value: Value) -> str:
        """Return the placeholder that stands for the value in the statement's text."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def list(self, values: list[Any]) -> str:
        """Return the placeholders of several values, for `IN (…)`; `NULL` where there is none."""
        return ", ".join(map(self.add, values)) or "NULL"

    def table(self, name: str) -> str:
        """Return the name of a lazy table, and note that the statement reads it."""
        self.tables.add(name)
        return name


class Data:
    """The tables of a dataset as they are served. Any number of threads may ask at once.

    `version` is another number wherever rows are others: every key of a cache holds it.
    `runs_inline` tells whether handing a statement over to a thread would take as long as running
    it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = engine.dataset.name
        self.version = next(_VERSIONS)
        self.runs_inline = engine.runs_inline
        self._memo: dict[Any, Any] = {}
        self._locks: dict[Any, threading.RLock] = {}

    def rows(self, statement: str, /, **parameters: Value) -> list[Any]:
        """Run the statement, SQL with named parameters (`$name`), and return its rows as tuples.

        A value never becomes part of the statement's text.
        """
        return self._engine.execute(statement, parameters).fetchall()

    def arrays(
        self, statement: str, /, **parameters: Value
    ) -> dict[str, tuple[Array, Array | None]]:
        """Run the statement and return its columns by name, as arrays: the values, and which of
        them are not NULL (None where all of them are)."""
        found = self._engine.execute(statement, parameters).fetchnumpy()
        return {name: _column(column) for name, column in found.items()}

    def table(self, name: str) -> str:
        """Return the name of a lazy table (`Derived`), which is made when it is first asked for."""
        self._engine.make(name)
        return name

    def once(self, make: Callable[[Data], T]) -> T:
        """Return what `make` returns for this data: it is called when that is first asked for, and
        the value lives as long as the data. It may ask for what others make, but not in a circle.
        """
        if make not in self._memo:
            with self._locks.setdefault(make, threading.RLock()):
                if make not in self._memo:
                    self._memo[make] = make(self)
        made: T = self._memo[make]
        return made


def _column(column: Array) -> tuple[Array, Array | None]:
    if not isinstance(column, np.ma.MaskedArray):
        return column, None
    return column.data, ~np.ma.getmaskarray(column)
