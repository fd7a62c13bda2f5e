"""Filter expressions as SQL conditions that are true or false, never NULL: what a comparator means
of a column, of a key and value, and what `and`, `or` and `not` make of it.

    Language        fields by name: `where`, `condition`, `bounds_and_rest`
      Column        a column of the table `runs`, of a Kind
      Entry         the key or value of entries in a table, of a Kind
      Document      a list of tags, or a JSON document
    Bound           an ordering comparison of integers, for SQL and for NumPy

The columns are integers and texts of the engine's tables. A comparison of an integer column is
exact: the value is read as a fraction, and the bound put on the right side of it here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from attrs import evolve, frozen

from locum.engine.data import Parameters
from locum.exceptions import FilterError, nearest
from locum.langsmith.filters.ast import (
    And,
    Clause,
    Comparison,
    Expression,
    Not,
    Or,
    Scalar,
    Search,
    Value,
    literal,
    printable,
)

EQUALITY = ("eq", "neq", "in")
PATTERN = ("like", "notlike", "search")

# These say that `eq` and `like` do not hold: `Kind.condition` is always about what is denied.
NEGATIVE = ("neq", "notlike")


class Order(NamedTuple):
    """An ordering comparator in SQL, and in NumPy."""

    operator: str
    compare: np.ufunc


ORDER = {
    "gt": Order(">", np.greater),
    "gte": Order(">=", np.greater_equal),
    "lt": Order("<", np.less),
    "lte": Order("<=", np.less_equal),
}


@frozen
class Bound:
    """That integers are greater or less than another: SQL by `condition`, NumPy by `order.compare`
    with the `integer`, which may be one more than 64 bits hold, on either side. Null is neither."""

    order: Order
    integer: int

    def condition(self, column: str, parameters: Parameters) -> str:
        """Return the SQL of it, of a column."""
        return never_null(f"{column} {self.order.operator} {parameters.add(self.integer)}")


Condition = Callable[[Clause, str, Parameters], str]


@frozen
class Kind:
    """The comparators that a field takes, and the condition that they put on its column; of integer
    columns also the `bound` of a comparator of ORDER, in the column's unit."""

    comparators: tuple[str, ...]
    condition: Condition
    bound: Callable[[Clause], Bound] | None = None


def never_null(condition: str) -> str:
    """Return the condition, false where it would be NULL."""
    return f"coalesce({condition}, FALSE)"


def refuse_value(clause: Clause, expected: str) -> FilterError:
    """Return the error of a value that the clause's field or comparator cannot take."""
    return FilterError(clause.positions.value, printable(literal(clause.value)), expected)


def operands(clause: Clause) -> list[Scalar]:
    """Return the values to be equal to: the members of the list for `in`, else the one value.

    Raises FilterError where there is a list and should be none, or the other way round.
    """
    value: Value = clause.value
    if clause.comparator == "in":
        if not isinstance(value, tuple):
            raise refuse_value(clause, 'a list such as ["a", "b"]')
        return list(value)
    if isinstance(value, tuple):
        raise refuse_value(clause, "a single value (a list goes with in)")
    return [value]


def membership(column: str, values: list[Scalar], parameters: Parameters) -> str:
    """Return whether the column has one of the values; null is a value like any other."""
    known = [value for value in values if value is not None]
    equal = [f"coalesce({column} IN ({parameters.list(known)}), FALSE)"] if known else []
    missing = [f"{column} IS NULL"] if None in values else []
    return f"({' OR '.join(equal + missing) or 'FALSE'})"


def text_operand(clause: Clause) -> str:
    """Return the text that the clause looks for. Raises FilterError where there is none."""
    if not isinstance(clause.value, str):
        raise refuse_value(clause, "a text in quotes")
    return clause.value


def contains(column: str, text: str, parameters: Parameters) -> str:
    """Return whether the text occurs in the column, whatever the case of either."""
    needle = parameters.add(text, _COST_OF_SEARCH)
    return never_null(f"contains(lower({column}), lower({needle}))")


# What a comparison costs for each run, in units of `engine.data.Work`, as measured over ten
# thousand runs: of a column with a text that it contains or a pattern. To go through the entries of
# a run costs what its field says, so many times by comparator.
_COST_OF_SEARCH, _COST_OF_PATTERN = 3, 10
_COST_OF_SUBQUERY = 100_000  # to plan one
_TIMES = {"search": 2, "like": 8, "notlike": 8, "has": 10}

LONGEST_PATTERN = 1000
MOST_WILDCARDS = 64


