"""The server that holds the connections: uvicorn's, which accepts and ends by rules of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from locum.server import SHUTDOWN_SECONDS
from locum.server.acceptor import Acceptor
from locum.server.http_protocol import Protocol
from locum.server.interrupts import end_at_once

_LAST_SECONDS = 1.0  # from the end of those to that of a process in which something hinders it

# For so long a thread may go on before the event loop has its turn. By default it is 5 ms, which a
# short answer waits several times over while another thread takes in what is written: of reads
# beside 1,500 runs a second by parts the slowest in a hundred took 53 ms, and take 8.
_TURN_SECONDS = 0.0002

_ENDINGS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


class HttpServer(uvicorn.Server):
    """Accepts connections by itself, and ends in a bounded time."""

    def __init__(self, application: ASGIApp, shutdown_seconds: float = SHUTDOWN_SECONDS) -> None:
        """When it ends, what is in progress has so many seconds."""
        super().__init__(
            uvicorn.Config(
                application,
                http=Protocol,
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                proxy_headers=False,
            )
        )
        self.shutdown_seconds = shutdown_seconds
        self.listeners: list[socket.socket] = []
        self._acceptors: list[Acceptor] = []
        self._ending: list[threading.Timer] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections."""
        sys.setswitchinterval(_TURN_SECONDS)
        protocol = partial(
            Protocol,
            config=self.config,
            server_state=self.server_state,
            app_state={},
        )
        connections = self.server_state.connections
        self.listeners = sockets or []
        self._acceptors = [Acceptor(each, protocol, connections) for each in self.listeners]
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - those of startup
        """Accept no more, answer what is asked, and end what is there still when time is up."""
        for acceptor in self._acceptors:
            acceptor.close()
        for listener in self.listeners:
            listener.close()
        connections = self.server_state.connections
        for connection in list(connections):
            connection.shutdown()
        await self.wait_while(lambda: bool(connections), self.shutdown_seconds)
        for connection in list(connections):
            connection.transport.abort()
        await self.wait_while(lambda: bool(self.server_state.tasks), _LAST_SECONDS / 4)

    async def wait_while(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait for its end, so many seconds at most."""
        deadline = asyncio.get_running_loop().time() + seconds
        while condition() and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - as uvicorn waits
            await asyncio.sleep(0.02)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on a signal, and then as if nobody had caught it: TERM and HUP end the process, an
        interrupt is raised."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        caught = [each for each in _ENDINGS if not _is_ignored(each)]
        before = {each: signal.signal(each, self.handle_exit) for each in caught}
        yield
        for each, handler in before.items():
            signal.signal(each, handler)
        for told in self._captured_signals[:1]:
            if told != signal.SIGINT:
                signal.raise_signal(told)
            elif self.server_state.tasks:
                end_at_once(0)  # the interpreter would wait for threads that work for nobody
            else:
                raise KeyboardInterrupt

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's
        """End soon at a signal, and at once at a second one."""
        if self._captured_signals:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        self._captured_signals.append(sig)
        self.should_exit = True
        self.end_in_any_case(0 if sig == signal.SIGINT else 128 + sig)

    def end_in_any_case(self, status: int) -> None:
        """End the process with that status soon after the time for it is up: a thread may work on
        for nobody, and even the loop may be held up."""
        timer = threading.Timer(self.shutdown_seconds + _LAST_SECONDS, end_at_once, [status])
        timer.daemon = True
        timer.start()
        self._ending.append(timer)

    def take_time(self) -> None:
        """Have it end whenever it has ended, or at a second signal."""
        for timer in self._ending:
            timer.cancel()


def _is_ignored(ending: signal.Signals) -> bool:
    """Whether `nohup` asks to ignore it."""
    return ending not in (signal.SIGINT, signal.SIGTERM) and (
        signal.getsignal(ending) == signal.SIG_IGN
    )
