"""Answers that list items, those of a store and those that are made.

Lists           the lists of a document, and their answers
List            one operation that answers with an array
without_effect  the query parameters of lists that do nothing
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from attrs import evolve, field, frozen

from locum.generate import filters as filtering
from locum.generate.filters import Filter, filters
from locum.generate.items import CREATED
from locum.generate.names import plain
from locum.generate.paging import ABOUT, TOTALS, Facts, Page, Paging, paging
from locum.generate.resources import Resource, Role
from locum.generate.shapes import Place, Shapes, success
from locum.generate.values import Values
from locum.openapi.documents import Document, operation_name
from locum.openapi.findings import Fault, Finding, finding
from locum.openapi.json_bytes import written
from locum.openapi.walk import Pointer, path_items

# Plain names of parameters.
# fmt: off
_SORTS = frozenset(["orderby", "ordering", "sort", "sortby", "sortcolumn", "sortfield"])
_DIRECTIONS = frozenset([
    "desc", "dir", "direction", "order", "orderdirection", "sortbydesc", "sortdir", "sortdirection",
    "sortorder",
])
_SEARCHES = frozenset(["contains", "keyword", "q", "query", "search", "searchterm", "term", "text"])
# fmt: on
_DESCENDING = frozenset(["-1", "desc", "descending", "true"])
_LEAST_MADE, _RANGE_MADE = 7, 6  # items of a paged list that no store holds: 7 to 12
_FEW_MADE = 3  # of one that is not paged
_MOST_DEPTH = 3  # of objects in each other that may tell about a list
_ABSENT: Any = object()


@frozen(eq=False)
class List:
    """An operation, GET of `path`, that answers with an array.

    `place` is where in its answer, `item` the pointer to the schema of what the array holds.
    `id_property` is the id of these, None where they have none; `is_stored` whether they are a
    resource's. `properties` are those of an item by plain names. `least` and `most` are how many
    items the schema admits.
    """

    path: str
    place: Place
    item: Pointer
    id_property: str | None
    is_stored: bool
    paging: Paging
    filters: tuple[Filter, ...]
    sort: str | None
    direction: str | None
    search: str | None
    ids: str | None
    parameters: tuple[str, ...]
    properties: Mapping[str, str] = field(repr=False)
    least: int
    most: int | None

    @property
    def effective(self) -> frozenset[str]:
        """The names of the query parameters that have an effect."""
        single = (self.sort, self.direction, self.search, self.ids)
        names = {name for name in single if name is not None}
        return self.paging.names | names | {each.parameter for each in self.filters}

    def selected(self, items: Sequence[Any], query: Mapping[str, Any]) -> list[Any]:
        """Return the items that the query asks for, sorted as it asks."""
        chosen = [*items]
        for each in self.filters:
            if each.wanted(query) is not None:
                chosen = [item for item in chosen if each.fits(item, query)]
        ids = frozenset(self.wanted_ids(query))
        if ids and self.id_property:
            chosen = [item for item in chosen if str(item.get(self.id_property)) in ids]
        if self.search and query.get(self.search):
            wanted = str(query[self.search]).casefold()
            chosen = [
                item
                for item in chosen
                if any(wanted in text.casefold() for text in filtering.texts(item))
            ]
        return self._sorted(chosen, query)

    def part(self, items: Sequence[Any], query: Mapping[str, Any]) -> Page:
        """Return the page of the selected items that the query asks for."""
        page = self.paging.part(items, query, self.id_property)
        if self.most is not None and len(page.items) > self.most:
            return evolve(page, items=page.items[: self.most], size=self.most)
        return page

    def wanted_ids(self, query: Mapping[str, Any]) -> list[str]:
        """Return the ids of the items that the query asks for by them, none where it does not."""
        value = query.get(self.ids) if self.ids else None
        if isinstance(value, str):
            value = value.split(",")
        return [str(each) for each in value] if isinstance(value, list) else []

    def pins(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values by which items made for the query are what it asks for."""
        pins: dict[str, Any] = {}
        for each in self.filters:
            value = each.wanted(query)
            if isinstance(value, list):
                value = value[0] if value else None
            is_scalar = isinstance(value, str | int | float)
            if each.test == "eq" and len(each.path) == 1 and is_scalar:
                pins[each.path[0]] = [value] if each.is_array else value
        return pins

    def _sorted(self, items: list[Any], query: Mapping[str, Any]) -> list[Any]:
        asked = query.get(self.sort) if self.sort else None
        direction = query.get(self.direction) if self.direction else None
        if asked is None and direction is None:
            return items
        is_descending = str(direction).lower() in _DESCENDING
        texts = asked if isinstance(asked, list) else str(asked or "").split(",")
        keys = [key for text in texts if (key := self.sort_key(str(text))) is not None]
        if not keys:
            created = [name for each, name in self.properties.items() if each in CREATED]
            if direction is None or not created:
                return items[::-1] if is_descending else items
            keys = [(created[0], False)]
        name, is_reversed = keys[0]
        if plain(name) in CREATED and is_reversed != is_descending:
            items.reverse()  # of those of one day, too, the last one is first
        for name, is_reversed in reversed(keys):
            known = [item for item in items if item.get(name) is not None]
            unknown = [item for item in items if item.get(name) is None]
            ranked = [(filtering.order(item[name]), index) for index, item in enumerate(known)]
            ranked.sort(key=lambda each: each[0], reverse=is_reversed != is_descending)
            items = [known[index] for _, index in ranked] + unknown
        return items

    def sort_key(self, text: str) -> tuple[str, bool] | None:
        """Return the property that the value of a parameter sorts by, and whether downwards: name,
        -name, name:desc, name desc, name_desc. None where it names none."""
        parts = re.split(r"[:\s]+", text.strip().removeprefix("+"))
        name, ending = parts[0], parts[1].lower() if len(parts) > 1 else ""
        if plain(name) not in self.properties:
            split = re.fullmatch(r"(.+?)[_.](asc|desc)", name, re.IGNORECASE)
            if split:
                name, ending = split[1], split[2].lower()
        known = self.properties.get(plain(name))
        return None if known is None else (known, name.startswith("-") or ending == "desc")


