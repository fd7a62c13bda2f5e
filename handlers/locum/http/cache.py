"""What is answered from memory.

- The response cache holds whole responses, as they were sent, by every byte of the request and the
  version of the data.
- The result cache of a document holds computed answers, as bytes with their entity tag, by the
  version of the data, the operation, the tenant and the checked arguments.

Both hold MOST_BYTES, and then the least recently used goes.

A dataset never changes while it is served, so the same question has the same answer. Responses
serve a client that polls: the request was authenticated and checked before. One is kept from its
second time on (what is asked for once mostly never comes again), and only where its answer came
from the results. What may not be cached: answers of operations that the provider names `uncached`,
failures, and everything that preferences or a rate limit act upon (`http/entry.py`).
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b, sha256
from operator import attrgetter
from typing import Any, TypeVar

import orjson
from attrs import frozen
from cachetools import LRUCache
from starlette.types import Message, Scope

from locum.http.journal import Asked
from locum.openapi.json_bytes import written as written_json
from locum.openapi.media_types import is_json
from locum.provider import Answer

MOST_BYTES = 4 * 2**20  # of each cache
_OVERHEAD = 1000  # bytes of an entry beside its text, about
_MOST_BODY = 65_536  # bytes: a request with a larger body is not looked up

V = TypeVar("V")


class LRUBytes(LRUCache[bytes, V]):
    """Values of which `size` tells the bytes, up to MOST_BYTES in all: then the least recently used
    one goes. Not for several threads at once."""

    def __init__(self, size: Callable[[V], int]) -> None:
        super().__init__(MOST_BYTES, size)

    def add(self, key: bytes, value: V) -> None:
        """Add the value, unless it is too large by itself."""
        with suppress(ValueError):
            self[key] = value


def written(*question: Any) -> bytes:
    """Write a question, which is numbers, texts, bytes and JSON values, as bytes. The order of an
    object's keys counts: it may mean something to an operation."""
    # Version 2 writes equal values alike; JSON's writers know neither large integers nor depth.
    return marshal.dumps(question, 2)


def key(question: bytes) -> bytes:
    """Return the key of a written question."""
    return blake2b(question, digest_size=16).digest()


@frozen
class CachedResponse:
    """A computed answer: its status, headers and bytes, and their entity tag (RFC 9110, section
    8.8.3), which is equal for equal bytes, on any machine."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    raw: bytes
    tag: str

    @classmethod
    def of(cls, answer: Answer, *, is_empty: bool = False) -> CachedResponse:
        """Write the answer: a JSON body (None is null), text of another media type, or bytes as
        they are; none where it is to be empty."""
        headers = [
            (name.lower().encode(), value.encode()) for name, value in answer.headers.items()
        ]
        if is_empty:
            return cls(answer.status, tuple(headers), b"", "")
        if isinstance(answer.body, bytes):
            raw = answer.body
        elif isinstance(answer.body, str) and not is_json(answer.media_type):
            raw = answer.body.encode()
        else:
            # A copy takes its own size; what orjson writes keeps all the room it was written in.
            raw = bytes(memoryview(_json(answer.body)))
        headers += [
            (b"content-type", answer.media_type.encode()),
            (b"content-length", str(len(raw)).encode()),
        ]
        return cls(answer.status, tuple(headers), raw, f'"{sha256(raw).hexdigest()[:32]}"')

    def matches(self, if_none_match: str) -> bool:
        """Return whether an If-None-Match header names this answer (RFC 9110, section 13.1.2)."""
        tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
        return self.tag in tags or tags == ["*"]


def _json(body: Any) -> bytes:
    try:
        return orjson.dumps(body)  # as nearly always
    except TypeError:
        return written_json(body)


class ResultCache(LRUBytes[CachedResponse]):
    """Computed answers by the digests of their questions."""

    def __init__(self) -> None:
        super().__init__(lambda answer: len(answer.raw) + _OVERHEAD)


@frozen
class KnownResponse:
    """The messages of a response as they are sent, and what the journal tells of the request:
    method, path, operation and status. `question` is what it answers."""

    question: bytes
    messages: list[Message]
    request: Asked

    @property
    def size(self) -> int:
        """Return about how many bytes it takes."""
        bodies = sum(len(message.get("body", b"")) for message in self.messages)
        return len(self.question) + bodies + _OVERHEAD


class ResponseCache(LRUBytes[KnownResponse]):
    """Whole responses by their questions."""

    def __init__(self) -> None:
        super().__init__(attrgetter("size"))


def question(version: int, applied: tuple[str, ...], scope: Scope, first: Message) -> bytes:
    """Write what tells the request apart from all others: the version of its data, the preferences
    that hold, and all of itself with the first message of its body; b"" where its body is large, or
    comes in several pieces."""
    body = first.get("body", b"")
    if first["type"] != "http.request" or first.get("more_body") or len(body) > _MOST_BODY:
        return b""
    where = scope["method"], scope.get("raw_path"), scope["path"], scope["query_string"]
    return written(version, applied, where, scope["headers"], body)
