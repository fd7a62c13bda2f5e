"""The checks of a document at start, each with its level: what cannot be served, and what has no
effect. Of a strict document everything else too that its server has no use for.

    check              a strict document as it is written: meta-schemas, then each object by itself
    faults             any document whose structure is sound, object by object
    operation_faults   its operations, once references are resolved
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from locum.openapi import metaschema
from locum.openapi.findings import ERROR, STRICT, WARNING, Fault, raise_first, refusal
from locum.openapi.metaschema import quoted
from locum.openapi.schemas import Schemas
from locum.openapi.walk import (
    FIELDS,
    METHODS,
    Pointer,
    json_pointer,
    path_items,
    resolve,
    tokens,
    walk,
)

# Draft 2020-12 without the keywords that move or rename what a reference means ($id, $anchor,
# $dynamicRef …), and OpenAPI 3.1's own.
# fmt: off
_KEYWORDS = (frozenset(FIELDS["schema"]) - {"definitions"}) | {
    "$comment", "$ref", "$schema", "const", "contentEncoding", "contentMediaType", "default",
    "dependentRequired", "deprecated", "description", "discriminator", "enum", "example",
    "examples", "exclusiveMaximum", "exclusiveMinimum", "externalDocs", "format", "maxContains",
    "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength",
    "minProperties", "minimum", "multipleOf", "pattern", "readOnly", "required", "title",
    "type", "uniqueItems", "writeOnly", "xml",
}
# fmt: on


@frozen
class _Rule:
    """An object of `kind` breaks the rule unless `allows` returns True for the value of its
    `field`; the value is None where the field is absent."""

    kind: str
    field: str
    allows: Callable[[Any], bool]
    expected: str
    name: str
    level: str = STRICT


def _absent(value: Any) -> bool:
    return not value


# What the bundled providers answer: JSON, texts, spans' answers, and files as they were sent.
_ANSWERED = ("application/json", "text/plain", "application/x-protobuf", "*/*")


def _is_answered(content: Any) -> bool:
    return not content or set(content) <= {*_ANSWERED}


_ROOT = "no servers here: all paths are served at the root"
_RULES = (
    _Rule("document", "webhooks", _absent, "no webhooks: nothing calls them", "webhooks", WARNING),
    _Rule(
        "document",
        "jsonSchemaDialect",
        metaschema.DIALECTS.__contains__,
        f"{metaschema.JSON_SCHEMA} or nothing",
        "dialect",
        WARNING,
    ),
    _Rule("path item", "servers", _absent, _ROOT, "servers"),
    _Rule("operation", "servers", _absent, _ROOT, "servers"),
    _Rule(
        "operation", "callbacks", _absent, "no callbacks: nothing calls them", "callbacks", WARNING
    ),
    _Rule("parameter", "in", lambda v: v != "cookie", "path, query or header", "parameter"),
    _Rule("parameter", "style", (None, "form", "simple").__contains__, "form or simple", "style"),
    _Rule("parameter", "content", _absent, "a schema", "parameter"),
    _Rule(
        "parameter",
        "allowEmptyValue",
        _absent,
        "allowEmptyValue to be absent or false",
        "allow-empty-value",
        WARNING,
    ),
    _Rule(
        "parameter",
        "allowReserved",
        _absent,
        "allowReserved to be absent or false",
        "allow-reserved",
        WARNING,
    ),
    _Rule("response", "content", _is_answered, f"one of {', '.join(_ANSWERED)}", "media-type"),
    _Rule(
        "security scheme",
        "type",
        ("apiKey", "http").__contains__,
        "apiKey or http",
        "security-flow",
        WARNING,
    ),
    _Rule(
        "security scheme",
        "scheme",
        lambda v: v is None or v.lower() == "bearer",
        "bearer",
        "http-scheme",
    ),
    _Rule(
        "schema",
        "$schema",
        metaschema.DIALECTS.__contains__,
        f"{metaschema.JSON_SCHEMA} or nothing",
        "dialect",
        WARNING,
    ),
)
_RULES_OF = {kind: [r for r in _RULES if r.kind == kind] for kind in {r.kind for r in _RULES}}


def check(document: dict[str, Any], path: Path) -> None:
    """Check of a strict document everything that can be seen before references are resolved.

    `path` is the document's file, for errors. Raise DocumentError for the first fault.
    """
    version = document.get("openapi")
    if not isinstance(version, str) or not re.match(r"3\.[01]\.\d+(-.+)?$", version):
        found = "no field openapi" if version is None else repr(version)
        raise refusal(Fault(("openapi",), found, "OpenAPI 3.0.x or 3.1.x", "version", ERROR), path)
    raise_first(metaschema.document_faults(document, version[:3]), path)
    raise_first(_strict_faults(document, version[:3]), path)


def faults(document: dict[str, Any], version: str) -> Iterator[Fault]:
    """Yield what of a document without faults of structure has no effect, and what only a strict
    one may not have; `version` is "3.0" or "3.1"."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    for pointer, kind, node in walk(document, leave_out=_LATER_KINDS):
        if isinstance(node, dict) and ("$ref" not in node or (kind, version) == ("schema", "3.1")):
            for fault in _own_faults(pointer, kind, node, version, schemes):
                effect = _EFFECTS.get(fault.rule, "")
                yield evolve(fault, text=f"found {fault.found}{effect}") if effect else fault


