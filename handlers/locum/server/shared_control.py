"""Sandboxes of several processes that serve: the first process owns them.

What is to be done to a sandbox in a worker is asked of the first process, which does it and has
every other process do it before it answers; so whoever has an answer finds it done wherever the
next request goes. Rate limits are counted in the first process alone.

Stores are held by the first process too, and so is what is written to datasets: whatever is asked
of one is passed on to it, and answered there. All others know of a sandbox in which something was
written before whoever wrote it does.

Processes talk over a pair of sockets, a line of JSON each: `[number, what, arguments]` asks,
`[number, result]` answers.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import socket
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from itertools import count
from operator import itemgetter
from typing import Any

import orjson
from starlette.types import Message, Receive

from locum.exceptions import LocumError, Overloaded, RateLimited
from locum.http.cache import CachedResponse
from locum.http.control import LayerCall, OwnControl, StoredCall
from locum.http.journal import MOST_ENTRIES, Entry
from locum.http.pieces import Export, Piecewise
from locum.http.sandboxes import Sandbox, Sandboxes
from locum.scenarios import Scenario

log = logging.getLogger("locum")

_WRITES = "writes"  # how a call is passed on

_LONGEST_LINE = 64 * 2**20  # a journal, or what it is set to


class Link:
    """One end of a pair of sockets. `answer` is given what the other end asks."""

    def __init__(self, answer: Callable[..., Awaitable[Any]]) -> None:
        self._answer = answer
        self._numbers = count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, end: socket.socket) -> None:
        """Begin to ask and to answer."""
        reader, self._writer = await asyncio.open_connection(sock=end, limit=_LONGEST_LINE)
        _begin(self._read(reader), self._tasks)

    async def close(self) -> None:
        """Talk no more."""
        self._writer.close()
        await self._writer.wait_closed()

    async def ask(self, what: str, *arguments: Any) -> Any:
        """Return what the other end answers. Raises RateLimited and Overloaded, as it did there."""
        number = next(self._numbers)
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(orjson.dumps([number, what, arguments]) + b"\n")
            result, refused, seconds = await answered
        finally:
            del self._waiting[number]
        if refused is not None:
            raise _REFUSALS[refused](seconds)
        return result

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            number, *message = orjson.loads(line)
            if len(message) == 1:
                if number in self._waiting:
                    self._waiting[number].set_result(message[0])
            else:
                _begin(self._reply(number, *message), self._tasks)

    async def _reply(self, number: int, what: str, arguments: list[Any]) -> None:
        result, refused, seconds = None, None, None
        try:
            result = await self._answer(what, *arguments)
        except (RateLimited, Overloaded) as error:
            refused, seconds = type(error).__name__, error.seconds
        self._writer.write(orjson.dumps([number, [result, refused, seconds]]) + b"\n")


def _begin(what: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    """Have it done, as one of the tasks until it is: the loop itself holds on to none."""
    task = asyncio.create_task(what)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


_REFUSALS: dict[str, Callable[[int], Exception]] = {
    "RateLimited": RateLimited,
    "Overloaded": Overloaded,
}


def _text(value: Any) -> str:
    return b64encode(pickle.dumps(value)).decode()


def _value(text: str) -> Any:
    return pickle.loads(b64decode(text))  # noqa: S301  # of another process of the same server


class _SharedControl(OwnControl):
    def __init__(self, sandboxes: Sandboxes) -> None:
        super().__init__(sandboxes)
        self._telling: set[asyncio.Task[None]] = set()

    def used(self, sandbox: Sandbox) -> None:
        """Have the others know now and then, who would end it when nobody asks them."""
        now = self.sandboxes.clock()
        if sandbox.name and now - sandbox.told > self.sandboxes.idle_seconds / 4:
            sandbox.told = now
            _begin(self.use(sandbox.name), self._telling)


async def _nothing() -> Message:
    """Receive nothing: who asks is another process, and stays."""
    nothing: Message = await asyncio.get_running_loop().create_future()
    return nothing


class FirstControl(_SharedControl):
    """Control in the first process, which owns what the others are told."""

    def __init__(self, sandboxes: Sandboxes) -> None:
        super().__init__(sandboxes)
        self._links: list[Link] = []
        self._exports: dict[int, Piecewise] = {}  # for others
        self._numbers = count()
        self._changing = asyncio.Lock()  # so that all processes see changes in one order

    async def open(self, ends: Iterable[socket.socket]) -> None:
        """Begin to talk to the workers."""
        for end in ends:
            link = Link(self._do)
            await link.open(end)
            self._links.append(link)

    async def set(self, name: str, given: Mapping[str, Any]) -> None:
        """As OwnControl says, in all processes; where one of them has no room for it, in none."""
        async with self._changing:
            try:
                await super().set(name, given)
                await self._tell("set", name, given)
            except Overloaded:
                await super().end(name)
                await self._tell("end", name)
                raise

    async def reset(self, name: str) -> None:
        """As OwnControl says, in all processes."""
        async with self._changing:
            await super().reset(name)
            await self._tell("reset", name)

    async def end(self, name: str) -> bool:
        """As OwnControl says, in all processes."""
        async with self._changing:
            was_there = [await super().end(name), *await self._tell("end", name)]
        return any(was_there)

    async def given(self, name: str) -> Mapping[str, Any] | None:
        """As OwnControl says, in any process: one that its first request made is in that one's."""
        found = [await super().given(name), *await self._tell("given", name)]
        return next((given for given in found if given is not None), None)

    async def journal(self, name: str) -> list[Entry] | None:
        """As OwnControl says, in all processes."""
        found = [await super().journal(name), *await self._tell("journal", name)]
        known = [journal for journal in found if journal is not None]
        by_time = itemgetter(0)  # the rest of two of one time may not compare
        entries = sorted((tuple(entry) for journal in known for entry in journal), key=by_time)
        return entries[-MOST_ENTRIES:] if known else None

    async def use(self, name: str) -> None:
        """As OwnControl says, in all processes."""
        await super().use(name)
        await self._tell("use", name)

    async def pickled(self, text: str) -> str:
        """Return the answer to a worker's call from a store, or the exception that it ends in."""
        try:
            return _text(await self.stored(_value(text)))
        except LocumError as error:
            return _text(error)

    async def called(
        self, call: LayerCall, scenario: Scenario, receive: Receive, *, writes: bool
    ) -> CachedResponse:
        """As OwnControl says; before the first write in a sandbox, all others know of it."""
        if writes and not self.sandboxes.named(call.sandbox).has_told:
            async with self._changing:
                sandbox = self.sandboxes.named(call.sandbox)
                if not sandbox.has_told:
                    await self._tell("is_written", call.sandbox)
                    sandbox.has_told = True
        return await super().called(call, scenario, receive, writes=writes)

    async def pickled_call(self, text: str, how: str) -> str:
        """Return the answer to a worker's call about what is written, or the exception that it ends
        in."""
        call: LayerCall = _value(text)
        scenario = await self.load(call.scenario, call.clock)
        answering = asyncio.ensure_future(
            self.called(call, scenario, _nothing, writes=how == _WRITES)
        )
        await asyncio.wait([answering])
        error = answering.exception()
        if error is None:
            return _text(answering.result())
        if isinstance(error, LocumError):
            return _text(error)
        log.error("%s, for another process", call.operation, exc_info=error)
        return _text(RuntimeError(f"{type(error).__name__} in the first process: {error}"))

    async def pickled_export(self, text: str) -> str:
        """Return the number of an archive that a worker wants, or the exception that it ends in."""
        export: Export = _value(text)
        try:
            scenario = await self.load(export.scenario, export.clock)
            number = next(self._numbers)
            self._exports[number] = await self.exported(export, scenario)
        except LocumError as error:
            return _text(error)
        return _text(number)

    async def pickled_piece(self, number: int) -> str:
        """Return the next piece of that archive, or the exception that it ends in."""
        try:
            return _text(await self._exports[number].next())
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker's client waits
            return _text(RuntimeError(f"{type(error).__name__} in the first process: {error}"))

    async def end_export(self, number: int) -> None:
        """Make no more of that archive."""
        self._exports.pop(number).end()

    async def _tell(self, what: str, *arguments: Any) -> list[Any]:
        return await asyncio.gather(*(link.ask(what, *arguments) for link in self._links))

    async def _do(self, what: str, *arguments: Any) -> Any:
        return await getattr(self, what)(*arguments)


