"""HTTP on a connection: uvicorn's protocol, with bounds on what a client can make it keep."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 65_536  # of a request line and headers
MOST_HEAD_SECONDS = 10.0  # from the connection, or the first byte of a further request


class _Parser(HttpRequestParser):
    """httptools', which takes an upgrade for the end of HTTP, and what follows, be it the request's
    body, for another protocol. None is spoken here, so the offer is ignored (RFC 9110, section 7.8;
    Java's client and `curl --http2` make it)."""

    def __init__(self, protocol: Protocol) -> None:
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


class Transport:
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
        """Send the bytes at the end of this turn."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        """Send what is written, then close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        written, self._written = self._written, []
        if written and not self.is_closing():
            self._transport.writelines(written)


class Protocol(HttpToolsProtocol):
    """uvicorn's, which waits for the end of a request's head as long as it takes, and keeps all of
    it in memory: here a head that is too long or too slow ends the connection."""

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(Transport(transport, self.loop))  # type: ignore[arg-type]
        self.parser: _Parser = _Parser(self)
        self._head_timer: asyncio.TimerHandle | None = None
        self._begin_head()

    def on_message_begin(self) -> None:
        """A request begins, and so does the time for its head."""
        super().on_message_begin()
        self._is_head_read, self._trailer_bytes, self._has_begun = False, 0, True
        self._begin_head()

    def _begin_head(self) -> None:
        self._end_head()
        self._head_bytes = 0
        self._wait_for_head()

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(MOST_HEAD_SECONDS, self._miss_head)

    def _miss_head(self) -> None:
        """The head is late, unless it is here that nothing is read for now."""
        if self.flow.read_paused:
            self._wait_for_head()
        else:
            self._refuse(408)

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
        """The head is there; one that offers an upgrade is read again without it."""
        self._is_head_read = True
        if not self.parser.is_offered_upgrade:
            self._end_head()
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is there, unless its head is read again."""
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
        """Read on, and count what a head takes that does not end."""
        self._has_begun = False
        super().data_received(data)
        if self._head_timer is not None and not self._has_begun:  # else all before it was answered
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse(431)

    def on_response_complete(self) -> None:
        """Go on with the next request; read further ones when none is waiting."""
        super().on_response_complete()
        if self.pipeline:  # uvicorn reads on whatever is waiting
            self.flow.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._end_head()
        super().connection_lost(exc)

    def _refuse(self, status: int) -> None:
        self._end_head()
        if not self.transport.is_closing():
            head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nconnection: close\r\n"
            self.transport.write(f"{head}content-length: 0\r\n\r\n".encode())
            self.transport.close()
