"""The checks of a document at start: whatever the server would have to ignore is refused, with its
place, what stands there, and what could.

    check             the document as it is written: meta-schemas, then each object by itself
    check_operations  its operations, once references are resolved
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import frozen

from locum.exceptions import DocumentError
from locum.openapi import metaschema
from locum.openapi.metaschema import Fault, quoted
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

_DIALECTS = (None, metaschema.JSON_SCHEMA, "https://spec.openapis.org/oas/3.1/dialect/base")

# Draft 2020-12 without the keywords that move or rename what a reference means ($id, $anchor,
# $dynamicRef …), and OpenAPI 3.1's own.
# fmt: off
_KEYWORDS = frozenset(FIELDS["schema"]) | {
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
    """An object of `kind` is refused unless `allows` returns True for the value of its `field`;
    the value is None where the field is absent."""

    kind: str
    field: str
    allows: Callable[[Any], bool]
    expected: str


def _absent(value: Any) -> bool:
    return not value


def _only_json(content: Any) -> bool:
    return not content or list(content) == ["application/json"]


_RULES = (
    _Rule("document", "webhooks", _absent, "no webhooks: nothing calls them"),
    _Rule(
        "document",
        "jsonSchemaDialect",
        _DIALECTS.__contains__,
        f"{metaschema.JSON_SCHEMA} or nothing",
    ),
    _Rule("path item", "servers", _absent, "no servers here: all paths are served at the root"),
    _Rule("operation", "servers", _absent, "no servers here: all paths are served at the root"),
    _Rule("operation", "callbacks", _absent, "no callbacks: nothing calls them"),
    _Rule("parameter", "in", lambda v: v != "cookie", "path, query or header"),
    _Rule("parameter", "style", (None, "form", "simple").__contains__, "form or simple"),
    _Rule("parameter", "content", _absent, "a schema"),
    _Rule("parameter", "allowEmptyValue", _absent, "allowEmptyValue to be absent or false"),
    _Rule("request body", "content", _only_json, "application/json alone"),
    _Rule("request body", "required", lambda v: v is True, "required: true"),
    _Rule("response", "content", _only_json, "application/json alone"),
    _Rule("media type", "encoding", _absent, "no encoding: it is for forms"),
    _Rule("security scheme", "type", ("apiKey", "http").__contains__, "apiKey or http"),
    _Rule("security scheme", "scheme", lambda v: v is None or v.lower() == "bearer", "bearer"),
    _Rule("schema", "$schema", _DIALECTS.__contains__, f"{metaschema.JSON_SCHEMA} or nothing"),
)
_RULES_OF = {kind: [r for r in _RULES if r.kind == kind] for kind in {r.kind for r in _RULES}}


def check(document: dict[str, Any], path: Path) -> None:
    """Check everything that can be seen before references are resolved.

    `path` is the document's file, for errors. Raise DocumentError for the first fault.
    """
    version = document.get("openapi")
    if not isinstance(version, str) or not re.match(r"3\.[01]\.\d+(-.+)?$", version):
        found = "no field openapi" if version is None else repr(version)
        raise _error(Fault(("openapi",), found, "OpenAPI 3.0.x or 3.1.x"), path)
    _raise_first(metaschema.document_faults(document, version[:3]), path)
    _raise_first(_object_faults(document, version[:3]), path)


def check_operations(document: dict[str, Any], schemas: Schemas, path: Path) -> None:
    """Check the operations of a document whose references are resolved, and which has those
    schemas.

    `path` is the document's file, for errors. Raise DocumentError for the first fault.
    """
    _raise_first(_operation_faults(document, schemas), path)


def compile_all(document: dict[str, Any], schemas: Schemas) -> None:
    """Compile every schema of operations, as serving the document does.

    Raise DocumentError for the first that cannot be compiled.
    """
    for pointer, kind, _ in walk(document, into_schemas=False):
        if kind == "schema" and pointer[0] == "paths":
            schemas.at(*pointer)


def identifier(name: str) -> str:
    """Return the name as Python would have it: what is no letter, digit or _ becomes one."""
    return re.sub(r"[\W_]+", "_", name).strip("_").lower()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and definition of each operation, in the document's order."""
    for path, item in path_items(document):
        for method in item:
            if method in METHODS:
                yield path, method, item[method]


def _raise_first(faults: Iterable[Fault], path: Path) -> None:
    for fault in faults:
        raise _error(fault, path)


def _error(fault: Fault, path: Path) -> DocumentError:
    return DocumentError(
        f"{json_pointer(fault.pointer)}: found {fault.found}, expected {fault.expected}",
        f"mend the document, or change it with an action of {path.stem}.overlay.yaml beside it",
        path,
        fault.pointer,
        found=fault.found,
        expected=fault.expected,
    )


# The objects, one by one.


