"""What comparators mean of a column: in SQL, in NumPy, and in Python's own arithmetic."""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locum.engine.data import Parameters
from locum.exceptions import FilterError
from locum.langsmith.filters import conditions
from locum.langsmith.filters.ast import Comparison, Search
from locum.stats.summary import compare
from tests.oracles.columns import Row, columns_of

OPERATORS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
LEAST, MOST = -(2**63), 2**63 - 1
ENGINE = duckdb.connect(config={"threads": 1})

EDGES = st.sampled_from([LEAST, LEAST + 1, -1, 0, 1, MOST - 1, MOST])
VALUES = st.none() | EDGES | st.integers(-5, 5) | st.integers(LEAST, MOST)
COLUMNS = st.lists(VALUES, min_size=1, max_size=12)
NUMBERS = st.one_of(
    EDGES,
    st.integers(-(2**80), 2**80),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-6, 6),
    st.sampled_from([2**63, -(2**63) - 1, 2**64, 1e300, -1e300, 5e-324, 0.5]),
)


def in_sql(kind: conditions.Kind, clause: Comparison, column: list[int | None]) -> list[bool]:
    """What the condition says of each value, as a column of 64 bits."""
    parameters = Parameters()
    condition = kind.condition(clause, "n", parameters)
    statement = f"SELECT {condition} FROM (SELECT unnest(CAST($column AS BIGINT[])) AS n)"
    rows = ENGINE.execute(statement, parameters.values | {"column": column}).fetchall()
    return [holds for (holds,) in rows]


def in_numpy(kind: conditions.Kind, clause: Comparison, column: list[int | None]) -> list[bool]:
    """The same of columns in memory."""
    assert kind.bound is not None
    bound = kind.bound(clause)
    rows = [Row(v, None, is_red=False, parent=None, thread=0, details=()) for v in column]
    holds = compare(
        columns_of(rows), "a", bound.order.compare, bound.integer, np.arange(len(column))
    )
    found: list[bool] = holds.tolist()
    return found


@settings(deadline=None)  # a statement takes long where the machine is busy
@given(st.sampled_from(list(OPERATORS)), NUMBERS, COLUMNS)
def test_a_bound_is_the_same_in_sql_and_in_numpy(
    comparator: str, value: float, column: list[int | None]
) -> None:
    """And what exact fractions say; null is neither more nor less."""
    clause = Comparison(comparator, "total_tokens", value)
    exact = Fraction(str(value))
    expected = [n is not None and OPERATORS[comparator](n, exact) for n in column]
    assert in_numpy(conditions.COUNT, clause, column) == expected
    assert in_sql(conditions.COUNT, clause, column) == expected


@settings(deadline=None)
@given(st.sampled_from(list(OPERATORS)), st.floats(-1e12, 1e12), COLUMNS)
def test_a_bound_in_another_unit_is_the_same_in_sql_and_in_numpy(
    comparator: str, value: float, column: list[int | None]
) -> None:
    """Dollars against nano-USD, seconds against microseconds."""
    for kind, scale in ((conditions.USD, 10**9), (conditions.DURATION, 10**6)):
        clause = Comparison(comparator, "field", value)
        exact = Fraction(str(value)) * scale
        expected = [n is not None and OPERATORS[comparator](n, exact) for n in column]
        assert in_numpy(kind, clause, column) == expected
        assert in_sql(kind, clause, column) == expected


@pytest.mark.parametrize(
    ("comparator", "value", "integer"),
    [
        ("gt", 2.5, 2),
        ("gte", 2.5, 3),
        ("lt", 2.5, 3),
        ("lte", 2.5, 2),
        ("gt", 2, 2),
        ("lte", -2.5, -3),
        ("gt", 2**63, 2**63),
        ("gt", 10**40, 2**63),
        ("lt", -(10**40), -(2**63) - 1),
    ],
)
def test_a_bound_lies_on_an_integer(comparator: str, value: float, integer: int) -> None:
    """n > 2.5 is n > 2, and n >= 2.5 is n >= 3; one more than 64 bits hold is beyond all."""
    assert conditions.COUNT.bound is not None
    clause = Comparison(comparator, "total_tokens", value)
    assert conditions.COUNT.bound(clause) == conditions.Bound(conditions.ORDER[comparator], integer)


