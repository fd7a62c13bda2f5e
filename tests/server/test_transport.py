"""What a connection sends: whole answers, to a client that reads."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any, cast

import pytest
from starlette.types import Receive, Scope, Send

from locum.server import transport as module
from locum.server.transport import Transport
from tests.oracles.hostile_clients import exchange, statuses, unreading
from tests.oracles.serving import answering

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 30000000\r\n\r\n"
LOOPS = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
LARGE = 8 * 2**20  # more than the kernel takes


async def answer_at_once(scope: Scope, receive: Receive, send: Send) -> None:
    """Without waiting for a body."""
    headers = [(b"content-length", b"%d" % LARGE)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * LARGE})


class Sent:
    """In place of the loop's transport: what it is given, of which a client takes so much."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.waiting = 0
        self.is_aborted = False

    def write(self, data: bytes) -> None:
        self.writelines([data])

    def writelines(self, data: list[bytes]) -> None:
        self.calls.append(b"".join(data))

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        self.is_aborted = True


def test_what_is_written_in_one_turn_is_one_call() -> None:
    async def write(sent: Any) -> None:
        transport = Transport(sent, asyncio.get_running_loop())
        transport.write(b"head ")
        transport.write(b"body")
        await asyncio.sleep(0)
        transport.write(b"next")
        transport.flush()

    sent = Sent()
    asyncio.run(write(sent))
    assert sent.calls == [b"head body", b"next"]


def test_what_was_sent_ahead_is_left_out() -> None:
    """Once, and not while something else is still to be sent."""

    async def write(sent: Any) -> None:
        transport = Transport(sent, asyncio.get_running_loop())
        for _ in range(4):
            transport.write_ahead(b"abc")
        transport.write(b"ab")
        transport.write_ahead(b"abc")
        transport.write(b"cdef")
        transport.write_ahead(b"abc")
        transport.write(b"abcxyz")
        transport.flush()

    sent = Sent()
    asyncio.run(write(sent))
    assert sent.calls == [b"a", b"b", b"c", b"def", b"a", b"bcxyz"]


class Clock:
    """In place of the loop: what it is to do later, it does when it is told to."""

    def __init__(self) -> None:
        self._later: list[Callable[[], object]] = []

    def call_soon(self, call: Callable[[], object]) -> None:
        """Leave that to the test."""

    def call_later(self, _seconds: float, call: Callable[[int], object], taken: int) -> None:
        self._later.append(lambda: call(taken))

    def go_on(self) -> None:
        later, self._later = self._later, []
        for call in later:
            call()


@pytest.mark.parametrize(("taken", "is_aborted"), [(0, True), (1, False)])
def test_progress_is_what_the_client_takes_and_not_what_is_written(
    taken: int, *, is_aborted: bool
) -> None:
    sent, clock = Sent(), Clock()
    transport = Transport(sent, cast("Any", clock))
    for _ in range(6):
        transport.write(b"x" * 100)
        transport.flush()
        sent.waiting += 100 - taken
        clock.go_on()
    assert sent.is_aborted == is_aborted


@LOOPS
def test_a_client_that_does_not_read_is_dropped(monkeypatch: pytest.MonkeyPatch, loop: str) -> None:
    """Though it goes on asking; and one that reads slowly, with pauses, is given all."""
    monkeypatch.setattr(module, "MOST_STALLED_SECONDS", 0.5)
    with answering(answer_at_once, loop) as address:
        with unreading(address, GET) as connection, pytest.raises(ConnectionError):  # noqa: PT012 - at one of them
            connection.settimeout(5)
            time.sleep(1.5)
            while True:
                connection.sendall(GET)
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(GET)
            received = 0
            while received < LARGE:
                if received < 2**20:
                    time.sleep(0.02)
                received += len(connection.recv(65_536))


@LOOPS
def test_a_client_that_is_still_sending_is_told_its_answer_all_the_same(loop: str) -> None:
    """Of a connection that is closed with something unread, the client would lose what it has not
    read yet."""
    with answering(answer_at_once, loop) as address:
        for _ in range(3):
            answer = exchange(address, POST, b" " * 30_000_000)
            assert statuses(answer) == [200]
            assert answer.count(b"x" * LARGE) == 1


def test_a_client_that_never_ends_sending_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINGERING_SECONDS", 0.3)
    with (
        answering(answer_at_once) as address,
        socket.create_connection(address, timeout=5) as connection,
    ):
        connection.sendall(POST.replace(b"30000000", b"300000000000"))
        with pytest.raises(ConnectionError):  # noqa: PT012 - at one of them
            while True:
                connection.sendall(b" " * 65_536)
