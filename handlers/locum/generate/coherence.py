"""What the properties of one object are to each other, by their names: created before updated,
least before most, a total of what stands beside it. Nothing here knows schemas: who asks sees
whether a change is valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from locum.generate.conjunction import is_number
from locum.generate.names import words_of

# Words of which an earlier one stands for less, or for sooner; each row by itself.
_ORDERS = (
    (
        ("created", "creation", "inserted"),
        ("scheduled", "queued", "submitted"),
        ("started", "start", "begin", "began", "opened"),
        ("ended", "end", "finished", "completed", "closed", "stopped"),
        ("updated", "modified", "changed", "edited"),
        ("deleted", "archived", "expires", "expired", "expiry", "expiration"),
    ),
    (("first", "earliest", "oldest"), ("last", "latest", "newest")),
    (("from", "since", "after"), ("to", "until", "before")),
    (("min", "minimum", "low", "lower"), ("avg", "average", "mean", "median"), ("max", "maximum",
     "high", "upper")),
)  # fmt: skip
_RANKS = {
    word: (row, rank)
    for row, order in enumerate(_ORDERS)
    for rank, words in enumerate(order)
    for word in words
}
_PERCENTILE = re.compile(r"p(\d\d(?:\.\d)?|\d\d\d)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d")

_COUNTS = frozenset(
    ["total", "count", "size", "total_count", "total_items", "total_results", "num_found",
     "result_count", "item_count", "total_records", "length", "number_of_results", "total_size"]
)  # fmt: skip
_LISTS = ("data", "items", "results", "records", "rows", "values", "entries", "content")
_SUMMED = frozenset(["amount", "price", "cost", "tokens", "quantity", "count"])
_FIRST, _LAST = ("first_name", "given_name"), ("last_name", "family_name", "surname")
_FULL = frozenset(["name", "full_name", "display_name"])


def changes(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield names and new values that bring the object in order. Only names in `free` change; the
    object is read again after each."""
    yield from _ordered(made, free)
    yield from _named(made, free)
    yield from _counted(made, free)
    yield from _summed(made, free)


def _ordered(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Put what has an order by its names into that order, those that are not free first: what
    comes before one is at most as large, and what comes after at least."""
    series: dict[tuple[object, ...], list[tuple[float, str]]] = {}
    for name, value in made.items():
        found = _rank(name)
        kind = _kind(value)
        if found is not None and kind is not None:
            series.setdefault((found[0], kind), []).append((found[1], name))
    for members in series.values():
        members.sort()
        names = [name for _, name in members]
        loose = [name for name in names if name in free]
        values = sorted(made[name] for name in loose)
        for name, value in zip(loose, values, strict=True):
            if made[name] != value:
                yield name, value
        for before, name in zip(names, names[1:], strict=False):
            if made[before] > made[name] and name in free:
                yield name, made[before]
        for name, after in reversed([*zip(names, names[1:], strict=False)]):
            if made[name] > made[after] and name in free:
                yield name, made[after]


def _rank(name: str) -> tuple[tuple[object, ...], float] | None:
    """Return what the name is in a series with, and its rank there; None where it is in none."""
    words = words_of(name)
    for index, word in enumerate(words):
        rest = (*words[:index], "*", *words[index + 1 :])
        if word in _RANKS:
            row, rank = _RANKS[word]
            if row == 0:  # times go on with at, time, date or nothing
                rest = tuple(each for each in rest if each not in ("at", "time", "date", "on"))
            return (row, *rest), rank
        percentile = _PERCENTILE.fullmatch(word)
        if percentile:
            return ("p", *rest), float(percentile[1])
    return None


def _kind(value: Any) -> str | None:
    """Return what the value may be compared as."""
    if is_number(value):
        return "number"
    if isinstance(value, str) and _TIME.match(value):
        return f"time of {len(value)}"
    return None


def _named(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield a full name and an email of the first and last name, where the object has both."""
    by_words = {"_".join(words_of(name)): name for name in made}
    first = next((by_words[name] for name in _FIRST if name in by_words), None)
    last = next((by_words[name] for name in _LAST if name in by_words), None)
    if first and last:
        whole = f"{made[first]} {made[last]}"
    else:
        whole = next(
            (
                made[by_words[name]]
                for name in ("full_name", "name", "display_name")
                if name in by_words and _is_person(made[by_words[name]])
            ),
            None,
        )
    if not isinstance(whole, str):
        return
    for words, name in by_words.items():
        if name not in free or not isinstance(made[name], str):
            continue
        if words in _FULL and first and last:
            yield name, whole
        elif words in ("email", "email_address") and "@" in made[name]:
            yield name, ".".join(words_of(whole)) + "@example.com"


def _is_person(value: Any) -> bool:
    return isinstance(value, str) and len(value.split()) == 2 and value.replace(" ", "").isalpha()


def _counted(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield the number of items of the list beside a name that says so."""
    lists = {name: value for name, value in made.items() if isinstance(value, list)}
    named = [name for name in _LISTS if name in lists] or [*lists]
    if len(named) != 1:
        return
    for name in made:
        if name in free and is_number(made[name]) and "_".join(words_of(name)) in _COUNTS:
            yield name, len(lists[named[0]])


def _summed(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield the sum of what the total is of: in the items of a list beside it, or beside it."""
    for name in made:
        words = words_of(name)
        if words[:1] != ("total",) or len(words) != 2 or words[1] not in _SUMMED:
            continue
        if name not in free or not is_number(made[name]):
            continue
        parts = [
            item[key]
            for value in made.values()
            if isinstance(value, list)
            for item in value
            if isinstance(item, dict)
            for key in item
            if words_of(key) == words[1:] and is_number(item[key])
        ]
        if not parts:
            parts = [
                value
                for key, value in made.items()
                if key != name and words_of(key)[1:] == words[1:] and is_number(value)
            ]
        if parts:
            total = sum(Fraction(str(part)) for part in parts)
            yield name, int(total) if total.denominator == 1 else float(total)
