"""Arrays that grow at their end. An array that was handed out stays as it is: what is added is
written behind it, where there is room, and else into a copy of its own with room for a quarter
more, so that adding a little to a lot seldom copies it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from locum.stats.column_store import Array, Ints, RaggedOffsets
from locum.stats.summary import items

_LEAST_ROOM = 64  # items


class _Room(np.ndarray[Any, Any]):
    """The memory behind such arrays, of which the first `used` items are taken."""

    used: int
    taking: threading.Lock

    @classmethod
    def of(cls, array: Array, size: int) -> _Room:
        """Copy an array into memory with room behind so many items."""
        width = size + max(size // 4, _LEAST_ROOM)
        room = cls((*array.shape[:-1], width), array.dtype)
        np.asarray(room)[..., : array.shape[-1]] = array
        room.used, room.taking = size, threading.Lock()
        return room

    def take_more(self, start: int, end: int) -> bool:
        """Return whether the items between are the caller's now."""
        with self.taking:
            if self.used != start or end > self.shape[-1]:
                return False
            self.used = end
            return True


def _room(array: Array) -> _Room | None:
    return array.base if isinstance(array.base, _Room) else None


def _first(room: _Room, size: int) -> Array:
    """The first items of the memory, as an array of which that is the base."""
    return np.ndarray((size,), room.dtype, buffer=room)


def changed(array: Array, numbers: Ints, values: Array, size: int) -> Array:
    """Return the array of `size` items in which those of these numbers, ascending, are `values`:
    all beyond the array are among them. Where none of the others changes, no item is copied unless
    the room is spent."""
    before = len(array)
    old = int(numbers.searchsorted(before))
    if (array.take(numbers[:old]) == values[:old]).all():
        room = _room(array)
        if size == before:
            return array
        if room is not None and room.take_more(before, size):
            np.asarray(room)[before:size] = values[old:]
            return _first(room, size)
    room = _Room.of(array, size)
    found = _first(room, size)
    found[numbers] = values
    return found


def appended(array: Array, values: Array) -> Array:
    """Return the array with further values at its end."""
    size = len(array)
    return changed(array, np.arange(size, size + len(values)), values, size + len(values))


def widened(rows: Array, width: int, numbers: Ints, values: Array, size: int) -> Array:
    """Return rows of at least `size` columns, as `changed` does each row of the first `width`
    columns: what is beyond `size` is room. Rows stand side by side without gaps."""
    old = int(numbers.searchsorted(width))
    if (rows.take(numbers[:old], axis=1) == values[:, :old]).all():
        room = _room(rows)
        if size == width:
            return rows
        if room is not None and room.take_more(width, size):
            np.asarray(room)[:, width:size] = values[:, old:]
            return rows
    room = _Room.of(rows[:, :width], size)
    np.asarray(room)[:, numbers] = values
    return np.ndarray(room.shape, room.dtype, buffer=room)


def moved(size: int, places: Sequence[int]) -> Ints:
    """Return the new numbers of so many items of a list after others were put before those of these
    places, ascending; there may be several at one place."""
    old = np.arange(size)
    return old + np.asarray(places, dtype=np.int64).searchsorted(old, "right")


def renumbered(array: Array, numbers: Ints) -> Array:
    """Return the array, of numbers, with the new number of each."""
    room = _Room.of(array[:0], len(array))
    found = _first(room, len(array))
    numbers.astype(array.dtype, copy=False).take(array, out=found, mode="clip")
    return found


def relisted(
    offsets: RaggedOffsets,
    arrays: Sequence[Array],
    owners: Ints,
    counts: Ints,
    values: Sequence[Array],
    size: int,
) -> tuple[RaggedOffsets, list[Array]]:
    """Return the lists of `size` owners in which those of these owners, ascending, are others: the
    first so many of `values`, the next so many, and so on. All owners that are new are among them.
    There may be several arrays with an item each.

    The lists stand at the ends of the arrays; where those that nobody has any more are most of
    these, they are put together anew.
    """
    ends = len(arrays[0]) + counts.cumsum()
    found = RaggedOffsets(
        changed(offsets.starts, owners, ends - counts, size),
        changed(offsets.ends, owners, ends, size),
    )
    grown = [appended(array, more) for array, more in zip(arrays, values, strict=True)]
    is_replaced = len(owners) > size - len(offsets.starts)
    if is_replaced and len(grown[0]) > 2 * int((found.ends - found.starts).sum()) + _LEAST_ROOM:
        of_each, item = items(found, np.arange(size))
        bounds = np.concatenate(([0], of_each.cumsum()))
        return RaggedOffsets(bounds[:-1], bounds[1:]), [array.take(item) for array in grown]
    return found, grown
