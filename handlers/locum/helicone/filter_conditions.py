"""Conditions of a Helicone filter while they are put together: SQL, and what is known of it before
any row is read.

ClickHouse drops what stands beside a deciding constant (`true OR x`), and with it a value that it
could not have read; so the same filter fails or does not depending on its neighbours.
"""

from __future__ import annotations

from attrs import evolve, frozen

from locum.engine.data import Parameters, Value


@frozen
class Term:
    """A piece of SQL in which each {} stands for the next of the values; it costs so much for each
    row beside comparisons of columns with these, in units of `Work`."""

    text: str
    values: tuple[Value, ...] = ()
    cost: int = 0

    def then(self, text: str, *values: Value) -> Term:
        """The term followed by more."""
        return Term(self.text + text, self.values + values, self.cost)

    def render(self, parameters: Parameters) -> str:
        """The SQL, its values and cost added to the parameters."""
        parameters.cost += self.cost
        return self.text.format(*map(parameters.add, self.values))


# How a condition fails before a row is read: with a value that its column's type cannot have, which
# counts unless the condition is dropped beside a constant; or with a statement that has no meaning.
RUNS, BAD_VALUE, BAD_STATEMENT = range(3)


@frozen
class Condition:
    """Terms joined by `operator`; `constant` where ClickHouse knows the outcome beforehand. One
    that fails does so for the `column`."""

    terms: tuple[Term, ...]
    operator: str = "and"
    constant: bool | None = None
    failure: int = RUNS
    column: str = ""

    def term(self) -> Term:
        """The whole condition as one term."""
        if len(self.terms) == 1:
            return self.terms[0]
        text = f" {self.operator} ".join(term.text for term in self.terms)
        values = tuple(value for term in self.terms for value in term.values)
        return Term(f"({text})", values, sum(term.cost for term in self.terms))


TRUE, FALSE = (Condition((Term(text),), constant=text == "true") for text in ("true", "false"))
UNKNOWN = Condition((Term("false"),))  # NULL: no row has it, and it is no constant
VALUE_FAILS = Condition((Term("false"),), failure=BAD_VALUE)
STATEMENT_FAILS = Condition((Term("false"),), failure=BAD_STATEMENT)


def joined(operator: str, *conditions: Condition) -> Condition:
    """All of them ("and") or any of them ("or").

    Terms of the same operator stay on one level, since engines limit how deep expressions nest.
    """
    failed = max(conditions, key=lambda condition: condition.failure)
    failure, column = failed.failure, failed.column
    decisive = operator == "or"
    if any(condition.constant is decisive for condition in conditions):
        decided = TRUE if decisive else FALSE
        failure = failure if failure == BAD_STATEMENT else RUNS
        return evolve(decided, failure=failure, column=column)
    terms: list[Term] = []
    for condition in conditions:
        if condition.constant is None:
            same = condition.operator == operator
            terms += condition.terms if same else [condition.term()]
    if not terms:
        return evolve(FALSE if decisive else TRUE, failure=failure, column=column)
    return Condition(tuple(terms), operator, failure=failure, column=column)
