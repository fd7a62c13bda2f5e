"""The room for bodies of requests, in all connections of a process."""

from __future__ import annotations

MOST_BYTES = 64 * 2**20  # of all bodies that are not answered yet
FREE_BYTES = 8_192  # of each body for which there is always room: small requests go on


class Room:
    """Bytes that are held, up to `most`."""

    def __init__(self, most: int) -> None:
        self.most, self.held = most, 0

    def hold(self, count: int) -> bool:
        """Hold so many bytes more, if there is room for them; return whether there is."""
        if count and self.held + count > self.most:
            return False
        self.held += count
        return True

    def release(self, count: int) -> None:
        """Hold so many bytes less."""
        self.held -= count


BODIES = Room(MOST_BYTES)
