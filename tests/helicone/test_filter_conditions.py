"""Conditions put together: what ClickHouse decides before it reads a row."""

from __future__ import annotations

import pytest

from locum.engine.data import Parameters
from locum.helicone.filter_conditions import (
    BAD_STATEMENT,
    BAD_VALUE,
    FALSE,
    RUNS,
    STATEMENT_FAILS,
    TRUE,
    UNKNOWN,
    VALUE_FAILS,
    Condition,
    Term,
    joined,
)

A, B, C = (Condition((Term(f"{name} = {{}}", (name,)),)) for name in "abc")


def written(condition: Condition) -> str:
    return condition.term().render(Parameters())


def test_values_become_parameters_in_their_order() -> None:
    parameters = Parameters()
    term = Term("a = {}", (1,)).then(" AND b = {}", 2)
    assert term.render(parameters) == "a = $p0 AND b = $p1"
    assert parameters.values == {"p0": 1, "p1": 2}


def test_one_operator_stays_on_one_level() -> None:
    """Engines limit how deep expressions nest."""
    every = joined("and", joined("and", A, B), C)
    assert written(every) == "(a = $p0 and b = $p1 and c = $p2)"
    assert written(joined("or", every, A)) == "((a = $p0 and b = $p1 and c = $p2) or a = $p3)"
    assert written(joined("and", A)) == "a = $p0"


@pytest.mark.parametrize(
    ("operator", "conditions", "expected"),
    [
        ("and", (TRUE, A), "a = $p0"),
        ("or", (FALSE, A), "a = $p0"),
        ("and", (FALSE, A), "false"),
        ("or", (TRUE, A), "true"),
        ("and", (TRUE, TRUE), "true"),
        ("or", (FALSE, FALSE), "false"),
        ("or", (UNKNOWN, A), "(false or a = $p0)"),  # NULL is no constant
    ],
)
def test_constants_are_dropped_or_decide(
    operator: str, conditions: tuple[Condition, ...], expected: str
) -> None:
    assert written(joined(operator, *conditions)) == expected


@pytest.mark.parametrize(
    ("operator", "conditions", "failure"),
    [
        ("and", (A, B), RUNS),
        ("and", (VALUE_FAILS, A), BAD_VALUE),
        ("and", (VALUE_FAILS, TRUE), BAD_VALUE),
        ("and", (VALUE_FAILS, FALSE), RUNS),  # dropped beside the constant that decides
        ("or", (VALUE_FAILS, TRUE), RUNS),
        ("or", (VALUE_FAILS, FALSE), BAD_VALUE),
        ("or", (VALUE_FAILS, STATEMENT_FAILS), BAD_STATEMENT),
        ("or", (STATEMENT_FAILS, TRUE), BAD_STATEMENT),  # a statement is read before it is run
    ],
)
def test_a_failure_counts_unless_it_is_dropped(
    operator: str, conditions: tuple[Condition, ...], failure: int
) -> None:
    assert joined(operator, *conditions).failure == failure
    assert joined(operator, *reversed(conditions)).failure == failure
