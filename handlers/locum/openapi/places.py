"""The places of values in a YAML or JSON text, by their pointers: line and column."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from sys import intern
from typing import Any

import yaml

from locum.openapi.walk import Pointer
from locum.openapi.yaml_values import Loader

# Where a value is, or in an object its key: the line and the column (from 1), in one number. And of
# an array or object what is in it. There may be a million of them, so they are as small as can be.
_Position = int
_Place = int | tuple[_Position, "_Inner"]
_Inner = dict[str, Any] | list[Any]
_COLUMNS = 2**32
_FIRST: _Position = _COLUMNS + 1


class Places:
    """The places of a text, which may be one that `reader.read` refuses: one that is no YAML has
    its first place alone."""

    def __init__(self, text: str) -> None:
        self._root: _Place | None = None
        if text.lstrip("\ufeff \n\r\t").startswith("{"):
            self._root = _root_of_json(text)
        try:
            self._root = self._root or _root(text)
        except yaml.YAMLError:
            self._root = _FIRST

    def line(self, pointer: Pointer) -> int:
        """Return the line (from 1) of that place, or of the nearest place around it that the text
        has."""
        return self.position(pointer)[0]

    def position(self, pointer: Pointer) -> tuple[int, int]:
        """Return the line and the column, each from 1, in the same way."""
        place, position = self._root or _FIRST, _FIRST
        for token in pointer:
            inner = None if isinstance(place, int) else place[1]
            name = str(token)
            if isinstance(inner, dict) and name in inner:
                place = inner[name]
            elif isinstance(inner, list) and name.isdecimal() and int(name[:9]) < len(inner):
                place = inner[int(name[:9])]
            else:
                break
            position = place if isinstance(place, int) else place[0]
        return divmod(position, _COLUMNS)


# JSON, whose texts YAML's parser does not read all of: as surrogates by their escapes.

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def _root_of_json(text: str) -> _Place | None:
    """Return the place of the text's value, None where it is no JSON."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found: list[Any] = []
    inner: _Inner = found
    around: list[_Inner] = []
    key: tuple[str, int] | None = None
    awaits_key = False
    for match in _TOKEN.finditer(text):
        token, start = match[0], match.start()
        first = token[0]
        if first in ":,":
            awaits_key = first == "," and isinstance(inner, dict)
        elif first in "}]":
            if not around:
                return None
            inner, awaits_key = around.pop(), False
        elif awaits_key:
            try:
                key = intern(json.loads(token)) if "\\" in token else intern(token[1:-1]), start
            except ValueError:
                return None
            awaits_key = False
        else:
            offset = start if key is None else key[1]
            line = bisect_right(starts, offset)
            position = line * _COLUMNS + offset - starts[line - 1] + 1
            opened: _Inner | None = {} if first == "{" else [] if first == "[" else None
            place: _Place = position if opened is None else (position, opened)
            if isinstance(inner, list):
                inner.append(place)
            elif key is None:
                return None
            else:
                inner[key[0]] = place
            key = None
            if opened is not None:
                around.append(inner)
                inner, awaits_key = opened, first == "{"
    return (_FIRST, found[0][1]) if found and isinstance(found[0], tuple) else None


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
            self._keys[-1] = intern(event.value), _position(event)
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
        holder, key = self._open[-1], self._keys[-1]
        position = _position(event) if key is None else key[1]
        place = position if inner is None else (position, inner)
        if isinstance(holder, list):
            holder.append(place)
        elif key is not None:
            holder[key[0]] = place
            self._keys[-1] = None


def _position(event: Any) -> _Position:
    mark = event.start_mark
    return int((mark.line + 1) * _COLUMNS + mark.column + 1)


def _root(text: str) -> _Place:
    """Return the place of the text's first value."""
    reading = _Reading()
    for event in yaml.parse(text, Loader):
        step = reading.steps.get(type(event))
        if step is not None:
            step(event)
    first = next(iter(reading.found), _FIRST)
    return (_FIRST, first[1]) if isinstance(first, tuple) else _FIRST
