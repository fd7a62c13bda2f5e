"""What a schema says of its values' shape, read without compiling it: properties, items, types.

Everything here looks through references, allOf, anyOf and oneOf, and never recurses.

    Shapes      a document's schemas
    Place       where in a body an item, or the array of a list, stands
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from locum.generate.names import plain
from locum.openapi.media_types import is_xml
from locum.openapi.schemas import JSON_TYPES, Schemas, json_type
from locum.openapi.walk import Pointer, resolve, tokens

JSON_MEDIA_TYPE = re.compile(
    r"(application|text)/(json|[\w.+-]+\+json)\s*(;.*)?|\*/\*", re.IGNORECASE
)
_MOST_BESIDE = 4  # properties beside an array that is named as none of these
_MOST_FOLLOWED = 2_000  # schemas that one value is held to: more are no description of a thing

# Words under which an answer holds the array of its items, the best first.
_ARRAYS = ("data", "items", "results", "records", "entries", "values", "list", "content", "rows")
# Objects around such an array: {data: {items: […]}}.
_AROUND = frozenset(["data", "result", "response", "page", "embedded", "payload", "list"])


@frozen
class Place:
    """Where something stands in a JSON body: the schema of the body is at `pointer` of the
    document, and `path` are the names of the properties that lead to it, () for the body itself.
    """

    pointer: Pointer
    path: tuple[str, ...] = ()

    def of(self, body: Any) -> Any:
        """Return what stands there in the body, None where it has no such place."""
        for name in self.path:
            if not isinstance(body, dict):
                return None
            body = body.get(name)
        return body

    def put(self, body: Any, value: Any) -> Any:
        """Return the body with the value at the place; the body is not changed. Objects that lead
        to the place are made where they are missing."""
        if not self.path:
            return value
        root: dict[str, Any] = dict(body) if isinstance(body, dict) else {}
        node = root
        for name in self.path[:-1]:
            inner = node.get(name)
            node[name] = dict(inner) if isinstance(inner, dict) else {}
            node = node[name]
        node[self.path[-1]] = value
        return root


class Shapes:
    """The shapes of a document's schemas, each looked at once."""

    def __init__(self, schemas: Schemas) -> None:
        self._document: dict[str, Any] = schemas.document
        self._properties: dict[int, dict[str, Any]] = {}  # by the schema's id()
        self._items: dict[int, Any] = {}
        self._types: dict[int, frozenset[str]] = {}
        self._held: list[Any] = []  # the schemas: no other one gets the id() of one of these

    def at(self, pointer: Pointer) -> Any:
        """Return the schema at that pointer. Raise LookupError where there is none."""
        node: Any = self._document
        for token in pointer:
            node = node[token]
        return node

    def of(self, place: Place) -> Any:
        """Return the schema of what stands at the place. Raise LookupError where there is none."""
        schema = self.at(place.pointer)
        for name in place.path:
            schema = self.properties(schema)[name]
        return schema

    def pointer(self, place: Place, *, of_items: bool = False) -> Pointer:
        """Return the pointer of the document to the schema of what stands at the place, or to that
        of the items of the array there. Raise LookupError where there is none."""
        pointer = place.pointer
        for name in place.path:
            pointer = self._richest(
                (*at, "properties", name)
                for at, each in self._ways(self.at(pointer), pointer)
                if name in _mapping(each, "properties")
            )
        if of_items:
            pointer = self._richest(
                (*at, "items")
                for at, each in self._ways(self.at(pointer), pointer)
                if _describes_items(each)
            )
        return pointer

    def _richest(self, pointers: Iterable[Pointer]) -> Pointer:
        """Return the pointer to the schema that names most properties, of several the first."""
        found = [*pointers]
        if not found:
            raise LookupError
        return max(found, key=lambda pointer: len(self.properties(self.at(pointer))))

    def last(self, schema: Any) -> Any:
        """Return what the schema refers to, where it is a reference alone, or one with remarks, or
        the only part of an allOf, or of an anyOf or oneOf beside null."""
        for _ in range(_MOST_FOLLOWED):
            if not isinstance(schema, dict):
                return schema
            parts = [
                part
                for keyword in ("allOf", "anyOf", "oneOf")
                for _, part in _parts(schema, keyword)
            ]
            if "$ref" in schema:
                target = self._target(schema["$ref"])
            elif len(parts) == 1 and not schema.keys() & {"properties", "items"}:
                target = parts[0]
            else:
                return schema
            if target is None:
                return schema
            schema = target
        return schema

    def properties(self, schema: Any) -> dict[str, Any]:
        """Return the properties that the schema names, with their schemas, which the caller does
        not change; where several describe one, with an allOf of these."""
        if id(schema) not in self._properties:
            found: dict[str, list[Any]] = {}
            for each in self._all(schema):
                for name, part in _mapping(each, "properties").items():
                    found.setdefault(name, []).append(part)
            self._held.append(schema)
            self._properties[id(schema)] = {name: _together(parts) for name, parts in found.items()}
        return self._properties[id(schema)]

    def required(self, schema: Any) -> frozenset[str]:
        """Return the names of properties that every value of the schema has, as far as it says so
        outside of anyOf and oneOf, or in the only part of these."""
        names: set[str] = set()
        for each in self._all(schema, ways=False):
            required = each.get("required")
            if isinstance(required, list):
                names.update(name for name in required if isinstance(name, str))
        return frozenset(names)

    def types(self, schema: Any) -> frozenset[str]:
        """Return the JSON types that the schema admits by its types, enum and const ("integer"
        stands without "number" where only integers are admitted), all where it says nothing."""
        if id(schema) not in self._types:
            types: frozenset[str] = frozenset()
            for each in self._all(schema):
                types |= _own_types(each)
            self._held.append(schema)
            self._types[id(schema)] = types or JSON_TYPES
        return self._types[id(schema)]

    def is_object(self, schema: Any) -> bool:
        """Return whether the schema describes objects, by properties with names."""
        return bool(self.properties(schema)) and "object" in self.types(schema)

    def items(self, schema: Any) -> Any:
        """Return the schema of the items of its arrays, None where it describes none."""
        if id(schema) not in self._items:
            parts = [each["items"] for each in self._all(schema) if _describes_items(each)]
            self._held.append(schema)
            self._items[id(schema)] = _together(parts) if parts else None
        return self._items[id(schema)]

    def keyword(self, schema: Any, name: str) -> Any:
        """Return the value of the keyword, where the schema has it, None where it does not."""
        return next((each[name] for each in self._all(schema) if name in each), None)

    def examples(self, schema: Any) -> Iterator[Any]:
        """Yield the examples that the schema gives, and those it refers to; they may be invalid."""
        for each in self._all(schema):
            if "example" in each:
                yield each["example"]
            examples = each.get("examples")
            yield from examples if isinstance(examples, list) else ()

    def array_in(self, pointer: Pointer, hint: str = "") -> Place | None:
        """Return where the body whose schema is at the pointer holds the array of its items, None
        where it has none, or several and no telling which. `hint` is the collection's name: under
        it, too, an array may stand."""
        schema = self.at(pointer)
        if self.items(schema) is not None:
            return Place(pointer)
        properties = self.properties(schema)
        name = self._array_name(properties, hint)
        if name is not None:
            return Place(pointer, (name,))
        for outer, part in properties.items():
            if plain(outer) in _AROUND or plain(outer) == plain(hint):
                inner = self._array_name(self.properties(part), hint)
                if inner is not None:
                    return Place(pointer, (outer, inner))
        return None

    def _array_name(self, properties: Mapping[str, Any], hint: str) -> str | None:
        arrays = {
            plain(name): name for name, part in properties.items() if self.items(part) is not None
        }
        for word in (*_ARRAYS, plain(hint)):
            if word in arrays:
                return arrays[word]
        of_objects = [
            name for name in arrays.values() if self.is_object(self.items(properties[name]))
        ]
        # With many other properties it is a thing with parts, and no list.
        is_alone = len(of_objects) == 1 and len(properties) <= _MOST_BESIDE + 1
        return of_objects[0] if is_alone else None

    def _target(self, reference: Any) -> Any:
        try:
            return resolve(self._document, reference) if isinstance(reference, str) else None
        except LookupError:
            return None

    def _all(self, schema: Any, *, ways: bool = True) -> Iterator[dict[str, Any]]:
        return (each for _, each in self._ways(schema, (), ways=ways))

    def _ways(
        self, schema: Any, pointer: Pointer, *, ways: bool = True
    ) -> Iterator[tuple[Pointer, dict[str, Any]]]:
        """Yield the schemas that look at the same value with their pointers, outermost first; those
        of anyOf and oneOf only with `ways`, or where there is but one beside null."""
        waiting: list[tuple[Pointer, Any]] = [(pointer, schema)]
        seen = set[int]()
        while waiting and len(seen) < _MOST_FOLLOWED:
            at, each = waiting.pop()
            if not isinstance(each, dict) or id(each) in seen:
                continue
            seen.add(id(each))
            yield at, each
            parts = [*_parts(each, "allOf")]
            choices = [*_parts(each, "anyOf"), *_parts(each, "oneOf")]
            if ways or len(choices) == 1:
                parts += choices
            waiting += (((*at, *tokens), part) for tokens, part in reversed(parts))
            if "$ref" in each:
                target = self._target(each["$ref"])
                if target is not None:
                    waiting.append((self._pointer_of(each["$ref"]), target))

    def _pointer_of(self, reference: str) -> Pointer:
        """Return the reference's tokens, with numbers where they count the items of an array."""
        node: Any = self._document
        pointer: list[str | int] = []
        for token in tokens(reference):
            pointer.append(int(token) if isinstance(node, list) else token)
            node = node[pointer[-1]]
        return tuple(pointer)


