"""The values that Prism answers with when it is not asked for made-up ones: the document's
examples, else "string", 0 and true, an object with all its properties, an array with one item.

What is chosen where follows Prism 5: its converter of documents (@stoplight/http-spec 7, which
gives numbers of a format that format's limits) and its sampler (@stoplight/json-schema-sampler
0.3). Such a value may be invalid, as Prism's may. A schema that comes a second time, within
references in no circle, has a whole value here, where the sampler leaves an empty one.

    static  the value
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Container, Iterator
from typing import Any

from locum.generate.conjunction import is_number
from locum.openapi.graph import Targets

ROUNDS = 2
_MOST_SCHEMAS = 2_500  # in one value
_DEEPEST = 15

# The keywords that tell the type of a schema without `type`, the first that is there.
_TYPE_OF = {
    **dict.fromkeys(
        ["multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"], "number"
    ),
    **dict.fromkeys(["maxLength", "minLength", "pattern"], "string"),
    **dict.fromkeys(["items", "maxItems", "minItems", "uniqueItems"], "array"),
    **dict.fromkeys(
        ["maxProperties", "minProperties", "required", "additionalProperties", "properties",
         "patternProperties"],
        "object",
    ),
}  # fmt: skip
_LEAST = {
    "int32": -(2**31),
    "int64": 1 - 2**53,
    "float": -(2.0**128),
    "double": -sys.float_info.max,
}
_GREATEST = {
    "int32": 2**31 - 1,
    "int64": 2**53 - 1,
    "float": 2.0**128,
    "double": sys.float_info.max,
}
_TEXTS = {
    "email": "user@example.com",
    "idn-email": "пользователь@пример.ру",  # noqa: RUF001  # Prism's
    "date-time": "2019-08-24T14:15:22Z",
    "date": "2019-08-24",
    "time": "14:15:22Z",
    "ipv4": "192.168.0.1",
    "ipv6": "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    "hostname": "example.com",
    "idn-hostname": "пример.ру",  # noqa: RUF001
    "iri": "http://пример.ру",  # noqa: RUF001
    "iri-reference": "../словарь",
    "uri": "http://example.com",
    "uri-reference": "../dictionary",
    "uri-template": "http://example.com/{endpoint}",
    "json-pointer": "/json/pointer",
    "relative-json-pointer": "1/relative/json/pointer",
    "regex": "/regex/",
}
_PASSWORD, _PASSWORD_GOES_ON = "pa$$word", "qwerty!@#$%^123456"


class TooLarge(Exception):
    """The value has more parts than Prism makes."""


class _Absent:
    """What JSON has no word for: such a property is left out, such an item is null."""


_ABSENT = _Absent()


def static(
    schema: Any,
    targets: Targets,
    *,
    rounds: int = ROUNDS,
    is_open: bool = True,
    vague: Container[int] = (),
) -> Any:
    """Return Prism's value for the schema, whose references lead to the targets. A reference that
    comes again within itself is followed so many `rounds`. Raise TooLarge for a value with too many
    parts.

    Then Prism's value ends with an empty object, which may lack what is required. Unless `is_open`,
    such a property is left out instead, and such an array is empty; and so always where the
    schema's id is among the `vague`, of which no one knows what is valid.
    """
    for example in _examples(schema) if isinstance(schema, dict) else ():
        return example
    value = _Sampler(targets, rounds, vague, is_open=is_open).of(schema, 1, None)[0]
    return None if value is _ABSENT else value


def _given(schema: dict[str, Any]) -> Iterator[Any]:
    """Yield what the schema itself gives, what Prism takes first."""
    yield from (schema[keyword] for keyword in ("default", "const") if keyword in schema)
    yield from schema.get("enum") or ()
    yield from _examples(schema)


def _examples(schema: dict[str, Any]) -> Iterator[Any]:
    if "example" in schema:
        yield schema["example"]
    elif isinstance(schema.get("examples"), list):
        yield from schema["examples"]


class _Sampler:
    def __init__(
        self, targets: Targets, rounds: int, vague: Container[int], *, is_open: bool
    ) -> None:
        self._targets, self._rounds, self._is_open = targets, rounds, is_open
        self._vague = vague
        self._left = _MOST_SCHEMAS
        self._open: Counter[str] = Counter()  # references that are being followed

    def of(self, schema: Any, depth: int, name: str | None) -> tuple[Any, str | None]:
        """Return the value of the schema and its type, None where it is not known. `name` is that
        of the property that has the value."""
        self._left -= 1
        if self._left < 0:
            raise TooLarge
        if id(schema) in self._vague:
            return _ABSENT, None
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return self._of_circle(schema) if isinstance(schema, dict) else None, None
        if "$ref" in schema:
            return self._referred(schema["$ref"], depth, name)
        if "allOf" in schema:
            return self._all(schema, depth, name)
        for keyword in ("oneOf", "anyOf"):
            if schema.get(keyword):
                return self._first(schema[keyword], depth, name)
        if isinstance(schema.get("if"), dict) and isinstance(schema.get("then"), dict):
            return self.of(_merged(schema["if"], schema["then"]), depth, name)
        for given in _given(schema):
            return given, None
        kind = _type(schema)
        return self._of_type(kind, schema, depth, name), kind

    def _referred(self, reference: str, depth: int, name: str | None) -> tuple[Any, str | None]:
        target = self._targets[reference]
        if self._open[reference] == self._rounds:
            return self._of_circle(target), None
        self._open[reference] += 1
        found = self.of(target, depth, name)
        self._open[reference] -= 1
        return found

    def _of_circle(self, schema: Any) -> Any:
        kind = _type(schema) if isinstance(schema, dict) and self._is_open else None
        return {} if kind == "object" else [] if kind == "array" else _ABSENT

    def _first(self, schemas: list[Any], depth: int, name: str | None) -> tuple[Any, str | None]:
        """Return the value of the first of the schemas or, where that leads back, of another."""
        found = self.of(schemas[0], depth, name)
        for each in schemas[1:]:
            if found[0] is not _ABSENT or self._is_open:
                break
            found = self.of(each, depth, name)
        return found

    def _all(self, schema: dict[str, Any], depth: int, name: str | None) -> tuple[Any, str | None]:
        """Return the members' objects in one, or the last member's value of another type."""
        own = {keyword: value for keyword, value in schema.items() if keyword != "allOf"}
        value, kind = self.of(own, depth, name)
        values = []
        for member in schema["allOf"] or ():
            # So one without a type has none of its keywords either, as long as no other tells it.
            typed = {"type": kind, **member} if isinstance(member, dict) else member
            found, found_kind = self.of(typed, depth, name)
            kind = found_kind if kind and found_kind and kind != found_kind else kind or found_kind
            if found is not None and found is not _ABSENT:
                values.append(found)
        if kind != "object":
            return values[-1] if values else value, kind
        merged: Any = value if isinstance(value, dict) else {}
        for each in values:
            if isinstance(each, dict | list):
                merged = _merged(merged, each)
        return merged, kind

    def _of_type(self, kind: str | None, schema: dict[str, Any], depth: int, name: Any) -> Any:
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "string":
                return _text(schema, name)
            case "number" | "integer":
                return _number(schema)
            case "boolean":
                return True
            case _:
                return None

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        made = {
            name: self.of(member, depth + 1, name)[0]
            for name, member in (schema.get("properties") or {}).items()
        }
        if isinstance(schema.get("additionalProperties"), dict):
            for name in ("property1", "property2"):
                made[name] = self.of(schema["additionalProperties"], depth + 1, None)[0]
        return {name: value for name, value in made.items() if value is not _ABSENT}

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        items = schema.get("items", schema.get("contains"))
        if not isinstance(items, dict) or id(items) in self._vague:
            return []
        most = schema.get("maxItems", math.inf)
        number = min(most, schema.get("minItems") or 1)
        made = [self.of(items, depth + 1, None)[0] for _ in range(int(number))]
        if not self._is_open:
            return [value for value in made if value is not _ABSENT]
        return [None if value is _ABSENT else value for value in made]


def _type(schema: dict[str, Any]) -> str | None:
    if "type" in schema:
        declared = schema["type"]
        return next(iter(declared), None) if isinstance(declared, list) else declared
    return next((kind for keyword, kind in _TYPE_OF.items() if keyword in schema), None)


def _merged(first: Any, second: Any) -> Any:
    """Return both objects in one, the second's values before the first's; of lists, item by
    item."""
    if isinstance(first, list) and isinstance(second, list):
        longer = [*second, *first[len(second) :]]
        both = zip(first, second, strict=False)
        longer[: min(len(first), len(second))] = [_merged(old, new) for old, new in both]
        return longer
    if isinstance(first, dict) and isinstance(second, dict):
        common = first.keys() & second.keys()
        return {**first, **second, **{name: _merged(first[name], second[name]) for name in common}}
    return second


def _number(schema: dict[str, Any]) -> Any:
    limits = {name: value for name, value in schema.items() if is_number(value)}
    form = schema.get("format")
    if form in _LEAST:
        limits["minimum"] = max(limits.get("minimum", _LEAST[form]), _LEAST[form])
        limits["maximum"] = min(limits.get("maximum", _GREATEST[form]), _GREATEST[form])
    if "minimum" in limits:
        return limits["minimum"]
    if "exclusiveMinimum" in limits:
        number = limits["exclusiveMinimum"] + 1
        most = limits.get("exclusiveMaximum")
        return number if number != most else (number + most - 1) / 2
    if "exclusiveMaximum" in limits:
        return limits["exclusiveMaximum"] - 1
    return limits.get("maximum", 0)


def _text(schema: dict[str, Any], name: str | None) -> str:
    least, most = schema.get("minLength") or 0, schema.get("maxLength")
    form = schema.get("format")
    if form == "uuid":
        return _uuid(name or "id")
    if form == "password":
        missing = least - len(_PASSWORD)
        more = _longer(_PASSWORD_GOES_ON, missing - 1)[: max(missing - 1, 0)]
        return f"{_PASSWORD}_{more}" if missing > 0 else _PASSWORD
    if form in _TEXTS:
        return _TEXTS[form]
    text = _longer("string", least)
    return text[:most] if most else text


def _longer(text: str, least: int) -> str:
    if least > _MOST_SCHEMAS * len(text):
        raise TooLarge
    return (text * (least // len(text) + 1))[:least] if least > len(text) else text


# A UUID of a name. The arithmetic is that of integers of 32 bits.

_BITS = 0xFFFFFFFF


def _uuid(name: str) -> str:
    """Return the UUID that the sampler makes of the name: a hash of it (31 times, and the next
    character) seeds Bob Jenkins' small generator, whose numbers are the digits."""
    seed = 0
    for character in name:
        seed = (seed * 31 + ord(character)) & _BITS
    a = b = c = d = seed
    text = ""
    for place in "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx":
        if place not in "xy":
            text += place
            continue
        t = (a - (b << 27 | b >> 5)) & _BITS
        a = b ^ ((c << 17 | c >> 15) & _BITS)
        b, c, d = (c + d) & _BITS, (d + t) & _BITS, (a + t) & _BITS
        digit = d >> 28
        text += f"{digit if place == 'x' else digit & 3 | 8:x}"
    return text