# What becomes of what a strict document may not have.
_EFFECTS = {
    "allow-empty-value": ", which has no effect",
    "allow-reserved": ", which has no effect",
    "callbacks": ", which have no effect: nothing calls them",
    "dialect": ", which has no effect: schemas are read as JSON Schema 2020-12",
    "keyword": ", which has no effect",
    "required-one-way": " on a required property, which is required one way only",
    "scopes": ": scopes are not asked for",
    "security-flow": ", which is not run: any credential of its form is taken",
    "webhooks": ", which have no effect: nothing calls them",
}


# As header parameters OpenAPI has them ignored: other parts of a document say what they are.
_IGNORED_HEADERS = ("accept", "content-type", "authorization")


def is_ignored(parameter: Mapping[str, Any]) -> bool:
    """Return whether OpenAPI has the parameter ignored."""
    return parameter["in"] == "header" and parameter["name"].lower() in _IGNORED_HEADERS


def identifier(name: str) -> str:
    """Return the name as Python would have it: what is no letter, digit or _ becomes one."""
    return re.sub(r"[\W_]+", "_", name).strip("_").lower()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and definition of each operation, in the document's order."""
    for path, item in path_items(document):
        for method in item:
            if method in METHODS:
                yield path, method, item[method]


# The objects, one by one.

# No server answers by these, and what is in them.
_LATER_KINDS = frozenset(["example", "link", "callback", "encoding"])


def _strict_faults(document: dict[str, Any], version: str) -> Iterator[Fault]:
    kinds = Kinds(document)
    schemes = document.get("components", {}).get("securitySchemes", {})
    schema_validator = metaschema.schema_validator()
    checked: Pointer = ("",)  # of a schema, with all that are part of it; first, of nothing
    for pointer, kind, node in walk(document, leave_out=_LATER_KINDS):
        if kind == "schema" and version == "3.1" and pointer[: len(checked)] != checked:
            yield from metaschema.schema_faults(schema_validator, pointer, node)
            checked = pointer
        if not isinstance(node, dict):
            continue
        if "$ref" in node:
            yield from reference_faults(document, pointer, kind, node["$ref"], kinds)
        if "$ref" in node and (kind != "schema" or version == "3.0"):
            continue  # what stands beside the reference has no meaning
        yield from _own_faults(pointer, kind, node, version, schemes)


def _own_faults(
    pointer: Pointer, kind: str, node: dict[str, Any], version: str, schemes: dict[str, Any]
) -> Iterator[Fault]:
    """Yield the faults of the object by itself."""
    for rule in _RULES_OF.get(kind, ()):
        value = node.get(rule.field)
        if not rule.allows(value):
            found = f"no field {rule.field!r}" if value is None else quoted(value)
            yield Fault((*pointer, rule.field), found, rule.expected, rule.name, rule.level)
    if kind == "schema":
        yield from _schema_faults(pointer, node, version)
    if kind in ("document", "operation"):
        yield from _security_faults(pointer, node.get("security", ()), schemes)


class Kinds:
    """The kind of object at each place of a document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    @cached_property
    def _at(self) -> dict[tuple[str, ...], str]:
        """List indexes are texts, as in a reference."""
        return {tuple(map(str, pointer)): kind for pointer, kind, _ in walk(self._document)}

    def of(self, reference: str) -> str | None:
        """Return the kind of the reference's target, None where that is no object."""
        return self._at.get(tokens(reference))


def reference_faults(
    document: dict[str, Any], pointer: Pointer, kind: str, reference: str, kinds: Kinds
) -> Iterator[Fault]:
    """Yield the fault of a reference, if it has one. The reference stands at the pointer, where an
    object of that kind belongs, and must name another of that kind in the document."""
    found, expected = repr(reference), f"the place of a {kind}"
    if not reference.startswith("#/"):
        expected = "a reference within this document, #/…"
    else:
        try:
            target = resolve(document, reference)
        except LookupError:
            found += ", which names nothing"
        else:
            is_reference = isinstance(target, dict) and "$ref" in target
            if kinds.of(reference) != kind:
                found += f", which names no {kind}"
            elif kind != "schema" and is_reference:
                found, expected = f"{found}, a reference again", f"{expected} itself"
            else:
                return
    yield Fault((*pointer, "$ref"), found, expected, "reference", ERROR)


