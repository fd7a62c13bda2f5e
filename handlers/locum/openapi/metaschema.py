"""The official meta-schemas, OpenAPI's and JSON Schema's, and what they say of a document in one
line: the place, what stands there, what could.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
from attrs import frozen

from locum.openapi.walk import Pointer

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_LONGEST = 60

# OpenAPI wants component names to match ^[a-zA-Z0-9._-]+$. LangSmith's own document names its
# security schemes with blanks, which harms nobody: these three names pass.
TOLERATED_SCHEMES = frozenset(["API Key", "Tenant ID", "Bearer Auth"])


@frozen
class Fault:
    """`found` stands at `pointer`, where `expected` should."""

    pointer: Pointer
    found: str
    expected: str


def quoted(value: Any) -> str:
    """The value as JSON, cut short."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


@cache
def _meta_schema(version: str) -> Any:
    """OpenAPI's own (3.0, 3.1), or JSON Schema's ("schema")."""
    if version == "schema":
        schema = {"$ref": JSON_SCHEMA}
    else:
        file = Path(__file__).parent / "metaschemas" / f"openapi-{version}.json"
        schema = orjson.loads(file.read_bytes())
    return jsonschema_rs.validator_for(schema, validate_formats=True, offline=True)


def forget() -> None:
    """Give back the meta-schemas, which take two megabytes, when all documents are read."""
    _meta_schema.cache_clear()


def document_faults(document: dict[str, Any], version: str) -> Iterator[Fault]:
    """What is wrong with the document, one fault at most: an error high up often only follows from
    one further down. Schemas in OpenAPI 3.1 are not looked at."""
    components = document.get("components")
    if isinstance(components, dict) and isinstance(components.get("securitySchemes"), dict):
        schemes = {
            key.replace(" ", "") if key in TOLERATED_SCHEMES else key: scheme
            for key, scheme in components["securitySchemes"].items()
        }
        document = document | {"components": components | {"securitySchemes": schemes}}
    yield from _deepest((), _meta_schema(version).iter_errors(document))


def schema_faults(pointer: Pointer, schema: Any) -> Iterator[Fault]:
    """What is wrong with the OpenAPI 3.1 schema at that place, one fault at most."""
    return _deepest(pointer, _meta_schema("schema").iter_errors(schema))


def _deepest(pointer: Pointer, errors: Iterable[Any]) -> Iterator[Fault]:
    leaves = [leaf for error in errors for leaf in _leaves(error)]
    if leaves:
        leaf = max(leaves, key=_telling)
        yield _fault(pointer, leaf)


def _leaves(error: Any) -> list[Any]:
    """The errors behind one of anyOf or oneOf: those of its most telling branch."""
    branches = getattr(error.kind, "context", None)
    if not branches:
        return [error]
    nested = [[leaf for inner in branch for leaf in _leaves(inner)] for branch in branches]
    return max(
        (branch for branch in nested if branch),
        key=lambda b: max(map(_telling, b)),
        default=[error],
    )


def _telling(error: Any) -> tuple[int, bool, bool]:
    """The deeper, the nearer to the cause; that something is no reference tells nothing, and what
    is unevaluated may be so because of another fault."""
    name = error.kind.name
    no_reference = name == "required" and error.kind.property == "$ref"
    return len(error.instance_path), not no_reference, name != "unevaluatedProperties"


def _fault(pointer: Pointer, error: Any) -> Fault:
    kind = error.kind
    where = (*pointer, *error.instance_path)
    match kind.name:
        case "required":
            return Fault(where, f"no field {kind.property!r}", "one")
        case "unevaluatedProperties" | "additionalProperties":
            unknown = ", ".join(map(repr, kind.unexpected))
            return Fault(where, f"the unknown field {unknown}", "a field that OpenAPI has here")
        case "type":
            return Fault(where, quoted(error.instance), " or ".join(kind.types))
        case "enum":
            return Fault(where, quoted(error.instance), f"one of {quoted(kind.options)}")
        case "propertyNames":
            return Fault(where, repr(kind.error.instance), "a name of A-Z a-z 0-9 . _ -")
        case "format":
            return Fault(where, quoted(error.instance), f"a {kind.format}")
        case "pattern":
            return Fault(where, quoted(error.instance), f"what matches {kind.pattern}")
        case _:
            return Fault(where, quoted(error.instance), f"it to keep the rule {kind.name}")
