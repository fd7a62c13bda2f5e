"""The filter language as a tree, and as a text (`render`); `parser` makes trees of texts.

It covers what LangSmith's documentation ("Trace query syntax") and SDKs show. What a field or
comparator means is not decided here.
"""

from __future__ import annotations

import json
import re
from typing import ClassVar, NamedTuple

import attrs
from attrs import frozen

Scalar = str | int | float | bool | None
Value = Scalar | tuple[Scalar, ...]

COMPARATORS = (
    *("eq", "neq", "gt", "gte", "lt", "lte"),
    *("has", "in", "like", "notlike", "exists"),
)
CALLS = ("and", "or", "not", "search", *COMPARATORS)


class Positions(NamedTuple):
    """Where the parts of a comparison stand in the text, counted from 1."""

    comparator: int = 1
    field: int = 1
    value: int = 1


@frozen
class Comparison:
    """`comparator(field, value)`. Two comparisons that stand in different places are equal."""

    comparator: str
    field: str
    value: Value
    positions: Positions = attrs.field(default=Positions(), eq=False, repr=False)


@frozen
class Search:
    """`search("text")`, or `search(field, "text")`."""

    comparator: ClassVar[str] = "search"
    field: str | None
    value: str
    positions: Positions = attrs.field(default=Positions(), eq=False, repr=False)


@frozen
class And:
    """`and(…)`: all of one or more operands hold."""

    operands: tuple[Expression, ...]


@frozen
class Or:
    """`or(…)`: at least one of one or more operands holds."""

    operands: tuple[Expression, ...]


@frozen
class Not:
    """`not(…)`: the operand does not hold."""

    operand: Expression


Clause = Comparison | Search
Expression = Clause | And | Or | Not


def printable(text: str) -> str:
    """Return the text as an error quotes it: short, every character printable."""
    short = text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - a line's half
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short)


def render(expression: Expression) -> str:
    """Return a text that parses to this very tree."""
    match expression:
        case And(operands):
            return f"and({', '.join(map(render, operands))})"
        case Or(operands):
            return f"or({', '.join(map(render, operands))})"
        case Not(operand):
            return f"not({render(operand)})"
        case Search(None, text):
            return f"search({literal(text)})"
        case Search(name, text):
            return f"search({_name(name or '')}, {literal(text)})"
        case Comparison(comparator, name, value):
            return f"{comparator}({_name(name)}, {literal(value)})"


def _name(field: str) -> str:
    return field if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", field) else literal(field)


def literal(value: Value) -> str:
    """Return the value as a filter text writes it: JSON."""
    return json.dumps(value, ensure_ascii=False)
