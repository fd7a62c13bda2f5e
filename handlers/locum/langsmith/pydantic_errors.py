"""Faults of a request in pydantic's words, from what the compiled JSON Schema validator found.

LangSmith's v1 API is a FastAPI application: its 422 lists each fault as {loc, msg, type} with
pydantic 2's messages and types (https://docs.pydantic.dev/latest/errors/validation_errors/).
Pydantic reads some values that the documents do not allow ("10" for an integer, 0 for false, a
number for a date-time); they are refused here, in the words that it has for other wrong values.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from attrs import frozen

from locum.exceptions import InvalidValue
from locum.openapi.schemas import Schema, integers

_Words = tuple[str, str, Mapping[str, object]]  # pydantic's type, message and context

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
EXTRA = "Extra inputs are not permitted"
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
    """Return a fault for each place of the value that breaks the schema, none where it is valid;
    `location` is where the value stands in the request.

    Of an array or object of many hundred items, the faults of a hundred of them. Of a value at
    fault, whole numbers of less than 64 bits become ints in place, as pydantic shows them.
    """
    try:
        if schema.is_valid(value):
            return ()
        value = integers(value, below=2**63)
        for excerpt in excerpts(value):
            leaves = [leaf for error in schema.errors(excerpt.value) for leaf in _leaves(error)]
            in_excerpt = [
                fault
                for leaf in _first_of_each_place(schema, leaves)
                for fault in _faults(
                    schema, leaf, (*location, *excerpt.place(tuple(leaf.instance_path)))
                )
            ]
            # What is missing from an excerpt may be in the whole; a rule may stand in two places.
            found = {
                (fault.location, fault.kind): fault
                for fault in in_excerpt
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


def _faults(schema: Schema, leaf: Any, where: tuple[str | int, ...]) -> Iterator[InvalidValue]:
    if leaf.kind.name == "additionalProperties":
        for name in leaf.kind.unexpected:
            found = leaf.instance[name]
            yield InvalidValue((*where, name), EXTRA, "extra_forbidden", found)
    else:
        yield _fault(schema, leaf, where)


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

    leaves = [leaf for inner in min(branches, key=distance) for leaf in _leaves(inner)]
    return leaves or [error]  # of oneOf, where more than one branch is right


# By the schema's keyword: pydantic's type, its message, and the name that its context has for the
# keyword's limit.
_LIMITS = {
    "minimum": ("greater_than_equal", "Input should be greater than or equal to", "ge"),
    "maximum": ("less_than_equal", "Input should be less than or equal to", "le"),
    "exclusiveMinimum": ("greater_than", "Input should be greater than", "gt"),
    "exclusiveMaximum": ("less_than", "Input should be less than", "lt"),
}


def _limit(error: Any) -> _Words:
    kind, message, name = _LIMITS[error.kind.name]
    return kind, f"{message} {error.kind.limit}", {name: error.kind.limit}


def _length(error: Any) -> _Words:
    limit, found = error.kind.limit, len(error.instance)
    short = error.kind.name == "minItems"
    message = (
        f"List should have at {'least' if short else 'most'} {limit} item{'s' * (limit != 1)} "
        f"after validation, not {found}"
    )
    name = "min_length" if short else "max_length"
    context = {"field_type": "List", name: limit, "actual_length": found}
    return "too_short" if short else "too_long", message, context


def _enum(error: Any) -> _Words:
    expected = _either(error.kind.options)
    return "enum", f"Input should be {expected}", {"expected": expected}


def _const(error: Any) -> _Words:
    expected = repr(error.kind.expected_value)
    return "literal_error", f"Input should be {expected}", {"expected": expected}


def _pattern(error: Any) -> _Words:
    pattern = error.kind.pattern
    message = f"String should match pattern '{pattern}'"
    return "string_pattern_mismatch", message, {"pattern": pattern}


def _format(error: Any) -> _Words:
    if error.kind.format == "uuid":
        reason = uuid_fault(error.instance)
        return "uuid_parsing", f"Input should be a valid UUID, {reason}", {"error": reason}
    if error.kind.format == "date-time":
        kind, message, why = datetime_fault(error.instance)
        return kind, message, {} if why is None else {"error": why}
    return "value_error", f"Input should be a {error.kind.format}", {}


_RULES: dict[str, Callable[[Any], _Words]] = {
    **dict.fromkeys(_LIMITS, _limit),
    "minItems": _length,
    "maxItems": _length,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "format": _format,
}


def _describe(schema: Schema, error: Any) -> _Words:
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


# The words after the comma are those of the parsers behind pydantic 2.14 (the Rust crates uuid and
# speedate). Texts that pydantic reads and RFC 9562 or RFC 3339 do not (a UUID without dashes, a day
# alone, a time without a zone) are refused all the same, as the documents' formats ask.
_GROUPS = (8, 4, 4, 4, 12)
_LONGEST_UUID = len("urn:uuid:") + 36
_NO_UUID_CHARACTER = re.compile(r"[^0-9A-Fa-f-]")
_DAY_LENGTH = 10
_MONTHS = 12
_NUMBER = re.compile(r"([+-]?\d+)(\.\d*)?\Z", re.ASCII)
# Pydantic takes such numbers for times, large ones in milliseconds since 1970: of the years 0 to
# 9999. What does not fit into 64 bits is read as a date.
_FIRST_MS, _LAST_MS = -62_167_219_200_000, 253_402_300_799_999
_64_BITS = range(-(2**63), 2**63)
_LONGEST_NUMBER = 4000  # digits that Python reads, zeros before them included
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\Z", re.ASCII | re.IGNORECASE)


def uuid_fault(text: str) -> str:
    """Return what is wrong with a text that is no UUID."""
    length = len(text.encode("utf-8", "surrogatepass"))
    if length > _LONGEST_UUID:
        return f"invalid length: found {length}"
    strange = _NO_UUID_CHARACTER.search(text)
    if strange:
        at = len(text[: strange.start()].encode("utf-8", "surrogatepass"))
        return f"invalid character: found `{strange[0]}` at {at}"
    groups = text.split("-")
    if len(groups) == 1 and len(text) != sum(_GROUPS):
        return f"invalid length: found {len(text)}"
    if len(groups) != len(_GROUPS):
        return f"invalid group count: expected {len(_GROUPS)}, found {len(groups)}"
    number, expected = next(
        (number, expected)
        for number, expected in enumerate(_GROUPS)
        if len(groups[number]) != expected
    )
    found = len(groups[number])
    return f"invalid group length in group {number}: expected {expected}, found {found}"


def datetime_fault(text: str) -> tuple[str, str, str | None]:
    """Return pydantic's type for a text that is no RFC 3339 date-time, its message, and the part of
    the message after the comma, if there is one."""
    if _NAIVE.match(text):
        return "timezone_aware", "Input should have timezone info", None
    reason = _date_fault(text.encode("utf-8", "surrogatepass"))
    number = _NUMBER.match(text)
    whole = int(number[1]) if number and len(number[1]) <= _LONGEST_NUMBER else None
    is_timestamp = whole is not None and _FIRST_MS <= whole <= _LAST_MS
    if is_timestamp or (reason is None and len(text) == _DAY_LENGTH):
        reason = "input is too short"
        return "datetime_parsing", f"Input should be a valid datetime, {reason}", reason
    if number and whole is not None and whole in _64_BITS and not number[2]:
        beyond = "after 9999" if whole > 0 else "before 0000"
        reason = f"dates {beyond} are not supported as unix timestamps"
    reason = reason or "unexpected extra characters at the end of the input"
    message = f"Input should be a valid datetime or date, {reason}"
    return "datetime_from_date_parsing", message, reason


def _date_fault(raw: bytes) -> str | None:
    """What is wrong with the first ten bytes as a date, None where they are one."""
    if len(raw) < _DAY_LENGTH:
        return "input is too short"
    for name, start, end in (("year", 0, 4), ("month", 5, 7), ("day", 8, 10)):
        if not raw[start:end].isdigit():
            return f"invalid character in {name}"
        if name != "day" and raw[end : end + 1] != b"-":
            return "invalid date separator, expected `-`"
    year, month, day = int(raw[:4]), int(raw[5:7]), int(raw[8:10])
    if not 1 <= month <= _MONTHS:
        return "month value is outside expected range of 1-12"
    days = calendar.monthrange(year or 400, month)[1]  # the calendar repeats every 400 years
    return None if 1 <= day <= days else "day value is outside expected range"


MOST_ITEMS = 100  # that an array or object of an excerpt has
_LEVELS = 6  # that are cut; no schema of a request looks deeper than that into lists of lists


@frozen
class Excerpt:
    """A part of a long value in which its faults show. Of 250,000 wrong items the validator's
    account of every fault takes 6.4 s and 376 MB; a hundred of them tell as much.

    `value` has the items of the array `name` from `start` on as its first; `start` is 0 where
    nothing was left out before.
    """

    value: Any
    name: str = ""
    start: int = 0

    def place(self, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """Return where a place of the excerpt is in the whole value."""
        if len(path) > 1 and path[0] == self.name and isinstance(path[1], int):
            return path[0], path[1] + self.start, *path[2:]
        return path


def excerpts(value: Any) -> Iterator[Excerpt]:
    """Return the value with at most MOST_ITEMS in each array and object; then, one after the other,
    the items that this leaves out of its long properties."""
    short = _short(value, _LEVELS)
    yield Excerpt(short)
    if not isinstance(value, dict):
        return
    for name, long in islice(value.items(), MOST_ITEMS):
        if isinstance(long, list | dict):
            for start in range(MOST_ITEMS, len(long), MOST_ITEMS):
                part = _short(_part(long, start), _LEVELS - 1)
                yield Excerpt(short | {name: part}, name, start)


def _part(long: Any, start: int) -> Any:
    if isinstance(long, list):
        return long[start : start + MOST_ITEMS]
    return dict(islice(long.items(), start, start + MOST_ITEMS))


def _short(value: Any, levels: int) -> Any:
    if levels and isinstance(value, dict):
        return {name: _short(item, levels - 1) for name, item in islice(value.items(), MOST_ITEMS)}
    if levels and isinstance(value, list):
        return [_short(item, levels - 1) for item in value[:MOST_ITEMS]]
    return value
