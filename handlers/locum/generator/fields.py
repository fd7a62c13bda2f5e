"""Maps, as YAML gives them, become attrs classes by the types of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

T = TypeVar("T")
Place = tuple[str | int, ...]

_WORDS = {str: "a text", int: "an integer", float: "a number", bool: "true or false"}


@attrs.frozen
class Misfit(ValueError):
    """A value does not fit the field at `place` (keys and indices, outermost first)."""

    place: Place
    found: str
    expected: str


@attrs.frozen
class Must:
    """What a value must be beside its type, as in `Annotated[int, Must(…, "an even number")]`."""

    holds: Callable[[Any], object]
    expected: str


def read(kind: type[T], value: Any, place: Place = ()) -> T:
    """The value as an instance of the attrs class. Raises Misfit for the first field that is
    unknown, missing, of another type, or out of its range.

    An entry of a map of instances is named by its key where its class has a `name` and it has none.
    """
    if not isinstance(value, Mapping):
        raise Misfit(place, told(value), "a map")
    fields = attrs.fields_dict(kind)  # type: ignore[arg-type]
    for name in value:
        if name not in fields:
            raise Misfit((*place, name), "an unknown field", f"one of {', '.join(fields)}")
    hints = get_type_hints(kind, include_extras=True)
    given = {name: _of(hints[name], item, (*place, name)) for name, item in value.items()}
    for name, field in fields.items():
        if name not in given and field.default is attrs.NOTHING:
            raise Misfit((*place, name), "nothing", _word(hints[name]))
    return kind(**given)


def _of(hint: Any, value: Any, place: Place) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        fitting = _of(inner[0], value, place)
        for must in inner[1:]:
            if not must.holds(fitting):
                raise Misfit(place, told(value), must.expected)
        return fitting
    if origin in (UnionType, Union):  # with None, which a recipe says by saying nothing
        return _of(inner[0], value, place)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise Misfit(place, told(value), "a map")
        return {key: _entry(inner[1], key, item, (*place, key)) for key, item in value.items()}
    if origin is tuple:
        if not isinstance(value, list):
            raise Misfit(place, told(value), "a list")
        return tuple(_of(inner[0], item, (*place, at)) for at, item in enumerate(value))
    if attrs.has(hint):
        return read(hint, value, place)
    return _scalar(hint, value, place)


def _entry(hint: Any, key: str, value: Any, place: Place) -> Any:
    named = attrs.has(hint) and "name" in attrs.fields_dict(hint)
    if named and isinstance(value, Mapping) and "name" not in value:
        value = {"name": key, **value}
    return _of(hint, value, place)


def _scalar(kind: Callable[[Any], Any], value: Any, place: Place) -> Any:
    accepted: tuple[type, ...] = {float: (int, float)}.get(kind, (kind,))  # type: ignore[arg-type]
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise Misfit(place, told(value), _word(kind))
    return kind(value)


def _word(hint: Any) -> str:
    while get_origin(hint) in (UnionType, Union, Annotated):
        hint = get_args(hint)[0]
    if get_origin(hint) is tuple:
        return "a list"
    return _WORDS.get(hint, "a map")


def told(value: Any) -> str:
    """The value, in a message."""
    return f"{value!r:.60}" if isinstance(value, str | int | float | bool) else type(value).__name__
