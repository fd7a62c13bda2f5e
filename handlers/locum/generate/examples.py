"""The examples that a document gives for a body. One counts only where it fits its schema: of some
published documents no example does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from locum.openapi.media_types import is_json
from locum.openapi.responses import Response

UNNAMED = ""  # the name of the one example of a media type


def named(response: Response, media_type: str) -> dict[str, Any]:
    """Return the examples of a media type by name, those that do not fit too. An `externalValue` is
    not fetched."""
    content: Mapping[str, Any] = response.content[media_type] or {}
    found = {
        str(name): each["value"]
        for name, each in (content.get("examples") or {}).items()
        if isinstance(each, dict) and "value" in each
    }
    return {UNNAMED: content["example"], **found} if "example" in content else found


def fitting(response: Response, media_type: str) -> dict[str, Any]:
    """Return the examples of a media type that fit its schema, by name. A JSON body that is given
    as its text is what the text says."""
    found = {}
    for name, value in named(response, media_type).items():
        fits, body = fitted(response, media_type, value)
        if fits:
            found[name] = body
    return found


def fitted(response: Response, media_type: str, value: Any) -> tuple[bool, Any]:
    """Return whether the example fits, and the body that it stands for."""
    schema = response.schema(media_type)
    if not is_json(media_type):
        is_text = isinstance(value, str)
        return schema is None or is_text or schema.accepts(value), value
    if schema is None or schema.accepts(value):
        return True, value
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return False, value
    return schema.accepts(value), value
