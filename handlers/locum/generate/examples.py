"""The examples that a document gives for a body. One counts only where it fits its schema: of some
published documents no example does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from locum.generate.shapes import Shapes
from locum.openapi.media_types import is_json, is_xml
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
    """Return whether the example fits, and the body that it stands for: without the properties that
    are for requests alone."""
    schema = response.schema(media_type)
    is_text = isinstance(value, str)
    if not is_json(media_type) and (is_text or not is_xml(media_type)):
        return schema is None or is_text or schema.accepts(value), value
    if schema is None:
        return True, value
    if is_text and not schema.accepts(value):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return False, value
    value = _for_answers(Shapes(response.schemas), schema.schema, value)
    return schema.accepts(value), value


def _for_answers(shapes: Shapes, schema: Any, value: Any) -> Any:
    """Return the value without the properties that its schema says to be writeOnly."""
    if isinstance(value, list):
        items = shapes.items(schema)
        return [_for_answers(shapes, items, each) for each in value]
    if not isinstance(value, dict):
        return value
    parts = shapes.properties(schema)
    return {
        name: _for_answers(shapes, parts.get(name, True), each)
        for name, each in value.items()
        if shapes.keyword(parts.get(name, True), "writeOnly") is not True
    }
