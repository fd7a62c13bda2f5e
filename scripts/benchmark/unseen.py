"""Filters that a server has never seen: no cache serves a request that has one."""

from __future__ import annotations

import random
from collections.abc import Callable

NAME = "support-agent"  # of the root runs in the project of `default` with the most threads
STATUSES = ("success", "error")
ENTRIES = (
    ("env", "staging"), ("user_tier", "pro"), ("revision", "1.2.0"), ("campaign", "summer"),
)  # fmt: skip
WORDS = (
    "about", "account", "arrives", "billing", "broken", "charged", "colleague", "complaint",
    "depot", "desk", "kettle", "label", "lamp", "moved", "order", "password", "payments", "product",
    "reached", "returned", "rice", "shipping", "smalltalk", "tomorrow", "twice", "volts",
)  # fmt: skip  # of the questions and answers
_NUMBERS = 10**6
_BYTES = 256  # of an id, each two hexadecimal digits


class UnseenFilters:
    """Filter texts over the runs of `default`, none of them twice; equal seeds give equal texts.

    They are of three kinds, drawn with equal chances: a name and a status, a metadata key with a
    negated value, and a search in all texts. A made-up number makes a name or a value new; a search
    is for a word and two parts of an id.
    """

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(f"unseen {seed}")  # noqa: S311 - examples, no secrets
        self._given: set[str] = set()

    def draw(self) -> str:
        """Return a text that was not returned before."""
        kind = self._chance.choice(_KINDS)
        text = kind(self._chance)
        while text in self._given:
            text = kind(self._chance)
        self._given.add(text)
        return text


def _name_and_status(chance: random.Random) -> str:
    """No run has the new name: `eq` alone selects none, `neq` and `in` all of that status."""
    new = f"{NAME} {chance.randrange(_NUMBERS)}"
    name = chance.choice(
        (f'eq(name, "{new}")', f'neq(name, "{new}")', f'in(name, ["{NAME}", "{new}"])')
    )
    return f'and({name}, eq(status, "{chance.choice(STATUSES)}"))'


def _metadata(chance: random.Random) -> str:
    """No run has the new value: all that have the key are selected."""
    key, value = chance.choice(ENTRIES)
    new = f"{value}-{chance.randrange(_NUMBERS)}"
    return f'and(eq(metadata_key, "{key}"), neq(metadata_value, "{new}"))'


def _search(chance: random.Random) -> str:
    """About one id in a hundred, and so as many of the runs with the word, has both parts."""
    first, second = chance.randrange(_BYTES), chance.randrange(_BYTES)
    return f'search("{chance.choice(WORDS)} {first:02x} {second:02x}")'


_KINDS: tuple[Callable[[random.Random], str], ...] = (_name_and_status, _metadata, _search)
