"""The columns of Helicone's filters: what an operator and a value mean for each.

As the first column of a table in a leaf of the filter tree, {column: {operator: value}}. What the
vendor's ClickHouse statement cannot be run for is found here, as it was by running such statements
on ClickHouse 26.9.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from locum.engine.tables import microseconds
from locum.helicone import javascript
from locum.helicone.clickhouse import like_expression
from locum.helicone.errors import thrown
from locum.helicone.filter_conditions import (
    FALSE,
    STATEMENT_FAILS,
    TRUE,
    UNKNOWN,
    VALUE_FAILS,
    Condition,
    Term,
)
from locum.helicone.tables import ZERO_UUID

Operators = dict[str, Any]

_NULLABLE = frozenset(["country_code", "target_url"])  # of the columns with text operators
_SESSION_TIMES = frozenset(["session_created_at", "session_latest_request_created_at"])
_UNQUOTED = frozenset(["null", "__empty__"])
_COMPARISONS = {
    "equals": "=",
    "not-equals": "!=",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
}


# For each request, in units of `engine.data.Work`, as measured: to find a name in a map, and to
# hold a text against a pattern, which for a body is long.
_COST_OF_MAP, _COST_OF_PATTERN = 10, 20
_COSTS_OF_PATTERN = {"request_body": 100, "response_body": 100}


def first(operators: Operators | None) -> tuple[str, Any]:
    """Return the first operator and its value. Raises UpstreamFault where there is none."""
    for operator, value in (operators or {}).items():
        return operator, value
    written = "undefined" if operators is None else "{}"
    raise thrown(f"Invalid operator {written}")


def _first_entry(entries: dict[str, Operators]) -> tuple[str, str, Any]:
    """The first name of a map, its first operator, and the value."""
    name = next(iter(javascript.keys(entries)), "")
    return name, *first(entries.get(name))


def of_session(columns: dict[str, Operators]) -> Condition:
    """The condition of a leaf's sessions_request_response_rmt.

    Only the tag has an effect, and a date in another column must still be one. Raises UpstreamFault
    without an operator.
    """
    column = next(iter(columns), "")
    operator, value = first(columns.get(column))
    if column != "session_tag":
        missing = column in _SESSION_TIMES and seconds(value) is None
        return STATEMENT_FAILS if missing else TRUE
    if value == "__empty__":
        return STATEMENT_FAILS
    if value == "null":
        return UNKNOWN
    tag = Term("tag")
    if operator in _COMPARISONS:
        tagged = compared(tag, operator, value)
    else:
        tagged = _like(tag, operator, value)  # here contains adds no %
    inner = tagged.term()
    some = Term("len(list_filter(session_tags, lambda tag: ", cost=_COST_OF_MAP + inner.cost)
    return Condition((some.then(inner.text + ")) > 0", *inner.values),), failure=tagged.failure)


def of_other(columns: dict[str, Any]) -> Condition:
    """The condition of a leaf's table that no statement reads: feedback, request, response,
    properties, values. Raises UpstreamFault without an operator."""
    first(columns.get(next(iter(javascript.keys(columns)), "")))
    return STATEMENT_FAILS


def of_request(columns: dict[str, Any]) -> Condition:
    """The condition of a leaf's request_response_rmt. Raises UpstreamFault without an operator."""
    for name, read in _SPECIAL.items():
        if name in columns:
            return read(columns[name])
    column = next(iter(columns), "")
    operator, value = first(columns.get(column))
    return _COLUMNS.get(column, _lacking)(column, operator, value)


def _property_key(operators: Operators) -> Condition:
    _, name = first(operators)
    return Condition((Term("map_contains(properties, {})", (name,), _COST_OF_MAP),))


def _property(entries: dict[str, Operators]) -> Condition:
    name, operator, value = _first_entry(entries)
    return _text(Term("coalesce(properties[{}], '')", (name,), _COST_OF_MAP), operator, value)


def _search_property(entries: dict[str, Operators]) -> Condition:
    _first_entry(entries)
    return STATEMENT_FAILS


_INTEGER = re.compile(r"[+-]?[0-9]+")


def _score(entries: dict[str, Operators]) -> Condition:
    """The score is there and (not) the number that the text is; there is no other operator."""
    name, operator, value = _first_entry(entries)
    if operator not in _COMPARISONS:
        return STATEMENT_FAILS
    if not _INTEGER.fullmatch(value):
        return VALUE_FAILS
    digits = value.lstrip("+-0") or "0"
    # A number beyond the column's type is infinity here, which no score is.
    size = int(digits) if len(digits) <= len(str(2**63)) else math.inf
    score = -size if value.startswith("-") else size
    return number(Term("scores[{}]", (name,), _COST_OF_MAP), operator, score)


def _cached(operators: Operators) -> Condition:
    _, cached = first(operators)
    return compared(Term("cache_reference_id"), "not-equals" if cached else "equals", ZERO_UUID)


def _cost(operators: Operators) -> Condition:
    """The value is in USD, the column in nano-USD."""
    operator, value = first(operators)
    nano = float(value) * 1e9
    return number(Term("cost"), operator, math.floor(nano) if math.isfinite(nano) else nano)


def compared(column: Term, operator: str, value: str | float) -> Condition:
    """Return the condition that the column is equal to the value, less than it, …"""
    return Condition((column.then(f" {_COMPARISONS[operator]} {{}}", value),))


