"""Conditions on the JSON documents of a run (metadata, inputs, outputs) and on their entries.

An entry is a key, the path of object keys joined by dots, with a value. Objects and arrays have a
key and, as far as a comparison of values goes, no value; the items of an array are values of the
array's key. Those of a document that is an array as a whole, or a plain value, have none.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from locum.engine.data import Parameters
from locum.langsmith.derived_tables import LEAF
from locum.langsmith.filters.ast import Clause, Comparison
from locum.langsmith.filters.conditions import (
    EQUALITY,
    ORDER,
    PATTERN,
    Kind,
    contains,
    never_null,
    operands,
    pattern,
    refuse_value,
    text_operand,
)

_TEXT = "type = 'VARCHAR'"


def _value(clause: Clause, _: str, parameters: Parameters) -> str:
    """A comparison with an entry's value.

    Equal are a text and a value that reads the same (so "2" and 2 are both equal to the number 2
    and to the text "2"), and numbers of the same size, as doubles. Before and after are compared
    number with number, and text with text in the order of code points.
    """
    if clause.comparator in ("like", "notlike"):
        return f"({LEAF} AND {pattern(clause, 'value', parameters)})"
    if clause.comparator == "search":
        return f"({LEAF} AND {contains('value', text_operand(clause), parameters)})"
    values = operands(clause)
    if clause.comparator in ORDER:
        return _ordered(clause, values[0], parameters)
    texts = [v if isinstance(v, str) else json.dumps(v) for v in values if v is not None]
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    equal = [f"({LEAF} AND value IN ({parameters.list(texts)}))"] if texts else []
    equal += [f"number IN ({parameters.list(numbers)})"] if numbers else []
    equal += ["type = 'NULL'"] if None in values else []
    return never_null(f"({' OR '.join(equal) or 'FALSE'})")


def _ordered(clause: Clause, value: object, parameters: Parameters) -> str:
    operator = ORDER[clause.comparator].operator
    if isinstance(value, str):
        return never_null(f"({_TEXT} AND value {operator} {parameters.add(value)})")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return never_null(f"number {operator} {parameters.add(float(value))}")
    raise refuse_value(clause, "a number or a text in quotes")


VALUE = Kind((*EQUALITY, *ORDER, *PATTERN), _value)


def mentions(text: str, parameters: Parameters) -> str:
    """Return whether an entry's key or value contains the text, whatever the case."""
    in_value = contains("value", text, parameters)
    return f"({contains('key', text, parameters)} OR {LEAF} AND {in_value})"


# Our choice: a needle beyond these would make a statement that takes long to plan.
DEEPEST_NEEDLE = 20
MOST_MEMBERS = 50


def has(clause: Comparison, document: str, parameters: Parameters) -> str:
    """Return whether the document contains the JSON object that the clause's text holds, as
    `contains_object` says. Raises FilterError for a text that is none, or a large one."""
    try:
        needle = orjson.loads(text_operand(clause))
    except orjson.JSONDecodeError:
        needle = None
    if not isinstance(needle, dict):
        raise refuse_value(clause, """a JSON object in quotes, such as '{"key": "value"}'""")
    try:
        return contains_object(document, needle, parameters)
    except ValueError as error:
        raise refuse_value(clause, str(error)) from None


def contains_object(document: str, needle: dict[str, Any], parameters: Parameters) -> str:
    """Return whether the JSON document, a column, contains the object.

    PostgreSQL's containment (`@>`): an object contains one whose members it has, each containing
    the other's; an array contains one of whose every item it has an item that contains it; numbers
    are equal as doubles. Raises ValueError, in words of what is expected, for a large object.
    """
    depth, members = _size(needle)
    if depth > DEEPEST_NEEDLE or members > MOST_MEMBERS:
        raise ValueError(f"at most {DEEPEST_NEEDLE} levels and {MOST_MEMBERS} members of JSON")
    return never_null(_holds(document, needle, parameters, 0))


def _size(needle: Any) -> tuple[int, int]:
    """How many levels the JSON value has, and how many members and items on all of them."""
    depth = members = 0
    level = [needle]
    while level := [
        item
        for outer in level
        if isinstance(outer, dict | list)
        for item in (outer.values() if isinstance(outer, dict) else outer)
    ]:
        depth, members = depth + 1, members + len(level)
    return depth, members


def _holds(place: str, needle: Any, parameters: Parameters, level: int) -> str:
    """Whether the JSON at `place`, an SQL expression, contains the needle; NULL means no."""
    if isinstance(needle, dict):
        members = [
            _holds(f"json_extract({place}, {_pointer(key, parameters)})", value, parameters, level)
            for key, value in needle.items()
        ]
        return " AND ".join([f"json_type({place}) = 'OBJECT'", *members])
    if isinstance(needle, list):
        item = f"item{level}"
        members = [
            f"len(list_filter(json_extract({place}, '$[*]'), lambda {item}: "
            f"coalesce({_holds(item, value, parameters, level + 1)}, FALSE))) > 0"
            for value in needle
        ]
        return " AND ".join([f"json_type({place}) = 'ARRAY'", *members])
    if isinstance(needle, str):
        same = f"json_extract_string({place}, '$') = {parameters.add(needle)}"
        return f"json_type({place}) = 'VARCHAR' AND {same}"
    if needle is None or isinstance(needle, bool):
        return f"CAST({place} AS VARCHAR) = {parameters.add(json.dumps(needle))}"
    numeric = f"json_type({place}) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')"
    return f"{numeric} AND TRY_CAST({place} AS DOUBLE) = {parameters.add(float(needle))}"


def _pointer(key: str, parameters: Parameters) -> str:
    """The parameter for a member's JSON pointer (RFC 6901)."""
    return parameters.add("/" + key.replace("~", "~0").replace("/", "~1"))
