"""Messages of a conversation, and documents, that were sent leaf by leaf."""

from __future__ import annotations

import re
from typing import Any

from locum.langsmith.otel.values import an_object

# TraceLoop: tool_calls.0.name; OpenInference: tool_calls.0.tool_call.function.name.
_TOOL_CALL = re.compile(r"tool_calls\.(\d{1,9})\.(?:tool_call\.)?(.+)", re.ASCII | re.DOTALL)
_OF_FUNCTIONS = ("name", "arguments")


def message(leaves: dict[str, Any]) -> dict[str, Any]:
    """Return the message of these leaves: role, content, what else there is, and tool calls."""
    made: dict[str, Any] = {}
    calls: dict[int, dict[str, Any]] = {}
    for name, value in leaves.items():
        own = name.removeprefix("message.")
        if of_call := _TOOL_CALL.fullmatch(own):
            calls.setdefault(int(of_call[1]), {})[of_call[2]] = value
        else:
            made[own] = value
    made = {name: made[name] for name in ("role", "content") if name in made} | made
    if calls:
        made["tool_calls"] = [_tool_call(calls[number]) for number in sorted(calls)]
    return made


def _tool_call(leaves: dict[str, Any]) -> dict[str, Any]:
    own = {name.removeprefix("function."): value for name, value in leaves.items()}
    function = {name: own.pop(name) for name in _OF_FUNCTIONS if name in own}
    return {**own, "type": "function", "function": function}


def conversation(items: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the messages of a list of leaves, None where there are none."""
    return {"messages": [message(leaves) for leaves in items]} if items else None


def documents(items: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the documents that a retriever has found, None where there are none."""
    return {"documents": [_document(leaves) for leaves in items]} if items else None


def _document(leaves: dict[str, Any]) -> dict[str, Any]:
    own = {name.removeprefix("document."): value for name, value in leaves.items()}
    made = {"page_content": own.pop("content")} if "content" in own else {}
    if "metadata" in own:
        sent = own.pop("metadata")
        parsed = an_object(sent)
        made["metadata"] = sent if parsed is None else parsed
    return made | own
