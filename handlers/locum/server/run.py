"""The running server: its processes, and what it prints when it starts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

import click
import orjson
from attrs import frozen
from starlette.types import ASGIApp

from locum.datasets.keys import ANY, AUTO
from locum.engine.tables import quoted
from locum.exceptions import StartError
from locum.provider import Provider, Sample
from locum.provider_code import called
from locum.scenarios import Scenario, Scenarios, key_rows
from locum.server import SHUTDOWN_SECONDS, samples
from locum.server.http_server import HttpServer
from locum.server.port_file import PortFile

if TYPE_CHECKING:
    from locum.http.connexion_app import ServedDocument

    # of a server of several processes
    from locum.server.shared_control import FirstControl
    from locum.server.workers import Workers


@frozen
class Manner:
    """What a server prints when it can be asked, of its URL; how long what is in progress may take
    when it ends; a file for its port; and what is done when nobody asks any more, however long
    that takes."""

    greet: Callable[[str], str]
    shutdown_seconds: float = SHUTDOWN_SECONDS
    port_file: PortFile | None = None
    at_end: Callable[[], None] | None = None


class _Server(HttpServer):
    """Greets when it is ready: whoever reads the greeting can ask or interrupt."""

    def __init__(self, application: ASGIApp, manner: Manner) -> None:
        super().__init__(application, manner.shutdown_seconds)
        self._manner = manner

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()

    def _on_listening(self) -> None:
        self._greet()

    def _greet(self) -> None:
        for listener in self.listeners:
            host, port = listener.getsockname()[:2]
            url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            if self._manner.port_file is not None:
                self._manner.port_file.write(port)
            click.echo(self._manner.greet(url))
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """A signal may end the process after it."""
        if self._manner.port_file is not None:
            self._manner.port_file.remove()
        await super().shutdown(sockets)
        await self._end()

    async def _end(self) -> None:
        """Do what is to be done when nobody asks any more. A second signal ends it at once."""
        if self._manner.at_end is not None:
            self.take_time()
            await asyncio.to_thread(self._manner.at_end)


class _First(_Server):
    """The first of several processes that serve: greets when all of them are ready, and ends with
    them. `fault` is why it ended without being told to."""

    def __init__(
        self, application: ASGIApp, manner: Manner, workers: Workers, control: FirstControl
    ) -> None:
        super().__init__(application, manner)
        self._workers, self._control = workers, control
        self._has_greeted = False
        self.fault: StartError | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self._control.open(self._workers.ends)
        await super().startup(sockets)

    def _on_listening(self) -> None:
        """It answers at once, but the greeting waits for the others."""

    async def on_tick(self, counter: int) -> bool:
        """Whether to end; asked ten times a second."""
        if await super().on_tick(counter):
            return True
        try:
            are_ready = self._workers.are_ready()
        except StartError as fault:
            self.fault = fault
            self.end_in_any_case(2)
            return True
        if are_ready and not self._has_greeted:
            self._has_greeted = True
            self._greet()
        return False

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._workers.terminate()
        self._deadline = asyncio.get_running_loop().time() + self.shutdown_seconds + 0.5
        await super().shutdown(sockets)

    async def _end(self) -> None:
        # What is left of their time, where this one has no clients.
        left = self._deadline - asyncio.get_running_loop().time()
        await self.wait_while(self._workers.are_alive, left)
        self._workers.kill()
        await super()._end()


class _Worker(HttpServer):
    """Another of several processes that serve, which tells the first when it listens."""

    def __init__(
        self,
        application: ASGIApp,
        shutdown_seconds: float,
        tell: Callable[[], None],
        opened: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        super().__init__(application, shutdown_seconds)
        self._tell, self._opened = tell, opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self._opened()
        await super().startup(sockets)
        self._tell()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End soon. A further signal is the same one: a whole group is told, and then the first
        process tells it too. That one ends at once, and all with it."""
        if not self._captured_signals:
            super().handle_exit(sig, frame)


def run(
    application: ASGIApp,
    listener: socket.socket,
    manner: Manner,
    workers: tuple[Workers, FirstControl] | None = None,
) -> None:
    """Serve until interrupted.

    With workers: when all of them are ready, and until one of them ends. Raises StartError then.
    """
    first = _First(application, manner, *workers) if workers else None
    server = first or _Server(application, manner)
    with contextlib.suppress(KeyboardInterrupt):  # raised again after a clean shutdown
        server.run(sockets=[listener])
    if first and first.fault:
        raise first.fault


