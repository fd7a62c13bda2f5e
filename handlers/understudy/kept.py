"""What was computed before, kept up to a number of bytes: then the least recently used goes.

Not cachetools' LRUCache: each new request asks two, and its many small calls were a twentieth of
what is done around a handler.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by the key of what they answer, `size` tells the bytes of one; `nbytes` are those of
    all. Not for several threads at once."""

    def __init__(self, most_bytes: int, size: Callable[[V], int]) -> None:
        self.nbytes, self._most_bytes, self._size = 0, most_bytes, size
        self._values: OrderedDict[bytes, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: bytes) -> bool:
        return key in self._values

    def get(self, key: bytes) -> V | None:
        """The value, which is the one used last from now on; None where there is none."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def keep(self, key: bytes, value: V) -> None:
        """Keep the value, unless it is too large by itself."""
        size = self._size(value)
        if size > self._most_bytes:
            return
        if key in self._values:
            self.nbytes -= self._values.pop(key)[1]
        self._values[key] = (value, size)
        self.nbytes += size
        while self.nbytes > self._most_bytes:
            _, (_, dropped) = self._values.popitem(last=False)
            self.nbytes -= dropped


def key(question: bytes) -> bytes:
    """The key of a question that is written as bytes."""
    return blake2b(question, digest_size=16).digest()
