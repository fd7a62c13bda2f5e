"""One comparison of a column with a value, as SQL that is true or false, never NULL.

The columns are integers and texts of the engine's tables. A comparison of an integer column is
exact: the value is read as a fraction and the bound put on the right side of it here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from attrs import frozen

from locum.engine.duckdb import Parameters
from locum.exceptions import FilterError
from locum.langsmith.filters.ast import Comparison, Scalar, Search, literal, shown

Clause = Comparison | Search
Condition = Callable[[Clause, str, Parameters], str]

EQUALITY = ("eq", "neq", "in")
ORDER = ("gt", "gte", "lt", "lte")
PATTERN = ("like", "notlike", "search")

# A negative says that its positive does not hold: `condition` is always about the positive.
POSITIVE = {"neq": "eq", "notlike": "like"}

_OPERATORS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@frozen
class Kind:
    """The comparators that a field takes, and the condition that they put on its column; of integer
    columns also `bound`, what a comparator of ORDER compares with, in the column's unit."""

    comparators: tuple[str, ...]
    condition: Condition
    bound: Callable[[Clause], int] | None = None


@frozen
class Compared:
    """That a measure (a column of integers) is greater or less than an integer in its unit, by one
    of the comparators of ORDER."""

    measure: str
    comparator: str
    bound: int


def comparator(clause: Clause) -> str:
    """The clause's comparator as written."""
    return clause.comparator if isinstance(clause, Comparison) else "search"


def is_negative(clause: Clause) -> bool:
    """Whether the clause says that something is not so."""
    return comparator(clause) in POSITIVE


def positive(clause: Clause) -> str:
    """The comparator of what the clause says, or denies."""
    written = comparator(clause)
    return POSITIVE.get(written, written)


def never_null(condition: str) -> str:
    """The condition, false where it would be NULL."""
    return f"coalesce({condition}, FALSE)"


def refuse_value(clause: Clause, expected: str) -> FilterError:
    """The error of a value that the clause's field or comparator cannot take."""
    value = clause.value if isinstance(clause, Comparison) else clause.text
    return FilterError(clause.positions.value, shown(literal(value)), expected)


def operands(clause: Clause) -> list[Scalar]:
    """The values to be equal to: the members of the list for `in`, the one value otherwise."""
    value = clause.value if isinstance(clause, Comparison) else clause.text
    if positive(clause) == "in":
        if not isinstance(value, tuple):
            raise refuse_value(clause, 'a list such as ["a", "b"]')
        return list(value)
    if isinstance(value, tuple):
        raise refuse_value(clause, "a single value (a list goes with in)")
    return [value]


def membership(column: str, values: list[Scalar], parameters: Parameters) -> str:
    """Whether the column has one of the values; null is a value like any other."""
    known = [value for value in values if value is not None]
    equal = [never_null(f"{column} IN ({parameters.list(known)})")] if known else []
    missing = [f"{column} IS NULL"] if None in values else []
    return f"({' OR '.join(equal + missing) or 'FALSE'})"


def text_operand(clause: Clause) -> str:
    """The text that the clause looks for."""
    value = clause.value if isinstance(clause, Comparison) else clause.text
    if not isinstance(value, str):
        raise refuse_value(clause, "a text in quotes")
    return value


def contains(column: str, text: str, parameters: Parameters) -> str:
    """Whether the text occurs in the column, whatever the case of either."""
    return never_null(f"contains(lower({column}), lower({parameters.add(text)}))")


LONGEST_PATTERN = 1000
MOST_WILDCARDS = 64


def pattern(clause: Clause, column: str, parameters: Parameters) -> str:
    r"""Whether the column fits a LIKE pattern: `%` is any text, `_` any one character, `\` takes
    the next character as it is.

    LIKE itself differs between engines in what `\` does, and may take exponential time; a regular
    expression for RE2, which both engines have, does neither.
    """
    wildcards = {"%": ".*", "_": "."}
    text = text_operand(clause)
    if len(text) > LONGEST_PATTERN:
        raise refuse_value(clause, f"a pattern of at most {LONGEST_PATTERN} characters")
    parts = re.findall(r"(?s)%+|\\.|.", text)
    if sum(part[0] in wildcards for part in parts) > MOST_WILDCARDS:
        raise refuse_value(clause, f"a pattern of at most {MOST_WILDCARDS} wildcards")
    expression = "".join(wildcards.get(part[0]) or re.escape(part[-1]) for part in parts)
    return never_null(f"regexp_full_match({column}, {parameters.add(f'(?s){expression}')})")


