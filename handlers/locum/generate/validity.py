"""Whether a value is valid for a part of a schema, while it is being made.

The compiled schema has the last word about the whole. This one looks at parts that stand in no
place of the document, as they come together from several, and costs nothing but the value's size:
nothing is compiled. It says nothing about `unevaluatedProperties` and `unevaluatedItems`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from locum.generate.conjunction import is_number
from locum.generate.matching import finds, has_format
from locum.openapi.graph import Targets

_MOST_LEVELS = 100  # of schemas and values within each other, on Python's stack
_MOST_STEPS = 30_000  # for one question


class Validity:
    """The schemas of a document, asked about values, with a bound on how much is looked at."""

    def __init__(self, targets: Targets, steps: int, excused: str | None = None) -> None:
        """`steps` is how many schemas may be looked at, in all calls together. A property whose
        schema has the keyword `excused` (readOnly, writeOnly) may be missing though required."""
        self._targets = targets
        self.steps = steps
        self._least_steps = 0  # of the question that is being answered
        self._excused = excused
        self._enums: dict[int, set[object]] = {}

    def holds_all(self, schemas: Iterable[Any], value: Any) -> bool:
        """Return whether the value is valid for each of the schemas."""
        return all(self.holds(schema, value) for schema in schemas)

    def holds(self, schema: Any, value: Any) -> bool:
        """Return whether the value is valid; False too where that takes too many steps to see."""
        self._least_steps = max(self.steps - _MOST_STEPS, 0)
        return self._holds(schema, value, 0)

    def _holds(self, schema: Any, value: Any, level: int) -> bool:
        if not isinstance(schema, dict):
            return schema is not False
        self.steps -= 1
        if self.steps < self._least_steps or level > _MOST_LEVELS:
            return False
        return self._by_itself(schema, value) and self._by_parts(schema, value, level + 1)

    def _by_itself(self, schema: dict[str, Any], value: Any) -> bool:
        """Return whether the value is valid by the keywords that hold no schema."""
        if "type" in schema and not _has_type(schema["type"], value):
            return False
        if "const" in schema and identity(schema["const"]) != identity(value):
            return False
        if "enum" in schema and identity(value) not in self._members(schema["enum"]):
            return False
        if isinstance(value, str):
            return _is_valid_text(schema, value)
        if is_number(value):
            return _is_valid_number(schema, value)
        if isinstance(value, list):
            is_unique = schema.get("uniqueItems") is True
            return _within(schema, "Items", len(value)) and not (is_unique and repeats(value))
        if isinstance(value, dict):
            return _within(schema, "Properties", len(value)) and self._has_required(schema, value)
        return True

    def _members(self, enum: list[Any]) -> set[object]:
        if id(enum) not in self._enums:
            self._enums[id(enum)] = set(map(identity, enum))
        return self._enums[id(enum)]

    def _has_required(self, schema: dict[str, Any], value: dict[str, Any]) -> bool:
        return all(
            name in value or self._is_excused(schema, name) for name in schema.get("required", ())
        ) and all(
            other in value
            for name, others in schema.get("dependentRequired", {}).items()
            if name in value
            for other in others
        )

    def _is_excused(self, schema: dict[str, Any], name: str) -> bool:
        if self._excused is None:
            return False
        member = self._targets.last(schema.get("properties", {}).get(name))
        if not isinstance(member, dict):
            return False
        # Where null was admitted to the property, it is an alternative of its own.
        alternatives = [member, *member.get("anyOf", ())]
        return any(
            isinstance(each, dict) and each.get(self._excused) is True for each in alternatives
        )

    def _by_parts(self, schema: dict[str, Any], value: Any, level: int) -> bool:
        """Return whether the value is valid by the keywords that hold schemas."""
        if "$ref" in schema and not self._holds(self._targets[schema["$ref"]], value, level):
            return False
        if not self._holds_combined(schema, value, level):
            return False
        if "if" in schema:
            branch = "then" if self._holds(schema["if"], value, level) else "else"
            if not self._holds(schema.get(branch, True), value, level):
                return False
        if isinstance(value, dict):
            return self._holds_object(schema, value, level)
        if isinstance(value, list):
            return self._holds_array(schema, value, level)
        return True

    def _holds_combined(self, schema: dict[str, Any], value: Any, level: int) -> bool:
        def holding(keyword: str) -> Iterator[bool]:
            return (self._holds(part, value, level) for part in schema.get(keyword) or ())

        return (
            all(holding("allOf"))
            and (not schema.get("anyOf") or any(holding("anyOf")))
            and (not schema.get("oneOf") or sum(holding("oneOf")) == 1)
            and not ("not" in schema and self._holds(schema["not"], value, level))
        )

    def _holds_object(self, schema: dict[str, Any], value: dict[str, Any], level: int) -> bool:
        properties = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        others = schema.get("additionalProperties", True)
        for name, item in value.items():
            own = [properties[name]] if name in properties else []
            own += [part for pattern, part in patterns.items() if finds(pattern, name)]
            if not all(self._holds(part, item, level) for part in own or [others]):
                return False
        if "propertyNames" in schema and not all(
            self._holds(schema["propertyNames"], name, level) for name in value
        ):
            return False
        return all(
            self._holds(part, value, level)
            for name, part in schema.get("dependentSchemas", {}).items()
            if name in value
        )

    def _holds_array(self, schema: dict[str, Any], value: list[Any], level: int) -> bool:
        prefix = schema.get("prefixItems", ())
        for part, item in zip(prefix, value, strict=False):
            if not self._holds(part, item, level):
                return False
        if "items" in schema and not all(
            self._holds(schema["items"], item, level) for item in value[len(prefix) :]
        ):
            return False
        if "contains" in schema:
            found = sum(self._holds(schema["contains"], item, level) for item in value)
            most = schema.get("maxContains", len(value))
            return bool(schema.get("minContains", 1) <= found <= most)
        return True


def identity(value: Any) -> object:
    """Return what two JSON values have in common if they are equal and in no other case: 1 equals
    1.0, and is not true."""
    if isinstance(value, bool) or value is None:
        return (value,)
    if isinstance(value, list):
        return ("array", *map(identity, value))
    if isinstance(value, dict):
        return frozenset((name, identity(item)) for name, item in value.items())
    return value


def repeats(items: list[Any]) -> bool:
    """Return whether two of the items are equal."""
    return len(set(map(identity, items))) < len(items)


def is_multiple(value: float, step: float) -> bool:
    """Return whether the number is an exact multiple of the other, both as decimals."""
    return Fraction(str(value)) % Fraction(str(step)) == 0 if step else False


def _has_type(declared: str | list[str], value: Any) -> bool:
    types = [declared] if isinstance(declared, str) else declared
    match value:
        case None:
            return "null" in types
        case bool():
            return "boolean" in types
        case str():
            return "string" in types
        case list():
            return "array" in types
        case dict():
            return "object" in types
        case int():
            return "integer" in types or "number" in types
        case float():
            return "number" in types or ("integer" in types and value.is_integer())
        case _:
            return False


def _is_valid_text(schema: dict[str, Any], text: str) -> bool:
    return (
        _within(schema, "Length", len(text))
        and ("pattern" not in schema or finds(schema["pattern"], text))
        and ("format" not in schema or has_format(schema["format"], text))
    )


def _is_valid_number(schema: dict[str, Any], value: float) -> bool:
    return (
        not ("minimum" in schema and value < schema["minimum"])
        and not ("maximum" in schema and value > schema["maximum"])
        and not ("exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"])
        and not ("exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"])
        and not ("multipleOf" in schema and not is_multiple(value, schema["multipleOf"]))
    )


def _within(schema: dict[str, Any], measure: str, size: int) -> bool:
    least, most = schema.get(f"min{measure}", 0), schema.get(f"max{measure}", size)
    return bool(least <= size <= most)
