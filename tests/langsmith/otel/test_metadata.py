"""Metadata by who overrides whom, and parameters of invocation."""

from __future__ import annotations

from typing import Any

import pytest

from locum.langsmith.otel import metadata
from locum.langsmith.otel.attributes import SpanAttributes


def of(attributes: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    """The metadata of a span of these attributes."""
    found = SpanAttributes(attributes)
    of_model, model = metadata.models(found)
    metadata.invocation_params(found, model)
    conversation = metadata.thread(found)
    return metadata.metadata(found, resource or {}, conversation, of_model)


def parameters(attributes: dict[str, Any]) -> dict[str, Any]:
    found = SpanAttributes(attributes)
    return metadata.invocation_params(found, metadata.models(found)[1])


def test_later_sources_override_earlier_ones() -> None:
    """One name after the other in all sources."""
    sources: list[dict[str, Any]] = [
        {"team": "unmapped"},
        {"metadata": '{"team": "object"}'},
        {"traceloop.association.properties.team": "association"},
        {"langsmith.metadata.team": "own"},
    ]
    sent: dict[str, Any] = {}
    assert of({}, {"team": "resource"}) == {"team": "resource"}
    for source in sources:
        sent |= source
        (value,) = source.values()
        expected = "object" if "metadata" in source else value
        assert of(sent, {"team": "resource"}) == {"team": expected}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"session.id": "t"}, {"session_id": "t"}),
        ({"gen_ai.conversation.id": "t"}, {"conversation_id": "t"}),
        ({"langsmith.trace.session_id": "t"}, {"session_id": "t"}),
        ({"langsmith.trace.session_id": "a", "session.id": "b"}, {"session_id": "a"}),
        ({"session.id": "a", "metadata": '{"session_id": "b"}'}, {"session_id": "a"}),
        (
            {"session.id": "a", "traceloop.association.properties.session_id": "b"},
            {"session_id": "b"},
        ),
        ({"session.id": "a", "langsmith.metadata.session_id": "b"}, {"session_id": "b"}),
    ],
)
def test_conversations_have_the_names_of_threads(
    attributes: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert of(attributes) == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"langsmith.metadata.a.b": 1}, {"a.b": 1}),
        ({"langsmith.metadata.n": "3"}, {"n": "3"}),
        ({"langsmith.metadata.d": '{"a": 1}'}, {"d": {"a": 1}}),
        ({"langsmith.metadata.d": "[1]"}, {"d": [1]}),
        ({"langsmith.metadata.d": ""}, {"d": ""}),
        ({"traceloop.association.properties.d": "[1]"}, {"d": "[1]"}),
        ({"metadata": {"a": 1}}, {"a": 1}),
        ({"metadata": "no object"}, {"metadata": "no object"}),
        ({"http.route": "/x", "x": b"a"}, {"http.route": "/x", "x": "YQ=="}),
        ({"ls_temperature": 0.5}, {"ls_temperature": 0.5}),
    ],
)
def test_values_are_kept(attributes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert of(attributes) == expected


def test_what_sdks_say_to_the_endpoint_is_left_out() -> None:
    flags = ("is_root", "root_span", "traceable")
    consumed: dict[str, Any] = {f"langsmith.{name}": True for name in flags}
    consumed["langsmith.traceable_parent_otel_span_id"] = "x"
    internal = {"langsmith.internal_provider": "true"}
    assert of(consumed | internal, internal | {"service.name": "api"}) == {"service.name": "api"}


def test_attributes_of_the_resource_are_never_mapped() -> None:
    resource = {"gen_ai.system": "x", "session.id": "y", "langsmith.metadata.a": "z", "b": b"a"}
    assert of({}, resource) == resource | {"b": "YQ=="}


PROVIDERS = [
    "langsmith.metadata.ls_provider",
    "ls_provider",
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.provider",
    "llm.system",
]
MODELS = [
    "langsmith.metadata.ls_model_name",
    "ls_model_name",
    "llm.model_name",
    "gen_ai.response.model",
    "gen_ai.request.model",
]


@pytest.mark.parametrize(
    ("key", "sources"), [("ls_provider", PROVIDERS), ("ls_model_name", MODELS)]
)
def test_provider_and_model_are_those_of_the_first_source(key: str, sources: list[str]) -> None:
    for number in range(len(sources)):
        sent = {name: name for name in sources[number:]}
        assert of(sent) == {key: sources[number]}
        assert of(dict.fromkeys(sources[1:number], "") | sent) == {key: sources[number]}


def test_provider_and_model_override_what_others_say_of_them() -> None:
    others = {
        "metadata": '{"ls_provider": "a"}',
        "traceloop.association.properties.ls_provider": "b",
    }
    assert of(others) == {"ls_provider": "b"}
    assert of(others | {"gen_ai.system": "openai"}) == {"ls_provider": "openai"}


def test_the_model_of_an_invocation_is_the_responses() -> None:
    both = {"gen_ai.response.model": "a", "gen_ai.request.model": "b", "llm.model_name": "c"}
    assert parameters(both) == {"model": "a"}
    assert parameters({"gen_ai.request.model": "b", "gen_ai.response.model": ""}) == {"model": "b"}
    assert parameters({"llm.model_name": "c"}) == {}
    whole = {"llm.invocation_parameters": '{"model": "d", "x": 1}'}
    assert parameters(whole) == {"model": "d", "x": 1}
    assert parameters(whole | both) == {"model": "a", "x": 1}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"gen_ai.request.temperature": 0.5}, {"temperature": 0.5}),
        ({"gen_ai.request.top_p": 1}, {"top_p": 1}),
        ({"gen_ai.request.max_tokens": 20}, {"max_tokens": 20}),
        (
            {"gen_ai.request.frequency_penalty": 1, "llm.frequency_penalty": 2},
            {"frequency_penalty": 1},
        ),
        ({"llm.frequency_penalty": 2}, {"frequency_penalty": 2}),
        (
            {"gen_ai.request.presence_penalty": 1, "llm.presence_penalty": 2},
            {"presence_penalty": 1},
        ),
        ({"llm.presence_penalty": 2}, {"presence_penalty": 2}),
        ({"gen_ai.request.seed": 7}, {"seed": 7}),
        ({"gen_ai.request.top_k": 3}, {"top_k": 3}),
        ({"gen_ai.request.encoding_formats": ["base64"]}, {"encoding_formats": ["base64"]}),
        ({"gen_ai.request.stop_sequences": ["a"]}, {"stop": ["a"]}),
        ({"llm.request.functions": '[{"name": "f"}]'}, {"functions": [{"name": "f"}]}),
        (
            {
                "llm.request.functions.1.name": "g",
                "llm.request.functions.0.name": "f",
                "llm.request.functions.0.parameters": '{"type": "object"}',
            },
            {"functions": [{"name": "f", "parameters": {"type": "object"}}, {"name": "g"}]},
        ),
        ({"tools": "[1]", "gen_ai.tool.definitions": "[2]"}, {"tools": [1]}),
        ({"gen_ai.tool.definitions": "[2]"}, {"tools": [2]}),
        ({"tool_arguments": '{"q": 1}'}, {"tool_arguments": {"q": 1}}),
        ({"gen_ai.tool.name": "f"}, {"tool_name": "f"}),
        (
            {"llm.invocation_parameters": '{"seed": 1, "n": 2}', "gen_ai.request.seed": 7},
            {"seed": 7, "n": 2},
        ),
    ],
)
def test_parameters_of_an_invocation(attributes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert parameters(attributes) == expected
    assert of(attributes) == {}


def test_parameters_that_are_no_object_are_metadata() -> None:
    assert of({"llm.invocation_parameters": "x"}) == {"llm.invocation_parameters": "x"}


def test_the_runtime_is_an_object() -> None:
    found = SpanAttributes({"langsmith.span.runtime": '{"sdk": "x"}'})
    assert metadata.runtime(found) == {"sdk": "x"}
    assert metadata.runtime(SpanAttributes({"langsmith.span.runtime": "x"})) is None
