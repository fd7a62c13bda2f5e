"""What a run itself uses: tokens and costs, as its payloads tell them.

Usage is told by `usage_metadata`, in the outputs or in the metadata of a run of any type: one usage
although it may stand in both, the outputs' first (langsmith 0.15.1, run_helpers._extract_usage).
What was given beside the fields, as of spans, counts alone. On runs of type `llm` it is read of
what models answer too: `usage` in the outputs, as OpenAI and Anthropic write it (names as in
langsmith 0.15.1, _internal/_usage.py and wrappers/_anthropic.py), and the messages of
`generations`, as langchain-core's older tracers leave them there (tracers/langchain.py). Nothing is
counted where nothing is told.

A cost that is given counts; without any, the prices of the data folder; without a price there is
none. Costs are exact decimals until they are rounded to nano-USD, half to even, once for each
field. What is no amount, 0 or more, is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from locum.datasets.prices import NONE, Prices, Units, nano_usd
from locum.langsmith.ingestion.fields import Sent

Usage = dict[str, int]
"""Amounts by column of `langsmith/runs`; those of a category by column, a dot and the category."""

GIVEN = "given_usage"
"""Beside what was sent of a run: its usage, in the form of `usage_metadata`, where it is told
elsewhere than in the fields."""

_MOST_TOKENS = 2**53
_MOST_USD = Decimal(2**53).scaleb(-9)
_EXACT = Context(prec=400)
_NO_DETAILS: dict[str, Any] = {}
_SIDES = (("input", "prompt"), ("output", "completion"))


def own_usage(sent: Sent, prices: Prices = NONE) -> Usage:
    """Return what a run itself uses, by what was sent of it; {} where nothing is told."""
    told = _told(sent)
    if told is None:
        return {}
    usage = _tokens(told)
    if not _add_given_costs(usage, told) and prices is not NONE:
        _add_prices(usage, sent, prices)
    return usage


def _tokens(told: Mapping[str, Any]) -> Usage:
    usage: Usage = {}
    for side, name in _SIDES:
        tokens = _count(told.get(f"{side}_tokens"))
        if tokens is not None:
            usage[f"{name}_tokens"] = tokens
    total = _count(told.get("total_tokens"))
    if total is None and usage:
        total = sum(usage.values())
    if total is not None:
        usage["total_tokens"] = total
    for side, name in _SIDES:
        details = told.get(f"{side}_token_details")
        if details and isinstance(details, dict):
            for category, amount in details.items():
                counted = _count(amount)
                if counted is not None:
                    usage[f"{name}_token_details.{category}"] = counted
    return usage


def _told(sent: Sent) -> Mapping[str, Any] | None:
    """The usage in the form of `usage_metadata`, None where none is told."""
    if (given := sent.get(GIVEN)) is not None:
        return given  # type: ignore[no-any-return]
    outputs, metadata = sent.get("outputs"), sent.get("metadata")
    for place in (outputs, metadata):
        if place is not None:
            told = place.get("usage_metadata")
            if told and isinstance(told, dict):
                return told
    if outputs and sent.get("run_type") == "llm":
        return _of_model(outputs)
    return None


def _of_model(outputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The usage in what a model answered, or in what a framework made of it."""
    usage = outputs.get("usage")
    if usage and isinstance(usage, dict):
        return _of_answer(usage)
    generations = outputs.get("generations")
    if generations and isinstance(generations, list):
        summed = _of_generations(generations)
        if summed is not None:
            return summed
    llm_output = outputs.get("llm_output")
    if isinstance(llm_output, dict):
        usage = llm_output.get("token_usage") or llm_output.get("usage")
        if usage and isinstance(usage, dict):
            return _of_answer(usage)
    return None


