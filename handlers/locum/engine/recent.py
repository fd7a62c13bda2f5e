"""The lines of those rows that were written and loaded last: what is updated is nearly always what
came a moment ago, and to read it back from the engine takes milliseconds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import orjson

from locum.engine.key_index import Key
from locum.engine.pending import Pending, Row

MOST_BYTES = 16 * 2**20  # of lines


class Recent:
    """The last rows that have a key, within so many bytes. Not for several threads at once."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most, self._size = most, 0
        self._lines: OrderedDict[tuple[str, Key], bytes] = OrderedDict()

    def add(self, loaded: Pending) -> None:
        """Take note of what was loaded."""
        for table, its in loaded.tables.items():
            for key in its.gone:
                self._forget((table, key))
            for place, line in its.lines.items():
                if isinstance(place, tuple):
                    self._forget((table, place))
                    self._lines[table, place] = line
                    self._size += len(line)
        while self._size > self._most:
            _, line = self._lines.popitem(last=False)
            self._size -= len(line)

    def known(self, table: str, keys: Iterable[Key]) -> Iterator[tuple[Key, Row]]:
        """Give the row of each key that is among them."""
        for key in keys:
            line = self._lines.get((table, key))
            if line is not None:
                yield key, orjson.loads(line)

    def clear(self) -> None:
        """Forget all."""
        self._lines.clear()
        self._size = 0

    def _forget(self, place: tuple[str, Key]) -> None:
        line = self._lines.pop(place, None)
        if line is not None:
            self._size -= len(line)
