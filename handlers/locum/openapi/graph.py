"""The schemas of a document as a graph: which schemas a value is held to at once, by references and
by allOf, anyOf and their like.

A schema that a value is held to by several ways is checked once for each, and the ways multiply:
twenty levels of two references each are a million. So they are counted here, each schema once; and
where there are too many, what comes twice is left out. Nothing recurses: a chain of references may
be longer than Python's stack.

    Targets     the targets of references, each looked up once
    parts       the schemas that look at the same value
    post_order  what is reachable, innermost first
    extent      what the schemas take, and of which there is too much
    simplify    the same meaning by less
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from typing import Any

import orjson
from attrs import frozen

from locum.openapi.walk import Pointer, children, resolve, walk

# A check takes some 15 ns, so that one value takes 1.5 ms. Documents that describe an API have
# some hundred ways, and ten schemas within each other.
MOST_WAYS = 100_000
MOST_DEPTH = 200  # for each level of a value, on the stack of what checks it
MOST_STEPS = 25_000  # on the stack of what compiles schemas, which bears some 80,000

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_COMBINING = {"$ref", "dependentSchemas", *_LISTS, *_SINGLE}
# What says nothing about a value. A default does: it becomes part of a request.
_REMARKS = frozenset(
    ["$comment", "title", "description", "example", "examples", "deprecated", "externalDocs", "xml"]
)
# These look at what the schemas around them have looked at, and so may not be moved.
_UNEVALUATED = {"unevaluatedProperties", "unevaluatedItems"}
_TIMES_UNEVALUATED = 3  # that jsonschema-rs goes through the parts of such a schema
_APART = "x-apart"  # what `simplify` makes references to
_MOST_REFERENCES = 100_000  # that are written for those that are left out

_COMPONENT = re.compile("#/components/schemas/[^/]*")

Children = Callable[[dict[str, Any]], Iterable[Any]]


class Targets:
    """The targets of the document's references."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._known: dict[str, Any] = {}
        self._last: dict[int, Any] = {}

    def __getitem__(self, reference: str) -> Any:
        """Return the target. Raise LookupError where there is none."""
        if reference not in self._known:
            self._known[reference] = resolve(self._document, reference)
        return self._known[reference]

    def last(self, schema: Any) -> Any:
        """Return what is reached from a schema that is a reference alone, and from there if that is
        one too; of references in a circle, one of them."""
        way: dict[int, Any] = {}
        while isinstance(schema, dict) and schema.keys() == {"$ref"} and id(schema) not in way:
            way[id(schema)] = schema
            schema = self._last.get(id(schema), self[schema["$ref"]])
        self._last |= dict.fromkeys(way, schema)
        return schema

    def followed(self, schema: dict[str, Any]) -> list[Any]:
        """Return the target of the schema's reference, if it has one."""
        return [self[schema["$ref"]]] if "$ref" in schema else []


def parts(schema: dict[str, Any], targets: Targets) -> list[Any]:
    """Return the schemas that look at the same value as the schema, one for each time they do."""
    found = targets.followed(schema)
    for keyword in _LISTS:
        found += schema.get(keyword, ())
    found += [schema[keyword] for keyword in _SINGLE if keyword in schema]
    found += schema.get("dependentSchemas", {}).values()
    return found


def post_order(start: Any, inner: Children, done: Container[int] = ()) -> Iterator[dict[str, Any]]:
    """Yield each schema that is reachable from the one at the start, itself included, after those
    that it leads to, save where it leads back; those whose id is in `done` are left out."""
    if not isinstance(start, dict) or id(start) in done:
        return
    seen = {id(start)}
    way = [(start, iter(inner(start)))]
    while way:
        schema, rest = way[-1]
        for child in rest:
            if isinstance(child, dict) and id(child) not in seen and id(child) not in done:
                seen.add(id(child))
                way.append((child, iter(inner(child))))
                break
        else:
            way.pop()
            yield schema


@frozen
class Extent:
    """What the schemas of a document take.

    `depth` is how many are at most within each other for one value. `excess` has the pointer of
    each that a value is held to by itself and that cannot be checked in the time or on the stack
    that there is, with what is too much about it.
    """

    depth: int
    excess: list[tuple[Pointer, str]]


def extent(document: dict[str, Any], *, defaults: bool = False) -> Extent:
    """Measure the schemas that values are held to; on demand those with a default too, wherever
    they stand."""
    targets = Targets(document)
    ways: dict[int, int] = {}
    depth: dict[int, int] = {}
    excess: list[tuple[Pointer, str]] = []
    schemas = references = 0
    for pointer, kind, schema in walk(document):
        if kind != "schema" or not isinstance(schema, dict):
            continue
        schemas += 1
        references += "$ref" in schema
        by_default = defaults and "default" in schema
        if not (_is_entry(pointer) or by_default) or _COMBINING.isdisjoint(schema):
            continue
        for each in post_order(schema, partial(parts, targets=targets), ways):
            inner = parts(each, targets)
            times = _TIMES_UNEVALUATED if _UNEVALUATED & each.keys() else 1
            # One that leads back has no count yet, and jsonschema-rs checks it once.
            count = 1 + times * sum(ways.get(id(part), 0) for part in inner)
            ways[id(each)] = min(count, MOST_WAYS + 1)
            depth[id(each)] = 1 + max((depth.get(id(part), 0) for part in inner), default=0)
        if ways[id(schema)] > MOST_WAYS:
            found = f"more than {MOST_WAYS:,} ways by references to check one value"
            excess.append((pointer, found))
        elif depth[id(schema)] > MOST_DEPTH:
            found = f"more than {MOST_DEPTH} schemas within each other for one value"
            excess.append((pointer, found))
    # Without references no way is longer than the document is deep.
    if not excess and references and schemas > MOST_STEPS:
        excess += _too_long(document, targets)
    return Extent(max(depth.values(), default=1), excess)


