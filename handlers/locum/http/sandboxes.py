"""Sandboxes: each is a world of one's own, with settings, a rate limit and a journal that no other
request sees. What no sandbox holds is the server's own.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import attrs
from attrs import define, field

from locum.engine.data import Data
from locum.engine.layer import MOST_BYTES, MOST_ROWS, Layer, Record
from locum.engine.room import Room
from locum.exceptions import Overloaded
from locum.generate.pool import Pool
from locum.http.journal import Entry, Journal, journal
from locum.http.rate_limit import MOST_CALLERS, RateLimit
from locum.http.settings import Settings, settings
from locum.scenarios import Scenario

if TYPE_CHECKING:
    from locum.generate.store import Stores

MOST_SANDBOXES = 1_000
IDLE_SECONDS = 30 * 60.0
_RETRY_SECONDS = 5
_MOST_COUNTED = 1_000  # requests of which it is known how often they came
_MOST_CALLERS = 100  # of a sandbox, which are counted for its rate limit


class Recorder(Protocol):
    """What records what is written."""

    def begin(self, data: Data, layer: Callable[[], Layer | None]) -> Record:
        """Return what records what is written to the dataset, which the layer holds."""
        ...

    def forget(self) -> None:
        """Forget what was recorded."""
        ...


@define(eq=False)
class Held:
    """What was written to a dataset in a sandbox, and whose turn it is to write."""

    layer: Layer
    turn: asyncio.Lock = field(factory=asyncio.Lock)
    _waiting: int = 0
    _served: tuple[Data, Scenario] | None = None

    @contextmanager
    def waiting(self, most: int, seconds: int) -> Iterator[None]:
        """Wait for the turn among so many at most, else raise Overloaded."""
        if self._waiting >= most:
            raise Overloaded(seconds)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def served(self, scenario: Scenario) -> Scenario | None:
        """Return the scenario with all that is written; None where some is to be loaded first."""
        return self.with_newest(scenario) if self.layer.is_clean else None

    def with_newest(self, scenario: Scenario) -> Scenario:
        """Return the scenario with what is loaded."""
        newest = self.layer.newest
        served = self._served
        if served is None or served[0] is not newest:
            served = self._served = newest, attrs.evolve(scenario, data=newest)
            self.layer.replaced = self._forget  # or an old version would be held, and its rows
            if self.layer.newest is not newest:
                self._forget()
        return served[1]

    def _forget(self) -> None:
        self._served = None


@define(eq=False)
class Sandbox:
    """`given` is what it was set to by name; `settings` are that and, where it says nothing, the
    server's. What is written in it is held by this process, else `is_elsewhere`; `has_told` is set
    when the others know that."""

    name: str
    given: Mapping[str, Any]
    settings: Settings
    rate_limit: RateLimit | None = None
    journal: Journal = field(factory=journal)
    used: float = 0.0  # when, by the clock of `Sandboxes`
    told: float = 0.0  # when other processes were told that it is in use
    is_elsewhere: bool = False
    has_told: bool = False
    layers: dict[tuple[str, int | None], Held] = field(factory=dict)  # by dataset and day
    _most_rows: int = MOST_ROWS
    _most_bytes: int = MOST_BYTES
    _room: Room = field(factory=Room)
    _recorder: Recorder | None = None
    _counts: Counter[bytes] = field(factory=Counter)
    _pool: Pool = field(factory=Pool)
    _stores: Stores | None = None

    @property
    def stores(self) -> Stores:
        """What requests have created and changed in it."""
        from locum.generate.store import Stores  # noqa: PLC0415  # see `generator`

        if self._stores is None:
            self._stores = Stores(self._pool)
        return self._stores

    def held(self, scenario: Scenario, clock: int | None) -> Held | None:
        """Return what was written to the dataset, whose now is on that day if any."""
        return self.layers.get((scenario.data.name, clock))

    def written(self, scenario: Scenario, clock: int | None) -> Held:
        """Return what was written to the dataset, nothing so far if there is none."""
        place, base = (scenario.data.name, clock), scenario.data.base
        if place not in self.layers:
            record = None
            if self._recorder is not None and clock is None:
                layers = self.layers
                record = self._recorder.begin(base, lambda: _layer(layers.get(place)))
            most = {"most_rows": self._most_rows, "most_bytes": self._most_bytes}
            self.layers[place] = Held(Layer(base, record=record, room=self._room, **most))
        return self.layers[place]

    def times(self, content: bytes) -> int:
        """Return how often a request came before of whose content that is the digest, and count
        it."""
        if len(self._counts) >= _MOST_COUNTED:
            self._counts.clear()
        self._counts[content] += 1
        return self._counts[content] - 1

    def empty(self) -> None:
        """Forget what is stored and written; a request that is under way ends with what it has."""
        if self._recorder is not None:
            self._recorder.forget()
        held, self.layers = self.layers, {}
        for each in held.values():
            each.layer.end()
        self.is_elsewhere = self.has_told = False
        if self._stores is not None:
            self._stores.clear()
            self._stores = None

    def forget(self) -> None:
        """Forget what was asked and stored; what it is set to stays."""
        self.journal.clear()
        self._counts.clear()
        self.empty()
        if self.rate_limit is not None:
            self.rate_limit = attrs.evolve(self.rate_limit)


def _layer(held: Held | None) -> Layer | None:
    return None if held is None else held.layer


class Sandboxes:
    """Those that are there: at most so many, each until nobody has used it for so many seconds.
    `clock` tells seconds. Not for several threads at once."""

    def __init__(
        self,
        given: Mapping[str, Any] | None = None,
        *,
        most: int = MOST_SANDBOXES,
        idle_seconds: float = IDLE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        most_rows: int = MOST_ROWS,
        most_bytes: int = MOST_BYTES,
        room: Room | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """What the server itself is set to by name; a dataset in a sandbox takes so many rows, and
        bytes of them, and all together what there is `room` for. What is written in none is
        recorded. Raises InvalidPreference."""
        self._recorder = recorder
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._room = room or Room()
        self._most, self.idle_seconds, self.clock = most, idle_seconds, clock
        self._pool = Pool()
        self._by_name: OrderedDict[str, Sandbox] = OrderedDict()  # those used last come last
        self.server = self._made("", dict(given or {}), Settings())

    def of(self, name: str) -> Sandbox:
        """Return the sandbox of that name, made now unless it is there. Raises Overloaded where
        there are too many."""
        now = self.clock()
        self._end_idle(now)
        sandbox = self._by_name.get(name)
        if sandbox is None:
            if len(self._by_name) >= self._most:
                raise Overloaded(_RETRY_SECONDS)
            sandbox = self._by_name[name] = self._made(name, {}, self.server.settings)
        self._by_name.move_to_end(name)
        sandbox.used = now
        return sandbox

    def named(self, name: str) -> Sandbox:
        """Return the sandbox of that name, made now unless it is there; the name "" is the server.
        Raises Overloaded."""
        return self.of(name) if name else self.server

    def known(self, name: str) -> Sandbox | None:
        """Return the sandbox of that name, which is used by that, None where there is none."""
        self._end_idle(self.clock())
        return self.of(name) if name in self._by_name else None

    def set(self, name: str, given: Mapping[str, Any]) -> None:
        """Set the sandbox of that name to what is given and nothing else; its journal stays.
        Raises InvalidPreference, and Overloaded."""
        made = self._made(name, given, self.server.settings)
        sandbox = self.of(name)
        sandbox.given, sandbox.settings = made.given, made.settings
        sandbox.rate_limit = made.rate_limit

    def reset(self, name: str) -> None:
        """Make the sandbox of that name as it was when it was made; the name "" is the server."""
        if name:
            self.set(name, {})
        self.named(name).forget()

    def end(self, name: str) -> bool:
        """Forget the sandbox of that name, and return whether it was there."""
        sandbox = self._by_name.pop(name, None)
        if sandbox is not None:
            sandbox.empty()
        return sandbox is not None

    def journal(self, name: str) -> list[Entry] | None:
        """Return the last requests in the sandbox of that name (or to the server itself, ""), the
        oldest first; None where there is none."""
        sandbox = self.known(name) if name else self.server
        return None if sandbox is None else list(sandbox.journal)

    def _end_idle(self, now: float) -> None:
        while self._by_name:
            sandbox = next(iter(self._by_name.values()))
            if now - sandbox.used < self.idle_seconds:
                return
            self.end(sandbox.name)

    def _made(self, name: str, given: Mapping[str, Any], others: Settings) -> Sandbox:
        its = settings(given).over(others)
        most = _MOST_CALLERS if name else MOST_CALLERS
        limit = RateLimit(*its.rate_limit, self.clock, most) if its.rate_limit else None
        shown = {n: v for n, v in given.items() if v is not None}
        return Sandbox(
            name,
            shown,
            its,
            limit,
            most_rows=self._most_rows,
            most_bytes=self._most_bytes,
            room=self._room,
            recorder=None if name else self._recorder,
            pool=self._pool,
        )
