"""The schemas of a document, compiled once each (jsonschema-rs, JSON Schema Draft 2020-12).

OpenAPI 3.1 schemas are Draft 2020-12 already. Those of 3.0 are converted up, which loses nothing;
the other way would.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote

import jsonschema_rs
from attrs import field, frozen

from locum.openapi.walk import resolve, walk

JSON_TYPES = frozenset(["null", "boolean", "integer", "number", "string", "array", "object"])
_NUMBERS = frozenset(["integer", "number"])


@frozen(eq=False)
class Schema:
    """A compiled schema.

    `raw` is its text as Draft 2020-12 would have it, behind the references at its top; {} stands
    for true. `types` are the JSON types that it admits ("integer" only where fractions are
    refused). `defaults` are those of an object's own properties, not of what is nested in them;
    they are shared, so copy before changing one.
    """

    raw: dict[str, Any]
    types: frozenset[str]
    defaults: dict[str, Any]
    _validator: jsonschema_rs.Draft202012Validator = field(repr=False)
    _document: dict[str, Any] = field(repr=False)

    def is_valid(self, value: object) -> bool:
        """Whether the JSON value fits; known formats (uuid, date-time …) count.

        Of any depth that JSON parsers let through. Raises ValueError for what is no JSON: a key
        that is no text or holds a lone surrogate, a value of another type. NaN fits no number.
        """
        return self._validator.is_valid(value)

    def errors(self, value: object) -> Iterator[jsonschema_rs.ValidationError]:
        """Every fault of the value, in the schema's order.

        Raises ValueError as `is_valid` does, and for a value at fault in which more than 255
        arrays and objects are nested: the error would hold a copy of it.
        """
        return self._validator.iter_errors(value)

    def keywords(self, error: jsonschema_rs.ValidationError) -> dict[str, Any]:
        """The keywords that stand beside the one that the error is about, itself included."""
        found: Any = self._document
        for token in error.schema_path[:-1]:
            found = found[token]
        return found if isinstance(found, dict) else {}


class Schemas:
    """The schemas of an effective document. The document is neither changed nor kept alive by
    conversion: one of OpenAPI 3.0 is copied."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        if str(document["openapi"]).startswith("3.0"):
            self._document = copy.deepcopy(document)
            for _, kind, node in walk(self._document):
                if kind == "schema" and isinstance(node, dict):
                    _convert_up(node)
        self._compiled: dict[tuple[str | int, ...], Schema] = {}

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry(
            [(_DOCUMENT, self._document)], draft=jsonschema_rs.Draft202012
        )

    def rest(self) -> None:
        """Give back what compiling needs: for when no further schema is to be asked for."""
        self.__dict__.pop("_registry", None)

    def at(self, *tokens: str | int) -> Schema:
        """The schema at that place of the document, compiled when first asked for.

        Raises LookupError where the document has nothing.
        """
        if tokens not in self._compiled:
            raw: Any = self._document
            for token in tokens:
                raw = raw[token]
            reference = "#" + "".join(f"/{_escape(str(token))}" for token in tokens)
            self._compiled[tokens] = Schema(
                self._raw(raw),
                self._types(raw, frozenset()),
                self._defaults(raw, frozenset()),
                jsonschema_rs.Draft202012Validator(
                    {"$ref": _DOCUMENT + reference},
                    registry=self._registry,
                    validate_formats=True,
                    offline=True,
                ),
                self._document,
            )
        return self._compiled[tokens]

    def _raw(self, schema: Any) -> dict[str, Any]:
        seen: set[str] = set()
        while isinstance(schema, dict) and schema.keys() == {"$ref"} and schema["$ref"] not in seen:
            seen.add(schema["$ref"])
            schema = resolve(self._document, schema["$ref"])
        if isinstance(schema, dict):
            return schema
        return {} if schema else {"not": {}}

    def _types(self, schema: Any, seen: frozenset[str]) -> frozenset[str]:
        """The types that the schema admits. `seen` are the references that led here: one that comes
        again says nothing new."""
        if not isinstance(schema, dict):
            return _without_integer(JSON_TYPES) if schema else frozenset()
        types = JSON_TYPES
        if "type" in schema:
            named = schema["type"]
            types &= _with_integer([named] if isinstance(named, str) else named)
        if "enum" in schema:
            types &= _with_integer(map(_type, schema["enum"]))
        if "const" in schema:
            types &= _with_integer([_type(schema["const"])])
        reference = schema.get("$ref")
        if reference is not None and reference not in seen:
            target = resolve(self._document, reference)
            types &= _with_integer(self._types(target, seen | {reference}))
        for part in schema.get("allOf", ()):
            types &= _with_integer(self._types(part, seen))
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                parts = [self._types(part, seen) for part in schema[keyword]]
                types &= _with_integer(frozenset().union(*parts))
        return _without_integer(types)

    def _defaults(self, schema: Any, seen: frozenset[str]) -> dict[str, Any]:
        if not isinstance(schema, dict):
            return {}
        defaults: dict[str, Any] = {}
        reference = schema.get("$ref")
        if reference is not None and reference not in seen:
            target = resolve(self._document, reference)
            defaults |= self._defaults(target, seen | {reference})
        for part in schema.get("allOf", ()):
            defaults |= self._defaults(part, seen)
        for name, part in schema.get("properties", {}).items():
            raw = self._raw(part)
            # A reference's sibling stands above what the reference names.
            if "default" in raw:
                defaults[name] = raw["default"]
        return defaults


_DOCUMENT = "urn:locum:document"


def _escape(token: str) -> str:
    """The token as it stands in a JSON Pointer in a URI fragment (RFC 6901, section 6)."""
    return quote(token.replace("~", "~0").replace("/", "~1"), safe="~!$&'()*+,;=:@")


def _type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case int() | float() if value == int(value):
            return "integer"
        case _:
            return "number"


def _with_integer(types: Any) -> frozenset[str]:
    """Every integer is a number too."""
    found = frozenset(types)
    return found | _NUMBERS if "number" in found else found


def _without_integer(types: frozenset[str]) -> frozenset[str]:
    return types - {"integer"} if "number" in types else types


def _convert_up(schema: dict[str, Any]) -> None:
    """Make a schema of OpenAPI 3.0 one of Draft 2020-12, in place; those in it are left as they
    are. Differences: OpenAPI 3.0.3, section 4.7.24."""
    if isinstance(schema.get("$ref"), str):
        for sibling in schema.keys() - {"$ref"}:  # 3.0 ignores them
            del schema[sibling]
        return
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and limit in schema:
            schema[exclusive] = schema.pop(limit)
        elif isinstance(schema.get(exclusive), bool):
            del schema[exclusive]
    if schema.pop("nullable", False):
        _admit_null(schema)


def _admit_null(schema: dict[str, Any]) -> None:
    """Our choice where 3.0 is unclear: null is admitted whatever else the schema says, be it an
    enum without null, or allOf and anyOf without a type."""
    combined = schema.keys() & {"allOf", "anyOf", "oneOf", "not"}
    if "type" in schema and not combined:
        schema["type"] = [schema["type"], "null"]
        if None not in schema.get("enum", [None]):
            schema["enum"] = [*schema["enum"], None]
        return
    inner = {key: schema.pop(key) for key in list(schema) if key != "default"}
    schema["anyOf"] = [inner, {"type": "null"}]
