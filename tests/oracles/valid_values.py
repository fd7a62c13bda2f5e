"""A valid value for a schema, for requests: what the document gives as an example, else made."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.oracles.foreign_documents import ForeignDocument

_TEXTS = {
    "date": "2024-03-05",
    "date-time": "2024-03-05T10:20:30Z",
    "time": "10:20:30Z",
    "duration": "P1D",
    "email": "ada@example.com",
    "idn-email": "ada@example.com",
    "hostname": "www.example.com",
    "idn-hostname": "www.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/a",
    "url": "https://example.com/a",
    "iri": "https://example.com/a",
    "uri-reference": "/a",
    "iri-reference": "/a",
    "uri-template": "/a/{b}",
    "json-pointer": "/a",
    "relative-json-pointer": "0",
    "regex": "a",
    "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "uuid4": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "byte": "YWJj",
}
# The only reader of patterns in the standard library; its old public name is deprecated.
_PARSER: Any = importlib.import_module("re._parser")
_DEEPEST = 30  # objects within objects
_LAST_ITEM = 6  # arrays below are empty where they may be


class Unmakeable(Exception):  # as the package names its own
    """No valid value was found."""


def valid_value(document: ForeignDocument, schema: Any, examples: tuple[Any, ...] = ()) -> Any:
    """The first of the examples, of the schema's own, and of what can be made, that is valid."""
    tried = 0
    for value in _candidates(document, schema, examples):
        if not document.faults(schema, value, answered=False):
            return value
        tried += 1
    raise Unmakeable(f"none of {tried} values is valid")


def examples_of(document: ForeignDocument, holder: Mapping[str, Any]) -> tuple[Any, ...]:
    """Of a parameter or a media type: `example`, then the values of `examples`."""
    found = [holder["example"]] if "example" in holder else []
    named = holder.get("examples")
    for example in named.values() if isinstance(named, dict) else ():
        told = document.target(example)
        if isinstance(told, dict) and "value" in told:
            found.append(told["value"])
    return tuple(found)


def _candidates(document: ForeignDocument, schema: Any, examples: tuple[Any, ...]) -> Iterator[Any]:
    yield from examples
    for by_examples in (True, False):
        for levels in (1, 0, 3):
            yield _Maker(document, by_examples=by_examples, levels=levels).made(schema, 0)


class _Maker:
    """With optional properties on so many levels."""

    def __init__(self, document: ForeignDocument, *, by_examples: bool, levels: int) -> None:
        self._document = document
        self._by_examples, self._levels = by_examples, levels

    def made(self, schema: Any, depth: int) -> Any:  # one return a kind
        """A value that should be valid."""
        schema = self._merged(schema, 0)
        if isinstance(schema, bool) or not schema:
            return None if schema is False else "a"
        for told in self._told(schema):
            return told
        kind = self._kind(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string":
            return _text(schema)
        if kind in ("integer", "number"):
            return _number(schema, whole=kind == "integer")
        return {"boolean": True, "null": None}.get(kind, "a")

    def _told(self, schema: dict[str, Any]) -> Iterator[Any]:
        if "const" in schema:
            yield schema["const"]
        told = [schema[word] for word in ("example", "default") if word in schema]
        if isinstance(schema.get("examples"), list):
            told += schema["examples"]
        for value in told if self._by_examples else ():
            if value is not None and not self._document.faults(schema, value):
                yield value
        if "enum" in schema:
            yield next((one for one in schema["enum"] if one is not None), None)

    def _merged(self, schema: Any, steps: int) -> Any:
        """One schema for a schema with references, `allOf`, and the first that `anyOf` or
        `oneOf` has beside null."""
        if steps > 20:
            return True
        if not isinstance(schema, dict):
            return schema
        merged: dict[str, Any] = {}
        own = {
            key: value
            for key, value in schema.items()
            if key not in ("$ref", "allOf", "anyOf", "oneOf")
        }
        parts = [self._document.at(schema["$ref"])] if "$ref" in schema else []
        parts += schema.get("allOf", ())
        for word in ("anyOf", "oneOf"):
            choices = [one for one in schema.get(word, ()) if one != {"type": "null"}]
            parts += choices[:1]
        for part in [*parts, own]:
            found = self._merged(part, steps + 1) if part is not own else own
            if isinstance(found, dict):
                _join(merged, found)
        return merged

    @staticmethod
    def _kind(schema: dict[str, Any]) -> str:
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        for kind in kinds:
            if kind != "null":
                return str(kind)
        if kinds:
            return "null"
        if "properties" in schema or "required" in schema or "additionalProperties" in schema:
            return "object"
        if "items" in schema or "minItems" in schema:
            return "array"
        numeric = ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum")
        return "number" if any(word in schema for word in numeric) else "string"

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        required = set(schema.get("required", ()))
        made = {}
        for name, inner in properties.items():
            told = self._document.target(inner)
            if isinstance(told, dict) and told.get("readOnly"):
                continue
            if depth < _DEEPEST and (name in required or depth < self._levels):
                made[name] = self.made(inner, depth + 1)
        other = schema.get("additionalProperties", True)
        for place in range(schema.get("minProperties", 0) - len(made)):
            made[f"key{place}"] = self.made(other, depth + 1)
        for name in required - made.keys() - properties.keys():
            made[name] = self.made(other, depth + 1)
        return made

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        made = [self.made(inner, depth + 1) for inner in schema.get("prefixItems", ())]
        if "contains" in schema:
            made.append(self.made(schema["contains"], depth + 1))
        least = schema.get("minItems", 0)
        wanted = least if depth >= _LAST_ITEM else max(least, min(1, schema.get("maxItems", 1)))
        while len(made) < wanted and schema.get("items", True) is not False:
            value = self.made(schema.get("items", True), depth + 1)
            made.append(_another(value, len(made)) if schema.get("uniqueItems") else value)
        return made


def _another(value: Any, place: int) -> Any:
    if place == 0:
        return value
    if isinstance(value, str):
        return f"{value}{place}"
    return value + place if isinstance(value, int | float) else [value, place]


def _join(merged: dict[str, Any], found: dict[str, Any]) -> None:
    for key, value in found.items():
        if key == "properties":
            merged[key] = {**merged.get(key, {}), **value}
        elif key == "required":
            merged[key] = [*dict.fromkeys([*merged.get(key, ()), *value])]
        elif key in ("minimum", "minLength", "minItems") and key in merged:
            merged[key] = max(merged[key], value)
        elif key in ("maximum", "maxLength", "maxItems") and key in merged:
            merged[key] = min(merged[key], value)
        else:
            merged[key] = value


def _text(schema: dict[str, Any]) -> str:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10**6)
    if isinstance(schema.get("pattern"), str):
        made = from_pattern(schema["pattern"], least)
        if made is not None and least <= len(made) <= most:
            return made
    made = _TEXTS.get(schema.get("format", ""), "text")
    return (made if len(made) >= least else made + "x" * (least - len(made)))[:most]


