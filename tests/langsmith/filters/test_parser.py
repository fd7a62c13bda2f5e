"""Reading and writing filter expressions."""

from __future__ import annotations

import threading
import time
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locum.exceptions import FilterError
from locum.langsmith.filters import parser as reading
from locum.langsmith.filters.ast import (
    COMPARATORS,
    And,
    Comparison,
    Expression,
    Not,
    Or,
    Search,
    render,
)
from locum.langsmith.filters.parser import parse

# The examples of LangSmith's "Trace query syntax" and of its SDK's `list_runs`.
DOCUMENTED = [
    'eq(run_type, "llm")',
    'and(eq(run_type, "chain"), eq(is_root, true))',
    'and(eq(feedback_key, "star_rating"), gt(feedback_score, 4))',
    'gt(latency, "5s")',
    "neq(error, null)",
    'and(gt(start_time, "2023-07-15T12:34:56Z"), eq(error, null))',
    'has(tags, "2aa1cf4")',
    'search("substring")',
    'and(eq(is_root, true), and(eq(metadata_key, "user_id"), eq(metadata_value, "4070f233")))',
    "and(eq(metadata_key, 'conversation_id'), neq(metadata_value, 'a1b2c3d4-e5f6-7890'))",
    'and(in(metadata_key, ["session_id","thread_id"]), eq(metadata_value, "abc"))',
    'and(eq(feedback_key, "user_score"), eq(feedback_score, 1))',
    'and(eq(run_type, "chain"), gt(total_tokens, 5000), lte(execution_order, 1))',
    'and(eq(name, "ChatOpenAI"), eq(input_key, "messages.content"), like(input_value, "%x%"))',
    'and(or(eq(name, "a"), eq(name, "b")), eq(output_key, "a.b"))',
    """and(not(has(metadata, '{"foo": "bar"}')), exists(metadata, "tenant_id"))""",
]


@pytest.mark.parametrize("text", DOCUMENTED)
def test_a_documented_example_is_written_as_it_was_read(text: str) -> None:
    """But for spaces and quotes: the same tree."""
    tree = parse(text)
    assert parse(render(tree)) == tree
    written = render(tree).replace(" ", "").replace(r"\"", '"')
    assert written == text.replace(" ", "").replace("'", '"')


TREES: dict[str, Expression] = {
    'eq(name, "x")': Comparison("eq", "name", "x"),
    "eq('name', 'x')": Comparison("eq", "name", "x"),
    ' eq\n(\tname\r\n,"x" ) ': Comparison("eq", "name", "x"),
    'eq("odd field!", 1)': Comparison("eq", "odd field!", 1),
    "eq(in, 1)": Comparison("eq", "in", 1),
    "eq(a.b, null)": Comparison("eq", "a.b", None),
    "in(a, [])": Comparison("in", "a", ()),
    "in(a, ['x', \"y\", -1, 2.5e3, true, null])": Comparison(
        "in", "a", ("x", "y", -1, 2500.0, True, None)
    ),
    "eq(a, False)": Comparison("eq", "a", value=False),
    "eq(a, None)": Comparison("eq", "a", None),
    'search("a b")': Search(None, "a b"),
    "search('name', 'x')": Search("name", "x"),
    "and(not(eq(a, 1)))": And((Not(Comparison("eq", "a", 1)),)),
    "or(eq(a, 1), eq(a, 2))": Or((Comparison("eq", "a", 1), Comparison("eq", "a", 2))),
}


@pytest.mark.parametrize("text", TREES)
def test_a_text_is_read_as_its_tree(text: str) -> None:
    assert parse(text) == TREES[text]


NUMBERS: dict[str, int | float] = {
    "0": 0,
    "-7": -7,
    "+7": 7,
    "12345678901234567890": 12345678901234567890,
    "0.001": 0.001,
    "1e3": 1000.0,
    "-1.5E-2": -0.015,
}


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_keeps_its_value_and_type(text: str) -> None:
    tree = parse(f"eq(a, {text})")
    assert isinstance(tree, Comparison)
    assert tree.value == NUMBERS[text]
    assert type(tree.value) is type(NUMBERS[text])