def pattern(clause: Clause, column: str, parameters: Parameters) -> str:
    r"""Return whether the column fits a LIKE pattern: `%` is any text, `_` any one character, `\`
    takes the next character as it is. Raises FilterError for one that is beyond the limits.

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
    fitting = parameters.add(f"(?s){expression}", _COST_OF_PATTERN)
    return never_null(f"regexp_full_match({column}, {fitting})")


def _text(clause: Clause, column: str, parameters: Parameters) -> str:
    if clause.comparator in ("like", "notlike"):
        return pattern(clause, column, parameters)
    if clause.comparator == "search":
        return contains(column, text_operand(clause), parameters)
    values = operands(clause)
    if any(value is not None and not isinstance(value, str) for value in values):
        raise refuse_value(clause, "a text in quotes, or null")
    return membership(column, values, parameters)


def _error(clause: Clause, column: str, parameters: Parameters) -> str:
    if isinstance(clause.value, bool):
        return f"{column} IS {'NOT ' if clause.value else ''}NULL"
    return _text(clause, column, parameters)


def _boolean(clause: Clause, column: str, _: Parameters) -> str:
    if isinstance(clause.value, bool):
        return column if clause.value else f"NOT {column}"
    raise refuse_value(clause, "true or false")


# One more than an int64 holds, on either side, so that a clamped bound stays beyond every column.
_LOWEST, _HIGHEST = -(2**63) - 1, 2**63


def integers(read: Callable[[Scalar], Fraction], expected: str) -> Kind:
    """Return the kind of an integer column whose values `read` turns into the column's unit.

    `read` raises ValueError for a value of another type; null is only equal or not.
    """

    def values(clause: Clause) -> list[Fraction | None]:
        try:
            return [None if value is None else read(value) for value in operands(clause)]
        except ValueError:
            raise refuse_value(clause, expected) from None

    def bound(clause: Clause) -> Bound:
        (value,) = values(clause)
        if value is None:
            raise refuse_value(clause, expected)
        # Of integers, n > 2.5 is n > 2, and n >= 2.5 is n >= 3.
        is_below = clause.comparator in ("gt", "lte")
        integer = math.floor(value) if is_below else math.ceil(value)
        return Bound(ORDER[clause.comparator], _clamp(integer))

    def condition(clause: Clause, column: str, parameters: Parameters) -> str:
        if clause.comparator in ORDER:
            return bound(clause).condition(column, parameters)
        whole = [v for v in values(clause) if v is None or v.denominator == 1]
        equal = [v if v is None else _clamp(int(v)) for v in whole]
        return membership(column, list(equal), parameters)

    return Kind((*EQUALITY, *ORDER), condition, bound)


def _clamp(bound: int) -> int:
    return max(_LOWEST, min(bound, _HIGHEST))


def scaled(scale: int) -> Callable[[Scalar], Fraction]:
    """Return what reads a number in units of 1/scale. A float counts as its shortest decimal
    form."""

    def read(value: Scalar) -> Fraction:
        if isinstance(value, int) and not isinstance(value, bool):
            return Fraction(value * scale)
        if isinstance(value, float):
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


@frozen
class Column:
    """A field that is a column of `runs`, or is read from a lazy table. A `measure` is a column of
    the runs in memory too."""

    sql: str
    kind: Kind
    lazy: str | None = None
    measure: str | None = None
    cost: int = 0
    is_subquery: bool = False

    @property
    def comparators(self) -> tuple[str, ...]:
        """What the field takes."""
        return self.kind.comparators


@frozen
class Entry:
    """A field that is the key or the value of the entries in a table (`runs.run` and a condition);
    a key with values speaks of one entry."""

    table: str
    column: str
    kind: Kind
    is_key: bool = False
    lazy: str | None = None
    cost: int = 0

    @property
    def comparators(self) -> tuple[str, ...]:
        """What the field takes."""
        return self.kind.comparators


@frozen
class Document:
    """A field that is a whole: the tags, or a JSON document."""

    comparators: tuple[str, ...]
    condition: Callable[[Clause, Parameters], str]
    lazy: str | None = None
    cost: int = 0


Field = Column | Entry | Document


# Of all the searches of an expression together: our choice, as each word reads every run's text.
MOST_WORDS = 100


@frozen(eq=False)
class Language:
    """Filters over fields, by name. `row` is the column that numbers the rows that are filtered;
    the tables of entries have it too. `everywhere` is the condition of a search without a field."""

    fields: Mapping[str, Field]
    row: str
    everywhere: Callable[[str, Parameters], str]

    def where(
        self, expression: Expression, parameters: Parameters, parameter: str = "filter"
    ) -> str:
        """Return the SQL condition over the table of `row` that holds for the rows that the
        expression selects.

        It is true or false, never NULL, so that its negation selects all others; its values are
        added to `parameters`. Raises FilterError, naming `parameter`, for an unknown field, and for
        a comparator or value that the field does not take.
        """
        try:
            _check_words(expression)
            return self._condition(expression, parameters)
        except FilterError as error:
            raise evolve(error, parameter=parameter) from None

    def condition(self, text: str, parameters: Parameters, parameter: str = "filter") -> str:
        """Return the condition that a filter text stands for, as `where` does. Raises FilterError,
        naming `parameter`."""
        return self.where(_parse(text, parameter), parameters, parameter)

    def bounds_and_rest(
        self, text: str, parameter: str = "filter"
    ) -> tuple[list[tuple[str, Bound]], str, Parameters]:
        """Return the bounds of measures that a filter text asks for, each with its measure, and the
        condition, with its parameters, for what it asks for beside them: "" for nothing. Raises
        FilterError, naming `parameter`."""
        expression, parameters = _parse(text, parameter), Parameters()
        operands = expression.operands if isinstance(expression, And) else (expression,)
        bounds = [self._bound(operand) for operand in operands]
        known = [bound for bound in bounds if bound is not None]
        if known:
            rest = tuple(o for o, bound in zip(operands, bounds, strict=True) if bound is None)
            if not rest:
                return known, "", parameters
            expression = And(rest)
        return known, self.where(expression, parameters, parameter), parameters

    def _bound(self, expression: Expression) -> tuple[str, Bound] | None:
        """A comparison that is at fault is no bound, so that `where` refuses it."""
        if not isinstance(expression, Comparison) or expression.comparator not in ORDER:
            return None
        field = self.fields.get(expression.field)
        if not isinstance(field, Column) or field.measure is None or field.kind.bound is None:
            return None
        try:
            return field.measure, field.kind.bound(expression)
        except FilterError:
            return None

    def _condition(
        self, expression: Expression, parameters: Parameters, *, holds: bool = True
    ) -> str:
        """The condition that the expression holds, or that it does not. A negation stands at its
        clauses: the time to plan negations of negations grows with the third power of their number.
        """
        match expression:
            case And(operands):
                conditions = self._conjunction(operands, parameters, holds=holds)
                return f"({(' AND ' if holds else ' OR ').join(conditions)})"
            case Or(operands):
                conditions = [self._condition(o, parameters, holds=holds) for o in operands]
                return f"({(' OR ' if holds else ' AND ').join(conditions)})"
            case Not(operand):
                return self._condition(operand, parameters, holds=not holds)
        condition = self._clause(expression, parameters)
        return condition if holds else f"(NOT {condition})"

    def _clause(self, clause: Clause, parameters: Parameters) -> str:
        if isinstance(clause, Search) and clause.field is None:
            return self.everywhere(clause.value, parameters)
        if isinstance(self.fields.get(clause.field or ""), Entry):
            return f"({' AND '.join(self._entries([clause], parameters))})"
        field = self._field(clause, parameters)
        if isinstance(field, Document):
            return field.condition(clause, parameters)
        assert isinstance(field, Column)  # noqa: S101 - there is nothing else
        condition = field.kind.condition(clause, field.sql, parameters)
        return f"(NOT {condition})" if clause.comparator in NEGATIVE else condition

    def _field(self, clause: Clause, parameters: Parameters) -> Field:
        """Return the clause's field, which takes the clause's comparator, and note the lazy table
        that its condition reads, and what it costs."""
        name = clause.field or ""
        field = self.fields.get(name)
        if field is None:
            names = f"one of the fields {', '.join(self.fields)}"
            near = nearest(name, self.fields)
            raise FilterError(clause.positions.field, printable(name), names, near)
        if clause.comparator not in field.comparators:
            raise FilterError(
                clause.positions.comparator,
                f"{clause.comparator} on {name}",
                f"one of {', '.join(field.comparators)} on {name}",
            )
        parameters.cost += field.cost * _TIMES.get(clause.comparator, 1)
        if isinstance(field, Column) and field.is_subquery:
            parameters.cost_of_plan += _COST_OF_SUBQUERY
        if field.lazy is not None:
            parameters.table(field.lazy)
        return field

    def _conjunction(
        self, operands: Sequence[Expression], parameters: Parameters, *, holds: bool
    ) -> list[str]:
        """The conditions of an `and`, or their negations: key and value clauses among its direct
        operands speak of the same entries, table by table; every other operand stands for itself.
        """
        conditions = []
        clauses: dict[str, list[Clause]] = {}
        for operand in operands:
            if isinstance(operand, Comparison | Search):
                field = self.fields.get(operand.field or "")
                if isinstance(field, Entry):
                    clauses.setdefault(field.table, []).append(operand)
                    continue
            conditions.append(self._condition(operand, parameters, holds=holds))
        for about_one_table in clauses.values():
            found = self._entries(about_one_table, parameters)
            conditions += found if holds else [f"(NOT {condition})" for condition in found]
        return conditions

    def _entries(self, clauses: Sequence[Clause], parameters: Parameters) -> list[str]:
        """The conditions of the key and value clauses about the entries in one table.

        - A key with its values: there is an entry with that key, whose value fits all of them.
        - A negated key: there is no entry with that key.
        - Values without a key: there is an entry that fits all the positive ones, and none that
          fits what a negated one denies.
        """
        table = self._entry(clauses[0]).table
        values, pairs = self._pairs(
            [c for c in clauses if not (self._is_key(c) and c.comparator in NEGATIVE)]
        )
        conditions = [
            self._some(table, [self._fits(clause, parameters) for clause in (key, *of_key)])
            for key, of_key in pairs
        ]
        if fitting := [value for value in values if value.comparator not in NEGATIVE]:
            fits = [self._fits(value, parameters) for value in fitting]
            conditions.append(self._some(table, fits))
        conditions += [
            f"NOT {self._some(table, [self._holds(clause, parameters)])}"
            for clause in clauses
            if clause.comparator in NEGATIVE and (self._is_key(clause) or clause in values)
        ]
        return conditions

    def _pairs(
        self, clauses: Sequence[Clause]
    ) -> tuple[list[Clause], list[tuple[Clause, list[Clause]]]]:
        """The values without a key, and each key with its values.

        A value belongs to the key before it, those before the first key to that one. Where as many
        values follow as keys stand in a row, they pair in order (our choice).
        """
        first: list[Clause] = []
        rows: list[tuple[list[Clause], list[Clause]]] = []
        for clause in clauses:
            if self._is_key(clause):
                if not rows or rows[-1][1]:
                    rows.append(([], []))
                rows[-1][0].append(clause)
            else:
                (rows[-1][1] if rows else first).append(clause)
        if not rows:
            return first, []
        rows[0][1][:0] = first
        pairs: list[tuple[Clause, list[Clause]]] = []
        for keys, values in rows:
            if len(keys) == len(values):
                pairs += [(key, [value]) for key, value in zip(keys, values, strict=True)]
            else:
                pairs += [(key, []) for key in keys[:-1]] + [(keys[-1], values)]
        return [], pairs

    def _entry(self, clause: Clause) -> Entry:
        field = self.fields[clause.field or ""]
        assert isinstance(field, Entry)  # noqa: S101 - only clauses about entries come here
        return field

    def _is_key(self, clause: Clause) -> bool:
        return self._entry(clause).is_key

    def _fits(self, clause: Clause, parameters: Parameters) -> str:
        condition = self._holds(clause, parameters)
        return f"(NOT {condition})" if clause.comparator in NEGATIVE else condition

    def _holds(self, clause: Clause, parameters: Parameters) -> str:
        """Whether an entry is what the clause says, or denies."""
        self._field(clause, parameters)
        entry = self._entry(clause)
        return entry.kind.condition(clause, entry.column, parameters)

    def _some(self, table: str, conditions: Sequence[str]) -> str:
        number = self.row.rpartition(".")[2]
        return f"{self.row} IN (SELECT {number} FROM {table} AND {' AND '.join(conditions)})"


def _parse(text: str, parameter: str) -> Expression:
    from locum.langsmith.filters import parser  # noqa: PLC0415  # what it needs is slow to import

    return parser.parse(text, parameter)


def _check_words(expression: Expression, before: int = 0) -> int:
    """The words searched for up to the end of the expression. Raises FilterError beyond the
    limit."""
    match expression:
        case And(operands) | Or(operands):
            for operand in operands:
                before = _check_words(operand, before)
        case Not(operand):
            before = _check_words(operand, before)
        case Search(None, text):
            before += len(text.split())
            if before > MOST_WORDS:
                raise refuse_value(expression, f"at most {MOST_WORDS} words in all")
    return before
