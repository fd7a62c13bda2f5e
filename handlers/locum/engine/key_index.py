"""Which row a key stands for: a compact index of a table's keys, to which rows are added.

A key is known by its digest of 128 bits, and takes 20 bytes. Sorted arrays, each at least four
times as long as the next, are merged as they grow: a key is sorted again a few times at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import md5
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

from locum.engine.tables import quoted

Key = tuple[Any, ...]
_U64 = npt.NDArray[np.uint64]
_I32 = npt.NDArray[np.int32]
_LONGER = 4  # times the next array
_BETWEEN = "\x1f"  # the values of a key
NO_ROW = -1


def digests_of(columns: Sequence[str], counter: str, relation: str) -> str:
    """Return the statement of (low, high, number) of the rows that have a key: the halves of its
    digest."""
    texts = ", ".join(f"CAST({quoted(column)} AS VARCHAR)" for column in columns)
    are_there = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in columns)
    number = f"md5_number(concat_ws(chr({ord(_BETWEEN)}), {texts}))"
    return (
        f"SELECT CAST(digest & {2**64 - 1} AS UBIGINT) AS low, "
        f"CAST(digest >> 64 AS UBIGINT) AS high, number "
        f"FROM (SELECT {number} AS digest, {quoted(counter)} AS number FROM {relation} "
        f"WHERE {are_there})"
    )


@frozen(eq=False)
class _Sorted:
    low: _U64
    high: _U64
    numbers: _I32

    @classmethod
    def of(cls, low: _U64, high: _U64, numbers: _I32) -> _Sorted:
        order = low.argsort(kind="stable")  # quick where two sorted parts follow each other
        return cls(low[order], high[order], numbers[order])


class KeyIndex:
    """The number of the row that each key stands for. One thread at a time may add; any number may
    find meanwhile."""

    def __init__(self, low: _U64, high: _U64, numbers: _I32) -> None:
        """Begin with the rows whose keys have these digests (see `digests_of`)."""
        self._parts = [_Sorted.of(low, high, numbers)] if len(low) else []

    def __len__(self) -> int:
        return sum(len(part.low) for part in self._parts)

    def find(self, keys: Iterable[Key]) -> _I32:
        """Return the row's number of each key, NO_ROW where there is none."""
        low, high = _digests(keys)
        found = np.full(len(low), NO_ROW, dtype=np.int32)
        for part in self._parts:
            at = part.low.searchsorted(low)
            at[at == len(part.low)] = 0
            is_it = (part.low[at] == low) & (part.high[at] == high)
            found[is_it] = part.numbers[at[is_it]]
        return found

    def add(self, keys: Iterable[Key], numbers: Sequence[int]) -> None:
        """Add the rows of these numbers, whose keys are not in it."""
        low, high = _digests(keys)
        if not len(low):
            return
        last = _Sorted.of(low, high, np.array(numbers, dtype=np.int32))
        parts = self._parts.copy()
        while parts and len(parts[-1].low) < _LONGER * len(last.low):
            before = parts.pop()
            last = _Sorted.of(
                np.concatenate((before.low, last.low)),
                np.concatenate((before.high, last.high)),
                np.concatenate((before.numbers, last.numbers)),
            )
        self._parts = [*parts, last]


def _digests(keys: Iterable[Key]) -> tuple[_U64, _U64]:
    texts = (_BETWEEN.join(map(_text, key)) for key in keys)
    whole = b"".join(md5(text.encode(), usedforsecurity=False).digest() for text in texts)
    halves = np.frombuffer(whole, dtype="<u8").reshape(-1, 2)
    return halves[:, 0], halves[:, 1]


def _text(value: object) -> str:
    """Return the value as the engine writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
