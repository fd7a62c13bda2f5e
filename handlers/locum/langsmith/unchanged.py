"""What is made of few rows, and made anew where one of them changes: to extend it would save
nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from locum.engine.change import Change, Rows
from locum.engine.data import Data, extends

T = TypeVar("T")


def unless_changed(*tables: str) -> Callable[[Callable[[Data], T]], Callable[[Data], T]]:
    """Return a decorator of a function that `Data.once` calls: what it makes is good for later data
    too, while no row of these tables (the engine's names) is added or changed."""

    def register(make: Callable[[Data], T]) -> Callable[[Data], T]:
        @extends(make)
        def kept(before: T, data: Data, change: Change) -> T:
            is_same = all(change.of(table) == Rows() for table in tables)
            return before if is_same else make(data)

        del kept
        return make

    return register
