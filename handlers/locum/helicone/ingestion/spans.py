"""Spans of OpenTelemetry as rows of `helicone/requests`, one for each, whatever it is of.

The vendor reads what Traceloop's instrumentation wrote: names that the semantic conventions have
since given up (valhalla/jawn/src/managers/traceManager.ts).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from locum.helicone import javascript, times
from locum.helicone.ingestion import amounts, json_texts, usage
from locum.helicone.ingestion.rows import Call, Row, Setting
from locum.helicone.ingestion.timing import Timing
from locum.helicone.ingestion.usage import Usage

_PROPERTIES = "traceloop.association.properties."
_OWN, _OWN_PROPERTY = f"{_PROPERTIES}Helicone-", f"{_PROPERTIES}Helicone-Property-"
_USER = f"{_PROPERTIES}Helicone-User-Id"
_MESSAGE = re.compile(r"gen_ai\.(prompt|completion)\.([0-9]+)\.role", re.ASCII)
_MOST_TOKENS = 50  # what is said to have been asked for where nothing was
_OK = 200


class Span(Protocol):
    """What is read of a span: its attributes, decoded, and its times in nanoseconds since 1970, 0
    for none."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Its attributes; of values other than texts and numbers nothing is read."""
        ...

    @property
    def start_ns(self) -> int:
        """When it began."""
        ...

    @property
    def end_ns(self) -> int:
        """When it ended."""
        ...


def rows(spans: Iterable[Span], setting: Setting) -> list[Row]:
    """Return a row for each span. Each has a new id: what is sent again is there twice."""
    return [_row(span, setting) for span in spans]


def _row(span: Span, setting: Setting) -> Row:
    request_id = setting.new_id()
    found = {
        name: value if isinstance(value, str) else javascript.string(value)
        for name, value in span.attributes.items()
        if isinstance(value, str) or amounts.is_number(value)
    }
    provider = found.get("gen_ai.system", "").upper()
    model = found.get("gen_ai.response.model", "")
    used = Usage(
        *(_count(found, f"gen_ai.usage.{kind}_tokens") for kind in ("prompt", "completion"))
    )
    when = _times(span, setting)
    call = Call(
        request_id=request_id,
        provider=_text(provider),
        model=_text(model),
        user_id=_text(found.get(_USER, found.get("llm.user", ""))),
        status=_OK,
        when=when,
        used=used,
        cost=usage.cost((), setting.prices, provider, model, used, when.start_ms),
        properties=_properties(found),
        bodies=_bodies(request_id, found, when),
    )
    return call.row(setting.organization) | _latency(span)


def _times(span: Span, setting: Setting) -> Timing:
    """In milliseconds, what is finer cut off. A span without times is one of now (our choice)."""
    start_ms = span.start_ns // 1_000_000 if span.start_ns else setting.now_ms
    end_ms = span.end_ns // 1_000_000 if span.end_ns else start_ms
    return Timing(start_ms, end_ms)


def _latency(span: Span) -> dict[str, int]:
    """Of the nanoseconds, so that it may be one more than the milliseconds of the times say."""
    if not (span.start_ns and span.end_ns):
        return {}
    return {"latency": amounts.integer(int((span.end_ns - span.start_ns) / 1_000_000))}


def _properties(found: Mapping[str, str]) -> dict[str, str]:
    """Those that begin with Helicone-, in the letter case in which they were written."""
    return {
        _text(
            name.removeprefix(_OWN_PROPERTY if name.startswith(_OWN_PROPERTY) else _PROPERTIES)
        ): (_text(value))
        for name, value in found.items()
        if name.startswith(_OWN) and name != _USER
    }


def _bodies(request_id: str, found: Mapping[str, str], when: Timing) -> tuple[str, str]:
    """What was asked and answered, as the vendor puts it together."""
    messages, choices = _messages(found, "prompt"), _messages(found, "completion")
    model = found.get("gen_ai.response.model")
    asked = {
        "model": model,
        "n": len(choices),
        "messages": list(messages.values()),
        "temperature": 1,
        "max_tokens": _count(found, "gen_ai.response.max_tokens") or _MOST_TOKENS,
        "stream": False,
    }
    answered = {
        "id": request_id,
        "object": found.get("llm.request.type"),
        "created": times.iso(when.start_ms * 1000),
        "model": model,
        "choices": [
            {
                "index": index,
                "logprobs": None,
                "finish_reason": found.get(f"gen_ai.completion.{index}.finish_reason"),
                "message": message,
            }
            for index, message in choices.items()
        ],
        "usage": {
            "prompt_tokens": _count(found, "gen_ai.usage.prompt_tokens"),
            "completion_tokens": _count(found, "gen_ai.usage.completion_tokens"),
            "total_tokens": _count(found, "llm.usage.total_tokens"),
        },
        "system_fingerprint": None,
    }
    return json_texts.written(asked), json_texts.written(answered)


def _messages(found: Mapping[str, str], kind: str) -> dict[int, dict[str, str | None]]:
    """The messages of that kind which have a role, by their number, in the order of their names."""
    numbers = [int(m[2]) for name in found if (m := _MESSAGE.fullmatch(name)) and m[1] == kind]
    return {
        number: {
            "role": found[f"gen_ai.{kind}.{number}.role"],
            "content": found.get(f"gen_ai.{kind}.{number}.content"),
        }
        for number in numbers
        if f"gen_ai.{kind}.{number}.role" in found
    }


def _count(found: Mapping[str, str], name: str) -> int:
    """A number, which JSON of OpenTelemetry writes as a text; 0 for what is none."""
    try:
        return amounts.count(float(found.get(name, "")))
    except ValueError:
        return 0


def _text(value: str) -> str:
    return value.replace("\0", "")
