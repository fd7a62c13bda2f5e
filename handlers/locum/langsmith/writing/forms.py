"""Forms with a file in them (RFC 7578): their fields as they were sent, each with the name of its
file.

What brings runs or examples may have thousands of parts, and is read by `ingestion.parts`."""

from __future__ import annotations

from attrs import define, field, frozen

from locum.exceptions import (
    InvalidRequest,
    InvalidValue,
    UnreadableBody,
    UnsupportedMediaType,
)
from locum.provider import RawBody

_MOST_HEADERS, _MOST_HEADER_BYTES = 16, 4096  # of a part


@frozen
class Field:
    """A field: its name, that of its file, null where it is none, its media type, and
    what it holds."""

    name: str
    filename: str | None
    media_type: str
    content: bytes

    def text(self) -> str:
        """Return the text that it holds. Raises InvalidRequest, which names the field."""
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


def fields_of(body: RawBody) -> list[Field]:
    """Return the fields of a form in their order.

    Raises UnsupportedMediaType and UnreadableBody.
    """
    from python_multipart.exceptions import FormParserError  # noqa: PLC0415  # few need it
    from python_multipart.multipart import MultipartParser, parse_options_header  # noqa: PLC0415

    media_type, options = parse_options_header(body.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if media_type != b"multipart/form-data" or not boundary:
        found = body.headers.get("content-type", "none")
        raise UnsupportedMediaType(found, "multipart/form-data with a boundary")
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
        parser.write(body.content)
        parser.finalize()
    except FormParserError as error:
        raise UnreadableBody(f"The form cannot be read: {error!s:.100}") from None
    if not ends:
        raise UnreadableBody("The form has no end: its last boundary is missing")
    return [_field(each) for each in coming]


def _field(coming: _Coming) -> Field:
    from python_multipart.multipart import parse_options_header  # noqa: PLC0415  # as above

    disposition, options = parse_options_header(coming.headers.get("content-disposition"))
    name, filename = options.get(b"name"), options.get(b"filename")
    if disposition != b"form-data" or name is None:
        raise UnreadableBody("A field of the form has no name in its Content-Disposition")
    return Field(
        # The SDK's generated client names the fields of a list so.
        name.decode(errors="replace").removesuffix("[]"),
        None if filename is None else filename.decode(errors="replace"),
        coming.headers.get("content-type", ""),
        bytes(coming.data),
    )
