"""What writers keep beside the rows of a dataset that is written to: what has come and is in no row
yet. It is recorded with the rows, and happens with them or not at all.

    KeptValues     values by name and key, as they are acknowledged
    Kept           those of one name, as one transaction sees and changes them
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, MutableMapping
from typing import Any, Final, TypeVar

from attrs import define, field

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Gone:
    """Stands for no value."""


GONE: Final = _Gone()
Changes = dict[tuple[str, Hashable], Any]  # values by name and key, GONE where there is none now


@define(eq=False)
class KeptValues:
    """Values by name and key."""

    _values: dict[str, dict[Hashable, Any]] = field(factory=dict)

    def of(self, name: str) -> dict[Hashable, Any]:
        """Return those of the name."""
        return self._values.setdefault(name, {})

    def names(self) -> list[str]:
        """Return the names that there are."""
        return list(self._values)

    def change(self, changes: Changes) -> None:
        """Do what a transaction did, or undo it."""
        for (name, key), value in changes.items():
            if value is GONE:
                self.of(name).pop(key, None)
            else:
                self.of(name)[key] = value

    def clear(self) -> None:
        """Forget all."""
        self._values.clear()


class Kept(MutableMapping[K, V]):
    """The values of one name, those that were kept first come first. What is changed is noted in
    `changes`, and what was there before in `undo`. A value is never changed itself: another takes
    its place. It is of classes of the package or of Python's own, which can be pickled."""

    def __init__(self, values: KeptValues, name: str, changes: Changes, undo: Changes) -> None:
        self._values: dict[Any, V] = values.of(name)
        self._name, self._changes, self._undo = name, changes, undo

    def __getitem__(self, key: K) -> V:
        return self._values[key]

    def __setitem__(self, key: K, value: V) -> None:
        self._note(key, value)
        self._values[key] = value

    def __delitem__(self, key: K) -> None:
        if key in self._values:
            self._note(key, GONE)
        del self._values[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _note(self, key: K, value: object) -> None:
        place = self._name, key
        self._undo.setdefault(place, self._values.get(key, GONE))
        self._changes[place] = value
