"""Bodies of calls as the providers of models write them on the wire, of one call in plain messages.

The forms are those of OpenAI's chat completions, Anthropic's messages and Google's generateContent
(https://platform.openai.com/docs/api-reference/chat, https://docs.anthropic.com/en/api/messages,
https://ai.google.dev/api/generate-content).
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

Body = dict[str, Any]
Messages = Sequence[Body]
_MOST_TOKENS = 1024


class Tokens(NamedTuple):
    """What a call has used; cached tokens are among the prompt's, reasoning ones among the
    completion's."""

    prompt: int
    completion: int
    cache_read: int
    cache_creation: int
    reasoning: int
    audio_prompt: int
    audio_completion: int


def request(provider: str, model: str, messages: Messages, *, streamed: bool) -> Body:
    """Return the body that asks the provider's model."""
    if provider == "ANTHROPIC":
        body: Body = {
            "model": model,
            "max_tokens": _MOST_TOKENS,
            "system": messages[0]["content"],
            "messages": [_anthropic(message) for message in messages[1:]],
        }
    elif provider == "GOOGLE":
        return {
            "systemInstruction": {"parts": [{"text": messages[0]["content"]}]},
            "contents": [_google(message) for message in messages[1:]],
        }
    else:
        body = {"model": model, "messages": [_openai(message) for message in messages]}
    return body | {"stream": True} if streamed else body


def response(provider: str, model: str, id_: str, message: Body, used: Tokens | None) -> Body:
    """Return the body that answers with the message; without usage where none is known."""
    calls = bool(message.get("tool_calls"))
    if provider == "ANTHROPIC":
        body: Body = {
            "id": f"msg_{id_[:8]}",
            "type": "message",
            "model": model,
            **_anthropic(message, always=True),
            "stop_reason": "tool_use" if calls else "end_turn",
        }
        return body | {"usage": _anthropic_usage(used)} if used else body
    if provider == "GOOGLE":
        body = {
            "candidates": [{"content": _google(message), "finishReason": "STOP"}],
            "modelVersion": model,
        }
        return body | {"usageMetadata": _google_usage(used)} if used else body
    choice = {
        "index": 0,
        "message": _openai(message),
        "finish_reason": "tool_calls" if calls else "stop",
    }
    body = {
        "id": f"chatcmpl-{id_[:8]}",
        "object": "chat.completion",
        "model": model,
        "choices": [choice],
    }
    return body | {"usage": _openai_usage(used)} if used else body


def failure(provider: str, status: int, message: str) -> Body:
    """Return the body of an error with that status."""
    kind = _KINDS.get(status, "api_error")
    if provider == "ANTHROPIC":
        return {"type": "error", "error": {"type": kind, "message": message}}
    if provider == "GOOGLE":
        return {"error": {"code": status, "message": message, "status": kind.upper()}}
    return {"error": {"message": message, "type": kind, "code": None}}


_KINDS = {
    int(HTTPStatus.BAD_REQUEST): "invalid_request_error",
    int(HTTPStatus.REQUEST_TIMEOUT): "timeout_error",
    int(HTTPStatus.TOO_MANY_REQUESTS): "rate_limit_error",
    529: "overloaded_error",
}


def _openai(message: Body) -> Body:
    if message["role"] == "tool":
        return {
            "role": "tool",
            "tool_call_id": message["tool_call_id"],
            "content": message["content"],
        }
    if "tool_calls" not in message:
        return message
    calls = [
        {
            "id": call["id"],
            "type": "function",
            "function": {
                "name": call["name"],
                "arguments": orjson.dumps(call["args"]).decode(),
            },
        }
        for call in message["tool_calls"]
    ]
    return {**message, "content": None, "tool_calls": calls}


def _anthropic(message: Body, *, always: bool = False) -> Body:
    """A message; its content is a text where that is all, unless it is `always` a list of blocks,
    as in answers."""
    if calls := message.get("tool_calls"):
        blocks = [
            {"type": "tool_use", "id": call["id"], "name": call["name"], "input": call["args"]}
            for call in calls
        ]
        return {"role": "assistant", "content": blocks}
    if message["role"] == "tool":
        result = {
            "type": "tool_result",
            "tool_use_id": message["tool_call_id"],
            "content": message["content"],
        }
        return {"role": "user", "content": [result]}
    if not always:
        return message
    return {"role": message["role"], "content": [{"type": "text", "text": message["content"]}]}


def _google(message: Body) -> Body:
    role = "model" if message["role"] == "assistant" else "user"
    if calls := message.get("tool_calls"):
        parts: list[Body] = [
            {"functionCall": {"name": call["name"], "args": call["args"]}} for call in calls
        ]
    elif message["role"] == "tool":
        found = orjson.loads(message["content"])
        parts = [{"functionResponse": {"name": message["name"], "response": found}}]
    else:
        parts = [{"text": message["content"]}]
    return {"role": role, "parts": parts}


def _openai_usage(used: Tokens) -> Body:
    return {
        "prompt_tokens": used.prompt,
        "completion_tokens": used.completion,
        "total_tokens": used.prompt + used.completion,
        "prompt_tokens_details": {
            "cached_tokens": used.cache_read,
            "audio_tokens": used.audio_prompt,
        },
        "completion_tokens_details": {
            "reasoning_tokens": used.reasoning,
            "audio_tokens": used.audio_completion,
        },
    }


def _anthropic_usage(used: Tokens) -> Body:
    """Its input tokens are those that no cache has to do with."""
    return {
        "input_tokens": used.prompt - used.cache_read - used.cache_creation,
        "cache_creation_input_tokens": used.cache_creation,
        "cache_read_input_tokens": used.cache_read,
        "output_tokens": used.completion,
    }


def _google_usage(used: Tokens) -> Body:
    """Its candidates are without what was thought."""
    return {
        "promptTokenCount": used.prompt,
        "cachedContentTokenCount": used.cache_read,
        "candidatesTokenCount": used.completion - used.reasoning,
        "thoughtsTokenCount": used.reasoning,
        "totalTokenCount": used.prompt + used.completion,
    }
