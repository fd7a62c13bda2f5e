"""The objects of an OpenAPI document: which field holds which kind of object.

Only the position tells the keyword `nullable` from a property of that name, and a reference from
data that looks like one.

    FIELDS        the table that says so
    walk          every object, with its pointer and kind
    path_items    every path with its path item
    resolve       the target of a reference
    through       the same, where there are references on the way
    inline        references replaced by their targets, save in schemas
    json_copy     a copy without shared objects
    json_pointer  a pointer as text
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import orjson

from locum.exceptions import DocumentError
from locum.openapi.json_bytes import TOO_LARGE

Pointer = tuple[str | int, ...]

# Of arrays and objects in each other. The validator and the writer of JSON take 255, and the
# deepest documents that are published have some 40.
MOST_LEVELS = 200
# Of a document with its aliases, or its references, written out: its JSON text, with 20 characters
# more for each value, which are about what the value needs in memory beside its text.
MOST_CHARACTERS = 20_000_000
PER_VALUE = 20
_LONGEST_INDEX = 15  # of a list: no list is longer, and Python reads no number of 5,000 digits

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

ONE, MANY = "one", "many"  # the field's value is the object itself; a list or map of objects
_PARAMETERS = {"parameters": (MANY, "parameter")}
_CONTENT = {"content": (MANY, "media type")}
_SCHEMA = {"schema": (ONE, "schema")}
_HEADERS = {"headers": (MANY, "header")}
_EXAMPLES = {"examples": (MANY, "example")}

# Kind of object -> field -> how many objects it holds, of which kind. Path items and schemas differ
# little between 3.0 and 3.1; the union of both serves both, since the meta-schemas have refused
# foreign fields.
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
        "callbacks": (MANY, "callback"),
        "links": (MANY, "link"),
    }
    | _PARAMETERS
    | _HEADERS
    | _EXAMPLES,
    "path item": dict.fromkeys(METHODS, (ONE, "operation")) | _PARAMETERS,
    "operation": {
        "requestBody": (ONE, "request body"),
        "responses": (MANY, "response"),
        "callbacks": (MANY, "callback"),
    }
    | _PARAMETERS,
    "parameter": _SCHEMA | _CONTENT | _EXAMPLES,
    "header": _SCHEMA | _CONTENT | _EXAMPLES,
    "request body": _CONTENT,
    "response": _CONTENT | _HEADERS | {"links": (MANY, "link")},
    "media type": _SCHEMA | _EXAMPLES | {"encoding": (MANY, "encoding")},
    "encoding": _HEADERS,
    "security scheme": {},
    "example": {},
    "link": {},
    "callback": {},  # any name is one of a path item
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
            "definitions",  # of older drafts, which documents still refer to
            "dependentSchemas",
            "oneOf",
            "patternProperties",
            "prefixItems",
            "properties",
        ),
        (MANY, "schema"),
    ),
}


def within(pointer: Pointer, kind: str, node: Any) -> list[tuple[Pointer, str, Any]]:
    """Return pointer, kind and object of each directly under the node, whose pointer and kind are
    given, in the document's order."""
    found: list[tuple[Pointer, str, Any]] = []
    if not isinstance(node, dict):
        return found
    if kind == "callback":
        return [
            ((*pointer, name), "path item", item)
            for name, item in node.items()
            if name != "$ref" and not name.startswith("x-")
        ]
    fields = FIELDS[kind]
    for field, value in node.items():
        if field not in fields:
            continue
        number, child = fields[field]
        here = (*pointer, field)
        if number == ONE:
            found.append((here, child, value))
        elif isinstance(value, list):
            found += [((*here, index), child, item) for index, item in enumerate(value)]
        elif isinstance(value, dict):
            members: Iterable[tuple[str, Any]] = value.items()
            if field in _EXTENSIBLE and kind in ("document", "operation"):
                # Paths and responses may be extended; in the other maps every name is a name.
                members = [each for each in members if not each[0].startswith("x-")]
            found += [((*here, name), child, item) for name, item in members]
    return found


_EXTENSIBLE = frozenset(["paths", "responses"])


def children(node: Any, kind: str) -> Iterator[Any]:
    """Yield the objects directly under the node, which is of that kind."""
    return (child for _, _, child in within((), kind, node))


def walk(
    document: dict[str, Any],
    *,
    into_schemas: bool = True,
    leave_out: Container[str] = (),
) -> Iterator[tuple[Pointer, str, Any]]:
    """Yield every object of the document with its pointer and kind, depth first, each before the
    objects within it and in the document's order; on demand without the schemas that are part of
    another, and without the objects of some kinds and what is in them. An object may be changed in
    place when it comes.
    """
    yield (), "document", document
    way = [iter(within((), "document", document))]
    while way:
        for found in way[-1]:
            _, kind, node = found
            if kind in leave_out:
                continue
            yield found
            is_leaf = not isinstance(node, dict) or (
                kind != "callback" and FIELDS[kind].keys().isdisjoint(node)
            )
            if not is_leaf and (into_schemas or kind != "schema"):
                way.append(iter(within(*found)))
                break
        else:
            way.pop()