STRINGS = {
    r'"a\"b"': 'a"b',
    r"'a\'b'": "a'b",
    '"it\'s"': "it's",
    r'"\\ \n \t \r \b \f \/"': "\\ \n \t \r \b \f /",
    r'"\u00e9\ud83d\ude00"': "é😀",
    r'"100\%"': "100%",
    r'"100\\%"': r"100\%",
    '"two\nlines"': "two\nlines",
    r'"\u0000"': "\0",
    '""': "",
}


@pytest.mark.parametrize("text", STRINGS)
def test_a_string_has_the_escapes_of_json_and_any_other_escaped_character_is_itself(
    text: str,
) -> None:
    assert parse(f"eq(a, {text})") == Comparison("eq", "a", STRINGS[text])


def test_a_comparison_knows_where_its_parts_stand() -> None:
    tree = parse('and(eq(name, "x"),\n   gt( latency , 5))')
    assert isinstance(tree, And)
    positions = [o.positions for o in tree.operands if isinstance(o, Comparison)]
    assert positions == [(5, 8, 14), (23, 27, 37)]


def test_places_do_not_make_a_difference_between_trees() -> None:
    assert parse("eq(a, 1)") == parse("  eq( a,1 )")
    assert hash(parse("eq(a, 1)")) == hash(parse("  eq( a,1 )"))


texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | texts | numbers
values: st.SearchStrategy[Any] = scalars | st.lists(scalars, max_size=4).map(tuple)
leaves: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Comparison, st.sampled_from(COMPARATORS), texts, values),
    st.builds(Search, st.none() | texts, texts),
)
trees: st.SearchStrategy[Expression] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=10,
)


@given(trees)
def test_every_tree_is_read_as_it_was_written(tree: Expression) -> None:
    """repr tells 1 from True and 1.0, which are equal."""
    assert repr(parse(render(tree))) == repr(tree)


