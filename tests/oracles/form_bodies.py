"""Multipart bodies, written by hand: each part with its name, media type, content and file."""

from __future__ import annotations

import json
from typing import Any

from locum.provider import RawBody

BOUNDARY = "a-boundary"


_HEADERS = {"content-type": f'multipart/form-data; boundary="{BOUNDARY}"'}


def part(
    name: str,
    content: bytes | str | dict[str, Any] | list[Any],
    filename: str | None = None,
    *,
    is_json: bool = False,
) -> bytes:
    """A part: a JSON value, and with `is_json` a text that says so of itself, else bytes."""
    if isinstance(content, dict | list):
        content, is_json = json.dumps(content), True
    raw = content.encode() if isinstance(content, str) else content
    disposition = f'form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    kind = b"Content-Type: application/json\r\n" if is_json else b""
    kind += b"Content-Length: %d\r\n" % len(raw)
    return b"Content-Disposition: " + disposition.encode() + b"\r\n" + kind + b"\r\n" + raw


def form(*parts: bytes) -> RawBody:
    """The body of these parts."""
    written = b"".join(b"--" + BOUNDARY.encode() + b"\r\n" + each + b"\r\n" for each in parts)
    return RawBody(written + b"--" + BOUNDARY.encode() + b"--\r\n", _HEADERS)
