"""Which paths of a document are collections of items: `/pets` and `/pets/{petId}`.

A document does not say so; it is taken from paths, methods and schemas, and only where they show
it:

- An item's path is its collection's and one parameter more. What stands before it, as in
  `/users/{userId}/orders`, are the parents, by whose values a collection has scopes.
- An item is an object, alone in the body or under one property, with a property that holds the
  path's parameter: its id.
- The other operations of a resource answer with, or take, an object of the same schema, or with
  that id and mostly the same properties; DELETE answers as it likes.
- `/pets/findByStatus`, GET, is another list of the same pets where its items have their schema.
- POST `/pets/search`, `/me`, `/login` and `/pets/{id}:cancel` are none.

    found      the resources of a document
    Resource   a collection, its items, and the operations on them
    Operation  one of them: its role, and where in its bodies the item or list stands
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

import orjson
from attrs import evolve, field, frozen

from locum.generate.names import plain, singular
from locum.generate.shapes import Place, Shapes, request, success, words
from locum.openapi.documents import Document
from locum.openapi.walk import METHODS, Pointer, path_items


class Role(Enum):
    """What an operation does to a resource."""

    CREATE = "create"
    LIST = "list"
    READ = "read"
    REPLACE = "replace"
    UPDATE = "update"
    DELETE = "delete"


@frozen
class Operation:
    """An operation on a resource.

    `status` and `media_type` are those of its answer when all is well; the media type is None where
    that has no JSON or XML. `answer` is where in it the item, or a list's array, stands; None where
    the answer has another shape, or none. `is_item` is whether what stands there has the very
    schema of the resource's items: else a stored item must be fitted to it. `sent` is where each
    media type of the request's body holds the item or what changes it, none for a media type whose
    body is no object, as a JSON Patch. `has_id` is whether the path ends in the item's id; without
    it, the id is in the body.
    """

    path: str
    method: str
    role: Role
    status: str
    media_type: str | None
    answer: Place | None
    is_item: bool
    sent: Mapping[str, Place]
    has_id: bool


@frozen
class Resource:
    """A collection and its items.

    `name` is its path with every parameter as `{}`: no two resources share it. `kind` is what one
    item is called. `item` is the pointer to the schema of a whole one, and `id_property` its id, an
    integer or a text by `has_integer_ids`. `id_parameter` is the path's parameter for it, "" where
    no path has one, and `id_schema` the pointer to its schema. `parents` are the properties of the
    item that hold the parents' ids, in the order of the scope, None where it has none for one.
    `relatives` are the names of resources with the same items under other paths, as where POST
    `/users/{id}/orders` makes what GET `/orders/{id}` reads.
    """

    name: str
    kind: str
    item: Pointer
    id_property: str
    has_integer_ids: bool
    id_parameter: str
    id_schema: Pointer | None
    parents: tuple[str | None, ...]
    operations: tuple[Operation, ...] = field(repr=False)
    relatives: tuple[str, ...] = ()

    def operation(self, path: str, method: str) -> Operation | None:
        """Return the operation of that path and method, None where it is not of this resource."""
        for each in self.operations:
            if each.path == path and each.method == method:
                return each
        return None

    def role(self, path: str, method: str) -> Role | None:
        """Return what the operation does to this resource, None where it is not one of it."""
        operation = self.operation(path, method)
        return operation.role if operation else None

    def scope(self, path: str, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the collection's scope from the path's values by the names of its parameters: the
        ids of the parents, as texts."""
        names = _parameters(path)
        operation = next(each for each in self.operations if each.path == path)
        return tuple(str(values[name]) for name in (names[:-1] if operation.has_id else names))

    def id(self, path: str, values: Mapping[str, Any]) -> str | None:
        """Return the item's id from the path's values, as text; None where the path has none."""
        operation = next(each for each in self.operations if each.path == path)
        return str(values[_parameters(path)[-1]]) if operation.has_id else None


def found(document: Document) -> tuple[Resource, ...]:
    """Return the resources of the document, in the order of their first paths."""
    finder = _Finder(document)
    return tuple(finder.with_relatives([*finder.resources()]))


