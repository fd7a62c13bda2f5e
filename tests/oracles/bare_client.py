"""A client of HTTP/1.1 over one connection that adds next to nothing to the time of an answer."""

from __future__ import annotations

import socket
import time
from types import TracebackType
from typing import Self

from tests.oracles.document_judge import Answer


class BareClient:
    """One connection, opened anew when the server closed it. Only loopback is asked."""

    def __init__(self, host: str, port: int, seconds: float = 10.0) -> None:
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(f"{host} is not this machine")
        self.host = f"{host}:{port}"
        self._address, self._seconds = (host, port), seconds
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, wire: bytes) -> tuple[Answer, float]:
        """The answer, and the seconds from the first byte sent to the last one received. Raises
        OSError."""
        fresh = self._socket is None
        try:
            return self._ask(wire)
        except ConnectionError:
            self.close()
            if fresh:
                raise
        return self._ask(wire)

    def _ask(self, wire: bytes) -> tuple[Answer, float]:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, self._seconds)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        self._socket.sendall(wire)
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        lines = bytes(received[:end]).decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, _, text = line.partition(":")
            headers[name.lower()] = text.strip()
        rest = bytes(received[end + 4 :])
        if wire.startswith(b"HEAD ") or status in (204, 304):
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = self._chunks(rest)
        else:
            body = self._exactly(rest, int(headers.get("content-length", 0)))
        took = time.perf_counter() - began
        if headers.get("connection") == "close":
            self.close()
        return Answer(status, headers, body), took

    def _more(self) -> bytes:
        assert self._socket is not None
        found = self._socket.recv(1 << 20)
        if not found:
            raise ConnectionResetError("closed before the end of the answer")
        return found

    def _exactly(self, begun: bytes, length: int) -> bytes:
        received = bytearray(begun)
        while len(received) < length:
            received += self._more()
        return bytes(received)

    def _chunks(self, begun: bytes) -> bytes:
        received, body = bytearray(begun), bytearray()
        while True:
            while (end := received.find(b"\r\n")) < 0:
                received += self._more()
            length = int(bytes(received[:end]).split(b";")[0], 16)
            while len(received) < end + 2 + length + 2:
                received += self._more()
            body += received[end + 2 : end + 2 + length]
            del received[: end + 2 + length + 2]
            if length == 0:
                return bytes(body)
