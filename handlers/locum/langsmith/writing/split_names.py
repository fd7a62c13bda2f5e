"""The splits that an example is in, as its metadata name them."""

from __future__ import annotations

from locum.engine.transactions import Row

SPLIT = "dataset_split"  # in an example's metadata
BASE = "base"  # where an example is that names none


def splits_of(row: Row) -> list[str]:
    """Return the names of an example's splits, as they are read."""
    found = (row.get("metadata") or {}).get(SPLIT)
    return listed(found) if isinstance(found, str | list) and found != [] else [BASE]


def listed(split: str | list[str]) -> list[str]:
    """Return the names of splits, which may be one text."""
    return [split] if isinstance(split, str) else split
