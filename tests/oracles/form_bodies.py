"""Multipart bodies, written by hand: each part with its name, media type, content and file."""

from __future__ import annotations

import json
from typing import Any

from locum.provider import RawBody

BOUNDARY = "a-boundary"


_HEADERS = {"content-type": f'multipart/form-data; boundary="{BOUNDARY}"'}


def part(
    name: str, content: bytes | str | dict[str, Any] | list[Any], filename: str | None = None
) -> bytes:
    """A part: a JSON value unless its content is bytes or a text."""
    is_json = isinstance(content, dict | list)
    raw = json.dumps(content).encode() if is_json else content
    if isinstance(raw, str):
        raw = raw.encode()
    assert isinstance(raw, bytes)
    disposition = f'form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    kind = b"Content-Type: application/json\r\n" if is_json else b""
    return b"Content-Disposition: " + disposition.encode() + b"\r\n" + kind + b"\r\n" + raw


def form(*parts: bytes) -> RawBody:
    """The body of these parts."""
    written = b"".join(b"--" + BOUNDARY.encode() + b"\r\n" + each + b"\r\n" for each in parts)
    return RawBody(written + b"--" + BOUNDARY.encode() + b"--\r\n", _HEADERS)
