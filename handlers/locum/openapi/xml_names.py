"""How a document has JSON values written as XML: what an element or attribute is called, and if an
element is around the items of an array (OpenAPI 3.1.1, section 4.8.26, the XML Object).

What that leaves open is our choice:

- `xml` counts field by field: a schema's own goes before that of what it refers to, and that before
  those of its allOf.
- Properties of one object that would have the same name go by their own names, all of them.
- A name has `_x0020_` for a character that names cannot have (ISO/IEC 9075-14, section 9.1).
- A prefix without a namespace is left out: no parser would read it.
- `##default`, which Swagger's Java library writes for "none", is none.

    Markup      what the `xml` of a schema says
    markup      the same, for schemas of one value
    together    the schemas that one value is held to
    component   the name of the component that a schema refers to
    wire_names  the names of an object's properties in XML
    encoded, decoded  a name as XML can have it, and back
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from attrs import frozen

from locum.openapi.schemas import Schemas
from locum.openapi.walk import tokens

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"  # whose `nil` says that a value is null
TEXT = "#text"  # the property that is the text of an element with attributes or elements in it

_MOST_TOGETHER = 2_000  # schemas that one value is held to: more are no description of a thing
_COMPONENTS = ("components", "schemas")


@frozen
class Markup:
    """What the `xml` of a schema says; "" stands for what it does not."""

    name: str = ""
    namespace: str = ""
    prefix: str = ""
    is_attribute: bool = False
    is_wrapped: bool = False


def markup(schemas: Schemas, *described: Any) -> Markup:
    """Return what schemas of the document, all of the same value, say together."""
    said: dict[str, Any] = {}
    for each in together(schemas, *described):
        own = each.get("xml")
        if isinstance(own, dict):
            said = own | said
    name, namespace, prefix = (
        said[field] if isinstance(said.get(field), str) else ""
        for field in ("name", "namespace", "prefix")
    )
    return Markup(
        name="" if name == "##default" else name,
        namespace=namespace,
        prefix=prefix,
        is_attribute=said.get("attribute") is True,
        is_wrapped=said.get("wrapped") is True,
    )


def together(schemas: Schemas, *described: Any) -> Iterator[dict[str, Any]]:
    """Yield the schemas that every value of those described is held to, outermost first: their own,
    what they refer to, their allOf; of anyOf and oneOf what is alone there beside null."""
    waiting = deque(described)
    seen = set[int]()
    while waiting and len(seen) < _MOST_TOGETHER:
        each = waiting.popleft()
        if not isinstance(each, dict) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if "$ref" in each:
            waiting.append(schemas.target(each["$ref"]))
        waiting += each.get("allOf", ())
        choices = [
            part
            for part in (*each.get("anyOf", ()), *each.get("oneOf", ()))
            if not (isinstance(part, dict) and part.get("type") == "null")
        ]
        if len(choices) == 1:
            waiting += choices


def component(schema: Any) -> str:
    """Return the name of the component that the schema refers to, "" where it refers to none."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if not isinstance(reference, str):
        return ""
    *place, name = tokens(reference) or ("",)
    return name if tuple(place) == _COMPONENTS else ""


def wire_names(properties: Mapping[str, tuple[Markup, Markup | None]]) -> dict[str, str]:
    """Return what each property of an object is called in XML. With its name comes the markup of
    its schema, and that of the items where it is an array: of one that is not wrapped each item is
    an element, and the name of the array itself counts for nothing."""
    wanted = {
        name: encoded((own.name if items is None or own.is_wrapped else items.name) or name)
        for name, (own, items) in properties.items()
    }
    times = Counter((own.is_attribute, wanted[name]) for name, (own, _) in properties.items())
    return {
        name: wanted[name] if times[own.is_attribute, wanted[name]] == 1 else encoded(name)
        for name, (own, _) in properties.items()
    }


# Letters that parsers of XML 1.0's fourth edition, as expat is, take for such: some of them.
_LETTERS = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0131\u0388-\u038a\u038e-\u03a1\u03a3-\u03ce"
    "\u0401-\u040c\u040e-\u044f\u3041-\u3094\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3"
)
_PLAIN = re.compile("[A-Za-z](?:[-.0-9A-Za-z]|_(?!x))*")
_ENCODED = re.compile("_x([0-9A-Fa-f]{4,6})_")
_SURROGATES = range(0xD800, 0xE000)
_MOST_CODES = 0x110000


def encoded(name: str) -> str:
    """Return the name with what no name in XML can have written as `_x0020_`; a colon too."""
    if _PLAIN.fullmatch(name):
        return name
    return _foreign().sub(lambda found: f"_x{ord(found[0]):04X}_", name) or "_"


@cache  # it takes 3 ms to compile, and few documents need it
def _foreign() -> re.Pattern[str]:
    return re.compile(rf"_(?=x[0-9A-Fa-f]{{4,6}}_)|(?<!\A)[^-._0-9{_LETTERS}]|\A[^_{_LETTERS}]")


def decoded(name: str) -> str:
    """Return the name that is written so in XML."""
    return _ENCODED.sub(_character, name)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code in _SURROGATES or code >= _MOST_CODES else chr(code)