def _of_answer(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Usage as OpenAI and those like it write it, or as Anthropic does: there cached tokens are not
    among the input's, so that they are added."""
    found: dict[str, Any] = {
        "input_tokens": _first(usage, "prompt_tokens", "input_tokens"),
        "output_tokens": _first(usage, "completion_tokens", "output_tokens"),
        "total_tokens": usage.get("total_tokens"),
    }
    if "cache_read_input_tokens" in usage or "cache_creation_input_tokens" in usage:
        details = _cached(usage)
        found["input_tokens"] = (_count(found["input_tokens"]) or 0) + sum(details.values())
        found["input_token_details"] = details
        return found
    of_input = _details(usage, "prompt_tokens_details", "input_tokens_details")
    of_output = _details(usage, "completion_tokens_details", "output_tokens_details")
    found["input_token_details"] = {
        "audio": of_input.get("audio_tokens"),
        "cache_read": of_input.get("cached_tokens"),
    }
    found["output_token_details"] = {
        "audio": of_output.get("audio_tokens"),
        "reasoning": of_output.get("reasoning_tokens"),
    }
    return found


def _cached(usage: Mapping[str, Any]) -> dict[str, int]:
    created = usage.get("cache_creation")
    details = {"cache_read": _count(usage.get("cache_read_input_tokens"))}
    if isinstance(created, dict) and created:
        for name in ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"):
            details[name] = _count(created.get(name))
    else:
        details["cache_creation"] = _count(usage.get("cache_creation_input_tokens"))
    return {name: amount for name, amount in details.items() if amount is not None}


def _first(usage: Mapping[str, Any], *names: str) -> Any:
    return next((usage[name] for name in names if usage.get(name) is not None), None)


def _details(usage: Mapping[str, Any], *names: str) -> dict[str, Any]:
    found = _first(usage, *names)
    return found if isinstance(found, dict) else _NO_DETAILS


def _of_generations(generations: list[Any]) -> dict[str, Any] | None:
    """The usage of all messages that were generated, added up."""
    summed: dict[str, Any] | None = None
    for batch in generations:
        for generation in batch if isinstance(batch, list) else ():
            told: Any = generation
            for name in ("message", "kwargs", "usage_metadata"):
                told = told.get(name) if isinstance(told, dict) else None
            if told and isinstance(told, dict):
                summed = told if summed is None else _sum(summed, told)
    return summed


def _sum(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    total = dict(left)
    for name, amount in right.items():
        if isinstance(amount, dict):
            before = total.get(name)
            total[name] = _sum(before if isinstance(before, dict) else {}, amount)
        elif (counted := _count(amount)) is not None:
            total[name] = (_count(total.get(name)) or 0) + counted
    return total


def _count(value: object) -> int | None:
    """A number of tokens; None for what is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS:
        return value
    return None


def _usd(value: object) -> Decimal | None:
    """An amount of USD, exactly as it is written: of a number, the shortest text that reads back to
    it, which is what was sent up to 15 digits. None for what is no amount."""
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        found = Decimal(value)
    except ArithmeticError:
        return None
    return found if found.is_finite() and 0 <= found <= _MOST_USD else None


def _nano(usd: Decimal) -> int:
    return int(_EXACT.scaleb(usd, 9).to_integral_value(ROUND_HALF_EVEN, _EXACT))


def _add_given_costs(usage: Usage, told: Mapping[str, Any]) -> bool:
    """Add the costs that are given; return whether any is."""
    given = [_usd(told.get(f"{side}_cost")) for side, _ in _SIDES]
    total = _usd(told.get("total_cost"))
    known = [usd for usd in given if usd is not None]
    if total is None and known:
        total = known[0] if len(known) == 1 else _EXACT.add(*known)
    for (_, name), usd in zip(_SIDES, given, strict=True):
        if usd is not None:
            usage[f"{name}_cost_nano"] = _nano(usd)
    if total is not None:
        usage["total_cost_nano"] = _nano(total)
    has_details = False
    for side, name in _SIDES:
        details = told.get(f"{side}_cost_details")
        if details and isinstance(details, dict):
            for category, amount in details.items():
                usd = _usd(amount)
                if usd is not None:
                    usage[f"{name}_cost_details_nano.{category}"] = _nano(usd)
                    has_details = True
    return total is not None or has_details


def _add_prices(usage: Usage, sent: Sent, prices: Prices) -> None:
    """Add what the tokens cost by the price of the run's model when it began, if it has one."""
    metadata = sent.get("metadata") or _NO_DETAILS
    model, provider = metadata.get("ls_model_name"), metadata.get("ls_provider")
    if not isinstance(model, str):
        return
    named = provider if isinstance(provider, str) else None
    price = prices.price(model, named, sent.get("start_time", ""))
    if price is None:
        return
    total: Units | None = None
    for name, rate in (("prompt", price.input), ("completion", price.output)):
        tokens = usage.get(f"{name}_tokens")
        if tokens is None:
            continue
        prefix = f"{name}_token_details."
        details = {
            key.removeprefix(prefix): amount
            for key, amount in usage.items()
            if key.startswith(prefix)
        }
        cost, of_category = rate.cost(tokens, details)
        for category, units in of_category.items():
            usage[f"{name}_cost_details_nano.{category}"] = nano_usd(units)
        if cost is not None:
            usage[f"{name}_cost_nano"] = nano_usd(cost)
            total = (total or 0) + cost
    if total is not None:
        usage["total_cost_nano"] = nano_usd(total)
