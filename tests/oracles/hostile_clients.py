"""Clients that dawdle, leave, say too much or read nothing: plain sockets, nothing of the package.

Each takes the address of a server. Those that stay give the open socket, which the caller closes.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

_BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE

Address = tuple[str, int]

HEALTH = b"GET /__locum/health HTTP/1.1\r\nHost: x\r\n\r\n"
UPLOAD = "POST /v1/session/metrics/query HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"


def written(asked: dict[str, Any], *headers: str, host: str = "x") -> bytes:
    """A request in httpx's words (method, url, params, json, headers) as bytes, with further
    headers as lines."""
    query = "?" + urlencode(asked["params"], doseq=True) if "params" in asked else ""
    body = json.dumps(asked["json"]).encode() if "json" in asked else b""
    lines = [f"{asked['method']} {asked['url']}{query} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in asked.get("headers", {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def statuses(answer: bytes) -> list[int]:
    """Those of all answers, interim ones too. The bodies must not hold a status line."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def exchange(
    address: Address, *parts: bytes, half_close: bool = False, seconds: float = 10.0
) -> bytes:
    """All that the server says to the parts, each sent by itself, until it closes the connection.
    `half_close`: close the sending side after them. Raises TimeoutError where it stays open."""
    with socket.create_connection(address, timeout=seconds) as connection:
        answer = b""
        with suppress(ConnectionResetError, BrokenPipeError):  # a refused client may see either
            for part in parts:
                connection.sendall(part)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65_536):
                answer += chunk
    return answer


def health_seconds(address: Address, patience: float = 10.0) -> float:
    """How long the server takes to say that it is well. Raises where it does not."""
    began = time.monotonic()
    asked = HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answer = exchange(address, asked, seconds=patience)
    if statuses(answer) != [200]:
        raise AssertionError(f"no health: {answer!r:.200}")
    return time.monotonic() - began


def staying(address: Address, sent: bytes = b"", seconds: float = 10.0) -> socket.socket:
    """A client that has sent these bytes, the whole of a request or a part of it, and stays: an
    idle one, a slow head, a slow body."""
    connection = socket.create_connection(address, timeout=seconds)
    connection.sendall(sent)
    return connection


def leaving(address: Address, sent: bytes, *, reset: bool = False, after: float = 0.0) -> None:
    """A client that sends these bytes and leaves; with a reset, as one that is killed does when
    there is something that it has not read."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(sent)
        time.sleep(after)
        if reset:
            close_with_reset(connection)


def close_with_reset(connection: socket.socket) -> None:
    """Close the connection with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def slow_connection(address: Address, seconds: float = 60.0) -> socket.socket:
    """A connection that takes in little before it is read from, on which nothing takes longer than
    that."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(seconds)
    connection.connect(address)
    return connection


def unreading(address: Address, request: bytes, seconds: float = 2.0) -> socket.socket:
    """A client that goes on asking until the server takes no more, or so many seconds, and reads
    nothing."""
    connection = slow_connection(address, seconds / 4)
    deadline = time.monotonic() + seconds
    with suppress(TimeoutError, ConnectionError):
        while time.monotonic() < deadline:
            connection.sendall(request * 100)
    return connection


@contextmanager
def all_closed(clients: Iterable[socket.socket]) -> Iterator[list[socket.socket]]:
    """The clients, closed at the end of the block."""
    with ExitStack() as stack:
        yield [stack.enter_context(client) for client in clients]


def crowd(
    address: Address, count: int, head: bytes, size: int, *, piece: int = 65_536, seconds: float
) -> list[tuple[socket.socket, bytes]]:
    """So many clients at once that each send the head and then `size` bytes in pieces, all in
    turns, for so many seconds at most; and what each of them was told until then. Those that the
    server takes no more from wait."""
    deadline = time.monotonic() + seconds
    space = memoryview(b" " * piece)
    left: dict[socket.socket, int] = {}
    told: dict[socket.socket, bytes] = {}
    with selectors.DefaultSelector() as selector:
        for _ in range(count):
            client = socket.create_connection(address, timeout=10)
            client.sendall(head)
            client.settimeout(0)
            left[client], told[client] = size, b""
            selector.register(client, _BOTH, client)
        while selector.get_map() and time.monotonic() < deadline:
            for key, events in selector.select(timeout=0.2):
                client = key.data
                try:
                    if events & selectors.EVENT_READ:
                        told[client] += (chunk := client.recv(65_536))
                        if not chunk:
                            selector.unregister(client)
                            continue
                    if events & selectors.EVENT_WRITE and left[client]:
                        left[client] -= client.send(space[: left[client]])
                        if not left[client]:
                            selector.modify(client, selectors.EVENT_READ, client)
                except BlockingIOError:
                    continue
                except OSError:
                    selector.unregister(client)
    return list(told.items())
