"""Data: what handlers see of a dataset. Statements run over its tables; what is computed of them
once is kept with them. `Work` is what one request does with it, and may cost.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from locum.datasets.prices import Prices
from locum.engine.change import Change
from locum.engine.duckdb import Engine, Interrupted, Result
from locum.engine.tables import DAY_US

Value = str | int | float | bool | list[int] | list[str] | None
Array = npt.NDArray[Any]
T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSIONS = count()


class TakesLong(Exception):
    """The work costs more than it may where it runs: `cost`, as far as that is known."""

    def __init__(self, cost: float) -> None:
        super().__init__(cost)
        self.cost = cost


class Unprepared(Exception):
    """The work reads a lazy table that nobody has asked for before: `table`."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


class Cancelled(Exception):
    """Nobody waits for the work any more."""


class Executes(Protocol):
    """What runs statements."""

    def execute(self, statement: str, parameters: Mapping[str, Any]) -> Result:
        """Run the statement, and return the cursor with the result in it."""
        ...

    def interrupter(self) -> Callable[[], None]:
        """Return what interrupts the statement that this thread runs."""
        ...


class Work:
    """What is done for one request, by one thread. A unit of cost is the comparison of one value in
    a column with another, about 10 ns.

    It may cost so much: then it raises TakesLong. In the event loop nothing is made that others
    will find made, since that may take seconds.
    """

    def __init__(self, most: float = math.inf, spent: float = 0, *, in_loop: bool = False) -> None:
        self.most, self.spent, self.in_loop = most, spent, in_loop
        self._is_cancelled = False
        self._interrupt: Callable[[], None] | None = None  # what stops the statement that runs
        if not in_loop:  # from where nothing is interrupted
            self._interrupting = threading.Lock()

    def run(self, function: Callable[[], T]) -> T:
        """Return what the function returns, which works for this request in this thread. Raises
        Cancelled where it is too late to begin."""
        self.spend(0)
        _current.work = self
        try:
            return function()
        finally:
            _current.work = None

    def spend(self, cost: int) -> None:
        """Go on, at so much cost. Raises TakesLong, and Cancelled."""
        if self._is_cancelled:
            raise Cancelled
        self.spent += cost
        if self.spent > self.most:
            raise TakesLong(self.spent)

    def execute(self, engine: Executes, statement: str, values: dict[str, Value]) -> Result:
        """Run a statement, which `cancel` interrupts."""
        if self.in_loop:
            return engine.execute(statement, values)
        self._interrupt = engine.interrupter()
        try:
            return engine.execute(statement, values)
        except Interrupted:
            raise Cancelled from None
        finally:
            with self._interrupting:
                self._interrupt = None

    def cancel(self) -> None:
        """Have the work end soon, from another thread. A statement that is just beginning is not
        interrupted, so call it until the work has ended."""
        self._is_cancelled = True
        with self._interrupting:  # so that it is not another request's statement by now
            if self._interrupt is not None:
                self._interrupt()


class _Current(threading.local):
    work: Work | None = None


_current = _Current()


def spend(cost: int = 0) -> None:
    """Tell what the next step of a request costs, in units of `Work`: loops over many rows do so
    now and then, as what is no longer wanted, or takes too long where it runs, ends here."""
    if _current.work is not None:
        _current.work.spend(cost)


_COST_OF_VALUE = 3_000  # to plan a statement takes longer with each value
_MOST_ROWS = 2**63 - 1  # that the engine counts

# By what they extend: functions of the earlier value, the later data, and the change.
_EXTENSIONS: dict[Callable[[Data], Any], Callable[[Any, Data, Change], Any]] = {}


def extends(
    make: Callable[[Data], T],
) -> Callable[[Callable[[T, Data, Change], T]], Callable[[T, Data, Change], T]]:
    """Return a decorator for the function that makes what `make` would of later data: of the value
    of earlier data, the later data, and all that has changed between them, which is never whole.
    `Data.once(make)` calls it where there is an earlier value.

    The earlier value is in use, and stays as it is: what both share may only grow behind what the
    earlier one shows.
    """

    def register(extend: Callable[[T, Data, Change], T]) -> Callable[[T, Data, Change], T]:
        _EXTENSIONS[make] = extend
        return extend

    return register


def extension_of(make: Callable[[Data], T]) -> Callable[[T, Data, Change], T] | None:
    """Return what extends the values that `make` makes, if anything does."""
    return _EXTENSIONS.get(make)


class Parameters:
    """The values of a statement that is being put together, each under a name of its own, the
    lazy tables that it reads, and what it costs for each row and to plan it, in units of `Work`."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.tables: set[str] = set()
        self.cost, self.cost_of_plan = 1, 0

    def add(self, value: Value, cost: int = 1) -> str:
        """Return the placeholder that stands for the value in the statement's text, which compares
        each row with it at that cost."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        self.cost += cost
        return f"${name}"

    def list(self, values: list[Any]) -> str:
        """Return the placeholders of several values, for `IN (…)`; `NULL` where there is none."""
        return ", ".join(map(self.add, values)) or "NULL"

    def page(self, limit: int, offset: int) -> str:
        """Return the end of a statement for a page: at most `limit` rows after the first `offset`.
        An offset beyond what the engine counts is as good as the last that it does."""
        return f"LIMIT {self.add(limit)} OFFSET {self.add(min(offset, _MOST_ROWS))}"

    def table(self, name: str) -> str:
        """Return the name of a lazy table, and note that the statement reads it."""
        self.tables.add(name)
        return name