def run_worker(
    application: ASGIApp,
    listener: socket.socket,
    shutdown_seconds: float,
    tell: Callable[[], None],
    opened: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """Serve as another process than the first one, until terminated. Awaits `opened` before,
    calls `tell` when it can be asked, and prints nothing."""
    _Worker(application, shutdown_seconds, tell, opened).run(sockets=[listener])


def json_greeting(
    url: str, scenarios: Scenarios, admin_token: str, served: Sequence[ServedDocument] = ()
) -> str:
    """Tell the same to a program, as a JSON object on one line: `keys` are those of the first of
    `scenarios`, and `pid` is the process to end."""
    data = scenarios.load(scenarios.first).data
    keys = [
        {"provider": provider.name, "key": key, "tenant": tenant, "access": access}
        for provider in scenarios.providers
        for key, tenant, access in key_rows(data, provider)
    ]
    told = {
        "url": url,
        "port": int(url.rpartition(":")[2]),
        "keys": keys,
        "admin_token": admin_token,
        "scenarios": [scenario.data.name for scenario in scenarios.loaded],
        "pid": os.getpid(),
    }
    if served:
        told["documents"] = [each.document.name for each in served]
    return orjson.dumps(told).decode()


def greeting(
    url: str, scenarios: Scenarios, admin_token: str = "", served: Sequence[ServedDocument] = ()
) -> str:
    """Tell where the server listens, the documents of which answers are generated, the datasets, a
    key or what is taken for one, the token with which pages of other origins may set sandboxes, and
    a curl that works when pasted."""
    generated = [each for each in served if not samples.is_computed(each)]
    lines = [f"Locum listens on {url}", *map(samples.line, generated)]
    lines += [
        _dataset(scenario, scenarios.providers)
        for scenario in scenarios.loaded
        if scenario.data.size or not generated
    ]
    data = scenarios.load(scenarios.first).data
    keys = [
        (provider, key, tenant)
        for provider in scenarios.providers
        for key, tenant, _ in key_rows(data, provider)
    ]
    lines += _credential(keys, generated, scenarios.auth)
    lines += [f"admin token: {admin_token}"] if admin_token else []
    for provider, key, tenant in keys:
        with called(f"{provider.name} cannot make its sample"):
            sample = provider.sample(data, key, tenant) if provider.sample else None
        if sample:
            return "\n".join([*lines, "try:", *_curl(url, sample)])
    for each in served:
        own = (key for provider, key, _ in keys if provider.name == each.provider.name)
        if sample := samples.first_get(each, next(own, samples.ANY_KEY)):
            return "\n".join([*lines, "try:", *_curl(url, sample)])
    return "\n".join(lines)


def _credential(
    keys: Sequence[tuple[Provider, str, str]], generated: Sequence[ServedDocument], auth: str
) -> list[str]:
    if keys:
        return [f"key: {keys[0][1]}"]
    hints = dict.fromkeys(filter(None, map(samples.credential, generated)))
    return [f"credential: {'; '.join(hints)}"] if hints and auth in (AUTO, ANY) else []


def _dataset(scenario: Scenario, providers: Iterable[Provider]) -> str:
    counted = [
        (provider.tables[name].name(name), noun)
        for provider in providers
        for name, noun in provider.counted.items()
    ]
    counted += ((table, f"rows of {table}") for table in scenario.own)
    told = [f"{_count(scenario, table)} {noun}" for table, noun in counted]
    told += [f"{scenario.days} days later"] if scenario.days else []
    return f"dataset: {scenario.data.name}" + (f" ({', '.join(told)})" if told else "")


def _count(scenario: Scenario, table: str) -> int:
    ((count,),) = scenario.data.rows(f"SELECT count(*) FROM {quoted(table)}")
    return int(count)


def _curl(url: str, sample: Sample) -> list[str]:
    headers = {**sample.headers} | ({"Content-Type": "application/json"} if sample.body else {})
    parts = [f"curl -s {url}{sample.path}", " ".join(f"-H '{n}: {v}'" for n, v in headers.items())]
    parts += [f"-d '{sample.body}'"] if sample.body else []
    first, *others = filter(None, parts)
    lines = [f"  {first}", *(f"    {part}" for part in others)]
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]
