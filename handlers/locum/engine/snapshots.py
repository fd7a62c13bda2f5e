"""Snapshots: the rows of one version of a dataset that is written to, for as long as somebody asks
for them.

A cursor sees the rows as they were when its transaction began. So each version has cursors of its
own: the first is opened when the version is the newest, further ones as they are needed while it
still is. Whoever asks takes one for a statement; nobody waits for what is written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import _duckdb as duckdb

from locum.engine.duckdb import Connection, Result

MOST_CURSORS = 8  # of a version


class Outdated(Exception):
    """The rows of this version cannot be read any more: ask again, of the newest."""


class Pinned:
    """A cursor in its transaction, used by one thread at a time."""

    def __init__(self, cursor: Connection, parse: Callable[[str], Any]) -> None:
        self.cursor, self._parse = cursor, parse

    def execute(self, statement: str, parameters: Mapping[str, Any]) -> Result:
        """Run the statement, and return the cursor with the result in it."""
        return self.cursor.execute(self._parse(statement), parameters)

    def interrupter(self) -> Callable[[], None]:
        """Return what interrupts the statement that runs."""
        interrupt: Callable[[], None] = self.cursor.interrupt
        return interrupt

    def is_whole(self) -> bool:
        """Return whether the transaction goes on: the error of a statement may have ended it."""
        try:
            self.cursor.execute("SELECT 1")
        except duckdb.Error:
            return False
        return True

    def end(self) -> None:
        """End the transaction; the cursor goes with it."""
        self.cursor.close()


class Snapshot:
    """The cursors of one version. Any number of threads may ask at once.

    `more` opens a further one, None where this is not the newest version any more, or where it
    would have to wait for that to become known.
    """

    def __init__(self, first: Pinned, more: Callable[[], Pinned | None]) -> None:
        self._free, self._count = [first], 1
        self._more, self._is_newest, self._is_closed = more, True, False
        self._changed = threading.Condition()

    def take(self, *, waits: bool) -> Pinned | None:
        """Return a cursor, None where it would have to wait for one and may not. Raises Outdated
        where there is none left."""
        with self._changed:
            while not self._free:
                if self._is_newest and self._count < MOST_CURSORS:
                    opened = self._more()
                    if opened is not None:
                        self._count += 1
                        return opened
                if not self._count:
                    raise Outdated
                if not waits:
                    return None
                self._changed.wait()
            return self._free.pop()

    def give_back(self, pinned: Pinned, *, has_failed: bool = False) -> None:
        """Give the cursor back, after a statement that may have failed."""
        is_lost = has_failed and not pinned.is_whole()
        with self._changed:
            if self._is_closed or is_lost:
                pinned.end()
                self._count -= 1
            else:
                self._free.append(pinned)
            self._changed.notify()

    def retire(self) -> None:
        """Open no more cursors: this is not the newest version."""
        self._is_newest = False

    def close(self) -> None:
        """End the transactions, those of statements that run when they have ended."""
        with self._changed:
            self._is_newest, self._is_closed = False, True
            while self._free:
                self._free.pop().end()
                self._count -= 1
            self._changed.notify_all()
