"""Items of resources: made, created from what a request sends, changed; and put into answers.

Whatever comes out is valid for the item's schema, as long as what `Values` makes is.
What a request sent stays as it was sent; only a field that would make the item invalid gives way,
and then the rest stays. Nothing is random: an item's seed is its document, collection, scope and
number, and the time of what is created or changed follows from the items before it.

    Items   the items of a document's resources
    integer the integer that a text is, as an id
    later   a point in time so many seconds after another, in the same notation
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Any

from locum.exceptions import DocumentError, InvalidRequest
from locum.generate import patches
from locum.generate.filters import order
from locum.generate.names import plain
from locum.generate.resources import Operation, Resource, Role
from locum.generate.shapes import Place, Shapes, success
from locum.generate.values import NoValue, Values
from locum.openapi.documents import Document
from locum.openapi.json_bytes import written
from locum.openapi.schemas import Schema, json_type
from locum.openapi.walk import Pointer, json_copy, json_pointer

Item = dict[str, Any]
Scope = tuple[str, ...]

SEEDS = 4  # items of a collection that nobody has written to
_MOST_SEEDS = 256  # collections whose first items are remembered
_MOST_TRIES = 20  # at an id that is not taken
_MOST_FIELDS = 200  # that are tried one by one
_SECONDS_BETWEEN = 60  # of two items created one after the other
# Integers as JSON writes them, and as Python writes floats of more than 64 bits.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,307}")
_LARGE = re.compile(r"-?[0-9](\.[0-9]{1,16})?e\+[0-9]{2,3}")
_MILLISECONDS_FROM = 100_000_000_000  # a number above it counts milliseconds since 1970

# Plain names of the points in time at which an item was created, and last changed.
CREATED = frozenset(
    [
        "created",
        "createdat",
        "createddate",
        "createdon",
        "createdtime",
        "createtime",
        "creationdate",
        "creationtime",
        "datecreated",
        "insertedat",
    ]
)
CHANGED = frozenset(
    [
        "updated",
        "updatedat",
        "updatedon",
        "modified",
        "modifiedat",
        "lastmodified",
        "lastmodifiedat",
    ]
)


class Items:
    """The items of a document's resources. One thread at a time makes items, as it does values.

    Whatever makes or changes an item raises NoValue where its schema has none, or no meaning.
    """

    def __init__(self, document: Document, values: Values, seed: bytes = b"") -> None:
        """Take the document, what makes values for its schemas, and a seed beside the document's
        name, by which other items are made."""
        self._name = document.name
        self._effective = document.effective
        self._schemas = document.schemas
        self._shapes = Shapes(document.schemas)
        self._values = values
        self._seed = seed
        self._seeds: OrderedDict[tuple[str, Scope], tuple[Item, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def seeds(self, resource: Resource, scope: Scope) -> tuple[Item, ...]:
        """Return the items with which the collection begins: its valid documented examples, then
        made ones, each with another id. They are shared, and the caller does not change them."""
        key = (resource.name, scope)
        with self._lock:
            known = self._seeds.get(key)
            if known is None:
                known = self._seeds[key] = tuple(self._made_seeds(resource, scope))
                if len(self._seeds) > _MOST_SEEDS:
                    self._seeds.popitem(last=False)
            self._seeds.move_to_end(key)
            return known

    def _made_seeds(self, resource: Resource, scope: Scope) -> Iterable[Item]:
        items: dict[str, Item] = {}
        pins = self._scope_pins(resource, scope)
        for example in self._examples(resource):
            item = {**example, **pins}
            if len(items) < SEEDS and self._schema(resource).accepts(item):
                items.setdefault(str(item.get(resource.id_property)), item)
        for number in range(1, SEEDS + 1):
            if len(items) < SEEDS:
                made = self._make(resource, scope, number, {}, use_examples=False)
                items.setdefault(str(made.get(resource.id_property)), made)
        return items.values()

    def made(self, resource: Resource, scope: Scope, id_: str) -> Item:
        """Return the item of that id, as if it had always been there. One whose schema admits no
        such id, as a document may have it, has another."""
        value = self._id(resource, id_)
        item = self._make(resource, scope, id_, {resource.id_property: value}, use_examples=True)
        if str(item.get(resource.id_property)) != id_:
            named = {**item, resource.id_property: value}
            return named if self._schema(resource).accepts(named) else item
        return item

    def sent(
        self, operation: Operation, media_type: str, body: Any, query: Mapping[str, Any]
    ) -> Any:
        """Return what the request sends of an item: what stands in its body at the documented
        place; without a body the query's parameters. For a media type whose body has no such place,
        as a JSON Patch, the body."""
        if body is None:
            return dict(query)
        place = operation.sent.get(media_type)
        inner = place.of(body) if place is not None else None
        return body if inner is None else inner

    def sent_id(self, resource: Resource, sent: Any) -> str | None:
        """Return the id that the request gives its item in the body, as text; None where it gives
        none: as the property that holds it, or by the name of the path's parameter."""
        if not isinstance(sent, dict):
            return None
        schema = self._shapes.properties(self._item(resource)).get(resource.id_property)
        if self._shapes.keyword(schema, "readOnly") is True:
            return None
        for name in (resource.id_property, resource.id_parameter):
            value = sent.get(name)
            is_whole = isinstance(value, float) and value.is_integer()
            if (isinstance(value, str | int) or is_whole) and not isinstance(value, bool):
                is_text = isinstance(value, str)
                return str(value) if not (is_text and resource.has_integer_ids) else None
        return None

    def can_have(self, resource: Resource, id_: str) -> bool:
        """Return whether an item can have that id: where ids are integers, no other text is one."""
        return not resource.has_integer_ids or integer(id_) is not None

    def new_id(
        self,
        resource: Resource,
        scope: Scope,
        number: int,
        greatest: int,
        is_taken: Callable[[str], bool],
    ) -> str:
        """Return an id that is not taken: the integer after the greatest one, or a text made from
        the number of the item."""
        if resource.has_integer_ids:
            return str(greatest + 1)
        for attempt in range(_MOST_TRIES):
            seed = self._seed_of(resource, scope, ["new", number, attempt])
            id_ = self._made_id(resource, seed)
            if id_ is not None and not is_taken(id_):
                return id_
        base = f"{resource.kind}-{number}"
        return next(
            each for each in chain([base], (f"{base}-{n}" for n in count())) if not is_taken(each)
        )

    def newer(self, one: Item | None, other: Item | None) -> Item | None:
        """Return the one of two items that says the later time of its creation; of two that say
        the same the other; one that says none only where both do."""
        if one is None or other is None:
            return one or other
        times = [_creation(each) for each in (one, other)]
        if times[0] is None or times[1] is None:
            return other if times[0] is None else one
        return other if order(times[1]) >= order(times[0]) else one

    def created(
        self,
        resource: Resource,
        operation: Operation,
        scope: Scope,
        id_: str,
        sent: Any,
        newest: Item | None = None,
    ) -> Item:
        """Return the item that the request creates with that id: what was sent, and beside it what
        was not. `newest` is the item that was created last: this one is created a minute later."""
        pins = {resource.id_property: self._id(resource, id_), **self._scope_pins(resource, scope)}
        base = self.made(resource, scope, id_)
        fields = self._fields(resource, operation, sent) | pins
        item = self._combined(resource, operation, base, fields)
        return self._stamped(resource, item, fields, newest)

    def replaced(self, resource: Resource, operation: Operation, old: Item, sent: Any) -> Item:
        """Return the item after PUT: what was sent, and what no request can send as it was."""
        pins = {resource.id_property: old.get(resource.id_property)}
        fields = self._fields(resource, operation, sent) | pins
        item = self._combined(resource, operation, old, fields)
        return self._changed(resource, item, fields, old)

    def merged(
        self,
        resource: Resource,
        operation: Operation,
        old: Item,
        sent: Any,
        *,
        strict: bool = False,
        place: tuple[str, ...] = (),
    ) -> Item:
        """Return the item after a merge patch (RFC 7396). A null stays, where the item's schema
        admits it: so are these meant in bodies of application/json; not with `strict`. `place` is
        where in the body the patch stands.

        Raise InvalidRequest for a value that the item cannot have. Not with `strict` for one of
        another JSON type than the item has it in, as names for objects, or null for what is
        required: the document says that it may be sent, and not what becomes of it, so that field
        stays as it was (our choice). Nor for POST, whose body is no part of an item.
        """
        if not isinstance(sent, dict):
            if strict:
                raise InvalidRequest(self._schema(resource).faults(sent, ("body", *place)))
            return old
        fields = self._fields(resource, operation, sent)
        fields.pop(resource.id_property, None)
        # POST changes what it names, and knows no parts of that.
        is_whole = operation.method == "post"
        merged: Item = {**old, **fields} if is_whole else patches.merged(old, fields)
        properties = self._shapes.properties(self._item(resource))
        for name, value in fields.items():
            part = properties.get(name)
            if value is None and not strict and "null" in self._shapes.types(part):
                merged[name] = None
        schema = self._schema(resource)
        if schema.accepts(merged):
            return self._changed(resource, merged, fields, old)
        if strict:
            raise InvalidRequest(schema.faults(merged, ("body", *place)))
        changes = {name: merged[name] for name in fields if name in merged}
        item = _as_far_as(schema.accepts, old, changes)
        for name in [each for each in fields if each not in changes]:
            rest = {each: value for each, value in item.items() if each != name}
            item = rest if schema.accepts(rest) else item
        for name, value in changes.items():
            is_kept = name in item and patches.equal(item[name], value)
            if not is_whole and not is_kept and self._has_form(properties.get(name, False), value):
                faults = schema.faults({**item, name: value}, ("body", *place))
                raise InvalidRequest(faults)
        return self._changed(resource, item, fields, old)

    def _has_form(self, schema: Any, value: Any) -> bool:
        """Return whether the value, and each item of an array, has a JSON type that the schema
        admits."""
        if schema is False:
            return False
        for part, each in [(schema, value), *self._in_array(schema, value)]:
            types = self._shapes.types(part)
            if json_type(each) not in (types | {"integer"} if "number" in types else types):
                return False
        return True

    def _in_array(self, schema: Any, value: Any) -> Iterator[tuple[Any, Any]]:
        items = self._shapes.items(schema)
        if items is not None and isinstance(value, list):
            yield from ((items, each) for each in value)

    def patched(self, resource: Resource, old: Item, operations: Any) -> Item:
        """Return the item after a JSON Patch (RFC 6902); its id stays.

        Raise PatchFault for an operation that cannot be applied, InvalidRequest where the item
        would not be valid.
        """
        item = patches.patched(old, operations)
        if isinstance(item, dict) and resource.id_property in old:
            item[resource.id_property] = old[resource.id_property]
        faults = self._schema(resource).faults(item, ("body",))
        if faults:
            raise InvalidRequest(faults)
        return self._changed(resource, item, {}, old)

    def answer(self, resource: Resource, operation: Operation, scope: Scope, item: Item) -> Any:
        """Return the body with which the operation answers about the item, None where its answer
        has no such body: the item at its place, or a made body with what it shares with the item.
        """
        _, _, pointer = success(self._effective, operation.path, operation.method)
        if pointer is None:
            return None
        if operation.answer is None:
            pins = {**item, "deleted": True} if operation.role is Role.DELETE else item
            seed = self._seed_of(
                resource, scope, [operation.method, item.get(resource.id_property)]
            )
            return self._values.make(pointer, seed, pins=pins)
        if operation.answer.path == () and operation.is_item:
            return item
        return self._enveloped(resource, operation.answer, scope, item)

    def fitted(self, resource: Resource, pointer: Pointer, scope: Scope, item: Item) -> Any:
        """Return the item as the schema at the pointer wants it: itself, where that admits it, else
        what it shares with it, beside made values."""
        schema = self._compiled(pointer)
        if schema.accepts(item):
            return item
        seed = self._seed_of(resource, scope, ["fitted", item.get(resource.id_property)])
        made = self._values.make(pointer, seed, pins=item)
        if not isinstance(made, dict):
            return made
        names = self._shapes.properties(self._shapes.at(pointer))
        shared = {name: value for name, value in item.items() if name in names}
        return _as_far_as(schema.accepts, made, shared)

    def _enveloped(self, resource: Resource, place: Place, scope: Scope, item: Item) -> Any:
        inner = self.fitted(resource, self._shapes.pointer(place), scope, item)
        if place.path == ():
            return inner
        seed = self._seed_of(resource, scope, ["around", item.get(resource.id_property)])
        return place.put(self._values.make(place.pointer, seed), inner)

    def _schema(self, resource: Resource) -> Schema:
        return self._compiled(resource.item)

    def _compiled(self, pointer: Pointer) -> Schema:
        schema = self._schemas.at(*pointer)
        try:
            schema.accepts(None)  # compiled when it is first used
        except DocumentError as error:
            raise NoValue(str(error)) from None
        return schema

    def _item(self, resource: Resource) -> Any:
        return self._shapes.at(resource.item)

    def _seed_of(self, resource: Resource, scope: Scope, what: object) -> bytes:
        return self._seed + written([self._name, resource.name, scope, what])

    def _make(
        self, resource: Resource, scope: Scope, what: int | str, pins: Item, *, use_examples: bool
    ) -> Item:
        """Return a made item; by a number what has an integer id has that one."""
        seed = self._seed_of(resource, scope, what)
        pins = {**self._scope_pins(resource, scope), **pins}
        if resource.id_property not in pins:
            if resource.has_integer_ids:
                pins[resource.id_property] = what
            elif resource.id_schema and self._says_more(self._shapes.at(resource.id_schema)):
                pins[resource.id_property] = self._made_id(resource, seed)
        item = self._values.make(resource.item, seed, use_examples=use_examples, pins=pins)
        if not isinstance(item, dict):
            raise NoValue(f"{json_pointer(resource.item)}: found no object")
        return item

    def _made_id(self, resource: Resource, seed: bytes) -> str | None:
        """Return an id for a text, made by the schema of the path's parameter where that says more
        than the type, else by that of the property. None where none is made."""
        pointer = resource.id_schema
        if pointer is None or not self._says_more(self._shapes.at(pointer)):
            made = self._values.make(resource.item, seed, use_examples=False)
            value = made.get(resource.id_property) if isinstance(made, dict) else None
        else:
            value = self._values.make(pointer, seed, use_examples=False)
        return str(value) if isinstance(value, str | int) and value != "" else None

    def _says_more(self, schema: Any) -> bool:
        return any(self._shapes.keyword(schema, name) for name in ("format", "pattern", "enum"))

    def _id(self, resource: Resource, id_: str) -> str | float:
        number = integer(id_) if resource.has_integer_ids else None
        return id_ if number is None else number

    def _scope_pins(self, resource: Resource, scope: Scope) -> Item:
        """Return the parents' ids as the item's properties hold them."""
        properties = self._shapes.properties(self._item(resource))
        pins: Item = {}
        for name, value in zip(resource.parents, scope, strict=False):
            if name is not None:
                types = self._shapes.types(properties[name])
                number = integer(value) if "string" not in types else None
                pins[name] = value if number is None else number
        return pins

    def _examples(self, resource: Resource) -> Iterator[Item]:
        """Yield the documented examples of whole items: of bodies, then of schemas."""
        for operation in resource.operations:
            if operation.answer is None or operation.media_type is None:
                continue
            response = self._effective["paths"][operation.path][operation.method]["responses"]
            content = response[operation.status]["content"][operation.media_type]
            body = self._shapes.at(operation.answer.pointer)
            is_list = operation.role is Role.LIST
            for value in (*_examples_of(content), *self._shapes.examples(body)):
                found = operation.answer.of(value)
                yield from self._examples_in(resource, found if is_list else [found])
            inner = self._shapes.of(operation.answer)
            inner = self._shapes.items(inner) if is_list else inner
            yield from self._examples_in(resource, self._shapes.examples(inner))
        yield from self._examples_in(resource, self._shapes.examples(self._item(resource)))

    def _examples_in(self, resource: Resource, values: Any) -> Iterator[Item]:
        """Yield those of the values that have an id, without what is for requests alone."""
        properties = self._shapes.properties(self._item(resource))
        for each in values if isinstance(values, Iterable) else ():
            if isinstance(each, dict) and resource.id_property in each:
                yield {
                    name: json_copy(value)
                    for name, value in each.items()
                    if not self._says([properties.get(name)], "writeOnly")
                }

    def _fields(self, resource: Resource, operation: Operation, sent: Any) -> Item:
        """Return the fields that were sent: not those that only the server sets, nor those that it
        never answers with, as the contents of files."""
        if not isinstance(sent, dict):
            return {}
        own, sendable = self._shapes.properties(self._item(resource)), self._sendable(operation)
        fields: Item = {}
        for name, value in sent.items():
            said = [*([own[name]] if name in own else []), *sendable.get(name, ())]
            is_file = any(self._shapes.keyword(each, "format") == "binary" for each in said)
            if not (is_file or self._says(said, "readOnly") or self._says(said, "writeOnly")):
                fields[name] = value
        return fields

    def _says(self, schemas: Iterable[Any], keyword: str) -> bool:
        return any(self._shapes.keyword(each, keyword) is True for each in schemas)

    def _sendable(self, operation: Operation) -> dict[str, list[Any]]:
        """Return the schemas of each property that the operation's bodies may have."""
        found: dict[str, list[Any]] = {}
        for place in operation.sent.values():
            for name, part in self._shapes.properties(self._shapes.of(place)).items():
                found.setdefault(name, []).append(part)
        return found

    def _combined(self, resource: Resource, operation: Operation, base: Item, fields: Item) -> Item:
        """Return the item with the fields, and beside them what `base` has and no request sends.

        What could have been sent, and was not, has its default; or is null, or absent, where it may
        be; but times of creation and change are the server's. A field gives way only where the item
        would not be valid with it.
        """
        accepts = self._schema(resource).accepts
        own = self._shapes.properties(self._item(resource))
        required = self._shapes.required(self._item(resource))
        sendable = self._sendable(operation)
        lean: Item = {}
        for name, value in base.items():
            part, choices = own.get(name), sendable.get(name, [])
            if part is None and name not in required and name not in fields:
                continue  # of nobody's schema: an earlier request has sent it
            is_server_s = not choices or part is None or self._says([*choices, part], "readOnly")
            is_server_s |= plain(name) in CREATED or plain(name) in CHANGED
            if name in fields or is_server_s:
                lean[name] = value
                continue
            defaults = (self._shapes.keyword(each, "default") for each in (*choices, part))
            default = next((each for each in defaults if each is not None), None)
            if default is not None:
                lean[name] = json_copy(default)
            elif self._shapes.keyword(part, "type") and "null" in self._shapes.types(part):
                lean[name] = None
            elif name in required:
                lean[name] = value
        fields = json_copy(fields)
        for candidate in (lean | fields, base | fields, _deep(base, fields)):
            if accepts(candidate):
                return candidate
        return _as_far_as(accepts, base, fields)

    def _as_far_as_valid(self, resource: Resource, base: Item, fields: Item) -> Item:
        return _as_far_as(self._schema(resource).accepts, base, fields)

    def _stamped(self, resource: Resource, item: Item, fields: Item, newest: Item | None) -> Item:
        """Return the item with its creation after that of the newest, and its last change then; but
        a time that was sent stays."""
        stamps: Item = {}
        created = next((name for name in item if plain(name) in CREATED), None)
        if created is None or created in fields:
            return item
        before = newest.get(created) if newest else None
        value = later(before, _SECONDS_BETWEEN) if before is not None else None
        stamps[created] = item[created] if value is None else value
        for name in item:
            is_time = isinstance(item[name], type(stamps[created]))
            if plain(name) in CHANGED and name not in fields and is_time:
                stamps[name] = stamps[created]
        return self._as_far_as_valid(resource, item, stamps)

    def _changed(self, resource: Resource, item: Item, fields: Item, old: Item) -> Item:
        """Return the item with the time of its last change one second after the last one's, unless
        nothing has changed or a time was sent."""
        if patches.equal(item, old):
            return item
        stamps = {
            name: value
            for name in item
            if plain(name) in CHANGED
            and name not in fields
            and (value := later(old.get(name), 1)) is not None
        }
        return self._as_far_as_valid(resource, item, stamps) if stamps else item


