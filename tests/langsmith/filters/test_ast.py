"""The tree of a filter, and the text that it is written as; `test_parser` reads these back."""

from __future__ import annotations

import pytest

from locum.langsmith.filters.ast import (
    CALLS,
    And,
    Comparison,
    Expression,
    Not,
    Or,
    Positions,
    Search,
    literal,
    printable,
    render,
)

TREES: list[tuple[Expression, str]] = [
    (Comparison("eq", "name", "x"), 'eq(name, "x")'),
    (Comparison("eq", "metadata.a_1", value=True), "eq(metadata.a_1, true)"),
    (Comparison("eq", "odd field!", None), 'eq("odd field!", null)'),
    (Comparison("eq", "1st", 1), 'eq("1st", 1)'),
    (Comparison("in", "a", ("x", -1, 2.5, None)), 'in(a, ["x", -1, 2.5, null])'),
    (Comparison("in", "a", ()), "in(a, [])"),
    (Search(None, "a b"), 'search("a b")'),
    (Search("name", "é"), 'search(name, "é")'),
    (Not(Comparison("eq", "a", 1)), "not(eq(a, 1))"),
    (And((Search(None, "x"),)), 'and(search("x"))'),
    (
        Or((And((Comparison("gt", "a", 1), Comparison("lt", "a", 2))), Search(None, "x"))),
        'or(and(gt(a, 1), lt(a, 2)), search("x"))',
    ),
]


@pytest.mark.parametrize(("tree", "text"), TREES, ids=[text for _, text in TREES])
def test_a_tree_is_written_as_its_calls(tree: Expression, text: str) -> None:
    assert render(tree) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('a"b\\c\n\t\0\x7f', '"a\\"b\\\\c\\n\\t\\u0000\x7f"'),
        ("é😀/", '"é😀/"'),
        (1e16, "1e+16"),
        (0.1, "0.1"),
        ((True, None), "[true, null]"),
    ],
)
def test_a_value_is_written_as_json(value: object, text: str) -> None:
    """Only what JSON must escape is escaped."""
    assert literal(value) == text  # type: ignore[arg-type]


def test_places_do_not_count_in_a_comparison_of_trees() -> None:
    here, there = Positions(1, 4, 10), Positions(5, 8, 14)
    assert Comparison("eq", "a", 1, here) == Comparison("eq", "a", 1, there)
    assert hash(Search(None, "x", here)) == hash(Search(None, "x", there))
    assert Comparison("eq", "a", 1) != Comparison("eq", "a", 2)


def test_a_search_is_a_clause_like_a_comparison() -> None:
    assert (Search("name", "x").comparator, Search("name", "x").value) == ("search", "x")
    assert "search" in CALLS


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain é", "plain é"),
        ("a\nb\0", r"a\nb\x00"),
        ("\u202e", r"\u202e"),
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 39 + "…"),
    ],
)
def test_an_error_quotes_a_text_short_and_printable(text: str, quoted: str) -> None:
    assert printable(text) == quoted