def number(column: Term, operator: str, value: float) -> Condition:
    """Return the condition of a number or a boolean. NaN is unequal to every number and neither
    less nor more."""
    if math.isnan(value):
        unequal = Condition((column.then(" IS NOT NULL"),))
        return unequal if operator == "not-equals" else UNKNOWN
    if not -(2**63) <= value < 2**63:
        value = float(value)  # beyond the column's type; a double of that size orders it rightly
    return compared(column, operator, value)


def _number_column(column: str, operator: str, value: float) -> Condition:
    return number(Term(column), operator, value)


def _text(column: Term, operator: str, value: str) -> Condition:
    if operator in _COMPARISONS:
        return compared(column, operator, value)
    return _like(column, operator, f"%{value}%" if operator.endswith("contains") else value)


def _like(column: Term, operator: str, pattern: str) -> Condition:
    regular = like_expression(pattern, fold=operator != "like")
    if regular is None:
        return VALUE_FAILS
    negation = "NOT " if operator == "not-contains" else ""
    cost = _COSTS_OF_PATTERN.get(column.text, _COST_OF_PATTERN)
    matched = Term(
        f"{negation}regexp_full_match({column.text}, ", column.values, column.cost + cost
    )
    return Condition((matched.then("{})", regular),))


_UUID = re.compile(r"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})", re.IGNORECASE)


def _uuid(column: str, operator: str, value: str) -> Condition:
    """Compared as UUIDs are: letters' case and dashes do not count."""
    if value in _UNQUOTED:
        return _unquoted(column, operator, value, compared(Term(column), "equals", ZERO_UUID))
    if operator not in _COMPARISONS:
        return STATEMENT_FAILS
    if not _UUID.fullmatch(value):
        return VALUE_FAILS
    return compared(Term(column), operator, str(UUID(value)))


def text_column(column: str, operator: str, value: str) -> Condition:
    """Return the condition of a column of texts."""
    if value in _UNQUOTED:
        return _unquoted(column, operator, value, compared(Term(column), "equals", ""))
    return _text(Term(column), operator, value)


def _scores_column(_column: str, operator: str, value: str) -> Condition:
    """The map of all scores: that it is empty can be asked, little else."""
    if value in _UNQUOTED:
        return _unquoted("scores", operator, value, Condition((Term("cardinality(scores) = 0"),)))
    return VALUE_FAILS if operator in _COMPARISONS else STATEMENT_FAILS


def _unquoted(column: str, operator: str, value: str, empty: Condition) -> Condition:
    """The texts null and __empty__ stand in the vendor's statement as they are, without quotes."""
    match value, operator:
        case "__empty__", "equals":
            return empty
        case "null", "equals":
            return Condition((Term(f"{column} IS NULL"),)) if column in _NULLABLE else FALSE
        case "null", "not-equals":
            return Condition((Term(f"{column} IS NOT NULL"),)) if column in _NULLABLE else TRUE
        case "null", "like" | "ilike":
            return UNKNOWN
        case _:
            return STATEMENT_FAILS


def _feedback(_column: str, operator: str, value: bool) -> Condition:  # noqa: FBT001 -- JSON's
    """A request without feedback counts as one with bad feedback."""
    score = Term("coalesce(scores['helicone-score-feedback'], 0)")
    return compared(score, operator, int(value))


def _time(column: str, operator: str, value: str) -> Condition:
    """Values are cut to whole seconds, columns have milliseconds."""
    whole = seconds(value)
    if whole is None:
        return STATEMENT_FAILS
    return compared(Term(microseconds(column)), operator, whole * 1_000_000)


def seconds(text: str) -> int | None:
    """Return the whole seconds of a text that is ISO 8601, None where it is no time."""
    milliseconds = javascript.unix_milliseconds(text)
    return None if milliseconds is None else javascript.seconds(milliseconds)


def _lacking(_column: str, _operator: str, _value: object) -> Condition:
    """The database has no such column: node_id, job_id, total_tokens, assets."""
    return STATEMENT_FAILS


# In the order in which they are looked for; the first that a leaf has is its only column.
_SPECIAL: dict[str, Callable[[dict[str, Any]], Condition]] = {
    "property_key": _property_key,
    "properties": _property,
    "search_properties": _search_property,
    "scores": _score,
    "cached": _cached,
    "cost": _cost,
}

_COLUMNS: dict[str, Callable[[str, str, Any], Condition]] = {
    "request_id": _uuid,
    "organization_id": _uuid,
    "cache_reference_id": _uuid,
    "provider": text_column,
    "model": text_column,
    "user_id": text_column,
    "country_code": text_column,
    "target_url": text_column,
    "request_body": text_column,
    "response_body": text_column,
    "prompt_id": text_column,
    "prompt_version": text_column,
    "request_referrer": text_column,
    "status": _number_column,
    "latency": _number_column,
    "time_to_first_token": _number_column,
    "prompt_tokens": _number_column,
    "completion_tokens": _number_column,
    "prompt_cache_read_tokens": _number_column,
    "prompt_cache_write_tokens": _number_column,
    "threat": _number_column,
    "cache_enabled": _number_column,
    "is_passthrough_billing": _number_column,
    "request_created_at": _time,
    "response_created_at": _time,
    "helicone-score-feedback": _feedback,
    "scores_column": _scores_column,
}
