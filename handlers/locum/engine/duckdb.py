"""The engine holds a dataset's tables and runs statements over them: DuckDB, in memory.

Statements are SQL texts with named parameters (`$name`); a value never becomes part of a text.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

# DuckDB itself; its Python package puts a builder of statements and more around it, which takes
# three megabytes and longer to import than DuckDB.
import _duckdb as duckdb

from locum.datasets.dataset import Dataset
from locum.datasets.findings import refusal, refuse
from locum.engine import reading, tables
from locum.engine.parquet import Schema
from locum.engine.tables import Derived, Table, quoted
from locum.exceptions import ProviderError

Connection = duckdb.DuckDBPyConnection
# What looks at the tables when they are loaded, with the numbers of rows of their files, and raises
# DatasetError where they are not right.
Inspect = Callable[[Connection, Mapping[str, int]], None]

Result = duckdb.DuckDBPyConnection  # a cursor with the result in it
Interrupted = duckdb.InterruptException

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
SMALL_BYTES = 4 * 2**20

_CHECKPOINT = "FORCE CHECKPOINT dataset"
# As seen on two processors, every fifth checkpoint ran on one thread of two, and none of many did
# with a third: the thread that it is taken up by seems to wait for the others.
_CHECKPOINT_OF_MANY = (
    "SET threads = current_setting('threads') + 1",
    _CHECKPOINT,
    "RESET threads",
)

# How often groups of rows of a table are put together when what is written is compressed. By
# default that is done whenever some rows have come, and compresses up to 122,880 again each time.
_PUT_TOGETHER = "SET max_vacuum_tasks = "

_PARSED_STATEMENTS = 128  # that are kept: those of so many characters
_LONGEST_PARSED = 4000


_COMPRESSED_BY = 8  # in a Parquet file, about


def _kilobytes(file: Path) -> int:
    """Return how much is in the file."""
    return file.stat().st_size * (_COMPRESSED_BY if file.suffix == ".parquet" else 1) // 1000


def _state(file: Path) -> tuple[int, int, int] | None:
    """Return what is another wherever the file is, None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


