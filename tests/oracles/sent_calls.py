"""Requests that may have to wait for others, and the order in which they are sent."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

from attrs import define, field
from backports import zstd

PACKING: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress}
BOUNDARY = "0c1d2e-random"

Part = tuple[str, bytes, str]  # of a form: its name, its content, its media type


@define(eq=False)
class Call:
    """A request: it is sent after `after`, and answered by one of the statuses; when it comes
    again, by one of `again`, which is empty where it is not to come again."""

    method: str
    url: str
    headers: dict[str, str | bytes]
    content: bytes
    statuses: tuple[int, ...]
    again: tuple[int, ...] = ()
    after: list[Call] = field(factory=list)
    answer: bytes | None = None  # where all of it is known

    def sent(self) -> dict[str, Any]:
        """As keyword arguments of httpx's `request`."""
        return {
            "method": self.method,
            "url": self.url,
            "headers": self.headers,
            "content": self.content,
        }


class Calls:
    """Requests with a key, each of which is sent when those that it needs have been."""

    def __init__(self, draw: Random, key: str) -> None:
        self.draw = draw
        self.headers = {"X-API-Key": key}
        self.calls: list[Call] = []

    def in_order(self) -> Iterator[Call]:
        """All requests, in a random order that each may have, some of them again."""
        draw, waiting, done = self.draw, list(self.calls), set[int]()
        sent: list[Call] = []
        while waiting:
            ready = [n for n, call in enumerate(waiting) if done >= {id(c) for c in call.after}]
            call = waiting.pop(draw.choice(ready))
            yield call
            done.add(id(call))
            sent.append(call)
            if draw.random() < 0.2:
                repeated = draw.choice(sent)
                if repeated.again:
                    yield Call(
                        repeated.method,
                        repeated.url,
                        repeated.headers,
                        repeated.content,
                        repeated.again,
                        answer=repeated.answer,
                    )

    def _is(self, share: float) -> bool:
        return self.draw.random() < share

    def _call(
        self,
        method: str,
        url: str,
        body: Any,
        statuses: tuple[int, ...],
        again: tuple[int, ...] = (),
        after: Iterable[Call] = (),
    ) -> Call:
        headers: dict[str, str | bytes] = {**self.headers, "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        call = Call(method, url, headers, content, statuses, again, list(after))
        self.calls.append(call)
        return call

    def _form(
        self,
        url: str,
        parts: list[Part],
        statuses: tuple[int, ...],
        again: tuple[int, ...],
        after: Iterable[Call],
    ) -> Call:
        content = b""
        for name, body, mime_type in parts:
            is_header = self._is(0.5)
            length = f"\r\nContent-Length: {len(body)}" if is_header else f"; length={len(body)}"
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n'
            head += f"Content-Type: {mime_type}{length}\r\n\r\n"
            content += head.encode() + body + b"\r\n"
        call = self._call("POST", url, None, statuses, again, after)
        call.content = content + f"--{BOUNDARY}--\r\n".encode()
        call.headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
        self._pack(call)
        return call

    def _pack(self, call: Call) -> None:
        coding = self.draw.choice(("", *PACKING))
        if coding:
            call.content = PACKING[coding](call.content)
            call.headers = call.headers | {"Content-Encoding": coding}
