"""Slots of texts, drawn and filled."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from locum.generator.random_streams import Streams
from locum.generator.slots import Deck, Slots, named

CHOICES: dict[str, Any] = {
    "colour": ("red", "blue"),
    "thing": ("{colour} car", "{colour} bike"),
    "state": ({"name": "new", "says": "is {colour}"}, {"name": "old", "says": "was {colour}"}),
    "count": range(3, 5),
    "name": ("Ada", "Ben", "Chi", "Dora"),
    "city": ("Oslo",),
    "company": ("Alder",),
}
SIZE = 400


def deck(seed: int = 1, **choices: Any) -> Deck:
    """A deck of places, two to a thread."""
    return Deck("t", CHOICES | choices, Streams(seed), np.arange(SIZE) // 2)


def test_a_place_draws_a_slot_once() -> None:
    for place in range(SIZE):
        slots = Slots(deck(), place)
        text = slots.fill("{thing} is {colour}")
        assert text in (
            "red car is red",
            "red bike is red",
            "blue car is blue",
            "blue bike is blue",
        )
        assert slots.fill("{colour}") == text.split()[-1]


def test_all_choices_are_drawn_about_as_often() -> None:
    one = deck()
    found = Counter(Slots(one, place)["thing"] for place in range(SIZE))
    assert len(found) == 4
    assert min(found.values()) > SIZE / 8


def test_another_slot_never_changes_a_column() -> None:
    first = [Slots(deck(), place)["colour"] for place in range(SIZE)]
    more = deck(zebra=("z",), colour=("red", "blue"))
    assert [
        (Slots(more, place)["zebra"], Slots(more, place)["colour"])[1] for place in range(SIZE)
    ] == first
    assert [Slots(deck(seed=2), place)["colour"] for place in range(SIZE)] != first


def test_a_thread_keeps_its_name() -> None:
    one = deck()
    names = [Slots(one, place)["name"] for place in range(SIZE)]
    assert names[::2] == names[1::2]
    assert len(set(names)) == 4


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ("{count}", {3, 4}),
        ("{count}!", {"3!", "4!"}),
        ("{state[name]}", {"new", "old"}),
        ({"a": "{count}", "b": "x"}, {"{'a': 3, 'b': 'x'}", "{'a': 4, 'b': 'x'}"}),
        ("{{count}}", {"{count}"}),
        (7, {7}),
        ("", {""}),
    ],
)
def test_what_is_a_single_slot_is_its_value(value: Any, kinds: set[Any]) -> None:
    one = deck()
    found = [Slots(one, place).fill(value) for place in range(SIZE)]
    assert {str(each) if isinstance(each, dict) else each for each in found} == kinds


def test_texts_of_a_map_are_filled() -> None:
    one = deck()
    for place in range(20):
        slots = Slots(one, place)
        assert slots.fill("{state[says]}").split()[1] == slots["colour"]


def test_one_of_some_texts_is_picked() -> None:
    one = deck()
    found = {Slots(one, place).pick("column", ("a {count}", "b")) for place in range(SIZE)}
    assert found == {"a 3", "a 4", "b"}
    assert {Slots(one, place).number("column", 3) for place in range(SIZE)} == {0, 1, 2}


def test_what_is_made_of_others() -> None:
    """A recording of 2 s and a tenth for each number; a statement's rows, in words."""
    slots = Slots(deck(), 0)
    slots["found"] = 5
    assert slots.fill("{audio}") == "2.5 s of opus"
    slots["statement"] = "SELECT sum(amount) FROM orders"
    assert slots.fill("{result}") == "1061.85"  # 100,000 cents and 5 times 1,237
    assert slots.fill("{document}{question}{model}") == ""


def test_slots_of_a_text_are_named() -> None:
    assert named("{a} {{b}} {c[d]} }}") == [("a", ""), ("c", "d")]
    assert named("nothing") == []
