"""What a span's events say: what was asked and answered, the error, the first token."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from locum.langsmith.otel.messages import message
from locum.langsmith.otel.values import an_object, is_present, meant, plain, whole
from locum.langsmith.timestamps import text
from locum.otlp.spans import ERROR, Span, Status

_PROMPT, _COMPLETION = "gen_ai.content.prompt", "gen_ai.content.completion"
_ASKED = {"gen_ai.system.message": "system", "gen_ai.user.message": "user"}
_ANSWERED = {"gen_ai.assistant.message": "assistant", "gen_ai.tool.message": "tool"}
_CHOICE, _EXCEPTION = "gen_ai.choice", "exception"
_FIRST_TOKEN = "new_token"  # noqa: S105 - the name of the event, as LangSmith's own SDKs send it
_CHUNKS = {
    _FIRST_TOKEN,
    "gen_ai.content.completion.chunk",
    "llm.content.completion.chunk",  # OpenLLMetry
    "ai.stream.firstChunk",  # Vercel's AI SDK
}
_MAPPED = {_PROMPT, _COMPLETION, *_ASKED, *_ANSWERED, _CHOICE, _EXCEPTION, *_CHUNKS}
_UNSPECIFIC = "error"  # the error of a run that has failed and does not say how


@frozen
class Happened:
    """What events say of a run; inputs and outputs in the order in which they count.

    `error` is None where there was none. `others` are the events that stay events of the run, as
    `events` has them in LangSmith; the first token is one of them.
    """

    inputs: tuple[dict[str, Any], ...] = ()
    outputs: tuple[dict[str, Any], ...] = ()
    error: str | None = None
    others: list[dict[str, Any]] = field(factory=list)


@frozen
class _Said:
    """An event, its attributes as JSON."""

    name: str
    time_ns: int
    values: dict[str, Any]


def happened(span: Span, first_token_seconds: float | None) -> Happened:
    """Return what the span's events say, in the order of their times, equal ones as they were sent.
    `first_token_seconds` after the span's start counts where no event says it."""
    said = [
        _Said(event.name, event.time_ns, {name: plain(v) for name, v in event.attributes.items()})
        for event in sorted(span.events, key=lambda event: event.time_ns)
    ]
    others = [_other(each.name, each) for each in said if each.name not in _MAPPED]
    first = _first_token(said)
    if first is None and first_token_seconds is not None:
        first = _Said(_FIRST_TOKEN, span.start_ns + round(first_token_seconds * 1e9), {})
    if first is not None:
        others = [_other(_FIRST_TOKEN, first), *others]
    return Happened(_inputs(said), _outputs(said), _error(span.status, said), others)


def _first_token(said: list[_Said]) -> _Said | None:
    """The earliest of the events that tell of a token."""
    return next((each for each in said if each.name in _CHUNKS and each.time_ns), None)


def _other(name: str, said: _Said) -> dict[str, Any]:
    time = {"time": text(said.time_ns // 1000)} if said.time_ns else {}
    return {"name": name, **time, "kwargs": said.values}


def _inputs(said: list[_Said]) -> tuple[dict[str, Any], ...]:
    whole = _contents(said, _PROMPT, "gen_ai.prompt", "input")
    asked = [_message(each.values, _ASKED[each.name]) for each in said if each.name in _ASKED]
    return (*whole, {"messages": asked}) if asked else whole


def _outputs(said: list[_Said]) -> tuple[dict[str, Any], ...]:
    whole = _contents(said, _COMPLETION, "gen_ai.completion", "output")
    parts = {
        "messages": [
            _message(each.values, _ANSWERED[each.name]) for each in said if each.name in _ANSWERED
        ],
        "choices": [_choice(each.values) for each in said if each.name == _CHOICE],
    }
    made = {name: items for name, items in parts.items() if items}
    return (*whole, made) if made else whole


def _contents(said: list[_Said], event: str, name: str, key: str) -> tuple[dict[str, Any], ...]:
    """What the first of the events with the whole content has."""
    values = (each.values.get(name) for each in said if each.name == event)
    return tuple(whole(value, key) for value in values if is_present(value))[:1]


def _error(status: Status, said: list[_Said]) -> str | None:
    """What the last exception says, its message and below it the stack trace; else the status."""
    exceptions = [each.values for each in said if each.name == _EXCEPTION]
    if not exceptions:
        return (status.message or _UNSPECIFIC) if status.code == ERROR else None
    last = exceptions[-1]
    texts = (last.get(f"exception.{name}") for name in ("message", "type"))
    what = next((str(each) for each in texts if is_present(each)), _UNSPECIFIC)
    trace = last.get("exception.stacktrace")
    return f"{what}\n{trace}" if is_present(trace) else what


def _message(said: dict[str, Any], role: str) -> dict[str, Any]:
    given = said.get("gen_ai.event.content")
    if is_present(given):
        return _given(given)
    made = message({"role": role, **_of_message(said)})
    if made["role"] == "tool" and "id" in made:
        made["tool_call_id"] = made.pop("id")
    return made


def _choice(said: dict[str, Any]) -> dict[str, Any]:
    given = said.get("gen_ai.event.content")
    if is_present(given):
        return _given(given)
    made = {"finish_reason": said["finish_reason"]} if "finish_reason" in said else {}
    leaves = {
        name.removeprefix("message."): value
        for name, value in said.items()
        if name.startswith(("message.", "tool_calls."))
    }
    sent = an_object(said.get("message")) or {}
    return {**made, "message": {**message({"role": "assistant", **leaves}), **sent}}


def _given(content: Any) -> dict[str, Any]:
    """A whole message that was sent as JSON."""
    found = meant(content)
    return found if isinstance(found, dict) else {"content": found}


def _of_message(said: dict[str, Any]) -> dict[str, Any]:
    """The leaves of a message: all that the event says but about itself and the call."""
    return {
        name: value
        for name, value in said.items()
        if not name.startswith(("gen_ai.", "event.")) and is_present(value)
    }
