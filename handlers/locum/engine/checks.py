"""Whether the tables of a dataset, as they are loaded, are what is declared of them.

Few statements ask whether anything is suspicious, for a statement takes as long as thousands of
rows. Only where something is are the rows looked for.
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
from locum.engine import conditions, references, trees
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

    Raises ProviderError for constraints that no statement can be made of.
    """
    loaded = {
        name: Checked(name, declared[name], days * DAY_US)
        for name in load_order(declared)
        if name in dataset.files
    }
    now, found = _now(dataset)
    found += _of_manifest(dataset, rows)
    checks = _Checks(connection, dataset, declared, loaded, tuple(providers), now)
    try:
        return [*found, *checks.findings()]
    except duckdb.Error as error:
        told = f"the constraints of a table: {str(error).splitlines()[0]}"
        raise ProviderError(told, "mend their declaration") from error


def _now(dataset: Dataset) -> tuple[datetime, list[Finding]]:
    """The end of the dataset's time; it is odd where the manifest says what is none."""
    try:
        return dataset.now or _LAST, []
    except ValueError:
        said = dataset.manifest["now"]
        message = f"now is {said!r:.80}, expected a time such as 2026-06-30T12:00:00Z"
        file = dataset.folder / MANIFEST
        return _LAST, [Finding(file, message, "mend now", column="now", is_error=False)]


@frozen
class _Checks:
    connection: duckdb.DuckDBPyConnection
    dataset: Dataset
    declared: Mapping[str, Table]
    loaded: Mapping[str, Checked]
    providers: Sequence[str]
    now: datetime

    def findings(self) -> Iterator[Finding]:
        """Find what is wrong, table by table. What refers to rows that are there twice means
        nothing, and is not looked at."""
        with_keys = self._with_keys()
        checks = {
            name: list(self._of_table(checked, with_keys)) for name, checked in self.loaded.items()
        }
        every = [check for of_table in checks.values() for check in of_table]
        twice = self._are_twice(every)
        missing, items = self._missing(every), self._are_items_broken(every)
        broken: set[str] = set()
        for name, checked in self.loaded.items():
            if not broken.isdisjoint(checked.table.after):
                continue
            asked = self._aggregates(checked, checks[name])
            for check in checks[name]:
                is_suspicious = (
                    (check.distinct and twice)
                    or (check.own in missing and check.target not in broken)
                    or (check.items and items)
                    or asked.get(check.aggregate)
                )
                if is_suspicious and (found := self._found(name, check)):
                    yield found
                    if check.distinct and check.is_error:
                        broken.add(name)
            if name not in broken:
                yield from self._of_tree(checked)

    def _of_table(self, checked: Checked, with_keys: set[str | None]) -> Iterator[Check]:
        is_parquet = self.dataset.files[checked.name].suffix == ".parquet"
        yield from conditions.of_table(checked, self.now, is_parquet=is_parquet)
        for reference in checked.table.constraints.references:
            if reference.table in self.declared:
                target = Checked(reference.table, self.declared[reference.table])
                yield from references.of_reference(checked, reference, target)
        if with_keys and (not checked.provider or with_keys & {checked.provider, None}):
            yield from references.of_tenant(checked, self.loaded[KEYS])
        if checked.name == KEYS:
            is_whole = self.dataset.files.keys() <= self.loaded.keys()
            tables = list(self.loaded.values()) if is_whole else []
            yield from references.of_keys(checked, self.providers, tables)

    def _with_keys(self) -> set[str | None]:
        if KEYS not in self.loaded:
            return set()
        return {provider for (provider,) in self._rows("SELECT provider FROM keys")}

    def _are_twice(self, checks: Sequence[Check]) -> bool:
        """Sorting hashes is as quick as it gets, for few rows and for many."""
        statement = " UNION ALL ".join(check.distinct for check in checks if check.distinct)
        if not statement:
            return False
        found = self.connection.execute(f"SELECT hash FROM ({statement}) every(hash)").fetchnumpy()
        ordered = np.sort(found["hash"])
        return bool((ordered[1:] == ordered[:-1]).any())

    def _missing(self, checks: Sequence[Check]) -> set[str]:
        """Which statements of own values give some that the others do not."""
        own = list(dict.fromkeys(check.own for check in checks if check.own))
        other = dict.fromkeys(check.other for check in checks if check.own)
        if not own:
            return set()
        numbered = (f"SELECT {n}, hash FROM ({each}) every(hash)" for n, each in enumerate(own))
        statement = (
            f"SELECT list_distinct(list(n)) FROM ({' UNION ALL '.join(numbered)}) own(n, hash) "
            f"ANTI JOIN ({' UNION ALL '.join(other)}) other(hash) USING (hash)"
        )
        ((found,),) = self._rows(statement)
        return {own[n] for n in found or ()}

    def _are_items_broken(self, checks: Sequence[Check]) -> bool:
        asked = dict.fromkeys(check.items for check in checks if check.items)
        if not asked:
            return False
        statement = " UNION ALL ".join(asked)
        counted = f"SELECT count(*) FROM ({statement}) every(is_broken) WHERE is_broken"
        ((count,),) = self._rows(counted)
        return bool(count)

    def _aggregates(self, checked: Checked, checks: Sequence[Check]) -> dict[str, Any]:
        asked = list(dict.fromkeys(check.aggregate for check in checks if check.aggregate))
        if not asked:
            return {}
        (values,) = self._rows(f"SELECT {', '.join(asked)} FROM {checked.relation}")
        return dict(zip(asked, values, strict=True))

    def _of_tree(self, checked: Checked) -> Iterator[Finding]:
        tree = checked.table.constraints.tree
        if tree is not None:
            for each in trees.broken(self.connection, checked, tree):
                if each.rows:
                    yield self._in_tree(checked, each)

    def _rows(self, statement: str) -> list[Any]:
        return self.connection.execute(statement).fetchall()

    def _found(self, table: str, check: Check) -> Finding | None:
        every = f"SELECT *, count(*) OVER () AS count FROM ({check.rows})"
        rows = self._rows(f"{every} ORDER BY row LIMIT {_SHOWN}")
        if not rows:
            return None
        numbers = [row for row, *_ in rows if row > 0]
        file = self.dataset.files[table]
        return _finding(file, check.column, rows[0][1], numbers, check, rows[0][2])

    def _in_tree(self, checked: Checked, broken: Broken) -> Finding:
        file = self.dataset.files[checked.name]
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
    places = place_of(file, rows)
    said = "null" if found is None else f"{found!r:.80}"
    return Finding(
        file,
        f"{column} is {said}, expected {broken.expected}",
        broken.fix,
        places[0] if places else None,
        column,
        count,
        tuple(places[1:]),
        is_error=broken.is_error,
    )
