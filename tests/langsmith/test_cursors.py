"""Lists in order, nulls last, and the cursors of their pages."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from typing import Any

import pytest

from locum.exceptions import Unanswerable
from locum.langsmith.cursors import cursor, follows, in_order, key

ITEMS = [(2, "b"), (None, "a"), (1, "d"), (2, "a"), (None, "c"), (1, "c")]
ASCENDING = [(1, "c"), (1, "d"), (2, "a"), (2, "b"), (None, "a"), (None, "c")]
DESCENDING = [(2, "a"), (2, "b"), (1, "c"), (1, "d"), (None, "a"), (None, "c")]


@pytest.mark.parametrize(("descending", "expected"), [(False, ASCENDING), (True, DESCENDING)])
def test_nulls_are_last_and_ties_ascend_in_both_directions(
    descending: bool,  # noqa: FBT001 - a parameter of the test
    expected: list[Any],
) -> None:
    assert in_order(ITEMS, lambda item: item, descending=descending) == expected
    for number, one in enumerate(expected):
        after = [each for each in ITEMS if follows(each, one, descending=descending)]
        assert sorted(after, key=str) == sorted(expected[number + 1 :], key=str)
    assert all(follows(b, a, descending=descending) for a, b in pairwise(expected))


@pytest.mark.parametrize("held", [[None, "a"], [0.1, [False, 5, "é"]], ["name", "id"]])
def test_a_cursor_gives_back_its_key_to_the_question_that_it_is_of(held: list[Any]) -> None:
    question = ["datasets", "tenant", {"name": "a"}]
    text = cursor(held, question)
    assert key(text, question) == held
    with pytest.raises(Unanswerable, match="this very question"):
        key(text, ["datasets", "tenant", {"name": "b"}])


def test_what_no_answer_gave_is_no_cursor() -> None:
    """Among them one that was taken apart and put together with another key."""
    held = json.loads(base64.urlsafe_b64decode(cursor([1, "a"], "q") + "=="))
    other = base64.urlsafe_b64encode(json.dumps([2, *held[1:]]).encode()).decode()
    for text in ("", "a", "é", "!", "W10", "e30", "MQ", "bnVsbA", other):
        with pytest.raises(Unanswerable, match="leave cursor out"):
            key(text, "q")
