"""The lines of a YAML or JSON text, by the pointers of its values."""

from __future__ import annotations

from sys import intern
from typing import Any

import yaml

from locum.openapi.walk import Pointer
from locum.openapi.yaml_values import Loader

# A value's line (from 1), which in an object is that of its key; and of an array or object what is
# in it. There may be a million of them, so they are as small as can be.
_Place = int | tuple[int, "_Inner"]
_Inner = dict[str, Any] | list[Any]


class Places:
    """The places of a text, which may be one that `reader.read` refuses: one that is no YAML has
    its first line alone."""

    def __init__(self, text: str) -> None:
        try:
            self._root = _root(text) if "\n" in text else 1
        except yaml.YAMLError:
            self._root = 1

    def line(self, pointer: Pointer) -> int:
        """Return the line (from 1) of that place, or of the nearest place around it that the text
        has."""
        place, line = self._root, 1
        for token in pointer:
            inner = None if isinstance(place, int) else place[1]
            name = str(token)
            if isinstance(inner, dict) and name in inner:
                place = inner[name]
            elif isinstance(inner, list) and name.isdecimal() and int(name[:9]) < len(inner):
                place = inner[int(name[:9])]
            else:
                break
            line = place if isinstance(place, int) else place[0]
        return line


class _Reading:
    """The places of a text as far as it is read. An alias has those of its anchor."""

    def __init__(self) -> None:
        self.found: list[Any] = []
        self._open: list[_Inner] = [self.found]
        self._keys: list[tuple[str, int] | None] = [None]  # of each, that whose value comes next
        self._anchors: dict[str, _Inner] = {}
        self.steps = {
            yaml.ScalarEvent: self._take_scalar,
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._take_alias,
        }

    def _take_scalar(self, event: Any) -> None:
        if self._awaits_key():
            self._keys[-1] = intern(event.value), event.start_mark.line + 1
        else:
            self._put(event, None)

    def _take_alias(self, event: Any) -> None:
        self._put(event, self._anchors.get(event.anchor))

    def _begin(self, event: Any) -> None:
        inner: _Inner = {} if type(event) is yaml.MappingStartEvent else []
        if event.anchor is not None:
            self._anchors[event.anchor] = inner
        self._put(event, inner)
        self._open.append(inner)
        self._keys.append(None)

    def _end(self, _event: Any) -> None:
        self._open.pop()
        self._keys.pop()

    def _awaits_key(self) -> bool:
        return self._keys[-1] is None and isinstance(self._open[-1], dict)

    def _put(self, event: Any, inner: _Inner | None) -> None:
        if self._awaits_key():
            raise yaml.YAMLError("a key that is no text")
        holder, key, line = self._open[-1], self._keys[-1], event.start_mark.line + 1
        if key is not None:
            line = key[1]
        place = line if inner is None else (line, inner)
        if isinstance(holder, list):
            holder.append(place)
        elif key is not None:
            holder[key[0]] = place
            self._keys[-1] = None


def _root(text: str) -> _Place:
    """Return the place of the text's first value."""
    reading = _Reading()
    for event in yaml.parse(text, Loader):
        step = reading.steps.get(type(event))
        if step is not None:
            step(event)
    first = next(iter(reading.found), 1)
    return (1, first[1]) if isinstance(first, tuple) else 1