def _too_long(document: dict[str, Any], targets: Targets) -> Iterator[tuple[Pointer, str]]:
    """Yield as for `Extent.excess` the first schema with too long a way of references from it,
    through those of other values too: to compile it takes that much of the stack."""
    seen: set[int] = set()
    for pointer, kind, schema in walk(document):
        is_entry = kind == "schema" and isinstance(schema, dict) and _is_entry(pointer)
        way = [iter([schema] if is_entry else [])]
        while way:
            child = next(way[-1], None)
            if child is None:
                way.pop()
            elif id(child) not in seen:
                seen.add(id(child))
                way.append(_all_within(child, targets))
                if len(way) > MOST_STEPS:
                    found = f"more than {MOST_STEPS:,} steps from schema to schema"
                    yield pointer, found
                    return


def _all_within(schema: dict[str, Any], targets: Targets) -> Iterator[dict[str, Any]]:
    found = [*targets.followed(schema), *children(schema, "schema")]
    return (each for each in found if isinstance(each, dict))


def simplify(document: dict[str, Any], *, defaults: bool = False) -> None:
    """Make the schemas of which there is too much mean the same by less, in place.

    What is the same in every word but remarks is one schema; of equal members of allOf and anyOf
    one is enough; what has a single member is that member; and allOf within allOf is one allOf,
    each member once.
    """
    schemas = [node for _, kind, node in walk(document) if kind == "schema"]
    schemas = [schema for schema in schemas if isinstance(schema, dict)]
    document[_APART] = []
    _name_equal_ones_alike(schemas, document, Targets(document))
    for schema in schemas:
        _shorten(schema)
    targets = Targets(document)
    referring = [schema for schema in schemas if schema.keys() == {"$ref"}]
    reference_of = {id(targets[each["$ref"]]): each["$ref"] for each in referring}
    for schema in referring:
        schema["$ref"] = reference_of[id(targets.last(schema))]
    too_much = extent(document, defaults=defaults).excess
    _flatten([_at(document, pointer) for pointer, _ in too_much], document, Targets(document))


def _shorten(schema: dict[str, Any]) -> None:
    for keyword in _LISTS:
        members = schema.get(keyword, [])
        different = [*{_text(each): each for each in members}.values()]
        if keyword != "oneOf":
            schema |= {keyword: different} if different else {}
        elif len(different) == 1 < len(members):  # two of them hold, or none
            schema["oneOf"] = [False]
        if len(different) == 1 and not schema.keys() - _REMARKS - {keyword}:
            only = schema[keyword][0]
            schema.clear()
            schema.update(only if isinstance(only, dict) else {} if only else {"not": {}})


def _is_entry(pointer: Pointer) -> bool:
    """Whether a value is held to the schema there by itself: not so to a member of allOf, which is
    part of its schema, nor to what stands there to be referred to."""
    *_, field, name = pointer
    is_member = field == "allOf" and isinstance(name, int)
    return not is_member and field != "$defs" and pointer[:-1] != ("components", "schemas")


def _at(document: dict[str, Any], pointer: Pointer) -> Any:
    node: Any = document
    for token in pointer:
        node = node[token]
    return node


def _name_equal_ones_alike(
    schemas: list[dict[str, Any]], document: dict[str, Any], targets: Targets
) -> None:
    """Let all references to schemas of the same words be the same. What is referred to within a
    schema, which may not stay where it is, stands apart too."""
    first: dict[bytes, str] = {}
    named: dict[str, str] = {}
    for schema in schemas:
        reference = schema.get("$ref")
        if reference is None:
            continue
        if reference not in named:
            target, name = targets[reference], reference
            if not _COMPONENT.fullmatch(reference):
                name = f"#/{_APART}/{len(document[_APART])}"
                document[_APART].append(target)
            named[reference] = first.setdefault(_text(target), name)
        schema["$ref"] = named[reference]


def _text(schema: Any) -> bytes:
    if isinstance(schema, dict):
        schema = {key: value for key, value in schema.items() if key not in _REMARKS}
    return orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)


def _flatten(entries: list[dict[str, Any]], document: dict[str, Any], targets: Targets) -> None:
    """Make each of the schemas an allOf of all that must hold with it, each once.

    These stand in a list of their own, and are referred to there: they may hold one another.
    """
    apart = document[_APART]
    place_of: dict[int, dict[str, str]] = {}
    flat: list[tuple[dict[str, Any], list[Any]]] = []
    references = 0
    for entry in entries:
        members = [*post_order(entry, lambda each: _conjunction(each, targets))]
        is_apart = any(_UNEVALUATED & each.keys() for each in members)
        if is_apart or references + len(members) > _MOST_REFERENCES:
            continue
        references += len(members)
        for each in members:
            if id(each) not in place_of:
                place_of[id(each)] = {"$ref": f"#/{_APART}/{len(apart)}"}
                apart.append(_without_conjunction(each))
        never = any(part is False for each in members for part in _conjunction(each, targets))
        flat.append((entry, [place_of[id(each)] for each in members] + [False] * never))
    for entry, members in flat:
        last = targets.last(entry)
        default = {"default": last["default"]} if "default" in last else {}
        entry.clear()
        entry.update(default, allOf=members)


def _conjunction(schema: dict[str, Any], targets: Targets) -> list[Any]:
    """Return the schemas that must hold wherever this one does."""
    return [*targets.followed(schema), *schema.get("allOf", ())]


def _without_conjunction(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
