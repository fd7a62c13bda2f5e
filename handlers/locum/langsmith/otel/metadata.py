"""The metadata of a run, its parameters of invocation, and what it ran in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.langsmith.otel.attributes import ASSOCIATION, METADATA, SpanAttributes
from locum.langsmith.otel.values import an_object, is_present, meant, plain
from locum.otlp.spans import Value

# What SDKs say to the endpoint alone.
CONSUMED = (
    "langsmith.internal_provider",
    "langsmith.traceable",
    "langsmith.traceable_parent_otel_span_id",
    "langsmith.is_root",
    "langsmith.root_span",
)
_PROVIDERS = (
    "ls_provider",
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.system",
)
_MODELS = (
    "ls_model_name",
    "llm.model_name",
    "gen_ai.response.model",
    "gen_ai.request.model",
)
# Parameters of an invocation, by the attributes that may have them.
_PARAMETERS = {
    "temperature": ("gen_ai.request.temperature",),
    "top_p": ("gen_ai.request.top_p",),
    "max_tokens": ("gen_ai.request.max_tokens",),
    "frequency_penalty": ("gen_ai.request.frequency_penalty", "llm.frequency_penalty"),
    "presence_penalty": ("gen_ai.request.presence_penalty", "llm.presence_penalty"),
    "seed": ("gen_ai.request.seed",),
    "top_k": ("gen_ai.request.top_k",),
    "encoding_formats": ("gen_ai.request.encoding_formats",),
    "stop": ("gen_ai.request.stop_sequences",),
    "functions": ("llm.request.functions",),
    "tools": ("tools", "gen_ai.tool.definitions"),
    "tool_arguments": ("tool_arguments",),
    "tool_name": ("gen_ai.tool.name",),
}


def models(attributes: SpanAttributes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take provider and model; return the metadata and the parameter of invocation that they
    are."""
    invoked = attributes.peek("gen_ai.response.model")
    if not is_present(invoked):
        invoked = attributes.peek("gen_ai.request.model")
    metadata = {
        "ls_provider": attributes.first(*_PROVIDERS),
        "ls_model_name": attributes.first(*_MODELS),
    }
    return (
        {key: value for key, value in metadata.items() if value is not None},
        {"model": invoked} if is_present(invoked) else {},
    )


def invocation_params(attributes: SpanAttributes, model: Mapping[str, Any]) -> dict[str, Any]:
    """Take the parameters with which a model or tool was called."""
    whole = attributes.first("llm.invocation_parameters", read=an_object) or {}
    found = {name: attributes.first(*sources, read=meant) for name, sources in _PARAMETERS.items()}
    listed = attributes.listed("llm.request.functions")  # OpenLLMetry sends one leaf each
    if listed and found["functions"] is None:
        found["functions"] = [
            {name: meant(value) for name, value in leaves.items()} for leaves in listed
        ]
    return {**whole, **model, **{name: value for name, value in found.items() if value is not None}}


def thread(attributes: SpanAttributes) -> dict[str, Any]:
    """Take what names the conversation."""
    found = {
        "session_id": attributes.first("langsmith.trace.session_id", "session.id"),
        "conversation_id": attributes.first("gen_ai.conversation.id"),
    }
    return {key: value for key, value in found.items() if value is not None}


def metadata(
    attributes: SpanAttributes,
    resource: Mapping[str, Value],
    conversation: Mapping[str, Any],
    model: Mapping[str, Any],
) -> dict[str, Any]:
    """Take all that is left: what comes later overrides what was before."""
    attributes.first(*CONSUMED)
    whole = attributes.first("metadata", read=an_object) or {}
    made = {name: plain(value) for name, value in resource.items() if name not in CONSUMED}
    made |= attributes.left()
    made |= whole
    made |= conversation
    made |= attributes.below(ASSOCIATION)
    made |= model
    made |= {key: meant(value) for key, value in attributes.below(METADATA).items()}
    return made


def runtime(attributes: SpanAttributes) -> dict[str, Any] | None:
    """Take what the run ran in."""
    found: dict[str, Any] | None = attributes.first("langsmith.span.runtime", read=an_object)
    return found
