"""Parts of a multipart body (RFC 7578), as they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import orjson
from attrs import define, field, frozen

from locum.exceptions import InvalidRequest, InvalidValue, UnreadableBody

_MOST_HEADERS, _MOST_HEADER_BYTES = 16, 4096  # of a part


class Sent(Protocol):
    """A body as it was sent, and the request's headers by their names in lower case."""

    @property
    def content(self) -> bytes:
        """The bytes."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""
        ...


@frozen
class Part:
    """A part: the name of its field, that of its file, null where it is none, its media type, and
    what it holds."""

    name: str
    filename: str | None
    media_type: str
    content: bytes

    def json(self) -> Any:
        """Return the JSON value that it holds. Raises InvalidRequest, which names the part."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            message = f"JSON decode error: {error.msg.partition(':')[0]}"
            raise InvalidRequest(
                (InvalidValue(("body", self.name), message, "json_invalid"),)
            ) from None

    def object(self) -> dict[str, Any]:
        """Return the JSON object that it holds. Raises InvalidRequest, which names the part."""
        found = self.json()
        if not isinstance(found, dict):
            message = f"Found {found!r:.80}, expected an object"
            raise InvalidRequest((InvalidValue(("body", self.name), message, "dict_type", found),))
        return found

    def text(self) -> str:
        """Return the text that it holds. Raises InvalidRequest, which names the part."""
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            message = "Expected a text in UTF-8"
            raise InvalidRequest(
                (InvalidValue(("body", self.name), message, "string_unicode"),)
            ) from None


@define
class _Coming:
    headers: dict[str, str] = field(factory=dict)
    data: bytearray = field(factory=bytearray)


def parts_of(sent: Sent) -> list[Part]:
    """Return the parts of a multipart body in their order. Raises UnreadableBody."""
    from python_multipart.exceptions import FormParserError  # noqa: PLC0415  # few need it
    from python_multipart.multipart import MultipartParser, parse_options_header  # noqa: PLC0415

    media_type, options = parse_options_header(sent.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if media_type != b"multipart/form-data" or not boundary:
        raise UnreadableBody("Expected multipart/form-data with a boundary")
    coming: list[_Coming] = []
    name, value, ends = bytearray(), bytearray(), []

    def end_of_header() -> None:
        coming[-1].headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        name.clear()
        value.clear()

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": lambda: coming.append(_Coming()),
                "on_header_field": lambda data, start, end: name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: value.extend(data[start:end]),
                "on_header_end": end_of_header,
                "on_part_data": lambda data, start, end: coming[-1].data.extend(data[start:end]),
                "on_end": lambda: ends.append(True),
            },
            max_header_count=_MOST_HEADERS,
            max_header_size=_MOST_HEADER_BYTES,
        )
        parser.write(sent.content)
        parser.finalize()
    except FormParserError as error:
        raise UnreadableBody(f"The form cannot be read: {error!s:.100}") from None
    if not ends:
        raise UnreadableBody("The form has no end: its last boundary is missing")
    return [_part(each) for each in coming]


def _part(coming: _Coming) -> Part:
    from python_multipart.multipart import parse_options_header  # noqa: PLC0415  # as above

    disposition, options = parse_options_header(coming.headers.get("content-disposition"))
    name, filename = options.get(b"name"), options.get(b"filename")
    if disposition != b"form-data" or name is None:
        raise UnreadableBody("A part of the form has no name in its Content-Disposition")
    return Part(
        name.decode(errors="replace"),
        None if filename is None else filename.decode(errors="replace"),
        coming.headers.get("content-type", ""),
        bytes(coming.data),
    )
