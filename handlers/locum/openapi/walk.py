"""Where the objects of an OpenAPI document are: which field holds which kind of object.

Knowing the position is what tells the keyword `nullable` from a property of that name, and a
reference from data that looks like one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import orjson

Pointer = tuple[str | int, ...]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

ONE, MANY = "one", "many"  # the field is the object itself; a list or map of objects
_PARAMETERS = {"parameters": (MANY, "parameter")}
_CONTENT = {"content": (MANY, "media type")}
_SCHEMA = {"schema": (ONE, "schema")}
_HEADERS = {"headers": (MANY, "header")}

# kind of object -> field -> what it holds. A path item's and a schema's differ little between 3.0
# and 3.1; the union of both serves both, since the meta-schemas have refused what is foreign.
FIELDS: dict[str, dict[str, tuple[str, str]]] = {
    "document": {
        "paths": (MANY, "path item"),
        "webhooks": (MANY, "path item"),
        "components": (ONE, "components"),
    },
    "components": {
        "schemas": (MANY, "schema"),
        "responses": (MANY, "response"),
        "requestBodies": (MANY, "request body"),
        "securitySchemes": (MANY, "security scheme"),
        "pathItems": (MANY, "path item"),
    }
    | _PARAMETERS
    | _HEADERS,
    "path item": dict.fromkeys(METHODS, (ONE, "operation")) | _PARAMETERS,
    "operation": {"requestBody": (ONE, "request body"), "responses": (MANY, "response")}
    | _PARAMETERS,
    "parameter": _SCHEMA | _CONTENT,
    "header": _SCHEMA | _CONTENT,
    "request body": _CONTENT,
    "response": _CONTENT | _HEADERS,
    "media type": _SCHEMA,
    "security scheme": {},
    "schema": dict.fromkeys(
        (
            "additionalProperties",
            "contains",
            "contentSchema",
            "else",
            "if",
            "items",
            "not",
            "propertyNames",
            "then",
            "unevaluatedItems",
            "unevaluatedProperties",
        ),
        (ONE, "schema"),
    )
    | dict.fromkeys(
        (
            "$defs",
            "allOf",
            "anyOf",
            "dependentSchemas",
            "oneOf",
            "patternProperties",
            "prefixItems",
            "properties",
        ),
        (MANY, "schema"),
    ),
}


def _slots(node: Any, kind: str) -> Iterator[tuple[Pointer, Any, str | int, str]]:
    """Each object directly under the node: its pointer from there, the container and the key that
    hold it, and its kind."""
    if not isinstance(node, dict):
        return
    fields = FIELDS[kind]
    for field, value in node.items():
        if field not in fields:
            continue
        number, child = fields[field]
        if number == ONE:
            yield (field,), node, field, child
        elif isinstance(value, list):
            for index in range(len(value)):
                yield (field, index), value, index, child
        elif isinstance(value, dict):
            for key in value:
                # Paths and responses may be extended; in the other maps every name is a name.
                if not (key.startswith("x-") and (kind, field) in _EXTENSIBLE):
                    yield (field, key), value, key, child


_EXTENSIBLE = {("document", "paths"), ("operation", "responses")}


def walk(document: dict[str, Any]) -> Iterator[tuple[Pointer, str, Any]]:
    """Every object of the document with its pointer and kind, each before what is in it and in the
    document's order. An object may be changed in place when it comes."""
    waiting: list[tuple[Pointer, str, Any]] = [((), "document", document)]
    while waiting:
        pointer, kind, node = waiting.pop()
        yield pointer, kind, node
        inner = [
            ((*pointer, *where), child, container[key])
            for where, container, key, child in _slots(node, kind)
        ]
        waiting += reversed(inner)


def tokens(reference: str) -> tuple[str, ...]:
    """The tokens of a local reference: `#/…`, a JSON Pointer in a URI fragment (RFC 6901)."""
    return tuple(
        unquote(token).replace("~1", "/").replace("~0", "~") for token in reference.split("/")[1:]
    )


def resolve(document: dict[str, Any], reference: str) -> Any:
    """What a local reference names. Raises LookupError where it names nothing."""
    node: Any = document
    for name in tokens(reference):
        if isinstance(node, list) and name.isdecimal() and name.isascii():
            node = node[int(name)]
        elif isinstance(node, dict):
            node = node[name]
        else:
            raise LookupError(name)
    return node


def inline(document: dict[str, Any]) -> None:
    """Put into the place of each reference what it names, save in schemas, and move the parameters
    of a path to its operations, in place. The document means the same as before.

    Expects that every reference names an object of the right kind that is no reference itself.
    """
    for _, kind, node in walk(document):
        for _, container, key, child in _slots(node, kind):
            target = container[key]
            if child != "schema" and "$ref" in target:
                # OpenAPI 3.1: these two stand above what the reference names.
                kept = {name: target[name] for name in ("summary", "description") if name in target}
                container[key] = copy.deepcopy(resolve(document, target["$ref"])) | kept
    for item in document.get("paths", {}).values():
        shared = item.pop("parameters", [])
        for method in METHODS:
            if shared and method in item:
                own = item[method].setdefault("parameters", [])
                named = {(parameter["name"], parameter["in"]) for parameter in own}
                own += [
                    copy.deepcopy(parameter)
                    for parameter in shared
                    if (parameter["name"], parameter["in"]) not in named
                ]


def unshared(value: Any) -> Any:
    """A copy in which every object stands in one place: those that a YAML anchor and its aliases
    share become several. Raises TypeError for what is no JSON, or contains itself."""
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME))


def json_pointer(pointer: Pointer) -> str:
    """The pointer's text (RFC 6901), with `#` before it."""
    return "#" + "".join(
        "/" + str(token).replace("~", "~0").replace("/", "~1") for token in pointer
    )
