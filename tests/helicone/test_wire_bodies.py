"""Bodies as the providers of models write them."""

from __future__ import annotations

from typing import Any

import pytest

from locum.helicone.wire_bodies import Tokens, failure, request, response

ARGS = {"id": "n"}
ASKED: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Where?"},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "c1", "name": "find", "args": ARGS}],
    },
    {"role": "tool", "tool_call_id": "c1", "name": "find", "content": '{"at":"home"}'},
]
# Of 100 prompt tokens 30 come from the cache and 20 go into it; of 50 others 10 are thoughts.
USED = Tokens(100, 50, 30, 20, 10, 5, 6)
PROVIDERS = ("OPENAI", "ANTHROPIC", "GOOGLE")


def test_openai_is_sent_messages_with_arguments_as_text() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"id":"n"}'}}
    assert request("OPENAI", "m", ASKED, streamed=True) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Where?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": '{"at":"home"}'},
        ],
        "stream": True,
    }


def test_anthropic_is_sent_the_instructions_apart_and_tools_as_blocks() -> None:
    use = {"type": "tool_use", "id": "c1", "name": "find", "input": ARGS}
    result = {"type": "tool_result", "tool_use_id": "c1", "content": '{"at":"home"}'}
    assert request("ANTHROPIC", "m", ASKED, streamed=False) == {
        "model": "m",
        "max_tokens": 1024,
        "system": "Be kind.",
        "messages": [
            {"role": "user", "content": "Where?"},
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [result]},
        ],
    }


def test_google_is_sent_parts_and_the_model_in_the_address() -> None:
    assert request("GOOGLE", "m", ASKED, streamed=True) == {
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Where?"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "find", "args": ARGS}}]},
            {
                "role": "user",
                "parts": [{"functionResponse": {"name": "find", "response": {"at": "home"}}}],
            },
        ],
    }


def test_what_was_asked_stays_as_it_is() -> None:
    before = [dict(message) for message in ASKED]
    for provider in PROVIDERS:
        request(provider, "m", ASKED, streamed=True)
    assert before == ASKED


@pytest.mark.parametrize(
    ("provider", "place", "expected"),
    [
        (
            "OPENAI",
            ("choices", 0),
            {
                "index": 0,
                "message": {"role": "assistant", "content": "At home."},
                "finish_reason": "stop",
            },
        ),
        (
            "OPENAI",
            ("usage",),
            {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "total_tokens": 150,
                "prompt_tokens_details": {"cached_tokens": 30, "audio_tokens": 5},
                "completion_tokens_details": {"reasoning_tokens": 10, "audio_tokens": 6},
            },
        ),
        ("ANTHROPIC", ("content",), [{"type": "text", "text": "At home."}]),
        ("ANTHROPIC", ("stop_reason",), "end_turn"),
        (
            "ANTHROPIC",
            ("usage",),
            {
                "input_tokens": 50,
                "cache_creation_input_tokens": 20,
                "cache_read_input_tokens": 30,
                "output_tokens": 50,
            },
        ),
        (
            "GOOGLE",
            ("candidates", 0),
            {
                "content": {"role": "model", "parts": [{"text": "At home."}]},
                "finishReason": "STOP",
            },
        ),
        (
            "GOOGLE",
            ("usageMetadata",),
            {
                "promptTokenCount": 100,
                "cachedContentTokenCount": 30,
                "candidatesTokenCount": 40,
                "thoughtsTokenCount": 10,
                "totalTokenCount": 150,
            },
        ),
    ],
)
def test_an_answer_has_the_message_and_what_was_used(
    provider: str, place: tuple[Any, ...], expected: object
) -> None:
    message = {"role": "assistant", "content": "At home."}
    found: Any = response(provider, "m", "0123456789", message, USED)
    for token in place:
        found = found[token]
    assert found == expected


def test_an_answer_may_ask_for_a_tool_and_report_nothing() -> None:
    openai, anthropic, google = (
        response(provider, "m", "0123456789", ASKED[2], None) for provider in PROVIDERS
    )
    (choice,) = openai["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "find"
    assert anthropic["stop_reason"] == "tool_use"
    assert anthropic["content"][0]["input"] == ARGS
    assert google["candidates"][0]["content"]["parts"][0]["functionCall"]["args"] == ARGS
    assert not {"usage", "usageMetadata"} & {*openai, *anthropic, *google}


@pytest.mark.parametrize(
    ("provider", "status", "expected"),
    [
        ("OPENAI", 429, {"error": {"message": "No", "type": "rate_limit_error", "code": None}}),
        (
            "ANTHROPIC",
            529,
            {"type": "error", "error": {"type": "overloaded_error", "message": "No"}},
        ),
        ("GOOGLE", 500, {"error": {"code": 500, "message": "No", "status": "API_ERROR"}}),
    ],
)
def test_an_error_is_in_its_providers_shape(provider: str, status: int, expected: object) -> None:
    assert failure(provider, status, "No") == expected