# Ends of paths that name what is done, or one thing alone, and no collection.
# fmt: off
_NO_COLLECTIONS = frozenset([
    "batch", "bulk", "config", "configuration", "count", "current", "export", "filter", "find",
    "health", "import", "latest", "list", "login", "logout", "me", "metadata", "ping",
    "preferences", "query", "random", "refresh", "register", "search", "self", "settings", "signup",
    "statistics", "stats", "status", "summary", "token", "upload", "download", "validate", "verify",
    "version",
])
_VERBS = frozenset([
    "add", "cancel", "check", "count", "create", "delete", "download", "execute", "export", "find",
    "generate", "get", "import", "list", "login", "logout", "remove", "run", "search", "send",
    "set", "start", "stop", "update", "upload", "validate", "verify",
])
# fmt: on
_FINDERS = frozenset(["all", "by", "filter", "find", "list", "query", "search"])
# What may hold an id, where the parameter's own name is no property: by its last word.
_IDS = ("id", "uuid", "uid", "guid")
_NAMES = ("slug", "name", "key", "code", "number", "username", "login", "email", "symbol")
# Words under which an answer holds one item.
_WRAPPERS = frozenset(
    ["data", "item", "result", "record", "payload", "entity", "resource", "object", "response"]
)
_LEAST_SHARED = 0.5  # of the properties of the smaller of two schemas of one resource
_MOST_RELATIVES = 100  # of one resource: where there are more, none is told of another
_PARAMETER = re.compile(r"\{([^{}]+)\}(?:\.json)?")


@frozen
class _Path:
    """A path: `text` as the document has it, `key` with every parameter as `{}`."""

    text: str
    item: dict[str, Any]
    key: str
    last: str  # the last segment, "" where it is a parameter


