"""Faults of a request in pydantic's words, from what the compiled JSON Schema validator found.

LangSmith's v1 API is a FastAPI application: its 422 lists each fault as {loc, msg, type} with
pydantic 2's messages and types (https://docs.pydantic.dev/latest/errors/validation_errors/).
Pydantic reads some values that the documents do not allow ("10" for an integer, 0 for false, a
number for a date-time); they are refused here, in the words that it has for other wrong values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from locum.exceptions import InvalidValue
from locum.langsmith import pydantic_parsing as parsing
from locum.langsmith.excerpts import MOST_ITEMS, excerpts
from locum.openapi.schemas import Schema

_Told = tuple[str, str, Mapping[str, object]]  # pydantic's type, message and context

_TYPES = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "number": ("float_type", "Input should be a valid number"),
    "boolean": ("bool_type", "Input should be a valid boolean"),
    "array": ("list_type", "Input should be a valid list"),
    "object": ("dict_type", "Input should be a valid dictionary"),
    "null": ("none_required", "Input should be None"),
}
_MODEL = (
    "model_attributes_type",
    "Input should be a valid dictionary or object to extract fields from",
)
_PARSING = {
    "integer": ("int_parsing", ", unable to parse string as an integer"),
    "number": ("float_parsing", ", unable to parse string as a number"),
    "boolean": ("bool_parsing", ", unable to interpret input"),
}
_TYPES_OF_FORMATS = {
    "uuid": ("uuid_type", "UUID input should be a string, bytes or UUID object"),
    "date-time": ("datetime_type", "Input should be a valid datetime"),
}


def faults(
    schema: Schema, value: object, location: tuple[str | int, ...]
) -> tuple[InvalidValue, ...]:
    """A fault for each place of the value that breaks the schema, none where it is valid;
    `location` is where the value stands in the request.

    Of an array or object of many hundred items, the faults of a hundred of them.
    """
    try:
        if schema.is_valid(value):
            return ()
        for excerpt in excerpts(value):
            leaves = [leaf for error in schema.errors(excerpt.value) for leaf in _leaves(error)]
            told = [
                _fault(schema, leaf, (*location, *excerpt.place(tuple(leaf.instance_path))))
                for leaf in _first_of_each_place(schema, leaves)
            ]
            # What is missing from an excerpt may be in the whole; a rule may stand in two places.
            found = {
                (fault.location, fault.kind): fault
                for fault in told
                if fault.kind != "missing" or not _has(value, fault, location)
            }
            if found:
                return tuple(found.values())
    except ValueError as error:  # nested deeper than an error can show
        return (InvalidValue(location, f"Input cannot be read: {error}", "value_error"),)
    message = f"Input has a fault beyond the first {MOST_ITEMS} items of an array or object"
    return (InvalidValue(location, message, "value_error"),)


def _has(value: Any, fault: InvalidValue, location: tuple[str | int, ...]) -> bool:
    """Whether the value has something at the fault's place."""
    *holders, name = fault.location[len(location) :]
    for token in holders:
        value = value[token]
    return name in value


def _first_of_each_place(schema: Schema, leaves: Iterable[Any]) -> Iterator[Any]:
    """Pydantic looks no further into a value of the wrong type, and an enum has no type to it."""
    wrong: set[tuple[str | int, ...]] = set()
    for leaf in sorted(leaves, key=lambda leaf: leaf.kind.name != "type"):  # stable otherwise
        place = tuple(leaf.instance_path)
        if leaf.kind.name == "type" and "enum" in schema.keywords(leaf):
            continue
        if leaf.kind.name == "type":
            wrong.add(place)
        elif place in wrong:
            continue
        yield leaf


def _fault(schema: Schema, leaf: Any, where: tuple[str | int, ...]) -> InvalidValue:
    if leaf.kind.name == "required":
        name = leaf.kind.property
        return InvalidValue((*where, name), "Field required", "missing", leaf.instance)
    if leaf.kind.name == "propertyNames":
        name = leaf.kind.error.instance
        kind, message, context = _describe(schema, leaf.kind.error)
        return InvalidValue((*where, name, "[key]"), message, kind, name, context)
    kind, message, context = _describe(schema, leaf)
    return InvalidValue(where, message, kind, leaf.instance, context)


