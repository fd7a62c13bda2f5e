"""Messages and documents that were sent leaf by leaf."""

from __future__ import annotations

from typing import Any

import pytest

from locum.langsmith.otel.messages import conversation, documents, message


@pytest.mark.parametrize(
    ("leaves", "expected"),
    [
        ({"content": "hi", "role": "user"}, {"role": "user", "content": "hi"}),
        (
            {"message.role": "user", "message.content": '{"a": 1}', "finish_reason": "stop"},
            {"role": "user", "content": '{"a": 1}', "finish_reason": "stop"},  # text stays text
        ),
        (
            {"message.contents.0.message_content.text": "hi"},
            {"contents.0.message_content.text": "hi"},
        ),
        (
            {
                "role": "assistant",
                "tool_calls.1.name": "second",
                "tool_calls.0.id": "c1",
                "tool_calls.0.name": "first",
                "tool_calls.0.arguments": '{"q": 1}',
            },
            {
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "first", "arguments": '{"q": 1}'},
                    },
                    {"type": "function", "function": {"name": "second"}},
                ],
            },
        ),
        (
            {
                "message.tool_calls.0.tool_call.id": "c1",
                "message.tool_calls.0.tool_call.function.name": "f",
                "message.tool_calls.0.tool_call.function.arguments": "{}",
                "message.tool_calls.0.tool_call.extra": 1,
            },
            {
                "tool_calls": [
                    {
                        "id": "c1",
                        "extra": 1,
                        "type": "function",
                        "function": {"name": "f", "arguments": "{}"},
                    }
                ]
            },
        ),
        ({"tool_calls": "as sent"}, {"tool_calls": "as sent"}),
        ({}, {}),
    ],
)
def test_a_message_has_its_leaves(leaves: dict[str, Any], expected: dict[str, Any]) -> None:
    assert message(leaves) == expected


def test_a_message_begins_with_role_and_content() -> None:
    assert [*message({"a": 1, "content": "c", "role": "r"})] == ["role", "content", "a"]


def test_no_leaves_are_no_conversation() -> None:
    assert conversation([]) is documents([]) is None
    assert conversation([{"role": "user"}]) == {"messages": [{"role": "user"}]}


def test_a_document_has_content_and_metadata_and_what_else_there_is() -> None:
    assert documents(
        [
            {"document.content": "a", "document.metadata": '{"k": 1}', "document.score": 0.5},
            {"document.id": "7", "document.metadata": "no JSON"},
            {"document.metadata": {"k": 2}},
        ]
    ) == {
        "documents": [
            {"page_content": "a", "metadata": {"k": 1}, "score": 0.5},
            {"metadata": "no JSON", "id": "7"},
            {"metadata": {"k": 2}},
        ]
    }
