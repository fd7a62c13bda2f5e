"""Arrays that grow: what was handed out stays as it is. Expected arrays are lists, changed as lists
are."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from locum.stats.column_store import Ints, RaggedOffsets
from locum.stats.growing import appended, changed, moved, relisted, renumbered, widened


def lists(offsets: RaggedOffsets, array: Ints) -> list[list[int]]:
    bounds = zip(offsets.starts.tolist(), offsets.ends.tolist(), strict=True)
    return [array[start:end].tolist() for start, end in bounds]


def test_what_is_added_is_behind_what_was_there() -> None:
    first = np.array([1, 2])
    second = appended(first, np.array([3]))
    third = appended(second, np.array([4, 5]))
    assert [each.tolist() for each in (first, second, third)] == [
        [1, 2],
        [1, 2, 3],
        [1, 2, 3, 4, 5],
    ]
    assert np.shares_memory(second, third)


def test_two_may_grow_from_one() -> None:
    one = appended(np.array([1]), np.array([2]))
    left, right = appended(one, np.array([3])), appended(one, np.array([4]))
    assert (one.tolist(), left.tolist(), right.tolist()) == ([1, 2], [1, 2, 3], [1, 2, 4])


def test_a_change_is_not_seen_before() -> None:
    one = appended(np.array([1]), np.array([2]))
    other = changed(one, np.array([0, 2]), np.array([9, 3]), 3)
    assert (one.tolist(), other.tolist()) == ([1, 2], [9, 2, 3])
    assert changed(other, np.array([1]), np.array([2]), 3) is other


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_changed_side_by_side(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not for secrets
    expected = [[1, 2], [3, 4]]
    rows, shown = np.array(expected), []
    for _ in range(20):
        width = len(expected[0])
        size = width + random.randrange(5)
        few = random.sample(range(width), random.randrange(2))
        numbers = np.array([*few, *range(width, size)], dtype=np.int64)
        values = np.array([[random.randrange(9) for _ in numbers] for _ in rows], dtype=np.int64)
        shown.append((rows, [row.copy() for row in expected]))
        rows = widened(rows, width, numbers, values, size)
        for row, more in zip(expected, values.tolist(), strict=True):
            row.extend([0] * (size - width))
            for number, value in zip(numbers.tolist(), more, strict=True):
                row[number] = value
        assert rows.flags.c_contiguous
    shown.append((rows, expected))
    for each, was in shown:
        assert each[:, : len(was[0])].tolist() == was


def test_items_have_new_numbers_after_others_were_put_between() -> None:
    """Of a, b, c, before which x, before c y and z, and behind them w: x a b y z c w."""
    assert moved(3, [0, 2, 2, 3]).tolist() == [1, 2, 5]
    numbers = renumbered(np.array([2, 0, 2], dtype=np.int32), moved(3, [0, 2, 2, 3]))
    assert numbers.tolist() == [5, 1, 5]
    assert numbers.dtype == np.dtype(np.int32)


@pytest.mark.parametrize("seed", range(5))
def test_lists_are_put_in_the_place_of_others(seed: int) -> None:
    """As often as they are, the array stays about as long as what is in it."""
    random = Random(seed)  # noqa: S311 - not for secrets
    expected: list[list[int]] = []
    offsets, array = RaggedOffsets.of_owners(np.array([], dtype=np.int64), 0), np.array([], "i8")
    for _ in range(60):
        size = len(expected) + random.randrange(3)
        few = random.sample(range(len(expected)), min(len(expected), random.randrange(6)))
        owners = sorted(few) + list(range(len(expected), size))
        expected += [[] for _ in range(size - len(expected))]
        for owner in owners:
            expected[owner] = [random.randrange(9) for _ in range(random.randrange(4))]
        before, was = (offsets, array), lists(offsets, array)
        offsets, (array, twice) = relisted(
            offsets,
            (array, 2 * array),
            np.array(owners, dtype=np.int64),
            np.array([len(expected[owner]) for owner in owners], dtype=np.int64),
            [
                factor * np.array([n for owner in owners for n in expected[owner]], dtype=np.int64)
                for factor in (1, 2)
            ],
            size,
        )
        assert lists(offsets, array) == expected
        assert lists(offsets, twice) == [[2 * n for n in each] for each in expected]
        assert lists(*before) == was
    assert len(array) <= 2 * sum(map(len, expected)) + 100
