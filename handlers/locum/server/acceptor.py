"""Connections accepted: so many at most, and with a word in the log where descriptors run out (one
event loop drops the connection then without a word, the other says so for every one)."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Collection
from typing import Any

MOST_CONNECTIONS = 10_000  # of a process
_AT_ONCE = 100  # connections accepted in one turn of the loop
_RETRY_SECONDS = 0.2  # after which there may be a descriptor again
_SILENCE_SECONDS = 60.0  # from one line in the log to the next

_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"connection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"
)
_REFUSING_SECONDS = 2.0  # in which a refused client may send its request and read why

_logger = logging.getLogger("uvicorn.error")


class Acceptor:
    """Accepts the connections of a listening socket until it is closed."""

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        connections: Collection[Any],
    ) -> None:
        """Begin to, in the running loop. `connections` are those that there are."""
        self._listener, self._protocol, self._connections = listener, protocol, connections
        self._opening: dict[asyncio.Task[Any], asyncio.Protocol] = {}
        self._quiet_until = 0.0
        self._loop = asyncio.get_running_loop()
        listener.settimeout(0)
        self._task = self._loop.create_task(self._accept())

    def close(self) -> None:
        """Accept no more. The socket is not closed."""
        self._task.cancel()

    async def _accept(self) -> None:
        while True:
            try:
                self._open((await self._loop.sock_accept(self._listener))[0])
                for _ in range(_AT_ONCE):
                    self._open(self._listener.accept()[0])
            except (BlockingIOError, ConnectionAbortedError):  # no more, or one has gone already
                pass
            except OSError as error:  # mostly EMFILE
                self._tell(error)
                await asyncio.sleep(_RETRY_SECONDS)

    def _open(self, connection: socket.socket) -> None:
        connection.settimeout(0)
        is_room = self._count() < MOST_CONNECTIONS
        protocol = self._protocol() if is_room else _Refusing()
        task = self._loop.create_task(
            self._loop.connect_accepted_socket(lambda: protocol, connection)
        )
        self._opening[task] = protocol
        task.add_done_callback(self._opening.pop)

    def _count(self) -> int:
        opening = (each not in self._connections for each in self._opening.values())
        return len(self._connections) + sum(opening)

    def _tell(self, error: OSError) -> None:
        if self._loop.time() > self._quiet_until:
            _logger.warning(
                "No connection can be accepted until another one ends: %s. %d are open; "
                "`ulimit -n` raises the limit",
                error.strerror,
                self._count(),
            )
        self._quiet_until = self._loop.time() + _SILENCE_SECONDS


class _Refusing(asyncio.Protocol):
    """Tells a client that there are too many, and keeps nothing of what it sends."""

    def connection_made(self, transport: Any) -> None:
        transport.write(_REFUSAL)
        transport.write_eof()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_REFUSING_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        self._timer.cancel()
