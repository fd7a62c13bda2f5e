"""Whether the tables of a dataset, as they are loaded, are what is declared of them.

All that is counted of a table is counted by one statement, and only where something is broken are
the rows looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import _duckdb as duckdb
import numpy as np
from attrs import frozen

from locum.datasets.columns import KEYS
from locum.datasets.dataset import MANIFEST, Dataset
from locum.datasets.findings import Finding
from locum.engine import conditions, trees
from locum.engine.conditions import Check, Checked
from locum.engine.reading import place_of
from locum.engine.tables import DAY_US, Table, load_order
from locum.engine.trees import Broken
from locum.exceptions import ProviderError

_SHOWN = 4  # rows with the same fault
_LAST = datetime(2200, 1, 1, tzinfo=UTC)  # of the times that are not odd, where no now is known
_MEND_MANIFEST = "make the dataset again, or delete its manifest.json"


def findings(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    declared: Mapping[str, Table],
    rows: Mapping[str, int],
    providers: Collection[str],
    days: int = 0,
) -> list[Finding]:
    """Find what is wrong or odd in the tables of the dataset, whose times are so many days later
    than in its files. `rows` are how many each file has, `providers` those that keys may be for.
    """
    loaded = {
        name: Checked(name, declared[name], days * DAY_US)
        for name in load_order(declared)
        if name in dataset.files
    }
    now, found = _now(dataset)
    found += _of_manifest(dataset, rows)
    with_keys: set[str] = set()
    if KEYS in loaded:
        keys = connection.execute(f"SELECT provider FROM {loaded[KEYS].relation}").fetchall()
        with_keys = {provider for (provider,) in keys}
    checks = _Checks(connection, dataset, declared, loaded, tuple(providers), with_keys, now)
    broken: set[str] = set()  # tables with an id twice: what refers to them is no use to look at
    for name, checked in loaded.items():
        if broken.isdisjoint(checked.table.after):
            found += checks.of_table(checked, broken)
    return found


def _now(dataset: Dataset) -> tuple[datetime, list[Finding]]:
    """The end of the dataset's time; it is odd where the manifest says what is none."""
    now = dataset.manifest.get("now")
    if now is None:
        return _LAST, []
    try:
        read = datetime.fromisoformat(now)
    except (TypeError, ValueError):
        message = f"now is {now!r:.80}, expected a time such as 2026-06-30T12:00:00Z"
        file = dataset.folder / MANIFEST
        return _LAST, [Finding(file, message, "mend now", column="now", is_error=False)]
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC), []


