"""What a property's name says about its value: names are split into words, and what is known of the
longest ending counts, so that `billing_email` is an email and `createdAt` a time."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache

# The instant near which all generated times are: the clock is never asked.
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)

_LONGEST_NAME = 200  # characters that are looked at
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


@lru_cache(maxsize=10_000)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in snake, camel or kebab case, in lower case."""
    return tuple(word.lower() for word in _BOUNDARY.split(name[:_LONGEST_NAME]) if word)


@lru_cache(maxsize=10_000)
def plain(name: str) -> str:
    """Return the name in lower case without separators: petId, pet_id and pet-id are one."""
    return re.sub(r"[^0-9a-z]", "", name.lower())


def suffix_of(name: str, known: Collection[str]) -> str | None:
    """Return the longest ending of the name, in snake case, that is known; None where none is."""
    words = words_of(name)
    for start in range(len(words)):
        suffix = "_".join(words[start:])
        if suffix in known:
            return suffix
    return None


def singular(name: str) -> str:
    """Return the name of one of those that the name names: of `file_ids`, `file_id`."""
    if name.endswith("ies") and len(name) > len("ties"):
        return name[:-3] + "y"
    if name.endswith(("sses", "xes", "zes", "ches", "shes", "tuses")):
        return name[:-2]
    if name.endswith("s") and not name.endswith(("ss", "us", "is")):
        return name[:-1]
    return name
