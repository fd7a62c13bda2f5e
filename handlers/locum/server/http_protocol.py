"""HTTP on a connection: uvicorn's protocol, with bounds on what a client can make it keep, and
answers for a client that says no more. docs/architecture.md shows the life of a connection.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, NoReturn

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from locum.http import CONNECTION
from locum.server import heads
from locum.server.bodies import Held
from locum.server.half_close import HalfClosed
from locum.server.parser import Parser
from locum.server.transport import Transport

MOST_HEAD_BYTES = 65_536  # of a request line and headers
MOST_HEAD_SECONDS = 10.0  # from the connection, or the first byte of a further request
MOST_TARGET_BYTES = 65_535  # that the parser of targets takes
MOST_REST_SECONDS = 30.0  # from the answer to the end of a body that it did not wait for
MOST_WAITING = 16  # requests of a client that does not wait for answers; then nothing is read
RETRY_SECONDS = 1  # after which it may go better for one that was refused for the others'


class _RefusedError(Exception):
    """Ends the parsing of a request that is refused."""


class Connection:
    """What an application may do with its request's connection, as `http.faults` has it. `ending`
    is done when the server is to end, and when the client is gone."""

    def __init__(self, transport: Transport, ending: asyncio.Future[None]) -> None:
        self._transport, self.ending = transport, ending

    @property
    def is_lost(self) -> bool:
        """Whether nobody will read an answer."""
        return self._transport.is_closing()

    def reset(self) -> None:
        """End the connection at once, so that the client hears of a reset."""
        self._transport.reset()

    def cut(self) -> None:
        """End the connection when what was sent until now is sent."""
        self._transport.close()


class Protocol(HttpToolsProtocol):
    """uvicorn's, which waits for the end of a request's head as long as it takes, keeps all of it
    in memory, and forgets a client that says no more."""

    transport: Any  # a Transport

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(Transport(transport, self.loop))  # type: ignore[arg-type]
        self._ending: asyncio.Future[None] = self.loop.create_future()
        self._extensions: dict[str, Any] = {CONNECTION: Connection(self.transport, self._ending)}
        self.parser: Parser = Parser(self, self._read_again)
        self._head_timer: asyncio.TimerHandle | None = None
        self._is_head_read = True  # all of the head that has begun
        self._is_offer = False  # of another protocol: such a head is read again
        self._field_bytes = self._head_bytes = 0
        self._answering: Any = None  # the cycle of the request that is being answered
        self._half_closed: HalfClosed | None = None
        self._refusal: HTTPStatus | None = None  # of what is being read
        self._last_words = b""  # that are said after all answers, and then nothing more is read
        self._rest_timer: asyncio.TimerHandle | None = None
        self._held = Held()
        self._wait_for_head()

    # The head

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_head_read, self._has_begun = False, True
        self._field_bytes = self._head_bytes = 0
        self._held.begin()
        self.transport.is_sending = True
        self._end_rest()
        self._end_head()

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(MOST_HEAD_SECONDS, self._miss_head)

    def _miss_head(self) -> None:
        """The head is late, unless it is here that nothing is read for now."""
        if self.flow.read_paused:
            self._wait_for_head()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _end_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def on_url(self, url: bytes) -> None:
        """Raises where the target gets too long."""
        super().on_url(url)
        if len(self.url) > MOST_TARGET_BYTES:
            self._stop(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """What comes after the body are no headers: bounded as they are, and dropped."""
        self._field_bytes += len(name) + len(value)
        if self._field_bytes > MOST_HEAD_BYTES:
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if not self._is_head_read:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is there; one that offers an upgrade is read again without it."""
        self._is_head_read = True
        self._is_offer = self.parser.is_offered_upgrade
        if self._is_offer:
            return
        self._end_head()
        if self.parser.get_method() == b"CONNECT":
            self._stop(HTTPStatus.NOT_IMPLEMENTED)
        version = self.parser.get_http_version()
        if status := heads.fault(version, self.headers):
            self._stop(status)
        self.expect_100_continue = version == "1.1" and heads.has(b"expect", self.headers)
        if not self.url.startswith((b"/", b"*")):
            self._read_absolute_target()
        super().on_headers_complete()
        self.scope["extensions"] = self._extensions.copy()
        if self._answering is None:
            self._answering = self.cycle
        if self.pipeline and len(self.pipeline) <= MOST_WAITING:  # where uvicorn reads no more:
            self.flow.resume_reading()  # it would not be seen that the client has gone

    def _read_absolute_target(self) -> None:
        """It counts instead of the Host header (RFC 9112, section 3.2.2)."""
        parts = heads.take_apart(self.url)
        if parts is None:
            self._stop(HTTPStatus.BAD_REQUEST)
        authority, self.url = parts
        rest = [header for header in self.headers if header[0] != b"host"]
        self.headers[:] = [(b"host", authority), *rest]

    def _read_again(self) -> Parser:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = Parser(self, self._read_again)
        self.parser.feed_data(b"\r\n".join([*lines, b"", b""]))
        return self.parser

    # The body

    def on_body(self, body: bytes) -> None:
        """Keep the bytes of a request that is not answered yet, where there is room for them."""
        if not self.cycle.response_complete and not self._held.take(len(body)):
            self._stop(HTTPStatus.SERVICE_UNAVAILABLE)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there, unless its head is read again."""
        if not self._is_offer:
            self.transport.is_sending = False
            self._held.end_waiting()
            self._end_rest()
            super().on_message_complete()

    def _end_rest(self) -> None:
        if self._rest_timer is not None:
            self._rest_timer.cancel()
            self._rest_timer = None

    # Reading

    def data_received(self, data: bytes) -> None:
        """Read on, and count what a head takes that does not end."""
        if self._last_words or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._has_begun = False
        try:
            self.parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            if self._refusal is None:
                self.logger.warning("Invalid HTTP request received.")
            self._refuse(self._refusal or HTTPStatus.BAD_REQUEST)
            return
        if self.transport.is_sending and self._is_waited_for() and not self._held.wait():
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        is_idle = self._answering is None and self._rest_timer is None  # it has sent empty lines
        if self._head_timer is None and (is_idle or not self._is_head_read):
            self._wait_for_head()
        if not (self._is_head_read or self._has_begun):  # else all before it was answered
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _is_waited_for(self) -> bool:
        """Whether somebody waits for the body that is being received."""
        return self._is_head_read and not self.cycle.response_complete

    def _stop(self, status: HTTPStatus) -> NoReturn:
        """Refuse the request that is being parsed."""
        self._refusal = status
        raise _RefusedError

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """The client says no more. Whether the connection stays open: for answers that are not
        given yet."""
        self._end_head()
        is_cut, self.transport.is_sending = self.transport.is_sending, False
        is_rest = self._answering is None and self._is_head_read  # of a body nobody waited for
        if is_cut and not (is_rest or self._last_words or self.transport.is_closing()):
            self._refuse(HTTPStatus.BAD_REQUEST)
        if self._answering is None:
            self.transport.flush()
            return False
        if self._half_closed is None:
            self._half_closed = HalfClosed(self.transport, self.loop, self._is_unbegun)
        return True

    def _is_unbegun(self) -> bool:
        return self._answering is not None and not self._answering.response_started

    # Answering

    def on_response_complete(self) -> None:
        """Go on with the next request; read further ones when none is waiting."""
        self._answering = None
        following = self.pipeline[-1][0] if self.pipeline else None
        super().on_response_complete()
        if not self.transport.is_closing():
            self._answering = following
        if len(self.pipeline) > MOST_WAITING:  # uvicorn reads on whatever is waiting
            self.flow.pause_reading()
        if self._answering is not None:
            if self._half_closed is not None:
                self._half_closed.wait()
            return
        self._held.release()
        if self._last_words:
            self._say_last_words()
        elif self._half_closed is not None:
            self._half_closed.end()
            self.transport.close()
        elif self.transport.is_sending and not self.transport.is_closing():
            self._rest_timer = self.loop.call_later(MOST_REST_SECONDS, self.transport.abort)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer what is no request, or one that has come in part, after those before it. Then the
        connection ends."""
        self._end_head()
        fields = [*self.server_state.default_headers, (b"connection", b"close")]
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            fields.append((b"retry-after", b"%d" % RETRY_SECONDS))
        lines = [b"%b: %b\r\n" % field for field in (*fields, (b"content-length", b"0"))]
        start = b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode())
        self._last_words = b"".join([start, *lines, b"\r\n"])
        cut = self.cycle if self._is_head_read and self.cycle and self.cycle.more_body else None
        if self.pipeline and cut is self.pipeline[0][0]:
            self.pipeline.popleft()
        elif cut is not None and cut is self._answering:
            self._disconnect()
            if cut.response_started:  # it ends as it is
                self.transport.close()
        if self._answering is None:
            self._say_last_words()

    def _say_last_words(self) -> None:
        """Say why no answer follows."""
        if not self.transport.is_closing():
            self.transport.write(self._last_words)
            self.transport.close()

    def shutdown(self) -> None:
        """The server ends: so does the connection, after the answers in progress."""
        if self._answering is None:
            self.transport.is_sending = False  # it is not waited for
            self.transport.close()
        else:
            self.cycle.keep_alive = False
            self._end()

    def _end(self) -> None:
        if not self._ending.done():
            self._ending.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._end_head()
        self._end_rest()
        self.transport.lost()
        if self._half_closed is not None:
            self._half_closed.end()
        self._disconnect()  # uvicorn tells the request that was read last
        self._end()
        super().connection_lost(exc)

    def _disconnect(self) -> None:
        """Tell whoever works on an answer that nobody will read it."""
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()
            self._answering.body.clear()
            self._answering = None
        self._held.release()
