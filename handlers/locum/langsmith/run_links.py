"""Who is who among runs: the numbers of runs, traces and threads by the hashes of their ids, for
those who add runs to many.

Hashes have 64 bits: of a million ids two have the same one with a chance of 3 in 100 million.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from locum.stats.column_store import Ints

_LEAST_RECENT = 1024


@frozen(eq=False)
class Lookup:
    """Numbers by keys of 64 bits, each once. The recent ones are kept aside until they are many, so
    that adding a few copies few."""

    keys: Ints
    numbers: Ints
    recent_keys: Ints
    recent_numbers: Ints

    @classmethod
    def of(cls, keys: Ints, numbers: Ints) -> Lookup:
        """Make it of keys, each once, with their numbers."""
        order = np.argsort(keys)
        return cls(keys[order], numbers[order], keys[:0], numbers[:0])

    @property
    def most(self) -> int:
        """The greatest number, 0 of none."""
        return max(int(np.max(each, initial=0)) for each in (self.numbers, self.recent_numbers))

    def find(self, keys: Ints) -> Ints:
        """Return the number of each key, -1 where there is none."""
        found = _find(self.recent_keys, self.recent_numbers, keys)
        return np.where(found < 0, _find(self.keys, self.numbers, keys), found)

    def also(self, keys: Ints, numbers: Ints) -> Lookup:
        """Return one that has further keys too, each once."""
        if not len(keys):
            return self
        recent_keys = np.concatenate((self.recent_keys, keys))
        recent_numbers = np.concatenate((self.recent_numbers, numbers))
        if len(recent_keys) > max(_LEAST_RECENT, len(self.keys) // 8):
            every = np.concatenate((self.keys, recent_keys))
            return Lookup.of(every, np.concatenate((self.numbers, recent_numbers)))
        order = np.argsort(recent_keys)
        return Lookup(self.keys, self.numbers, recent_keys[order], recent_numbers[order])


def _find(keys: Ints, numbers: Ints, wanted: Ints) -> Ints:
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    place = keys.searchsorted(wanted).clip(max=len(keys) - 1)
    return np.where(keys[place] == wanted, numbers[place], -1)


@frozen(eq=False)
class Links:
    """The numbers of runs, traces and threads by the hashes of their ids; and the runs that name a
    parent which is not there (`orphans`), with the hashes of these."""

    runs: Lookup
    traces: Lookup
    threads: Lookup
    orphans: Ints
    missing_parents: Ints