class Data:
    """The tables of a dataset as they are served. Any number of threads may ask at once.

    `version` is another number wherever rows are others: every key of a cache holds it. `size` is
    the number of rows in the largest table that was loaded, or, where rows are long, that of
    kilobytes in all: what the cost of a statement grows with.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = engine.dataset.name
        self.version = next(_VERSIONS)
        self.size = engine.size
        self.is_small = engine.is_small
        self._memo: dict[Any, Any] = {}
        self._locks: dict[Any, threading.RLock] = {}

    @property
    def engine(self) -> Engine:
        """What runs its statements; of what is written to, that of the dataset's files."""
        return self._engine

    @property
    def base(self) -> Data:
        """The dataset as its files are: these data, unless they have something written to them."""
        return self

    @property
    def later_us(self) -> int:
        """By how many microseconds, whole days, times are later than in the dataset's files."""
        return self._engine.days * DAY_US

    @property
    def prices(self) -> Prices:
        """Those of models, by the dataset's `prices.json`."""
        return self._engine.dataset.prices

    @property
    def now_us(self) -> int | None:
        """The end of the dataset's time in microseconds, as its manifest says, and as many days
        later as its times are served; None where the manifest says none."""
        try:
            now = self._engine.dataset.now
        except ValueError:  # a check tells of it
            return None
        if now is None:
            return None
        return (now - _EPOCH) // timedelta(microseconds=1) + self.later_us

    def rows(
        self, statement: str, parameters: Parameters | None = None, /, **values: Value
    ) -> list[Any]:
        """Run the statement, SQL with named parameters (`$name`), and return its rows as tuples.

        A value never becomes part of the statement's text: it is given by name, or is among the
        parameters, which also tell what the statement costs (else one unit for each row) and which
        lazy tables it reads.
        """
        return self._run(statement, parameters, values, Result.fetchall)

    def arrays(
        self, statement: str, parameters: Parameters | None = None, /, **values: Value
    ) -> dict[str, Array]:
        """Run the statement, as `rows` does, and return its columns by name, as arrays. Where a
        column has a NULL, its array is a masked one (`numpy.ma`), in which that is masked.

        Integers of up to 64 bits are integers, those of 128 (as sums are) doubles; texts, lists and
        maps are objects. A time is in microseconds, as the tables have it.
        """
        return self._run(statement, parameters, values, Result.fetchnumpy)

    def columns(
        self, statement: str, parameters: Parameters | None = None, /, **values: Value
    ) -> dict[str, tuple[Array, Array | None]]:
        """Run the statement, as `arrays` does, and return of each column the values, whatever they
        are where it is NULL, and which of them are not (None where all of them are)."""
        columns: dict[str, tuple[Array, Array | None]] = {}
        for name, column in self.arrays(statement, parameters, **values).items():
            if isinstance(column, np.ma.MaskedArray):
                columns[name] = column.data, ~np.ma.getmaskarray(column)
            else:
                columns[name] = column, None
        return columns

    def _run(
        self,
        statement: str,
        parameters: Parameters | None,
        values: dict[str, Value],
        fetch: Callable[[Result], T],
    ) -> T:
        cost = self.size
        if parameters is not None:
            for table in parameters.tables:
                self.table(table)
            values = parameters.values | values
            cost = self.size * parameters.cost + parameters.cost_of_plan
            cost += _COST_OF_VALUE * len(values)
        work = _current.work
        if work is not None:
            work.spend(cost)
        return self._fetched(statement, values, work, fetch)

    def _fetched(
        self,
        statement: str,
        values: dict[str, Value],
        work: Work | None,
        fetch: Callable[[Result], T],
    ) -> T:
        if work is None:
            return fetch(self._engine.execute(statement, values))
        return fetch(work.execute(self._engine, statement, values))

    def table(self, name: str) -> str:
        """Return the name of a lazy table (`Derived`), which is made when it is first asked for.

        Raises Unprepared where a request's work asks for one that is not made: it goes on when
        `prepare` has made it.
        """
        if not self._engine.is_made(name):
            self._unprepared(name)
            self._engine.make(name)
        return name

    @staticmethod
    def _unprepared(table: str) -> None:
        """Raise Unprepared in a request's work."""
        if _current.work is not None:
            raise Unprepared(table)

    @staticmethod
    def spend(cost: int) -> None:
        """As `spend` of this module, for handlers."""
        spend(cost)

    def prepare(self, table: str) -> None:
        """Make the lazy table, unless it is there."""
        self._engine.make(table)

    def once(self, make: Callable[[Data], T]) -> T:
        """Return what `make` returns for this data: it is called when that is first asked for, and
        the value lives as long as the data. It may ask for what others make, but not in a circle.
        """
        if make not in self._memo:
            work = _current.work
            if work is not None and work.in_loop:
                raise TakesLong(work.spent)
            _current.work = None  # whoever else asks waits for the value, so it is made to its end
            try:
                with self._locks.setdefault(make, threading.RLock()):
                    if make not in self._memo:
                        self._memo[make] = self._made(make)
            finally:
                _current.work = work
        made: T = self._memo[make]
        return made

    def _made(self, make: Callable[[Data], T]) -> T:
        return make(self)

    def known(self, make: Callable[[Data], T]) -> tuple[T] | None:
        """Return what `once` has made, alone in a tuple; None where nobody has asked for it."""
        return (self._memo[make],) if make in self._memo else None
