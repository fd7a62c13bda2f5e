"""Parts of a long JSON value in which its faults show.

A validator's account of every fault in a list of several hundred thousand wrong items takes
gigabytes; a hundred of them tell as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from attrs import frozen

MOST_ITEMS = 100  # that an array or object of an excerpt has
_LEVELS = 6  # that are cut; no schema of a request looks deeper than that into lists of lists


@frozen
class Excerpt:
    """`value` has the items of the array `name` from `start` on as its first; `start` is 0 where
    nothing was left out before."""

    value: Any
    name: str = ""
    start: int = 0

    def place(self, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """Where a place of the excerpt is in the whole value."""
        if len(path) > 1 and path[0] == self.name and isinstance(path[1], int):
            return path[0], path[1] + self.start, *path[2:]
        return path


def excerpts(value: Any) -> Iterator[Excerpt]:
    """The value with at most MOST_ITEMS in each array and object; then, one after the other, the
    items that this leaves out of its long properties."""
    short = _short(value, _LEVELS)
    yield Excerpt(short)
    if not isinstance(value, dict):
        return
    for name, long in islice(value.items(), MOST_ITEMS):
        if isinstance(long, list | dict):
            for start in range(MOST_ITEMS, len(long), MOST_ITEMS):
                part = _short(_part(long, start), _LEVELS - 1)
                yield Excerpt(short | {name: part}, name, start)


def _part(long: Any, start: int) -> Any:
    if isinstance(long, list):
        return long[start : start + MOST_ITEMS]
    return dict(islice(long.items(), start, start + MOST_ITEMS))


def _short(value: Any, levels: int) -> Any:
    if levels and isinstance(value, dict):
        return {name: _short(item, levels - 1) for name, item in islice(value.items(), MOST_ITEMS)}
    if levels and isinstance(value, list):
        return [_short(item, levels - 1) for item in value[:MOST_ITEMS]]
    return value
