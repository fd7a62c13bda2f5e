"""Whether a JSON document holds another: what the API's `metadata` parameters ask for."""

from __future__ import annotations

from typing import Any

import orjson

from locum.exceptions import InvalidRequest, InvalidValue


def contains(document: Any, part: Any) -> bool:
    """Return whether the document holds the part, as PostgreSQL's `@>` has it (our choice).

    An object holds another where each value of that is held by its own under the key; a list holds
    another where each item of that is held by one of its own. Numbers, texts, true, false and null
    hold what equals them: 1 holds 1.0, and not true.
    """
    if isinstance(part, dict):
        return isinstance(document, dict) and all(
            key in document and contains(document[key], value) for key, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(document, list) and all(
            any(contains(item, each) for item in document) for each in part
        )
    return isinstance(document, bool) == isinstance(part, bool) and bool(document == part)


def object_of(text: str | None, parameter: str) -> dict[str, Any] | None:
    """Return the object that a query parameter holds as JSON text, None of None. Raises
    InvalidRequest for what is none."""
    if text is None:
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if isinstance(found, dict):
        return found
    message = f'Found {text!r:.80}, expected a JSON object, such as {{"owner": "demo"}}'
    raise InvalidRequest((InvalidValue(("query", parameter), message, "json_invalid", text),))
