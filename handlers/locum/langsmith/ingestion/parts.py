"""The parts of a form that brings runs or examples: their names, and what they say of themselves.

A part says its media type and its length: in a header, or as a parameter of the type, as forms in
JavaScript write it. Framing is that of RFC 2046, section 5.1.1, and RFC 7578. Heads are read by one
pattern, as SDKs write them, and any other by the library that reads forms. A fault of the framing
is 400, and one of a part 422, with its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from locum.exceptions import InvalidRequest, UnreadableBody, UnsupportedMediaType
from locum.langsmith.ingestion import json_values
from locum.langsmith.ingestion.payloads import UTF_8, fault
from locum.openapi.media_types import JSON, MediaType
from locum.provider import RawBody

FORM = "multipart/form-data"

MOST_PARTS = 20_000
MOST_HEAD_BYTES, MOST_HEADERS = 4_096, 16  # of a part
LONGEST_NAME = 300  # bytes: an event, an id, and the name of a file of 255 characters
_LONGEST_BOUNDARY = 200  # RFC 2046 has 70

# Between a boundary and the content: what SDKs, and examples of the documentation, write.
_HEAD = re.compile(
    rb'\r\nContent-Disposition: form-data; name="([^"\\%\r\n]{1,300})"'
    rb'(?:; filename="[^"\\\r\n]{0,300}")?'
    rb"\r\nContent-Type: ([^\r\n]{1,300})"
    rb"(?:\r\nContent-Length: ([0-9]{1,12}))?\r\n\r\n"
)
_JSON = JSON.encode()
_JSON_OF_LENGTH = re.compile(rb"application/json; ?length=([0-9]{1,12})")
_NUMBER = re.compile(r"[0-9]{1,12}")
_LENGTH = re.compile(r'\s*;\s*length\s*=\s*"?[0-9]+"?', re.IGNORECASE)
_UNCHANGED = ("binary", "8bit", "7bit")  # transfer encodings that change no byte


@frozen
class Part:
    """A part: its name, the media type and length that it says, None where it says nothing, and its
    content; and whether it must say its length."""

    name: bytes
    media_type: bytes | None
    length: int | None
    content: bytes
    is_measured: bool = True

    @property
    def text(self) -> str:
        """Its name, for messages."""
        return self.name[:LONGEST_NAME].decode(errors="replace")

    def fault(self, found: str, expected: str, kind: str = "value_error") -> InvalidRequest:
        """Return what refuses the part."""
        return fault(("body", self.text), kind, found, expected)

    def json(self) -> Any:
        """Return the value of its content, which must be JSON. Raises InvalidRequest."""
        content, length = self.content, self.length
        if self.media_type != _JSON:
            usual = _JSON_OF_LENGTH.fullmatch(self.media_type or b"")
            if usual is not None and length is None:
                length = int(usual[1])
            else:
                media_type, length = self._said()
                charset = media_type.parameters.get("charset", "").lower()
                if media_type.essence != JSON or charset not in UTF_8:
                    raise self.fault(f"found Content-Type {_shown(self.media_type)}", JSON)
        elif length is None:
            length = self._own_length()
        if length != len(content) and length != _length_in_javascript(content):
            raise self._of_other_length(length)
        try:
            return json_values.loads(content)
        except ValueError as error:
            raise self.fault(f"found no JSON ({error})", "JSON", "json_invalid") from None

    def file_type(self) -> str:
        """Return the media type of a file, as the part says it. Raises InvalidRequest."""
        _, length = self._said()
        if length != len(self.content):
            raise self._of_other_length(length)
        return _LENGTH.sub("", (self.media_type or b"").decode("latin-1")).strip()

    def _said(self) -> tuple[MediaType, int]:
        """Return the media type and the length that it says. Raises InvalidRequest."""
        if self.media_type is None:
            raise self.fault("found no Content-Type", "one of each part", "missing")
        media_type = MediaType.read(self.media_type.decode("latin-1"))
        if media_type is None:
            raise self.fault(f"found Content-Type {_shown(self.media_type)}", "a media type")
        length, text = self.length, media_type.parameters.get("length")
        if text is not None:
            if not _NUMBER.fullmatch(text) or length not in (None, int(text)):
                found = f"found length={text:.80} in its Content-Type"
                raise self.fault(found, "its number of bytes, as in Content-Length")
            length = int(text)
        return media_type, self._own_length() if length is None else length

    def _own_length(self) -> int:
        """Return the length of its content, where it says none."""
        if self.is_measured:
            expected = "a Content-Length, or length in its Content-Type"
            raise self.fault("found no length", expected, "missing")
        return len(self.content)

    def _of_other_length(self, length: int) -> InvalidRequest:
        return self.fault(f"found {len(self.content)} bytes", f"{length}, as it says")


def _length_in_javascript(content: bytes) -> int | None:
    """Return what early SDKs of npm took for the number of bytes: the length of the text there
    (langsmith 0.2, whose parts were texts)."""
    try:
        return len(content.decode().encode("utf-16-le")) // 2
    except UnicodeDecodeError:
        return None


def _shown(said: bytes | None) -> str:
    return (said or b"nothing").decode("latin-1")[:80]


# Framing.


def parts(body: RawBody, *, are_measured: bool = True) -> Iterator[Part]:
    """Give the parts of a form in their order. Where they `are_measured`, each must say its length;
    of examples SDKs send them without.

    Raises UnsupportedMediaType where the body does not say that it is a form, UnreadableBody where
    it cannot be taken apart, and InvalidRequest for a part whose content is encoded.
    """
    content, delimiter = body.content, b"\r\n--" + _boundary(body)
    if content.startswith(delimiter[2:]):
        at = len(delimiter) - 2
    elif content.startswith(delimiter):
        at = len(delimiter)
    else:
        raise UnreadableBody("The body does not begin with the boundary that its type names")
    number = 0
    while not content.startswith(b"--", at):
        number += 1
        if number > MOST_PARTS:
            raise fault(("body",), "too_long", f"found more than {MOST_PARTS} parts", "fewer")
        head = _HEAD.match(content, at)
        if head is not None:
            name, media_type, written = head.groups()
            length = int(written) if written else None
            begin = head.end()
        else:
            name, media_type, length, begin = _unusual_head(content, at, number)
        # A part without content may have no more than the empty line before it.
        end = content.find(delimiter, begin - 2)
        if end < 0:
            raise UnreadableBody(f"The body has no end: no boundary follows part {number}")
        yield Part(name, media_type, length, content[begin:end], are_measured)
        at = end + len(delimiter)
    if content[at + 2 :].strip(b" \t\r\n"):
        raise UnreadableBody("More follows the last boundary of the body")


def _boundary(body: RawBody) -> bytes:
    said = body.headers.get("content-type", "")
    media_type = MediaType.of_body(said)
    if media_type is None or media_type.essence != FORM:
        raise UnsupportedMediaType(said or "none", FORM)
    boundary = media_type.parameters.get("boundary", "").encode("latin-1", "replace")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise UnsupportedMediaType(said, f"{FORM} with a boundary")
    return boundary


def _unusual_head(
    content: bytes, at: int, number: int
) -> tuple[bytes, bytes | None, int | None, int]:
    """Return name, media type and length of a part whose head is written in another way, and where
    its content begins. Raises UnreadableBody, and InvalidRequest where it is encoded."""
    from python_multipart.multipart import parse_options_header  # noqa: PLC0415  # few need it

    headers, begin = _headers(content, at, number)
    disposition, options = parse_options_header(headers.get(b"content-disposition"))
    name = options.get(b"name")
    if disposition != b"form-data" or name is None:
        raise UnreadableBody(f"Part {number} has no name in its Content-Disposition")
    name = name.replace(b"%22", b'"')  # as browsers write it (https://html.spec.whatwg.org)
    part = Part(name, headers.get(b"content-type"), None, b"")
    if len(name) > LONGEST_NAME:
        raise part.fault(f"found a name of {len(name)} bytes", f"at most {LONGEST_NAME}")
    if b"content-encoding" in headers:
        said = _shown(headers[b"content-encoding"])
        raise part.fault(f"found Content-Encoding {said}", "none of a part")
    encoding = _shown(headers.get(b"content-transfer-encoding", b"binary"))
    if encoding.lower() not in _UNCHANGED:
        raise part.fault(f"found Content-Transfer-Encoding {encoding}", "binary")
    written = headers.get(b"content-length")
    if written is not None and not _NUMBER.fullmatch(written.decode("latin-1")):
        raise part.fault(f"found Content-Length {_shown(written)}", "a number of bytes")
    return name, part.media_type, None if written is None else int(written), begin


def _headers(content: bytes, at: int, number: int) -> tuple[dict[bytes, bytes], int]:
    """Return the headers of a part by their names in lower case, and where its content begins.
    Raises UnreadableBody."""
    end = content.find(b"\r\n\r\n", at, at + MOST_HEAD_BYTES)
    padding, _, head = content[at : max(end, at)].partition(b"\r\n")
    lines = head.split(b"\r\n")
    if end < 0 or len(lines) > MOST_HEADERS:
        most = f"{MOST_HEAD_BYTES} bytes and {MOST_HEADERS} headers"
        raise UnreadableBody(f"The head of part {number} does not end within {most}")
    if padding.strip(b" \t"):
        raise UnreadableBody(f"The boundary before part {number} does not end its line")
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or name != name.strip() or name.lower() in headers:
            raise UnreadableBody(f"The head of part {number} is not one header a line, each once")
        headers[name.lower()] = value.strip()
    return headers, end + 4
