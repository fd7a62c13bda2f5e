"""Forms: the fields of a body of `application/x-www-form-urlencoded` or `multipart/form-data`, and
the object that they are by its schema (OpenAPI 3.1.0, sections 4.8.14.4 and 4.8.15).

An array is a field of the same name for each item, or what its encoding says. An object is JSON,
fields with brackets behind its name, `a[b]=1`, or, URL-encoded, `b=1` where nothing else is of that
name. A file is bytes, a text where it can be one and its property is no binary one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus

import orjson
from attrs import define, field
from starlette.exceptions import HTTPException

from locum.exceptions import InvalidRequest, InvalidValue, UnreadableBody
from locum.http.shapes import Given, Known, Node, Shape, nodes_of, value_of
from locum.http.styles import Malformed, Writing
from locum.openapi.media_types import MediaType

MOST_FIELDS = 1000
MOST_HEADERS, MOST_HEADER_BYTES = 16, 4096  # of a part

# A client's fault is told to the client.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)

Fields = Mapping[str, list[Any]]
Encodings = Mapping[str, Mapping[str, Any]]  # how the document says that fields are written


def read_urlencoded(raw: bytes, charset: str, shape: Shape, encodings: Encodings) -> Any:
    """Return the object of a URL-encoded form. Raises UnreadableBody and InvalidRequest."""
    try:
        pairs = parse_qsl(
            raw.decode(charset),
            keep_blank_values=True,
            encoding=charset,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except UnicodeDecodeError:
        raise UnreadableBody(f"The form is not encoded in {charset}") from None
    except ValueError:
        raise UnreadableBody(f"The form has more than {MOST_FIELDS} fields") from None
    _check_reserved(raw, encodings)
    fields: dict[str, list[Given]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return _object(fields, shape, encodings, is_spread=True)


# RFC 3986, section 2.2, without `!'()*+`: these are left as they are by encoders of forms.
_RESERVED = re.compile(rb"[:/?#\[\]@$,;=]")


def _check_reserved(raw: bytes, encodings: Encodings) -> None:
    """Raise InvalidRequest for a reserved character that is written as it is in a field whose
    encoding says itself that none may be. By default (OpenAPI 3.1.0, section 4.8.15) none may be
    either, and nobody looks at it: clients are careless of them."""
    strict = {name for name, its in encodings.items() if its.get("allowReserved") is False}
    for pair in raw.split(b"&") if strict else ():
        field_name, _, value = pair.partition(b"=")
        name = unquote_plus(field_name.decode("latin-1")).partition("[")[0]
        character = _RESERVED.search(value)
        if name in strict and character is not None:
            found = character[0].decode()
            message = f"Found {found!r}, expected it written as {quote(found, safe='')}"
            raise InvalidRequest((InvalidValue(("body", name), message, "reserved", found),))


@define
class _Part:
    """A part of a multipart body: its headers by name in lower case, and its bytes."""

    headers: dict[str, str] = field(factory=dict)
    data: bytearray = field(factory=bytearray)


def read_multipart(raw: bytes, boundary: str, shape: Shape, encodings: Encodings) -> Any:
    """Return the object of a multipart form. Raises HTTPException 415 without a boundary,
    UnreadableBody and InvalidRequest."""
    from python_multipart.multipart import parse_options_header  # noqa: PLC0415  # few need it

    fields: dict[str, list[Given]] = {}
    for part in _parts(raw, boundary):
        disposition, options = parse_options_header(part.headers.get("content-disposition"))
        name = options.get(b"name")
        if disposition != b"form-data" or name is None:
            raise UnreadableBody("A part of the form has no name in its Content-Disposition")
        text = name.decode(errors="replace")
        given = _given(text, part, shape, encodings, is_file=b"filename" in options)
        fields.setdefault(text, []).append(given)
    return _object(fields, shape, encodings)


def _parts(raw: bytes, boundary: str) -> list[_Part]:
    from python_multipart.exceptions import FormParserError  # noqa: PLC0415  # few need it
    from python_multipart.multipart import MultipartParser  # noqa: PLC0415

    if not boundary:
        raise HTTPException(415, "The form's Content-Type has no boundary")
    parts: list[_Part] = []
    name, value, ends = bytearray(), bytearray(), []

    def begin() -> None:
        if len(parts) == MOST_FIELDS:
            raise UnreadableBody(f"The form has more than {MOST_FIELDS} parts")
        parts.append(_Part())

    def end_of_header() -> None:
        parts[-1].headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        name.clear()
        value.clear()

    try:
        parser = MultipartParser(
            boundary.encode("latin-1", "replace"),
            {
                "on_part_begin": begin,
                "on_header_field": lambda data, start, end: name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: value.extend(data[start:end]),
                "on_header_end": end_of_header,
                "on_part_data": lambda data, start, end: parts[-1].data.extend(data[start:end]),
                "on_end": lambda: ends.append(True),
            },
            max_header_count=MOST_HEADERS,
            max_header_size=MOST_HEADER_BYTES,
        )
        parser.write(raw)
        parser.finalize()
    except FormParserError as error:
        raise UnreadableBody(f"The form cannot be read: {error!s:.100}") from None
    if not ends:
        raise UnreadableBody("The form has no end: its last boundary is missing")
    return parts


def _given(name: str, part: _Part, shape: Shape, encodings: Encodings, *, is_file: bool) -> Given:
    """Return what a part is: JSON where it says so itself, else the document; bytes where it is
    a file of a binary property, or no text; else a text."""
    said = part.headers.get("content-type") or encodings.get(name, {}).get("contentType", "")
    media_type = MediaType.read(said.partition(",")[0])
    data = bytes(part.data)
    if media_type is not None and media_type.is_json:
        try:
            return Known(orjson.loads(data))
        except orjson.JSONDecodeError as error:
            reason = {"error": error.msg.partition(":")[0]}
            fault = InvalidValue(("body", name), "JSON decode error", "json_invalid", None, reason)
            raise InvalidRequest((fault,)) from None
    its = shape.of_property(name)
    its = its.items if its.is_array else its
    is_binary = its.says("format") == "binary" or its.says("contentMediaType") is not None
    if is_binary or (is_file and its.says("type") is None):
        return Known(data)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return Known(data)


def _object(
    fields: Fields, shape: Shape, encodings: Encodings, *, is_spread: bool = False
) -> dict[str, Any]:
    nodes = nodes_of(fields, shape.names)
    if is_spread and not shape.takes_others:
        nodes = _gathered(nodes, shape)
    found = {}
    for name, node in nodes.items():
        its = shape.of_property(name)
        found[name] = value_of(_written(name, node, its, encodings), its)
    return found


def _gathered(nodes: Mapping[str, Node], shape: Shape) -> dict[str, Node]:
    """Return the nodes, of which those that are properties of an object in the form alone are moved
    there: style form, exploded, writes `x=1` for `{"point": {"x": 1}}`."""
    inner = {name: shape.of_property(name) for name in sorted(shape.names)}
    found = {name: node for name, node in nodes.items() if name in shape.names}
    for name, node in nodes.items():
        owners = [each for each, its in inner.items() if its.is_object and name in its.names]
        if name in found or len(owners) != 1:
            found[name] = node
        else:
            found.setdefault(owners[0], Node()).parts[name] = node
    return found


def _written(name: str, node: Node, shape: Shape, encodings: Encodings) -> Node:
    """Return the node of a field whose encoding has a style of its own taken apart by that."""
    encoding = encodings.get(name, {})
    style = encoding.get("style", "form" if "explode" in encoding else "")
    is_one = len(node.given) == 1 and isinstance(node.given[0], str)
    if not style or not is_one or encoding.get("explode", style == "form"):
        return node
    writing, text = Writing(name, style, explode=False), node.given[0]
    assert isinstance(text, str)  # noqa: S101 - as was looked at
    try:
        if shape.is_array:
            return Node([*writing.items(text)])
        if shape.is_object:
            texts = writing.properties(text)
            return Node(parts={key: Node([value]) for key, value in texts.items()})
    except Malformed as error:
        message = f"Found {text!r:.100}, expected it written as {error}"
        raise InvalidRequest((InvalidValue(("body", name), message, "style", text),)) from None
    return node


def without_bytes(value: Any) -> Any:
    """Return the value with a text of as many characters in the place of bytes, for schemas, which
    know none."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return {name: without_bytes(part) for name, part in value.items()}
    if isinstance(value, list):
        return [without_bytes(part) for part in value]
    return value
