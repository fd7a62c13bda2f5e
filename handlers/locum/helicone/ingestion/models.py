"""Whose answer a log is: the row's model (valhalla/jawn/src/utils/modelMapper.ts, and what its
RequestBodyHandler and ResponseBodyHandler make of bodies that no model wrote)."""

from __future__ import annotations

import re
from typing import Any

from locum.helicone import javascript

# An engine's name in a path goes to the next slash, a model's to the next slash or colon.
_PATHS = (re.compile(r"/engines/([^/]+)"), re.compile(r"models/([^/:]+)"))
_POLLED = ("queued", "in_progress")


def of_log(override: str, request: Any, response: Any, path: str) -> str:
    """Return the row's model: what the header says, else the response, the request, the path; ''
    where none does.

    What is answered by a tool, a vector database or another source of data is named so, whatever
    the header says; and so is an assistant that is asked again and again whether it is done.
    """
    model = override or of_response(response) or of_request(request, path)
    if _is_assistant(response):
        if response.get("status") in _POLLED:
            return "assistant-polling"
        if not model:
            return "assistant-call"
    return _of_type(response) or model


def of_request(request: Any, path: str) -> str:
    """Return the model that the request names, or its path; what it asks instead of one."""
    if named := _of_type(request):
        return named
    if not isinstance(request, dict):
        return _of_path(path)
    if model := _text(request.get("model")):
        return model
    if model := _of_path(path):
        return model
    makes_one = "messages" not in request and {"instructions", "name"} <= request.keys()
    is_call = makes_one or "assistant_id" in request or "metadata" in request
    return "assistant-call" if is_call else ""


def of_response(response: Any) -> str:
    """Return the model that the response names, '' for none."""
    if not isinstance(response, dict):
        return ""
    inner = response.get("body")
    found = response.get("model")
    if found is None and isinstance(inner, dict):
        found = inner.get("model") if inner.get("model") is not None else inner.get("modelVersion")
    return _text(found)


def _of_type(body: Any) -> str:
    """What answers a body whose _type tells it, '' for others."""
    match body:
        case {"_type": "vector_db"}:
            return "vector_db"
        case {"_type": "tool"}:
            return f"tool:{_named(body, 'toolName')}"
        case {"_type": "data"}:
            return f"data:{_named(body, 'name')}"
    return ""


def _named(body: dict[str, Any], name: str) -> str:
    """The member's text in JavaScript, where one that is not there is undefined."""
    return _text(javascript.string(body[name])) if name in body else "undefined"


def _is_assistant(response: Any) -> bool:
    if not isinstance(response, dict):
        return False
    if not response.keys().isdisjoint(("assistant_id", "thread_id", "metadata")):
        return True
    data = response.get("data")
    first = data[0] if isinstance(data, list) and data else None
    return isinstance(first, dict) and "assistant_id" in first


def _of_path(path: str) -> str:
    found = next(filter(None, (pattern.search(path) for pattern in _PATHS)), None)
    return _text(found[1]) if found else ""


def _text(value: Any) -> str:
    return value.replace("\0", "") if isinstance(value, str) else ""
