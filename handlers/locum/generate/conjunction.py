"""All that one value is held to at once: a schema with its references followed and its allOf folded
in, however they are nested.

Nothing is merged: the parts stay as the document has them, and what they say together is asked for
by keyword. So a property is held to what every part says of it, also where one part forbids what
another declares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar

from locum.generate.matching import finds
from locum.openapi.graph import Targets, post_order

Part = dict[str, Any]
T = TypeVar("T")

OBJECT, ARRAY, STRING, NUMBER = "object", "array", "string", "number"
# The keywords that tell what type a schema without `type` is about.
_ABOUT = {
    OBJECT: [
        "properties", "required", "additionalProperties", "patternProperties", "propertyNames",
        "minProperties", "maxProperties", "dependentRequired", "dependentSchemas",
        "unevaluatedProperties",
    ],
    ARRAY: [
        "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains",
        "unevaluatedItems",
    ],
    STRING: [
        "pattern", "minLength", "maxLength", "format", "contentEncoding", "contentMediaType",
    ],
    NUMBER: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
}  # fmt: skip
_ALL_TYPES = ("object", "array", "string", "number", "boolean", "null")
_NUMBER_FORMATS = frozenset(["int32", "int64", "float", "double", "decimal", "number", "integer"])


_MOST_KNOWN = 100_000


class Conjunction:
    """The parts, none of which has `$ref` or `allOf` left to follow, innermost first.

    `is_never` tells that one of them is the schema false. `sources` are the ids of the parts as the
    document has them, also where a choice in them is made already.
    """

    def __init__(
        self, parts: tuple[Part, ...], *, is_never: bool, sources: Iterable[int] = ()
    ) -> None:
        self.parts = parts
        self.is_never = is_never
        self.sources = frozenset([*sources, *map(id, parts)])
        self._values: dict[str, list[Any]] = {}
        self._once: dict[object, Any] = {}
        for part in parts:
            for keyword, value in part.items():
                self._values.setdefault(keyword, []).append(value)

    def all(self, keyword: str) -> Sequence[Any]:
        """Return the keyword's values in the parts that have it, the outermost part's last."""
        return self._values.get(keyword, ())

    def has(self, *keywords: str) -> bool:
        """Return whether some part has one of the keywords."""
        return any(keyword in self._values for keyword in keywords)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Return what the function returned when it was first asked for under that key."""
        if key not in self._once:
            self._once[key] = make()
        found: T = self._once[key]
        return found

    def least(self, keyword: str) -> int:
        """Return the largest of the keyword's lower limits, 0 where there is none."""
        return max((math.ceil(limit) for limit in self.numbers(keyword)), default=0)

    def most(self, keyword: str) -> int | None:
        """Return the smallest of the keyword's upper limits, None where there is none."""
        return min((math.floor(limit) for limit in self.numbers(keyword)), default=None)

    def numbers(self, keyword: str) -> list[int | float]:
        """Return the keyword's values that are numbers: others limit nothing."""
        return [each for each in self.all(keyword) if is_number(each)]

    @cached_property
    def types(self) -> tuple[str, ...] | None:
        """The types that the value may have, in the order in which the schema names them, () where
        they exclude each other. Where it names none, those that its keywords are about come first;
        None where it has no such keywords. `integer` only where fractions are out."""
        types: list[str] | None = None
        for declared in self.all("type"):
            named = [declared] if isinstance(declared, str) else list(declared)
            types = named if types is None else _common(types, named)
        if types is not None:
            return tuple(types)
        formats = self.all("format")
        if formats and _NUMBER_FORMATS.issuperset(formats) and not self.has("pattern"):
            return (NUMBER,)
        about = [kind for kind, keywords in _ABOUT.items() if self.has(*keywords)]
        return (*about, *(kind for kind in _ALL_TYPES if kind not in about)) if about else None

    @cached_property
    def required(self) -> dict[str, None]:
        """The names that an object must have, in order."""
        lists = (names for names in self.all("required") if isinstance(names, list))
        return {name: None for names in lists for name in names if isinstance(name, str)}

    @property
    def declared(self) -> Collection[str]:
        """The names of the properties that the parts declare, in order."""
        return self._by_name.keys()

    def member(self, name: str) -> list[Any]:
        """Return the schemas that the property of that name is held to."""
        found = list(self._by_name.get(name, ()))
        is_evaluated = bool(found)
        for part in self._with_free_names:
            own = [
                schema
                for pattern, schema in part.get("patternProperties", {}).items()
                if finds(pattern, name)
            ]
            if not own and name not in part.get("properties", ()):
                own = [part["additionalProperties"]] if "additionalProperties" in part else []
            is_evaluated = is_evaluated or bool(own)
            found += own
        return found if is_evaluated else [*self.all("unevaluatedProperties")]

    @cached_property
    def _by_name(self) -> dict[str, list[Any]]:
        """What the parts say of the properties that they declare."""
        by_name: dict[str, list[Any]] = {}
        for properties in self.all("properties"):
            for name, schema in properties.items():
                by_name.setdefault(name, []).append(schema)
        return by_name

    @cached_property
    def _with_free_names(self) -> list[Part]:
        return [
            part
            for part in self.parts
            if "additionalProperties" in part or "patternProperties" in part
        ]

    def item(self, index: int) -> list[Any]:
        """Return the schemas that the item at that index is held to."""
        found: list[Any] = []
        is_evaluated = False
        for part in self.parts:
            prefix = part.get("prefixItems", ())
            own = [prefix[index]] if index < len(prefix) else []
            if not own and "items" in part:
                own = [part["items"]]
            is_evaluated = is_evaluated or bool(own)
            found += own
        return found if is_evaluated else [*self.all("unevaluatedItems")]

    @cached_property
    def choices(self) -> list[tuple[str, list[Any], Part]]:
        """The anyOf and oneOf of the parts: keyword, alternatives, and the part they stand in."""
        return [
            (keyword, part[keyword], part)
            for part in self.parts
            for keyword in ("oneOf", "anyOf")
            if part.get(keyword)
        ]


