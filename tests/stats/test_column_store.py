"""Columns as they are made of values: read back, they are the values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.stats.column_store import (
    FeedbackScores,
    FlagSets,
    Measures,
    RaggedOffsets,
    fit_int64,
    magnitude,
)

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.integers(0, 4)).map(sorted), st.integers(5, 8))
def test_lists_of_owners_hold_their_items(owners: list[int], size: int) -> None:
    offsets = RaggedOffsets.of_owners(np.array(owners, dtype=np.int64), size)
    lists = [
        list(range(start, end))
        for start, end in zip(offsets.starts.tolist(), offsets.ends.tolist(), strict=True)
    ]
    assert [owner for owner, items in enumerate(lists) for _ in items] == owners
    assert [item for items in lists for item in items] == list(range(len(owners)))


def test_lists_are_put_one_after_the_other() -> None:
    """Owners 0 and 1 have two items and none; then owner 2, the first of the second part, one."""
    first = RaggedOffsets.of_owners(np.array([0, 0]), 2)
    second = RaggedOffsets.of_owners(np.array([0]), 1)
    empty = RaggedOffsets.of_owners(np.array([], dtype=np.int64), 0)
    joined = RaggedOffsets.joined(first, empty, second)
    assert (joined.starts.tolist(), joined.ends.tolist()) == ([0, 2, 2], [2, 2, 3])


@given(st.lists(st.lists(st.none() | INT64, min_size=4, max_size=4), min_size=1, max_size=3))
def test_measures_are_integers_and_nulls_that_none_is_above(
    columns: list[list[int | None]],
) -> None:
    is_known = [[value is not None for value in column] for column in columns]
    made = Measures.of(
        {
            str(place): (
                np.array([value or 0 for value in column], dtype=np.int64),
                None if all(known) else np.array(known),
            )
            for place, (column, known) in enumerate(zip(columns, is_known, strict=True))
        },
        4,
    )
    for place, column in enumerate(columns):
        assert made.rows[str(place)] == place
        values = made.values[place].tolist()
        known = [value for value in column if value is not None]
        assert [v for v, given in zip(values, column, strict=True) if given is not None] == known
        nulls = [v for v, given in zip(values, column, strict=True) if given is None]
        assert set(nulls) <= {made.null_fill[place]}
        assert made.null_fill[place] >= max(known, default=0)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1))
def test_flags_of_a_row_are_those_of_its_set(rows: list[tuple[bool, bool, bool]]) -> None:
    columns = zip("abc", zip(*rows, strict=True), strict=True)
    made = FlagSets.of({name: np.array(column) for name, column in columns})
    assert made.names == ["a", "b", "c"]
    assert [tuple(row) for row in (made.flag_sets[made.flag_set] > 0).tolist()] == rows
    sets = [tuple(row) for row in made.flag_sets.tolist()]
    assert len(sets) == len(set(sets)) == len(set(rows))


SCORES = [0, 1, -1, 2**32 - 1, 2**32, -(2**32), -(2**32) - 1, 10**9, 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("score", SCORES)
def test_a_score_and_its_square_are_digits_that_add_up(score: int) -> None:
    made = FeedbackScores.of([(True, score)], [0], [])
    (scored, unscored, *digits) = made.addends[0].tolist()
    assert (scored, unscored) == (1, 0)
    value, square = digits[:2], digits[2:]
    assert sum(digit << (32 * place) for place, digit in enumerate(value)) == score
    assert sum(digit << (32 * place) for place, digit in enumerate(square)) == score**2
    assert all(0 <= digit < 2**32 for digit in (*value[:-1], *square[:-1]))
    assert made.least.tolist() == made.greatest.tolist() == [score]


def test_a_value_without_a_score_adds_none() -> None:
    made = FeedbackScores.of([(True, None), (False, None)], [0, 1], [1])
    assert made.addends.tolist() == [[0, 1, *[0] * 6], [0] * 8]
    assert (made.least.tolist(), made.greatest.tolist()) == ([2**63 - 1] * 2, [-(2**63)] * 2)
    assert (made.key.tolist(), made.comment_key.tolist()) == ([0, 1], [1])


@pytest.mark.parametrize(
    ("numbers", "fit"),
    [([], True), ([2**61, -(2**61) + 2**10], True), ([2**62], False), ([-(2**63)], False)],
)
def test_numbers_fit_where_no_sum_of_some_of_them_is_beyond_64_bits(
    numbers: list[int], fit: Any
) -> None:
    """The sum of their sizes is below 2**62, which leaves room for the doubles' roundings."""
    assert fit_int64(magnitude(np.array(numbers, dtype=np.int64))) is fit