class _Cursor(threading.local):
    """Each thread's own cursor, in the dataset: it does not inherit that from its connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.own = connection.cursor()
        self.own.execute("USE dataset")


class Engine:
    """A dataset in an in-memory DuckDB. Any number of threads may ask at once.

    It `is_small` if its tables hold no more than one thread reads at once. Its `size` is the number
    of rows in the largest of the declared tables, or, where rows are long, that of kilobytes.
    """

    def __init__(
        self,
        dataset: Dataset,
        declared: Mapping[str, Table],
        derived: Sequence[Derived] = (),
        days: int = 0,
        inspect: Inspect | None = None,
    ) -> None:
        """Load the declared tables, their times so many days later, have them inspected, and make
        the derived ones.

        Raises DatasetError naming the file, row and value at fault, and ProviderError for a table
        that cannot be made whatever the rows are.
        """
        self.dataset, self.days = dataset, days
        self._loaded = {name: _state(file) for name, file in dataset.files.items()}
        size = sum(file.stat().st_size for file in dataset.files.values())
        self.is_small = size < SMALL_BYTES
        config: dict[str, Any] = {"threads": 1} if self.is_small else {}
        self._connection = duckdb.connect(":memory:", config=config)
        for statement in _SETTINGS:
            self._connection.execute(statement)
        if self.is_small:
            self._connection.execute(_GIVE_BACK)
        schemas = self._look(declared)
        for name in tables.load_order(declared):
            present = schemas[name].present if name in schemas else ()
            self._load(name, declared[name], days, present)
        sizes = "SELECT coalesce(max(estimated_size), 0) FROM duckdb_tables()"
        ((most_rows,),) = self._connection.execute(sizes).fetchall()
        self.size = max(most_rows, sum(map(_kilobytes, dataset.files.values())))
        if inspect is not None:
            inspect(self._connection, {name: schema.rows for name, schema in schemas.items()})
        checkpoint = (_CHECKPOINT,) if self.is_small else _CHECKPOINT_OF_MANY
        started = [each for each in derived if not each.lazy]
        dropped = [f"DROP TABLE {quoted(each.name)}" for each in started if each.temporary]
        for each in started:
            self._derive(each)
        for statement in (*dropped, *checkpoint):
            self._connection.execute(statement)
        self.declared, self.derived = declared, derived
        self._lazy: dict[str, Derived | None] = {each.name: each for each in derived if each.lazy}
        self._making = threading.RLock()
        self._has_grown = False
        self._cursor = _Cursor(self._connection)
        self._parse = lru_cache(maxsize=_PARSED_STATEMENTS)(self._connection.extract_statements)

    def _look(self, declared: Mapping[str, Table]) -> dict[str, Schema]:
        schemas = {
            name: reading.schema(self._connection, file, name, declared[name])
            for name, file in self.dataset.files.items()
            if name in declared
        }
        refuse(fault for schema in schemas.values() for fault in schema.faults)
        return schemas

    def _load(self, name: str, table: Table, days: int, present: Sequence[str]) -> None:
        file = self.dataset.files.get(name)
        try:
            self._connection.execute(*tables.load(name, table, file, days, present))
        except duckdb.Error as error:
            if file is not None:
                raise refusal(reading.unread(file, name, table, present, error)) from None
            first = str(error).splitlines()[0]
            raise ProviderError(f"the table {name}: {first}", "mend its declaration") from error

    def _derive(self, table: Derived) -> None:
        try:
            self._connection.execute(table.create)
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise ProviderError(
                f"the derived table {table.name}: {first}", "mend its statement"
            ) from error

    def has_as_it_is(self, table: str) -> bool:
        """Return whether the table's file is what was loaded, and its times are served as they are
        in it."""
        loaded = self._loaded[table]
        return not self.days and loaded == _state(self.dataset.files[table]) and loaded is not None

    def release_memory(self) -> None:
        """Give back what loading needed: for when nothing more is to be loaded. The threads that
        loaded hold on to ten megabytes each; new ones hold nothing."""
        if not self.is_small:
            self._connection.execute(_GIVE_BACK)
            self._connection.execute("SET threads = 1")
            self._connection.execute("RESET threads")

    def interrupter(self) -> Callable[[], None]:
        """Return what interrupts the statement that this thread runs: that raises Interrupted."""
        interrupt: Callable[[], None] = self._cursor.own.interrupt
        return interrupt

    def is_made(self, name: str) -> bool:
        """Return whether the lazy table of that name is there.

        Raises LookupError where no derived table of that name is lazy.
        """
        return self._lazy[name] is None

    def execute(self, statement: str, parameters: Mapping[str, Any]) -> Result:
        """Run the statement on this thread's cursor, and return that with the result in it."""
        return self._cursor.own.execute(self.parsed(statement), parameters)

    def parsed(self, statement: str) -> Any:
        """Return the statement as any cursor may execute it; short ones are parsed once."""
        is_short = len(statement) <= _LONGEST_PARSED
        parse = self._parse if is_short else self._connection.extract_statements
        (parsed,) = parse(statement)
        return parsed

    def make(self, name: str) -> None:
        """Make the lazy table of that name, and before it those that it needs, unless it is there.

        Raises LookupError where no derived table of that name is lazy.
        """
        with self._making:
            table = self._lazy[name]
            if table is None:
                return
            for needed in table.needs:
                self.make(needed)
            self._connection.cursor().execute("USE dataset").execute(table.create)
            self._lazy[name] = None

    def made(self) -> list[str]:
        """Return the names of the lazy tables that are there."""
        return [name for name, table in self._lazy.items() if table is None]

    def attach(self, name: str) -> None:
        """Make a database beside the dataset, for what is written to it."""
        self._connection.cursor().execute(f"ATTACH ':memory:' AS {name} (COMPRESS)")

    def detach(self, name: str) -> None:
        """Forget that database, and give back what it takes."""
        self._connection.cursor().execute(f"DETACH {name}")

    def compress(self, name: str, *, puts_together: bool) -> None:
        """Compress what came to that database since the last time, and put some groups of rows
        together where that is wanted, which leaves those out that have gone from them. One at a
        time. Raises duckdb.TransactionException while somebody writes."""
        cursor = self._connection.cursor()
        cursor.execute(_PUT_TOGETHER + str(int(puts_together)))
        cursor.execute(f"CHECKPOINT {name}")

    def cursor_over(self, name: str) -> Connection:
        """Return a cursor that sees the tables of that database, and of the dataset those that are
        not in it."""
        cursor = self._connection.cursor()
        cursor.execute(f"SET search_path = '{name},dataset'")
        return cursor

    def use_all_processors(self) -> None:
        """Have statements use all processors from now on: there are more rows than one thread
        reads at once."""
        if self.is_small and not self._has_grown:
            self._has_grown = True  # it is not done again: all that runs is waited for
            self._connection.execute(f"SET threads = {os.cpu_count() or 1}")
