"""The faults of a document by the official meta-schemas: OpenAPI's own, for the document without
its 3.1 schemas, and JSON Schema's, for each of those.

A meta-schema takes one or two milliseconds to compile and up to two megabytes while it is there, so
it is compiled for each document and kept by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
from attrs import evolve
from jsonschema_rs import ValidationError, Validator

from locum.openapi.findings import Fault
from locum.openapi.walk import Pointer, walk

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
# Of schemas that need no other reading.
DIALECTS = (None, JSON_SCHEMA, "https://spec.openapis.org/oas/3.1/dialect/base")
_MOST_CHARACTERS = 60
__all__ = [
    "DIALECTS",
    "JSON_SCHEMA",
    "TOLERATED_SCHEMES",
    "Fault",
    "all_faults",
    "as_published",
    "document_faults",
    "quoted",
    "schema_faults",
    "schema_validator",
    "with_valid_names",
]

# OpenAPI wants component names to match ^[a-zA-Z0-9._-]+$. A published document that we serve names
# its security schemes with blanks, which harms nobody: these three names pass.
TOLERATED_SCHEMES = frozenset(["API Key", "Tenant ID", "Bearer Auth"])
# Names that nobody else will have given a scheme beside them.
_VALID_NAMES = {name: name.replace(" ", "..") for name in TOLERATED_SCHEMES}
_TOLERATED_NAMES: dict[str | int, str] = {valid: name for name, valid in _VALID_NAMES.items()}


def quoted(value: Any) -> str:
    """Return the value as JSON, shortened to 60 characters."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 3]}..."


def schema_validator() -> Validator:
    """Return the validator of OpenAPI 3.1 schemas, for `schema_faults`."""
    return _compiled({"$ref": JSON_SCHEMA})


def document_faults(document: dict[str, Any], version: str) -> Iterator[Fault]:
    """Yield the most specific fault of the document by the meta-schema of OpenAPI 3.0 or 3.1, if
    there is one: an error high up often only follows from one further down.

    Schemas in OpenAPI 3.1 are not looked at.
    """
    validator = _document_validator(version)
    for fault in _most_specific((), validator.iter_errors(with_valid_names(document))):
        yield evolve(fault, pointer=as_published(fault.pointer))


def schema_faults(validator: Validator, pointer: Pointer, schema: Any) -> Iterator[Fault]:
    """Yield the most specific fault of the OpenAPI 3.1 schema at the pointer, if there is one."""
    yield from _most_specific(pointer, validator.iter_errors(schema))


def all_faults(document: dict[str, Any], version: str) -> Iterator[Fault]:
    """Yield every fault of the document by the meta-schemas, one for each place and cause, those of
    its 3.1 schemas too."""
    validator = _document_validator(version)
    errors = validator.iter_errors(with_valid_names(document))
    for fault in _own_ones([leaf for error in errors for leaf in _leaves(error)], ()):
        yield evolve(fault, pointer=as_published(fault.pointer))
    if version == "3.0":
        return
    of_schemas = schema_validator()
    for pointer, kind, schema in walk(document, into_schemas=False):
        if kind == "schema" and not of_schemas.is_valid(schema):
            errors = of_schemas.iter_errors(schema)
            yield from _own_ones([leaf for error in errors for leaf in _leaves(error)], pointer)


def _own_ones(leaves: list[Any], pointer: Pointer) -> Iterator[Fault]:
    """Yield the faults, but for what only follows from others: a field that was not evaluated
    because something within it, or beside it, is wrong."""
    places = {tuple(leaf.instance_path) for leaf in leaves if not _may_follow(leaf)}
    around = {place[:length] for place in places for length in range(len(place) + 1)}
    told: set[tuple[Pointer, str]] = set()
    for leaf in leaves:
        if _may_follow(leaf) and tuple(leaf.instance_path) in around:
            continue
        fault = _fault(pointer, leaf)
        if (fault.pointer, fault.found) not in told:
            told.add((fault.pointer, fault.found))
            yield fault


