"""The schema of a request: a property that is readOnly is the server's to set, so that where it is
required, only an answer must have it (OpenAPI 3.0.3, section 4.7.24; JSON Schema Validation
2020-12, section 9.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from locum.openapi.schemas import Schema, Schemas
from locum.openapi.walk import children, json_copy, tokens

_COMBINED = ("allOf", "anyOf", "oneOf")


def writable(schema: Schema) -> Schema:
    """Return the schema that a client's value must fit: the same one where nothing that it requires
    is readOnly."""
    whole = schema.whole
    if not any(_set_by_server(each, whole) for each in _reached(schema.raw, whole)):
        return schema
    document: dict[str, Any] = {"openapi": "3.1.0", "value": json_copy(schema.raw)}
    reached = _reached(schema.raw, whole)
    for reference in sorted({each["$ref"] for each in reached if "$ref" in each}):
        _put(document, tokens(reference), json_copy(whole.target(reference)))
    copied = Schemas(document)
    for each in _reached(document["value"], copied):
        names = _set_by_server(each, copied)
        for part in _combined(each, copied) if names else ():
            if "required" in part:
                part["required"] = [name for name in part["required"] if name not in names]
    return Schemas(document).at("value")


def _reached(schema: Any, whole: Schemas) -> list[dict[str, Any]]:
    """Return the schema, and all that it leads to, each once."""
    found: dict[int, dict[str, Any]] = {}
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict) and id(each) not in found:
            found[id(each)] = each
            waiting += children(each, "schema")
            waiting += [whole.target(each["$ref"])] if "$ref" in each else []
    return [*found.values()]


def _combined(schema: Any, whole: Schemas) -> list[dict[str, Any]]:
    """Return the schema and those that say something of the same value."""
    found: dict[int, dict[str, Any]] = {}
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict) and id(each) not in found:
            found[id(each)] = each
            waiting += [part for keyword in _COMBINED for part in each.get(keyword, ())]
            waiting += [whole.target(each["$ref"])] if "$ref" in each else []
    return [*found.values()]


def _set_by_server(schema: dict[str, Any], whole: Schemas) -> set[str]:
    """Return the names that an object of the schema must have, of properties that are readOnly."""
    parts = _combined(schema, whole)
    required = {name for part in parts for name in part.get("required", ())}
    if not required:
        return set()
    properties = [(n, p) for part in parts for n, p in part.get("properties", {}).items()]
    return {n for n, p in properties if n in required and _is_read_only(_combined(p, whole))}


def _is_read_only(parts: Iterable[dict[str, Any]]) -> bool:
    return any(part.get("readOnly") is True for part in parts)


def _put(document: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    """Put the value at its place, in a list too where a schema around it was put before."""
    node: Any = document
    for token in place[:-1]:
        node = node[int(token)] if isinstance(node, list) else node.setdefault(token, {})
    node[int(place[-1]) if isinstance(node, list) else place[-1]] = value
