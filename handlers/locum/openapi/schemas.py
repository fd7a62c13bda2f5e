"""The schemas of a document, compiled once each (jsonschema-rs, JSON Schema Draft 2020-12).

OpenAPI 3.1 schemas are Draft 2020-12 already. Those of 3.0 are converted up, which loses nothing;
the other way would.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
from attrs import field, frozen

from locum.exceptions import DocumentError, InvalidValue
from locum.openapi.graph import Targets, extent, parts, post_order, simplify
from locum.openapi.reader import levels
from locum.openapi.walk import (
    MOST_LEVELS,
    Pointer,
    children,
    json_copy,
    json_pointer,
    local_reference,
    walk,
)
from locum.openapi.walk import tokens as tokens_of

JSON_TYPES = frozenset(["null", "boolean", "integer", "number", "string", "array", "object"])
_MOST_WORDS = 1_000  # characters of a fault's message
_MOST_FAULTS = 100  # that one request is told of
# Errors in each other: those of 2,500 take 3 s, and of 10,000 the stack of what writes them.
_MOST_NESTED = 2_500
_NUMBERS = frozenset(["integer", "number"])


@frozen(eq=False, slots=False)
class Schema:
    """A schema at a place of a document, compiled when it is first asked about a value."""

    schema: Any
    """The schema as it stands in Draft 2020-12: an object, true or false."""
    pointer: Pointer
    _schemas: Schemas = field(repr=False)

    @cached_property
    def raw(self) -> dict[str, Any]:
        """The schema with the references at its top followed; {} stands for true."""
        return self._schemas.raw(self.schema)

    @cached_property
    def types(self) -> frozenset[str]:
        """The JSON types that it admits, "integer" only where fractions are refused."""
        return self._schemas.types(self.schema)

    @cached_property
    def item_types(self) -> frozenset[str]:
        """The types of the items of its arrays, none where it does not say."""
        return self._schemas.item_types(self.schema)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The defaults of an object's own properties, without those nested in them. The values are
        shared, so copy before changing one."""
        return self._schemas.defaults(self.schema)

    @property
    def effective(self) -> dict[str, Any]:
        """The whole document."""
        return self._schemas.effective

    @property
    def whole(self) -> Schemas:
        """The schemas of the document."""
        return self._schemas

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return self._schemas.validator(self.schema, self.pointer)

    @cached_property
    def _depth(self) -> int:
        return self._schemas.extent.depth

    def compile(self) -> None:
        """Compile it now. Raise DocumentError for a schema that cannot be, as one with a pattern
        that is too large: documents that were loaded have none."""
        _ = self._validator

    def is_valid(self, value: object) -> bool:
        """Return whether the JSON value is valid; known formats (uuid, date-time …) count.

        The value may be as deep as JSON parsers let through. NaN is valid for no number. Raise
        ValueError for what is no JSON: a key that is no text or holds a lone surrogate, a value of
        another type.
        """
        return self._validator.is_valid(value)

    def errors(self, value: object) -> Iterator[jsonschema_rs.ValidationError]:
        """Yield every validation error of the value, in the schema's order.

        Raise ValueError as `is_valid` does, and for an invalid value in which more than 255 arrays
        and objects are nested, or fewer where many schemas are: the error would hold a copy of it,
        and errors of anyOf and oneOf hold each other.
        """
        if self._depth * MOST_LEVELS > _MOST_NESTED and self._depth * levels(value) > _MOST_NESTED:
            raise ValueError("nested too deeply for its schema")
        return self._validator.iter_errors(value)

    def accepts(self, value: object) -> bool:
        """Return whether the value fits; what is no JSON does not."""
        try:
            return self._validator.is_valid(value)
        except ValueError:
            return False

    def faults(self, value: object, location: tuple[str | int, ...]) -> tuple[InvalidValue, ...]:
        """Return a fault for each error of the value, in the validator's words, none where it is
        valid; `location` is where the value stands in the request."""
        try:
            if self.is_valid(value):
                return ()
            return tuple(
                InvalidValue(
                    (*location, *error.instance_path),
                    _shortened(error.message),
                    error.kind.name,
                    error.instance,
                )
                for error in islice(self.errors(value), _MOST_FAULTS)
            )
        except ValueError as error:  # nested deeper than an error can show
            return (InvalidValue(location, f"cannot be read: {error}", "value"),)

    def keywords(self, error: jsonschema_rs.ValidationError) -> dict[str, Any]:
        """Return the schema object whose keyword the error is about."""
        schema: Any = self._schemas.document if _leads(self.schema) else self.schema
        for token in error.schema_path[:-1]:
            schema = schema[int(token) if isinstance(schema, list) else token]
        return schema if isinstance(schema, dict) else {}


