"""The running server: uvicorn on a listening socket, and what it prints when it starts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import click
import uvicorn
from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from understudy.engine import DuckDB
from understudy.exceptions import StartError
from understudy.openapi import Application
from understudy.scenarios import Scenario, Scenarios

if TYPE_CHECKING:
    from understudy.workers import Workers  # of a server that has any

MOST_HEAD_BYTES = 65_536  # of a request line and headers
MOST_HEAD_SECONDS = 10.0  # from the connection, or the first byte of a further request


class _Parser(HttpRequestParser):
    """httptools', which takes an upgrade for the end of HTTP, and what follows, be it the request's
    body, for another protocol. None is spoken here, so the offer is ignored (RFC 9110, section 7.8;
    Java's client and `curl --http2` make it)."""

    def __init__(self, protocol: _Protocol) -> None:
        super().__init__(protocol)
        self._protocol = protocol
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn sets it

    @property
    def is_offered_upgrade(self) -> bool:
        """Whether the request would go on in another protocol, if that were spoken here."""
        return bool(self.should_upgrade()) and self.get_method() != b"CONNECT"

    def feed_data(self, data: Any) -> None:
        """Raises HttpParserError, and HttpParserUpgrade for CONNECT."""
        parser, rest = self, memoryview(data)
        while True:
            try:
                HttpRequestParser.feed_data(parser, rest)
            except HttpParserUpgrade as upgrade:
                if not parser.is_offered_upgrade:
                    raise
                (end,) = upgrade.args
                parser, rest = self._protocol.read_again(), rest[end:]
            else:
                return


class _Transport:
    """A connection's transport which sends at once what is written in one turn of the loop: uvicorn
    writes a response's head and body one after the other, and each would be a call of the kernel, a
    packet, and a time that the client wakes up."""

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._written: list[bytes] = []
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        written, self._written = self._written, []
        if written and not self.is_closing():
            self._transport.writelines(written)


class _Protocol(HttpToolsProtocol):
    """uvicorn's, which waits for the end of a request's head as long as it takes, and keeps all of
    it in memory: here a head that is too long or too slow ends the connection."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(_Transport(transport, self.loop))  # type: ignore[arg-type]
        self.parser: _Parser = _Parser(self)
        self._head_timer: asyncio.TimerHandle | None = None
        self._begin_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_head_read, self._trailer_bytes, self._has_begun = False, 0, True
        self._begin_head()

    def _begin_head(self) -> None:
        self._end_head()
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(MOST_HEAD_SECONDS, self._refuse, 408)

    def _end_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def on_header(self, name: bytes, value: bytes) -> None:
        """What comes after the body are no headers: bounded as they are, and dropped."""
        if not self._is_head_read:
            super().on_header(name, value)
            return
        self._trailer_bytes += len(name) + len(value)
        if self._trailer_bytes > MOST_HEAD_BYTES:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        self._is_head_read = True
        if not self.parser.is_offered_upgrade:
            self._end_head()
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self.parser.is_offered_upgrade:
            super().on_message_complete()

    def read_again(self) -> _Parser:
        """A parser that has read the head that was read last, without its offer of an upgrade."""
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = _Parser(self)
        self.parser.feed_data(b"\r\n".join([*lines, b"", b""]))
        return self.parser

    def data_received(self, data: bytes) -> None:
        self._has_begun = False
        super().data_received(data)
        if self._head_timer is not None and not self._has_begun:  # else all before it was answered
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse(431)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def _refuse(self, status: int) -> None:
        self._end_head()
        if not self.transport.is_closing():
            head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nconnection: close\r\n"
            self.transport.write(f"{head}content-length: 0\r\n\r\n".encode())
            self.transport.close()


class _Server(uvicorn.Server):
    """uvicorn, which greets when it is ready: whoever reads the greeting can ask or interrupt."""

    def __init__(self, application: Application, scenarios: Scenarios) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                proxy_headers=False,
            )
        )
        self.scenarios = scenarios
        self._listeners: list[socket.socket] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listeners = sockets or []
        self._on_listening()

    def _on_listening(self) -> None:
        self._greet()

    def _greet(self) -> None:
        for listener in self._listeners:
            host, port = listener.getsockname()[:2]
            url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            click.echo(greeting(url, self.scenarios))
            sys.stdout.flush()


class _First(_Server):
    """The first of several processes that serve: greets when all of them are ready, and ends with
    them. `fault` is why it ended without being told to."""

    def __init__(self, application: Application, scenarios: Scenarios, workers: Workers) -> None:
        super().__init__(application, scenarios)
        self._workers = workers
        self._has_greeted = False
        self.fault: StartError | None = None

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
            return True
        if are_ready and not self._has_greeted:
            self._has_greeted = True
            self._greet()
        return False

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._workers.terminate()
        await super().shutdown(sockets)
        while self._workers.are_alive() and not self.force_exit:  # noqa: ASYNC110 - as uvicorn waits
            await asyncio.sleep(0.05)
        self._workers.kill()


class _Worker(_Server):
    """Another of several processes that serve, which tells the first when it listens."""

    def __init__(
        self, application: Application, scenarios: Scenarios, tell: Callable[[], None]
    ) -> None:
        super().__init__(application, scenarios)
        self._tell = tell

    def _on_listening(self) -> None:
        self._tell()


def run(
    application: Application,
    scenarios: Scenarios,
    listener: socket.socket,
    workers: Workers | None = None,
) -> None:
    """Serve until interrupted. Prints where, with which dataset, and a curl to paste.

    With workers: when all of them are ready, and until one of them ends. Raises StartError then.
    """
    first = _First(application, scenarios, workers) if workers else None
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again after a clean shutdown
        (first or _Server(application, scenarios)).run(sockets=[listener])
    if first and first.fault:
        raise first.fault


def run_worker(
    application: Application,
    scenarios: Scenarios,
    listener: socket.socket,
    tell: Callable[[], None],
) -> None:
    """Serve as another process than the first one, until terminated. Calls `tell` when it can be
    asked, and prints nothing."""
    _Worker(application, scenarios, tell).run(sockets=[listener])


def greeting(url: str, scenarios: Scenarios) -> str:
    """Where the server listens, the datasets, the demo key, and a curl that works when pasted."""
    lines = [f"Understudy listens on {url}", *map(_dataset, scenarios.loaded)]
    engine = scenarios.load(scenarios.first).engine
    keys = engine.rows("SELECT key, provider, tenant_id FROM keys ORDER BY row")
    if keys:
        lines += [f"key: {keys[0][0]}", "try:", *_curl(url, engine, keys)]
    return "\n".join(lines)


def _dataset(scenario: Scenario) -> str:
    engine = scenario.engine
    (runs,), (requests,) = engine.rows(
        "SELECT count(*) FROM runs UNION ALL SELECT count(*) FROM helicone_requests"
    )
    shifted = f", {scenario.days} days later" if scenario.days else ""
    counts = f"{runs} LangSmith runs, {requests} Helicone requests"
    return f"dataset: {engine.dataset.name} ({counts}{shifted})"


def _curl(url: str, engine: DuckDB, keys: list[tuple[str, str, str]]) -> list[str]:
    """A request for the first project of the first LangSmith key, else for Helicone's sessions."""
    for key, provider, tenant in keys:
        sessions = engine.rows(
            "SELECT id FROM langsmith_sessions WHERE tenant_id = $tenant ORDER BY row LIMIT 1",
            {"tenant": tenant},
        )
        if provider == "langsmith" and sessions:
            body = f'{{"session_id": "{sessions[0][0]}", "group_by": "conversation"}}'
            path, header = "/api/v1/runs/group/stats", f"X-API-Key: {key}"
            break
    else:
        body = '{"nameContains": "", "timezoneDifference": 0}'
        path, header = "/v1/session/metrics/query", f"Authorization: Bearer {keys[0][0]}"
    return [
        f"  curl -s {url}{path} \\",
        f"    -H '{header}' -H 'Content-Type: application/json' \\",
        f"    -d '{body}'",
    ]
