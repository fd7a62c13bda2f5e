"""Streams: their chunks, and what these make."""

from __future__ import annotations

import json
from typing import Any

import pytest

from locum.helicone.ingestion import streams


def sse(*events: Any) -> str:
    return "".join(f"event: {e.get('type')}\ndata: {json.dumps(e)}\n\n" for e in events)


def test_chunks_of_server_sent_events() -> None:
    text = ': comment\r\nid: 1\r\ndata:{"a":1}\r\n\r\ndata: {"b":2}\n\ndata: [DONE]\n\ndata: {"c'
    assert streams.chunks(text) == [{"a": 1}, {"b": 2}]


def test_chunks_of_lines_of_json() -> None:
    assert streams.chunks('{"a":1}\n{"b":2}\n') == [{"a": 1}, {"b": 2}]


def test_a_text_has_none() -> None:
    assert streams.chunks("The gull ate it.\n5\n[1]") == []


@pytest.mark.parametrize(
    ("chunks", "reported"),
    [
        ([], {}),
        ([{"choices": []}], {}),
        ([{"usage": None}, {"usage": {"a": 1}}, {"usage": None}], {"usage": {"a": 1}}),
        ([{"usage": {"a": 1}}, {"usage": {"a": 2}}], {"usage": {"a": 2}}),
        ([{"type": "r", "response": {"usage": {"a": 3}}}], {"usage": {"a": 3}}),
        ([{"usageMetadata": {"b": 1}}, {"usageMetadata": {"b": 2}}], {"usageMetadata": {"b": 2}}),
        (
            [
                {"type": "message_start", "message": {"usage": {"input": 25, "output": 1}}},
                {"type": "message_delta", "usage": {"output": 7}},
            ],
            {"usage": {"input": 25, "output": 7}},
        ),
        (
            [{"type": "message_start", "message": {"usage": {"input": 25, "output": 1}}}],
            {"usage": {"input": 25, "output": 1}},
        ),
    ],
)
def test_the_last_chunk_that_reports_usage_counts(
    chunks: list[Any], reported: dict[str, Any]
) -> None:
    assert streams.reported(chunks) == reported


def test_chat_completions_make_one() -> None:
    head: dict[str, Any] = {"id": "c9", "object": "chat.completion.chunk", "model": "pebble-7b"}
    call = {"index": 0, "id": "t", "function": {"name": "tide", "arguments": '{"po'}}
    chunks: list[dict[str, Any]] = [
        head | {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Pier "}}]},
        head | {"choices": [{"index": 0, "delta": {"content": "four"}}]},
        head | {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]},
        head
        | {
            "choices": [
                {
                    "index": 0,
                    "delta": {"tool_calls": [{"index": 0, "function": {"arguments": 'rt":1}'}}]},
                    "finish_reason": "stop",
                }
            ]
        },
        head | {"choices": [], "usage": {"prompt_tokens": 18}},
    ]
    assert streams.consolidated(chunks) == {
        "id": "c9",
        "object": "chat.completion",
        "model": "pebble-7b",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Pier four",
                    "tool_calls": [
                        {
                            "index": 0,
                            "id": "t",
                            "function": {"name": "tide", "arguments": '{"port":1}'},
                        }
                    ],
                },
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 18},
        "streamed_data": chunks,
    }
    assert chunks[2]["choices"][0]["delta"]["tool_calls"] == [call]  # what came is not changed


def test_messages_of_anthropic_make_one() -> None:
    message = {"id": "m", "type": "message", "model": "claude", "usage": {"input_tokens": 25}}
    tool = {"type": "tool_use", "id": "t", "name": "tide", "input": {}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"text": "Pier "}},
        {"type": "ping"},
        {"type": "content_block_delta", "index": 0, "delta": {"text": "four"}},
        {"type": "content_block_start", "index": 1, "content_block": tool},
        {"type": "content_block_delta", "index": 1, "delta": {"partial_json": '{"port"'}},
        {"type": "content_block_delta", "index": 1, "delta": {"partial_json": ":1}"}},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 7},
        },
    ]
    assert streams.consolidated(streams.chunks(sse(*events))) == {
        "id": "m",
        "type": "message",
        "model": "claude",
        "usage": {"input_tokens": 25, "output_tokens": 7},
        "stop_reason": "end_turn",
        "content": [
            {"type": "text", "text": "Pier four"},
            {"type": "tool_use", "id": "t", "name": "tide", "input": {"port": 1}},
        ],
        "streamed_data": events,
    }


def test_candidates_of_google_make_one() -> None:
    chunks: list[dict[str, Any]] = [
        {"candidates": [{"content": {"role": "model", "parts": [{"text": "Pier "}]}}]},
        {
            "candidates": [{"content": {"parts": [{"text": "four"}]}, "finishReason": "STOP"}],
            "usageMetadata": {"promptTokenCount": 3},
        },
    ]
    made = streams.consolidated(chunks)
    assert made["candidates"] == [
        {"content": {"role": "model", "parts": [{"text": "Pier four"}]}, "finishReason": "STOP"}
    ]
    assert made["usageMetadata"] == {"promptTokenCount": 3}


def test_responses_make_the_last_one() -> None:
    answer = {"id": "r", "model": "pebble-7b", "output": []}
    chunks: list[dict[str, Any]] = [
        {"type": "response.created", "response": {"id": "r"}},
        {"response": answer},
    ]
    assert streams.consolidated(chunks) == answer | {"streamed_data": chunks}


def test_chunks_of_another_form_make_the_last_with_what_the_first_has_besides() -> None:
    chunks: list[dict[str, Any]] = [{"a": 1, "b": 1}, {"b": 2}]
    assert streams.consolidated(chunks) == {"a": 1, "b": 2, "streamed_data": chunks}


@pytest.mark.parametrize(
    "odd",
    [{"choices": 5}, {"choices": [None, {"delta": 3}]}, {"choices": [{"index": [1], "text": "a"}]}],
)
def test_chunks_that_break_the_form_are_no_fault(odd: Any) -> None:
    assert streams.consolidated([odd])["streamed_data"] == [odd]


def test_an_event_of_an_error_tells_that_it_failed() -> None:
    failed = {"type": "error", "error": {"type": "overloaded_error"}}
    assert streams.has_failed([{"type": "ping"}, failed])
    assert not streams.has_failed([{"error": "x"}])