def _may_follow(error: Any) -> bool:
    return str(error.kind.name) == "unevaluatedProperties"


def with_valid_names(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with other names, which OpenAPI allows, for its tolerated schemes."""
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    if not isinstance(components, dict) or not isinstance(schemes, dict):
        return document
    renamed = {_VALID_NAMES.get(name, name): scheme for name, scheme in schemes.items()}
    return document | {"components": components | {"securitySchemes": renamed}}


def as_published(pointer: Pointer) -> Pointer:
    """Return the pointer into the document that a pointer into `with_valid_names` of it means."""
    if pointer[:2] != ("components", "securitySchemes"):
        return pointer
    return tuple(_TOLERATED_NAMES.get(token, token) for token in pointer)


def _document_validator(version: str) -> Validator:
    file = Path(__file__).parent / "metaschemas" / f"openapi-{version}.json"
    meta_schema = orjson.loads(file.read_bytes())
    if version == "3.0":
        _look_at_components_of_any_name(meta_schema)
    return _compiled(meta_schema)


def _look_at_components_of_any_name(meta_schema: dict[str, Any]) -> None:
    """Change OpenAPI 3.0's meta-schema, in place: it does not refuse a component whose name breaks
    the pattern of names, but leaves it out, so that anything could stand there."""
    for components in meta_schema["definitions"]["Components"]["properties"].values():
        (component,) = components.pop("patternProperties").values()
        components["additionalProperties"] = component


def _compiled(schema: dict[str, Any]) -> Validator:
    return jsonschema_rs.validator_for(schema, validate_formats=True, offline=True)


def _most_specific(pointer: Pointer, errors: Iterable[ValidationError]) -> Iterator[Fault]:
    leaves = [leaf for error in errors for leaf in _leaves(error)]
    if leaves:
        yield _fault(pointer, max(leaves, key=_specificity))


def _leaves(error: Any) -> list[Any]:
    """Return the errors that an error of anyOf or oneOf comes from: those of its branch with the
    most specific one."""
    branches = getattr(error.kind, "context", None)
    if not branches:
        return [error]
    nested = [[leaf for inner in branch for leaf in _leaves(inner)] for branch in branches]
    return max(
        (branch for branch in nested if branch),
        key=lambda branch: max(map(_specificity, branch)),
        default=[error],
    )


def _specificity(error: Any) -> tuple[int, bool, bool]:
    """Return a key by which the error nearest to the cause comes last: a deep one before a shallow
    one; any other before the lack of a $ref; any other before an unevaluated property, which may
    follow from another fault."""
    name = error.kind.name
    lacks_reference = name == "required" and error.kind.property == "$ref"
    return len(error.instance_path), not lacks_reference, name != "unevaluatedProperties"


def _fault(pointer: Pointer, error: Any) -> Fault:
    kind = error.kind
    here = (*pointer, *error.instance_path)
    match kind.name:
        case "required":
            return Fault(here, f"no field {kind.property!r}", "one")
        case "unevaluatedProperties" | "additionalProperties":
            unknown = ", ".join(map(repr, kind.unexpected))
            return Fault(here, f"the unknown field {unknown}", "a field that OpenAPI has here")
        case "type":
            return Fault(here, quoted(error.instance), " or ".join(kind.types))
        case "enum":
            return Fault(here, quoted(error.instance), f"one of {quoted(kind.options)}")
        case "propertyNames":
            return Fault(here, repr(kind.error.instance), "a name of A-Z a-z 0-9 . _ -")
        case "format":
            return Fault(here, quoted(error.instance), f"a {kind.format}")
        case "pattern":
            return Fault(here, quoted(error.instance), f"what matches {kind.pattern}")
        case _:
            return Fault(here, quoted(error.instance), f"it to keep the rule {kind.name}")