def _number(schema: dict[str, Any], *, whole: bool) -> int | float:
    step = schema.get("multipleOf", 1 if whole else 0.5)
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is not None:
        low = above + step if low is None else max(low, above + step)
    if below is not None:
        high = below - step if high is None else min(high, below - step)
    value: int | float = 1 if low is None else low
    if high is not None and value > high:
        value = high
    if "multipleOf" in schema:
        value = -(-value // step) * step
    return int(value) if whole or value == int(value) else value


def from_pattern(pattern: str, least: int = 0) -> str | None:
    """A text that the pattern finds, at least so long where a repetition allows it; None where
    the pattern asks for what cannot be read here."""
    pattern = pattern.replace(r"\p{L}", "[a-zA-Z]").replace(r"\p{N}", "[0-9]")
    for longer in dict.fromkeys((0, least)):
        try:
            made = "".join(_written(_PARSER.parse(pattern), longer))
            found = re.search(pattern, made)
        except (re.error, OverflowError, KeyError, IndexError):
            return None
        if found and len(made) >= least:
            return made
    return None


def _written(tokens: Any, least: int) -> Iterator[str]:  # noqa: C901  # one branch a kind of token
    for kind, value in tokens:
        match str(kind):
            case "LITERAL":
                yield chr(value)
            case "NOT_LITERAL":
                yield "a" if value != ord("a") else "b"
            case "ANY":
                yield "a"
            case "IN":
                yield _one_of(value)
            case "CATEGORY":
                yield _of_category(value)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, inner = value
                times = min(int(high), max(int(low), 1 if int(high) else 0, least))
                for _ in range(times):
                    yield from _written(inner, 0)
            case "SUBPATTERN":
                yield from _written(value[-1], least)
            case "BRANCH":
                yield from _written(value[1][0], least)
            case "AT" | "ASSERT" | "ASSERT_NOT":
                continue
            case other:
                raise KeyError(other)


def _one_of(choices: Any) -> str:
    if str(choices[0][0]) == "NEGATE":
        forbidden = re.compile("|".join(f"(?:{_as_class(one)})" for one in choices[1:]))
        return next(one for one in "aA0_- .b" if not forbidden.fullmatch(one))
    kind, value = choices[0]
    if str(kind) == "RANGE":
        return chr(value[0])
    return chr(value) if str(kind) == "LITERAL" else _of_category(value)


def _as_class(one: Any) -> str:
    kind, value = one
    if str(kind) == "RANGE":
        return f"[{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}]"
    if str(kind) == "LITERAL":
        return re.escape(chr(value))
    return {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s"}.get(
        str(value), r"(?!)"
    )


def _of_category(category: Any) -> str:
    return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_NOT_WORD": "-"}.get(
        str(category), "a"
    )
