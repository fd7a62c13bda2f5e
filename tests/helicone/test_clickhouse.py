"""What ClickHouse computes: its adaptive histogram, its quantile, its LIKE and ILIKE."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from locum.helicone.clickhouse import Bin, histogram, like_expression, quantile

RECORDED = Path(__file__).parents[1] / "data" / "clickhouse_statistics.jsonl"


class Reference:
    """The same algorithm by its description, with a scan over all gaps for every fusion."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.points: list[tuple[float, float]] = []
        self.seen: list[float] = []

    def add(self, value: float) -> None:
        self.seen.append(value)
        self.points.append((value, 1.0))
        if len(self.points) == 2 * self.most:
            self.compress()

    def compress(self) -> None:
        self.points.sort(key=lambda point: point[0])
        while len(self.points) > self.most:
            gaps = [b[0] - a[0] for a, b in zip(self.points, self.points[1:], strict=False)]
            self.fuse(gaps.index(min(gaps)))

    def fuse(self, index: int) -> None:
        (m1, w1), (m2, w2) = self.points[index : index + 2]
        self.points[index : index + 2] = [(m1 + w2 * (m2 - m1) / (w2 + w1), w2 + w1)]

    def rows(self) -> list[tuple[float, float, float]]:
        if not self.seen:
            return []
        self.compress()
        index = 0
        while index + 1 < len(self.points):
            m1, m2 = self.points[index][0], self.points[index + 1][0]
            if m1 + abs(10 * (m1 + m2) * 2.0**-52) >= m2:
                self.fuse(index)
            else:
                index += 1
        rows = []
        for index, (mean, weight) in enumerate(self.points):
            start, end, left, right = min(self.seen), max(self.seen), weight, weight
            if index > 0:
                start, left = (self.points[index - 1][0] + mean) / 2, self.points[index - 1][1]
            if index + 1 < len(self.points):
                end, right = (mean + self.points[index + 1][0]) / 2, self.points[index + 1][1]
            rows.append((start, end, (left + 6 * weight + right) / 8))
        return rows


def rows_of(bins: list[Bin]) -> list[tuple[float, float, float]]:
    return [(one.start, one.end, one.value) for one in bins]


def random_list(draw: random.Random) -> list[float]:
    """Sizes 1 to 300; ties, zeros, huge and tiny values, and values a rounding apart."""
    size = draw.randint(1, draw.choice([9, 19, 25, 60, 300]))
    kinds: list[Callable[[], float]] = [
        lambda: float(draw.randint(0, 12)),
        lambda: draw.choice([0.0, 0.0, 1e-300, 5e-324, 1e15, 1e300]),
        lambda: draw.randint(0, 50_000_000) / 1e9,
        lambda: draw.expovariate(1) * 10.0 ** draw.randint(-12, 12),
        lambda: 1 + draw.randint(0, 30) * 2.0**-52,
    ]
    kind = draw.choice(kinds)
    return [kind() for _ in range(size)]


def test_no_values_have_no_bins() -> None:
    assert histogram([]) == []


def test_one_value_is_one_bin_from_it_to_itself() -> None:
    assert histogram([270]) == [Bin(270.0, 270.0, 1.0)]


def test_bins_of_three_values_by_hand() -> None:
    """Means 1, 2 and 4 of weight 2, 1 and 1: edges 1, 1.5, 3, 4; values ((2+6)/4 + (1+6)/4)/2,
    ((2+3)/4 + (1+3)/4)/2 and 1."""
    expected = [Bin(1.0, 1.5, 1.875), Bin(1.5, 3.0, 1.125), Bin(3.0, 4.0, 1.0)]
    assert histogram([1, 1, 2, 4]) == expected


def test_the_nearest_neighbours_are_fused_beyond_ten() -> None:
    """0, 10, … 90 and 91: only 90 and 91 are one apart and become 90.5 of weight 2."""
    bins = histogram([*range(0, 100, 10), 91])
    assert len(bins) == 10
    assert bins[-1] == Bin(85.25, 91.0, 1.875)


def test_of_equal_gaps_the_leftmost_is_closed() -> None:
    bins = histogram(range(11))
    assert bins[0] == Bin(0.0, 1.25, 1.875)
    assert bins[1:3] == [Bin(1.25, 2.5, 1.125), Bin(2.5, 3.5, 1.0)]


def test_histograms_are_those_of_clickhouse_to_the_last_bit() -> None:
    cases = [json.loads(line) for line in RECORDED.read_bytes().splitlines()]
    assert len(cases) == 120
    for case in cases:
        assert rows_of(histogram(case["values"])) == [tuple(row) for row in case["histogram"]]


@pytest.mark.parametrize("seed", range(10))
def test_histogram_is_that_of_the_description(seed: int) -> None:
    """500 random lists a seed, each as it was drawn and ascending."""
    draw = random.Random(seed)  # noqa: S311 -- the same lists every time
    for _ in range(500):
        values = random_list(draw)
        for order in (values, sorted(values)):
            reference = Reference(10)
            for value in order:
                reference.add(value)
            assert rows_of(histogram(order)) == reference.rows()