def _leaves(error: Any) -> list[Any]:
    """The errors that say what is wrong: of anyOf and oneOf, those of the branch that the value
    comes nearest to, which is the one whose own type it has."""
    branches = getattr(error.kind, "context", None)
    if not branches:
        return [error]
    here = len(error.instance_path)

    def distance(branch: list[Any]) -> tuple[bool, bool, int]:
        top = [e for e in branch if len(e.instance_path) == here and e.kind.name == "type"]
        return bool(top), any(e.kind.types == ["null"] for e in top), len(branch)

    return [leaf for inner in min(branches, key=distance) for leaf in _leaves(inner)]


# By the schema's keyword: pydantic's type, its message, and the name that its context has for the
# keyword's limit.
_LIMITS = {
    "minimum": ("greater_than_equal", "Input should be greater than or equal to", "ge"),
    "maximum": ("less_than_equal", "Input should be less than or equal to", "le"),
    "exclusiveMinimum": ("greater_than", "Input should be greater than", "gt"),
    "exclusiveMaximum": ("less_than", "Input should be less than", "lt"),
}


def _limit(error: Any) -> _Told:
    kind, message, name = _LIMITS[error.kind.name]
    return kind, f"{message} {error.kind.limit}", {name: error.kind.limit}


def _length(error: Any) -> _Told:
    limit, found = error.kind.limit, len(error.instance)
    short = error.kind.name == "minItems"
    message = (
        f"List should have at {'least' if short else 'most'} {limit} item{'s' * (limit != 1)} "
        f"after validation, not {found}"
    )
    name = "min_length" if short else "max_length"
    context = {"field_type": "List", name: limit, "actual_length": found}
    return "too_short" if short else "too_long", message, context


def _enum(error: Any) -> _Told:
    expected = _either(error.kind.options)
    return "enum", f"Input should be {expected}", {"expected": expected}


def _const(error: Any) -> _Told:
    expected = repr(error.kind.expected_value)
    return "literal_error", f"Input should be {expected}", {"expected": expected}


def _pattern(error: Any) -> _Told:
    pattern = error.kind.pattern
    message = f"String should match pattern '{pattern}'"
    return "string_pattern_mismatch", message, {"pattern": pattern}


def _format(error: Any) -> _Told:
    if error.kind.format == "uuid":
        reason = parsing.uuid_fault(error.instance)
        return "uuid_parsing", f"Input should be a valid UUID, {reason}", {"error": reason}
    if error.kind.format == "date-time":
        kind, message, why = parsing.datetime_fault(error.instance)
        return kind, message, {} if why is None else {"error": why}
    return "value_error", f"Input should be a {error.kind.format}", {}


_RULES: dict[str, Callable[[Any], _Told]] = {
    **dict.fromkeys(_LIMITS, _limit),
    "minItems": _length,
    "maxItems": _length,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "format": _format,
}


def _describe(schema: Schema, error: Any) -> _Told:
    """What pydantic says to an error that is no longer a union's."""
    if error.kind.name == "type":
        return *_wrong_type(schema.keywords(error), error), {}
    rule = _RULES.get(error.kind.name)
    return rule(error) if rule else ("value_error", error.message, {})


def _wrong_type(keywords: dict[str, Any], error: Any) -> tuple[str, str]:
    expected, found = min(error.kind.types, key="null".__eq__), error.instance
    if expected == "string" and keywords.get("format") in _TYPES_OF_FORMATS:
        return _TYPES_OF_FORMATS[keywords["format"]]
    if expected == "object" and "properties" in keywords:
        return _MODEL
    code, message = _TYPES[expected]
    number_for_boolean = type(found) is int and expected == "boolean"
    if (isinstance(found, str) or number_for_boolean) and expected in _PARSING:
        code, reason = _PARSING[expected]
        return code, message + reason
    if isinstance(found, float) and expected == "integer":
        return "int_from_float", message + ", got a number with a fractional part"
    return code, message


def _either(options: Iterable[object]) -> str:
    words = [repr(option) for option in options]
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
