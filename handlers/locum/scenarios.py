"""Scenarios: the datasets that are served by one process, in memory. Each request is about one of
them: that which `Prefer: scenario=NAME` names, else the first that the server was started with.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from locum.datasets import dataset as datasets
from locum.datasets import own_tables
from locum.datasets.columns import KEYS, TIME
from locum.datasets.dataset import FIXED, LIVE, Dataset
from locum.datasets.findings import Finding, refuse, warnings
from locum.datasets.jsonl import read_rows
from locum.datasets.keys import AUTO, STRICT, Keyring
from locum.engine import checks
from locum.engine.data import Data
from locum.engine.duckdb import Connection, Engine
from locum.engine.tables import KEYS_TABLE, Table, microseconds, of_folder, quoted
from locum.exceptions import DatasetError, UnknownScenario
from locum.provider import Provider
from locum.provider_code import called
from locum.resources import bundled

log = logging.getLogger("locum")

MOST_SHIFTED = 8  # copies of datasets at a day of their own


@frozen(eq=False)
class Scenario:
    """A dataset as it is served: its data, and the keys of each provider by name.

    Its times lie `days` after those of the dataset's files. `doubts` are what is odd about it, and
    `own` the engine's names of the tables that its folder declares.
    """

    data: Data
    keyrings: Mapping[str, Keyring]
    days: int
    doubts: tuple[Finding, ...] = ()
    own: tuple[str, ...] = ()


def today() -> int:
    """Return the number of the current day in UTC; that of 0001-01-01 is 1."""
    return datetime.now(UTC).toordinal()


class Scenarios:
    """The chosen datasets, and every bundled one unless they are `alone`, loaded when it is first
    asked for.

    `find` returns the dataset of a name. With the clock LIVE, times are shifted by whole days so
    that the dataset's `now` is on the current day; when a day has gone by, the dataset is loaded
    again. Each is checked when it is loaded, unless they are `unchecked`. Any number of threads may
    ask.
    """

    def __init__(
        self,
        chosen: Sequence[Dataset],
        providers: Sequence[Provider],
        find: Callable[[str], Dataset],
        *,
        auth: str = AUTO,
        clock: str = FIXED,
        unchecked: bool = False,
        alone: bool = False,
        day: Callable[[], int] = today,
    ) -> None:
        self.providers, self.auth, self.clock = tuple(providers), auth, clock
        self._unchecked, self._has_started = unchecked, False
        self._find, self._day = find, day
        self._bundled = () if alone else tuple(datasets.names())
        # A table that one of the chosen folders declares is empty in every other dataset.
        self._tables = {
            **{name: table for each in chosen for name, table in of_folder(each.own).items()},
            KEYS: KEYS_TABLE,
            **{name: table for provider in providers for name, table in provider.tables.items()},
        }
        self.first = chosen[0].name
        self._datasets: dict[str, Dataset] = {}
        for dataset in chosen:
            other = self._datasets.setdefault(dataset.name, dataset)
            if other.folder != dataset.folder:
                raise DatasetError(
                    f"{other.folder} and {dataset.folder} are both the scenario {dataset.name}",
                    "name one otherwise, as --data NAME=DIR does, or leave one out",
                )
        self._loaded: dict[str, tuple[int, Scenario]] = {}
        self._at: dict[tuple[str, int], Scenario] = {}  # the oldest first
        self.loading: list[str] = []  # those that somebody waits for
        self._lock = threading.Lock()

    def _today(self) -> int:
        return 0 if self.clock == FIXED else self._day()

    @property
    def chosen(self) -> list[Dataset]:
        """The datasets that the server was started with."""
        return list(self._datasets.values())

    @property
    def loaded(self) -> list[Scenario]:
        """Those that are loaded, in the order in which they were."""
        return [scenario for _, scenario in self._loaded.values()]

    def described(self) -> list[tuple[str, str]]:
        """Return the name of each dataset that a request may be about, and what it says of itself,
        '' where it says nothing."""
        manifests = (
            self._datasets[name].manifest
            if name in self._datasets
            else datasets.manifest(bundled("fixtures") / name)
            for name in self.names
        )
        return [
            (n, str(m.get("description", ""))) for n, m in zip(self.names, manifests, strict=True)
        ]

    def ready(self, name: str | None, day: int | None = None) -> Scenario | None:
        """Return the scenario (the first one, for None), if it is loaded and its times are right:
        those of that day, else those of the clock."""
        name = name or self.first
        if day is not None:
            return self._at.get((name, day))
        its_day, scenario = self._loaded.get(name, (0, None))
        return scenario if its_day == self._today() else None

    def load(self, name: str, day: int | None = None) -> Scenario:
        """Return the scenario, loaded now if it must be, which may take seconds. With a day its
        `now` is on that day; all who ask for the same share it, and the last MOST_SHIFTED are kept.

        Raises UnknownScenario for a name that is neither chosen nor bundled, and DatasetError for a
        dataset that cannot be loaded.
        """
        self.loading.append(name)
        try:
            with self._lock:
                scenario = self.ready(name, day)
                if scenario is None:
                    today = self._today() if day is None else day
                    dataset = self._dataset(name)
                    days = 0
                    if day is not None or self.clock == LIVE:
                        days = self._days(dataset, today)
                    scenario = self._load_or_mend(dataset, days)
                    if self._has_started and name not in self._loaded:
                        for line in warnings(scenario.doubts):
                            log.warning("%s", line)
                    if day is None:
                        self._loaded[name] = (today, scenario)
                    else:
                        self._at[name, day] = scenario
                        while len(self._at) > MOST_SHIFTED:
                            del self._at[next(iter(self._at))]
                return scenario
        finally:
            self.loading.remove(name)

    def load_chosen(self) -> None:
        """Load every dataset that was chosen. The doubts of any other go to the log."""
        for name in self._datasets:
            self.load(name)
        self._has_started = True

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the chosen datasets, the first one first, and of the bundled ones."""
        return tuple(dict.fromkeys([*self._datasets, *self._bundled]))

    def check(self, name: str) -> None:
        """Raise UnknownScenario for a name that is neither chosen nor bundled."""
        if name not in self._datasets and name not in self._bundled:
            raise UnknownScenario(name, self.names)

    def _dataset(self, name: str) -> Dataset:
        self.check(name)
        return self._datasets.get(name) or self._find(name)

    def _days(self, dataset: Dataset, today: int) -> int:
        """By how many days the times are shifted; 0 where there is no column of times."""
        counted = [p.tables[name].columns for p in self.providers for name in p.counted]
        own = [table.columns for table in dataset.own.values()]
        if not any(TIME in columns.values() for columns in (*counted, *own)):
            return 0
        return today - _day_of(latest_time(dataset, self.providers))

    def _load_or_mend(self, dataset: Dataset, days: int) -> Scenario:
        """Load a dataset; make it again, once, where it was generated and is not as it was then."""
        if dataset.make_again is None:
            return self._load(dataset, days)
        try:
            scenario = self._load(dataset, days)
            own = (d for d in scenario.doubts if d.file.is_relative_to(dataset.folder))
            damage: object = next(own, None)
        except DatasetError as error:
            damage = error
        if damage is None:
            return scenario
        log.warning("%s is made again, because it is damaged: %s", dataset.folder, damage)
        return self._load(dataset.make_again(), days)

    def _load(self, dataset: Dataset, days: int) -> Scenario:
        derived = [table for provider in self.providers for table in provider.derived]
        doubts = [each for each in dataset.findings if not each.is_error]
        names = {each.name for each in self.providers} | own_tables.folders(dataset.tables)
        tables = {**self._tables, **of_folder(dataset.own)}
        doubts += _unserved(dataset, tables)

        def check(connection: Connection, rows: Mapping[str, int]) -> None:
            found = checks.findings(connection, dataset, tables, rows, sorted(names), days)
            refuse(found)
            doubts.extend(found)

        engine = Engine(dataset, tables, derived, days, None if self._unchecked else check)
        data = Data(engine)
        for provider in self.providers:
            if provider.prepare is not None:
                with called(f"{provider.name} cannot prepare {dataset.folder}"):
                    data.once(provider.prepare)
        engine.release_memory()
        # Rows of a provider's tables belong to tenants, which no digest would be one of.
        keyrings = {
            p.name: Keyring.of(key_rows(data, p), self.auth, has_worlds=not p.tables, owner=p.owner)
            for p in self.providers
        }
        doubts += [
            Finding(
                dataset.folder / f"{KEYS}.jsonl",
                f"has no key of {name}: with --auth {STRICT} nobody is let in",
                f"write a row with a key, or serve without --auth {STRICT}",
                is_error=False,
            )
            for name, keyring in keyrings.items()
            if keyring.mode == STRICT and not keyring.entries
        ]
        own = tuple(table.name(name) for name, table in of_folder(dataset.own).items())
        return Scenario(data, keyrings, days, tuple(doubts), own)


