"""Query parameters that name a property of what is listed, and choose by it.

Nothing declares that; names tell, as they are widely used (our choice):

    status=…  filter[status]=…      the property is that, or an array that holds it
    statuses=…  ids=…               several values: any of them
    customer_id=…                   also the id of an object `customer`
    min_price, price_max, price_gte, price__lt, price[gte], created_after    limits of a property
    name_contains                   a part of its text

    filters   the filters that a parameter is
    Filter    one of them
    order     what values of a property are sorted by
    texts     the texts of an item, for a search
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any

from attrs import frozen

from locum.generate.names import plain, singular
from locum.generate.shapes import Shapes, words

_TESTS: dict[str, Callable[[Any, Any], bool]] = {"ge": ge, "gt": gt, "le": le, "lt": lt}
# Words beside a property's name that make a limit of it.
_LIMITS = {
    "after": "gt", "end": "le", "from": "ge", "gt": "gt", "gte": "ge", "min": "ge", "since": "ge",
    "start": "ge", "before": "lt", "lt": "lt", "lte": "le", "max": "le", "to": "le", "until": "le",
    "contains": "in", "like": "in",
}  # fmt: skip
_TIMES = frozenset(["at", "date", "datetime", "time", "timestamp"])
_NUMBERS = frozenset(["integer", "number"])
_NESTED = 2  # objects and arrays of an item that a search looks into
_SHORTEST_DATE = len("2026-01-01")


@frozen
class Filter:
    """A parameter, or its member `inner` where it is an object, and the property that it is about.

    `path` leads to the property, `test` is eq, in (a part of it), ge, gt, le or lt; `is_array` is
    whether the property is an array.
    """

    parameter: str
    inner: str | None
    path: tuple[str, ...]
    test: str
    is_array: bool = False

    def wanted(self, query: Mapping[str, Any]) -> Any:
        """Return what the query asks for, None for nothing."""
        value = query.get(self.parameter)
        if self.inner is None:
            return value
        return value.get(self.inner) if isinstance(value, dict) else None

    def fits(self, item: Any, query: Mapping[str, Any]) -> bool:
        """Return whether the item is one that the query asks for by this parameter."""
        wanted = self.wanted(query)
        if wanted is None:
            return True
        value = item
        for name in self.path:
            value = value.get(name) if isinstance(value, dict) else None
        if self.test == "eq":
            return _is_any(value, wanted)
        if self.test == "in":
            return any(str(wanted).casefold() in text.casefold() for text in texts(value))
        return not isinstance(wanted, list | dict) and _is_within(value, self.test, wanted)


def filters(
    shapes: Shapes, parameter: str, schema: Any, properties: Mapping[str, Any]
) -> Iterator[Filter]:
    """Yield the filters that the parameter of that name and schema is, by the properties of what is
    listed, with their schemas; several only where the parameter is an object."""
    named = re.fullmatch(r"(?:filters?|where)[\[._](.+?)\]?", parameter)
    name = (named[1] if named else parameter).removesuffix("[]")
    members = shapes.properties(schema) if "object" in shapes.types(schema) else {}
    if members:
        for member, part in members.items():
            test = _LIMITS.get(plain(member))
            own = _property(shapes, name, {}, properties) if test else None
            if own and test:
                yield Filter(parameter, member, own, test)
            elif plain(name) in ("filter", "filters", "where"):
                for each in filters(shapes, member, part, properties):
                    if each.inner is None:
                        yield Filter(parameter, member, each.path, each.test, each.is_array)
        return
    said = words(name.replace("[", " "))
    path = _property(shapes, name, schema, properties)
    if path:
        is_array = len(path) == 1 and shapes.items(properties[path[0]]) is not None
        # What starts or ends at an instant is rarely asked for by that very instant.
        limits = [_LIMITS[word] for word in said if word in ("start", "end", "from", "to")]
        test = limits[0] if limits and not _TIMES.isdisjoint(said) else "eq"
        yield Filter(parameter, None, path, test, is_array)
        return
    for word, rest in ((said[-1:], said[:-1]), (said[:1], said[1:])):
        test = _LIMITS.get(word[0]) if word and rest else None
        path = _property(shapes, "_".join(rest), {}, properties) if test else None
        if path and test:
            yield Filter(parameter, None, path, test)
            return


def _property(
    shapes: Shapes, name: str, schema: Any, properties: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """Return the way to the property that the name means, whose values can be those of the schema;
    None where there is none."""
    own = {plain(each): each for each in properties}
    wanted = _scalars(shapes, schema)
    key = plain(name)
    if not key:
        return None
    for each in (key, singular(key), f"{key}s", f"{key}id", f"{key}code", f"{key}at", f"{key}date"):
        if each not in own:
            continue
        part = properties[own[each]]
        if _scalars(shapes, part) & wanted:
            return (own[each],)
        if "id" in shapes.properties(part):
            return (own[each], "id")
        inner = shapes.properties(shapes.items(part))
        if not wanted.isdisjoint(["string"]) and ("name" in inner or "id" in inner):
            return (own[each],)
    parent = own.get(key.removesuffix("id"))
    if key.endswith("id") and parent is not None and "id" in shapes.properties(properties[parent]):
        return (parent, "id")
    return None


def _scalars(shapes: Shapes, schema: Any) -> frozenset[str]:
    """Return the types of single values that the schema admits, itself or as items."""
    items = shapes.items(schema)
    types = shapes.types(schema if items is None else items) - {"object", "array", "null"}
    return types | _NUMBERS if types & _NUMBERS else types


def _is_any(value: Any, wanted: Any) -> bool:
    """Return whether the value, or one in it, is wanted, or one of what is."""
    wishes = wanted if isinstance(wanted, list) else [wanted]
    if isinstance(value, str) and not any("," in _text(each) for each in wishes):
        return value in map(_text, wishes)  # as nearly always
    values = value if isinstance(value, list) else [value]
    texts = {_text(each) for each in values}
    texts |= {
        _text(each[name]) for each in values if isinstance(each, dict) for name in ("id", "name")
        if name in each
    }  # fmt: skip
    if any(_text(each) in texts for each in wishes):
        return True
    # Several in one text, where a document knows no arrays in a query.
    return any(
        isinstance(each, str) and "," in each and not texts.isdisjoint(each.split(","))
        for each in wishes
    )


def _text(value: Any) -> str:
    """Return the value as a query has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _is_within(value: Any, test: str, wanted: Any) -> bool:
    if value is None:
        return False
    one, other = order(value), order(wanted)
    return one[0] == other[0] and _TESTS[test](one[1], other[1])


def order(value: Any) -> tuple[int, Any]:
    """Return what the value is sorted by: numbers before points in time, before other texts, before
    all else."""
    if isinstance(value, bool):
        return 3, int(value)
    if isinstance(value, int | float):
        return 0, value
    if not isinstance(value, str):
        return 4, str(value)
    is_dated = len(value) >= _SHORTEST_DATE and value[4] == "-"
    if not is_dated and re.fullmatch(r"-?\d{1,300}(\.\d{1,300})?", value):
        return 0, float(value)
    if len(value) >= _SHORTEST_DATE and value[:4].isdecimal():
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return 2, value.casefold()
        return 1, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return 2, value.casefold()


def texts(item: Any) -> Iterator[str]:
    """Yield the texts of the item, and of what is in it, not deeper than a search looks."""
    if isinstance(item, str):
        yield item
    waiting = [(item, 0)]
    while waiting:
        value, depth = waiting.pop()
        if not isinstance(value, dict | list):
            continue
        for each in value.values() if isinstance(value, dict) else value:
            if isinstance(each, str):
                yield each
            elif depth < _NESTED:
                waiting.append((each, depth + 1))
