"""Clients that close their side of the connection while they wait for an answer.

Some have only said all they will say (`nc -N`, `shutdown(SHUT_WR)`) and read on; most have gone,
and nobody waits for the answer. Both look alike: the kernel of one that has gone tells so only when
it is sent something. So it is sent what every answer begins with, a byte at a time, and the answer
leaves that out.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from locum.server.transport import Transport

_START = b"HTTP/1.1 "  # of every answer, final or not
_FIRST_PROBE_SECONDS = 0.03  # an answer that takes less is never sent in two parts
_REPLY_SECONDS = 0.01  # in which a client nearby says that it has gone
_LOOK_SECONDS = 0.1


class HalfClosed:
    """Watches a client that says no more, as long as it waits for an answer: drops the connection
    where it has gone. A client that leaves later is noticed with the next byte; the time between
    two doubles, and the ninth is sent after 15 s."""

    def __init__(
        self, transport: Transport, loop: asyncio.AbstractEventLoop, may_probe: Callable[[], bool]
    ) -> None:
        """`may_probe` tells whether nothing of the answer has been sent."""
        self._transport, self._loop, self._may_probe = transport, loop, may_probe
        self._timer: asyncio.TimerHandle | None = None
        self.wait()

    def wait(self) -> None:
        """The client waits for an answer, from now on."""
        self.end()
        self._began = self._loop.time()
        self._next = self._began + _FIRST_PROBE_SECONDS
        self._timer = self._loop.call_later(_FIRST_PROBE_SECONDS, self._look)

    def end(self) -> None:
        """Nobody waits for anything."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        if self._transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._transport.abort()
            return
        now = self._loop.time()
        delay = min(max(self._next - now, _REPLY_SECONDS), _LOOK_SECONDS)
        if now >= self._next and self._may_probe():
            self._transport.write_ahead(_START)
            self._next, delay = now + 2 * (now - self._began), _REPLY_SECONDS
        self._timer = self._loop.call_later(delay, self._look)