def _examples_of(content: Any) -> Iterator[Any]:
    """Yield the examples of a media type object."""
    if "example" in content:
        yield content["example"]
    for example in content.get("examples", {}).values():
        if isinstance(example, dict) and "value" in example:
            yield example["value"]


def _creation(item: Item) -> Any:
    """Return the time at which the item says that it was created, None where it says none."""
    return next((item[name] for name in item if plain(name) in CREATED), None)


def _as_far_as(accepts: Callable[[Any], bool], base: Item, fields: Item) -> Item:
    """Return the base with all fields, or with those with which it is still accepted."""
    whole = base | fields
    if accepts(whole):
        return whole
    item = base
    for name in [*fields][:_MOST_FIELDS]:
        candidate = item | {name: fields[name]}
        if accepts(candidate):
            item = candidate
    return item


def _deep(base: Item, fields: Item) -> Item:
    """Return the base with the fields; an object in both is completed by what it lacks."""
    root = dict(base)
    waiting = [(root, fields)]
    while waiting:
        into, changes = waiting.pop()
        for name, value in changes.items():
            inner = into.get(name)
            if isinstance(value, dict) and isinstance(inner, dict):
                into[name] = dict(inner)
                waiting.append((into[name], value))
            else:
                into[name] = value
    return root


def later(value: Any, seconds: int) -> Any:
    """Return the time so many seconds after the value, written as it is: a date-time of RFC 3339,
    or a number of seconds or milliseconds since 1970; a date alone stays. None for anything else.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value + seconds * (1_000 if value > _MILLISECONDS_FROM else 1)
    if not isinstance(value, str) or len(value) < len("2026-01-01"):
        return None
    try:
        moment = datetime.fromisoformat(value)
        if "T" not in value.upper()[:11]:
            return value
        text = (moment + timedelta(seconds=seconds)).isoformat(
            timespec="microseconds"
            if moment.microsecond % 1_000
            else "milliseconds"
            if "." in value
            else "seconds"
        )
    except (ValueError, OverflowError):
        return None
    return text.removesuffix("+00:00") + "Z" if value[-1] in "Zz" else text


def integer(text: str) -> int | float | None:
    """Return the integer that the text is, None for another text. What 64 bits do not hold is a
    float where that is the same number, as in requests; as a text such an id is what Python writes:
    1e+22."""
    if _INTEGER.fullmatch(text):
        number = int(text)
        is_short = -(2**63) <= number < 2**64 or float(number) != number
        return number if is_short else float(number)
    return float(text) if _LARGE.fullmatch(text) else None
