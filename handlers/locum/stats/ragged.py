"""Lists of lists as arrays of integers: compressed sparse rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen

Ints = npt.NDArray[np.integer[Any]]


@frozen(eq=False)
class Lists:
    """A list for each owner (compressed sparse rows): its items are numbered from starts[owner] to
    ends[owner]."""

    starts: Ints
    ends: Ints

    @classmethod
    def of_owners(cls, owners: Ints, size: int) -> Lists:
        """The lists of `size` owners, where the owner of each item is given, ascending."""
        bounds = np.concatenate(([0], np.bincount(owners, minlength=size).cumsum()))
        return cls(bounds[:-1], bounds[1:])

    @classmethod
    def joined(cls, *parts: Lists) -> Lists:
        """All lists one after the other, of owners and of items that follow each other too."""
        before = np.cumsum([0, *(part.ends[-1] if len(part.ends) else 0 for part in parts[:-1])])
        return cls(
            np.concatenate([part.starts + n for part, n in zip(parts, before, strict=True)]),
            np.concatenate([part.ends + n for part, n in zip(parts, before, strict=True)]),
        )

    def of(self, owners: Ints) -> tuple[Ints, Ints]:
        """All items of the owners, one owner's after the other's: how many each has, and the
        number of each item."""
        ends = self.ends.take(owners)
        counts = ends - self.starts.take(owners)
        item = (ends - counts.cumsum()).repeat(counts)
        item += np.arange(len(item))
        return counts, item