class Lists:
    """The lists of a document, each looked at when it is first asked for."""

    def __init__(self, document: Document, resources: Iterable[Resource]) -> None:
        """Take the document and its resources, whose lists are stored."""
        self._effective = document.effective
        self._schemas = document.schemas
        self._shapes = Shapes(document.schemas)
        resources = [*resources]
        self._stored = {
            operation.path: resource
            for resource in resources
            for operation in resource.operations
            if operation.role is Role.LIST
        }
        self._known: dict[str, List | None] = {
            operation.path: None  # what reads an item may hold an array, and is no list of it
            for resource in resources
            for operation in resource.operations
            if operation.role is Role.READ
        }

    def of(self, path: str) -> List | None:
        """Return the list with which GET of the path answers, None where it answers with none."""
        if path not in self._known:
            self._known[path] = self._list(path)
        return self._known[path]

    def made(
        self,
        list_: List,
        values: Values,
        seed: bytes,
        query: Mapping[str, Any],
        pins: Mapping[str, Any] = MappingProxyType({}),
    ) -> Page:
        """Return the page that the query asks for of a list that no store holds.

        Its items are made, each by its number, with the values that the query asks for and those of
        `pins`; `seed` is that of the request without its query. So the same list is paged, whatever
        part is asked for, and its total stays.
        """
        id_ = list_.id_property
        wanted = list_.pins(query)
        # An id of the path is its parent's, not that of each item.
        wanted |= {name: value for name, value in pins.items() if name != id_}
        ids = list_.wanted_ids(query)
        if ids:
            every = [wanted if id_ is None else {**wanted, id_: each} for each in ids]
        elif id_ in wanted:
            every = [wanted] * max(1, list_.least)
        else:
            count = _FEW_MADE
            if list_.paging.names:
                count = _LEAST_MADE + blake2b(seed, digest_size=1).digest()[0] % _RANGE_MADE
            count = max(count, list_.least)
            every = [wanted] * (count if list_.most is None else min(count, list_.most))
        items: list[Any] = []
        held = set[str]()
        for number, each in enumerate(every):
            item_seed = seed + written([number, each])
            item = values.make(list_.item, item_seed, pins=each)
            if id_ is not None and id_ not in each and isinstance(item, dict):
                item = self._distinct(list_, values, item_seed, item, held)
                held.add(str(item.get(id_)))
            items.append(item)
        return list_.part(list_.selected(items, query), query)

    def _distinct(
        self, list_: List, values: Values, seed: bytes, item: dict[str, Any], held: Collection[str]
    ) -> dict[str, Any]:
        """Return the item with an id that is not held, as where all have that of the schema's
        example; with its own where the schema admits no other."""
        id_ = list_.id_property
        if id_ is None or item.get(id_) is None or str(item[id_]) not in held:
            return item
        made = values.make(list_.item, seed, use_examples=False)
        candidates = [made.get(id_)] if isinstance(made, dict) else []
        if isinstance(item[id_], int):
            candidates += [item[id_] + len(held), item[id_] - len(held)]
        schema = self._schemas.at(*list_.item)
        return next(
            (
                {**item, id_: each}
                for each in candidates
                if str(each) not in held and schema.accepts({**item, id_: each})
            ),
            item,
        )

    def answer(
        self,
        list_: List,
        page: Page,
        items: Sequence[Any],
        query: Mapping[str, Any],
        *,
        frame: Any,
        url: str = "",
        origin: str = "",
    ) -> Any:
        """Return the body of the answer.

        `items` are the page's as the answer's schema wants them. `frame` is a valid body of the
        operation, of which all stays but the array and what tells about the list: totals, numbers
        of pages, cursors, links. `url` is the path that was asked for, for links, and `origin`
        what stands before it in whole ones.
        """
        body = list_.place.put(frame, [*items])
        if list_.place.path == ():
            return body
        facts = Facts(page, list_.paging, list_.id_property, query, url, origin)
        said = [*self._said(list_.place, facts)]
        schema = self._schemas.at(*list_.place.pointer)
        whole = body
        for path, candidates in said:
            whole = _put(whole, path, candidates[0])
        if schema.accepts(whole):
            return whole
        for path, candidates in said:
            changed = (_put(body, path, candidate) for candidate in candidates)
            body = next(filter(schema.accepts, changed), body)
        return body

    def _said(self, place: Place, facts: Facts) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
        """Yield each place of the answer that tells about its list, and what it may say."""
        waiting: list[tuple[tuple[str, ...], Any]] = [((), self._shapes.at(place.pointer))]
        objects = []
        while waiting:
            path, schema = waiting.pop(0)
            objects.append((path, schema))
            for name, part in self._shapes.properties(schema).items():
                inner = (*path, name)
                tells = plain(name) in ABOUT or inner == place.path[: len(inner)]
                is_inside = inner != place.path and len(inner) <= _MOST_DEPTH
                if tells and is_inside and self._shapes.is_object(part):
                    waiting.append((inner, part))
        names = {plain(name) for _, schema in objects for name in self._shapes.properties(schema)}
        facts = evolve(facts, has_total=not names.isdisjoint(TOTALS))
        for path, schema in objects:
            required = self._shapes.required(schema)
            is_links = bool(path) and plain(path[-1]) == "links"
            for name, part in self._shapes.properties(schema).items():
                if (*path, name) == place.path[: len(path) + 1]:
                    continue
                types = self._shapes.types(part)
                kind = str(self._shapes.keyword(part, "format"))
                is_url = kind.startswith(("uri", "url")) or is_links
                candidates = facts.candidates(plain(name), types, is_url=is_url)
                if candidates == []:
                    candidates = [None] if "null" in types else []
                    candidates.append("" if name in required else _ABSENT)
                if candidates:
                    yield (*path, name), candidates

    def _list(self, path: str) -> List | None:
        _, _, pointer = success(self._effective, path, "get")
        segments = [each for each in path.strip("/").split("/") if "{" not in each]
        hint = segments[-1] if segments else ""
        place = self._shapes.array_in(pointer, hint) if pointer is not None else None
        if place is None:
            return None
        array = self._shapes.of(place)
        properties = self._shapes.properties(self._shapes.items(array))
        known = {plain(name): name for name in properties}
        resource = self._stored.get(path)
        id_property = resource.id_property if resource else known.get("id", known.get("uuid"))
        parameters = dict(self._parameters(path))
        paged = paging(self._shapes, parameters)
        rest = {name: part for name, part in parameters.items() if name not in paged.names}
        id_names = ("ids", f"{plain(id_property or 'id')}s")
        # An array of single values may have one for each id: whether it is a favourite, say.
        has_ids = id_property is not None or not properties
        ids = next((each for each in rest if has_ids and plain(each) in id_names), None)
        chosen = tuple(
            each
            for name, part in rest.items()
            if name != ids
            for each in filters(self._shapes, name, part, properties)
        )
        free = [name for name in rest if name not in {ids, *(each.parameter for each in chosen)}]
        sort = next((name for name in free if plain(name) in _SORTS), None)
        least, most = (self._shapes.keyword(array, name) for name in ("minItems", "maxItems"))
        list_ = List(
            path,
            place,
            self._shapes.pointer(place, of_items=True),
            id_property,
            resource is not None,
            paged,
            chosen,
            sort,
            next((each for each in free if plain(each) in _DIRECTIONS and each != sort), None),
            next((each for each in free if resource and plain(each) in _SEARCHES), None),
            ids,
            tuple(parameters),
            known,
            least if isinstance(least, int) else 0,
            most if isinstance(most, int) else None,
        )
        return (
            list_
            if sort is None or self._sorts(list_, parameters[sort])
            else evolve(list_, sort=None)
        )

    def _sorts(self, list_: List, schema: Any) -> bool:
        """Return whether a value of the parameter names a property."""
        values = self._shapes.keyword(schema, "enum")
        if values is None:
            values = self._shapes.keyword(self._shapes.items(schema), "enum")
        if not isinstance(values, list):
            return bool(list_.properties)
        return any(list_.sort_key(str(value)) is not None for value in values)

    def _parameters(self, path: str) -> Iterator[tuple[str, Any]]:
        """Yield the names of the operation's query parameters, with their schemas."""
        pointer = ("paths", path, "get", "parameters")
        parameters = self._effective["paths"][path]["get"].get("parameters", ())
        for index, parameter in enumerate(parameters):
            if parameter["in"] == "query":
                has_schema = "schema" in parameter
                yield (
                    parameter["name"],
                    self._shapes.at((*pointer, index, "schema")) if has_schema else {},
                )


def without_effect(
    document: Document, resources: Iterable[Resource], computed: Collection[str] = ()
) -> list[Finding]:
    """Find each query parameter of a generated list that does nothing. The operations whose names
    are `computed` have handlers."""
    lists = Lists(document, resources)
    found = []
    for path, item in path_items(document.effective):
        list_ = lists.of(path) if "get" in item else None
        if list_ is None or operation_name(path, "get", item["get"]) in computed:
            continue
        for index, each in enumerate(item["get"].get("parameters", ())):
            if each["in"] == "query" and each["name"] not in list_.effective:
                pointer = ("paths", path, "get", "parameters", index, "name")
                expected = "a parameter that pages, sorts or filters the list: it has no effect"
                fault = Fault(pointer, repr(each["name"]), expected, "idle-parameter")
                found.append(finding(fault, document.path))
    return found


def _put(body: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return the body with the value at the path, or without that place where the value says so;
    the body is not changed."""
    if value is not _ABSENT:
        return Place((), path).put(body, value)
    parent = Place((), path[:-1]).of(body)
    if not isinstance(parent, dict) or path[-1] not in parent:
        return body
    rest = {name: each for name, each in parent.items() if name != path[-1]}
    return Place((), path[:-1]).put(body, rest)
