"""Faults of a request in pydantic's words, from what the compiled JSON Schema validator found.

LangSmith's v1 API is a FastAPI application: its 422 lists each fault as {loc, msg, type} with
pydantic 2's messages and types (https://docs.pydantic.dev/latest/errors/validation_errors/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from understudy.exceptions import InvalidValue

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


def faults(location: tuple[str | int, ...], errors: Iterable[Any]) -> Iterator[InvalidValue]:
    """One fault for each place at fault; `location` is where the validated value stands."""
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


def _describe(error: Any) -> tuple[str, str]:
    """pydantic's type and message for an error that is no longer a union's."""
    kind, found = error.kind, error.instance
    match kind.name:
        case "type":
            expected = min(kind.types, key="null".__eq__)
            if isinstance(found, str) and expected in _PARSING:
                code, reason = _PARSING[expected]
                return code, _TYPES[expected][1] + reason
            if expected == "integer" and isinstance(found, float):
                message = "Input should be a valid integer, got a number with a fractional part"
                return "int_from_float", message
            return _TYPES[expected]
        case "format":
            return _FORMATS.get(kind.format, ("value_error", f"Input should be a {kind.format}"))
        case "enum":
            return "enum", f"Input should be {_either(kind.options)}"
        case "const":
            return "literal_error", f"Input should be {_either([kind.expected_value])}"
        case "minimum":
            return "greater_than_equal", f"Input should be greater than or equal to {kind.limit}"
        case "maximum":
            return "less_than_equal", f"Input should be less than or equal to {kind.limit}"
        case "exclusiveMinimum":
            return "greater_than", f"Input should be greater than {kind.limit}"
        case "exclusiveMaximum":
            return "less_than", f"Input should be less than {kind.limit}"
        case "minItems":
            least = f"{kind.limit} item{'s' * (kind.limit != 1)}"
            message = f"List should have at least {least} after validation, not {len(found)}"
            return "too_short", message
        case "maxItems":
            most = f"{kind.limit} item{'s' * (kind.limit != 1)}"
            return "too_long", f"List should have at most {most} after validation, not {len(found)}"
        case "pattern":
            return "string_pattern_mismatch", f"String should match pattern '{kind.pattern}'"
        case _:
            return "value_error", error.message


def _either(options: Iterable[object]) -> str:
    words = [repr(option) for option in options]
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