class Schemas:
    """The schemas of an effective document, which is not changed: one of OpenAPI 3.0 is copied, and
    the copy converted; and so is one that would take too long to check a value by."""

    def __init__(
        self, document: dict[str, Any], path: Path | None = None, *, defaults: bool = False
    ) -> None:
        """Take the document, its file for errors, and whether its defaults are to be checked."""
        self._path = path
        self.are_integers_bounded = False  # in requests, by the formats int32 and int64
        self.document = self.effective = document
        self.is_3_0 = str(document["openapi"]).startswith("3.0")
        if self.is_3_0:
            self.document = json_copy(document)
            for _, kind, node in walk(self.document):
                if kind == "schema" and isinstance(node, dict):
                    _convert_up(node)
        self.extent = extent(self.document, defaults=defaults)
        if self.extent.excess:
            self.document = json_copy(self.document)
            simplify(self.document, defaults=defaults)
            self.extent = extent(self.document, defaults=defaults)
        self._targets = Targets(self.document)
        self._admitted: dict[int, frozenset[str]] = {}
        self._of_items: dict[int, frozenset[str]] = {}
        self._at: dict[Pointer, Schema] = {}
        self._of_text: dict[tuple[str, bytes], Schema] = {}

    def release_memory(self) -> None:
        """Drop what was only needed to find what is the same. Schemas stay, and those that are
        asked for later are found and compiled as before."""
        self._of_text.clear()

    def at(self, *tokens: str | int) -> Schema:
        """Return the schema at that pointer of the document, the same one whenever it is called
        for; those of the same text are one.

        Raise LookupError where the document has nothing there.
        """
        known = self._at.get(tokens)
        if known is not None:
            return known
        raw: Any = self.document
        for token in tokens:
            raw = raw[token]
        text = f"{self._one_way(tokens)} {_is_sent(tokens)}", orjson.dumps(raw)
        if text not in self._of_text:
            self._of_text[text] = Schema(raw, tokens, self)
        self._at[tokens] = self._of_text[text]
        return self._at[tokens]

    def errors_of(
        self, values: Sequence[tuple[Pointer, object]]
    ) -> Iterator[tuple[int, jsonschema_rs.ValidationError]]:
        """Yield the validation errors of JSON values, each by the schema at the pointer of the
        document that comes with it; with the value's number, which `instance_path` begins with too.

        All at once, because schemas that lead to the same ones are compiled together in the time of
        one.
        """
        places = {str(index): _reference(pointer) for index, (pointer, _) in enumerate(values)}
        validator = self._compiled({"properties": places}, (), _registry(self.document))
        named = dict(zip(places, (value for _, value in values), strict=True))
        for error in validator.iter_errors(named):
            yield int(error.instance_path[0]), error

    def validator(self, schema: Any, pointer: Pointer) -> jsonschema_rs.Draft202012Validator:
        """Compile the schema at the pointer, with those alone that it leads to."""
        places, nodes = self._reached(schema, pointer)
        document = _with_only(places)
        keyword = self._one_way(pointer)
        changes = self._still_required(nodes, keyword) if keyword else []
        if self.are_integers_bounded and _is_sent(pointer):
            changes += [(each, bounds) for each in nodes if (bounds := _bounds(each))]
        if changes:
            copies: dict[int, Any] = {}
            document = copy.deepcopy(document, copies)
            for each, change in changes:
                copies[id(each)].update(change)
        if any("$ref" in each for each in nodes):
            return self._compiled(_reference(pointer), pointer, _registry(document))
        return self._compiled(_at(document, pointer), pointer, None)

    def _one_way(self, pointer: Pointer) -> str:
        """Return the keyword of the properties that a value at the pointer need not have, required
        or not, "" where there are none.

        OpenAPI 3.0.3, section 4.7.24.2: a required property that is readOnly is required of answers
        alone, one that is writeOnly of requests alone. In 3.1 both are remarks, but clients leave
        out what is readOnly all the same, so that we take such a request too (our choice).
        """
        if pointer[:1] != ("paths",) or len(pointer) < _LENGTH_OF_OPERATION:
            return ""
        if pointer[3] == "requestBody":
            return "readOnly"
        return "writeOnly" if pointer[3] == "responses" and self.is_3_0 else ""

    def _still_required(
        self, nodes: list[dict[str, Any]], keyword: str
    ) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the schemas that require a property with the keyword, whether they have it or
        another has that says something of the same object, with what else each requires."""
        if not any(each.get(keyword) is True for each in nodes):
            return []
        optional: dict[int, set[str]] = {}
        for each in nodes:
            its = self._combined(each)
            properties = [(n, p) for part in its for n, p in part.get("properties", {}).items()]
            names = {
                name
                for name, of_property in properties
                if any(part.get(keyword) is True for part in self._combined(of_property))
            }
            for part in its:
                if not names.isdisjoint(part.get("required", ())):
                    optional.setdefault(id(part), set()).update(names)
        return [
            (each, {"required": [n for n in each["required"] if n not in optional[id(each)]]})
            for each in nodes
            if id(each) in optional
        ]

    def _combined(self, schema: Any) -> list[dict[str, Any]]:
        """Return the schema and those that say something of the same value."""
        found = [schema] if isinstance(schema, dict) else []
        seen = {id(schema)}
        for each in found:  # which grows
            combined = [part for name in _COMBINED for part in each.get(name, ())]
            for part in (*combined, *self._targets.followed(each)):
                if isinstance(part, dict) and id(part) not in seen:
                    seen.add(id(part))
                    found.append(part)
        return found

    def _reached(
        self, schema: Any, pointer: Pointer
    ) -> tuple[dict[tuple[str, ...], Any], list[dict[str, Any]]]:
        """Return the schema and what its references lead to, by their places in the document, and
        all schemas in these."""
        places: dict[tuple[str, ...], Any] = {tuple(map(str, pointer)): schema}
        nodes = [schema] if isinstance(schema, dict) else []
        seen = {id(schema)}
        for each in nodes:  # which grows
            within = [*children(each, "schema")]
            if "$ref" in each:
                target = self._targets[each["$ref"]]
                places.setdefault(tokens_of(each["$ref"]), target)
                within.append(target)
            for child in within:
                if isinstance(child, dict) and id(child) not in seen:
                    seen.add(id(child))
                    nodes.append(child)
        return places, nodes

    def _compiled(
        self, schema: Any, pointer: Pointer, registry: jsonschema_rs.Registry | None
    ) -> jsonschema_rs.Draft202012Validator:
        try:
            return jsonschema_rs.Draft202012Validator(
                schema, registry=registry, validate_formats=True, offline=True
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            found, expected = f"{str(error).splitlines()[0]:.200}", "a schema that can be compiled"
            raise DocumentError(
                f"{json_pointer(pointer)}: found {found}, expected {expected}",
                "mend the schema",
                self._path,
                pointer,
                found=found,
                expected=expected,
            ) from None

    def raw(self, schema: Any) -> dict[str, Any]:
        """Return what `Schema.raw` is of the schema."""
        schema = self._targets.last(schema)
        if isinstance(schema, dict):
            return schema
        return {} if schema else {"not": {}}

    def target(self, reference: str) -> Any:
        """Return what a reference in a schema names, in Draft 2020-12."""
        return self._targets[reference]

    def types(self, schema: Any) -> frozenset[str]:
        """Return the types that the schema, one of the document or made of such, admits."""
        return _without_integer(self._fixed(schema, self._admitted, self._own_types, JSON_TYPES))

    def item_types(self, schema: Any) -> frozenset[str]:
        """Return the types that the items of its arrays admit, none where it does not say."""
        return self._fixed(schema, self._of_items, self._own_item_types, frozenset())

    def _fixed(
        self,
        schema: Any,
        known: dict[int, frozenset[str]],
        own: Callable[[Any], frozenset[str]],
        first: frozenset[str],
    ) -> frozenset[str]:
        """Return what `own` says of the schema, which asks `known` about the schemas in it. Those
        in a circle begin with `first`, and are asked until nothing changes."""
        new = [*post_order(schema, partial(parts, targets=self._targets), known)]
        known |= {id(each): first for each in new}
        changed = True
        while changed:
            before = [known[id(each)] for each in new]
            for each in new:
                known[id(each)] = own(each)
            changed = before != [known[id(each)] for each in new]
        return known[id(schema)] if isinstance(schema, dict) else own(schema)

    def _own_types(self, schema: Any) -> frozenset[str]:
        """Return the admitted types, with "integer" beside "number"."""
        if not isinstance(schema, dict):
            return JSON_TYPES if schema else frozenset()
        types = JSON_TYPES
        if "type" in schema:
            declared = schema["type"]
            types &= _with_integer([declared] if isinstance(declared, str) else declared)
        if "enum" in schema:
            types &= _with_integer(map(json_type, schema["enum"]))
        if "const" in schema:
            types &= _with_integer([json_type(schema["const"])])
        for part in (*self._targets.followed(schema), *schema.get("allOf", ())):
            types &= self._admitted_by(part)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                types &= frozenset().union(*map(self._admitted_by, schema[keyword]))
        return types

    def _admitted_by(self, part: Any) -> frozenset[str]:
        return self._admitted[id(part)] if isinstance(part, dict) else self._own_types(part)

    def _own_item_types(self, schema: Any) -> frozenset[str]:
        if not isinstance(schema, dict):
            return frozenset()
        if "items" in schema:
            return self.types(schema["items"])
        combined = [part for name in ("allOf", "anyOf", "oneOf") for part in schema.get(name, ())]
        combined += self._targets.followed(schema)
        inner = (self._of_items[id(part)] for part in combined if isinstance(part, dict))
        return frozenset[str]().union(*inner)

    def defaults(self, schema: Any) -> dict[str, Any]:
        """Return the defaults of the properties. The schema's own stand before those of allOf, of
        which the last stands before the others, and those before what the schema refers to: so
        they are gone through in that order, each schema once."""
        defaults: dict[str, Any] = {}
        waiting, seen = [schema], set[int]()
        while waiting:
            each = waiting.pop()
            if not isinstance(each, dict) or id(each) in seen:
                continue
            seen.add(id(each))
            for name, part in each.get("properties", {}).items():
                raw = self.raw(part)
                # A default beside a reference overrides that of the reference's target.
                if "default" in raw:
                    defaults.setdefault(name, raw["default"])
            waiting += (*self._targets.followed(each), *each.get("allOf", ()))
        return defaults


_DOCUMENT = "urn:locum:document"
_COMBINED = ("allOf", "anyOf", "oneOf")
_LENGTH_OF_OPERATION = 4  # of a pointer into one


def _shortened(message: str) -> str:
    """Return the validator's words, which quote the value whatever its length."""
    return message if len(message) <= _MOST_WORDS else f"{message[:_MOST_WORDS]}…"