class _Finder:
    def __init__(self, document: Document) -> None:
        self._effective = document.effective
        self._shapes = Shapes(document.schemas)
        self._paths: dict[str, list[_Path]] = {}
        for text, item in path_items(self._effective):
            path = _path(text, item)
            if path is not None:
                self._paths.setdefault(path.key, []).append(path)
        self._near: dict[tuple[str, str], list[str]] = {}
        for key in self._paths:
            head, _, last = key.rpartition("/")
            self._near.setdefault((head, singular(last)), []).append(key)
        self._items: dict[str, list[_Path]] = {}
        for key, paths in self._paths.items():
            if key.endswith("/{}"):
                name = self._collection_key(key.removesuffix("/{}"))
                self._items.setdefault(name, []).extend(paths)

        self._finding: dict[str, list[_Path]] = {}
        for key, paths in self._paths.items():
            head, _, last = key.rpartition("/")
            if words(last)[:1] and words(last)[0] in _FINDERS:
                self._finding.setdefault(head, []).extend(
                    each for each in paths if "get" in each.item
                )

    def resources(self) -> Iterator[Resource]:
        seen = set[str]()
        for key in self._paths:
            name = key.removesuffix("/{}")
            name = self._collection_key(name)
            if name in seen or not _is_collection(name):
                continue
            seen.add(name)
            resource = self._resource(name)
            if resource is not None:
                yield resource

    def with_relatives(self, resources: Sequence[Resource]) -> Iterator[Resource]:
        """Yield the resources, with the names of those that have the same items: one has paths of
        items, and no parents; the others have only collections."""
        texts: dict[int, bytes] = {}  # of schemas, by their id()
        families: dict[tuple[str, str, bytes], list[Resource]] = {}
        for resource in resources:
            if resource.id_parameter == "" or "{}" not in resource.name:
                families.setdefault(self._family(resource, texts), []).append(resource)
        relatives: dict[str, tuple[str, ...]] = {}
        for family in families.values():
            has_both = len({each.id_parameter == "" for each in family}) > 1
            if has_both and len(family) <= _MOST_RELATIVES:
                names = [each.name for each in family]
                relatives |= {own: tuple(each for each in names if each != own) for own in names}
        for resource in resources:
            yield evolve(resource, relatives=relatives.get(resource.name, ()))

    def _family(self, resource: Resource, texts: dict[int, bytes]) -> tuple[str, str, bytes]:
        """Return what relatives have in common; `texts` are remembered from one to the next."""
        schema = self._shapes.last(self._shapes.at(resource.item))
        if id(schema) not in texts:
            texts[id(schema)] = orjson.dumps(
                schema, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
            )
        return resource.kind, resource.id_property, texts[id(schema)]

    def _collection_key(self, name: str) -> str:
        """Return the key under which the collection is known: `/pet` for `/pets/{}` where there is
        the one and not the other."""
        if name in self._paths:
            return name
        head, _, last = name.rpartition("/")
        near = self._near.get((head, singular(last)), ())
        return near[0] if len(near) == 1 else name

    def _resource(self, name: str) -> Resource | None:
        collections = self._paths.get(name, [])
        items = self._items.get(name, [])
        kind = singular(name.rpartition("/")[2])
        item = self._whole(collections, items, kind)
        if item is None:
            return None
        ways = [
            *((path, False) for path in collections),
            *((path, True) for path in items),
        ]
        operations = [
            operation
            for path, has_id in ways
            for method in METHODS
            if method in path.item
            and (operation := self._operation(path, method, item, kind, has_id=has_id))
        ]
        operations += self._finders(name, item, kind)
        if not _is_resource({operation.role for operation in operations}):
            return None
        parameter = next((self._parameter(path) for path in items), None)
        types = self._shapes.types(self._shapes.properties(item.schema)[item.id_property])
        return Resource(
            name,
            kind,
            item.pointer,
            item.id_property,
            bool(types & {"integer", "number"}) and "string" not in types,
            parameter[1] if parameter else "",
            parameter[0] if parameter and parameter[0][-1] == "schema" else None,
            self._parents(operations[0], item),
            tuple(operations),
        )

    def _parents(self, operation: Operation, item: _Item) -> tuple[str | None, ...]:
        """Return the properties of the item that hold its parents' ids: for `/users/{id}/orders`
        userId, user_id or user."""
        segments = operation.path.strip("/").split("/")
        properties = {
            plain(name): name
            for name, part in self._shapes.properties(item.schema).items()
            if _fits(self._shapes.types(part), frozenset())
        }
        found: list[str | None] = []
        for before, segment in zip(["", *segments], segments, strict=False):
            if "{" in segment:
                name = plain(_parameters(segment)[0])
                kind = plain(singular(before))
                names = (name, f"{kind}id", kind) if name not in ("id", *_NAMES) else (f"{kind}id",)
                found.append(next((properties[each] for each in names if each in properties), None))
        return tuple(found[:-1] if operation.has_id else found)

    def _whole(
        self, collections: Sequence[_Path], items: Sequence[_Path], kind: str
    ) -> _Item | None:
        """Return how the whole item is described: by what reads one, else what changes one, creates
        one, or lists them."""
        for method in ("get", "put", "patch"):
            for path in items:
                answered = self._answered(path, method, kind, self._parameter(path))
                if answered is not None:
                    return answered[1]
        parameter = next((self._parameter(path) for path in items), None)
        listed = next(
            filter(None, (self._listed(path, kind, parameter) for path in collections)), None
        )
        for path in collections:
            created = self._answered(path, "post", kind, parameter)
            if created is not None and (items or listed is not None):
                return created[1]
        return listed[1] if listed is not None else None

    def _operation(
        self, path: _Path, method: str, item: _Item, kind: str, *, has_id: bool
    ) -> Operation | None:
        """Return what that operation does to the resource, None where that is nothing."""
        sent = self._sent(path, method, item, kind)
        if has_id:
            answered = self._answered(path, method, kind, None, item)
            role = self._role_of_item(path, method, sent, item, is_answered=answered is not None)
        elif method == "get":
            answered = self._listed(path, kind, None, item)
            role = Role.LIST if answered else None
        else:
            answered = self._answered(path, method, kind, None, item)
            role = self._role_of_collection(
                path, method, kind, sent, item, is_answered=answered is not None
            )
        if role is None:
            return None
        status, media_type, _ = success(self._effective, path.text, method)
        return Operation(
            path.text,
            method,
            role,
            status,
            media_type,
            answered[0] if answered else None,
            answered is not None and answered[1].schema == item.schema,
            sent,
            has_id,
        )

    def _finders(self, name: str, item: _Item, kind: str) -> Iterator[Operation]:
        """Yield the operations that list the same items under another path: `/pets/findByTags`."""
        for path in self._finding.get(name, ()):
            operation = self._operation(path, "get", item, kind, has_id=False)
            if operation is not None and operation.is_item:
                yield operation

    def _role_of_item(
        self,
        path: _Path,
        method: str,
        sent: Mapping[str, Place],
        item: _Item,
        *,
        is_answered: bool,
    ) -> Role | None:
        """Return what the operation on an item's path does to it."""
        status, _, pointer = success(self._effective, path.text, method)
        is_alike = self._is_alike_sent(sent, item)
        if method == "get" and is_answered:
            return Role.READ
        if method == "delete":
            return Role.DELETE
        if method == "put" and sent and (is_answered or is_alike):
            return Role.REPLACE
        if method == "patch" and (is_answered or is_alike or (pointer is None and status)):
            return Role.UPDATE
        if method == "post" and is_answered:
            return Role.UPDATE
        return None

    def _role_of_collection(
        self,
        path: _Path,
        method: str,
        kind: str,
        sent: Mapping[str, Place],
        item: _Item,
        *,
        is_answered: bool,
    ) -> Role | None:
        """Return what the operation on a collection's path, other than GET, does to its items."""
        if not sent:
            return None
        if method == "post":
            _, _, pointer = success(self._effective, path.text, method)
            is_list = pointer is not None and self._shapes.array_in(pointer, kind) is not None
            if is_answered or (not is_list and self._is_alike_sent(sent, item)):
                return Role.CREATE
        if method == "put" and is_answered and self._holds_id(sent, item):
            return Role.REPLACE
        return None

    def _answered(
        self,
        path: _Path,
        method: str,
        kind: str,
        parameter: tuple[Pointer, str] | None,
        item: _Item | None = None,
    ) -> tuple[Place, _Item] | None:
        """Return where the operation's answer holds one item, None where it holds none, or one that
        is not like `item`."""
        if method not in path.item:
            return None
        _, _, pointer = success(self._effective, path.text, method)
        if pointer is None:
            return None
        body = self._shapes.at(pointer)
        places = [Place(pointer)]
        inner = {
            name: part
            for name, part in self._shapes.properties(body).items()
            if self._shapes.is_object(part)
        }
        places += [
            Place(pointer, (name,))
            for name in inner
            if plain(name) in _WRAPPERS or singular(plain(name)) == plain(kind) or len(inner) == 1
        ]
        for place in places:
            schema = self._shapes.last(self._shapes.of(place))
            if not self._shapes.is_object(schema):
                continue
            if item is not None:
                if self._alike(schema, item):
                    return place, _Item(schema, self._shapes.pointer(place), item.id_property)
                continue
            id_property = self._id_property(schema, parameter, kind)
            if id_property is not None:
                return place, _Item(schema, self._shapes.pointer(place), id_property)
        return None

    def _listed(
        self,
        path: _Path,
        kind: str,
        parameter: tuple[Pointer, str] | None,
        item: _Item | None = None,
    ) -> tuple[Place, _Item] | None:
        """Return where the answer of GET holds the array of items, None where it holds none, or of
        such as are not like `item`."""
        if "get" not in path.item:
            return None
        _, _, pointer = success(self._effective, path.text, "get")
        place = self._shapes.array_in(pointer, path.last) if pointer is not None else None
        if place is None:
            return None
        schema = self._shapes.last(self._shapes.items(self._shapes.of(place)))
        if not self._shapes.is_object(schema):
            return None
        if item is not None and not self._alike(schema, item):
            return None
        id_property = item.id_property if item else self._id_property(schema, parameter, kind)
        if id_property is None:
            return None
        return place, _Item(schema, self._shapes.pointer(place, of_items=True), id_property)

    def _sent(self, path: _Path, method: str, item: _Item, kind: str) -> dict[str, Place]:
        """Return where each media type of the body holds an object: the body itself, or its only
        property, where that is named as the item is and is an object with properties of it."""
        places: dict[str, Place] = {}
        for media_type, pointer in request(self._effective, path.text, method):
            body = self._shapes.at(pointer)
            if not self._shapes.is_object(body):
                continue
            place = Place(pointer)
            properties = self._shapes.properties(body)
            own = self._shapes.properties(item.schema)
            for name, part in properties.items():
                is_named = plain(name) in _WRAPPERS or singular(plain(name)) == plain(kind)
                if is_named and name not in own and self._shapes.is_object(part):
                    place = Place(pointer, (name,))
            places[media_type] = place
        return places

    def _is_alike_sent(self, sent: Mapping[str, Place], item: _Item) -> bool:
        """Return whether what is sent has mostly properties of the item."""
        own = {plain(name) for name in self._shapes.properties(item.schema)}
        for place in sent.values():
            names = {plain(name) for name in self._shapes.properties(self._shapes.of(place))}
            if names and len(names & own) >= _LEAST_SHARED * len(names):
                return True
        return False

    def _holds_id(self, sent: Mapping[str, Place], item: _Item) -> bool:
        return any(
            item.id_property in self._shapes.properties(self._shapes.of(place))
            for place in sent.values()
        )

    def _alike(self, schema: Any, item: _Item) -> bool:
        """Return whether the schema describes the item too: it is the item's, or has its id and
        mostly the same properties."""
        if schema is item.schema:
            return True
        properties = self._shapes.properties(schema)
        own = self._shapes.properties(item.schema)
        if item.id_property not in properties:
            return False
        types = self._shapes.types(properties[item.id_property])
        if types.isdisjoint(self._shapes.types(own[item.id_property]) - {"null"}):
            return False
        if "deleted" in properties and "deleted" not in own:
            return False  # it says what was deleted
        shared = len(properties.keys() & own.keys()) - 1  # beside the id
        return shared >= _LEAST_SHARED * (min(len(properties), len(own)) - 1)

    def _parameter(self, path: _Path) -> tuple[Pointer, str] | None:
        """Return the pointer to the schema of the path's last parameter, and its name."""
        name = _parameters(path.text)[-1]
        for method in METHODS:
            for index, parameter in enumerate(path.item.get(method, {}).get("parameters", ())):
                if (parameter["name"], parameter["in"]) == (name, "path"):
                    at = ("paths", path.text, method, "parameters", index)
                    return ((*at, "schema") if "schema" in parameter else at), name
        return None

    def _id_property(
        self, schema: Any, parameter: tuple[Pointer, str] | None, kind: str
    ) -> str | None:
        """Return the property that holds the id: by the parameter's name, else `id` or the like."""
        types = frozenset(["string", "integer", "number"])
        name = ""
        if parameter is not None:
            pointer, name = parameter
            if pointer[-1] == "schema":
                types = self._shapes.types(self._shapes.at(pointer))
        fitting = {
            plain(each): each
            for each, part in self._shapes.properties(schema).items()
            if _fits(self._shapes.types(part), types)
        }
        return next((fitting[each] for each in _id_names(name, kind) if each in fitting), None)


