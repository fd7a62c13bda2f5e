"""Filters over runs that are refused, and hostile ones that are not."""

from __future__ import annotations

import json
import re

import pytest

from locum.engine.data import Data, Parameters, TakesLong, Work
from locum.exceptions import FilterError
from locum.langsmith.filters import parser
from locum.langsmith.filters.fields import RUNS
from locum.langsmith.filters.parser import parse
from tests.oracles.bundled import data_of, find

REFUSED = {
    'eq(names, "x")': (4, "found names", "did you mean name?"),
    'and(eq(name, "x"), eq(metadata.user, "x"))': (23, "found metadata.user", "fields id, name"),
    "gt(tags, 5)": (1, "gt on tags", "one of has, search on tags"),
    'or(eq(name, "x"), gt(name, "x"))': (19, "gt on name", "one of eq, neq, in, like"),
    'eq(is_root, "x")': (13, 'found "x"', "true or false"),
    'gt(start_time, "not a time")': (16, 'found "not a time"', "a time such as"),
    'gt(start_time, "2024-02-30")': (16, 'found "2024-02-30"', "a time such as"),
    "gt(start_time, 5)": (16, "found 5", "a time such as"),
    'in(name, "x")': (10, 'found "x"', "a list such as"),
    'eq(name, ["x"])': (10, 'found ["x"]', "a list goes with in"),
    "eq(name, 5)": (10, "found 5", "a text in quotes"),
    "like(name, 5)": (12, "found 5", "a text in quotes"),
    'gt(latency, "5 weeks")': (13, 'found "5 weeks"', "a number of seconds"),
    "gt(latency, null)": (13, "found null", "a number of seconds"),
    'eq(total_tokens, "5")': (18, 'found "5"', "a number"),
    "eq(total_tokens, true)": (18, "found true", "a number"),
    "gt(metadata_value, null)": (20, "found null", "a number or a text"),
    "has(metadata, 'no json')": (15, 'found "no json"', "a JSON object in quotes"),
    "has(metadata, '[1]')": (15, 'found "[1]"', "a JSON object in quotes"),
    "has(tags, 5)": (11, "found 5", "a text in quotes"),
    'exists(name, "x")': (1, "exists on name", "one of eq"),
    'and(eq(metadata_key, "a"), has(metadata_value, "b"))': (28, "has on metadata_value", "one of"),
    f"like(name, '{'%a' * 65}')": (12, "found", "at most 64 wildcards"),
    f"like(name, '{'a' * 1001}')": (12, "found", "at most 1000 characters"),
    f"search('{'a ' * 101}')": (8, "found", "at most 100 words"),
    f"has(metadata, '{{\"a\": [{'1,' * 60}1]}}')": (15, "found", "50 members"),
    f"has(metadata, '{{\"a\": {'[' * 25}{']' * 25}}}')": (15, "found", "20 levels"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_filter_without_meaning_is_refused_where_it_is_at_fault(text: str) -> None:
    position, *words = REFUSED[text]
    with pytest.raises(FilterError) as caught:
        RUNS.where(parse(text), Parameters(), "tree_filter")
    message = str(caught.value)
    assert message.startswith(f"Invalid tree_filter at position {position}: ")
    assert [word for word in words if str(word) not in message] == []


@pytest.fixture(scope="module")
def engine() -> Data:
    return data_of(find("tiny"))


HOSTILE = [
    r'eq(name, "\u0000")',
    r'like(name, "\u0000%\n[(\\")',
    r'search("\u0000 a\u0000")',
    r"""has(metadata, '{"a/b~c": "x", "": 1, "*": 2, "$": [[]], "\\u0000": "\\u0000"}')""",
    "eq(total_cost, -1.7e308)",
    f"eq(metadata_value, {'9' * 300})",
    f"like(error, '{'%a' * 64}')",
    f"like(name, '{'a' * 1000}')",
    f"search('{'a' * 90_000}')",
    "in(id, [" + ", ".join(f"'{n:036}'" for n in range(2000)) + "])",
    f"{'not(' * 98}eq(name, 'x'){')' * 98}",
    f"or({', '.join(['and(neq(metadata_key, 1), eq(metadata_value, 2))'] * 50)})".replace(
        "1", "''"
    ),
    f"in(metadata_value, [{', '.join(map(str, range(900)))}])",
    f"search('{'a ' * 100}')",
    "has(metadata, '" + '{"a": [' * 9 + "1" + "]}" * 9 + "')",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_the_engine_runs_whatever_is_legal(engine: Data, text: str) -> None:
    parameters = Parameters()
    condition = RUNS.where(parse(text), parameters)
    for table in parameters.tables:
        engine.table(table)
    ((every, decided),) = engine.rows(
        f"SELECT count(*), count({condition}) FROM runs", **parameters.values
    )
    assert decided == every > 0


def test_no_value_of_a_request_becomes_part_of_the_statement() -> None:
    """Filters that differ in their values alone give the same statement."""

    def statement(value: str) -> str:
        text, needle = json.dumps(value), json.dumps(json.dumps({value: [value]}))
        clauses = [
            *(f"{c}(name, {text})" for c in ("eq", "neq", "like", "notlike", "search")),
            *(f"{c}(metadata_value, {text})" for c in ("eq", "gt", "like", "search")),
            *(f"in({f}, [{text}, {text}])" for f in ("id", "input_key", "feedback_value")),
            *(f"search({f}, {text})" for f in ("tags", "outputs")),
            *(f"search({text})", f"has(tags, {text})", f"exists(metadata, {text})"),
            f"has(metadata, {needle})",
        ]
        return RUNS.where(parse(f"and({', '.join(clauses)})"), Parameters())

    hostile = ("';DROP", "$p0", "%", "--", "/", "\\", '"', "{", "]", "\0", "Σ", "0")
    assert {statement(value) for value in hostile} == {statement("x")}


COMPARED = 'eq(name, "x")'


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (COMPARED, 1, 3),
        ("and(" + ", ".join([COMPARED] * 20) + ")", 20, 25),
        ('like(name, "%x%")', 10, 20),
        ('and(eq(metadata_key, "x"), eq(metadata_value, "y"))', 15, 30),
        ('like(metadata_value, "%x%")', 80, 120),
        ("""has(metadata, '{"x": 1}')""", 100, 150),
        ('eq(input_key, "x")', 20, 30),
        ('like(output_value, "%x%")', 150, 250),
        ('search("x")', 30, 50),
        ("and(" + ", ".join(['search("x")'] * 45) + ")", 1400, 2000),
    ],
)
def test_a_condition_tells_what_it_costs_for_each_run(text: str, least: int, most: int) -> None:
    """In units of 10 ns, as was measured: a comparison of a column takes one, to go through a run's
    metadata ten, through its texts thirty; patterns take longer than equality."""
    parameters = Parameters()
    RUNS.condition(text, parameters)
    assert least <= parameters.cost <= most


def test_no_negation_stands_around_another_one() -> None:
    """DuckDB plans 40 negations around each other in a quarter of a second, which nothing can
    interrupt."""
    text = COMPARED
    for place in range(40):
        text = f'not(and(neq(name, "{place}"), {text}))'
    open_, deepest = [False], 0
    for piece in re.findall(r"\(NOT |\(|\)", RUNS.condition(text, Parameters())):
        open_ = open_[:-1] if piece == ")" else [*open_, piece != "("]
        deepest = max(deepest, sum(open_))
    assert deepest == len(("neq", "not"))


def test_a_subquery_costs_as_much_to_plan_as_thousands_of_rows() -> None:
    parameters = Parameters()
    RUNS.condition("or(gt(execution_order, 1), eq(execution_order, 7))", parameters)
    assert parameters.cost_of_plan == 200_000


def test_the_event_loop_does_not_build_the_parser() -> None:
    parser._parser.cache_clear()
    with pytest.raises(TakesLong):
        Work(700_000, in_loop=True).run(lambda: parse('eq(name, "a parser is needed")'))
    assert Work().run(lambda: parse('eq(name, "a parser is needed")'))
    assert Work(0, in_loop=True).run(lambda: parse('eq(name, "and is there")'))