def _is_sent(pointer: Pointer) -> bool:
    """Whether what stands there is in requests alone."""
    return pointer[:1] == ("paths",) and pointer[3:4] in (("requestBody",), ("parameters",))


_FORMATS = {"int32": 2**31, "int64": 2**63}


def _bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the limits of an integer whose format has some (OpenAPI 3.1.0, section 4.4), {} where
    the schema has limits of its own."""
    least = _FORMATS.get(str(schema.get("format")))
    types = schema.get("type")
    if least is None or "integer" not in (types if isinstance(types, list) else [types]):
        return {}
    below, above = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
    bounds = {"minimum": -least} if below.isdisjoint(schema) else {}
    return bounds | ({"maximum": least - 1} if above.isdisjoint(schema) else {})


def _registry(document: dict[str, Any]) -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(_DOCUMENT, document)], draft=jsonschema_rs.Draft202012)


def _reference(pointer: Pointer) -> dict[str, Any]:
    """Return the schema that is a reference to that place of the document."""
    return {"$ref": f"{_DOCUMENT}{local_reference(pointer)}"}


def _at(document: Any, pointer: Pointer) -> Any:
    for token in pointer:
        document = document[str(token)]
    return document


def _leads(schema: Any) -> bool:
    """Whether there is a reference in the schema."""
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if "$ref" in each:
                return True
            waiting += children(each, "schema")
    return False


def _with_only(places: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    """Return an object that has those values at their places."""
    made: dict[str, Any] = {}
    whole: set[tuple[str, ...]] = set()
    for place in sorted(places, key=len):
        if any(place[:length] in whole for length in range(len(place))):
            continue  # it is part of another
        node = made
        for token in place[:-1]:
            node = node.setdefault(token, {})
        node[place[-1]] = places[place]
        whole.add(place)
    return made


def json_type(value: object) -> str:
    """Return the JSON type of the value, "integer" for every number without a fraction."""
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
    """Return the types with "integer" beside "number": every integer is a number too."""
    members = frozenset(types)
    return members | _NUMBERS if "number" in members else members


def _without_integer(types: frozenset[str]) -> frozenset[str]:
    return types - {"integer"} if "number" in types else types


def _convert_up(schema: dict[str, Any]) -> None:
    """Convert a schema of OpenAPI 3.0 to Draft 2020-12, in place, without the schemas within it.
    Differences: OpenAPI 3.0.3, section 4.7.24."""
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
    """Make the schema admit null, in place. Our choice where 3.0 is unclear: null is valid whatever
    else the schema says, as an enum without null, or allOf and anyOf without a type."""
    combined = schema.keys() & {"allOf", "anyOf", "oneOf", "not"}
    if "type" in schema and not combined:
        schema["type"] = [schema["type"], "null"]
        if None not in schema.get("enum", [None]):
            schema["enum"] = [*schema["enum"], None]
        return
    inner = {key: schema.pop(key) for key in list(schema) if key != "default"}
    schema["anyOf"] = [inner, {"type": "null"}]


def integers(value: Any, below: float = math.inf) -> Any:
    """Make each number without a fraction, and of less than that size, an int, in place, and return
    the value. To a schema 10.0 is the integer 10, and to a handler too; JSON's writers know no
    integers of more than 64 bits.

    Without recursion: the value may be nested a thousand deep.
    """
    root = [value]
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        for key, item in node.items() if type(node) is dict else enumerate(node):
            kind = type(item)
            if kind is dict or kind is list:
                waiting.append(item)
            elif kind is float and item.is_integer() and abs(item) < below:
                node[key] = int(item)
    return root[0]


def short_integers(value: Any, *, is_exact: bool = True) -> Any:
    """Make each integer of more than 64 bits a float where that is the same number, in place, and
    return the value: so what was sent as 1e300 is not written with 301 digits. To a schema it is an
    integer still. Where it need not be exact, the others become the nearest floats.

    Without recursion, as above. An integer is below 1e308, as a request's are.
    """
    root = [value]
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        for key, item in node.items() if type(node) is dict else enumerate(node):
            kind = type(item)
            if kind is dict or kind is list:
                waiting.append(item)
            elif kind is int and not -(2**63) <= item < 2**64:
                nearest = float(item)
                if nearest == item or not is_exact:
                    node[key] = nearest
    return root[0]