def _unserved(dataset: Dataset, tables: Collection[str]) -> Iterator[Finding]:
    """Find the files of a folder whose provider is not served. A bundled dataset has all."""
    if not dataset.is_bundled:
        for table, file in dataset.files.items():
            if table not in tables:
                whose = table.partition("/")[0]
                message = f"is a table of {whose}, which is not served: it is not read"
                fix = f"serve {whose} too, or move it away"
                yield Finding(file, message, fix, is_error=False)


def key_rows(data: Data, provider: Provider) -> list[tuple[str, str, str]]:
    """Return (key, tenant id, access) of the provider's keys in the dataset's order; where it has
    none, those of the provider's own data. A key that names no provider is every provider's."""
    statement = (
        "SELECT key, tenant_id, access FROM keys "
        "WHERE provider = $name OR provider IS NULL ORDER BY row"
    )
    rows: list[tuple[str, str, str]] = data.rows(statement, name=provider.name)
    for number, (key, _, _) in enumerate(rows, 1):
        if key is None:
            raise _no_key(f"{data.name}: key {number} of {provider.name} in its table {KEYS}")
    if rows or provider.data is None:
        return rows
    file = provider.data / f"{KEYS}.jsonl"
    if not file.is_file():
        return []
    own: list[dict[str, Any]] = list(read_rows(file, KEYS, KEYS_TABLE.columns))
    for number, row in enumerate(own, 1):
        if row.get("key") is None:
            raise _no_key(f"{file}: row {number}")
    return [
        (row["key"], str(row.get("tenant_id") or "").lower(), row.get("access") or "rw")
        for row in own
        if (row.get("provider") or provider.name) == provider.name
    ]