def success(
    document: dict[str, Any], path: str, method: str
) -> tuple[str, str | None, Pointer | None]:
    """Return status, media type and the pointer to the schema of the answer that the operation
    gives when all is well: the lowest 2xx, else 2XX, else default. The last two are None where
    that answer has neither JSON nor XML with a schema; the status is "" where none is documented.
    """
    responses = document["paths"][path][method].get("responses", {})
    named = sorted(str(status) for status in responses if re.fullmatch("2..", str(status)))
    named += [status for status in ("default",) if status in responses and not named]
    for status in named:
        pointer = ("paths", path, method, "responses", status)
        media_type, schema = _described(responses[status], pointer)
        if schema is not None:
            return status, media_type, schema
    return (named[0] if named else ""), None, None


def request(document: dict[str, Any], path: str, method: str) -> tuple[tuple[str, Pointer], ...]:
    """Return the media types of the operation's body, each with the pointer to its schema."""
    content = document["paths"][path][method].get("requestBody", {}).get("content", {})
    pointer = ("paths", path, method, "requestBody", "content")
    return tuple(
        (media_type, (*pointer, media_type, "schema"))
        for media_type, value in content.items()
        if isinstance(value, dict) and "schema" in value
    )


def _described(response: Any, pointer: Pointer) -> tuple[str | None, Pointer | None]:
    content = response.get("content", {}) if isinstance(response, dict) else {}
    for is_its in (JSON_MEDIA_TYPE.fullmatch, is_xml):
        for media_type, value in content.items():
            if is_its(media_type) and "schema" in value:
                return media_type, (*pointer, "content", media_type, "schema")
    return None, None


