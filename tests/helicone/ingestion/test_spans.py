"""Spans of OpenTelemetry as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import field, frozen

from locum.helicone.ingestion import spans
from locum.helicone.ingestion.rows import Row, Setting
from locum.helicone.tables import TABLES
from tests.helicone.ingestion.logs import NEW_ID, NOW_US, ORGANIZATION, SETTING

OWN = "traceloop.association.properties."
BEGUN, ENDED = 1_781_514_060_007_900_000, 1_781_514_060_848_100_000


@frozen
class Span:
    attributes: Mapping[str, Any] = field(factory=dict)
    start_ns: int = BEGUN
    end_ns: int = ENDED


def row(span: Span) -> Row:
    (made,) = spans.rows([span], SETTING)
    return made


CHAT = Span(
    {
        "gen_ai.system": "OpenAI",
        "gen_ai.request.model": "pebble",
        "gen_ai.response.model": "pebble-7b",
        "gen_ai.usage.prompt_tokens": "31",
        "gen_ai.usage.completion_tokens": 9,
        "llm.usage.total_tokens": 40,
        "llm.request.type": "chat",
        "llm.user": "bo",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Which pier?",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "Four",
        "gen_ai.completion.0.finish_reason": "stop",
        f"{OWN}Helicone-User-Id": "ada",
        f"{OWN}Helicone-Property-Desk": "north",
        f"{OWN}Helicone-Session-Id": "trip",
        f"{OWN}other": "not kept",
    }
)


def test_a_call_of_a_model() -> None:
    found = row(CHAT)
    assert list(found) == list(TABLES["helicone/requests"].columns)
    expected = {
        "request_id": NEW_ID,
        "organization_id": ORGANIZATION,
        "provider": "OPENAI",
        "model": "pebble-7b",
        "user_id": "ada",
        "status": 200,
        "request_created_at": "2026-06-15T09:01:00.007Z",
        "response_created_at": "2026-06-15T09:01:00.848Z",
        "latency": 840,  # 840.2, though the times are 841 apart
        "time_to_first_token": 0,
        "prompt_tokens": 31,
        "completion_tokens": 9,
        "properties": {"Desk": "north", "Helicone-Session-Id": "trip"},
        "target_url": "",
    }
    assert {name: found[name] for name in expected} == expected


def test_bodies_are_put_together() -> None:
    found = row(CHAT)
    assert json.loads(found["request_body"]) == {
        "model": "pebble-7b",
        "n": 1,
        "messages": [{"role": "user", "content": "Which pier?"}],
        "temperature": 1,
        "max_tokens": 50,
        "stream": False,
    }
    assert json.loads(found["response_body"]) == {
        "id": NEW_ID,
        "object": "chat",
        "created": "2026-06-15T09:01:00.007Z",
        "model": "pebble-7b",
        "choices": [
            {
                "index": 0,
                "logprobs": None,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Four"},
            }
        ],
        "usage": {"prompt_tokens": 31, "completion_tokens": 9, "total_tokens": 40},
        "system_fingerprint": None,
    }


def test_any_other_span_is_a_row_as_well() -> None:
    found = row(Span({"http.method": "GET", "list": [1], "flag": True}))
    assert (found["provider"], found["model"], found["prompt_tokens"]) == ("", "", 0)
    assert (found["user_id"], found["properties"], found["status"]) == ("", {}, 200)


def test_without_a_user_of_its_own_it_is_that_of_the_instrumentation() -> None:
    assert row(Span({"llm.user": "bo"}))["user_id"] == "bo"


def test_a_span_without_times_is_of_now() -> None:
    found = row(Span(start_ns=0, end_ns=0))
    assert found["request_created_at"] == found["response_created_at"] == "2026-06-15T09:00:00.123Z"
    assert found["latency"] == 0


def test_what_is_sent_again_is_there_twice() -> None:
    sent = spans.rows([CHAT, CHAT], Setting(ORGANIZATION, NOW_US))
    assert sent[0]["request_id"] != sent[1]["request_id"]


@pytest.mark.parametrize("odd", ["many", "", "-3", "1e400", None])
def test_tokens_that_are_no_number_are_none(odd: Any) -> None:
    assert row(Span({"gen_ai.usage.prompt_tokens": odd}))["prompt_tokens"] == 0
