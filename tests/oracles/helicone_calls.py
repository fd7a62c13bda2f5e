"""Calls of models as facts: what a logger sends of them, and the rows that must come of it. Written
from the description of the vendor's server (semantics/helicone-ingestion.md), apart from the
package.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Any
from uuid import UUID

from attrs import field, frozen

Row = dict[str, Any]

BEGIN_MS = 1_748_736_000_000  # 2025-06-01T00:00:00Z
NOW = "2025-06-05T00:00:00Z"
ROUTES = {
    "CUSTOM": "/custom/v1/log",
    "OPENAI": "/oai/v1/log",
    "ANTHROPIC": "/anthropic/v1/log",
    "GOOGLE": "/googleapis/v1/log",
}
TRACES = ("/v1/trace/custom/log", "/v1/trace/custom/v1/log", "/v1/trace/custom/log/typed")
SPANS = ("/v1/trace/log", "/v1/trace/log-python")
# USD a million tokens of models that are priced, in and out.
PRICED, IN, OUT = "priced", 2, 8
PRICES = [{"match": f"^{PRICED}", "input": IN, "output": OUT}]
SESSIONS = ("sess-0", "SESS_1", "plan é", "s3", "")
NAMES = ("Trip_Planner", "customer support", "prod", "")
MODELS = ("gpt-4o", "gpt-4o-mini", f"{PRICED}-1", "a_b", "")
USERS = ("", "ada", "OPENAI", "straße")


@frozen
class Tokens:
    """Those that a provider reports: all that were sent, those of them that a cache had and those
    that it took, all that were answered, and those of them that were thoughts."""

    sent: int = 0
    cached: int = 0
    written: int = 0
    answered: int = 0
    thought: int = 0


@frozen(kw_only=True)
class Call:
    """A call, by a logger's way: the path that it is sent to. Its id is one that the logger asks
    for where it `has_id`. What is asked of the answer's form: "json", "text" (that is JSON),
    "plain" (that is none), "stream"; "span" is one of OpenTelemetry.
    """

    id: str
    has_id: bool
    organization: str
    path: str
    form: str
    provider: str
    asked_model: str
    answered_model: str
    override: str
    tool: str
    user: str
    start_ms: int
    end_ms: int
    first_token: float | None
    status: int
    tokens: Tokens
    usage_cost: float | None
    response_cost: float | None
    properties: dict[str, str] = field(factory=dict)
    omits: bool
    words: str

    @property
    def is_span(self) -> bool:
        return self.form == "span"

    @property
    def is_worker(self) -> bool:
        return self.path.endswith("/v1/log") and self.path not in TRACES

    @property
    def omits_response(self) -> bool:
        return self.omits and bool(self.answered_model) and not self.tool

    @property
    def key(self) -> tuple[str, str]:
        return self.organization, self.id


def drawn(draw: Random, organization: str, start_ms: int, request_id: str = "") -> Call:
    """A random call; with that id it takes the place of others of it."""
    form = draw.choice(("json", "json", "json", "text", "plain", "stream", "span"))
    form = "json" if request_id and form == "span" else form
    is_worker = draw.random() < 0.6
    provider = draw.choice(list(ROUTES))
    path = ROUTES[provider] if is_worker else draw.choice(TRACES)
    if form == "span":
        path, provider = draw.choice(SPANS), draw.choice(("OPENAI", "VERTEX", ""))
    elif not is_worker:
        provider = draw.choice(("CUSTOM", "OPENAI", "ANTHROPIC", "GOOGLE", "Mistral", "openai"))
    if form == "stream" and provider not in ("CUSTOM", "OPENAI"):
        form = "json"
    has_id = form != "span" and (bool(request_id) or draw.random() < 0.7)
    plain = draw.random() < 0.7
    tool = "" if plain or form == "stream" else draw.choice(("tool:tides", "vector_db", "data:d"))
    return Call(
        id=request_id or str(UUID(int=draw.getrandbits(128), version=4)),
        has_id=has_id,
        organization=organization,
        path=path,
        form=form,
        provider=provider,
        asked_model=draw.choice(MODELS),
        answered_model=draw.choice(MODELS),
        override="tuned" if not tool and draw.random() < 0.1 else "",
        tool=tool if form == "json" else "",
        user=draw.choice(USERS),
        start_ms=start_ms,
        end_ms=start_ms + draw.choice((0, 1, 250, 1000, 61_000)),
        first_token=draw.choice((None, 0, 12, 99.5, 250)),
        status=draw.choice((200, 200, 200, 404, 500, -3)),
        tokens=_tokens(draw),
        usage_cost=draw.choice((None, None, None, 0.25, 0.0000000005, 0.0000000015)),
        response_cost=draw.choice((None, None, 0.5, -1)),
        properties=_properties(draw, is_span=form == "span"),
        omits=draw.random() < 0.1,
        words=draw.choice(("When does the ferry leave?", "gpt", "{}", "\u00e9\u20ac", "")),
    )


def _tokens(draw: Random) -> Tokens:
    sent = draw.choice((0, 7, 100, 1200))
    answered = draw.choice((0, 9, 300))
    return Tokens(
        sent,
        draw.choice((0, 0, sent, sent // 2)),
        draw.choice((0, 0, 5)),
        answered,
        draw.choice((0, 0, answered // 3)),
    )


def _properties(draw: Random, *, is_span: bool) -> dict[str, str]:
    """As rows have them."""
    own = "Env" if is_span else "env"
    found = {
        "Helicone-Session-Id": draw.choice(SESSIONS),
        "Helicone-Session-Name": draw.choice(NAMES),
        "Helicone-Session-Path": draw.choice(("", "/ask", "/ask/time")),
        "Helicone-Prompt-Id": draw.choice(("", "", "p_p")),
        "Helicone-Cache-Enabled": draw.choice(("", "", "true")),
        own: draw.choice(("prod", "dev", "%S")),
        "desk": draw.choice(("north", "")),
    }
    if is_span:
        del found["desk"], found["Helicone-Cache-Enabled"]
    return {
        name: value
        for name, value in found.items()
        if (value or name == "desk") and draw.random() < 0.7
    }


# What a call is in the table.


def row(call: Call) -> Row:
    """The row of a call. The bodies of a span, and the answers of streams and plain texts, are not
    compared: they are null."""
    sent, answered, read, written = _counted(call)
    asked, said = _asked(call), _said(call)
    if call.omits and not call.is_span:
        asked = {"model": call.tool or call.asked_model}
    if call.omits_response:
        said = {"model": call.answered_model}
    is_compared = call.form in ("json", "text")
    return {
        "request_id": call.id,
        "organization_id": call.organization,
        "provider": call.provider,
        "model": model(call),
        "user_id": call.user,
        "status": 200 if call.is_span else call.status,
        "request_created_at": _time(call.start_ms),
        "response_created_at": _time(call.end_ms),
        "latency": call.end_ms - call.start_ms,
        "time_to_first_token": _first_token(call),
        "prompt_tokens": sent,
        "completion_tokens": answered,
        "prompt_cache_read_tokens": read,
        "prompt_cache_write_tokens": written,
        "cost": _cost(call),
        "properties": dict(call.properties),
        "scores": {},
        "country_code": "",
        "request_body": None if call.is_span else _json(asked),
        "response_body": _json(said) if is_compared else None,
        "cache_reference_id": "00000000-0000-0000-0000-000000000000",
        "cache_enabled": call.properties.get("Helicone-Cache-Enabled") == "true",
        "threat": False,
        "target_url": "custom-model-nopath" if call.is_worker and not call.is_span else "",
        "prompt_id": "",
        "prompt_version": "",
        "request_referrer": "",
        "is_passthrough_billing": False,
    }


def model(call: Call) -> str:
    if call.is_span:
        return call.answered_model
    if call.tool:
        return call.tool
    answered = "" if call.form == "plain" else call.answered_model
    return call.override or answered or call.asked_model


def _first_token(call: Call) -> int:
    return 0 if call.is_span or call.first_token is None else int(call.first_token + 0.5)


def _counted(call: Call) -> tuple[int, int, int, int]:
    """Prompt and completion tokens, and those that a cache had and took."""
    its = call.tokens
    if call.form == "plain" or call.tool:
        return 0, 0, 0, 0
    if call.is_span:
        return its.sent, its.answered, 0, 0
    if call.provider == "ANTHROPIC":
        return its.sent, its.answered, its.cached, its.written
    if call.provider == "GOOGLE":
        return its.sent - its.cached, its.answered, its.cached, 0
    return its.sent - its.cached, its.answered - its.thought, its.cached, its.written


def _cost(call: Call) -> int:
    """In nano-USD: what is given first, else by prices."""
    has_usage = not (call.is_span or call.tool or call.form == "plain" or call.provider == "GOOGLE")
    if has_usage and call.usage_cost is not None:
        return _nano(call.usage_cost)
    if not call.is_span and call.response_cost is not None and call.response_cost >= 0:
        return _nano(call.response_cost)
    if not model(call).startswith(PRICED):
        return 0
    sent, answered, read, written = _counted(call)
    return (sent + read + written) * IN * 1000 + answered * OUT * 1000


def _nano(usd: float) -> int:
    return int((Decimal(repr(usd)) * 10**9).quantize(Decimal(1), ROUND_HALF_EVEN))


# What is sent of a call.


def _asked(call: Call) -> Row:
    if call.tool:
        kind, _, name = call.tool.partition(":")
        named = {"tool": {"toolName": name}, "data": {"name": name}}.get(kind, {})
        return {"_type": kind, **named, "input": call.words}
    asked: Row = {"model": call.asked_model} if call.asked_model else {}
    asked["messages"] = [{"role": "user", "content": call.words}]
    return asked | ({"stream": True} if call.form == "stream" else {})


def _said(call: Call) -> Row:
    if call.tool:
        kind, _, name = call.tool.partition(":")
        named = {"tool": {"toolName": name}, "data": {"name": name}}.get(kind, {})
        return {"status": "success", "_type": kind, **named}
    said: Row = {"model": call.answered_model} if call.answered_model else {}
    said["choices"] = [{"index": 0, "message": {"role": "assistant", "content": call.words}}]
    return said | _usage(call)


def _usage(call: Call) -> Row:
    its = call.tokens
    if call.provider == "GOOGLE":
        return {
            "usageMetadata": {
                "promptTokenCount": its.sent,
                "candidatesTokenCount": its.answered,
                "cachedContentTokenCount": its.cached,
                "thoughtsTokenCount": its.thought,
            }
        }
    cost = {} if call.usage_cost is None else {"cost": call.usage_cost}
    if call.provider == "ANTHROPIC":
        return {
            "usage": cost
            | {
                "input_tokens": its.sent,
                "output_tokens": its.answered,
                "cache_read_input_tokens": its.cached,
                "cache_creation_input_tokens": its.written,
            }
        }
    sent, answered = ("prompt", "completion") if its.sent % 2 else ("input", "output")
    return {
        "usage": cost
        | {
            f"{sent}_tokens": its.sent,
            f"{answered}_tokens": its.answered,
            f"{sent}_tokens_details": {
                "cached_tokens": its.cached,
                "cache_write_tokens": its.written,
            },
            f"{answered}_tokens_details": {"reasoning_tokens": its.thought},
        }
    }


def sent(call: Call, draw: Random) -> tuple[dict[str, str], Row]:
    """Headers and body of a log, or of spans in OTLP's JSON; what headers say stands in them, or in
    the log."""
    if call.is_span:
        return {"Content-Type": "application/json"}, _spans(call)
    headers = {"Content-Type": "application/json"}
    meta: dict[str, str] = {}
    for name, value in _said_by_headers(call).items():
        is_header = value.isascii() and draw.random() < 0.5
        (headers if is_header else meta)[draw.choice((name, name.lower(), name.upper()))] = value
    if "helicone-user-id" in map(str.lower, headers):
        meta["Helicone-User-Id"] = "of the log"  # the header wins
    response: Row = {"headers": {"Helicone-User-Id": "nobody"}, "status": call.status}
    said = _said(call)
    response["json"] = said if call.form == "json" else {}
    if call.form == "text":
        response["textBody"] = json.dumps(said, indent=1)
    elif call.form == "plain":
        response["textBody"] = f"The gull ate it. {call.words}"
    elif call.form == "stream":
        response["textBody"] = _stream(call)
    elif not call.path.endswith("typed") and draw.random() < 0.3:
        response["textBody"] = None
    if call.response_cost is not None:
        response["cost"] = call.response_cost
    body: Row = {
        "providerRequest": {"url": "custom-model-nopath", "json": _asked(call), "meta": meta},
        "providerResponse": response,
        "timing": _timing(call, draw),
    }
    if not (call.path in TRACES and call.provider == "OPENAI"):  # which is what is not said
        body["provider"] = "any" if call.is_worker else call.provider
    return headers, body


def _said_by_headers(call: Call) -> dict[str, str]:
    own = {
        name if name.startswith("Helicone-") else f"Helicone-Property-{name.capitalize()}": value
        for name, value in call.properties.items()
    }
    others = {
        "Helicone-Request-Id": call.id if call.has_id else "",
        "Helicone-User-Id": call.user,
        "Helicone-Model-Override": call.override,
        "Helicone-Omit-Request": "true" if call.omits else "",
        "Helicone-Omit-Response": "true" if call.omits_response else "",
    }
    return own | {name: value for name, value in others.items() if value}


def _timing(call: Call, draw: Random) -> Row:
    ends = {"startTime": call.start_ms, "endTime": call.end_ms}
    timing: Row = {
        name: {"seconds": ms // 1000, "milliseconds": ms % 1000} for name, ms in ends.items()
    }
    if call.path.endswith("typed"):
        timing = {name: draw.choice((str(ms), _time(ms))) for name, ms in ends.items()}
    if call.first_token is not None:
        timing["timeToFirstToken"] = call.first_token
    return timing


def _stream(call: Call) -> str:
    """Of OpenAI's form: the text in two chunks, the usage in the last."""
    common: Row = {"object": "chat.completion.chunk"}
    common |= {"model": call.answered_model} if call.answered_model else {}
    half = len(call.words) // 2
    chunks = [
        common | {"choices": [{"index": 0, "delta": {"content": part}}]}
        for part in (call.words[:half], call.words[half:])
    ]
    chunks.append(common | {"choices": []} | _usage(call))
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def _spans(call: Call) -> Row:
    texts = {
        "gen_ai.system": call.provider.lower(),
        "gen_ai.response.model": call.answered_model,
        "gen_ai.request.model": call.asked_model,
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": call.words,
        "traceloop.association.properties.Helicone-User-Id": call.user,
        "traceloop.association.properties.plain": "not kept",
    }
    for name, value in call.properties.items():
        own = name if name.startswith("Helicone-") else f"Helicone-Property-{name}"
        texts[f"traceloop.association.properties.{own}"] = value
    attributes: list[Row] = [
        {"key": name, "value": {"stringValue": value}} for name, value in texts.items()
    ]
    for name, number in (("prompt", call.tokens.sent), ("completion", call.tokens.answered)):
        attributes.append(
            {"key": f"gen_ai.usage.{name}_tokens", "value": {"intValue": str(number)}}
        )
    span = {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "chat",
        "startTimeUnixNano": str(call.start_ms * 1_000_000),
        "endTimeUnixNano": str(call.end_ms * 1_000_000),
        "attributes": attributes,
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def _time(milliseconds: int) -> str:
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
