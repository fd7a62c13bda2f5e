"""What events say: messages, errors, the first token."""

from __future__ import annotations

from typing import Any

import pytest

from locum.langsmith.otel.events import Happened, happened
from locum.otlp.spans import ERROR, OK, UNSET, Event, Status
from tests.oracles.otel_spans import START_NS, span

MS = 1_000_000  # nanoseconds


def of(*events: Event, status: Status = Status(), seconds: float | None = None) -> Happened:  # noqa: B008 - a value
    return happened(span(events=events, status=status), seconds)


@pytest.mark.parametrize(
    ("events", "status", "expected"),
    [
        ([], Status(), None),
        ([], Status("ignored", OK), None),
        ([], Status("ignored", UNSET), None),
        ([], Status("upstream 503", ERROR), "upstream 503"),
        ([], Status("", ERROR), "error"),
        ([{"message": "no", "stacktrace": "line 1"}], Status(), "no\nline 1"),
        ([{"message": "no"}], Status("told", OK), "no"),
        ([{"message": "no", "stacktrace": ""}], Status("told", ERROR), "no"),
        ([{"type": "TimeoutError"}], Status(), "TimeoutError"),
        ([{"type": "TimeoutError", "message": ""}], Status(), "TimeoutError"),
        ([{"stacktrace": "line 1"}], Status(), "error\nline 1"),
        ([{}], Status("told", ERROR), "error"),
        ([{"message": "first"}, {"message": "last"}], Status(), "last"),
    ],
)
def test_an_error_is_what_the_last_exception_says_else_the_status(
    events: list[dict[str, Any]], status: Status, expected: str | None
) -> None:
    said = [
        Event("exception", 1, {f"exception.{name}": value for name, value in each.items()})
        for each in events
    ]
    found = of(*said, status=status)
    assert found.error == expected
    assert found.others == []


def test_the_last_exception_is_the_last_in_time() -> None:
    later = Event("exception", 2, {"exception.message": "later"})
    assert of(later, Event("exception", 1, {"exception.message": "sooner"})).error == "later"


@pytest.mark.parametrize(
    "name",
    [
        "new_token",
        "gen_ai.content.completion.chunk",
        "llm.content.completion.chunk",
        "ai.stream.firstChunk",
    ],
)
def test_the_earliest_token_is_the_first(name: str) -> None:
    events = (
        Event(name, START_NS + 300 * MS, {"n": 2}),
        Event(name, START_NS + 250 * MS + 999, {"n": 1}),
        Event(name, 0),
    )
    assert of(*events, seconds=9.0).others == [
        {"name": "new_token", "time": "2026-01-15T10:00:00.250000Z", "kwargs": {"n": 1}}
    ]


def test_without_an_event_the_attribute_tells_the_first_token() -> None:
    assert of(seconds=0.3).others == [
        {"name": "new_token", "time": "2026-01-15T10:00:00.300000Z", "kwargs": {}}
    ]
    assert of(seconds=0.0).others[0]["time"] == "2026-01-15T10:00:00.000000Z"


def test_other_events_stay_events() -> None:
    assert of(Event("b", START_NS, {"k": b"a"}), Event("a", 0)).others == [
        {"name": "a", "kwargs": {}},
        {"name": "b", "time": "2026-01-15T10:00:00.000000Z", "kwargs": {"k": "YQ=="}},
    ]


def test_the_whole_content_may_be_an_event() -> None:
    found = of(
        Event("gen_ai.content.prompt", 1, {"gen_ai.prompt": '{"q": 1}'}),
        Event("gen_ai.content.completion", 2, {"gen_ai.completion": "answer"}),
        Event("gen_ai.content.prompt", 3, {"gen_ai.prompt": "second"}),
        Event("gen_ai.content.completion", 1, {"other": 1}),
    )
    assert (found.inputs, found.outputs) == (({"q": 1},), ({"output": "answer"},))
    assert found.others == []


def test_messages_go_to_inputs_and_outputs_by_who_speaks() -> None:
    """In the order of their times, and as they were sent where these are the same."""
    found = of(
        Event("gen_ai.user.message", 2, {"content": "hi", "gen_ai.system": "openai"}),
        Event("gen_ai.system.message", 1, {"content": "be brief", "role": "developer"}),
        Event("gen_ai.tool.message", 4, {"content": "42", "id": "c1"}),
        Event("gen_ai.assistant.message", 4, {"content": "so", "id": "m1"}),
    )
    assert found.inputs == (
        {
            "messages": [
                {"role": "developer", "content": "be brief"},
                {"role": "user", "content": "hi"},
            ]
        },
    )
    assert found.outputs == (
        {
            "messages": [
                {"role": "tool", "content": "42", "tool_call_id": "c1"},
                {"role": "assistant", "content": "so", "id": "m1"},
            ]
        },
    )


def test_choices_have_their_messages() -> None:
    found = of(
        Event(
            "gen_ai.choice",
            1,
            {
                "finish_reason": "tool_calls",
                "index": 0,
                "message.content": "",
                "tool_calls.0.id": "c1",
                "tool_calls.0.type": "function",
                "tool_calls.0.function.name": "f",
                "tool_calls.0.function.arguments": "{}",
            },
        ),
        Event("gen_ai.choice", 2, {"message.role": "critic", "message.content": "no"}),
        Event("gen_ai.choice", 3, {"message": '{"content": "whole"}'}),
    )
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert found.outputs == (
        {
            "choices": [
                {
                    "finish_reason": "tool_calls",
                    "message": {"role": "assistant", "content": "", "tool_calls": [call]},
                },
                {"message": {"role": "critic", "content": "no"}},
                {"message": {"role": "assistant", "content": "whole"}},
            ]
        },
    )


def test_a_whole_message_may_be_sent_as_json() -> None:
    content = '{"role": "user", "content": "hi", "x": 1}'
    found = of(
        Event("gen_ai.user.message", 1, {"gen_ai.event.content": content, "content": "lost"}),
        Event("gen_ai.user.message", 2, {"gen_ai.event.content": "text"}),
        Event("gen_ai.choice", 3, {"gen_ai.event.content": '{"index": 0}'}),
    )
    assert found.inputs == (
        {"messages": [{"role": "user", "content": "hi", "x": 1}, {"content": "text"}]},
    )
    assert found.outputs == ({"choices": [{"index": 0}]},)