@frozen(eq=False)
class _Item:
    """The schema of an item, the pointer to it, and the name of its id."""

    schema: Any
    pointer: Pointer
    id_property: str


def _id_names(parameter: str, kind: str) -> Iterator[str]:
    """Yield the plain names that the id may have, the likeliest first."""
    said = words(parameter)
    yield plain(parameter)
    last = said[-1] if said else "id"
    if last in _NAMES or parameter.lower() == "username":
        yield last
        return
    named = plain(kind)
    yield from _IDS
    yield from (f"{named}{each}" for each in _IDS)
    if plain(parameter) in (named, plain(f"{kind}s")) or not said:
        yield from _NAMES


def _fits(own: frozenset[str], wanted: frozenset[str]) -> bool:
    """Return whether an id of the one type can be of the other in a path."""
    own -= {"null"}
    if own.isdisjoint(["string", "integer", "number"]) or "object" in own:
        return False
    return not (wanted == {"integer"} and own == {"string"})


def _is_resource(roles: set[Role]) -> bool:
    """Return whether the operations make a resource: something is read or listed, and something
    else is done to the same."""
    return len(roles) > 1 and bool(roles & {Role.READ, Role.LIST, Role.CREATE})


def _is_collection(name: str) -> bool:
    last = name.rpartition("/")[2]
    if not last or last == "{}":
        return False
    said = words(last)
    return last.lower() not in _NO_COLLECTIONS and not (len(said) > 1 and said[0] in _VERBS)


def _path(text: str, item: dict[str, Any]) -> _Path | None:
    """Return the path, None where a parameter is but a part of a segment."""
    segments = text.strip("/").split("/")
    key = ""
    for segment in segments:
        if _PARAMETER.fullmatch(segment):
            key += "/{}"
        elif "{" in segment or ":" in segment:
            return None
        else:
            key += f"/{segment.removesuffix('.json')}"
    return _Path(text, item, key, key.rpartition("/")[2].replace("{}", ""))


def _parameters(path: str) -> list[str]:
    """Return the names of the path's parameters, in their order."""
    return re.findall(r"\{([^{}]+)\}", path)
