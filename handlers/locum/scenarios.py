"""Scenarios: the datasets that are served by one process. Each request is about one of them: that
which `Prefer: scenario=NAME` names, else the first that the server was started with.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count

from attrs import frozen
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locum.datasets import dataset as datasets
from locum.datasets.dataset import Dataset
from locum.engine.duckdb import DuckDB, last_time
from locum.exceptions import DatasetError, UnknownScenario
from locum.http.keys import KEYRINGS, STRICT, Keyring
from locum.http.preferences import preferences
from locum.langsmith.run_statistics import prepare

SCENARIO = "locum.scenario"  # where a request's ASGI scope has it
FIXED, LIVE = CLOCKS = ("fixed", "live")
_VERSIONS = count()


@frozen(eq=False)
class Scenario:
    """A dataset as it is served: its engine, and its keys by provider.

    Its times lie `days` after those of the dataset's files. `version` is another one wherever rows
    or times are others.
    """

    engine: DuckDB
    keyrings: Mapping[str, Keyring]
    days: int
    version: int

    @classmethod
    def of(cls, engine: DuckDB, auth: str = STRICT, days: int = 0) -> Scenario:
        """The scenario of an engine, its keys used in the given mode."""
        rows = engine.rows("SELECT key, provider, tenant_id FROM keys ORDER BY row")
        keyrings = {
            provider: Keyring.of(provider, rows, auth) for provider in ("langsmith", "helicone")
        }
        return cls(engine, keyrings, days, next(_VERSIONS))


def today() -> int:
    """The number of the current day in UTC; that of 0001-01-01 is 1."""
    return datetime.now(UTC).toordinal()


class Scenarios:
    """The chosen datasets, and every bundled one, loaded when it is first asked for.

    With the clock LIVE, times are shifted by whole days so that the dataset's `now` is on the
    current day; when a day has gone by, the dataset is loaded again. Any number of threads may ask.
    """

    def __init__(
        self,
        chosen: Sequence[Dataset],
        auth: str = STRICT,
        clock: str = FIXED,
        day: Callable[[], int] = today,
    ) -> None:
        self.auth, self.clock, self._day = auth, clock, day
        self.first = chosen[0].name
        self._datasets: dict[str, Dataset] = {}
        for dataset in chosen:
            other = self._datasets.setdefault(dataset.name, dataset)
            if other.folder != dataset.folder:
                raise DatasetError(
                    f"{other.folder} and {dataset.folder} are both the scenario {dataset.name}",
                    "rename one of the folders, or leave one out",
                )
        self._loaded: dict[str, tuple[int, Scenario]] = {}
        self._loading = threading.Lock()

    def version(self) -> int:
        """Another number whenever the same request may have another answer."""
        return 0 if self.clock == FIXED else self._day()

    @property
    def loaded(self) -> list[Scenario]:
        """Those that are loaded, in the order in which they were."""
        return [scenario for _, scenario in self._loaded.values()]

    def ready(self, name: str) -> Scenario | None:
        """The scenario, if it is loaded and its times are right."""
        day, scenario = self._loaded.get(name, (0, None))
        return scenario if day == self.version() else None

    def load(self, name: str) -> Scenario:
        """The scenario, loaded now if it must be, which may take seconds.

        Raises UnknownScenario for a name that is neither chosen nor bundled, and DatasetError for a
        dataset that cannot be loaded.
        """
        with self._loading:
            scenario = self.ready(name)
            if scenario is None:
                day = self.version()
                dataset = self._dataset(name)
                days = 0 if self.clock == FIXED else day - _day_of(last_time(dataset))
                engine = DuckDB(dataset, days)
                prepare(engine)
                engine.rest()
                scenario = Scenario.of(engine, self.auth, days)
                self._loaded[name] = (day, scenario)
            return scenario

    def load_chosen(self) -> None:
        """Load every dataset that was chosen."""
        for name in self._datasets:
            self.load(name)

    def _dataset(self, name: str) -> Dataset:
        if name in self._datasets:
            return self._datasets[name]
        if name in datasets.names():
            return datasets.find(name)
        raise UnknownScenario(name, tuple(dict.fromkeys([*self._datasets, *datasets.names()])))


def _day_of(time: datetime) -> int:
    return time.astimezone(UTC).toordinal()


class Choice:
    """The ASGI middleware that gives each request its scenario, and says so where it was asked for
    one (RFC 7240, section 3)."""

    def __init__(self, app: ASGIApp, scenarios: Scenarios) -> None:
        self.app, self.scenarios = app, scenarios

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises UnknownScenario."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = _asked(scope)
        name = asked or self.scenarios.first
        scenario = self.scenarios.ready(name)
        if scenario is None:
            scenario = await run_in_threadpool(self.scenarios.load, name)
        scope = {**scope, SCENARIO: scenario, KEYRINGS: scenario.keyrings}

        async def applied(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (b"preference-applied", f"scenario={_word(name)}".encode())
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        await self.app(scope, receive, applied if asked else send)


def _asked(scope: Scope) -> str | None:
    """The scenario that the request asks for."""
    for name, value in scope["headers"]:
        if name == b"prefer":
            found = preferences(value.decode(errors="replace")).get("scenario")
            if found is not None:
                return found
    return None


def _word(name: str) -> str:
    """The name as it stands in a header."""
    quoted = re.sub(r'(["\\])', r"\\\1", name)
    return name if re.fullmatch(r"[\w.-]+", name, re.ASCII) else f'"{quoted}"'
