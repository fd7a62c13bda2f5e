"""Slots of texts: what fills the braces of a recipe's texts, the same throughout a trace."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from locum.generator import query_results, recordings
from locum.generator.random_streams import Ints, Streams

# Slots that every recipe has: what a conversation keeps, which are drawn of Faker's pools, and a
# number (0 to 999) that varies what tools and retrievers find.
OF_THREADS = {"name": ("first_name", 40), "city": ("city", 40), "company": ("company", 20)}
FOUND = "found"
# Slots that are not drawn. Those that are empty here are set where there is such a thing: question
# and answer once they are chosen, documents that were found, and what an error is about.
MADE: dict[str, Callable[[Slots], Any]] = {
    "question": lambda _: "",
    "document": lambda _: "",
    "answer": lambda _: "",
    "statement": lambda slots: slots["answer"],
    "table": lambda slots: query_results.table(slots["statement"], slots[FOUND]),
    "result": lambda slots: query_results.in_words(slots["table"]),
    "recording": lambda slots: recordings.recording(slots[FOUND]),
    "audio": lambda slots: recordings.in_words(slots["recording"]),
    "run": lambda _: "",
    "model": lambda _: "",
    "seconds": lambda _: "",
}
_VARIANTS = 1 << 16
_WHOLE = re.compile(r"\{(\w+)(?:\[(\w+)\])?\}")
_BRACES = re.compile(r"\{\{|\}\}|\{(\w+)(?:\[(\w+)\])?\}")


def named(text: str) -> list[tuple[str, str]]:
    """Return the slots that the text names, each with the field of it that it names, if any."""
    return [(slot, field) for slot, field in _BRACES.findall(text) if slot]


class Deck:
    """The choices of each slot, and which of them each place draws. A place is a trace, or an
    example of a dataset; a slot's numbers come from its own stream, when it is first asked for."""

    def __init__(
        self, table: str, choices: Mapping[str, Sequence[Any]], streams: Streams, thread: Ints
    ) -> None:
        """`thread` is that of each place: the slots of OF_THREADS are the same in all of one."""
        self._table, self._streams, self._thread = table, streams, thread
        self.choices = {FOUND: range(1000), **choices}
        # Of these there is nothing to fill.
        self.plain = {
            slot
            for slot, texts in self.choices.items()
            if isinstance(texts, range) or all(map(_is_plain, texts))
        }
        self.numbers: dict[str, array[int]] = {}

    def drawn(self, column: str, bound: int) -> array[int]:
        """Return the column's number of each place, from 0 to below the bound."""
        if (known := self.numbers.get(column)) is not None:
            return known
        stream = self._streams.of(self._table, f"slot.{column}")
        if column in OF_THREADS:
            of_thread = stream.integers(0, bound, int(np.max(self._thread, initial=-1)) + 1)
            drawn = of_thread[self._thread]
        else:
            drawn = stream.integers(0, bound, len(self._thread))
        # Four bytes a number; to take one is three times as fast as from an array of NumPy's.
        self.numbers[column] = array("i", drawn.astype(np.int32).tobytes())
        return self.numbers[column]


def _is_plain(text: Any) -> bool:
    return isinstance(text, str) and "{" not in text


class Slots(dict[str, Any]):
    """What fills the slots of one place's texts; a slot is drawn when a text first names it."""

    __slots__ = ("_deck", "_place")

    def __init__(self, deck: Deck, place: int) -> None:
        super().__init__()
        self._deck, self._place = deck, place

    def __missing__(self, slot: str) -> Any:
        deck = self._deck
        if slot in MADE:
            value = MADE[slot](self)
        else:
            choices = deck.choices[slot]
            numbers = deck.numbers.get(slot) or deck.drawn(slot, len(choices))
            value = choices[numbers[self._place]]
            if slot not in deck.plain:
                value = self.fill(value)
        self[slot] = value
        return value

    def number(self, column: str, bound: int) -> int:
        """Return the number, from 0 to below the bound, that the place draws of the column."""
        return self._deck.drawn(column, _VARIANTS)[self._place] % bound

    def choose(self, column: str, texts: Sequence[str]) -> str:
        """Return one of the texts as it is."""
        return texts[self.number(column, len(texts))]

    def pick(self, column: str, texts: Sequence[str]) -> str:
        """Return one of the texts, its slots filled."""
        return self.choose(column, texts).format_map(self)

    def fill(self, value: Any) -> Any:
        """Return a text with its slots filled, or a map of texts with theirs; what is a single slot
        is the slot's value, also where that is no text."""
        if not isinstance(value, str):
            if isinstance(value, dict):
                return {name: self.fill(each) for name, each in value.items()}
            return value
        if "{" not in value:
            return value
        if value[0] == "{" and (whole := _WHOLE.fullmatch(value)):
            return self[whole[1]][whole[2]] if whole[2] else self[whole[1]]
        return value.format_map(self)
