"""What was computed before, kept up to a number of bytes: then the least recently used goes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from typing import TypeVar

from cachetools import LRUCache

V = TypeVar("V")


class Kept(LRUCache[bytes, V]):
    """Values by the key of what they answer, `size` tells the bytes of one. Not for several threads
    at once."""

    def __init__(self, most_bytes: int, size: Callable[[V], int]) -> None:
        super().__init__(most_bytes, size)

    def keep(self, key: bytes, value: V) -> None:
        """Keep the value, unless it is too large by itself."""
        with suppress(ValueError):
            self[key] = value


def key(question: bytes) -> bytes:
    """The key of a question that is written as bytes."""
    return blake2b(question, digest_size=16).digest()