def _object_faults(document: dict[str, Any], version: str) -> Iterator[Fault]:
    kinds = Kinds(document)
    schemes = document.get("components", {}).get("securitySchemes", {})
    schema_validator = metaschema.schema_validator()
    checked: Pointer = ("",)  # of a schema, with all that are part of it; first, of nothing
    for pointer, kind, node in walk(document):
        if kind == "schema" and version == "3.1" and pointer[: len(checked)] != checked:
            yield from metaschema.schema_faults(schema_validator, pointer, node)
            checked = pointer
        if not isinstance(node, dict):
            continue
        if "$ref" in node:
            yield from reference_faults(document, pointer, kind, node["$ref"], kinds)
        if "$ref" in node and (kind != "schema" or version == "3.0"):
            continue  # what stands beside the reference has no meaning
        for rule in _RULES_OF.get(kind, ()):
            value = node.get(rule.field)
            if not rule.allows(value):
                found = f"no field {rule.field!r}" if value is None else quoted(value)
                yield Fault((*pointer, rule.field), found, rule.expected)
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
    here = (*pointer, "$ref")
    if not reference.startswith("#/"):
        yield Fault(here, repr(reference), "a reference within this document, #/…")
        return
    try:
        target = resolve(document, reference)
    except LookupError:
        yield Fault(here, f"{reference!r}, which names nothing", f"the place of a {kind}")
        return
    if kinds.of(reference) != kind:
        yield Fault(here, f"{reference!r}, which names no {kind}", f"the place of a {kind}")
    elif kind != "schema" and isinstance(target, dict) and "$ref" in target:
        yield Fault(here, f"{reference!r}, a reference again", f"the place of a {kind} itself")


def _schema_faults(pointer: Pointer, schema: dict[str, Any], version: str) -> Iterator[Fault]:
    if version == "3.1":
        for keyword in schema:
            if keyword not in _KEYWORDS and not keyword.startswith("x-"):
                expected = "a keyword of JSON Schema 2020-12 or OpenAPI 3.1 that is supported"
                yield Fault((*pointer, keyword), f"the keyword {keyword!r}", expected)
        return
    # In 3.0 the two change what `required` means; in 3.1 they are remarks.
    for name in schema.get("required", ()):
        part = schema.get("properties", {}).get(name, {})
        for keyword in ("readOnly", "writeOnly"):
            if part.get(keyword):
                here = (*pointer, "properties", name, keyword)
                yield Fault(here, "true", f"no {keyword} on a required property")


def _security_faults(
    pointer: Pointer, alternatives: Iterable[dict[str, list[str]]], schemes: dict[str, Any]
) -> Iterator[Fault]:
    for index, alternative in enumerate(alternatives):
        for name, scopes in alternative.items():
            here = (*pointer, "security", index, name)
            if name not in schemes:
                yield Fault(here, f"the scheme {name!r}", f"one of {quoted(list(schemes))}")
            if scopes:
                yield Fault(here, quoted(scopes), "no scopes")


# The operations, once references are resolved.

_RESPONSE_SCHEMA = ("responses", "200", "content", "application/json", "schema")
_BODY_SCHEMA = ("requestBody", "content", "application/json", "schema")


def _operation_faults(document: dict[str, Any], schemas: Schemas) -> Iterator[Fault]:
    for pointer, found in schemas.extent.excess:
        yield Fault(pointer, found, "fewer, as with one reference to a schema instead of several")
    pointer_of: dict[str, str] = {}
    for name, method, operation in operations(document):
        here = ("paths", name, method)
        own_id = operation.get("operationId")
        if own_id in pointer_of:
            found = f"{own_id!r} as at {pointer_of[own_id]}"
            yield Fault((*here, "operationId"), found, "another name")
        elif own_id is not None:
            pointer_of[own_id] = json_pointer(here)
        yield from _parameter_faults(here, operation.get("parameters", []), schemas)
        yield from _argument_faults(here, operation)
        yield from _response_faults(here, operation)
        if "requestBody" in operation:
            yield from _missing_schema(_BODY_SCHEMA, here, operation)


def _response_faults(here: Pointer, operation: dict[str, Any]) -> Iterator[Fault]:
    """Yield the fault of an operation that documents no answer to what succeeds."""
    statuses = operation.get("responses", {}).keys()
    if "200" in statuses or not any(status.startswith(("2", "default")) for status in statuses):
        yield from _missing_schema(_RESPONSE_SCHEMA, here, operation)


def _argument_faults(here: Pointer, operation: dict[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each parameter that a handler could not tell from another argument."""
    seen = {"body"} if "requestBody" in operation else set()
    for index, parameter in enumerate(operation.get("parameters", [])):
        argument = identifier(parameter["name"])
        if argument in seen:
            found = f"{parameter['name']!r}, which is the argument {argument!r} again"
            yield Fault((*here, "parameters", index, "name"), found, "one that no other has")
        seen.add(argument)


def _missing_schema(schema: Pointer, here: Pointer, operation: dict[str, Any]) -> Iterator[Fault]:
    node: Any = operation
    for depth, token in enumerate(schema, 1):
        if token not in node:
            yield Fault((*here, *schema[:depth]), "nothing", "a schema under it")
            return
        node = node[token]


def _parameter_faults(
    here: Pointer, parameters: list[dict[str, Any]], schemas: Schemas
) -> Iterator[Fault]:
    path = str(here[1])
    expected = sorted(re.findall(r"{([^{}]*)}", path))
    declared = sorted(p["name"] for p in parameters if p["in"] == "path")
    if expected != declared:
        found = f"path parameters {declared}"
        yield Fault((*here, "parameters"), found, f"{expected} as in the path")
    seen: set[tuple[str, str]] = set()
    for index, parameter in enumerate(parameters):
        pointer = (*here, "parameters", index)
        if (parameter["name"], parameter["in"]) in seen:
            yield Fault((*pointer, "name"), f"{parameter['name']!r} again", "each parameter once")
        seen.add((parameter["name"], parameter["in"]))
        schema = schemas.at(*pointer, "schema")
        if schema.types <= {"object"}:
            yield Fault((*pointer, "schema"), "an object", "a text, number, boolean or array")
