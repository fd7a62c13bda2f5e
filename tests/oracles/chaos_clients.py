"""Clients for `scripts/chaos`: bytes over bare sockets, so that they can misbehave."""

from __future__ import annotations

import http.client
import itertools
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from attrs import frozen

from benchmark.workloads import KEY, Facts
from tests.oracles.hostile_clients import written

READY = b"GET /__locum/ready HTTP/1.1\r\nHost: x\r\n\r\n"
DOCUMENT = b"GET /__locum/openapi/langsmith.json HTTP/1.1\r\nHost: x\r\n\r\n"  # a large answer


@frozen
class Reply:
    """An answer; status 0 where none came, or not all of it: `body` then says why."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect(port: int, seconds: float = 60.0) -> socket.socket:
    """A connection to the server, on which nothing takes longer than that."""
    return socket.create_connection(("127.0.0.1", port), timeout=seconds)


def read(connection: socket.socket) -> Reply:
    """The next answer on the connection."""
    try:
        with http.client.HTTPResponse(connection) as answer:
            answer.begin()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, headers, answer.read())
    except (OSError, http.client.HTTPException) as error:
        return Reply(0, {}, repr(error).encode())


def ask(port: int, request: bytes, seconds: float = 60.0, *, half_close: bool = False) -> Reply:
    """The answer on a connection of its own, whose sending side is closed first if wanted."""
    try:
        with connect(port, seconds) as connection:
            connection.sendall(request)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return read(connection)
    except OSError as error:
        return Reply(0, {}, repr(error).encode())


def everything(port: int, sent: bytes, seconds: float = 5.0) -> bytes:
    """All that the server says to the bytes, until it closes the connection."""
    said = b""
    try:
        with connect(port, seconds) as connection:
            connection.sendall(sent)
            while chunk := connection.recv(65_536):
                said += chunk
    except OSError:
        pass  # the server has stopped listening, or says no more
    return said


@contextmanager
def load(port: int, request: Callable[[], bytes], clients: int) -> Iterator[list[list[Reply]]]:
    """Clients that ask one question after the other until the end of the block; a list of answers
    for each, in order."""
    over = threading.Event()
    found: list[list[Reply]] = [[] for _ in range(clients)]

    def work(replies: list[Reply]) -> None:
        while not over.is_set():
            replies.append(ask(port, request()))

    threads = [threading.Thread(target=work, args=(replies,)) for replies in found]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        for thread in threads:
            thread.join()


class Questions:
    """Group stats of a dataset's largest project, no two of them equal, so that no cache helps."""

    def __init__(self, about: Facts) -> None:
        self._about = about
        self._numbers = itertools.count(1)

    def short(self) -> bytes:
        """Less than 1,000 bytes, and little to compute."""
        return self._group_stats(f'neq(name, "{next(self._numbers)}")')

    def long(self) -> bytes:
        """More than 1,000 bytes, and not much more to compute."""
        number = next(self._numbers)
        return self._any_of(f'eq(name, "{number} {place}")' for place in range(90))

    def heavy(self) -> bytes:
        """100 patterns over the inputs of all runs, which is the most that a filter may have."""
        number = next(self._numbers)
        return self._any_of(f'like(input_value, "%{number}q{place}%")' for place in range(100))

    def worst(self) -> bytes:
        """The most work in less than 1,000 bytes: 45 searches of the whole text."""
        number = next(self._numbers)
        return self._any_of(f'search("{chr(97 + place % 26)}{number}")' for place in range(45))

    def _any_of(self, conditions: Iterable[str]) -> bytes:
        return self._group_stats(f"or({','.join(conditions)})")

    def _group_stats(self, filter_: str) -> bytes:
        body = {"session_id": self._about.session, "group_by": "conversation", "filter": filter_}
        headers = {"X-API-Key": KEY, "X-Tenant-Id": self._about.tenant}
        url = "/api/v1/runs/group/stats"
        return written({"method": "POST", "url": url, "headers": headers, "json": body})
