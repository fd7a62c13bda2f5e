"""Project, name, type and tags."""

from __future__ import annotations

from typing import Any

import pytest

from locum.langsmith.otel.attributes import SpanAttributes
from locum.langsmith.otel.descriptions import (
    is_openinference_tool,
    name,
    project,
    run_type,
    tags,
)

PROJECT = "e3b0c442-98fc-4c14-9afb-4c8996fb9242"


@pytest.mark.parametrize(
    ("attributes", "header", "expected"),
    [
        ({}, "", {"session_name": "default"}),
        ({}, "by-header", {"session_name": "by-header"}),
        ({"session_name": "by-name"}, "by-header", {"session_name": "by-name"}),
        ({"session_name": ""}, "by-header", {"session_name": "by-header"}),
        (
            {"session_id": PROJECT.upper(), "session_name": "by-name"},
            "by-header",
            {"session_id": PROJECT},
        ),
        ({"session_id": PROJECT.replace("-", "")}, "", {"session_id": PROJECT}),
        ({"session_id": "thread-1", "session_name": "by-name"}, "", {"session_name": "by-name"}),
        ({"session_id": "thread-1"}, "by-header", {"session_name": "by-header"}),
    ],
)
def test_the_project_is_an_id_or_a_name(
    attributes: dict[str, Any], header: str, expected: dict[str, str]
) -> None:
    sent = {f"langsmith.trace.{key}": value for key, value in attributes.items()}
    assert project(SpanAttributes(sent), header) == expected


def test_a_session_that_is_no_uuid_is_left_for_the_thread() -> None:
    attributes = SpanAttributes({"langsmith.trace.session_id": "thread-1"})
    project(attributes, "")
    assert attributes.left() == {"langsmith.trace.session_id": "thread-1"}


@pytest.mark.parametrize(
    ("attributes", "span_name", "expected"),
    [
        ({}, "step", "step"),
        ({}, "", "unnamed"),
        ({"langsmith.trace.name": "a", "traceloop.entity.name": "b"}, "step", "a"),
        ({"langsmith.trace.name": "", "traceloop.entity.name": "b"}, "step", "b"),
        ({"openinference.span.kind": "TOOL", "tool.name": "c"}, "step", "c"),
        ({"openinference.span.kind": "tool", "tool.name": "c"}, "step", "c"),
        ({"openinference.span.kind": "LLM", "tool.name": "c"}, "step", "step"),
        ({"openinference.span.kind": 5, "tool.name": "c"}, "step", "step"),
        ({"langsmith.trace.name": 7}, "step", "7"),
        ({"langsmith.trace.name": ["a"]}, "step", "step"),
    ],
)
def test_the_name_is_the_first_that_is_told(
    attributes: dict[str, Any], span_name: str, expected: str
) -> None:
    found = SpanAttributes(attributes)
    assert name(found, span_name, is_tool=is_openinference_tool(found)) == expected


# By attribute, the values that name each type.
TYPES = {
    "langsmith.span.kind": {
        "llm": ("llm", "LLM", "Llm"),
        "chain": ("chain",),
        "tool": ("tool", "TOOL"),
        "retriever": ("retriever",),
        "embedding": ("embedding",),
        "prompt": ("prompt",),
        "parser": ("parser",),
    },
    "openinference.span.kind": {
        "llm": ("LLM", "llm"),
        "tool": ("TOOL",),
        "retriever": ("RETRIEVER", "RERANKER"),
        "embedding": ("EMBEDDING",),
        "prompt": ("PROMPT",),
        "chain": ("CHAIN", "AGENT", "GUARDRAIL", "EVALUATOR", "DECISION", "UNKNOWN", "agent"),
    },
    "traceloop.span.kind": {
        "chain": ("workflow", "task", "agent", "unknown"),
        "tool": ("tool",),
    },
    "traceloop.llm.request.type": {
        "embedding": ("embedding",),
        "llm": ("chat", "completion", "rerank", "unknown"),
    },
    "llm.request.type": {"embedding": ("embedding",), "llm": ("chat", "completion")},
    "gen_ai.operation.name": {
        "llm": ("chat", "completion", "text_completion", "generate_content", "llm"),
        "embedding": ("embedding", "embeddings"),
        "retriever": ("retrieval", "retriever"),
        "tool": ("execute_tool", "tool"),
        "chain": ("create_agent", "invoke_agent", "invoke_workflow", "chain"),
        "prompt": ("prompt",),
        "parser": ("parser",),
    },
}
EACH = [
    (attribute, value, expected)
    for attribute, types in TYPES.items()
    for expected, values in types.items()
    for value in values
]


@pytest.mark.parametrize(("attribute", "value", "expected"), EACH)
def test_a_value_names_the_type(attribute: str, value: str, expected: str) -> None:
    found = SpanAttributes({attribute: value})
    assert run_type(found) == expected
    assert found.left() == {}


@pytest.mark.parametrize(
    ("attributes", "expected", "left"),
    [
        ({}, "chain", []),
        (
            {
                "langsmith.span.kind": "llm",
                "openinference.span.kind": "TOOL",
                "gen_ai.operation.name": "x",
            },
            "llm",
            ["gen_ai.operation.name"],
        ),
        (
            {"langsmith.span.kind": "runnable", "openinference.span.kind": "EMBEDDING"},
            "embedding",
            ["langsmith.span.kind"],
        ),
        ({"traceloop.span.kind": "tool", "traceloop.llm.request.type": "chat"}, "tool", []),
        ({"traceloop.llm.request.type": "chat", "llm.request.type": "embedding"}, "llm", []),
        ({"llm.request.type": "embedding", "gen_ai.operation.name": "chat"}, "embedding", []),
        ({"gen_ai.operation.name": "chat", "gen_ai.tool.name": "f"}, "llm", ["gen_ai.tool.name"]),
        ({"gen_ai.tool.name": "f"}, "tool", ["gen_ai.tool.name"]),
        (
            {"gen_ai.tool.name": "f", "llm.prompt_template.variables": "{}"},
            "tool",
            ["gen_ai.tool.name", "llm.prompt_template.variables"],
        ),
        ({"llm.prompt_template.variables": "{}"}, "prompt", ["llm.prompt_template.variables"]),
        ({"gen_ai.operation.name": 5}, "chain", ["gen_ai.operation.name"]),
    ],
)
def test_the_first_source_that_knows_the_type_counts(
    attributes: dict[str, Any], expected: str, left: list[str]
) -> None:
    found = SpanAttributes(attributes)
    assert run_type(found) == expected
    assert sorted(found.left()) == left


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, []),
        ({"langsmith.span.tags": "prod, eu"}, ["prod", "eu"]),
        ({"langsmith.span.tags": " , "}, []),
        ({"langsmith.span.tags": ""}, []),
        ({"langsmith.span.tags": ["a", "b ", ""]}, ["a", "b"]),
        ({"langsmith.span.tags": '["a, b"]'}, ["a, b"]),
        ({"langsmith.span.tags": "b,a", "tag.tags": ["a", "c"]}, ["b", "a", "c"]),
        ({"tag.tags": ["c", "c"]}, ["c"]),
    ],
)
def test_tags_are_separated_trimmed_and_told_once(
    attributes: dict[str, Any], expected: list[str]
) -> None:
    found = SpanAttributes(attributes)
    assert tags(found) == expected
    assert found.left() == {}
