"""JSON values as XML, by their schemas. `openapi.xml_names` says what elements are called.

What OpenAPI leaves open is our choice:

- The root goes by its `xml.name`, else by the name of its component, else `root`. A list at the
  root has an element around its items, which go by theirs, else `item`.
- An array in an array has an element around its items, which would be those of one array else.
- Null is an empty element with `xsi:nil="true"`; an attribute is left out.
- An attribute that is an array has spaces between its items; one that is an object is an element.
- A character that XML cannot have is U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from locum.generate.shapes import Shapes
from locum.openapi.json_bytes import written
from locum.openapi.schemas import Schemas
from locum.openapi.walk import Pointer
from locum.openapi.xml_names import (
    INSTANCE,
    TEXT,
    Markup,
    component,
    encoded,
    markup,
    wire_names,
)

ROOT = "root"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ITEM = "item"

Scope = Mapping[str, str]  # the namespace of each prefix, "" being that of names without one


@frozen
class _Element:
    """What an element is called and described by; `item` is what the items of a list in it are
    called."""

    name: str
    item: str
    markup: Markup
    schema: Any


@frozen
class _Property:
    """A property as an element, and each item of it as one, None where it has none of its own."""

    whole: _Element
    each: _Element | None

    def named(self, name: str) -> _Property:
        """Return it with another name, which its items have too where they have none."""
        each = self.each and evolve(self.each, name=name, item=name)
        return _Property(evolve(self.whole, name=name, item=self.whole.item or name), each)


class XmlTexts:
    """Writes the values of a document's schemas."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas, self._shapes = schemas, Shapes(schemas)
        # By the id() of schemas, which stay.
        self._known: dict[int, dict[str, _Property]] = {}
        self._unnamed: dict[int, _Property] = {}

    def text(
        self, value: Any, place: Pointer | None, unnamed: str = "", *, declares: bool = True
    ) -> str:
        """Return the XML document for a JSON value of the schema at the pointer, None for no
        schema. `unnamed` is what a root without an `xml.name` is called, "" for what the top of the
        file says. With `declares` it begins with the XML declaration."""
        schema = True if place is None else self._shapes.at(place)
        own, items = markup(self._schemas, schema), self._shapes.items(schema)
        name = encoded(own.name or unnamed or component(schema) or ROOT)
        item = markup(self._schemas, items).name or component(items) or _ITEM
        out = [_DECLARATION] if declares else []
        self._write(out, _Element(name, encoded(item), own, schema), value, {})
        return "".join(out)

    def _write(self, out: list[str], element: _Element, value: Any, scope: Scope) -> None:
        """Write the element; `scope` holds the namespaces that are declared around it."""
        name, declared = _qualified(element.name, element.markup, scope)
        scope = {**scope, **declared}
        attributes = {
            f"xmlns:{prefix}" if prefix else "xmlns": each for prefix, each in declared.items()
        }
        inner: list[str] = []
        if value is None:
            attributes |= {"xmlns:xsi": INSTANCE, "xsi:nil": "true"}
        elif isinstance(value, list):
            items = self._each(element.item, element.schema)
            for each in value:
                self._write(inner, items, each, scope)
        elif isinstance(value, Mapping):
            self._write_properties(attributes, inner, element.schema, value, scope)
        else:
            inner.append(_escaped(_scalar(value)))
        told = "".join(f' {n}="{_in_quotes(text)}"' for n, text in attributes.items())
        out += (f"<{name}{told}>", *inner, f"</{name}>") if inner else (f"<{name}{told}/>",)

    def _write_properties(
        self,
        attributes: dict[str, str],
        inner: list[str],
        schema: Any,
        value: Mapping[str, Any],
        scope: Scope,
    ) -> None:
        known = self._properties(schema)
        for name, each in value.items():
            its = known.get(name) or self._other(schema).named(encoded(name))
            own = its.whole.markup
            if name == TEXT and name not in known and not isinstance(each, dict | list):
                inner.append(_escaped(_scalar(each)))
            elif own.is_attribute and _is_flat(each):
                called, declared = _qualified(its.whole.name, own, scope, is_attribute=True)
                attributes |= {f"xmlns:{prefix}": space for prefix, space in declared.items()}
                if each is not None:
                    attributes[called] = _flat(each)
            elif isinstance(each, list) and its.each is not None:
                for item in each:
                    self._write(inner, its.each, item, scope)
            else:
                self._write(inner, its.whole, each, scope)

    def _properties(self, schema: Any) -> dict[str, _Property]:
        if id(schema) not in self._known:
            parts = self._shapes.properties(schema)
            items = {name: self._shapes.items(part) for name, part in parts.items()}
            marks = {
                name: (
                    markup(self._schemas, part),
                    None if items[name] is None else markup(self._schemas, items[name]),
                )
                for name, part in parts.items()
            }
            self._known[id(schema)] = {
                name: self._property(wire, *marks[name], parts[name])
                for name, wire in wire_names(marks).items()
            }
        return self._known[id(schema)]

    def _other(self, schema: Any) -> _Property:
        """Return a property that the schema does not name."""
        if id(schema) not in self._unnamed:
            others = self._shapes.keyword(schema, "additionalProperties")
            others = True if others is None else others
            own, items = markup(self._schemas, others), self._shapes.items(others)
            of_items = markup(self._schemas, items)
            self._unnamed[id(schema)] = self._property("", own, of_items, others)
        return self._unnamed[id(schema)]

    def _property(self, name: str, own: Markup, items: Markup | None, schema: Any) -> _Property:
        item = encoded(items.name) if items is not None and items.name else name
        whole = _Element(name, item, own, schema)
        return _Property(whole, None if own.is_wrapped else self._each(name, schema))

    def _each(self, name: str, schema: Any) -> _Element:
        """Return what the items of an array are, each an element of that name."""
        items = self._shapes.items(schema)
        items = True if items is None else items
        return _Element(name, name, markup(self._schemas, items), items)


def _qualified(
    name: str, its: Markup, scope: Scope, *, is_attribute: bool = False
) -> tuple[str, dict[str, str]]:
    """Return the name with its prefix, and the namespaces to be declared for it. An attribute
    without a prefix is in no namespace."""
    prefix = encoded(its.prefix) if its.prefix else ""
    if prefix == "xml":  # which is always declared
        return f"xml:{name}", {}
    if prefix == "xmlns" or (is_attribute and not prefix):
        return name, {}
    if not its.namespace:
        return f"{prefix}:{name}" if prefix and prefix in scope else name, {}
    is_known = scope.get(prefix) == its.namespace
    return f"{prefix}:{name}" if prefix else name, {} if is_known else {prefix: its.namespace}


def _is_flat(value: Any) -> bool:
    """Return whether an attribute can have the value."""
    parts = value if isinstance(value, list) else [value]
    return not any(isinstance(part, dict | list) for part in parts)


def _flat(value: Any) -> str:
    return " ".join(map(_scalar, value)) if isinstance(value, list) else _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # of any size
    return "" if value is None else written(value).decode()


_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_QUOTES = str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def _escaped(text: str) -> str:
    return _NO_CHARACTER.sub("\ufffd", text).translate(_IN_TEXT)


def _in_quotes(text: str) -> str:
    return _escaped(text).translate(_IN_QUOTES)
