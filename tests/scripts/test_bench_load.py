"""The load of scripts/bench: what it sends, what it counts, and what it does not let pass."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmark.load import Answers, load
from benchmark.servers import ServerError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@contextmanager
def answering(*answers: list[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """The port of a server that answers its requests with these, piece by piece, the last one again
    and again, and what it was asked. A request ends with an empty line; after an empty piece the
    server hangs up."""
    asked: list[bytes] = []
    lock = threading.Lock()

    def serve(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            while line := reader.readline():
                request = line
                while line not in (b"\r\n", b""):
                    line = reader.readline()
                    request += line
                with lock:
                    asked.append(request)
                    pieces = answers[min(len(asked), len(answers)) - 1]
                for piece in pieces:
                    if not piece:
                        return
                    connection.sendall(piece)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # the listener was shut down
            threading.Thread(target=serve, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(None)
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield listener.getsockname()[1], asked
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join(timeout=10)


def requests(count: int) -> list[bytes]:
    return [b"GET /%d HTTP/1.1\r\n\r\n" % number for number in range(count)]


@pytest.mark.parametrize("connections", [1, 3, 8, 50])
def test_each_request_is_sent_once_and_counted(connections: int) -> None:
    with answering([OK]) as (port, asked):
        answers = load(port, requests(40), concurrency=connections, seconds=60)
    assert sorted(asked) == sorted(requests(40))
    assert len(answers.latencies) == 40
    assert all(0 < latency <= answers.seconds for latency in answers.latencies)


def test_load_ends_when_its_time_is_over_and_awaits_what_is_under_way() -> None:
    with answering([OK]) as (port, asked):
        answers = load(port, requests(40), concurrency=8, seconds=0)
    assert len(answers.latencies) == 8
    assert len(asked) == 8


def test_answer_may_come_in_pieces() -> None:
    pieces = [b"HTTP/1.1 200 OK\r\ncontent-", b"length: 10\r\n\r", b"\n01234", b"56789"]
    with answering(pieces) as (port, asked):
        answers = load(port, requests(5), concurrency=1, seconds=60)
    assert len(answers.latencies) == len(asked) == 5


def test_answer_304_has_no_body() -> None:
    with answering([b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n']) as (port, _):
        answers = load(port, requests(5), concurrency=1, seconds=60, status=304)
    assert len(answers.latencies) == 5


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"], r"status 200: \{200: 3, 500: 1\}"),
        ([b"HTTP/1.1 304 Not Modified\r\n\r\n"], r"status 200: \{200: 3, 304: 1\}"),
        ([b"HTTP/1.1 200 OK\r\n\r\n"], "200 without Content-Length"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhello"], "longer than its Content-Length"),
        ([b"HTTP/1.1 200 OK\r\nContent-Le", b""], "closed before the answer's end"),
        ([b""], "closed before the answer's end"),
    ],
    ids=["status", "other good status", "no length", "too long", "torn", "none"],
)
def test_one_wrong_answer_fails_the_load(answer: list[bytes], message: str) -> None:
    with (
        answering([OK], [OK], [OK], answer) as (port, _),
        pytest.raises(ServerError, match=message),
    ):
        load(port, requests(4), concurrency=1, seconds=60)


def test_nobody_listening_fails_the_load() -> None:
    with answering([OK]) as (port, _):
        pass
    with pytest.raises(ServerError, match="a connection broke"):
        load(port, requests(1), concurrency=1, seconds=60)


def test_figures_of_a_slice() -> None:
    """Linear interpolation at q·(n-1): the median of four is between the second and the third, the
    99th percentile at 2.97, between the third and the fourth."""
    answers = Answers([4.0, 1.0, 2.0, 3.0], seconds=8.0)
    assert answers.per_second == 0.5
    assert answers.percentile(50) == 2.5
    assert answers.percentile(99) == pytest.approx(3.97)
    assert Answers([7.0], seconds=1.0).percentile(99) == 7.0