def _schema_faults(pointer: Pointer, schema: dict[str, Any], version: str) -> Iterator[Fault]:
    if version == "3.1":
        for keyword in schema:
            if keyword not in _KEYWORDS and not keyword.startswith("x-"):
                expected = "a keyword of JSON Schema 2020-12 or OpenAPI 3.1 that is supported"
                found = f"the keyword {keyword!r}"
                yield Fault((*pointer, keyword), found, expected, "keyword", WARNING)
        return
    # In 3.0 the two change what `required` means; in 3.1 they are remarks.
    for name in schema.get("required", ()):
        part = schema.get("properties", {}).get(name, {})
        for keyword in ("readOnly", "writeOnly"):
            if isinstance(part, dict) and part.get(keyword):
                here = (*pointer, "properties", name, keyword)
                expected = f"no {keyword} on a required property"
                yield Fault(here, "true", expected, "required-one-way", WARNING)


def _security_faults(
    pointer: Pointer, alternatives: Iterable[dict[str, list[str]]], schemes: dict[str, Any]
) -> Iterator[Fault]:
    for index, alternative in enumerate(alternatives):
        for name, scopes in alternative.items():
            here = (*pointer, "security", index, name)
            if name not in schemes:
                found, expected = f"the scheme {name!r}", f"one of {quoted(list(schemes))}"
                yield Fault(here, found, expected, "security", WARNING)
            if scopes:
                yield Fault(here, quoted(scopes), "no scopes", "scopes", WARNING)


# The operations, once references are resolved.

_NAME_IN_PATH = re.compile(r"{([^{}]*)}")
_RESPONSE_SCHEMA = ("responses", "200", "content", "application/json", "schema")


def operation_faults(
    document: dict[str, Any], schemas: Schemas, *, strict: bool
) -> Iterator[Fault]:
    """Yield the faults of the operations of a document whose references are resolved, and which has
    those schemas; on demand those too that only a strict one may not have."""
    for pointer, found in schemas.extent.excess:
        expected = "fewer, as with one reference to a schema instead of several"
        yield Fault(pointer, found, expected, "schema-size", ERROR)
    pointer_of: dict[str, str] = {}
    place_of: dict[tuple[str, str], str] = {}
    for name, method, operation in operations(document):
        here = ("paths", name, method)
        own_id = operation.get("operationId")
        if own_id in pointer_of:
            found = f"{own_id!r} as at {pointer_of[own_id]}"
            yield Fault((*here, "operationId"), found, "another name", "operation-id", ERROR)
        elif own_id is not None:
            pointer_of[own_id] = json_pointer(here)
        shape = _NAME_IN_PATH.sub("{}", name), method
        if shape in place_of:
            found = f"a path of the same shape as {place_of[shape]} with the method {method}"
            yield Fault(here, found, "one that a request can be told by", "same-shape", ERROR)
        place_of.setdefault(shape, name)
        if not strict:
            continue
        yield from _parameter_faults(here, operation.get("parameters", []), schemas)
        yield from _argument_faults(here, operation)
        yield from _response_faults(here, operation)
        for media_type in operation.get("requestBody", {}).get("content", ()):
            body = ("requestBody", "content", media_type, "schema")
            yield from _missing_schema(body, here, operation)


def _response_faults(here: Pointer, operation: dict[str, Any]) -> Iterator[Fault]:
    """Yield the fault of an operation that documents no answer to what succeeds, or a body of it
    without a schema."""
    statuses = operation.get("responses", {}).keys()
    if "200" in statuses:  # which may have no body
        for media_type in operation["responses"]["200"].get("content", ()):
            schema = ("responses", "200", "content", media_type, "schema")
            yield from _missing_schema(schema, here, operation)
    elif not any(status.startswith(("2", "default")) for status in statuses):
        yield from _missing_schema(_RESPONSE_SCHEMA, here, operation)


