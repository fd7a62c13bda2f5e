"""What the runs report of tokens and cost."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from understudy.generator import shapes
from understudy.generator.conversations import Traces
from understudy.generator.models import MODELS
from understudy.generator.runs import OK, Runs
from understudy.generator.streams import Flags, Ints, Streams

PROMPT_CATEGORIES = ("audio", "cache_creation", "cache_read")
COMPLETION_CATEGORIES = ("audio", "reasoning")

_PROMPT_TOKENS = (480.0, 0.8)
_COMPLETION_TOKENS = (110.0, 0.8)
_UNREPORTED = 0.04
_CACHED = 0.05


@frozen
class Drawn:
    """Per run, of meaning for calls of a model alone: the tokens that it uses, by category, and
    whether the proxy answered from its cache."""

    prompt: Ints
    completion: Ints
    prompt_details: dict[str, Ints]
    completion_details: dict[str, Ints]
    cached: Flags


@frozen
class Usage:
    """Per run, its own and its descendants' together: tokens, and cost in nano-USD; 0 where there
    is nothing. `reports` is false for a run with nothing to report."""

    reports: Flags
    prompt_tokens: Ints
    completion_tokens: Ints
    prompt_cost: Ints
    completion_cost: Ints
    prompt_token_details: dict[str, Ints]
    completion_token_details: dict[str, Ints]
    prompt_cost_details: dict[str, Ints]
    completion_cost_details: dict[str, Ints]


def _price(column: str) -> Ints:
    return np.array([getattr(model, column) for model in MODELS], dtype=np.int64)


def draw(traces: Traces, runs: Runs, streams: Streams) -> Drawn:
    """The tokens of every call: prompts grow with the turns of a conversation."""
    size = len(runs.trace)
    model = traces.model[runs.trace]

    def part(column: str, rate: float, low: float, high: float, of: Ints) -> Ints:
        share = low + (high - low) * streams.of("runs", f"{column}_share").random(size)
        share = share * streams.flags("runs", column, rate, size)
        return (of * share).astype(np.int64)

    growth = 1.0 + 0.35 * traces.turn[runs.trace]
    reasons = np.array([m.reasons for m in MODELS])[model]
    prompt = streams.log_normal("runs", "prompt_tokens", _PROMPT_TOKENS, size) * growth
    completion = streams.log_normal("runs", "completion_tokens", _COMPLETION_TOKENS, size)
    prompt_tokens = 20 + prompt.astype(np.int64)
    completion_tokens = 1 + (completion * np.where(reasons, 2.5, 1.0)).astype(np.int64)
    audio = part("audio", 0.9, 0.5, 0.8, prompt_tokens) * (_price("audio_prompt")[model] > 0)
    read = part("cache_read", 0.3, 0.3, 0.8, prompt_tokens - audio)
    rest = prompt_tokens - audio - read
    created = part("cache_creation", 0.15, 0.3, 0.9, rest) * (_price("cache_creation")[model] > 0)
    spoken = part("spoken", 0.6, 0.3, 0.7, completion_tokens) * (_price("audio_prompt")[model] > 0)
    thought = part("reasoning", 0.8, 0.2, 0.7, completion_tokens) * reasons
    cached = streams.flags("runs", "cached", _CACHED, size)
    return Drawn(
        prompt_tokens,
        completion_tokens,
        {"audio": audio, "cache_creation": created, "cache_read": read},
        {"audio": spoken, "reasoning": thought},
        cached & runs.is_llm & (runs.status == OK),
    )


def report(traces: Traces, runs: Runs, drawn: Drawn, streams: Streams) -> Usage:
    """What each run reports: a successful call its own tokens and their price (nothing where the
    proxy answered from its cache), every other run the sums of its descendants'."""
    silent = streams.flags("runs", "unreported", _UNREPORTED, len(runs.trace))
    reports = runs.is_llm & (runs.status == OK) & ~silent
    model = traces.model[runs.trace]
    charged = reports & ~drawn.cached

    def cost(tokens: Ints, column: str) -> Ints:
        return np.where(charged, tokens * _price(column)[model], 0)

    asked, said = drawn.prompt_details, drawn.completion_details
    prompt_cost_details = {
        "audio": cost(asked["audio"], "audio_prompt"),
        "cache_creation": cost(asked["cache_creation"], "cache_creation"),
        "cache_read": cost(asked["cache_read"], "cache_read"),
    }
    completion_cost_details = {
        "audio": cost(said["audio"], "audio_completion"),
        "reasoning": cost(said["reasoning"], "completion"),
    }
    fresh = drawn.prompt - sum(asked.values())
    plain = drawn.completion - said["audio"]
    prompt_cost = cost(fresh, "prompt") + sum(prompt_cost_details.values())
    completion_cost = cost(plain, "completion") + completion_cost_details["audio"]

    def up(values: Ints) -> Ints:
        return _summed(np.where(reports, values, 0), runs)

    def ups(details: dict[str, Ints]) -> dict[str, Ints]:
        return {category: up(values) for category, values in details.items()}

    return Usage(
        reports=_summed(reports.astype(np.int64), runs) > 0,
        prompt_tokens=up(drawn.prompt),
        completion_tokens=up(drawn.completion),
        prompt_cost=up(prompt_cost),
        completion_cost=up(completion_cost),
        prompt_token_details=ups(asked),
        completion_token_details=ups(said),
        prompt_cost_details=ups(prompt_cost_details),
        completion_cost_details=ups(completion_cost_details),
    )


def _summed(values: Ints, runs: Runs) -> Ints:
    """Each run's value with its descendants'."""
    depth = shapes.DEPTHS[runs.node]
    sums = values.copy()
    for level in range(int(depth.max(initial=0)), 0, -1):
        child = np.flatnonzero(depth == level)
        np.add.at(sums, runs.parent[child], sums[child])
    return sums
