"""The schemas of a document as a graph: which schemas a value is held to at once, by references and
by allOf, anyOf and their like.

A schema that a value is held to by several ways is checked once for each, and the ways multiply:
twenty levels of two references each are a million. So they are counted here, each schema once; and
where there are too many, what comes twice is left out. Nothing recurses: a chain of references may
be longer than Python's stack.

    Targets     the targets of references, each looked up once
    parts       the schemas that look at the same value
    post_order  what is reachable, innermost first
    excess      the schemas that a value is held to by too many ways
    simplify    the same meaning by fewer
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

import orjson

from locum.openapi.walk import Pointer, resolve, walk

# A check takes some 15 ns, so that one value takes 1.5 ms. Documents that describe an API have
# some hundred.
MOST_WAYS = 100_000

_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
# What says nothing about a value. A default does: it becomes part of a request.
_REMARKS = frozenset(
    ["$comment", "title", "description", "example", "examples", "deprecated", "externalDocs", "xml"]
)
# These look at what the schemas around them have looked at, and so may not be moved.
_UNEVALUATED = {"unevaluatedProperties", "unevaluatedItems"}
_CONJUNCTS = "x-conjuncts"
_MOST_REFERENCES = 1_000_000  # that are written for those that are left out

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


def post_order(
    start: Any, children: Children, done: Container[int] = ()
) -> Iterator[dict[str, Any]]:
    """Yield each schema that is reachable from the one at the start, itself included, after those
    that it leads to, save where it leads back; those whose id is in `done` are left out."""
    if not isinstance(start, dict) or id(start) in done:
        return
    seen = {id(start)}
    way = [(start, iter(children(start)))]
    while way:
        schema, rest = way[-1]
        for child in rest:
            if isinstance(child, dict) and id(child) not in seen and id(child) not in done:
                seen.add(id(child))
                way.append((child, iter(children(child))))
                break
        else:
            way.pop()
            yield schema


def excess(document: dict[str, Any]) -> Iterator[Pointer]:
    """Yield the pointer of each schema that a value is held to by itself, and checked by in too
    many ways."""
    targets = Targets(document)
    count: dict[int, int] = {}
    for pointer, schema in _entries(document):
        for each in post_order(schema, lambda inner: parts(inner, targets), count):
            # One that leads back has no count yet, and jsonschema-rs checks it once.
            count[id(each)] = 1 + sum(count.get(id(part), 0) for part in parts(each, targets))
        if count[id(schema)] > MOST_WAYS:
            yield pointer


def simplify(document: dict[str, Any]) -> None:
    """Make the schemas that are checked by too many ways mean the same by fewer, in place.

    What is the same in every word but remarks is one schema; of equal members of allOf and anyOf
    one is enough; and allOf within allOf is one allOf, each member once.
    """
    schemas = [node for _, kind, node in walk(document) if kind == "schema"]
    schemas = [schema for schema in schemas if isinstance(schema, dict)]
    _name_equal_ones_alike(schemas, Targets(document))
    for schema in schemas:
        for keyword in ("allOf", "anyOf"):
            if keyword in schema:
                schema[keyword] = [*{_text(each): each for each in schema[keyword]}.values()]
    _flatten([_at(document, pointer) for pointer in excess(document)], document)


def _entries(document: dict[str, Any]) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """Yield each schema that a value is held to by itself: not the members of allOf, which are part
    of their schema, nor what stands there to be referred to."""
    for pointer, kind, node in walk(document):
        if kind == "schema" and isinstance(node, dict):
            *_, field, name = pointer
            is_member = field == "allOf" and isinstance(name, int)
            if not (is_member or field == "$defs" or pointer[:-1] == ("components", "schemas")):
                yield pointer, node


def _at(document: dict[str, Any], pointer: Pointer) -> Any:
    node: Any = document
    for token in pointer:
        node = node[token]
    return node


def _name_equal_ones_alike(schemas: list[dict[str, Any]], targets: Targets) -> None:
    first: dict[bytes, str] = {}
    named: dict[str, str] = {}
    for schema in schemas:
        reference = schema.get("$ref")
        if reference is not None:
            if reference not in named:
                named[reference] = first.setdefault(_text(targets[reference]), reference)
            schema["$ref"] = named[reference]


def _text(schema: Any) -> bytes:
    if isinstance(schema, dict):
        schema = {key: value for key, value in schema.items() if key not in _REMARKS}
    return orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)


def _flatten(entries: list[dict[str, Any]], document: dict[str, Any]) -> None:
    """Make each of the schemas an allOf of all that must hold with it, each once.

    These stand in a list of their own, and are referred to there: they may hold one another.
    """
    targets = Targets(document)
    conjuncts: list[Any] = []
    place_of: dict[int, dict[str, str]] = {}
    flat: list[tuple[dict[str, Any], list[Any]]] = []
    references = 0
    for entry in entries:
        members = [*post_order(entry, lambda each: _conjunction(each, targets))]
        references += len(members)
        if references > _MOST_REFERENCES or any(_UNEVALUATED & each.keys() for each in members):
            continue
        for each in members:
            if id(each) not in place_of:
                place_of[id(each)] = {"$ref": f"#/{_CONJUNCTS}/{len(conjuncts)}"}
                conjuncts.append(_without_conjunction(each))
        never = any(part is False for each in members for part in _conjunction(each, targets))
        flat.append((entry, [place_of[id(each)] for each in members] + [False] * never))
    for entry, members in flat:
        own = _without_conjunction(targets.last(entry))
        entry.clear()
        entry.update(own, allOf=members)
    document[_CONJUNCTS] = conjuncts


def _conjunction(schema: dict[str, Any], targets: Targets) -> list[Any]:
    """Return the schemas that must hold wherever this one does."""
    return [*targets.followed(schema), *schema.get("allOf", ())]


def _without_conjunction(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