def _argument_faults(here: Pointer, operation: dict[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each parameter that a handler could not tell from another argument."""
    seen = {"body"} if "requestBody" in operation else set()
    for index, parameter in enumerate(operation.get("parameters", [])):
        argument = identifier(parameter["name"])
        if argument in seen:
            found = f"{parameter['name']!r}, which is the argument {argument!r} again"
            place = (*here, "parameters", index, "name")
            yield Fault(place, found, "one that no other has", "argument", STRICT)
        seen.add(argument)


def mend_operations(document: dict[str, Any]) -> Iterator[Fault]:
    """Yield what is wrong with the paths of a document whose references are resolved, and with
    their parameters, and mend it in place: a path that no request can have is left out, as is a
    parameter that is not in its path, or given twice; one that is not declared is a text; and the
    second operation of one operationId has none."""
    pointer_of: dict[str, str] = {}
    count = len(document["paths"])
    for name, item in [*path_items(document)]:
        names = _NAME_IN_PATH.findall(name)
        rest = _NAME_IN_PATH.sub("", name)
        if not name.startswith("/") or "{" in rest or "}" in rest or "" in names:
            expected = "/, texts and {names}: it is not served"
            yield Fault(("paths", name), repr(name), expected, "path", WARNING)
            del document["paths"][name]
        elif len({*names}) < len(names):
            expected = "each name once: it is not served"
            yield Fault(("paths", name), repr(name), expected, "path", WARNING)
            del document["paths"][name]
        else:
            for method in METHODS:
                if method in item:
                    here = "paths", name, method
                    yield from _second_of_one_id(here, item[method], pointer_of)
                    yield from _mend_parameters(here, item[method], names)

    if len(document["paths"]) < count:
        yield from _references_to_none(document)


def _references_to_none(document: dict[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each reference of a schema into a path that was left out."""
    for pointer, kind, node in walk(document):
        if kind == "schema" and isinstance(node, dict) and "$ref" in node:
            try:
                resolve(document, node["$ref"])
            except LookupError:
                found = f"{node['$ref']!r}, whose path is not served"
                yield Fault((*pointer, "$ref"), found, "another place", "reference", ERROR)


def _second_of_one_id(
    here: Pointer, operation: dict[str, Any], pointer_of: dict[str, str]
) -> Iterator[Fault]:
    own_id = operation.get("operationId")
    if own_id in pointer_of:
        found = f"{own_id!r} as at {pointer_of[own_id]}"
        expected = "another name: the operation is known by its method and path"
        yield Fault((*here, "operationId"), found, expected, "operation-id")
        del operation["operationId"]
    elif own_id is not None:
        pointer_of[own_id] = json_pointer(here)


def _mend_parameters(here: Pointer, operation: dict[str, Any], names: list[str]) -> Iterator[Fault]:
    kept: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    for index, parameter in enumerate(operation.get("parameters", ())):
        key = parameter["name"], parameter["in"]
        place = (*here, "parameters", index, "name")
        if key in seen:
            yield Fault(place, f"{key[0]!r} again", "each parameter once", "parameter-twice")
        elif key[1] == "path" and key[0] not in names:
            expected = f"one of {names} as in the path"
            yield Fault(place, f"{key[0]!r}", expected, "path-parameter")
        else:
            kept.append(parameter)
        seen.add(key)
    for name in names:
        if (name, "path") not in seen:
            found = f"no path parameter {name!r}"
            yield Fault(here, found, "one: it is taken as a text", "path-parameter")
            text = {"type": "string"}
            kept.append({"name": name, "in": "path", "required": True, "schema": text})
    if kept or "parameters" in operation:
        operation["parameters"] = kept


def _missing_schema(schema: Pointer, here: Pointer, operation: dict[str, Any]) -> Iterator[Fault]:
    node: Any = operation
    for depth, token in enumerate(schema, 1):
        if token not in node:
            place = (*here, *schema[:depth])
            yield Fault(place, "nothing", "a schema under it", "no-schema", STRICT)
            return
        node = node[token]


def _parameter_faults(
    here: Pointer, parameters: list[dict[str, Any]], schemas: Schemas
) -> Iterator[Fault]:
    path = str(here[1])
    expected = sorted(_NAME_IN_PATH.findall(path))
    declared = sorted(p["name"] for p in parameters if p["in"] == "path")
    if expected != declared:
        found, names = f"path parameters {declared}", f"{expected} as in the path"
        yield Fault((*here, "parameters"), found, names, "path-parameter", STRICT)
    seen: set[tuple[str, str]] = set()
    for index, parameter in enumerate(parameters):
        pointer = (*here, "parameters", index)
        if (parameter["name"], parameter["in"]) in seen:
            found = f"{parameter['name']!r} again"
            yield Fault((*pointer, "name"), found, "each parameter once", "parameter-twice", STRICT)
        seen.add((parameter["name"], parameter["in"]))
        schema = schemas.at(*pointer, "schema")
        if schema.types <= {"object"}:
            wanted = "a text, number, boolean or array"
            yield Fault((*pointer, "schema"), "an object", wanted, "parameter", STRICT)
