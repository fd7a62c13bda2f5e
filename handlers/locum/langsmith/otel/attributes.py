"""A span's attributes while a run is made of it: what is mapped is taken out, what is left over is
metadata.

Of the attributes that may give a field the first that is there counts, and the others are dropped.
One whose value cannot be what the field needs is no attribute of that field: it stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from locum.langsmith.otel.values import is_present, plain
from locum.otlp.spans import Value

# Lists, and objects, that are sent as one attribute for each leaf.
_LISTED = re.compile(
    r"(gen_ai\.prompt|gen_ai\.completion|llm\.input_messages|llm\.output_messages"
    r"|retrieval\.documents|llm\.request\.functions)\.(\d{1,9})\.(.+)",
    re.ASCII | re.DOTALL,
)
METADATA, ASSOCIATION = "langsmith.metadata.", "traceloop.association.properties."
_PREFIXES = (METADATA, ASSOCIATION)


def _as_it_is(value: Any) -> Any:
    return value


class SpanAttributes:
    """Attributes by name, until they are taken."""

    def __init__(self, attributes: Mapping[str, Value]) -> None:
        self._values: dict[str, Any] = {}
        self._lists: dict[str, dict[int, dict[str, Any]]] = {}
        self._objects: dict[str, dict[str, Any]] = {prefix: {} for prefix in _PREFIXES}
        for name, value in attributes.items():
            if listed := _LISTED.fullmatch(name):
                items = self._lists.setdefault(listed[1], {})
                items.setdefault(int(listed[2]), {})[listed[3]] = plain(value)
            elif name.startswith(_PREFIXES):
                prefix = next(each for each in _PREFIXES if name.startswith(each))
                self._objects[prefix][name.removeprefix(prefix)] = plain(value)
            else:
                self._values[name] = plain(value)

    def first(self, *names: str, read: Callable[[Any], Any] = _as_it_is) -> Any:
        """Take the attributes of these names, and return what the first that is there is read as,
        None where none is. `read` gives None for a value that stays."""
        found = None
        for name in names:
            value = self._values.pop(name, None)
            if not is_present(value):
                continue
            meaning = read(value)
            if meaning is None:
                self._values[name] = value
            elif found is None:
                found = meaning
        return found

    def peek(self, name: str) -> Any:
        """Return the value of an attribute, and leave it; None where there is none."""
        return self._values.get(name)

    def has(self, name: str) -> bool:
        """Return whether an attribute is there, and leave it."""
        return is_present(self._values.get(name))

    def listed(self, name: str) -> list[dict[str, Any]]:
        """Return the items of a list, each with the names of its leaves, gaps closed."""
        items = self._lists.get(name, {})
        return [items[number] for number in sorted(items)]

    def below(self, prefix: str) -> dict[str, Any]:
        """Return the attributes whose names begin with METADATA or ASSOCIATION, by what follows."""
        return self._objects[prefix]

    def left(self) -> dict[str, Any]:
        """Return what nothing has taken."""
        return self._values
