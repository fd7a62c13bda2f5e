"""What the properties of one object are to each other, by their names: created before updated,
least before most, a total of what stands beside it. Nothing here knows schemas: who asks sees
whether a change is valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
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
_MONEY = frozenset(
    ["amount", "currency", "discount", "price", "shipping", "subtotal", "tax", "vat"]
)
_LISTS = ("data", "items", "results", "records", "rows", "values", "entries", "content")
_SUMMED = frozenset(["amount", "price", "cost", "tokens", "quantity", "count"])
_FIRST, _LAST = ("first_name", "given_name"), ("last_name", "family_name", "surname")
_FULL = ("full_name", "name", "display_name")
_EMAILS = ("email", "email_address")
_PERSONS_EMAIL = re.compile(r"[a-z]+\.[a-z]+@example\.com")
_PERSON = re.compile(r"[A-Z][a-z]+ [A-Z][A-Za-z]+")


def changes(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield names and new values that bring the object in order. Only names in `free` change; the
    object is read again after each."""
    yield from _ordered(made, free)
    yield from _named(made, free)
    yield from _counted(made, free)
    yield from _summed(made, free)


def _ordered(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Put what has an order by its names into that order: what is free is at least as large as what
    comes before it, and at most as large as what comes after."""
    series: dict[tuple[object, ...], list[tuple[float, str]]] = {}
    for name, value in made.items():
        kind = _kind(value)
        for key, rank in _ranks(name) if kind else ():
            series.setdefault((key, kind), []).append((rank, name))
    for members in series.values():
        names = [name for _, name in sorted(members)]
        loose = [name for name in names if name in free]
        values = sorted(made[name] for name in loose)
        for name, value in zip(loose, values, strict=True):
            if made[name] != value:
                yield name, value
        for before, name in pairwise(names):
            if made[before] > made[name] and name in free:
                yield name, made[before]
        for name, after in reversed([*pairwise(names)]):
            if made[name] > made[after] and name in free:
                yield name, made[after]


def _ranks(name: str) -> Iterator[tuple[tuple[object, ...], float]]:
    """Yield for each word of the name that has an order what the name is in a series with, and its
    rank there."""
    words = words_of(name)
    for index, word in enumerate(words):
        rest = (*words[:index], "*", *words[index + 1 :])
        if word in _RANKS:
            row, rank = _RANKS[word]
            # created_at, updated and deletion_date are one series.
            rest = tuple(each for each in rest if row or each not in ("at", "time", "date", "on"))
            yield (row, *rest), rank
        percentile = _PERCENTILE.fullmatch(word)
        if percentile:
            yield ("p", *rest), float(percentile[1])


def _kind(value: Any) -> str | None:
    """Return what the value may be compared as."""
    if is_number(value):
        return "number"
    if isinstance(value, str) and _TIME.match(value):
        return f"time of {len(value)}"
    return None


def _named(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield a full name of the first and last name, and an email of the name that there is; where
    there is but an email, a name of that."""
    by_words = {"_".join(words_of(name)): name for name in made}

    def text(*names: str) -> str:
        found = next((made[by_words[name]] for name in names if name in by_words), None)
        return found if isinstance(found, str) else ""

    first, last, email = text(*_FIRST), text(*_LAST), text(*_EMAILS)
    whole = f"{first} {last}" if first and last else text(*_FULL)
    if not _PERSON.fullmatch(whole) and _PERSONS_EMAIL.fullmatch(email):
        whole = email.partition("@")[0].replace(".", " ").title()
    if not _PERSON.fullmatch(whole):
        return
    for words, name in by_words.items():
        if name in free and isinstance(made[name], str):
            if words in _FULL and (email or first):
                yield name, whole
            elif words in _EMAILS and "@" in made[name]:
                yield name, ".".join(words_of(whole)) + "@example.com"


def _counted(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield the number of items of the list beside a name that says so."""
    lists = {name: value for name, value in made.items() if isinstance(value, list)}
    named = [name for name in _LISTS if name in lists] or [*lists]
    if len(named) != 1:
        return
    has_money = any(_MONEY.intersection(words_of(name)) for name in made)
    for name, value in made.items():
        if has_money and words_of(name) == ("total",):
            continue  # of an invoice
        if name in free and is_number(value) and "_".join(words_of(name)) in _COUNTS:
            yield name, len(lists[named[0]])


def _summed(made: dict[str, Any], free: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield the sum of what the total is of: in the items of a list beside it, or beside it."""
    for name, value in made.items():
        total, *measure = words_of(name) or ("",)
        if total != "total" or name not in free or not is_number(value):
            continue
        if len(measure) != 1 or measure[0] not in _SUMMED:
            continue
        parts = [*_in_lists(made, measure)] or [
            part
            for other, part in made.items()
            if other != name and [*words_of(other)[1:]] == measure and is_number(part)
        ]
        if parts:
            # As decimals: 0.1 and 0.2 are 0.3.
            exact = sum(Fraction(str(part)) for part in parts)
            yield name, int(exact) if exact.denominator == 1 else float(exact)


def _in_lists(made: dict[str, Any], measure: list[str]) -> Iterator[float]:
    """Yield what the items of the object's lists have under that name."""
    for value in made.values():
        for item in value if isinstance(value, list) else ():
            for name, part in item.items() if isinstance(item, dict) else ():
                if [*words_of(name)] == measure and is_number(part):
                    yield part