CALLS = "one of and, or, not, search, eq, neq, gt, gte, lt, lte, has, in, like, notlike, exists"
VALUE = "a text in quotes or a number or true, false or null or a list in [ ]"
REFUSED = {
    "": (1, "the end", CALLS, None),
    "  ": (3, "the end", CALLS, None),
    "eq": (3, "the end", "(", None),
    "eq(": (4, "the end", "a field's name or a text in quotes", None),
    "eq(name": (8, "the end", "a comma", None),
    "eq(name,": (9, "the end", VALUE, None),
    'eq(name, "x"': (13, "the end", ")", None),
    'eq(name, "x"))': (14, ")", "the end", None),
    'eq(name, "x") and eq(a, 1)': (15, "and", "the end", None),
    'eq(name, "x': (10, "a text without closing quote", VALUE, None),
    "has(tags, 'x\")": (11, "a text without closing quote", VALUE, None),
    'name = "x"': (1, "name", CALLS, None),
    'EQ(name, "x")': (1, "EQ", CALLS, "eq"),
    'eqq(name, "x")': (1, "eqq", CALLS, "eq"),
    "and(eq(a, 1), andy(eq(b, 2)))": (15, "andy", CALLS, "and"),
    "not_like(a, 'x')": (1, "not_like", CALLS, "notlike"),
    "and()": (5, ")", CALLS, None),
    "and(eq(a, 1),)": (14, ")", CALLS, None),
    "and(eq(a, 1) eq(b, 2))": (14, "eq", ") or a comma", None),
    "not(eq(a, 1), eq(b, 2))": (13, ",", ")", None),
    "eq(name: 1)": (8, ":", "a comma", None),
    "eq(1, 2)": (4, "1", "a field's name or a text in quotes", None),
    "eq(name, x)": (10, "x", VALUE, None),
    "gt(latency, 5s)": (13, "5s", VALUE, None),
    "eq(a, nan)": (7, "nan", VALUE, None),
    "eq(a, {})": (7, "{", VALUE, None),
    "in(a, [1, [2]])": (11, "[", "a text in quotes or a number or true, false or null", None),
    "in(a, [1 2])": (10, "2", "] or a comma", None),
    "search(name)": (12, ")", "a comma", None),
    'search("a", "b", "c")': (16, ",", ")", None),
    "eq(a, 1e999)": (7, "1e999", "a number within ±1.7e308", None),
    r'eq(a, "x\u12")': (9, r"\u", "four hex digits in it", None),
    r'eq(a, "\ud800")': (7, "half of a surrogate pair", "Unicode text", None),
    'eq(a, "\ud800")': (8, r"\ud800", "Unicode text", None),
    "eq(a, \0)": (7, r"\x00", VALUE, None),
    "💥": (1, "💥", CALLS, None),
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_text_that_is_no_filter_is_refused_with_place_and_expectation(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text, "trace_filter")
    assert attrs.astuple(caught.value) == (*REFUSED[text], "trace_filter")


BEYOND = {
    "not(" * 100_000: (100_001, "at most 100000 characters"),
    "not(" * 25_000: (404, "at most 100 levels"),
    "and(" + "eq(a,1)," * 12_000: (4 + 8 * 100 + 1, "at most 100 comparisons"),
    "in(a,[" + "1," * 40_000: (6 + 2 * 2000 + 1, "at most 2000 values"),
    f"eq(a, {'9' * 99_000})": (7, "a number within ±1.7e308"),
    f"eq(a, {'0' * 401})": (7, "a number within ±1.7e308"),
    '"' * 100_000: (1, CALLS),
    f'eq(a, "{chr(92) * 99_991}': (7, VALUE),
    "eq(a, 1)" * 12_500: (9, "the end"),
    "(" * 100_000: (1, CALLS),
    "]" * 100_000: (1, CALLS),
    " " * 100_000: (100_001, CALLS),
    "x" * 100_000: (1, CALLS),
}


@pytest.mark.parametrize("text", BEYOND, ids=lambda text: f"{text[:8]} {len(text)}")
def test_a_hostile_text_is_refused_at_once(text: str) -> None:
    """The time is of this thread alone, so that other processes on the machine do not count; and
    the least of several, of which one may pay for the garbage of the tests before."""
    parse("eq(a, 1)")  # which builds the parser
    took = []
    for _ in range(5):
        start = time.thread_time()
        with pytest.raises(FilterError) as caught:
            parse(text)
        took.append(time.thread_time() - start)
        assert (caught.value.position, caught.value.expected) == BEYOND[text]
    assert min(took) < 0.2


def test_the_limits_themselves_are_legal() -> None:
    deepest = "not(" * 99 + "eq(a, 1)" + ")" * 99
    most = f"and({', '.join(['eq(a, 1)'] * 100)})"
    assert render(parse(deepest)) == deepest
    assert render(parse(most)) == most
    assert parse(f"in(a, [{'1,' * 1999}1])") == Comparison("in", "a", (1,) * 2000)


@given(st.text(alphabet="eqandortsearchlike (),\"'\\[]0159.-+ué\0\n"))
def test_no_text_raises_anything_else(text: str) -> None:
    for wrapped in (text, f'eq(a, "{text}")', f"and({text})"):
        try:
            parse(wrapped)
        except FilterError as error:
            assert 1 <= error.position <= len(wrapped) + 1  # noqa: PT017 - not always raised


def test_any_number_of_threads_may_parse_at_once() -> None:
    """From the first filter on, for which the parser is still to be built."""
    reading._parser.cache_clear()
    read: list[Expression] = []
    threads = [
        threading.Thread(target=lambda text=text: read.append(parse(text)))
        for text in DOCUMENTED * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(render, read)) == sorted(render(parse(text)) for text in DOCUMENTED * 4)


def test_a_short_text_is_read_once_and_a_long_one_is_not_kept() -> None:
    """Clients can make many, each another."""
    reading._parse_short.cache_clear()
    short = f'eq(a, "{"x" * 491}")'
    assert len(short) == 500
    assert parse(short) is parse(short)
    long = f'eq(a, "{"x" * 492}")'
    assert parse(long) is not parse(long)
    assert reading._parse_short.cache_info().currsize == 1
    for number in range(300):
        parse(f"eq(a, {number})")
    assert reading._parse_short.cache_info().currsize == 256


def test_a_refusal_names_the_parameter_of_its_request() -> None:
    for parameter in ("filter", "tree_filter"):
        with pytest.raises(FilterError) as caught:
            parse("and()", parameter)
        assert caught.value.parameter == parameter
