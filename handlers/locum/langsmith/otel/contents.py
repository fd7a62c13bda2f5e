"""The inputs and outputs of a run: what counts first is the first that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from locum.langsmith.otel.attributes import SpanAttributes
from locum.langsmith.otel.events import Happened
from locum.langsmith.otel.messages import conversation, documents
from locum.langsmith.otel.values import an_array, meant, whole
from locum.openapi.media_types import essence

_Found = dict[str, Any] | None
_CHOICE = "gen_ai.choice"


def contents(
    attributes: SpanAttributes, happened: Happened
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Take the inputs and outputs; a run without inputs has {}, one without outputs None."""
    asked, answered = _logfire(attributes.first("events", read=an_array))
    system = attributes.first("gen_ai.system_instructions", read=meant)
    inputs = _first(
        (
            attributes.first("gen_ai.prompt", read=_whole("input")),
            conversation(attributes.listed("gen_ai.prompt")),
            _with(system, attributes.first("gen_ai.input.messages", read=_messages("input"))),
            attributes.first("llm.input_messages", read=_messages("input")),
            conversation(attributes.listed("llm.input_messages")),
            attributes.first("traceloop.entity.input", read=_whole("input")),
            _value(attributes, "input"),
            attributes.first("prompt", read=_whole("input")),
            asked,
            attributes.first("gen_ai.tool.call.arguments", read=_whole("input")),
            *happened.inputs,
            None if system is None else {"messages": [_instructions(system)]},
        )
    )
    outputs = _first(
        (
            attributes.first("gen_ai.completion", read=_whole("output")),
            conversation(attributes.listed("gen_ai.completion")),
            attributes.first("gen_ai.output.messages", read=_messages("output")),
            attributes.first("llm.output_messages", read=_messages("output")),
            conversation(attributes.listed("llm.output_messages")),
            documents(attributes.listed("retrieval.documents")),
            attributes.first("traceloop.entity.output", read=_whole("output")),
            _value(attributes, "output"),
            attributes.first("all_messages_events", read=_messages("output")),
            answered,
            attributes.first("gen_ai.tool.call.result", read=_whole("output")),
            *happened.outputs,
        )
    )
    return inputs or {}, outputs


def _first(found: Iterable[_Found]) -> _Found:
    return next((each for each in found if each is not None), None)


def _whole(key: str) -> Callable[[Any], _Found]:
    return lambda value: whole(value, key)


def _messages(key: str) -> Callable[[Any], _Found]:
    """A reader of an array of messages, in whatever form they are."""

    def read(value: Any) -> _Found:
        found = an_array(value)
        return whole(value, key) if found is None else {"messages": found}

    return read


def _value(attributes: SpanAttributes, key: str) -> _Found:
    """OpenInference's input.value or output.value, which says by its media type that it is text."""
    media_type = attributes.first(f"{key}.mime_type")
    is_text = isinstance(media_type, str) and essence(media_type) == "text/plain"
    found: _Found = attributes.first(
        f"{key}.value", read=lambda value: whole(value, key, is_text=is_text)
    )
    return found


def _with(system: Any, found: _Found) -> _Found:
    """Messages with the system's instructions before them."""
    if system is None or found is None or not isinstance(found.get("messages"), list):
        return found
    return {**found, "messages": [_instructions(system), *found["messages"]]}


def _instructions(system: Any) -> dict[str, Any]:
    return {"role": "system", "parts": system}


def _logfire(entries: list[Any] | None) -> tuple[_Found, _Found]:
    """Logfire's events: the choices are outputs, all else is inputs."""
    choices: list[Any] = []
    others: list[Any] = []
    for entry in entries or ():
        is_choice = isinstance(entry, dict) and entry.get("event.name") == _CHOICE
        (choices if is_choice else others).append(entry)
    return (
        {"messages": others} if others else None,
        {"choices": choices} if choices else None,
    )
