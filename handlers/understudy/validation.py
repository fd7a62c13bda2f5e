"""Faults of a request in pydantic's words, from what the compiled JSON Schema validator found.

LangSmith's v1 API is a FastAPI application: its 422 lists each fault as {loc, msg, type} with
pydantic 2's messages and types (https://docs.pydantic.dev/latest/errors/validation_errors/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from understudy.exceptions import InvalidValue
from understudy.schemas import Schema

_TYPES = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "number": ("float_type", "Input should be a valid number"),
    "boolean": ("bool_type", "Input should be a valid boolean"),
    "array": ("list_type", "Input should be a valid list"),
    "object": ("dict_type", "Input should be a valid dictionary"),
    "null": ("none_required", "Input should be None"),
}
_PARSING = {
    "integer": ("int_parsing", ", unable to parse string as an integer"),
    "number": ("float_parsing", ", unable to parse string as a number"),
    "boolean": ("bool_parsing", ", unable to interpret input"),
}
_FORMATS = {
    "uuid": ("uuid_parsing", "Input should be a valid UUID"),
    "date-time": ("datetime_from_date_parsing", "Input should be a valid datetime"),
}


def faults(
    schema: Schema, value: object, location: tuple[str | int, ...]
) -> tuple[InvalidValue, ...]:
    """A fault for each place of the value that breaks the schema, none where it is valid;
    `location` is where the value stands in the request."""
    try:
        return () if schema.is_valid(value) else tuple(_faults(schema.errors(value), location))
    except ValueError as error:  # nested deeper than an error can show
        return (InvalidValue(location, f"Input cannot be read: {error}", "value_error"),)


def _faults(errors: Iterable[Any], location: tuple[str | int, ...]) -> Iterator[InvalidValue]:
    for error in errors:
        for leaf in _leaves(error):
            where = (*location, *leaf.instance_path)
            if leaf.kind.name == "required":
                where = (*where, leaf.kind.property)
                yield InvalidValue(where, "Field required", "missing", leaf.instance)
            elif leaf.kind.name == "propertyNames":
                name = leaf.kind.error.instance
                kind, message = _describe(leaf.kind.error)
                yield InvalidValue((*where, name, "[key]"), message, kind, name)
            elif leaf.kind.name == "additionalProperties":
                for name in leaf.kind.unexpected:
                    message = "Extra inputs are not permitted"
                    found = leaf.instance[name]
                    yield InvalidValue((*where, name), message, "extra_forbidden", found)
            else:
                kind, message = _describe(leaf)
                yield InvalidValue(where, message, kind, leaf.instance)


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


# By the schema's keyword: pydantic's type, and its message from the error's kind and the value.
_RULES: dict[str, tuple[str, Callable[[Any, Any], str]]] = {
    "enum": ("enum", lambda kind, _: f"Input should be {_either(kind.options)}"),
    "const": ("literal_error", lambda kind, _: f"Input should be {kind.expected_value!r}"),
    "minimum": (
        "greater_than_equal",
        lambda kind, _: f"Input should be greater than or equal to {kind.limit}",
    ),
    "maximum": (
        "less_than_equal",
        lambda kind, _: f"Input should be less than or equal to {kind.limit}",
    ),
    "exclusiveMinimum": (
        "greater_than",
        lambda kind, _: f"Input should be greater than {kind.limit}",
    ),
    "exclusiveMaximum": ("less_than", lambda kind, _: f"Input should be less than {kind.limit}"),
    "minItems": (
        "too_short",
        lambda kind, found: (
            f"List should have at least {_items(kind.limit)} after validation, not {len(found)}"
        ),
    ),
    "maxItems": (
        "too_long",
        lambda kind, found: (
            f"List should have at most {_items(kind.limit)} after validation, not {len(found)}"
        ),
    ),
    "pattern": (
        "string_pattern_mismatch",
        lambda kind, _: f"String should match pattern '{kind.pattern}'",
    ),
}


def _describe(error: Any) -> tuple[str, str]:
    """The type and message that pydantic has for an error that is no longer a union's."""
    kind = error.kind
    if kind.name == "type":
        return _wrong_type(min(kind.types, key="null".__eq__), error.instance)
    if kind.name == "format":
        return _FORMATS.get(kind.format, ("value_error", f"Input should be a {kind.format}"))
    if kind.name in _RULES:
        code, message = _RULES[kind.name]
        return code, message(kind, error.instance)
    return "value_error", error.message


def _wrong_type(expected: str, found: object) -> tuple[str, str]:
    code, message = _TYPES[expected]
    if isinstance(found, str) and expected in _PARSING:
        code, reason = _PARSING[expected]
        return code, message + reason
    if isinstance(found, float) and expected == "integer":
        return "int_from_float", message + ", got a number with a fractional part"
    return code, message


def _items(count: int) -> str:
    return f"{count} item{'s' * (count != 1)}"


def _either(options: Iterable[object]) -> str:
    words = [repr(option) for option in options]
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
