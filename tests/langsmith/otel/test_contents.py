"""Inputs and outputs: each source by itself, and which of two counts."""

from __future__ import annotations

from typing import Any

import pytest

from locum.langsmith.otel.attributes import SpanAttributes
from locum.langsmith.otel.contents import contents
from locum.langsmith.otel.events import Happened

NOTHING = Happened()
MESSAGE = '[{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]'
MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]

# The sources in the order in which they count, with what they make of the inputs.
INPUTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"gen_ai.prompt": "a"}, {"input": "a"}),
    ({"gen_ai.prompt.0.role": "user"}, {"messages": [{"role": "user"}]}),
    ({"gen_ai.input.messages": MESSAGE}, {"messages": MESSAGES}),
    ({"llm.input_messages": '[{"message": {}}]'}, {"messages": [{"message": {}}]}),
    ({"llm.input_messages.0.message.role": "c"}, {"messages": [{"role": "c"}]}),
    ({"traceloop.entity.input": '{"topic": "ducks"}'}, {"topic": "ducks"}),
    ({"input.value": "d"}, {"input": "d"}),
    ({"prompt": "e"}, {"input": "e"}),
    (
        {"events": '[{"event.name": "gen_ai.user.message", "content": "f"}]'},
        {"messages": [{"event.name": "gen_ai.user.message", "content": "f"}]},
    ),
    ({"gen_ai.tool.call.arguments": '{"city": "Rome"}'}, {"city": "Rome"}),
]
OUTPUTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"gen_ai.completion": "a"}, {"output": "a"}),
    (
        {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.finish_reason": "stop"},
        {"messages": [{"role": "assistant", "finish_reason": "stop"}]},
    ),
    ({"gen_ai.output.messages": MESSAGE}, {"messages": MESSAGES}),
    ({"llm.output_messages": '[{"role": "b"}]'}, {"messages": [{"role": "b"}]}),
    ({"llm.output_messages.0.message.role": "c"}, {"messages": [{"role": "c"}]}),
    ({"retrieval.documents.0.document.content": "d"}, {"documents": [{"page_content": "d"}]}),
    ({"traceloop.entity.output": '"quack"'}, {"output": '"quack"'}),
    ({"output.value": "e"}, {"output": "e"}),
    ({"all_messages_events": '[{"kind": "request"}]'}, {"messages": [{"kind": "request"}]}),
    (
        {"events": '[{"event.name": "gen_ai.choice", "index": 0}]'},
        {"choices": [{"event.name": "gen_ai.choice", "index": 0}]},
    ),
    ({"gen_ai.tool.call.result": "22 °C"}, {"output": "22 °C"}),
]
HAPPENED = Happened(({"input": "event"}, {"never": 1}), ({"output": "event"},))


def of(
    attributes: dict[str, Any], happened: Happened = NOTHING
) -> tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any]]:
    """Inputs, outputs, and what was not taken."""
    found = SpanAttributes(attributes)
    return (*contents(found, happened), found.left())


def test_nothing_is_no_inputs_and_null_outputs() -> None:
    assert of({}) == ({}, None, {})
    empty = {"gen_ai.prompt": "", "output.value": "", "input.value": None}
    assert of(empty) == ({}, None, {})


@pytest.mark.parametrize(("attributes", "expected"), INPUTS, ids=lambda each: next(iter(each)))
def test_each_source_makes_the_inputs(attributes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert of(attributes, HAPPENED) == (expected, {"output": "event"}, {})


@pytest.mark.parametrize(("attributes", "expected"), OUTPUTS, ids=lambda each: next(iter(each)))
def test_each_source_makes_the_outputs(
    attributes: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert of(attributes, HAPPENED) == ({"input": "event"}, expected, {})


@pytest.mark.parametrize("number", range(len(INPUTS)))
def test_of_all_inputs_the_first_counts_and_nothing_is_left(number: int) -> None:
    rest = {name: value for each, _ in reversed(INPUTS[number:]) for name, value in each.items()}
    assert of(rest, HAPPENED) == (INPUTS[number][1], {"output": "event"}, {})


@pytest.mark.parametrize("number", range(len(OUTPUTS)))
def test_of_all_outputs_the_first_counts_and_nothing_is_left(number: int) -> None:
    rest = {name: value for each, _ in reversed(OUTPUTS[number:]) for name, value in each.items()}
    assert of(rest, HAPPENED) == ({"input": "event"}, OUTPUTS[number][1], {})


def test_events_count_last_and_the_first_of_them() -> None:
    assert of({}, HAPPENED) == ({"input": "event"}, {"output": "event"}, {})


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"input.value": '{"a": 1}', "input.mime_type": "application/json"}, {"a": 1}),
        ({"input.value": '{"a": 1}', "input.mime_type": "text/plain"}, {"input": '{"a": 1}'}),
        (
            {"input.value": '{"a": 1}', "input.mime_type": "Text/Plain; charset=utf-8"},
            {"input": '{"a": 1}'},
        ),
        ({"input.value": '{"a": 1}', "input.mime_type": 5}, {"a": 1}),
        ({"input.value": {"a": 1}}, {"a": 1}),
        ({"gen_ai.prompt": "5"}, {"input": "5"}),
        ({"gen_ai.input.messages": "hi"}, {"input": "hi"}),
        ({"gen_ai.input.messages": MESSAGES}, {"messages": MESSAGES}),
    ],
)
def test_a_value_counts_as_parsed_or_as_text(
    attributes: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert of(attributes) == (expected, None, {})


def test_instructions_are_the_first_message() -> None:
    system = '[{"type": "text", "content": "be brief"}]'
    first = {"role": "system", "parts": [{"type": "text", "content": "be brief"}]}
    both = {"gen_ai.system_instructions": system, "gen_ai.input.messages": MESSAGE}
    assert of(both) == ({"messages": [first, *MESSAGES]}, None, {})
    assert of({"gen_ai.system_instructions": system}) == ({"messages": [first]}, None, {})
    text = {"gen_ai.system_instructions": "be brief"}
    assert of(text)[0] == {"messages": [{"role": "system", "parts": "be brief"}]}
    assert of(text | {"input.value": "hi"}) == ({"input": "hi"}, None, {})
    assert of(text, HAPPENED)[0] == {"input": "event"}


def test_logfires_events_are_split_and_stay_as_sent() -> None:
    choice, other = {"event.name": "gen_ai.choice", "index": 0}, {"event.name": "x", "role": "user"}
    assert of({"events": [choice, other, "text"]}) == (
        {"messages": [other, "text"]},
        {"choices": [choice]},
        {},
    )
    assert of({"events": "no array"}) == ({}, None, {"events": "no array"})
    assert of({"events": "[]"}) == ({}, None, {})
