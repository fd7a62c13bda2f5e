"""Filter expressions over runs, as SQL conditions.

The fields and what they mean are those of LangSmith's "Trace query syntax"; where that says
nothing, the choice is ours and the README lists it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches

from attrs import evolve, frozen

from locum.engine.duckdb import Parameters
from locum.exceptions import FilterError
from locum.langsmith.filters import comparisons
from locum.langsmith.filters import json_fields as documents
from locum.langsmith.filters.ast import And, Comparison, Expression, Not, Or, Search, shown
from locum.langsmith.filters.comparisons import Clause, Compared, Kind, is_negative


def where(expression: Expression, parameters: Parameters, parameter: str = "filter") -> str:
    """The SQL condition over the table `runs` that holds for the runs that the expression selects.

    It is true or false, never NULL, so that its negation selects all other runs; its values are
    added to `parameters`. Raises FilterError, naming `parameter`, for an unknown field, and for a
    comparator or value that the field does not take.
    """
    try:
        _check_words(expression)
        return _condition(expression, parameters)
    except FilterError as error:
        raise evolve(error, parameter=parameter) from None


def split(expression: Expression) -> tuple[list[Compared], Expression | None]:
    """The comparisons of measures that an expression asks for, and what it asks for beside them:
    None for nothing. A comparison that is at fault stays, so that `where` refuses it."""
    operands = expression.operands if isinstance(expression, And) else (expression,)
    compared = [_compared(operand) for operand in operands]
    others = tuple(o for o, c in zip(operands, compared, strict=True) if c is None)
    return [c for c in compared if c is not None], And(others) if others else None


def _compared(expression: Expression) -> Compared | None:
    if not isinstance(expression, Comparison) or expression.comparator not in comparisons.ORDER:
        return None
    column = _COLUMNS.get(expression.field)
    measure = column and column.sql.removeprefix("runs.")
    if not (column and column.kind.bound and measure and measure.isidentifier()):
        return None
    with suppress(FilterError):
        return Compared(measure, expression.comparator, column.kind.bound(expression))
    return None


@frozen
class _Column:
    """A field that is a column of `runs`."""

    sql: str
    kind: Kind


@frozen
class _Part:
    """A field that is one side, key or value, of the entries in a table."""

    table: str
    side: str
    column: str
    kind: Kind


@frozen
class _Document:
    """A field that is a whole: the tags, or a JSON document."""

    kind: str
    comparators: tuple[str, ...]


_COLUMNS = {
    **{
        name: _Column(f"runs.{name}", comparisons.TEXT)
        for name in ("id", "name", "run_type", "status", "trace_id", "parent_run_id", "thread_id")
    },
    "error": _Column("runs.error", comparisons.ERROR),
    "is_root": _Column("runs.is_root", comparisons.BOOLEAN),
    "start_time": _Column("runs.start_us", comparisons.TIME),
    "end_time": _Column("runs.end_us", comparisons.TIME),
    "latency": _Column("runs.latency_us", comparisons.DURATION),
    **{
        name: _Column(f"runs.{name}", comparisons.COUNT)
        for name in ("total_tokens", "prompt_tokens", "completion_tokens")
    },
    **{
        name: _Column(f"runs.{name}_nano", comparisons.USD)
        for name in ("total_cost", "prompt_cost", "completion_cost")
    },
    "execution_order": _Column(
        "(SELECT execution_order FROM run_orders WHERE run_orders.run = runs.run)",
        comparisons.COUNT,
    ),
}

# A feedback without a run belongs to a whole project.
_FEEDBACK = "feedback WHERE run IS NOT NULL"
_ENTRIES = {
    kind: f"{table} WHERE kind = '{kind}'"
    for table, kinds in {
        "run_entries": ("metadata", "tag"),
        "run_contents": ("input", "output"),
    }.items()
    for kind in kinds
}
_PARTS = {
    **{
        f"{kind}_key": _Part(_ENTRIES[kind], "key", "key", comparisons.TEXT)
        for kind in ("metadata", "input", "output")
    },
    **{
        f"{kind}_value": _Part(_ENTRIES[kind], "value", "value", documents.VALUE)
        for kind in ("metadata", "input", "output")
    },
    "feedback_key": _Part(_FEEDBACK, "key", "key", comparisons.TEXT),
    "feedback_score": _Part(_FEEDBACK, "value", "score_nano", comparisons.SCORE),
    "feedback_value": _Part(_FEEDBACK, "value", "label", comparisons.TEXT),
}
_DOCUMENTS = {
    "tags": _Document("tag", ("has", "search")),
    "metadata": _Document("metadata", ("has", "exists", "search")),
    "inputs": _Document("input", ("has", "exists", "search")),
    "outputs": _Document("output", ("has", "exists", "search")),
}
_FIELDS: dict[str, _Column | _Part | _Document] = {**_COLUMNS, **_PARTS, **_DOCUMENTS}


def _condition(expression: Expression, parameters: Parameters) -> str:
    match expression:
        case And(operands):
            return f"({' AND '.join(_conjunction(operands, parameters))})"
        case Or(operands):
            return f"({' OR '.join(_condition(o, parameters) for o in operands)})"
        case Not(Not(operand)):
            return _condition(operand, parameters)
        case Not(operand):
            return f"(NOT {_condition(operand, parameters)})"
        case Search(None, text):
            return _everywhere(text, parameters)
    field = _field(expression)
    if isinstance(field, _Part):
        return " AND ".join(_entries([expression], parameters))
    if isinstance(field, _Document):
        return _document(expression, field, parameters)
    condition = field.kind.condition(expression, field.sql, parameters)
    return f"(NOT {condition})" if is_negative(expression) else condition


def _field(clause: Clause) -> _Column | _Part | _Document:
    """The clause's field, once it takes the clause's comparator."""
    name = clause.field or ""
    field = _FIELDS.get(name)
    if field is None:
        near = get_close_matches(name.lower()[:100], _FIELDS, 1)
        fields = f"one of the fields {', '.join(_FIELDS)}"
        raise FilterError(clause.positions.field, shown(name), fields, near[0] if near else None)
    accepted = field.comparators if isinstance(field, _Document) else field.kind.comparators
    if comparisons.comparator(clause) not in accepted:
        raise FilterError(
            clause.positions.comparator,
            f"{comparisons.comparator(clause)} on {name}",
            f"one of {', '.join(accepted)} on {name}",
        )
    return field


def _conjunction(operands: Sequence[Expression], parameters: Parameters) -> list[str]:
    """The conditions of an `and`: key and value clauses among its direct operands speak of the
    same entries, table by table; every other operand stands for itself."""
    conditions = []
    clauses: dict[str, list[Clause]] = {}
    for operand in operands:
        part = _PARTS.get(operand.field or "") if isinstance(operand, Comparison | Search) else None
        if part is None:
            conditions.append(_condition(operand, parameters))
        else:
            clauses.setdefault(part.table, []).append(operand)  # type: ignore[arg-type]
    for about_one_table in clauses.values():
        conditions += _entries(about_one_table, parameters)
    return conditions


def _entries(clauses: Sequence[Clause], parameters: Parameters) -> list[str]:
    """The conditions of the key and value clauses about the entries in one table.

    - A key with its values: there is an entry with that key, whose value fits all of them.
    - A negated key: there is no entry with that key.
    - Values without a key: there is an entry that fits all the positive ones, and none that fits
      what a negated one denies.
    """
    values, pairs = _pairs([c for c in clauses if not (_is_key(c) and is_negative(c))])
    conditions = [
        _some([_fits(key, parameters), *(_fits(value, parameters) for value in of_key)], clauses)
        for key, of_key in pairs
    ]
    if fitting := [_fits(value, parameters) for value in values if not is_negative(value)]:
        conditions.append(_some(fitting, clauses))
    denied = [c for c in clauses if is_negative(c) and (_is_key(c) or c in values)]
    conditions += [f"NOT {_some([_positive(c, parameters)], clauses)}" for c in denied]
    return conditions


def _pairs(clauses: Sequence[Clause]) -> tuple[list[Clause], list[tuple[Clause, list[Clause]]]]:
    """The values without a key, and each key with its values.

    A value belongs to the key before it, those before the first key to that one. Where as many
    values follow as keys stand in a row, they pair in order (our choice).
    """
    first: list[Clause] = []
    rows: list[tuple[list[Clause], list[Clause]]] = []
    for clause in clauses:
        if _is_key(clause):
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


def _is_key(clause: Clause) -> bool:
    return _PARTS[clause.field or ""].side == "key"


def _some(fits: Sequence[str], clauses: Sequence[Clause]) -> str:
    table = _PARTS[clauses[0].field or ""].table
    return f"runs.run IN (SELECT run FROM {table} AND {' AND '.join(fits)})"


def _fits(clause: Clause, parameters: Parameters) -> str:
    condition = _positive(clause, parameters)
    return f"(NOT {condition})" if is_negative(clause) else condition


def _positive(clause: Clause, parameters: Parameters) -> str:
    _field(clause)
    part = _PARTS[clause.field or ""]
    return part.kind.condition(clause, part.column, parameters)


def _document(clause: Clause, field: _Document, parameters: Parameters) -> str:
    entries = f"runs.run IN (SELECT run FROM {_ENTRIES[field.kind]}"
    text = comparisons.text_operand(clause)
    if isinstance(clause, Search):
        return f"{entries} AND {documents.mentions(text, parameters)})"
    if field.kind == "tag":
        return f"{entries} AND value = {parameters.add(text)})"
    if clause.comparator == "exists":
        return f"{entries} AND key = {parameters.add(text)})"
    return documents.has(clause, f"runs.{clause.field}", parameters)


# Of all the searches of an expression together: our choice, as each word reads every run's text.
MOST_WORDS = 100


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
                raise comparisons.refuse_value(expression, f"at most {MOST_WORDS} words in all")
    return before


def _everywhere(text: str, parameters: Parameters) -> str:
    """Whether every word occurs in the run's name, error, tags, metadata, inputs or outputs."""
    words = [f"contains(text, lower({parameters.add(word)}))" for word in text.split()]
    return f"runs.run IN (SELECT run FROM run_texts WHERE {' AND '.join(words) or 'TRUE'})"
