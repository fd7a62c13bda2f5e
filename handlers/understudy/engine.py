"""The engine holds a dataset's tables and runs statements over them: DuckDB, in memory.

Statements are SQL texts with named parameters (`$name`); a value never becomes part of a text.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import duckdb

from understudy import datasets, tables
from understudy.exceptions import DatasetError

Value = str | int | float | bool | list[int] | list[str] | None


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


# A compressed database (compressed at its checkpoint) takes a quarter of the memory, and is scanned
# faster. What loading frees goes back to the system at once, not when 512 MB of it have gathered.
_SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET allocator_bulk_deallocation_flush_threshold = '1MB'",
    "SET allocator_background_threads = true",
    "ATTACH ':memory:' AS dataset (COMPRESS)",
    "USE dataset",
)


_KEPT = 512  # statements, parsed


class _Cursor(threading.local):
    """Each thread's own cursor, in the dataset: it does not inherit that from its connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.own = connection.cursor()
        self.own.execute("USE dataset")


class DuckDB:
    """A dataset in an in-memory DuckDB. Any number of threads may call `rows` at once."""

    def __init__(self, dataset: datasets.Dataset) -> None:
        """Load every table. Raises DatasetError naming the file, row and value at fault."""
        self.dataset = dataset
        self._connection = duckdb.connect(":memory:")
        for statement in _SETTINGS:
            self._connection.execute(statement)
        for name in datasets.TABLES:
            file = dataset.files.get(name)
            if file is not None and file.suffix == ".jsonl":
                for _ in datasets.read_rows(file, name):
                    pass  # reading a row checks it
            try:
                self._connection.execute(*tables.load(name, file))
            except duckdb.Error as error:
                first = str(error).splitlines()[0]
                raise DatasetError(
                    f"{file}: {first}", f"see {name} in the data dictionary, fixtures/README.md"
                ) from None
        for statement in tables.DERIVED:
            self._connection.execute(statement)
        self._connection.execute("FORCE CHECKPOINT dataset")
        self._deferred = list(tables.DEFERRED.values())
        self._deriving = threading.Lock()
        self._cursor = _Cursor(self._connection)
        self._parsed = lru_cache(maxsize=_KEPT)(self._connection.extract_statements)

    def rows(self, statement: str, parameters: Mapping[str, Value] | None = None) -> list[Any]:
        """The statement's rows, as tuples. Makes the deferred tables first where it needs one."""
        if any(table in statement for table in tables.DEFERRED):
            with self._deriving:
                while self._deferred:
                    self._run(self._deferred.pop(0), {})
        return self._run(statement, dict(parameters or {}))

    def _run(self, statement: str, parameters: dict[str, Value]) -> list[Any]:
        (parsed,) = self._parsed(statement)
        return self._cursor.own.execute(parsed, parameters).fetchall()


def quantiles(column: str) -> str:
    """SQL: the [p50, p99] of the column, interpolated linearly at q·(n-1); NULL where it has none.

    Of integers, an exact value is a multiple of 1/100: round to hundredths to be rid of the
    engine's floating-point error.
    """
    return f"quantile_cont({column}, [0.5, 0.99])"


def distinct(column: str) -> str:
    """SQL: how many values the column has, NULL left out.

    count(DISTINCT …) says the same, and beside other aggregates takes DuckDB 4 ms longer.
    """
    return f"len(list_distinct(list({column})))"