def _no_key(where: str) -> DatasetError:
    return DatasetError(f"{where} has no key", "write its key, or leave the row out")


def latest_time(dataset: Dataset, providers: Iterable[Provider]) -> datetime:
    """Return the dataset's `now`, as its manifest says, else the latest time in the tables that
    the providers count (`Provider.counted`) and those that its folder declares.

    Raises DatasetError where there is neither.
    """
    try:
        if dataset.now is not None:
            return dataset.now
    except ValueError:
        said = dataset.manifest["now"]
        raise DatasetError(
            f"{dataset.folder / datasets.MANIFEST}: now is {said!r:.80}, not a time",
            "write now as 2026-06-30T12:00:00Z",
        ) from None
    tables = {name: Table(p.tables[name].columns) for p in providers for name in p.counted}
    tables |= {name: Table(table.columns) for name, table in dataset.own.items()}
    data = Data(Engine(dataset, tables))
    latest = [
        f"SELECT max({quoted(microseconds(column))}) AS last FROM {quoted(table.name(name))}"
        for name, table in tables.items()
        for column, kind in table.columns.items()
        if kind == TIME
    ]
    ((last,),) = data.rows(f"SELECT max(last) FROM ({' UNION ALL '.join(latest)})")
    if last is None:
        raise DatasetError(
            f"dataset {dataset.folder} has no time that its clock could be set by",
            'write {"now": "2026-06-30T12:00:00Z"} into its manifest.json',
        )
    return datetime.fromtimestamp(last // 1_000_000, UTC)


def _day_of(time: datetime) -> int:
    return time.astimezone(UTC).toordinal()