@frozen
class _Checks:
    connection: duckdb.DuckDBPyConnection
    dataset: Dataset
    declared: Mapping[str, Table]
    loaded: Mapping[str, Checked]
    providers: Sequence[str]
    with_keys: Collection[str]
    now: datetime

    def of_table(self, checked: Checked, broken: set[str]) -> Iterator[Finding]:
        """Find what is wrong in a table; it is `broken` where it has an id twice."""
        yield from self._twice(checked, broken)
        file = self.dataset.files[checked.name]
        is_parquet = file.suffix == ".parquet"
        checks = list(conditions.of_table(checked, self.now, is_parquet=is_parquet))
        for reference in checked.table.constraints.references:
            if reference.table in self.declared and reference.table not in broken:
                target = Checked(reference.table, self.declared[reference.table])
                checks += conditions.of_reference(checked, reference, target)
        if checked.provider in self.with_keys:
            checks += conditions.of_tenant(checked, self.loaded[KEYS])
        if checked.name == KEYS:
            is_whole = self.dataset.files.keys() <= self.loaded.keys()
            tables = list(self.loaded.values()) if is_whole else []
            checks += conditions.of_keys(checked, self.providers, tables)
        for check in self._suspicious(checked, checks):
            yield from self._found(file, check)
        if checked.table.constraints.tree is not None and checked.name not in broken:
            for each in trees.broken(self.connection, checked, checked.table.constraints.tree):
                if each.rows:
                    yield self._in_tree(file, checked, each)

    def _twice(self, checked: Checked, broken: set[str]) -> Iterator[Finding]:
        """Find rows that are there twice. Sorting their hashes is as quick as it gets, for few rows
        and for many."""
        groups = list(conditions.unique(checked))
        if not groups:
            return
        hashes = ", ".join(f"{hash_} AS h{place}" for place, (hash_, _) in enumerate(groups))
        statement = f"SELECT {hashes} FROM {checked.relation}"
        values = self.connection.execute(statement).fetchnumpy()
        for place, (_, check) in enumerate(groups):
            ordered = np.sort(values[f"h{place}"])
            if (ordered[1:] == ordered[:-1]).any():
                found = list(self._found(self.dataset.files[checked.name], check))
                yield from found
                if found and check.is_error:
                    broken.add(checked.name)

    def _suspicious(self, checked: Checked, checks: Sequence[Check]) -> Iterator[Check]:
        """Give the checks that some row may break."""
        asked = {check.suspicion: False for check in checks}
        aggregates = [each for each in asked if not each.startswith("SELECT ")]
        statements = [each for each in asked if each not in aggregates]
        if aggregates:
            statement = f"SELECT {', '.join(aggregates)} FROM {checked.relation}"
            (values,) = self._rows(checked.name, statement)
            asked |= dict(zip(aggregates, values, strict=True))
        for statement in statements:
            ((asked[statement],),) = self._rows(checked.name, statement)
        yield from (check for check in checks if asked[check.suspicion])

    def _rows(self, table: str, statement: str) -> list[Any]:
        try:
            return self.connection.execute(statement).fetchall()
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            told = f"the constraints of the table {table}: {first}"
            raise ProviderError(told, "mend their declaration") from error

    def _found(self, file: Path, check: Check) -> Iterator[Finding]:
        every = f"SELECT *, count(*) OVER () AS count FROM ({check.rows})"
        rows = self._rows(check.column, f"{every} ORDER BY row LIMIT {_SHOWN}")
        if rows:
            numbers = [row for row, *_ in rows if row > 0]
            yield _finding(file, check.column, rows[0][1], numbers, check, rows[0][2])

    def _in_tree(self, file: Path, checked: Checked, broken: Broken) -> Finding:
        statement = checked.where(broken.column, f"{checked.table.row} = {broken.rows[0]}")
        ((_, found),) = self.connection.execute(statement).fetchall()
        shown = broken.rows[:_SHOWN]
        return _finding(file, broken.column, found, shown, broken, len(broken.rows))


def _of_manifest(dataset: Dataset, rows: Mapping[str, int]) -> Iterator[Finding]:
    """Find where the manifest tells other numbers of rows than the tables that were read have; a
    table that has no file has none."""
    told = dataset.manifest.get("rows")
    file = dataset.folder / MANIFEST
    if told is None:
        return
    if not isinstance(told, dict):
        message = f"rows is {told!r:.80}, expected an object: a number for each table"
        yield Finding(file, message, _MEND_MANIFEST, column="rows", is_error=False)
        return
    for table in {**told, **rows}:
        expected, found = told.get(table, 0), rows.get(table, 0)
        own = dataset.files.get(table)
        is_elsewhere = own is not None and not own.is_relative_to(dataset.folder)
        if expected != found and (table in rows or own is None) and not is_elsewhere:
            told_rows = f"{expected:,}" if isinstance(expected, int) else f"{expected!r:.80}"
            message = f"rows of {table} are {told_rows}, found {found:,} in its file"
            if own is None:
                message = f"rows of {table} are {told_rows}, found no file"
            yield Finding(file, message, _MEND_MANIFEST, column="rows", is_error=False)


def _finding(
    file: Path, column: str, found: object, rows: Sequence[int], broken: Check | Broken, count: int
) -> Finding:
    first, *also = place_of(file, rows) or [None]
    said = "null" if found is None else f"{found!r:.80}"
    return Finding(
        file,
        f"{column} is {said}, expected {broken.expected}",
        broken.fix,
        first,
        column,
        count,
        tuple(also),
        is_error=broken.is_error,
    )
