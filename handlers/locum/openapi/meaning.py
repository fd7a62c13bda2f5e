"""The faults that no meta-schema can tell: names given twice, parameters that the path does not
have, required properties that are nowhere, defaults that break their own schema.

The rules are those of openapi-spec-validator, in its words. Each schema is gone through once,
whatever refers to it.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from locum.openapi import checks
from locum.openapi.graph import Targets, post_order
from locum.openapi.schemas import Schemas
from locum.openapi.walk import Pointer, path_items, resolve, walk

_Faults = Iterator[tuple[Pointer, str]]


def faults(document: dict[str, Any]) -> _Faults:
    """Yield pointer and message of each fault of a document without faults of structure."""
    yield from _tag_faults(document.get("tags", ()))
    yield from _operation_faults(document)
    yield from _schema_faults(document)


def _tag_faults(tags: Iterable[dict[str, Any]]) -> _Faults:
    seen: set[str] = set()
    for tag in tags:
        if tag["name"] in seen:
            yield ("tags",), f"Duplicate tag name {tag['name']!r}"
        seen.add(tag["name"])


def _operation_faults(document: dict[str, Any]) -> _Faults:
    ids: set[str] = set()
    for path, item in path_items(document):
        if "$ref" in item:  # its target is looked at where it stands, if that is a path
            continue
        here = ("paths", path)
        shared = _targets(document, item.get("parameters", ()))
        yield from _duplicates((*here, "parameters"), shared)
        try:
            in_path = {name for _, name, _, _ in string.Formatter().parse(path) if name}
        except ValueError as error:
            yield here, f"not everything could be checked: {error!s:.100}"
            continue
        for _, method, operation in checks.operations({"paths": {path: item}}):
            place = (*here, method)
            own_id = operation.get("operationId", "")
            if own_id in ids:
                yield place, f"Operation ID {own_id!r} for {method!r} in {path!r} is not unique"
            ids |= {own_id} - {""}
            own = _targets(document, operation.get("parameters", ()))
            yield from _duplicates((*place, "parameters"), own)
            given = {each["name"] for each in chain(own, shared) if each["in"] == "path"}
            for name in sorted(in_path ^ given):
                where = f"{method!r} operation in {path!r}"
                yield place, f"Path parameter {name!r} for {where} was not resolved"


def _targets(document: dict[str, Any], members: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [resolve(document, each["$ref"]) if "$ref" in each else each for each in members]


def _duplicates(here: Pointer, parameters: list[dict[str, Any]]) -> _Faults:
    seen: set[tuple[str, str]] = set()
    for each in parameters:
        key = each["name"], each["in"]
        if key in seen:
            yield here, f"Duplicate parameter {each['name']!r}"
        seen.add(key)


def _schema_faults(document: dict[str, Any]) -> _Faults:
    found = [
        (pointer, node)
        for pointer, kind, node in walk(document)
        if kind == "schema" and isinstance(node, dict)
    ]
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
        if node.keys() == {"$ref"} and targets.last(node).keys() == {"$ref"}:
            expected = "one that leads to a schema"
            yield (
                (*pointer, "$ref"),
                f"found a reference that leads in a circle, expected {expected}",
            )
        if "allOf" in node and id(node) in outermost:
            missing = set(node.get("required", ())) - node.get("properties", {}).keys()
            missing -= _properties(node["allOf"], targets) if missing else set()
            if missing:
                message = f"Required list has not defined properties: {sorted(missing)}"
                yield pointer, message
    yield from _default_faults(document, found)


def _outermost(found: list[tuple[Pointer, Any]]) -> set[int]:
    """Return the ids of the schemas, which are in the document's order, that are part of none."""
    ids: set[int] = set()
    last: Pointer = ("",)  # of nothing
    for pointer, node in found:
        if pointer[: len(last)] != last:
            ids.add(id(node))
            last = pointer
    return ids


def _default_faults(document: dict[str, Any], found: list[tuple[Pointer, Any]]) -> _Faults:
    defaults = {pointer: node["default"] for pointer, node in found if "default" in node}
    if not defaults:
        return
    schemas = Schemas(document, defaults=True)
    for where, too_much in schemas.extent.excess:
        yield where, f"not everything could be checked: found {too_much}"
    if schemas.extent.excess:
        return
    for pointer, error in schemas.errors_of(defaults):
        where = (*pointer, "default", *error.instance_path[1:])
        yield where, str(error.message).splitlines()[0]


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
