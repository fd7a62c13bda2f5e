"""What is computed of a selection of rows, compared with plain counting, exact fractions, and by
hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.stats import summary as stats
from locum.stats.column_store import (
    HAS_ANCESTOR,
    FacetIndex,
    FeedbackScores,
    Ints,
    RaggedOffsets,
    fit_int64,
    magnitude,
)
from locum.stats.summary import FacetCounts, Gathered
from tests.oracles.columns import CATEGORIES, Row, columns_of

INT64 = st.integers(-(2**63), 2**63 - 1)
SMALL = st.integers(-1000, 1000)


VALUES = st.lists(INT64, min_size=1, max_size=40) | st.lists(
    st.integers(0, 20), min_size=1, max_size=40
)


def gathered(
    ordered: list[int] | None = None,
    *,
    size: int = 0,
    counts: Mapping[str, int] | None = None,
    **others: Any,
) -> Gathered:
    values: Ints = np.array(sorted(ordered or []), dtype=np.int64)
    plain: dict[str, Any] = {"sums": {}, "details": {}, "ids": {}, **others}
    return Gathered(size=size, counts=counts or {}, ordered={"m": values}, **plain)


def exact(values: list[int], percent: int) -> Fraction:
    """The value at index percent/100·(n - 1) of the sorted values, in proportion between two."""
    ordered = sorted(values)
    index = Fraction(percent * (len(ordered) - 1), 100)
    below = int(index)
    if index == below:
        return Fraction(ordered[below])
    return ordered[below] + (index - below) * (ordered[below + 1] - ordered[below])


@given(VALUES, st.integers(0, 100), st.sampled_from([1, 10**6, 10**9]))
def test_a_percentile_is_the_double_nearest_to_the_exact_one(
    values: list[int], percent: int, per: int
) -> None:
    statistic = stats.percentile("m", percent, per=per)
    nearest = float(exact(values, percent) / per)  # a Fraction rounds once
    assert statistic.compute(gathered(values)) == nearest


@given(VALUES, st.integers(0, 100))
def test_a_whole_percentile_is_the_exact_one_rounded_half_to_even(
    values: list[int], percent: int
) -> None:
    statistic = stats.whole_percentile("m", percent)
    assert statistic.compute(gathered(values)) == round(exact(values, percent))


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([7], 99, 7.0), ([1, 2, 4, 8], 50, 3.0), ([1, 2, 4, 8], 99, 7.88), ([0, 10], 95, 9.5)],
)
def test_a_percentile_by_hand(values: list[int], percent: int, expected: float) -> None:
    """Of 1, 2, 4, 8 at 0.99·3 = 2.97: 4 + 0.97·(8 - 4) = 7.88."""
    assert stats.percentile("m", percent, per=1).compute(gathered(values)) == expected


@pytest.mark.parametrize(
    ("values", "median"), [([2, 3], 2), ([3, 4], 4), ([1, 2, 9], 2), ([-2, -1], -2), ([0, 0], 0)]
)
def test_a_whole_median_by_hand(values: list[int], median: int) -> None:
    """2.5 is 2, 3.5 is 4, and -1.5 is -2."""
    assert stats.whole_percentile("m", 50).compute(gathered(values)) == median


def test_without_a_value_there_is_none() -> None:
    for statistic in (
        stats.percentile("m", 50, per=1),
        stats.whole_percentile("m", 50),
        stats.least("m"),
        stats.greatest("m"),
        stats.rate("is_red"),
        stats.rate("is_red", among="is_blue"),
    ):
        nothing = gathered(counts={"is_red": 0, "is_blue": 0})
        assert statistic.compute(nothing) is None


def test_least_and_greatest_are_integers_themselves() -> None:
    values = gathered([2**62 + 1, -5])
    assert stats.least("m").compute(values) == -5
    assert stats.greatest("m").compute(values) == 2**62 + 1


def test_rates_are_of_all_rows_or_of_those_with_another_flag() -> None:
    rows = gathered(size=4, counts={"is_red": 1, "is_blue": 3})
    assert stats.flagged("is_red").compute(rows) == 1
    assert stats.rate("is_red").compute(rows) == 0.25
    assert stats.rate("is_red", among="is_blue").compute(rows) == 1 / 3


def test_distinct_ids_leave_out_rows_without_one() -> None:
    rows = gathered(ids={"thread": np.array([3, 0, 1, 3])})
    assert stats.distinct("thread").compute(rows) == 2
    assert stats.distinct("thread").compute(gathered(ids={"thread": np.array([0])})) == 0


@pytest.mark.parametrize(
    ("total", "per", "expected"),
    [
        (0, 1, 0),
        (2**63 - 1, 1, 2**63 - 1),
        (2**63, 1, float(2**63)),
        (-(2**63), 1, -float(2**63)),
        (0, 10**9, 0.0),
        (1_500_000_000, 10**9, 1.5),
    ],
)
def test_a_total_is_an_int_where_json_can_write_it(total: int, per: int, expected: float) -> None:
    """Beyond 64 bits the nearest double, and so is every number of other units."""
    found = stats.total("m", per=per).compute(gathered(sums={"m": total}))
    assert (found, type(found)) == (expected, type(expected))
    amounts = gathered(details={"kind": {"audio": total}})
    (only,) = stats.breakdown("kind", per=per).compute(amounts).items()
    assert (only, type(only[1])) == (("audio", expected), type(expected))


def test_an_exact_total_has_any_size() -> None:
    assert stats.exact_total("m").compute(gathered(sums={"m": 2**70})) == 2**70


def test_details_of_an_absent_kind_are_none() -> None:
    assert stats.breakdown("kind").compute(gathered()) == {}


def test_details_of_several_kinds_are_added_before_they_are_divided() -> None:
    amounts = gathered(details={"one": {"a": 1, "b": 2}, "two": {"b": 5, "c": 2}})
    assert stats.breakdown("one", "two").compute(amounts) == {"a": 1, "b": 7, "c": 2}
    assert stats.breakdown("two", "three", "one", per=10).compute(amounts)["b"] == 0.7
    assert amounts.details == {"one": {"a": 1, "b": 2}, "two": {"b": 5, "c": 2}}


def test_a_summary_computes_what_is_named_in_its_order() -> None:
    """Rows of 3 and 1, the second below the first: a sum leaves it out, a median does not."""
    rows = [
        Row(3, None, is_red=True, parent=None, thread=1, details=((2, 7),)),
        Row(1, None, is_red=False, parent=0, thread=1, details=((2, 7),)),
    ]
    found = stats.summary(
        columns_of(rows),
        np.array([0, 1]),
        {
            "median": stats.percentile("a", 50, per=2),
            "rows": stats.count(),
            "sum": stats.total("a"),
            "none": stats.total("b"),
            "red": stats.rate("is_red"),
            "threads": stats.distinct("thread"),
            "tokens": stats.breakdown("tokens"),
        },
    )
    assert list(found.items()) == [
        ("median", 1.0),
        ("rows", 2),
        ("sum", 3),
        ("none", 0),
        ("red", 0.5),
        ("threads", 1),
        ("tokens", {"audio": 7}),
    ]


@pytest.mark.parametrize(
    ("statistic", "needs"),
    [
        (stats.count(), {}),
        (stats.percentile("m", 50, per=1), {"ranks": "m"}),
        (stats.whole_percentile("m", 50), {"ranks": "m"}),
        (stats.least("m"), {"ranks": "m"}),
        (stats.greatest("m"), {"ranks": "m"}),
        (stats.total("m"), {"sums": "m"}),
        (stats.exact_total("m"), {"sums": "m"}),
        (stats.rate("is_red"), {"counts": True}),
        (stats.distinct("thread"), {"ids": "thread"}),
        (stats.breakdown("kind"), {"details": True}),
    ],
)
def test_a_statistic_says_what_it_reads(
    statistic: stats.Statistic, needs: dict[str, object]
) -> None:
    nothing: dict[str, object] = {
        "ranks": "", "sums": "", "counts": False, "ids": "", "details": False,
    }  # fmt: skip
    assert {name: getattr(statistic, name) for name in nothing} == nothing | needs


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Row], list[int]]:
    """Rows, of small values or of any of 64 bits, and a selection of them in any order."""
    size = draw(st.integers(1, 12))
    values = draw(st.sampled_from([SMALL, INT64]))
    rows = [
        Row(
            draw(st.none() | values),
            draw(st.none() | values),
            draw(st.booleans()),
            draw(st.none() | st.integers(0, number - 1)) if number else None,
            draw(st.integers(0, 3)),
            tuple(draw(st.lists(st.tuples(st.integers(0, 2), values), max_size=3))),
        )
        for number in range(size)
    ]
    return rows, draw(st.lists(st.integers(0, size - 1), unique=True))


def above(rows: list[Row], number: int) -> set[int]:
    parent = rows[number].parent
    return set() if parent is None else {parent} | above(rows, parent)


@given(tables())
def test_what_is_gathered_is_what_the_rows_have(table: tuple[list[Row], list[int]]) -> None:
    rows, chosen = table
    selection = np.array(chosen, dtype=np.intp)
    gathered = stats.gather(
        columns_of(rows),
        selection,
        ranked=("a", "b"),
        summed=("b", "a"),
        ids=("thread",),
        details=True,
    )
    selected = [rows[number] for number in chosen]
    counted = [rows[number] for number in chosen if not above(rows, number) & set(chosen)]
    assert gathered.size == len(chosen)
    assert gathered.counts == {
        "is_red": sum(row.is_red for row in selected),
        HAS_ANCESTOR: sum(row.parent is not None for row in selected),
        "a": sum(row.a is not None for row in selected),
        "b": sum(row.b is not None for row in selected),
    }
    for name in "ab":
        known = [value for row in selected if (value := getattr(row, name)) is not None]
        assert gathered.ordered[name].tolist() == sorted(known)
        assert gathered.sums[name] == sum(getattr(row, name) or 0 for row in counted)
    assert gathered.ids["thread"].tolist() == [row.thread for row in selected]
    details: dict[str, dict[str, int]] = {}
    for row in counted:
        for number, amount in row.details:
            kind, category = CATEGORIES[number]
            details.setdefault(kind, {}).setdefault(category, 0)
            details[kind][category] += amount
    assert gathered.details == details


@given(tables())
def test_a_row_below_another_of_the_selection_is_left_out(
    table: tuple[list[Row], list[int]],
) -> None:
    rows, chosen = table
    left = stats.without_selected_ancestors(columns_of(rows), np.array(chosen, dtype=np.intp))
    assert left.tolist() == [n for n in chosen if not above(rows, n) & set(chosen)]


def test_what_is_not_asked_for_is_not_read() -> None:
    rows = [Row(1, 2, is_red=True, parent=None, thread=1, details=((0, 5),))]
    columns, selection = columns_of(rows), np.array([0])
    nothing = stats.gather(columns, selection, counts=False)
    assert (nothing.size, nothing.counts, nothing.ordered, nothing.sums) == (1, {}, {}, {})
    assert (nothing.details, nothing.ids) == ({}, {})
    only = stats.gather(columns, selection, summed=("b",))
    assert (only.sums, only.ordered, only.details) == ({"b": 2}, {}, {})
    assert stats.gather(columns, selection, details=True).details == {"cost": {"audio": 5}}


@given(tables())
def test_values_are_those_of_the_rows_and_whether_they_have_one(
    table: tuple[list[Row], list[int]],
) -> None:
    rows, chosen = table
    values, is_known = stats.measured(columns_of(rows), "a", np.array(chosen, dtype=np.intp))
    assert is_known.tolist() == [rows[n].a is not None for n in chosen]
    assert values[is_known].tolist() == [rows[n].a for n in chosen if rows[n].a is not None]


@given(tables(), st.sampled_from(["greater", "less_equal"]), INT64 | st.integers(-(2**70), 2**70))
def test_a_comparison_holds_of_rows_with_a_value(
    table: tuple[list[Row], list[int]], name: str, bound: int
) -> None:
    rows, chosen = table
    holds = stats.compare(
        columns_of(rows), "a", getattr(np, name), bound, np.array(chosen, dtype=np.intp)
    )
    expected = [
        (value := rows[n].a) is not None
        and (value > bound if name == "greater" else value <= bound)
        for n in chosen
    ]
    assert holds.tolist() == expected


@given(st.lists(st.lists(st.integers(0, 99), max_size=4), min_size=1, max_size=8), st.data())
def test_items_of_owners_are_their_lists(lists: list[list[int]], data: st.DataObject) -> None:
    owners = [owner for owner, items in enumerate(lists) for _ in items]
    items = np.array([item for each in lists for item in each], dtype=np.int64)
    offsets = RaggedOffsets.of_owners(np.array(owners, dtype=np.int64), len(lists))
    chosen = data.draw(st.lists(st.integers(0, len(lists) - 1)))
    counts, place = stats.items(offsets, np.array(chosen, dtype=np.int64))
    assert counts.tolist() == [len(lists[owner]) for owner in chosen]
    assert items.take(place).tolist() == [item for owner in chosen for item in lists[owner]]


NUMBERS = st.lists(INT64 | SMALL, min_size=1, max_size=20)


@given(st.lists(NUMBERS, min_size=1, max_size=3))
def test_sums_are_exact_beyond_64_bits(rows: list[list[int]]) -> None:
    size = min(map(len, rows))
    values = np.array([row[:size] for row in rows], dtype=np.int64)
    fit = all(fit_int64(magnitude(row)) for row in values)
    assert stats.exact_sums(values, fits_int64=fit) == [sum(row[:size]) for row in rows]
    assert stats.exact_sums(values, fits_int64=False) == [sum(row[:size]) for row in rows]


@given(st.lists(st.tuples(st.integers(0, 4), INT64 | SMALL), max_size=20))
def test_sums_by_code_are_exact_beyond_64_bits(pairs: list[tuple[int, int]]) -> None:
    codes = np.array([code for code, _ in pairs], dtype=np.int64)
    numbers = np.array([number for _, number in pairs], dtype=np.int64)
    expected = [sum(number for code, number in pairs if code == n) for n in range(5)]
    for fit in {fit_int64(magnitude(numbers)), False}:
        assert stats.sums_by_code(codes, numbers, 5, fits_int64=fit) == expected


def test_marked_are_the_numbers_that_are_there() -> None:
    assert stats.marked([3, 1, 3], 5).tolist() == [False, True, False, True, False]


# Five facets of three keys; feedback values are the codes 5 and 6, comments 7 to 9.
FACETS = [
    ("name", "", "a"),
    ("name", "", "b"),
    ("metadata", "env", "null"),
    ("metadata", "env", "prod"),
    ("metadata", "shots", "2"),
]
SIZE = 10
CODES = st.lists(st.integers(0, SIZE - 1), max_size=6)


def index_of(codes: list[list[int]]) -> FacetIndex:
    owners = [row for row, each in enumerate(codes) for _ in each]
    return FacetIndex(
        offsets=RaggedOffsets.of_owners(np.array(owners, dtype=np.int64), len(codes)),
        code=np.array([code for each in codes for code in each], dtype=np.int64),
        facets=FACETS,
        keys=np.array([0, 0, 1, 1, 2]),
        first_feedback_value=5,
        first_comment=7,
        size=SIZE,
    )


def counts_of(facets: dict[int, int]) -> FacetCounts:
    nothing = np.array([], dtype=np.int64)
    found, times = (np.array(list(each), dtype=np.int64) for each in (facets, facets.values()))
    return FacetCounts(found, times, *[nothing] * 3)


@given(st.lists(CODES, min_size=1, max_size=6), st.data())
def test_a_selection_is_counted_by_what_its_rows_have(
    codes: list[list[int]], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(codes) - 1), unique=True))
    found = stats.facet_counts(index_of(codes), np.array(rows, dtype=np.int64))
    counted = sorted(Counter(code for row in rows for code in codes[row]).items())
    facets = dict(zip(found.facets.tolist(), found.facet_counts.tolist(), strict=True))
    values = zip(found.feedback_values.tolist(), found.feedback_value_counts.tolist(), strict=True)
    assert list(facets.items()) == [(code, n) for code, n in counted if code < 5]
    assert list(values) == [(code - 5, n) for code, n in counted if 5 <= code < 7]
    assert found.comments.tolist() == [code - 7 for code, _ in counted if code >= 7]


def test_the_most_frequent_values_of_each_key_come_first() -> None:
    """b occurs more often than a; of equally frequent ones the first by the text is shown."""
    index = index_of([[]])
    every = stats.most_frequent(index, counts_of({0: 2, 1: 3, 2: 1, 3: 1, 4: 9}), 10)
    assert every == [
        (("name", "", "b"), 3),
        (("name", "", "a"), 2),
        (("metadata", "env", "null"), 1),
        (("metadata", "env", "prod"), 1),
        (("metadata", "shots", "2"), 9),
    ]
    assert stats.most_frequent(index, counts_of({0: 2, 1: 3, 2: 1, 3: 1, 4: 9}), 1) == every[::2]
    assert stats.most_frequent(index, counts_of({}), 10) == []


def test_rows_are_grouped_by_a_keys_values() -> None:
    """Row 3 has two values, row 1 none; the text null is none too."""
    index = index_of([[3, 0], [0, 4], [2], [3, 2]])

    def groups(rows: list[int], kind: str, key: str, null: str) -> list[tuple[str | None, Any]]:
        found = stats.facet_groups(index, np.array(rows, dtype=np.int64), kind, key, null)
        return [(value, of_it.tolist()) for value, of_it in found]

    assert groups([3, 2, 1, 0], "name", "", "") == [(None, [3, 2]), ("a", [1, 0])]
    assert groups([3, 2, 1, 0], "metadata", "env", "null") == [(None, [2, 1]), ("prod", [3, 0])]
    assert groups([0, 3], "metadata", "env", "") == [("null", [3]), ("prod", [0, 3])]
    assert groups([], "name", "", "") == []


@pytest.mark.parametrize("size", [1, 10, 100, 5000])
@pytest.mark.parametrize("many", [0, 1, 50, 3000])
def test_few_and_many_numbers_are_counted_alike(size: int, many: int) -> None:
    chance = random.Random(f"{size} {many}")  # noqa: S311 - no secret
    numbers = [chance.randrange(size) for _ in range(many)]
    found, counts = stats.occurring(np.array(numbers, dtype=np.int32), size)
    counted = sorted(Counter(numbers).items())
    assert list(zip(found.tolist(), counts.tolist(), strict=True)) == counted


@given(st.lists(st.integers(0, 5)).map(sorted), st.integers(1, 4))
def test_the_first_of_equal_numbers_are_told(numbers: list[int], most: int) -> None:
    expected = [numbers[:place].count(n) < most for place, n in enumerate(numbers)]
    assert stats.first_of_equal(np.array(numbers, dtype=np.int64), most).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 4), st.integers())))
def test_items_are_split_by_their_code(pairs: list[tuple[int, int]]) -> None:
    codes = np.array([code for code, _ in pairs], dtype=np.int64)
    items = np.array([item for _, item in pairs], dtype=object)
    expected = {code: [item for c, item in pairs if c == code] for code, _ in pairs}
    found = [(code, list(of_it)) for code, of_it in stats.split_by_code(codes, items)]
    assert found == sorted(expected.items())


def test_an_owner_has_the_items_of_its_lists() -> None:
    """Lists 0 to 2 have the items 7 and 8, none, and 9; 40,000 owners are more than a chunk."""
    offsets = RaggedOffsets(np.array([0, 2, 2]), np.array([2, 2, 3]))
    first, second = np.arange(40_000) % 3, np.full(40_000, 2)
    of_rows, code = stats.items_of_lists(
        [first, second], offsets, np.array([7, 8, 9], dtype=np.int32)
    )
    expected = {0: [7, 8, 9], 1: [9], 2: [9, 9]}
    for row in (0, 1, 2, 32_767, 32_768, 39_999):
        assert code[of_rows.starts[row] : of_rows.ends[row]].tolist() == expected[row % 3]


SCORES = [0, 1, -1, 2**32 - 1, 2**32, -(2**32), -(2**32) - 1, 10**9, 2**63 - 1, -(2**63)]


@pytest.mark.parametrize("seed", range(5))
def test_sums_of_scores_and_squares_are_exact(seed: int) -> None:
    """A hundred values of ten keys, most of them up to two thousand million times in all."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    values = [
        (
            chance.random() < 0.5,
            chance.choice([None, None, *SCORES, chance.randint(-(2**60), 2**60)]),
        )
        for _ in range(100)
    ]
    keys = sorted(chance.choices(range(10), k=100))
    chosen = sorted(chance.sample(range(100), 60))
    times = [chance.randint(1, 30_000_000) for _ in chosen]
    nothing = np.array([], dtype=np.int64)
    counts = FacetCounts(nothing, nothing, np.array(chosen), np.array(times), nothing)
    found = stats.feedback_by_key(FeedbackScores.of(values, keys, []), counts, 10)
    assert [each.key for each in found] == sorted({keys[value] for value in chosen})
    for each in found:
        pairs = [(v, n) for v, n in zip(chosen, times, strict=True) if keys[v] == each.key]
        assert list(zip(each.values, each.counts, strict=True)) == pairs
        scored = [(score, n) for v, n in pairs if (score := values[v][1]) is not None]
        labelled = [n for v, n in pairs if values[v][0] and values[v][1] is None]
        assert (each.sums.scored, each.sums.unscored) == (sum(n for _, n in scored), sum(labelled))
        assert each.sums.total == sum(score * n for score, n in scored)
        assert each.sums.squares == sum(score * score * n for score, n in scored)
        if scored:
            assert each.sums.least == min(score for score, _ in scored)
            assert each.sums.greatest == max(score for score, _ in scored)
        assert each.comments == []


def test_the_first_comments_of_a_key_stand_with_it() -> None:
    """Comments 0 to 2 are of key 0, 3 of key 1; the value 2 of key 1 alone is counted."""
    scores = FeedbackScores.of([(True, 5), (False, None), (True, None)], [0, 0, 1], [0, 0, 0, 1])
    nothing = np.array([], dtype=np.int64)

    def comments(values: list[int], of_them: list[int]) -> list[tuple[int, list[int]]]:
        counts = FacetCounts(
            nothing, nothing, np.array(values), np.array([1] * len(values)), np.array(of_them)
        )
        return [(each.key, each.comments) for each in stats.feedback_by_key(scores, counts, 2)]

    assert comments([0, 2], [0, 1, 2, 3]) == [(0, [0, 1]), (1, [3])]
    assert comments([2], [3]) == [(1, [3])]
    assert comments([0, 1], [2]) == [(0, [2])]


def test_no_feedback_has_no_keys() -> None:
    nothing = np.array([], dtype=np.int64)
    assert (
        stats.feedback_by_key(FeedbackScores.of([], [], []), FacetCounts(*[nothing] * 5), 10) == []
    )
