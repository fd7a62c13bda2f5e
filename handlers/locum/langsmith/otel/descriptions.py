"""What a run is called and what it is: its project, name, type and tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from locum.langsmith.ingestion.uuids import uuid_text
from locum.langsmith.otel.attributes import SpanAttributes
from locum.langsmith.otel.values import an_array, is_present
from locum.langsmith.tables import RUN_TYPES

DEFAULT_PROJECT = "default"
_UNNAMED = "unnamed"

_OWN = {name: name for name in RUN_TYPES}
_OPENINFERENCE = {
    "llm": "llm",
    "tool": "tool",
    "retriever": "retriever",
    "reranker": "retriever",
    "embedding": "embedding",
    "prompt": "prompt",
    "chain": "chain",
    "agent": "chain",
    "guardrail": "chain",
    "evaluator": "chain",
    "decision": "chain",
    "unknown": "chain",
}
_TRACELOOP = {
    "workflow": "chain",
    "task": "chain",
    "agent": "chain",
    "unknown": "chain",
    "tool": "tool",
}
_OPERATIONS = _OWN | {
    "chat": "llm",
    "completion": "llm",
    "text_completion": "llm",
    "generate_content": "llm",
    "embeddings": "embedding",
    "retrieval": "retriever",
    "execute_tool": "tool",
    "create_agent": "chain",
    "invoke_agent": "chain",
    "invoke_workflow": "chain",
}


def project(attributes: SpanAttributes, header: str) -> dict[str, str]:
    """Take the project: its id, which is a UUID, or its name; `header` is the request's. Another
    session id is a thread's (`thread` takes it)."""
    named = attributes.first("langsmith.trace.session_name", read=text)
    session_id = attributes.first("langsmith.trace.session_id", read=_uuid)
    if session_id is not None:
        return {"session_id": session_id}
    return {"session_name": named or header or DEFAULT_PROJECT}


def _uuid(value: Any) -> str | None:
    return uuid_text(value) if isinstance(value, str) else None


def name(attributes: SpanAttributes, span_name: str, *, is_tool: bool) -> str:
    """Take the name; `is_tool` where OpenInference says that the span is a tool."""
    sources = (
        "langsmith.trace.name",
        "traceloop.entity.name",
        *(("tool.name",) if is_tool else ()),
    )
    return attributes.first(*sources, read=text) or span_name or _UNNAMED


def is_openinference_tool(attributes: SpanAttributes) -> bool:
    """Return whether the span is a tool's by OpenInference; asked before `run_type` takes it."""
    kind = attributes.peek("openinference.span.kind")
    return isinstance(kind, str) and kind.lower() == "tool"


def run_type(attributes: SpanAttributes) -> str:
    """Take the run's type."""
    has_tool = attributes.has("gen_ai.tool.name")
    has_variables = attributes.has("llm.prompt_template.variables")
    found = [
        attributes.first(attribute, read=read)
        for attribute, read in (
            ("langsmith.span.kind", _of(_OWN)),
            ("openinference.span.kind", _of(_OPENINFERENCE)),
            ("traceloop.span.kind", _of(_TRACELOOP)),
            ("traceloop.llm.request.type", _of_request),
            ("llm.request.type", _of_request),
            ("gen_ai.operation.name", _of(_OPERATIONS)),
        )
    ]
    if has_tool:
        found.append("tool")
    if has_variables:
        found.append("prompt")
    return next(filter(None, found), "chain")


def _of(types: Mapping[str, str]) -> Callable[[Any], str | None]:
    return lambda kind: types.get(kind.lower()) if isinstance(kind, str) else None


def _of_request(kind: Any) -> str | None:
    if not isinstance(kind, str):
        return None
    return "embedding" if kind.lower() == "embedding" else "llm"


def tags(attributes: SpanAttributes) -> list[str]:
    """Take the tags, each once."""
    sent = [
        attributes.first(source, read=_tags) or [] for source in ("langsmith.span.tags", "tag.tags")
    ]
    return list(dict.fromkeys(tag for those in sent for tag in those))


def _tags(value: Any) -> list[str] | None:
    """Texts of an array, or separated by commas."""
    parts = an_array(value)
    if parts is None:
        parts = value.split(",") if isinstance(value, str) else [value]
    return [tag for part in parts if (tag := str(part).strip())]


def text(value: Any) -> str | None:
    """Return a value that should be a text as one."""
    if isinstance(value, dict | list):
        return None
    return str(value) if is_present(value) else None
