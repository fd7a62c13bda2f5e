"""The faults that no meta-schema can tell, and that do not hinder serving: tags given twice,
required properties that are nowhere, defaults and examples that break their own schema.

Each schema is gone through once, whatever refers to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from locum.openapi.findings import Fault
from locum.openapi.graph import Targets, post_order
from locum.openapi.schemas import Schemas
from locum.openapi.walk import Pointer, walk

_LONGEST_MESSAGE = 300  # characters: it may quote a whole example
_Faults = Iterator[Fault]


def faults(document: dict[str, Any]) -> _Faults:
    """Yield each fault of a document without faults of structure."""
    yield from _tag_faults(document.get("tags"))
    yield from _schema_faults(document)


def _tag_faults(tags: Any) -> _Faults:
    seen: set[str] = set()
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        name = tag.get("name") if isinstance(tag, dict) else None
        if isinstance(name, str):
            if name in seen:
                yield Fault(("tags", index), f"the tag {name!r} again", "each tag once", "tag")
            seen.add(name)


def _schema_faults(document: dict[str, Any]) -> _Faults:
    places = [each for each in walk(document) if isinstance(each[2], dict)]
    found = [(pointer, node) for pointer, kind, node in places if kind == "schema"]
    targets = Targets(document)
    outermost = _outermost(found)
    inner = {
        id(target)
        for _, node in found
        if id(node) not in outermost
        for target in targets.followed(node)
    }
    outermost -= inner
    for pointer, node in found:
        if "allOf" in node and id(node) in outermost:
            missing = set(node.get("required", ())) - node.get("properties", {}).keys()
            missing -= _properties(node["allOf"], targets) if missing else set()
            if missing:
                names = sorted(missing)
                place = (*pointer, "required")
                yield Fault(place, f"{names}", "properties that are defined", "required")
    yield from _value_faults(document, [*_values(places)])


def _outermost(found: list[tuple[Pointer, Any]]) -> set[int]:
    """Return the ids of the schemas, which are in the document's order, that are part of none."""
    ids: set[int] = set()
    last: Pointer = ("",)  # of nothing
    for pointer, node in found:
        if pointer[: len(last)] != last:
            ids.add(id(node))
            last = pointer
    return ids


def _values(
    places: Iterable[tuple[Pointer, str, dict[str, Any]]],
) -> Iterator[tuple[Pointer, Pointer, str, Any]]:
    """Yield the values at these places that must fit a schema: the schema's pointer, the value's,
    the name of the rule, and the value."""
    for pointer, kind, node in places:
        schema = pointer
        examples: Iterable[tuple[str | int, Any]]
        if kind == "schema":
            if "default" in node:
                yield schema, (*pointer, "default"), "default", node["default"]
            examples = enumerate(node.get("examples", ()))
        elif kind in _WITH_EXAMPLES and "schema" in node:
            schema = (*pointer, "schema")
            named = node.get("examples", {}).items()
            examples = [(name, each["value"]) for name, each in named if "value" in each]
        else:
            continue
        if "example" in node:
            yield schema, (*pointer, "example"), "example", node["example"]
        for name, value in examples:
            place = (*pointer, "examples", name)
            yield schema, place if kind == "schema" else (*place, "value"), "example", value


_WITH_EXAMPLES = frozenset(["media type", "parameter", "header"])


def _value_faults(
    document: dict[str, Any], values: list[tuple[Pointer, Pointer, str, Any]]
) -> _Faults:
    if not values:
        return
    schemas = Schemas(document, defaults=True)
    for where, too_much in schemas.extent.excess:
        expected = "fewer: defaults and examples were not looked at"
        yield Fault(where, too_much, expected, "schema-size")
    if schemas.extent.excess:
        return
    told: set[Pointer] = set()
    for index, error in schemas.errors_of([(schema, value) for schema, _, _, value in values]):
        _, pointer, rule, _ = values[index]
        if pointer not in told:  # an example with a hundred errors is one fault
            told.add(pointer)
            where = (*pointer, *error.instance_path[1:])
            text = str(error.message).splitlines()[0][:_LONGEST_MESSAGE]
            yield Fault(where, "", "", rule, text=text)


def _properties(members: list[Any], targets: Targets) -> set[str]:
    """Return the names of the properties of the schemas and of those within that look at the same
    value, or at the items of it."""

    def children(schema: dict[str, Any]) -> Iterator[Any]:
        yield from targets.followed(schema)
        for keyword in ("allOf", "anyOf", "oneOf"):
            yield from schema.get(keyword, ())
        for keyword in ("items", "not"):
            yield schema.get(keyword)

    return {
        name
        for schema in post_order({"allOf": members}, children)
        for name in schema.get("properties", {})
    }