class Conjunctions:
    """The conjunctions of a document's schemas, each put together once."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.targets = Targets(document)
        # With the schemas themselves, whose ids are theirs as long as they are held.
        self._known: dict[tuple[int, ...], tuple[tuple[Any, ...], Conjunction]] = {}
        self._tags: dict[tuple[int, int], tuple[Part, Any, Part]] = {}

    def of(self, schemas: Iterable[Any]) -> Conjunction:
        """Return all that the schemas demand together. Raise LookupError for a reference that leads
        nowhere."""
        members = tuple(schemas)
        key = tuple(map(id, members))
        if key not in self._known:
            self._known[key] = (members, self._conjunction(members))
        return self._known[key][1]

    def keep_few(self) -> None:
        """Forget all conjunctions where there are many, as after many questions."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
            self._tags.clear()

    def with_choice(self, conjunction: Conjunction, index: int, *chosen: Any) -> Conjunction:
        """Return the conjunction without its choice of that index, and with what was chosen."""
        keyword, _, part = conjunction.choices[index]
        key = (id(conjunction), index, *map(id, chosen))
        if key not in self._known:
            rest = {name: value for name, value in part.items() if name != keyword}
            parts = {id(each): rest if each is part else each for each in conjunction.parts}
            is_never = self._add(parts, chosen) or conjunction.is_never
            made = Conjunction(
                tuple(parts.values()), is_never=is_never, sources=conjunction.sources
            )
            self._known[key] = ((conjunction, *chosen), made)
        return self._known[key][1]

    def tag(self, part: Part, alternative: Any) -> Part | None:
        """Return the schema by which the part's discriminator tells that this is the alternative;
        None without one."""
        discriminator = part.get("discriminator")
        reference = alternative.get("$ref") if isinstance(alternative, dict) else None
        if not isinstance(discriminator, dict) or not isinstance(reference, str):
            return None
        key = (id(part), id(alternative))
        if key not in self._tags:
            name = reference.rpartition("/")[2]
            mapping = discriminator.get("mapping") or {}
            value = next((key for key, to in mapping.items() if to in (reference, name)), name)
            field = discriminator.get("propertyName", "")
            tag = {"properties": {field: {"const": value}}, "required": [field]}
            self._tags[key] = (part, alternative, tag)
        return self._tags[key][2]

    def _conjunction(self, members: tuple[Any, ...]) -> Conjunction:
        parts: dict[int, Part] = {}
        is_never = self._add(parts, members)
        return Conjunction(tuple(parts.values()), is_never=is_never)

    def _add(self, parts: dict[int, Part], members: tuple[Any, ...]) -> bool:
        """Add the members' parts, and return whether one of them is false."""
        is_never = any(member is False for member in members)
        for member in members:
            for part in post_order(member, self._inner, {*parts}):
                is_never = is_never or any(each is False for each in self._inner(part))
                parts[id(part)] = part
        return is_never

    def _inner(self, part: Part) -> list[Any]:
        return [*self.targets.followed(part), *(part.get("allOf") or ())]


def is_number(value: object) -> bool:
    """Return whether the JSON value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _common(types: list[str], named: list[str]) -> list[str]:
    """Return the types that are in both lists; an integer is a number too."""

    def narrowed() -> Iterator[str]:
        for kind in types:
            if kind in named:
                yield kind
            elif (kind, "number" in named) == ("integer", True) or (
                kind == "number" and "integer" in named
            ):
                yield "integer"

    return list(dict.fromkeys(narrowed()))