def _text(clause: Clause, column: str, parameters: Parameters) -> str:
    if positive(clause) == "like":
        return pattern(clause, column, parameters)
    if positive(clause) == "search":
        return contains(column, text_operand(clause), parameters)
    values = operands(clause)
    if any(value is not None and not isinstance(value, str) for value in values):
        raise refuse_value(clause, "a text in quotes, or null")
    return membership(column, values, parameters)


def _error(clause: Clause, column: str, parameters: Parameters) -> str:
    if isinstance(clause, Comparison) and isinstance(clause.value, bool):
        return f"{column} IS {'NOT ' if clause.value else ''}NULL"
    return _text(clause, column, parameters)


def _boolean(clause: Clause, column: str, _: Parameters) -> str:
    if isinstance(clause, Comparison) and isinstance(clause.value, bool):
        return column if clause.value else f"NOT {column}"
    raise refuse_value(clause, "true or false")


# One more than an int64 holds, on either side, so that a clamped bound stays beyond every column.
_LOWEST, _HIGHEST = -(2**63) - 1, 2**63


def integers(read: Callable[[Scalar], Fraction], expected: str) -> Kind:
    """The kind of an integer column whose values `read` turns into the column's unit.

    `read` raises ValueError for a value of another type; null is only equal or not.
    """

    def values(clause: Clause) -> list[Fraction | None]:
        try:
            return [None if value is None else read(value) for value in operands(clause)]
        except ValueError:
            raise refuse_value(clause, expected) from None

    def bound(clause: Clause) -> int:
        (value,) = values(clause)
        if value is None:
            raise refuse_value(clause, expected)
        # Of integers, n > 2.5 is n > 2, and n >= 2.5 is n >= 3.
        is_below = positive(clause) in ("gt", "lte")
        return _clamp(math.floor(value) if is_below else math.ceil(value))

    def condition(clause: Clause, column: str, parameters: Parameters) -> str:
        order = positive(clause)
        if order in ORDER:
            return never_null(f"{column} {_OPERATORS[order]} {parameters.add(bound(clause))}")
        whole = [v for v in values(clause) if v is None or v.denominator == 1]
        equal = [v if v is None else _clamp(int(v)) for v in whole]
        return membership(column, list(equal), parameters)

    return Kind((*EQUALITY, *ORDER), condition, bound)


def _clamp(bound: int) -> int:
    return max(_LOWEST, min(bound, _HIGHEST))


def scaled(scale: int) -> Callable[[Scalar], Fraction]:
    """Reads a number in units of 1/scale. A float counts as its shortest decimal form."""

    def read(value: Scalar) -> Fraction:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Fraction(str(value)) * scale
        raise ValueError

    return read


def _score(value: Scalar) -> Fraction:
    """Nano-units of a feedback score: true counts as 1, false as 0."""
    return scaled(10**9)(int(value) if isinstance(value, bool) else value)


_UNITS = {"ms": 1000, "": 10**6, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6}


# Characters of a duration or a time: reading spaces twice takes long where there are thousands.
_LONGEST = 50
_DURATION = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|)\s*")


def _duration(value: Scalar) -> Fraction:
    """Microseconds of a number of seconds, or of a text such as "5s", "1.5s", "250ms", "2m"."""
    if not isinstance(value, str):
        return scaled(10**6)(value)
    match = _DURATION.fullmatch(value) if len(value) <= _LONGEST else None
    if not match:
        raise ValueError
    return Fraction(match[1]) * _UNITS[match[2]]


_TIME = re.compile(
    r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?"
    r"\s*(?:([Zz])|([+-][0-9]{2}):?([0-9]{2})?)?)?\s*"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _time(value: Scalar) -> Fraction:
    """Microseconds since 1970 of an ISO-8601 time; one without an offset is in UTC."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError
    match = _TIME.fullmatch(value)
    if not match:
        raise ValueError
    date, clock, fraction, _, hours, minutes = match.groups()
    offset = f"{hours}:{minutes or '00'}" if hours else "+00:00"
    moment = datetime.fromisoformat(f"{date}T{clock or '00:00'}{offset}")
    whole = (moment - _EPOCH) // timedelta(microseconds=1)
    return whole + Fraction(int(fraction or 0), 10 ** len(fraction or "")) * 10**6


TEXT = Kind((*EQUALITY, *PATTERN), _text)
ERROR = Kind((*EQUALITY, *PATTERN), _error)
BOOLEAN = Kind(("eq", "neq"), _boolean)
COUNT = integers(scaled(1), "a number")
USD = integers(scaled(10**9), "a number of US dollars")
SCORE = integers(_score, "a number, true or false")
DURATION = integers(_duration, 'a number of seconds, or "1.5s"')
TIME = integers(_time, 'a time such as "2024-05-01T12:00:00Z"')