def test_bins_touch_and_hold_about_all_values() -> None:
    """Each end is the next start, and the values' sum is n to within a quarter of the outer
    weights' difference from their neighbours."""
    draw = random.Random(3)  # noqa: S311 -- the same lists every time
    for _ in range(500):
        values = sorted(random_list(draw))
        bins = histogram(values)
        assert [one.end for one in bins[:-1]] == [one.start for one in bins[1:]]
        assert (bins[0].start, bins[-1].end) == (values[0], values[-1])
        assert len(bins) <= 10
        assert sum(one.value for one in bins) == pytest.approx(len(values), rel=0.25)


def exact(ordered: list[float], level: float) -> Fraction:
    """The value at the fractional index, by rational arithmetic."""
    index = Fraction(level) * (len(ordered) - 1)
    below = int(index)
    start = Fraction(ordered[below])
    if below == len(ordered) - 1:
        return start
    return start + (Fraction(ordered[below + 1]) - start) * (index - below)


@pytest.mark.parametrize(
    ("ordered", "level", "expected"),
    [
        ([7], 0.75, 7.0),
        ([1, 2, 3, 4], 0.5, 2.5),
        ([1, 2, 3, 4, 5], 0.75, 4.0),
        ([0, 10], 0.95, 9.5),
        ([0, 100], 1 - 0.75, 25.0),
        ([1, 2], 0.0, 1.0),
        ([1, 2], 1.0, 2.0),
    ],
)
def test_quantile_by_hand(ordered: list[float], level: float, expected: float) -> None:
    """Index level·(n - 1): for [0, 10] at 0.95 that is 0.95, so 9.5."""
    assert quantile(ordered, level) == expected


def test_quantile_of_nothing_is_an_error() -> None:
    with pytest.raises(IndexError):
        quantile([], 0.5)


def test_quantile_of_equal_values_can_miss_them_by_a_rounding() -> None:
    """The order of operations is ClickHouse's: 0.1·0.25 + 0.1·0.75 rounds three times.

    Index 0.75·9 = 6.75 lies between two values of 0.7: 0.7·0.25 + 0.7·0.75 in doubles.
    """
    assert quantile([0.7] * 10, 0.75) == 0.7 * 0.25 + 0.7 * 0.75


def test_quantiles_are_those_of_clickhouse_to_the_last_bit() -> None:
    compared = 0
    for line in RECORDED.read_bytes().splitlines():
        case = json.loads(line)
        for level, expected in case["quantiles"].items():
            assert quantile(sorted(case["values"]), float(level)) == expected
            compared += 1
    assert compared > 1000


def test_quantile_is_the_exact_one_but_for_roundings() -> None:
    """10,000 random lists against rational arithmetic: the two products and the sum round once
    each, and so do the three differences before."""
    draw = random.Random(7)  # noqa: S311 -- the same lists every time
    for _ in range(10_000):
        size = draw.randint(1, draw.choice([3, 20, 300]))
        scale = 10.0 ** draw.randint(-12, 15)
        ordered = sorted(draw.choice([0.0, scale, draw.random() * scale]) for _ in range(size))
        level = draw.choice([0.5, 0.75, 0.95, 0.99, 0.999, 1 - 0.95, 1 - 0.999])
        slack = Fraction(ordered[-1]) * Fraction(sys.float_info.epsilon) * (size + 4)
        assert abs(Fraction(quantile(ordered, level)) - exact(ordered, level)) <= slack


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", "(?s)"),
        ("a.b", r"(?s)a\.b"),
        ("%a_", "(?s).*a."),
        ("\\%\\_\\\\", r"(?s)%_\\"),
        ("\\a", r"(?s)\\a"),
        ("a\\", None),
    ],
)
def test_patterns_by_hand(pattern: str, expected: str | None) -> None:
    assert like_expression(pattern, fold=False) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("%é%", "xÉy", True),
        ("straße", "STRASSE", False),
        ("s", "\N{LATIN SMALL LETTER LONG S}", True),  # RE2 folds it
        ("%s%", "\N{LATIN SMALL LETTER LONG S}", False),  # the search for a text does not
        ("ss", "\N{LATIN SMALL LETTER LONG S}" * 2, False),
        ("%ЖΣ%", "ж\N{GREEK SMALL LETTER SIGMA}", True),
        ("%ЖΣ%", "ж\N{GREEK SMALL LETTER FINAL SIGMA}", False),
        ("i", "İ", False),
        ("a_c", "aéC", True),
        ("a_c", "A\nC", True),
    ],
)
def test_letters_fold_as_in_clickhouse(
    pattern: str,
    text: str,
    expected: bool,  # noqa: FBT001 -- a parameter of the cases above
) -> None:
    """As `SELECT text ILIKE pattern` answers on ClickHouse 26.9."""
    values = {"text": text, "pattern": like_expression(pattern, fold=True)}
    found = duckdb.execute("SELECT regexp_full_match($text, $pattern)", values).fetchall()
    assert found == [(expected,)]
