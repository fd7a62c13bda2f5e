"""Clients that make the server keep much."""

from __future__ import annotations

import resource
import selectors
import socket
import time
from http import HTTPStatus

from benchmark.workloads import KEY
from tests.chaos.admission import faults
from tests.chaos.scenario import Outcome, Scale, Scenario
from tests.chaos.servers import MEGABYTE, said, serving
from tests.oracles.chaos_clients import ask
from tests.oracles.hostile_clients import HEALTH

_BODY_BYTES = 1 << 20
_HEAD = (
    b"POST /v1/session/metrics/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n" % (KEY.encode(), _BODY_BYTES)
)
_MOST_MEGABYTES = 300
_OWN_DESCRIPTORS = 100


def bodies(scale: Scale) -> Outcome:
    """Bodies that are there but for their last byte, on more connections than anybody needs."""
    wanted = scale.of(5000, 100)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server inherits it
    count = min(wanted, most - _OWN_DESCRIPTORS)
    with serving() as server:
        sent, refused = _send(server.port, count, seconds=scale.of(25, 2))
        lost = faults(ask(server.port, HEALTH), "health after", HTTPStatus.OK)
        lost += [f"in the log: {line}" for line in said(server).splitlines() if "Traceback" in line]
        peak = server.peak_bytes() / MEGABYTE
    return Outcome(
        f"{count:,} connections with 1 MiB each, {sent / MEGABYTE:,.0f} MB taken, {refused} closed",
        lost,
        f"at most {peak:.0f} MB resident",
        within=peak < _MOST_MEGABYTES,
    )


def _send(port: int, count: int, seconds: float) -> tuple[int, int]:
    """The bytes that were taken in that time, and how many connections the server closed."""
    message = memoryview(_HEAD + b" " * (_BODY_BYTES - 1))
    until = time.monotonic() + seconds
    places: dict[socket.socket, int] = {}
    refused = 0
    with selectors.DefaultSelector() as selector:
        try:
            for _ in range(count):
                connection = socket.create_connection(("127.0.0.1", port), timeout=5)
                connection.settimeout(0)
                places[connection] = 0
                selector.register(connection, selectors.EVENT_WRITE)
            while selector.get_map() and time.monotonic() < until:
                for key, _ in selector.select(timeout=0.5):
                    connection = key.fileobj  # type: ignore[assignment]
                    try:
                        places[connection] += connection.send(message[places[connection] :])
                    except BlockingIOError:
                        continue
                    except (ConnectionResetError, BrokenPipeError):
                        refused += 1
                        selector.unregister(connection)
                    else:
                        if places[connection] == len(message):
                            selector.unregister(connection)
        finally:
            for connection in places:
                connection.close()
    return sum(places.values()), refused


SCENARIOS = [Scenario("bodies", f"below {_MOST_MEGABYTES} MB", bodies)]
