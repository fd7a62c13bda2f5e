"""YAML texts as JSON values, from the events of the parser: without recursion, and with a bound on
what aliases stand for, which is counted before it is copied.

YAML as OpenAPI wants it, the types of JSON alone: `no` and `2024-01-01` are texts, and so is every
key as it is written.
"""

from __future__ import annotations

import math
import re
from typing import Any

import yaml

from locum.openapi.walk import MOST_CHARACTERS, MOST_LEVELS, PER_VALUE

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without libyaml: the same, seven times slower
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

__all__ = ["LONGEST_INTEGER", "TOO_DEEP", "Loader", "value_of"]

TOO_DEEP = f"found more than {MOST_LEVELS} levels of nesting, expected fewer"

_TAG = "tag:yaml.org,2002:"
# YAML 1.2, section 10.2 (JSON schema), with the core schema's ~ and empty for null.
_NULL = frozenset(["", "~", "null"])
_BOOLEAN_TEXTS = {"true": True, "false": False}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?")
LONGEST_INTEGER = 20  # characters of one of 64 bits


def value_of(text: str, *, wide: bool = False) -> Any:
    """Return the JSON value of the text's one document, None where it has none; aliases of an array
    or object share it. Raise YAMLError for what is no YAML or no JSON, is nested too deeply, or has
    aliases that stand for too much; and for an integer of more than 64 bits, which on demand is
    the nearest float."""
    reading = _Reading(wide=wide)
    steps = reading.steps
    for event in yaml.parse(text, Loader):
        step = steps.get(type(event))
        if step is not None:
            step(event)
    return reading.value


class _Open:
    """An array or object that has begun. `size` and `levels` are those of what is in it so far."""

    __slots__ = ("anchor", "key", "levels", "size", "value")

    def __init__(self, value: dict[str, Any] | list[Any], anchor: str | None) -> None:
        self.value: Any = value
        self.anchor = anchor
        self.key: str | None = None  # of an object, where its value comes next
        self.size, self.levels = PER_VALUE, 1

    def awaits_key(self) -> bool:
        return self.key is None and type(self.value) is dict


class _Reading:
    """A document as far as it is read. A size is by the measure of MOST_CHARACTERS."""

    def __init__(self, *, wide: bool) -> None:
        self.value: Any = None
        self._wide = wide
        self._open: list[_Open] = []
        # Value, size and levels by anchor; None of one that is not at its end.
        self._anchors: dict[str, tuple[Any, int, int] | None] = {}
        self._has_begun = False
        self.steps = {
            yaml.ScalarEvent: self._take_scalar,
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._take_alias,
            yaml.DocumentStartEvent: self._begin_document,
        }

    def _begin_document(self, event: Any) -> None:
        if self._has_begun:
            raise _at(event, "expected a single document, but found another document")
        self._has_begun = True

    def _take_scalar(self, event: Any) -> None:
        text = event.value
        size = PER_VALUE + len(text)
        if self._open and self._open[-1].awaits_key():
            self._take_key(event)
            value: Any = text
        else:
            value = _scalar(event, wide=self._wide)
            self._put(value, size, 0)
        if event.anchor is not None:
            self._anchors[event.anchor] = value, size, 0

    def _take_key(self, event: Any) -> None:
        key, holder = event.value, self._open[-1]
        if key == "<<":
            raise _at(event, "found the merge key <<, expected its fields written out")
        if key in holder.value:
            raise _at(event, f"found the key {key!r:.60} twice, expected it once")
        holder.key = key
        holder.size += len(key)

    def _begin(self, event: Any) -> None:
        if self._open and self._open[-1].awaits_key():
            raise _at(event, "found a key that is no text")
        if len(self._open) == MOST_LEVELS:
            raise _at(event, TOO_DEEP)
        is_object = type(event) is yaml.MappingStartEvent
        if event.tag not in (None, "!", f"{_TAG}map" if is_object else f"{_TAG}seq"):
            raise _no_constructor(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open({} if is_object else [], event.anchor))

    def _end(self, _event: Any) -> None:
        ended = self._open.pop()
        if ended.anchor is not None:
            self._anchors[ended.anchor] = ended.value, ended.size, ended.levels
        self._put(ended.value, ended.size, ended.levels)

    def _take_alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            raise _at(event, f"found undefined alias {event.anchor!r:.60}")
        known = self._anchors[event.anchor]
        if known is None:
            problem = f"found the recursive alias {event.anchor!r:.60}"
            raise _at(event, f"{problem}, expected one of what has ended before")
        if self._open[-1].awaits_key():
            raise _at(event, "found a key that is an alias, expected it written out")
        if len(self._open) + known[2] > MOST_LEVELS:
            raise _at(event, TOO_DEEP)
        self._put(*known)
        # Without aliases the size is that of the file, and the user's own affair.
        if sum(each.size for each in self._open) > MOST_CHARACTERS:
            problem = f"found aliases that stand for more than {MOST_CHARACTERS:,} characters"
            raise _at(event, f"{problem}, expected fewer")

    def _put(self, value: Any, size: int, levels: int) -> None:
        if not self._open:
            self.value = value
            return
        holder = self._open[-1]
        if type(holder.value) is list:
            holder.value.append(value)
        else:
            holder.value[holder.key] = value
            holder.key = None
        holder.size += size
        holder.levels = max(holder.levels, levels + 1)


def _scalar(event: Any, *, wide: bool) -> Any:
    """Return the scalar's value: by its tag, else if it is plain by its text, else a text."""
    text, tag = event.value, event.tag
    if tag is None and event.implicit[0]:
        return _plain(event, wide=wide)
    if tag in (None, "!", f"{_TAG}str"):
        return text
    value = _plain(event, wide=wide)
    for name, types in (("null", type(None)), ("bool", bool), ("int", int), ("float", float)):
        if tag == f"{_TAG}{name}":
            if type(value) is types:
                return value
            raise _at(event, f"found {text!r:.60}, expected a value of its tag {name}")
    raise _no_constructor(event)


def _plain(event: Any, *, wide: bool) -> Any:
    text = event.value
    if text in _NULL:
        return None
    if text in _BOOLEAN_TEXTS:
        return _BOOLEAN_TEXTS[text]
    if text[0] not in "-0123456789" or not _NUMBER.fullmatch(text):
        return text
    is_integer = _INTEGER.fullmatch(text) is not None
    if is_integer and len(text) <= LONGEST_INTEGER and -(2**63) <= int(text) < 2**64:
        return int(text)
    if (wide or not is_integer) and math.isfinite(float(text)):
        return float(text)
    raise _at(event, f"found the number {text:.60}, expected one of 64 bits")


def _no_constructor(event: Any) -> yaml.MarkedYAMLError:
    tag = f"{event.tag!r:.80}"
    return _at(event, f"could not determine a constructor for the tag {tag}: JSON has no such type")


def _at(event: Any, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
