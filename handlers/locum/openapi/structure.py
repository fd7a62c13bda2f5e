"""The structure of a document as far as the server builds upon it, and what is done where it is not
as it should be.

What cannot be understood is an error: paths that are no object, a parameter without a name, a
reference that leads nowhere. What can be done without is left out, and a warning tells of it: a
keyword of a schema whose value means nothing, as `type: strin`; an empty value where an object
belongs. Afterwards the rest of the package takes the structure for granted.

This is quick and done at every start. The official meta-schemas look at more (`metaschema`), at
places that the server does not use; they are gone through by `--strict` and by lint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import jsonschema_rs

from locum.openapi.findings import ERROR, WARNING, Fault
from locum.openapi.metaschema import DIALECTS, JSON_SCHEMA, quoted
from locum.openapi.walk import (
    FIELDS,
    ONE,
    Pointer,
    local_reference,
    through,
    tokens,
    within,
)

_Node = dict[str, Any]
_Place = tuple[Pointer, str, Any]

_LISTS = {"parameters", "allOf", "anyOf", "oneOf", "prefixItems"}
_IN_URI = re.compile(r"[#!$&-;=?-Z_a-z~%]*")
_STATUS = re.compile(r"[1-5](\d\d|XX)|default")
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
PLACES = ("path", "query", "header", "cookie")
SCHEMES = ("apiKey", "http", "oauth2", "openIdConnect", "mutualTLS")
# These move or rename what a reference means, which is not followed.
_MOVING = frozenset(
    {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor"}
    | {"$schema", "$vocabulary"}
)


def mend(document: _Node, *, is_3_0: bool) -> list[Fault]:
    """Return the faults of the document's structure, in the document's order, and mend in place
    what can be mended: those are warnings."""
    mending = _Mending(document, is_3_0=is_3_0)
    mending.go()
    return mending.faults


class _Mending:
    def __init__(self, document: _Node, *, is_3_0: bool) -> None:
        self.document, self.is_3_0 = document, is_3_0
        self.faults: list[Fault] = []
        self._references: list[tuple[Pointer, str, _Node]] = []
        self._kinds: dict[int, set[str]] = {}  # that a place is looked at as, by its id
        self._ending: set[int] = set()  # references that lead to an end
        self._own: dict[str, Callable[[Pointer, _Node], None]] = {
            "document": self._document,
            "path item": self._path_item,
            "operation": self._operation,
            "parameter": self._parameter,
            "security scheme": self._scheme,
            "schema": self._schema,
        }

    def go(self) -> None:
        self._all_from((), "document", self.document)
        while self._references:
            references, self._references = self._references, []
            for pointer, kind, node in references:
                self._follow(pointer, kind, node)

    def _all_from(self, pointer: Pointer, kind: str, node: Any) -> None:
        waiting: list[_Place] = [(pointer, kind, node)]
        while waiting:
            found = waiting.pop()
            if isinstance(found[2], dict):  # else a schema of true or false
                self._one(*found)
                is_reference = "$ref" in found[2] and not self._has_siblings(found[1])
                if not is_reference:
                    waiting += reversed(within(*found))

    def _has_siblings(self, kind: str) -> bool:
        """Whether what stands beside a reference has a meaning."""
        return kind == "path item" or (kind == "schema" and not self.is_3_0)

    def _one(self, pointer: Pointer, kind: str, node: _Node) -> None:
        self._kinds.setdefault(id(node), set()).add(kind)
        if "$ref" in node:
            if isinstance(node["$ref"], str):
                self._references.append((pointer, kind, node))
            elif kind == "schema":
                self._drop(pointer, node, "$ref", "a text")
            else:
                self._error((*pointer, "$ref"), quoted(node["$ref"]), "a text")
                del node["$ref"]
                node.update(_INSTEAD.get(kind, {}))
            if "$ref" in node and not self._has_siblings(kind):
                return
        if kind in self._own:
            self._own[kind](pointer, node)
        if kind == "callback":
            self._members(pointer, node, "path item")
        for field in [field for field in node if field in FIELDS[kind]]:
            number, child = FIELDS[kind][field]
            if number == ONE:
                self._single(pointer, kind, node, field, child)
            else:
                self._several(pointer, kind, node, field, child)

    def _single(self, pointer: Pointer, kind: str, node: _Node, field: str, child: str) -> None:
        value = node[field]
        is_schema = child == "schema"
        if isinstance(value, dict) or (is_schema and isinstance(value, bool)):
            return
        if value is None and child != "schema":
            self._empty((*pointer, field))
            del node[field]
        elif is_schema and (kind == "schema" or value is None):
            self._drop(pointer, node, field, "a schema")
        else:
            self._error((*pointer, field), quoted(value), "a schema" if is_schema else "an object")
            del node[field]

    def _several(self, pointer: Pointer, kind: str, node: _Node, field: str, child: str) -> None:
        value, here = node[field], (*pointer, field)
        is_list = field in _LISTS and kind != "components"
        if not isinstance(value, list if is_list else dict):
            self._wrong_map(pointer, kind, node, field, "an array" if is_list else "an object")
        elif isinstance(value, dict):
            self._members(here, value, child, is_extensible=field in ("paths", "responses"))
        else:
            self._items(here, value, child, is_in_schema=kind == "schema")
            if kind == "schema" and not value:
                self._drop(pointer, node, field, "one schema or more")

    def _wrong_map(
        self, pointer: Pointer, kind: str, node: _Node, field: str, expected: str
    ) -> None:
        if kind == "schema":
            self._drop(pointer, node, field, expected)
        elif field in _UNIMPORTANT and node[field] is not None:
            self._drop(pointer, node, field, expected, rule="structure")
        else:
            value = node.pop(field)
            if value is None:
                self._empty((*pointer, field))
            else:
                self._error((*pointer, field), quoted(value), expected)
        if field in ("paths", "responses"):
            node[field] = {}

    def _items(self, here: Pointer, items: list[Any], child: str, *, is_in_schema: bool) -> None:
        for index in reversed(range(len(items))):
            item = items[index]
            if isinstance(item, dict) or (child == "schema" and isinstance(item, bool)):
                continue
            if item is None or is_in_schema:
                self._warn((*here, index), quoted(item), f"a {child}", "structure")
            else:
                self._error((*here, index), quoted(item), f"a {child}")
            del items[index]

    def _members(
        self, here: Pointer, members: _Node, child: str, *, is_extensible: bool = False
    ) -> None:
        for name, item in [*members.items()]:
            if isinstance(item, dict) or (child == "schema" and isinstance(item, bool)):
                continue
            if is_extensible and name.startswith("x-"):
                continue
            if item is None:
                self._empty((*here, name))
                members[name] = {}
            elif child in ("schema", "example", "link", "encoding"):
                self._warn((*here, name), quoted(item), f"a {child}", "structure")
                members[name] = {}
            elif child == "path item" and name == "$ref":  # of a callback
                continue
            elif child == "media type" and "/" not in name:  # a field of what is around it
                found = f"{quoted(item)}, which is left out"
                self._warn((*here, name), found, "media types alone", "structure")
                del members[name]
            else:
                self._error((*here, name), quoted(item), f"a {child}")
                del members[name]

    # References.

    def _follow(self, pointer: Pointer, kind: str, node: _Node) -> None:
        here, reference = (*pointer, "$ref"), node["$ref"]
        is_schema = kind == "schema"
        found, expected = repr(reference), f"the place of a {kind}"
        target: Any = None
        place: Pointer = ()
        if not reference.startswith("#/"):
            expected = "a reference within this document, #/…"
        else:
            try:
                target, place = self._target(reference)
                found += f", which names no {kind}"
            except LookupError as error:
                found += f", which {error.args[0]}"
        if not (isinstance(target, dict) or (is_schema and isinstance(target, bool))):
            self._error(here, found, expected, "reference")
            del node["$ref"]
            node.update(_INSTEAD.get(kind, {}))
            return
        if is_schema and place[:1] == ("paths",) and "parameters" in place[2:4]:
            node["$ref"], target, place = self._apart(target)
        elif is_schema and (place != tokens(reference) or not _IN_URI.fullmatch(reference)):
            # What checks values by schemas follows no reference on the way, and reads nothing
            # but URIs.
            node["$ref"] = local_reference(place)
        known = self._kinds.get(id(target), set()) if isinstance(target, dict) else {kind}
        if kind not in known:
            if known:
                found = f"{reference!r}, which names a {min(known)}"
                self._warn(here, found, f"the place of a {kind}", "reference-kind")
            self._all_from(place, kind, target)

    def _apart(self, target: Any) -> tuple[str, Any, Pointer]:
        """Make the schema of a parameter a component, since parameters do not stay where they are;
        return the reference to it, the schema and its place."""
        if isinstance(target, dict) and target.keys() == {"$ref"}:  # it is one, or leads to one
            return target["$ref"], target, ()
        components = self.document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        name, number = "parameter", 1
        while name in schemas:
            number += 1
            name = f"parameter_{number}"
        moved = target
        if isinstance(target, dict):
            moved = dict(target)
            target.clear()
            target["$ref"] = f"#/components/schemas/{name}"
            self._kinds[id(moved)] = {"schema"}
        schemas[name] = moved
        return f"#/components/schemas/{name}", moved, ("components", "schemas", name)

    def _target(self, reference: str) -> tuple[Any, Pointer]:
        """Return the target and its place. Raise LookupError, with the reason, for a reference that
        leads nowhere."""
        try:
            target, place = through(self.document, reference)
        except LookupError:
            raise LookupError("names nothing") from None
        following, seen = target, set[int]()
        while isinstance(following, dict) and following.keys() == {"$ref"}:
            if id(following) in seen:
                raise LookupError("leads in a circle")
            if id(following) in self._ending:
                break
            seen.add(id(following))
            try:
                following, _ = through(self.document, str(following["$ref"]))
            except LookupError:
                break  # it is told of where it stands
        self._ending |= seen
        return target, place

    # The kinds, one by one.

    def _document(self, pointer: Pointer, node: _Node) -> None:
        if not isinstance(node.get("info"), dict):
            found = "no field 'info'" if "info" not in node else quoted(node["info"])
            self._warn(pointer, found, "an object with title and version", "info")
            node["info"] = {"title": "Untitled", "version": "0"}
        if not node.get("paths"):
            if "webhooks" not in node or "paths" in node:
                self._warn(("paths",), "no path", "one: nothing is served", "no-paths")
            node["paths"] = {}
        self._security(pointer, node)
        self._servers(pointer, node)

    def _path_item(self, pointer: Pointer, node: _Node) -> None:
        self._servers(pointer, node)

    def _operation(self, pointer: Pointer, node: _Node) -> None:
        if "operationId" in node and not (
            isinstance(node["operationId"], str) and node["operationId"]
        ):
            self._drop(pointer, node, "operationId", "a text", rule="structure")
        self._security(pointer, node)
        self._servers(pointer, node)
        responses = node.get("responses")
        if responses is None or responses == {}:
            self._warn(pointer, "no responses", "one or more", "no-responses")
            node["responses"] = {}
        elif isinstance(responses, dict):
            for name in [*responses]:
                if not name.startswith("x-") and not _STATUS.fullmatch(name):
                    self._status(pointer, responses, name)

    def _status(self, pointer: Pointer, responses: _Node, name: str) -> None:
        meant = name.upper()
        expected = "a status, a range of them as 2XX, or default"
        self._warn((*pointer, "responses", name), repr(name), expected, "status")
        response = responses.pop(name)
        if _STATUS.fullmatch(meant) and meant not in responses:
            responses[meant] = response

    def _parameter(self, pointer: Pointer, node: _Node) -> None:
        for field, allows, expected in (
            ("name", lambda v: isinstance(v, str) and v != "", "a text"),
            ("in", PLACES.__contains__, f"one of {quoted(list(PLACES))}"),
        ):
            if field not in node:
                self._error(pointer, f"no field {field!r}", "one")
            elif not isinstance(node[field], str) or not allows(node[field]):
                self._error((*pointer, field), quoted(node[field]), expected)
            else:
                continue
            node[field] = _INSTEAD["parameter"][field]
        self._booleans(pointer, node, "required", "explode", "allowEmptyValue", "allowReserved")
        if "style" in node and not isinstance(node["style"], str):
            self._drop(pointer, node, "style", "a text", rule="structure")
        if node.get("in") == "path" and node.get("required") is not True:
            self._warn(pointer, "no required: true", "one: it is in the path", "path-parameter")
            node["required"] = True
        if not node.get("content") and "schema" not in node:
            self._warn(pointer, "no schema", "one: any value is taken", "no-schema")
            node["schema"] = {}

    def _scheme(self, pointer: Pointer, node: _Node) -> None:
        before = len(self.faults)
        kind = node.get("type")
        if not isinstance(kind, str) or kind not in SCHEMES:
            found = "no field 'type'" if kind is None else quoted(kind)
            here = pointer if kind is None else (*pointer, "type")
            self._error(here, found, f"one of {quoted(list(SCHEMES))}")
        for field in {"apiKey": ("name", "in"), "http": ("scheme",)}.get(str(kind), ()):
            if not isinstance(node.get(field), str) or not node[field]:
                self._error(pointer, f"no field {field!r}", "one")
            elif field == "in" and node[field] not in PLACES[1:]:
                expected = f"one of {quoted(list(PLACES[1:]))}"
                self._error((*pointer, field), quoted(node[field]), expected)
        if len(self.faults) > before:
            node.update(_INSTEAD["security scheme"])

    def _security(self, pointer: Pointer, node: _Node) -> None:
        if "security" not in node:
            return
        here, alternatives = (*pointer, "security"), node["security"]
        if not isinstance(alternatives, list):
            self._drop(pointer, node, "security", "an array", rule="structure")
            return
        schemes = _mapping(_mapping(self.document.get("components")).get("securitySchemes"))
        for index in reversed(range(len(alternatives))):
            alternative = alternatives[index]
            if not isinstance(alternative, dict):
                self._warn((*here, index), quoted(alternative), "an object", "structure")
                del alternatives[index]
                continue
            for name, scopes in [*alternative.items()]:
                if name not in schemes:
                    expected = f"one of {quoted([*schemes])}: it is not asked for"
                    self._warn((*here, index, name), f"the scheme {name!r}", expected, "security")
                    del alternative[name]
                elif not isinstance(scopes, list):
                    self._warn((*here, index, name), quoted(scopes), "an array", "structure")
                    alternative[name] = []

    def _servers(self, pointer: Pointer, node: _Node) -> None:
        servers = node.get("servers")
        if servers is None:
            node.pop("servers", None)
            return
        if not isinstance(servers, list):
            self._drop(pointer, node, "servers", "an array", rule="structure")
            return
        for index in reversed(range(len(servers))):
            if not isinstance(servers[index], dict) or not isinstance(
                servers[index].get("url"), str
            ):
                here = (*pointer, "servers", index)
                self._warn(here, quoted(servers[index]), "an object with a url", "structure")
                del servers[index]

    def _schema(self, pointer: Pointer, node: _Node) -> None:
        for keyword in [keyword for keyword in node if keyword in _LOOKED_AT]:
            self._keyword(pointer, node, keyword)
        if isinstance(names := node.get("required"), list) and len({*names}) < len(names):
            self._warn((*pointer, "required"), quoted(names), "each name once", "keyword-value")
            node["required"] = [*dict.fromkeys(names)]
        for keyword in ("exclusiveMinimum", "exclusiveMaximum"):
            if isinstance(node.get(keyword), bool) and not self.is_3_0:
                self._drop(pointer, node, keyword, "a number")
        if isinstance(node.get("patternProperties"), dict):
            patterns, here = node["patternProperties"], (*pointer, "patternProperties")
            for pattern in [pattern for pattern in patterns if not _is_pattern(pattern)]:
                self._drop(here, patterns, pattern, _A_PATTERN, "pattern")

    def _keyword(self, pointer: Pointer, node: _Node, keyword: str) -> None:
        if keyword in _MOVING:
            self._drop_moving(pointer, node, keyword)
        elif keyword == "dependencies":
            expected = "dependentRequired or dependentSchemas"
            self._drop(pointer, node, keyword, expected, "keyword")
        else:
            allows, expected = _KEYWORDS[keyword]
            if not allows(node[keyword]):
                rule = "pattern" if keyword == "pattern" else "keyword-value"
                self._drop(pointer, node, keyword, expected, rule=rule)

    def _drop_moving(self, pointer: Pointer, node: _Node, keyword: str) -> None:
        if keyword != "$schema":
            expected = "references by place, #/… or a file"
            self._drop(pointer, node, keyword, expected, "keyword")
        elif node[keyword] not in DIALECTS:
            self._drop(pointer, node, keyword, f"{JSON_SCHEMA} or nothing", "dialect")
        elif node[keyword] != JSON_SCHEMA:
            del node[keyword]

    def _booleans(self, pointer: Pointer, node: _Node, *fields: str) -> None:
        for field in fields:
            if field in node and not isinstance(node[field], bool):
                self._drop(pointer, node, field, "true or false", rule="structure")

    # Faults.

    def _drop(
        self, pointer: Pointer, node: _Node, field: str, expected: str, rule: str = "keyword-value"
    ) -> None:
        found = f"{quoted(node.pop(field))}, which is left out"
        self._warn((*pointer, field), found, expected, rule)

    def _empty(self, pointer: Pointer) -> None:
        self._warn(pointer, "nothing", "a value", "empty-value")

    def _warn(self, pointer: Pointer, found: str, expected: str, rule: str) -> None:
        self.faults.append(Fault(pointer, found, expected, rule, WARNING))

    def _error(self, pointer: Pointer, found: str, expected: str, rule: str = "structure") -> None:
        self.faults.append(Fault(pointer, found, expected, rule, ERROR))


# What stands where there was an error, so that others are found too.
_INSTEAD: dict[str, _Node] = {
    "parameter": {"name": "unknown", "in": "query", "schema": {}},
    "security scheme": {"type": "http", "scheme": "bearer"},
}
_UNIMPORTANT = {"examples", "links", "callbacks", "encoding", "webhooks"}


def _mapping(value: Any) -> _Node:
    return value if isinstance(value, dict) else {}


# The keywords of schemas.

_A_PATTERN = "a regular expression (ECMA 262) of a size that can be compiled"


@lru_cache(10_000)
def _is_pattern(value: str) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": value})
    except ValueError:
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and 0 <= value < 2**63 and value == int(value)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_type(value: Any) -> bool:
    if isinstance(value, str):
        return value in TYPES
    return _are_names(value) and 0 < len(value) == len({*value}) and {*value} <= {*TYPES}


def _all(names: Iterable[str], check: tuple[Callable[[Any], bool], str]) -> dict[str, Any]:
    return dict.fromkeys(names, check)


_KEYWORDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "type": (_is_type, f"one of {', '.join(TYPES)}"),
    "enum": (lambda v: isinstance(v, list), "an array"),
    "required": (_are_names, "an array of names"),
    "multipleOf": (lambda v: _is_number(v) and v > 0, "a number above 0"),
    "pattern": (lambda v: isinstance(v, str) and _is_pattern(v), _A_PATTERN),
    **_all(
        ("format", "title", "description", "$comment", "contentEncoding", "contentMediaType"),
        (lambda v: isinstance(v, str), "a text"),
    ),
    "dependentRequired": (
        lambda v: (
            isinstance(v, dict)
            and all(_are_names(names) and len({*names}) == len(names) for names in v.values())
        ),
        "an object of arrays of names",
    ),
    "discriminator": (lambda v: isinstance(v, dict), "an object"),
    "examples": (lambda v: isinstance(v, list), "an array"),
    **_all(("minimum", "maximum"), (_is_number, "a number")),
    **_all(
        ("exclusiveMinimum", "exclusiveMaximum"),
        (lambda v: isinstance(v, int | float), "a number"),
    ),
    **_all(
        (
            *("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"),
            *("maxContains", "minContains"),
        ),
        (_is_count, "a whole number from 0"),
    ),
    **_all(
        ("uniqueItems", "readOnly", "writeOnly", "deprecated", "nullable"),
        (lambda v: isinstance(v, bool), "true or false"),
    ),
}
_LOOKED_AT = _MOVING | _KEYWORDS.keys() | {"dependencies"}
