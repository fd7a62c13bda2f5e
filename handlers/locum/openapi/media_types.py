"""Media types (RFC 9110, section 8.3.1)."""

from __future__ import annotations


def essence(media_type: str) -> str:
    """Return the media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Return whether a body of that media type is JSON."""
    its = essence(media_type)
    return its == "application/json" or its.endswith("+json")
