"""The room for bodies of requests, in all connections of a process.

A body counts from when some of it is not there yet. It takes the first FREE_BYTES wherever there is
room for one more body, so that small requests go on while large ones fill the rest.
"""

from __future__ import annotations

MOST_WAITED_FOR = 1_000  # bodies that have not come whole: each keeps a request waiting, some 30 kB
MOST_BYTES = 32 * 2**20  # of all bodies that are not answered yet, but for the first bytes of each
FREE_BYTES = 8_192


class Room:
    """How many bodies are waited for, and how many bytes of all are held. Not for several threads
    at once."""

    def __init__(self) -> None:
        self.waited_for = self.held_bytes = 0


ROOM = Room()


class Held:
    """What the bodies of one connection take of the room."""

    def __init__(self) -> None:
        self._is_waited_for, self._bytes, self._held = False, 0, 0

    def begin(self) -> None:
        """A further request begins."""
        self._bytes = 0

    def take(self, count: int) -> bool:
        """So many bytes of its body have come; return whether there is room for them."""
        counted = max(self._bytes + count - max(self._bytes, FREE_BYTES), 0)
        if counted and ROOM.held_bytes + counted > MOST_BYTES:
            return False
        self._bytes += count
        self._held += counted
        ROOM.held_bytes += counted
        return True

    def wait(self) -> bool:
        """The rest is not there yet; return whether there is room to wait for it."""
        if not self._is_waited_for:
            if ROOM.waited_for >= MOST_WAITED_FOR:
                return False
            self._is_waited_for = True
            ROOM.waited_for += 1
        return True

    def end_waiting(self) -> None:
        """All of the body has come, or nobody waits for it any more."""
        if self._is_waited_for:
            self._is_waited_for = False
            ROOM.waited_for -= 1

    def release(self) -> None:
        """All requests are answered."""
        self.end_waiting()
        ROOM.held_bytes -= self._held
        self._held = 0
