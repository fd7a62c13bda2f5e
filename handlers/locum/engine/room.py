"""How much all layers of a process hold together: many sandboxes that are each within their bounds
must not take all of the machine's memory.
"""

from __future__ import annotations

import os
import threading

from locum.exceptions import StoreFull

MOST_ROWS = 4_000_000
MOST_BYTES = 4 * 2**30  # of lines, and at most this share of the machine's memory
_SHARE = 0.5


class Room:
    """So many rows, and bytes of their lines, in all. Any number of threads may ask at once."""

    def __init__(self, most_rows: int = MOST_ROWS, most_bytes: int | None = None) -> None:
        self._most_rows = most_rows
        self._most_bytes = _most_bytes() if most_bytes is None else most_bytes
        self.rows = self.bytes = 0  # that are held
        self._changing = threading.Lock()

    def change(self, rows: int, size: int) -> None:
        """Take so many rows and bytes, or give them back, where they are negative."""
        with self._changing:
            self.rows += rows
            self.bytes += size

    def has(self, rows: int, size: int) -> bool:
        """Return whether so many are left."""
        return self.rows + rows <= self._most_rows and self.bytes + size <= self._most_bytes

    def check(self, rows: int, size: int) -> None:
        """Raise StoreFull where so many are not left."""
        if not self.has(rows, size):
            raise StoreFull(
                f"{self._most_rows:,} rows or {self._most_bytes >> 20:,} MiB of rows "
                "that were written in all sandboxes together"
            )


def _most_bytes() -> int:
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # a system that does not tell
        return MOST_BYTES
    return min(MOST_BYTES, int(memory * _SHARE))
