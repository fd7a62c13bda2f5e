"""The engine holds a dataset's tables and runs statements over them: DuckDB, in memory.

Statements are SQL texts with named parameters (`$name`); a value never becomes part of a text.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

# DuckDB itself; its Python package puts a builder of statements and more around it, which takes
# three megabytes and longer to import than DuckDB.
import _duckdb as duckdb
import numpy as np
import numpy.typing as npt

from locum.datasets import dataset as datasets
from locum.engine import tables
from locum.exceptions import DatasetError
from locum.langsmith import derived_tables as derived

Value = str | int | float | bool | list[int] | list[str] | None
Array = npt.NDArray[Any]
T = TypeVar("T")


class Parameters:
    """The values of a statement that is being put together, each under a name of its own."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}

    def add(self, value: Value) -> str:
        """The placeholder that stands for the value in the statement's text."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def list(self, values: list[Any]) -> str:
        """The placeholders of several values, for `IN (…)`; `NULL` where there is none."""
        return ", ".join(map(self.add, values)) or "NULL"


# What is freed goes back to the system at once, not when 512 MB of it have gathered.
_GIVE_BACK = "SET allocator_bulk_deallocation_flush_threshold = '1MB'"
# A compressed database (compressed at its checkpoint) takes a quarter of the memory.
_SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET allocator_background_threads = true",
    "ATTACH ':memory:' AS dataset (COMPRESS)",
    "USE dataset",
)


# Files of that size hold no more rows than one thread reads at once (122,880, DuckDB's row group):
# more threads would take memory and slow statements down, and most of what can be asked takes about
# a millisecond.
_SMALL_BYTES = 4 * 2**20

_CHECKPOINT = "FORCE CHECKPOINT dataset"
# As seen on two processors, every fifth checkpoint ran on one thread of two, and none of many did
# with a third: the thread that it is taken up by seems to wait for the others.
_CHECKPOINT_OF_MANY = (
    "SET threads = current_setting('threads') + 1",
    _CHECKPOINT,
    "RESET threads",
)

_KEPT = 128  # statements, parsed: those of so many characters
_LONGEST_KEPT = 4000


class _Cursor(threading.local):
    """Each thread's own cursor, in the dataset: it does not inherit that from its connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.own = connection.cursor()
        self.own.execute("USE dataset")


class DuckDB:
    """A dataset in an in-memory DuckDB. Any number of threads may ask at once.

    It `is_small` if handing a question over to a thread would take as long as the answer.
    """

    def __init__(self, dataset: datasets.Dataset, days: int = 0) -> None:
        """Load every table, its times so many days later.

        Raises DatasetError naming the file, row and value at fault.
        """
        self.dataset = dataset
        size = sum(file.stat().st_size for file in dataset.files.values())
        self.is_small = size < _SMALL_BYTES
        config: dict[str, Any] = {"threads": 1} if self.is_small else {}
        self._connection = duckdb.connect(":memory:", config=config)
        for statement in _SETTINGS:
            self._connection.execute(statement)
        if self.is_small:
            self._connection.execute(_GIVE_BACK)
        for name in tables.ORDER:
            file = dataset.files.get(name)
            if file is not None and file.suffix == ".jsonl":
                for _ in datasets.read_rows(file, name):
                    pass  # reading a row checks it
            try:
                self._connection.execute(*tables.load(name, file, days))
            except duckdb.Error as error:
                first = str(error).splitlines()[0]
                raise DatasetError(
                    f"{file}: {first}", f"see {name} in the data dictionary, fixtures/README.md"
                ) from None
        checkpoint = (_CHECKPOINT,) if self.is_small else _CHECKPOINT_OF_MANY
        for statement in (*derived.DERIVED, *checkpoint):
            self._connection.execute(statement)
        self._made: dict[Any, Any] = {}
        self._making: dict[Any, threading.RLock] = {}
        self._cursor = _Cursor(self._connection)
        self._parsed = lru_cache(maxsize=_KEPT)(self._connection.extract_statements)

    def rest(self) -> None:
        """Give back what loading needed: for when nothing more is to be loaded. The threads that
        loaded hold on to ten megabytes each; new ones hold nothing."""
        if not self.is_small:
            self._connection.execute(_GIVE_BACK)
            self._connection.execute("SET threads = 1")
            self._connection.execute("RESET threads")

    def rows(self, statement: str, parameters: Mapping[str, Value] | None = None) -> list[Any]:
        """The statement's rows, as tuples. Makes the deferred tables first where it needs one."""
        return self._execute(statement, parameters).fetchall()

    def arrays(
        self, statement: str, parameters: Mapping[str, Value] | None = None
    ) -> dict[str, tuple[Array, Array | None]]:
        """The statement's columns by name, as arrays: the values, and which of them are not NULL
        (None where all of them are)."""
        found = self._execute(statement, parameters).fetchnumpy()
        return {name: _column(column) for name, column in found.items()}

    def once(self, make: Callable[[DuckDB], T]) -> T:
        """What `make` returns for this engine, made when it is first asked for. It may ask for what
        others make, but not in a circle."""
        if make not in self._made:
            with self._making.setdefault(make, threading.RLock()):
                if make not in self._made:
                    self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def _execute(
        self, statement: str, parameters: Mapping[str, Value] | None
    ) -> duckdb.DuckDBPyConnection:
        if any(table in statement for table in derived.DEFERRED):
            self.once(_defer)
        is_short = len(statement) <= _LONGEST_KEPT
        parse = self._parsed if is_short else self._connection.extract_statements
        (parsed,) = parse(statement)
        return self._cursor.own.execute(parsed, dict(parameters or {}))


def _defer(engine: DuckDB) -> None:
    for statement in derived.DEFERRED.values():
        engine._connection.cursor().execute("USE dataset").execute(statement)  # noqa: SLF001 - its own


def _column(column: Array) -> tuple[Array, Array | None]:
    if not isinstance(column, np.ma.MaskedArray):
        return column, None
    return column.data, ~np.ma.getmaskarray(column)


def last_time(dataset: datasets.Dataset) -> datetime:
    """The dataset's `now`, as its manifest says, else the last time in its runs and requests.

    Raises DatasetError where there is neither.
    """
    told = dataset.manifest.get("now")
    try:
        if told is not None:
            return datetime.fromisoformat(told).astimezone(UTC)
    except (TypeError, ValueError):
        raise DatasetError(
            f"{dataset.folder / datasets.MANIFEST}: now is {told!r:.80}, not a time",
            "write now as 2026-06-30T12:00:00Z",
        ) from None
    engine = DuckDB(dataset)
    engine.rest()
    ((last,),) = engine.rows(
        "SELECT greatest((SELECT max(greatest(start_us, end_us)) FROM runs),"
        " (SELECT max(greatest(request_created_us, response_created_us)) FROM helicone_requests))"
    )
    if last is None:
        raise DatasetError(
            f"dataset {dataset.folder} has no time that its clock could be set by",
            'write {"now": "2026-06-30T12:00:00Z"} into its manifest.json',
        )
    return datetime.fromtimestamp(last // 1_000_000, UTC)
