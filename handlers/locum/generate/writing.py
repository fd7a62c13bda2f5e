"""Generated bodies and headers as they are sent, by media type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from locum.openapi.json_bytes import written
from locum.openapi.media_types import essence, is_json

_BOUNDARY = "locum-part-of-a-generated-body"


def body_of(value: Any, media_type: str) -> tuple[Any, str]:
    """Return the body for the JSON value, and its media type: itself for JSON, else its text. What
    is no text is written as a form, as parts, as an event or line of JSON, else as JSON."""
    its = essence(media_type)
    if is_json(media_type):
        return value, media_type
    if its == "text/event-stream":
        return _events(value), media_type
    if isinstance(value, str):
        return value, media_type
    if value is None:
        return "", media_type
    if its == "application/x-www-form-urlencoded" and isinstance(value, Mapping):
        fields = {name: _text(each) for name, each in value.items()}
        return urlencode(fields, quote_via=quote), media_type
    if its.startswith("multipart/") and isinstance(value, Mapping):
        return _parts(value), f"{its}; boundary={_BOUNDARY}"
    if its in ("application/jsonl", "application/x-ndjson", "application/json-seq"):
        rows = value if isinstance(value, list) else [value]
        return "".join(f"{_text(row)}\n" for row in rows), media_type
    return _text(value), media_type


def header_of(value: Any) -> str:
    """Return a JSON value as a header has it (OpenAPI's style simple)."""
    if isinstance(value, list):
        return ",".join(map(_text, value))
    if isinstance(value, Mapping):
        return ",".join(f"{name},{_text(each)}" for name, each in value.items())
    return _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else written(value).decode()


def _events(value: Any) -> str:
    """Return one event for each item of a list, else for the value; a text that is written as
    events already stays."""
    if isinstance(value, str) and value.lstrip().startswith(("data:", "event:", "id:", ":")):
        return value
    items = value if isinstance(value, list) else [value]
    return "".join(
        "".join(f"data: {line}\n" for line in _text(item).splitlines() or [""]) + "\n"
        for item in items
    )


def _parts(fields: Mapping[str, Any]) -> str:
    """Return the fields as multipart/form-data (RFC 7578)."""
    parts = []
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            head = f'Content-Disposition: form-data; name="{quote(name)}"'
            if not isinstance(each, str):
                head += "\r\nContent-Type: application/json"
            parts.append(f"--{_BOUNDARY}\r\n{head}\r\n\r\n{_text(each)}\r\n")
    return "".join([*parts, f"--{_BOUNDARY}--\r\n"])
