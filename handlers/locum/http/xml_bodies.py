"""XML bodies: the JSON value that an XML document is by its schema. `openapi.xml_names` says what
elements are called.

Namespaces are not looked at, and names without their prefixes. What OpenAPI leaves open is our
choice, as wide as can be: the root may have any name, and so may the items of a wrapped array; an
attribute may stand for an element, and an element for an attribute. An array that is required, and
has no element, is empty. Text beside attributes or elements is the property `#text`.

A document type declaration is refused, and with it every entity that is not XML's own.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from attrs import define, field

from locum.exceptions import InvalidRequest, InvalidValue, UnreadableBody
from locum.http.shapes import SCALARS, Shape, scalar
from locum.openapi.xml_names import INSTANCE, TEXT, decoded

MOST_LEVELS = 200  # of elements in each other: validators and writers of JSON take 255
MOST_ELEMENTS = 100_000

_BETWEEN = "\n"  # a namespace and a name, which cannot have it
_INSTANCE = f"{INSTANCE}{_BETWEEN}"


@define(eq=False)
class _Element:
    """An element: its local name, attributes by theirs, and what it holds. White space is kept."""

    name: str
    attributes: dict[str, str]
    is_nil: bool
    children: list[_Element] = field(factory=list)
    texts: list[str] = field(factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def read_xml(text: str, shape: Shape) -> object:
    """Return the JSON value of the document; the text itself where the schema admits nothing but a
    text, and the document is more than that, or the text is a file.

    Raises InvalidRequest for what is no well-formed XML or has a document type, and UnreadableBody
    for more elements, or deeper ones, than are read.
    """
    root = _parsed(text)
    is_file = shape.says("format") == "binary" or shape.says("contentMediaType") is not None
    if shape.types <= {"string", "null"} and (is_file or root.children or root.attributes):
        return text
    return _value(root, shape)


def check_xml(text: str) -> None:
    """Raise as `read_xml` does."""
    _parsed(text)


def _parsed(text: str) -> _Element:
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)
    parser.buffer_text = True
    document = _Element("", {}, is_nil=False)
    way = [document]
    elements = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > MOST_ELEMENTS:
            raise UnreadableBody(f"The XML has more than {MOST_ELEMENTS:,} elements")
        if len(way) > MOST_LEVELS:
            raise UnreadableBody(f"The XML has more than {MOST_LEVELS} elements in each other")
        is_nil = attributes.get(f"{_INSTANCE}nil", "").strip() in ("true", "1")
        own = {_local(n): v for n, v in attributes.items() if not n.startswith(_INSTANCE)}
        element = _Element(_local(name), own, is_nil)
        way[-1].children.append(element)
        way.append(element)

    def refuse(*_: object) -> NoReturn:
        reason = "found a document type declaration, expected none: leave it out"
        raise _no_xml(parser.CurrentByteIndex, reason)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: way.pop()
    parser.CharacterDataHandler = lambda data: way[-1].texts.append(data)  # noqa: PLW0108
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text, True)  # noqa: FBT003 - it is the end
    except expat.ExpatError as error:
        place = f"line {error.lineno}, column {error.offset + 1}"
        raise _no_xml(
            parser.ErrorByteIndex, f"{expat.ErrorString(error.code)} at {place}"
        ) from None
    return document.children[0]


def _local(name: str) -> str:
    return name.rpartition(_BETWEEN)[2]


def _no_xml(position: int, reason: str) -> InvalidRequest:
    message = f"The XML cannot be read: {reason}"
    fault = InvalidValue(("body", max(position, 0)), message, "xml_invalid", {}, {"error": reason})
    return InvalidRequest((fault,))


def _value(element: _Element, shape: Shape) -> object:
    types = shape.types
    if element.is_nil:
        return None
    if element.children and "array" in types and "object" not in types:
        return [_value(each, shape.items) for each in element.children]
    if element.children or (element.attributes and "object" in types):
        return _object(element, shape)
    if not types & SCALARS and not element.text.strip():
        if "object" in types:
            return _object(element, shape)
        if "array" in types:
            return []
    return _scalar(element.text, types)


def _scalar(text: str, types: frozenset[str]) -> object:
    return scalar(text if "string" in types else text.strip(), types)


def _object(element: _Element, shape: Shape) -> dict[str, object]:
    names = shape.xml_names
    found: dict[str, object] = {}
    for name, text in element.attributes.items():
        own = names.of_attribute(name) or decoded(name)
        found[own] = _of_attribute(text, shape.of_property(own))
    elements: dict[str, list[_Element]] = {}
    for each in element.children:
        own = names.of_element(each.name) or decoded(each.name)
        elements.setdefault(own, []).append(each)
    for name, those in elements.items():
        found[name] = _of_elements(those, shape.of_property(name))
    for name in names.required_arrays:
        found.setdefault(name, [])
    if element.text.strip():
        found[TEXT] = _scalar(element.text, shape.of_property(TEXT).types)
    return found


def _of_attribute(text: str, shape: Shape) -> object:
    if shape.is_array:
        return [_scalar(each, shape.items.types) for each in text.split()]
    return _scalar(text, shape.types)


def _of_elements(elements: list[_Element], shape: Shape) -> object:
    """Return the value of a property that all those elements stand for."""
    types, first = shape.types, elements[0]
    is_wrapped = "array" in types and shape.markup.is_wrapped
    if len(elements) == 1 and first.is_nil and (is_wrapped or "null" not in shape.items.types):
        return None
    if is_wrapped and not any(around.text.strip() for around in elements):
        return [_value(each, shape.items) for around in elements for each in around.children]
    if is_wrapped:  # items without what should be around them: the schema will refuse a text
        return next(around.text for around in elements if around.text.strip())
    if shape.is_array or (len(elements) > 1 and "array" in types):
        return [_value(each, shape.items) for each in elements]
    found = [_value(each, shape) for each in elements]
    return found[0] if len(found) == 1 else found
