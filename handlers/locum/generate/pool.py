"""How many bytes all stores of a process hold."""

from __future__ import annotations

import threading

from locum.exceptions import StoreFull

MOST_BYTES_IN_ALL = 256 * 2**20


class Pool:
    """How many bytes the stores of a process hold together, and may."""

    def __init__(self, most: int = MOST_BYTES_IN_ALL) -> None:
        self._most = most
        self._used = 0
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """The bytes that are held."""
        return self._used

    def change(self, size: int) -> None:
        """Take so many bytes, or give them back. Raise StoreFull where so many are not left."""
        with self._lock:
            if size > 0 and self._used + size > self._most:
                raise StoreFull(f"{self._most >> 20} MiB in all stores together")
            self._used += size
