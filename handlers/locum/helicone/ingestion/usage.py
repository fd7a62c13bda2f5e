"""Tokens of a call, and what it cost, of what its response reports.

Which tokens are counted where was read off packages/cost/usage and the body processors of
valhalla/jawn, and executed. They differ from what the words say: at most providers the prompt's are
those that no cache had, and reasoning is not among the completion's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from attrs import frozen

from locum.helicone.ingestion.amounts import count, integer, is_number

Reported = Mapping[str, Any]  # an object that holds `usage`, or its like, as responses do

_NANO = Decimal(10) ** 9


@frozen
class Usage:
    """The tokens of a call; none are 0."""

    prompt: int = 0
    completion: int = 0
    cache_read: int = 0
    cache_write: int = 0


# What models cost: of provider, model, tokens and when the call began (milliseconds since 1970)
# the nano-USD, rounded once; None where the model has no price. Tokens of a cache cost its own
# prices, else the prompt's.
Prices = Callable[[str, str, Usage, int], int | None]


def free(_provider: str, _model: str, _used: Usage, _start_ms: int) -> None:
    """Know no price."""
    return


def tokens(provider: str, reported: Reported) -> Usage:
    """Return the tokens of a call to the provider, in capitals; of any other name it counts as
    OpenAI's do."""
    usage = _object(reported, "usage")
    if provider == "ANTHROPIC":
        return _anthropic(usage)
    if provider == "GOOGLE" and "usageMetadata" in reported:
        return _google(_object(reported, "usageMetadata"))
    if "usage" in reported:
        return _openai(usage)
    metadata = _object(reported, "usageMetadata")
    return Usage(
        count(_first(reported.get("prompt_token_count"), metadata.get("promptTokenCount"))),
        count(_first(reported.get("generation_token_count"), metadata.get("candidatesTokenCount"))),
        count(reported.get("prompt_cache_read_token_count")),
        count(reported.get("prompt_cache_write_token_count")),
    )


def _openai(usage: Reported) -> Usage:
    """Cached and audio tokens are not the prompt's, unless more were cached than there are."""
    asked = _details(usage, "prompt_tokens_details", "input_tokens_details")
    said = _details(usage, "completion_tokens_details", "output_tokens_details")
    prompt = count(_first(usage.get("prompt_tokens"), usage.get("input_tokens")))
    completion = count(_first(usage.get("completion_tokens"), usage.get("output_tokens")))
    cached = count(asked.get("cached_tokens"))
    others = count(said.get("reasoning_tokens")) + count(said.get("audio_tokens"))
    return Usage(
        prompt if cached > prompt else max(0, prompt - cached - count(asked.get("audio_tokens"))),
        max(0, completion - others),
        cached,
        count(asked.get("cache_write_tokens")),
    )


def _anthropic(usage: Reported) -> Usage:
    """Its input tokens are those that no cache has to do with. What was written is told by how long
    it stays, else in one."""
    created = _object(usage, "cache_creation")
    by_time = (created.get(f"ephemeral_{time}_input_tokens") for time in ("5m", "1h"))
    return Usage(
        count(usage.get("input_tokens")),
        count(usage.get("output_tokens")),
        count(usage.get("cache_read_input_tokens")),
        integer(sum(map(count, by_time))) or count(usage.get("cache_creation_input_tokens")),
    )


def _google(metadata: Reported) -> Usage:
    """Its candidates are without what was thought."""
    cached = count(metadata.get("cachedContentTokenCount"))
    return Usage(
        max(0, count(metadata.get("promptTokenCount")) - cached),
        count(metadata.get("candidatesTokenCount")),
        cached,
    )


def cost(
    given: tuple[Any, ...], prices: Prices, provider: str, model: str, used: Usage, start_ms: int
) -> int:
    """Return the nano-USD of a call: the first of the given USD that are a number of 0 or more,
    else by its tokens, else 0."""
    for usd in given:
        if is_number(usd) and usd >= 0:
            nano = Decimal(str(usd)) * _NANO
            return integer(int(nano.to_integral_value(ROUND_HALF_EVEN)))
    return integer(prices(provider, model, used, start_ms) or 0)


def _object(holder: Any, name: str) -> Reported:
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _details(usage: Reported, *names: str) -> Reported:
    return next(filter(None, (_object(usage, name) for name in names)), {})


def _first(*values: Any) -> Any:
    """The first that is not null."""
    return next((value for value in values if value is not None), None)
