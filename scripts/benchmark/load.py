"""Load: requests over keep-alive connections, each sending its next when its answer is there.

Written on bare sockets, since it shares the machine's cores with the server that it measures: what
the client takes, the server lacks.
"""

from __future__ import annotations

import re
import selectors
import socket
import statistics
import time
from collections import Counter
from collections.abc import Iterable

from attrs import frozen

from benchmark.servers import ServerError

PATIENCE_SECONDS = 120.0  # for one answer
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_NO_BODY = (204, 304)


@frozen
class Answers:
    """What came of one slice of load: how long each request took and all together, in seconds."""

    latencies: list[float]
    seconds: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """That percentile of the latencies, interpolated linearly; of one, itself."""
        if len(self.latencies) == 1:
            return self.latencies[0]
        return statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1]


class _Connection:
    """A socket, and how much of the answer is still to come."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._head = b""
        self._status = 0
        self._missing = 0

    def send(self, request: bytes) -> None:
        self._head = b""
        self._status = 0
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int:
        """The answer's status when all of it has been read, before that 0."""
        received = self.socket.recv(262_144)
        if not received:
            raise ServerError("the connection was closed before the answer's end")
        if self._status:
            self._missing -= len(received)
        else:
            self._head += received
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return 0
            self._status = int(self._head[9:12])
            self._missing = self._length(end) - (len(self._head) - end - 4)
        if self._missing < 0:
            raise ServerError("an answer is longer than its Content-Length")
        return 0 if self._missing else self._status

    def _length(self, end: int) -> int:
        if self._status in _NO_BODY:
            return 0
        found = _LENGTH.search(self._head, 0, end)
        if found is None:
            raise ServerError(f"an answer {self._status} without Content-Length")
        return int(found[1])


def load(
    port: int, requests: Iterable[bytes], *, concurrency: int, seconds: float, status: int = 200
) -> Answers:
    """Send the requests until they are used up or the time is over, then await what is under way.

    Raises ServerError where an answer has another status than `status`, or none comes.
    """
    supply = iter(requests)
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    connections: list[_Connection] = []
    under_way = 0
    with selectors.DefaultSelector() as selector:
        try:
            connections.extend(_Connection(port) for _ in range(concurrency))
            began = time.perf_counter()
            for connection, request in zip(connections, supply, strict=False):
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.send(request)
                under_way += 1
            while under_way:
                ready = selector.select(PATIENCE_SECONDS)
                if not ready:
                    raise ServerError(f"no answer within {PATIENCE_SECONDS:.0f} s")
                for key, _ in ready:
                    answering: _Connection = key.data
                    got = answering.receive()
                    if not got:
                        continue
                    now = time.perf_counter()
                    latencies.append(now - answering.began)
                    statuses[got] += 1
                    following = next(supply, None) if now - began < seconds else None
                    if following is None:
                        under_way -= 1
                    else:
                        answering.send(following)
            ended = time.perf_counter()
        except OSError as error:
            raise ServerError(f"a connection broke: {error}") from error
        finally:
            for connection in connections:
                connection.socket.close()
    if set(statuses) != {status}:
        raise ServerError(f"not every answer had status {status}: {dict(statuses)}")
    return Answers(latencies, ended - began)