def _together(parts: list[Any]) -> Any:
    return parts[0] if all(part is parts[0] for part in parts) else {"allOf": parts}


def _mapping(schema: dict[str, Any], keyword: str) -> dict[str, Any]:
    value = schema.get(keyword)
    return value if isinstance(value, dict) else {}


def _parts(schema: dict[str, Any], keyword: str) -> Iterator[tuple[Pointer, Any]]:
    """Yield the parts under the keyword with their pointers, but those that admit null alone."""
    parts = schema.get(keyword)
    for index, part in enumerate(parts if isinstance(parts, list) else ()):
        if isinstance(part, dict) and part.get("type") != "null":
            yield (keyword, index), part


def _describes_items(schema: dict[str, Any]) -> bool:
    return "items" in schema and _own_types(schema) <= {"array", "null"}


def _own_types(schema: dict[str, Any]) -> frozenset[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return frozenset([declared])
    if isinstance(declared, list):
        return frozenset(each for each in declared if isinstance(each, str))
    values = schema["enum"] if isinstance(schema.get("enum"), list) else []
    values = [*values, *([schema["const"]] if "const" in schema else [])]
    if values:
        return frozenset(map(json_type, values))
    return frozenset(["object"]) if "properties" in schema else frozenset()


def words(name: str) -> list[str]:
    """Return the words of the name in lower case: petId → pet, id."""
    split = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return re.findall(r"[0-9a-z]+", split.lower())