class WorkerControl(_SharedControl):
    """Control in any other process: asks the first one, and does what that one says."""

    def __init__(self, sandboxes: Sandboxes) -> None:
        super().__init__(sandboxes)
        self._own = OwnControl(sandboxes)
        self._link = Link(self._do)

    async def open(self, end: socket.socket) -> None:
        """Begin to talk to the first process."""
        await self._link.open(end)

    async def set(self, name: str, given: Mapping[str, Any]) -> None:
        """As OwnControl says, in all processes."""
        await self._link.ask("set", name, given)

    async def reset(self, name: str) -> None:
        """As OwnControl says, in all processes."""
        await self._link.ask("reset", name)

    async def end(self, name: str) -> bool:
        """As OwnControl says, in all processes."""
        return bool(await self._link.ask("end", name))

    async def given(self, name: str) -> Mapping[str, Any] | None:
        """As OwnControl says, in any process."""
        given: Mapping[str, Any] | None = await self._link.ask("given", name)
        return given

    async def journal(self, name: str) -> list[Entry] | None:
        """As OwnControl says, in all processes."""
        entries: list[Entry] | None = await self._link.ask("journal", name)
        return entries

    async def count(self, name: str, caller: str) -> None:
        """As OwnControl says, in all processes."""
        await self._link.ask("count", name, caller)

    async def use(self, name: str) -> None:
        """As OwnControl says, in all processes."""
        await self._link.ask("use", name)

    async def stored(self, call: StoredCall) -> CachedResponse:
        """As OwnControl says, in the first process, which holds the stores."""
        result: str = await self._link.ask("pickled", _text(call))
        response: CachedResponse = _answer(result)
        return response

    async def called(
        self, call: LayerCall, scenario: Scenario, receive: Receive, *, writes: bool
    ) -> CachedResponse:
        """As OwnControl says, in the first process, which holds what is written."""
        del scenario, receive
        result: str = await self._link.ask("pickled_call", _text(call), _WRITES if writes else "")
        response: CachedResponse = _answer(result)
        return response

    async def exported(self, export: Export, scenario: Scenario) -> Piecewise:
        """As OwnControl says, by the first process, where that holds what is written."""
        if not self.sandboxes.named(export.sandbox).is_elsewhere:
            return await super().exported(export, scenario)
        result: str = await self._link.ask("pickled_export", _text(export))
        return _Elsewhere(self._link, _answer(result))

    async def _do(self, what: str, *arguments: Any) -> Any:
        return await getattr(self._own, what)(*arguments)


class _Elsewhere:
    """An archive that the first process makes."""

    def __init__(self, link: Link, number: int) -> None:
        self._link, self._number = link, number
        self._ending: set[asyncio.Task[None]] = set()

    async def next(self) -> bytes:
        piece: bytes = _answer(await self._link.ask("pickled_piece", self._number))
        return piece

    def end(self) -> None:
        _begin(self._link.ask("end_export", self._number), self._ending)


def _answer(text: str) -> Any:
    """Return the value that the text stands for. Raises that, where it is an exception."""
    answered = _value(text)
    if isinstance(answered, Exception):
        raise answered
    return answered
