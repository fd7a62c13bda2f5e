"""A log as a row of `helicone/requests`, as it stands in the table's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from attrs import frozen

from locum.helicone import times
from locum.helicone.ingestion import json_texts, models, responses, timing, usage
from locum.helicone.ingestion.amounts import integer, is_number
from locum.helicone.ingestion.headers import LogHeaders
from locum.helicone.ingestion.timing import Timing
from locum.helicone.ingestion.usage import Prices, Usage
from locum.helicone.tables import ZERO_UUID

Row = dict[str, Any]

MOST_BODIES = 10 * 1024 * 1024  # bytes of both texts that are kept whole
_LONGEST_REQUEST, _LONGEST_RESPONSE = 8_000_000, 400_000  # characters of what is cut
_FAILED = 500
_ASYNC_PATH = "async-unknown-path"  # the path of a call whose address nobody keeps


class NoLog(ValueError):
    """The value is no log that a row can be made of; says what of it."""


@frozen
class Setting:
    """What a row needs besides of the log: whose it is, the server's clock, prices, and new ids."""

    organization: str
    now_us: int
    prices: Prices = usage.free
    new_id: Callable[[], str] = lambda: str(uuid4())

    @property
    def now_ms(self) -> int:
        """The clock, in milliseconds since 1970."""
        return self.now_us // 1000


def of_worker(log: Any, sent: Mapping[str, str], provider: str, setting: Setting) -> Row:
    """Return the row of a log that was `sent` with these headers to a logging server, for the
    provider of its path. Raises NoLog."""
    return _row(log, sent, provider, setting, keeps_address=True)


def of_jawn(log: Any, sent: Mapping[str, str], setting: Setting) -> Row:
    """Return the row of a log that was `sent` with these headers to the tracing endpoints, which
    read the provider from the log, and keep no address. Raises NoLog."""
    provider = log.get("provider") if isinstance(log, dict) else None
    if provider is None:
        provider = "OPENAI"
    if not isinstance(provider, str):
        raise NoLog(f"provider: found {provider!s:.100}, expected a text")
    return _row(log, sent, provider.replace("\0", ""), setting, keeps_address=False)


def _row(
    log: Any, sent: Mapping[str, str], provider: str, setting: Setting, *, keeps_address: bool
) -> Row:
    asked, answered = _part(log, "providerRequest"), _part(log, "providerResponse")
    headers = LogHeaders.of(sent, asked.get("meta"))
    if "json" not in asked or not (answered.get("textBody") or "json" in answered):
        raise NoLog("json: found nothing, expected what was asked and what was answered")
    status = 0 if answered.get("status") is None else answered["status"]
    if not is_number(status):
        raise NoLog(f"providerResponse.status: found {status!s:.100}, expected a number")
    try:
        taken = {} if keeps_address else {"unknown_ms": 0}
        when = timing.read(log.get("timing"), setting.now_ms, **taken)
    except timing.NoTime as error:
        raise NoLog(f"timing: {error}") from None
    request = asked.get("json")
    url = asked.get("url")
    address = url.replace("\0", "") if keeps_address and isinstance(url, str) else ""
    path = address or _ASYNC_PATH
    requested = headers.model or models.of_request(request, path)
    response = responses.read(
        answered,
        streamed=isinstance(request, dict) and request.get("stream") is True,
        anthropic=provider == "ANTHROPIC" or "claude" in requested,
        joins_streams=keeps_address,
    )
    model = models.of_log(headers.model, request, response.body, path)
    used = usage.tokens(provider, response.reported)
    reported = response.reported.get("usage")
    given = (reported.get("cost") if isinstance(reported, Mapping) else None, answered.get("cost"))
    texts = _texts(
        _kept(request, models.of_request(request, path), headers.is_on("Helicone-Omit-Request")),
        _kept(
            response.body,
            models.of_response(response.body) or "unknown",
            headers.is_on("Helicone-Omit-Response"),
        ),
    )
    return Call(
        request_id=headers.request_id(setting.new_id),
        provider=provider,
        model=model,
        user_id=headers.user_id,
        status=_FAILED if response.has_failed else integer(status),
        when=when,
        used=used,
        cost=usage.cost(given, setting.prices, provider, model, used, when.start_ms),
        properties=headers.properties(),
        bodies=texts,
        target_url=address,
        cache_enabled=headers.cache_enabled,
    ).row(setting.organization)


@frozen(kw_only=True)
class Call:
    """A call of a model, as a row has it. `cost` is in nano-USD, `bodies` are what was asked and
    answered."""

    request_id: str
    provider: str
    model: str
    user_id: str
    status: int
    when: Timing
    used: Usage
    cost: int
    properties: Mapping[str, str]
    bodies: tuple[str, str]
    target_url: str = ""
    cache_enabled: bool = False

    def row(self, organization: str) -> Row:
        """Return the organization's row. All that is not of the call is as of a request that no
        proxy has seen, whose caller's country nobody knows (our choice)."""
        return {
            "request_id": self.request_id,
            "organization_id": organization,
            "provider": self.provider,
            "model": self.model,
            "user_id": self.user_id,
            "status": self.status,
            "request_created_at": times.iso(self.when.start_ms * 1000),
            "response_created_at": times.iso(self.when.end_ms * 1000),
            "latency": self.when.latency_ms,
            "time_to_first_token": self.when.first_token_ms,
            "prompt_tokens": self.used.prompt,
            "completion_tokens": self.used.completion,
            "prompt_cache_read_tokens": self.used.cache_read,
            "prompt_cache_write_tokens": self.used.cache_write,
            "cost": self.cost,
            "properties": dict(self.properties),
            "scores": {},
            "country_code": "",
            "request_body": self.bodies[0],
            "response_body": self.bodies[1],
            "cache_reference_id": ZERO_UUID,
            "cache_enabled": self.cache_enabled,
            "threat": False,
            "target_url": self.target_url,
            "prompt_id": "",
            "prompt_version": "",
            "request_referrer": "",
            "is_passthrough_billing": False,
        }


def _part(log: Any, name: str) -> Mapping[str, Any]:
    found = log.get(name) if isinstance(log, dict) else None
    if not isinstance(found, dict):
        raise NoLog(f"{name}: found {found!s:.100}, expected an object")
    return found


def _kept(body: Any, model: str, omitted: bool) -> str:  # noqa: FBT001 - one of three values
    """What is kept of a body: all of it, or its model."""
    return json_texts.written({"model": model} if omitted else body)


def _texts(asked: str, answered: str) -> tuple[str, str]:
    """The two bodies as they are kept: whole, or where they are too large together, as much of each
    as the vendor's database holds."""
    characters = len(asked) + len(answered)
    if characters * 4 > MOST_BODIES:  # else they have no more bytes than that
        size = len(asked.encode()) + len(answered.encode())
        if size > MOST_BODIES:
            return asked[:_LONGEST_REQUEST], answered[:_LONGEST_RESPONSE]
    return asked, answered
