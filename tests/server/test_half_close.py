"""Clients that close their sending side: those that read on get their answers, and those that have
gone are noticed. Over real sockets, in both loops."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from tests.conftest import application_over
from tests.oracles.hostile_clients import HEALTH, Address, exchange, statuses, written
from tests.oracles.requests_of_tiny import OPERATIONS, request
from tests.oracles.serving import answering

THREADS = ThreadPoolExecutor(64)
BODY = b"0123456789"


class Working:
    """An application that answers after so many seconds of work in a thread as the query says, and
    tells when a client has left it."""

    def __init__(self) -> None:
        self.left = Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive()).get("more_body"):
            pass
        if message["type"] == "http.disconnect":
            return
        seconds = float(scope["query_string"] or 0)
        if seconds:
            loop = asyncio.get_running_loop()
            work: asyncio.Future[Any] = loop.run_in_executor(THREADS, time.sleep, seconds)
            leaving: asyncio.Future[Any] = asyncio.ensure_future(receive())
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                self.left.set()
                return
            leaving.cancel()
        headers = [(b"content-length", b"10")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": BODY})


@pytest.fixture(scope="module")
def application() -> Working:
    return Working()


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def address(request: pytest.FixtureRequest, application: Working) -> Iterator[Address]:
    with answering(application, request.param) as found:
        yield found


def get(seconds: float, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET /?%g HTTP/1.1" % seconds, b"Host: x", *headers, b"", b""])


def half_closing(address: Address, *parts: bytes) -> bytes:
    return exchange(address, *parts, half_close=True)


def is_whole(answer: bytes, count: int = 1) -> bool:
    """Whether there are so many good answers, and not a byte else."""
    found = answer.split(BODY)
    heads = [each.split(b"\r\n") for each in found[:-1]]
    return found[-1] == b"" and [each[0] for each in heads] == [b"HTTP/1.1 200 OK"] * count


@pytest.mark.parametrize("headers", [(), (b"Connection: close",)])
@pytest.mark.parametrize(("seconds", "times"), [(0, 100), (0.03, 24), (0.1, 24)])
def test_the_answer_comes_whole_however_long_it_takes(
    address: Address, headers: tuple[bytes, ...], seconds: float, times: int
) -> None:
    with ThreadPoolExecutor(12) as clients:
        asked = [get(seconds, *headers)] * times
        answers = list(clients.map(lambda each: half_closing(address, each), asked))
    assert [answer for answer in answers if not is_whole(answer)] == []


@pytest.mark.parametrize(("seconds", "times"), [(0, 200), (0.1, 4)])
def test_all_answers_to_one_who_did_not_wait_for_them_come_in_order(
    address: Address, seconds: float, times: int
) -> None:
    assert is_whole(half_closing(address, get(seconds) * times), times)


def test_all_operations_answer_as_ever(world: dict[str, str]) -> None:
    """A thousand requests, on connections that go on and that do not; the first of an operation is
    computed, the others come from memory."""
    asked = [written(request(operation, world)) for operation in OPERATIONS]
    asked += [HEALTH, asked[0].replace(b"X-API-Key", b"X-No-Key"), HEALTH.replace(b"health", b"no")]
    with answering(application_over("tiny")) as address, ThreadPoolExecutor(4) as clients:
        for each in asked:
            closing = each.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
            (expected,) = statuses(exchange(address, closing))
            found = clients.map(lambda sent: half_closing(address, sent), [each, closing] * 63)
            assert [statuses(answer) for answer in found] == [[expected]] * 126


def test_the_word_before_the_body_and_the_answer_are_whole(address: Address) -> None:
    """Both begin with what a probe says."""
    sent = get(0.1, b"Expect: 100-continue", b"Content-Length: 1") + b"x"
    interim, _, answer = half_closing(address, sent).partition(b"\r\n\r\n")
    assert interim == b"HTTP/1.1 100 Continue"
    assert is_whole(answer)


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (b"", []),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", [400]),
        (get(0, b"Content-Length: 5") + b"ab", [400]),
        (get(0, b"Transfer-Encoding: chunked") + b"5\r\nab", [400]),
        (get(0.1) + get(0, b"Content-Length: 5") + b"ab", [200, 400]),
        (get(0.1) + b"GET / HT", [200, 400]),
        (get(0.1) + b"NONSENSE\r\n\r\n", [200, 400]),
    ],
)
def test_a_request_that_is_cut_off_is_refused_after_those_before_it(
    address: Address, cut: bytes, expected: list[int]
) -> None:
    assert statuses(half_closing(address, cut)) == expected


def test_a_connection_without_a_request_is_closed_at_once(address: Address) -> None:
    began = time.monotonic()
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(get(0))
        assert is_whole(connection.recv(65_536))
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert time.monotonic() - began < 3  # idle ones are closed after 5 s


# Those that have gone. Measured: 41 ms on an idle machine.


@pytest.mark.parametrize("requests", [1, 3])
@pytest.mark.parametrize("closes_first", [False, True])
def test_one_who_has_gone_is_noticed_long_before_the_answer(
    address: Address, application: Working, requests: int, *, closes_first: bool
) -> None:
    """Also where it closed its sending side before, and where further requests wait."""
    application.left.clear()
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(get(8) * requests)
        if closes_first:
            connection.shutdown(socket.SHUT_WR)
        time.sleep(0.3)
        assert not application.left.is_set()
        began = time.monotonic()
    assert application.left.wait(7)
    assert time.monotonic() - began < 3


def test_one_who_reads_on_is_never_taken_for_gone(address: Address, application: Working) -> None:
    """Five probes were sent then."""
    application.left.clear()
    asked = [get(3), get(3, b"Connection: close"), get(3)]
    with ThreadPoolExecutor(3) as clients:
        answers = list(clients.map(lambda each: half_closing(address, each), asked))
    assert [answer for answer in answers if not is_whole(answer)] == []
    assert not application.left.is_set()
