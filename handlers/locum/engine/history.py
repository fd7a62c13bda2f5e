"""What was made of the versions of a layer, so that a later version extends it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from locum.engine.change import Change
from locum.engine.data import Data, extension_of

T = TypeVar("T")

_MOST_CHANGES = 4_096  # that are kept: what is older is made anew


class History:
    """The changes from version to version, and of each thing that is extended the last one that was
    made. Version 0 is the dataset's own. Any number of threads may ask at once."""

    def __init__(self, base: Data) -> None:
        self._base = base
        self._changes: list[Change] = []  # to the versions from `_first` on
        self._first = 1
        self._last: dict[Callable[[Data], Any], tuple[int, Any]] = {}
        self._lock = threading.Lock()

    def add(self, change: Change) -> int:
        """Note a change, and return the number of the version that it leads to."""
        with self._lock:
            if change.is_whole:
                self._last.clear()
                self._first += len(self._changes) + 1
                self._changes.clear()
            else:
                self._changes.append(change)
            if len(self._changes) > _MOST_CHANGES:
                half = _MOST_CHANGES // 2
                del self._changes[:half]
                self._first += half
                oldest = self._first - 1
                self._last = {m: each for m, each in self._last.items() if each[0] >= oldest}
            return self._first + len(self._changes) - 1

    def value(self, make: Callable[[Data], T], data: Data, number: int) -> T:
        """Return what `make` makes of the data, a version of that number: an earlier value is
        extended where there is one and it can be."""
        extend = extension_of(make)
        if extend is None:
            return make(data)
        before, changes = self._before(make, number)
        if before is None:
            value = make(data)
        else:
            earlier, (value,) = before
            if earlier < number:
                change = Change()
                for each in changes:
                    change = change.then(each)
                value = extend(value, data, change)
        with self._lock:
            if number >= self._first - 1 and self._last.get(make, (-1,))[0] < number:
                self._last[make] = number, value
        return value

    def clear(self) -> None:
        """Forget what was made."""
        with self._lock:
            self._last.clear()

    def _before(
        self, make: Callable[[Data], T], number: int
    ) -> tuple[tuple[int, tuple[T]] | None, list[Change]]:
        """Return the last value of an earlier version, and the changes since."""
        with self._lock:
            before: tuple[int, tuple[T]] | None = None
            earlier, *value = self._last.get(make, (-1,))
            if value and earlier <= number:
                before = earlier, (value[0],)
            elif self._first == 1 and (known := self._base.known(make)) is not None:
                before = earlier, _ = 0, known
            if before is None or earlier < self._first - 1:
                return None, []
            return before, self._changes[earlier - self._first + 1 : number - self._first + 1]