@settings(deadline=None)
@given(st.lists(st.none() | NUMBERS, max_size=4), COLUMNS)
def test_membership_is_exact_and_null_is_a_value_like_any_other(
    values: list[float | None], column: list[int | None]
) -> None:
    exact = [None if value is None else Fraction(str(value)) for value in values]
    clause = Comparison("in", "total_tokens", tuple(values))
    assert in_sql(conditions.COUNT, clause, column) == [n in exact for n in column]
    for value in values:
        one = [n == (None if value is None else Fraction(str(value))) for n in column]
        for comparator in ("eq", "neq"):  # which is denied by whoever asks
            clause = Comparison(comparator, "total_tokens", value)
            assert in_sql(conditions.COUNT, clause, column) == one


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("5s", 5_000_000),
        (" 1.5 s ", 1_500_000),
        ("250ms", 250_000),
        ("2m", 120_000_000),
        ("1h", 3_600_000_000),
        ("5", 5_000_000),
        ("-0.0000005s", Fraction(-1, 2)),
        (5, 5_000_000),
        (0.1, 100_000),
    ],
)
def test_a_duration_is_read_exactly(text: Any, microseconds: Fraction) -> None:
    assert conditions._duration(text) == microseconds


@pytest.mark.parametrize(
    "text", ["", "s", "5 weeks", "1e3s", "\u0665s", "1s" + " " * 50, True, None]
)
def test_any_other_duration_is_refused(text: Any) -> None:
    clause = Comparison("gt", "latency", text)
    assert conditions.DURATION.bound is not None
    with pytest.raises(FilterError, match="a number of seconds"):
        conditions.DURATION.bound(clause)


DAY = 86_400 * 10**6


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1970-01-02", DAY),
        ("1970-01-01T00:01", 60_000_000),
        ("1970-01-01 00:00:01.5", 1_500_000),
        ("1970-01-01t00:00:00,25z", 250_000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T01:00:00+01", 0),
        ("1969-12-31T23:30:00 -0030", 0),
        ("1970-01-01T00:00:00.000000001Z", Fraction(1, 1000)),
        (" 1970-01-01 ", 0),
    ],
)
def test_a_time_is_read_exactly(text: str, microseconds: Fraction) -> None:
    assert conditions._time(text) == microseconds


@pytest.mark.parametrize(
    "text",
    ["", "now", "1970-01-01T", "1970-02-30", "0000-01-01", "1970-01-01T00:00:60", "19700101", 5],
)
def test_any_other_time_is_refused(text: Any) -> None:
    assert conditions.TIME.bound is not None
    with pytest.raises(FilterError, match="a time such as"):
        conditions.TIME.bound(Comparison("gt", "start_time", text))


PATTERNS = [
    ("a%", "abc", True),
    ("a%", "A", False),
    ("_", "\n", True),
    ("_", "", False),
    ("%", "", True),
    ("a.c", "abc", False),
    (r"100\%", "100%", True),
    (r"100\%", "1000", False),
    (r"a\b", "ab", True),  # any character after a backslash is itself
    ("a\\\\b", "a\\b", True),
    ("a\\", "a\\", True),  # one that nothing follows too
    ("%%%x", "x", True),
]


@pytest.mark.parametrize(("pattern", "text", "fits"), PATTERNS)
def test_a_pattern_fits_the_whole_text(pattern: str, text: str, fits: Any) -> None:
    parameters = Parameters()
    condition = conditions.pattern(Comparison("like", "name", pattern), "$text", parameters)
    (row,) = ENGINE.execute(f"SELECT {condition}", parameters.values | {"text": text}).fetchall()
    assert row == (fits,)


@pytest.mark.parametrize(
    ("text", "searched", "found"),
    [("ÉCOLE", "école", True), ("abc", "B", True), ("abc", "", True), ("abc", "ac", False)],
)
def test_a_search_is_for_a_part_in_any_letter_case(text: str, searched: str, found: Any) -> None:
    parameters = Parameters()
    condition = conditions.TEXT.condition(Search("name", searched), "$text", parameters)
    (row,) = ENGINE.execute(f"SELECT {condition}", parameters.values | {"text": text}).fetchall()
    assert row == (found,)


@pytest.mark.parametrize(
    ("kind", "comparator", "value", "expected"),
    [
        (conditions.TEXT, "eq", 5, "a text in quotes, or null"),
        (conditions.TEXT, "in", "x", "a list such as"),
        (conditions.TEXT, "eq", ("x",), "a list goes with in"),
        (conditions.TEXT, "like", None, "a text in quotes"),
        (conditions.BOOLEAN, "eq", "true", "true or false"),
        (conditions.COUNT, "eq", True, "a number"),
        (conditions.SCORE, "gt", "x", "a number, true or false"),
        (conditions.TIME, "gt", 5, "a time such as"),
    ],
)
def test_a_value_of_another_type_is_refused(
    kind: conditions.Kind, comparator: str, value: Any, expected: str
) -> None:
    with pytest.raises(FilterError, match=expected):
        kind.condition(Comparison(comparator, "field", value), "n", Parameters())


def test_a_score_that_is_true_or_false_is_one_or_none() -> None:
    column: list[int | None] = [10**9, 0, None]
    for value, expected in ((True, [True, False, False]), (False, [False, True, False])):
        assert (
            in_sql(conditions.SCORE, Comparison("eq", "feedback_score", value), column) == expected
        )