def path_items(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each path and its path item, in the document's order."""
    for path, item in document.get("paths", {}).items():
        if not path.startswith("x-"):  # an extension, of any shape
            yield path, item


def tokens(reference: str) -> tuple[str, ...]:
    """Return the tokens of a local reference `#/…`, a JSON Pointer in a URI fragment (RFC 6901)."""
    if "%" not in reference and "~" not in reference:
        return tuple(reference.split("/")[1:])
    return tuple(
        unquote(token).replace("~1", "/").replace("~0", "~") for token in reference.split("/")[1:]
    )


def resolve(document: dict[str, Any], reference: str) -> Any:
    """Return the target of a local reference. Raise LookupError where there is none."""
    node: Any = document
    for token in tokens(reference):
        if isinstance(node, list) and token.isdecimal() and token.isascii():
            node = node[int(token[:_LONGEST_INDEX])]
        elif isinstance(node, dict):
            node = node[token]
        else:
            raise LookupError(token)
    return node


def through(document: dict[str, Any], reference: str) -> tuple[Any, tuple[str, ...]]:
    """Return the target of a local reference and the tokens of its place, where references that
    stand on the way are followed, as none but them leads to
    `#/paths/~1x/get/responses/200/content` where the response is a reference.

    Raise LookupError where there is none, or where references lead in a circle.
    """
    node: Any = document
    place: tuple[str, ...] = ()
    waiting = [*reversed(tokens(reference))]
    steps = 0
    while waiting:
        token = waiting.pop()
        if isinstance(node, list) and token.isdecimal() and token.isascii():
            node = node[int(token[:_LONGEST_INDEX])]
        elif isinstance(node, dict) and token in node:
            node = node[token]
        elif isinstance(node, dict) and isinstance(node.get("$ref"), str):
            steps += 1
            if steps > _MOST_STEPS or not node["$ref"].startswith("#/"):
                raise LookupError(token)
            waiting += [token, *reversed(tokens(node["$ref"]))]
            node, place = document, ()
            continue
        else:
            raise LookupError(token)
        place = (*place, token)
    return node, place


_MOST_STEPS = 1_000  # from reference to reference


def inline(document: dict[str, Any], path: Path | None = None) -> None:
    """Replace each reference by a copy of its target, save in schemas, callbacks and webhooks, and
    move the parameters of a path to its operations, in place. The document means the same as
    before.

    Every reference must lead to an object of the right kind. `path` is the document's file, for
    errors: raise DocumentError where the copies would be too large.
    """
    copies = _Copies(path)
    for pointer, kind, node in walk(document, into_schemas=False, leave_out=_NOT_CALLED):
        if kind == "schema" or pointer[:1] == ("webhooks",) or not isinstance(node, dict):
            continue
        if "$ref" in node:
            target = copies.of(_last(document, node["$ref"]), pointer)
            # OpenAPI 3.1, section 4.8.23: these two override the target's. Of a path item the other
            # fields count too.
            kept = ("summary", "description") if kind != "path item" else node.keys() - {"$ref"}
            overrides = {name: node[name] for name in node if name in kept}
            node.clear()
            node.update(target | overrides)
    for name, item in path_items(document):
        shared = item.pop("parameters", [])
        for method in METHODS:
            if shared and method in item:
                own = item[method].setdefault("parameters", [])
                overridden = {(parameter["name"], parameter["in"]) for parameter in own}
                own += [
                    copies.of(parameter, ("paths", name, method))
                    for parameter in shared
                    if (parameter["name"], parameter["in"]) not in overridden
                ]


_NOT_CALLED = frozenset(["callback"])


def _last(document: dict[str, Any], reference: str) -> dict[str, Any]:
    """Return what is reached from the reference, and from there if that is one too."""
    target: dict[str, Any] = through(document, reference)[0]
    for _ in range(_MOST_STEPS):
        if "$ref" not in target:
            break
        target, _ = through(document, target["$ref"])
    return target


class _Copies:
    """Copies of parts of a document, with a bound on the size of all of them."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._characters = 0

    def of(self, part: Any, pointer: Pointer) -> Any:
        text = orjson.dumps(part)
        self._characters += characters(text)
        if self._characters > MOST_CHARACTERS:
            found = f"references that stand for more than {MOST_CHARACTERS:,} characters"
            raise DocumentError(
                f"{json_pointer(pointer)}: found {found}, expected fewer",
                "leave out operations that are not served, with an overlay beside the document",
                self._path,
                pointer,
                found=found,
                expected="fewer",
            )
        return orjson.loads(text)


def characters(text: bytes) -> int:
    """Return the size of a value by the measure of MOST_CHARACTERS, from its JSON text."""
    return len(text) + PER_VALUE * (text.count(b",") + text.count(b"{") + text.count(b"["))


def json_copy(value: Any) -> Any:
    """Return a copy of the JSON value in which no two places share an object, as a YAML anchor and
    its aliases do. Raise TypeError for a value that is no JSON or contains itself."""
    try:
        return orjson.loads(orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME))
    except TypeError as error:
        if str(error) != TOO_LARGE:
            raise
    return json.loads(json.dumps(value))


def json_pointer(pointer: Pointer) -> str:
    """Return the pointer's text (RFC 6901, section 5) after a `#`, with nothing percent-encoded but
    control characters: an error has one line."""
    text = "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in pointer)
    return "#" + text.translate(_ENCODED)


def local_reference(pointer: Pointer) -> str:
    """Return the reference `#/…` to that place, a JSON Pointer in a URI fragment (RFC 6901, section
    6)."""
    escaped = (str(token).replace("~", "~0").replace("/", "~1") for token in pointer)
    return "#" + "".join(f"/{quote(token, safe=_IN_FRAGMENTS)}" for token in escaped)


_IN_FRAGMENTS = "~!$&'()*+,;=:@"
_ENCODED = {code: f"%{code:02X}" for code in (*range(32), *range(127, 160))}
