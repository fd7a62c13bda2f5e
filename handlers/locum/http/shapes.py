"""From texts to the JSON values that a schema admits: a text by the types of its schema, the items
of an array and the properties of an object each by theirs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
from attrs import define, field, frozen

from locum.openapi.schemas import JSON_TYPES, Schema, Schemas
from locum.openapi.xml_names import Markup, markup, together, wire_names

SCALARS = frozenset(["boolean", "integer", "number", "string"])

NULLS = ("", "null")  # texts that stand for null where nothing else is meant by them

_INTEGER = re.compile(r"-?\d{1,300}\Z", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,4})?\Z", re.ASCII)
_INDEX = re.compile(r"\d{1,6}\Z", re.ASCII)
_MOST_LEVELS = 20  # of brackets in a name


def scalar(text: str, types: frozenset[str]) -> object:
    """Return a text as the JSON value that the types admit, else as it is. Where they admit every
    value it is a text; where null and no text, an empty one and `null` are null."""
    if "string" in types and types >= _ALL:
        return text
    if "integer" in types and _INTEGER.match(text):
        return int(text)
    if "number" in types and _NUMBER.match(text):
        number = float(text)
        return number if math.isfinite(number) else text
    if "boolean" in types and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if "null" in types and "string" not in types and text in NULLS:
        return None
    return text


_ALL = JSON_TYPES - {"integer"}
_BOOLEANS = {"true": True, "false": False}  # in any letter case: Python's clients write True


class Shape:
    """What schemas say of a value: its types, and the shapes of its items and properties. Of
    several (of anyOf, say), any may be right; of none, any value is."""

    def __init__(self, whole: Schemas | None = None, *schemas: Any) -> None:
        """Take the document's schemas, and those of it that are meant."""
        self._whole, self._schemas = whole, schemas
        self._properties: dict[str, Shape] = {}

    @classmethod
    def of(cls, schema: Schema) -> Shape:
        """Return the shape of the values of a compiled schema."""
        return cls(schema.whole, schema.raw)

    @cached_property
    def types(self) -> frozenset[str]:
        """Return the types that it admits, "integer" only where fractions are refused."""
        if self._whole is None or not self._schemas:
            return JSON_TYPES
        return frozenset[str]().union(*map(self._whole.types, self._schemas))

    @cached_property
    def parts(self) -> list[dict[str, Any]]:
        """Return the schemas, those that they refer to, and those that these are combined of."""
        found: dict[int, dict[str, Any]] = {}
        waiting = list(reversed(self._schemas))
        while waiting:
            each = waiting.pop()
            if not isinstance(each, dict) or id(each) in found:
                continue
            found[id(each)] = each
            if "$ref" in each and self._whole is not None:
                waiting.append(self._whole.target(each["$ref"]))
            for keyword in ("allOf", "anyOf", "oneOf"):
                waiting += each.get(keyword, ())
        return [*found.values()]

    @cached_property
    def items(self) -> Shape:
        """Return the shape of the items of an array."""
        return Shape(self._whole, *self._all("items"))

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the names of the properties that are named."""
        return frozenset().union(*(each.get("properties", ()) for each in self.parts))

    @property
    def takes_others(self) -> bool:
        """Whether an object may have properties of names that the schemas do not know, as they say
        themselves, or by knowing none."""
        others = self._all("additionalProperties")
        return any(each is not False for each in others) if others else not self.names

    def of_property(self, name: str) -> Shape:
        """Return the shape of the property of that name."""
        if name not in self.names:
            return self._others
        if name not in self._properties:
            own = [p["properties"][name] for p in self.parts if name in p.get("properties", ())]
            self._properties[name] = Shape(self._whole, *own)
        return self._properties[name]

    @cached_property
    def _others(self) -> Shape:
        return Shape(self._whole, *self._all("additionalProperties"))

    @cached_property
    def markup(self) -> Markup:
        """Return how the values are written as XML."""
        return markup(self._whole, *self._schemas) if self._whole is not None else Markup()

    @cached_property
    def xml_names(self) -> XmlNames:
        """Return what the properties that are named are called in XML."""
        parts = {name: self.of_property(name) for name in sorted(self.names)}
        marks = {name: (its.markup, its.markup_of_items) for name, its in parts.items()}
        names = XmlNames()
        for name, wire in wire_names(marks).items():
            own, _ = marks[name]
            (names.attributes if own.is_attribute else names.elements)[wire] = name
        for name, (own, items) in marks.items():
            is_repeated = items is not None and not own.is_wrapped
            for other in (name, own.name, items.name if items and is_repeated else ""):
                names.others.setdefault(other, name)  # "" is nobody's
            if is_repeated and name in self._required and parts[name].is_array:
                names.required_arrays.append(name)
        return names

    @property
    def markup_of_items(self) -> Markup | None:
        """Return how the items of an array are written as XML, None where it describes none."""
        return self.items.markup if "array" in self.types and self._all("items") else None

    @cached_property
    def _required(self) -> frozenset[str]:
        if self._whole is None:
            return frozenset()
        those = together(self._whole, *self._schemas)
        return frozenset(name for each in those for name in each.get("required", ()))

    def says(self, keyword: str) -> object:
        """Return what the first schema that has the keyword says, None where none has."""
        return next(iter(self._all(keyword)), None)

    def _all(self, keyword: str) -> list[Any]:
        return [each[keyword] for each in self.parts if keyword in each]

    @property
    def is_array(self) -> bool:
        """Whether it admits an array, and no single value."""
        return "array" in self.types and not self.types & SCALARS

    @property
    def is_object(self) -> bool:
        """Whether it admits an object, and no single value."""
        return "object" in self.types and not self.types & (SCALARS | {"array"})


@define
class XmlNames:
    """The properties of an object by what they are called in XML; `others` has what else a client
    may call them. `required_arrays` are those that are there with no element."""

    elements: dict[str, str] = field(factory=dict)
    attributes: dict[str, str] = field(factory=dict)
    others: dict[str, str] = field(factory=dict)
    required_arrays: list[str] = field(factory=list)

    def of_element(self, name: str) -> str | None:
        """Return the property that the element of that local name is, None for none."""
        return self.elements.get(name) or self.attributes.get(name) or self.others.get(name)

    def of_attribute(self, name: str) -> str | None:
        """Return the property that the attribute of that local name is, None for none."""
        return self.attributes.get(name) or self.elements.get(name) or self.others.get(name)


@frozen
class Known:
    """A value that is read already."""

    value: object


Given = str | Known  # what stands for a value: a text to be read by its schema, or a value


@define
class Node:
    """What a name was given, and the names in brackets behind it: `a=1`, `a[b]=2`, `a[]=3`."""

    given: list[Given] = field(factory=list)
    parts: dict[str, Node] = field(factory=dict)


_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)\Z")


def nodes_of(fields: Mapping[str, Sequence[Given]], known: Collection[str]) -> dict[str, Node]:
    """Return what each name is given, with what stands in brackets behind it. A name that is known
    as it is, brackets included, is taken so, and so is one of too many brackets."""
    found: dict[str, Node] = {}
    for name, given in fields.items():
        match = None if name in known else _NAME.match(name)
        tokens = _BRACKETS.findall(match[2]) if match else []
        if match is None or len(tokens) > _MOST_LEVELS:
            node = found.setdefault(name, Node())
        else:
            node = found.setdefault(match[1], Node())
            for token in tokens:
                node = node.parts.setdefault(token, Node())
        node.given += given
    return found


def value_of(node: Node, shape: Shape) -> object:
    """Return the value of a node: an array where names are empty or numbers, and the shape admits
    one; else an object; without names in brackets what `value_of_all` says."""
    if not node.parts:
        return value_of_all(node.given, shape)
    is_numbered = all(not name or _INDEX.match(name) for name in node.parts)
    if "array" in shape.types and is_numbered and not node.given:
        return [*_items(node, shape.items)]
    found = {name: value_of(part, shape.of_property(name)) for name, part in node.parts.items()}
    if node.given:  # a value and an object: no schema will have it
        found[""] = value_of_all(node.given, shape.of_property(""))
    return found


def _items(node: Node, shape: Shape) -> Iterator[object]:
    for name in sorted(node.parts, key=lambda name: int(name or "1000000")):
        part = node.parts[name]
        if name or part.parts:
            yield value_of(part, shape)
        else:
            yield from (value(each, shape) for each in part.given)


def value_of_all(given: list[Given], shape: Shape) -> object:
    """Return the value of what one name was given, which is an array where there are several."""
    if len(given) == 1 and not shape.is_array:
        return value(given[0], shape)
    if len(given) == 1:
        array = value(given[0], shape)
        if isinstance(array, list):
            return array
    return [value(each, shape.items) for each in given]


def value(given: Given, shape: Shape) -> object:
    """Return the value of a text by its shape. One that can be no single value is JSON, if it can
    be read as that."""
    if isinstance(given, Known):
        return given.value
    if not shape.types & SCALARS and given[:1] in ("{", "["):
        try:
            return orjson.loads(given)
        except orjson.JSONDecodeError:
            return given
    return scalar(given, shape.types)
