"""What a connection sends: in few calls of the kernel, to a client that reads."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

MOST_STALLED_SECONDS = 30.0  # in which a client takes nothing of what is there for it to read
_NOT_AT_ALL = struct.pack("ii", 1, 0)  # of SO_LINGER: for no seconds
LINGERING_SECONDS = 2.0  # in which a client may go on sending after the last answer


class Transport:
    """A connection's transport which sends a response's head and body together: uvicorn writes one
    after the other, and each would be a call of the kernel, a packet, and a time that the client
    wakes up.

    A client that does not read is dropped: between one and two times MOST_STALLED_SECONDS after it
    took the last byte. One that is still sending when the connection is closed (`is_sending`) would
    find it so, and lose the answer: what comes is taken for a while.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._written: list[bytes] = []
        self._ahead = 0  # bytes of what is written next that are sent already
        self._given = 0  # bytes given to the loop, in all
        self._stall_timer: asyncio.TimerHandle | None = None
        self._lingering_timer: asyncio.TimerHandle | None = None
        self.is_sending = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether nothing more is sent."""
        return self._lingering_timer is not None or self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Send the bytes with those that are written next, at the latest in the next turn."""
        self._written.append(data)
        if len(self._written) > 1:
            self.flush()
        else:
            self._loop.call_soon(self.flush)

    def write_ahead(self, beginning: bytes) -> None:
        """Send one byte now, the next one of what will be written next begins with: it is left out
        then. Does nothing while something is still to be sent."""
        byte = beginning[self._ahead : self._ahead + 1]
        if byte and not self._written and not self.is_closing():
            self._ahead += 1
            self._transport.write(byte)

    def flush(self) -> None:
        """Send what is written."""
        written, self._written = self._written, []
        if not written or self.is_closing():
            return
        data = b"".join(written)[self._ahead :]  # faster than uvloop's writelines
        self._ahead = 0
        self._transport.write(data)
        self._given += len(data)
        if self._stall_timer is None and self._transport.get_write_buffer_size():
            self._watch(-1)

    def _watch(self, taken_before: int) -> None:
        """Drop the connection where the client has taken nothing since it was looked at before."""
        self._stall_timer = None
        waiting = self._transport.get_write_buffer_size()
        taken = self._given - waiting
        if waiting and taken == taken_before:
            self._transport.abort()
        elif waiting:
            self._stall_timer = self._loop.call_later(MOST_STALLED_SECONDS, self._watch, taken)

    def close(self) -> None:
        """Send what is written, then close."""
        self.flush()
        if not self.is_sending:
            self._transport.close()
        elif not self.is_closing():
            self._transport.write_eof()
            self._transport.resume_reading()
            self._lingering_timer = self._loop.call_later(LINGERING_SECONDS, self.abort)

    def reset(self) -> None:
        """End the connection at once: the kernel drops what is not sent, and tells the client."""
        connection = self._transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOT_AT_ALL)
        self._transport.abort()

    def lost(self) -> None:
        """The connection is no more."""
        for timer in (self._stall_timer, self._lingering_timer):
            if timer is not None:
                timer.cancel()
