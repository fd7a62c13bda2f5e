"""What the runs report of tokens and cost."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from locum.generator.conversations import Traces
from locum.generator.quantities import of_models, whole
from locum.generator.random_streams import Flags, Floats, Ints, Streams
from locum.generator.recipe import Detail, Recipe
from locum.generator.runs import OK, Runs
from locum.generator.trace_shapes import Shapes


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


def draw(recipe: Recipe, traces: Traces, runs: Runs, streams: Streams) -> Drawn:
    """The tokens of every call: prompts grow with the turns of a conversation."""
    size, usage, details = len(runs.trace), recipe.usage, recipe.usage.details
    model = traces.model[runs.trace]

    def part(column: str, detail: Detail, of: Ints) -> Ints:
        drawn = streams.of("runs", f"{column}_share").random(size)
        share = detail.low + (detail.high - detail.low) * drawn
        share = share * streams.flags("runs", column, detail.rate, size)
        return (of * share).astype(np.int64)

    growth = 1.0 + usage.growth_per_turn * traces.turn[runs.trace]
    reasons, hears, writes = (
        np.array(recipe.of_models(column))[model] > 0
        for column in ("reasons", "audio_prompt", "cache_creation")
    )
    factor: Floats = np.where(reasons, usage.reasoning_factor, 1.0)
    asked = of_models(recipe, "prompt_tokens", usage.prompt_tokens, model)
    said = of_models(recipe, "completion_tokens", usage.completion_tokens, model)
    prompt = whole(streams, "runs", "prompt_tokens", asked, size, growth)
    completion = whole(streams, "runs", "completion_tokens", said, size, factor)
    audio = part("audio", details["audio"], prompt) * hears
    read = part("cache_read", details["cache_read"], prompt - audio)
    created = part("cache_creation", details["cache_creation"], prompt - audio - read) * writes
    spoken = part("spoken", details["spoken"], completion) * hears
    thought = part("reasoning", details["reasoning"], completion) * reasons
    cached = streams.flags("runs", "cached", usage.cached, size)
    return Drawn(
        prompt,
        completion,
        {"audio": audio, "cache_creation": created, "cache_read": read},
        {"audio": spoken, "reasoning": thought},
        cached & runs.is_llm & (runs.status == OK),
    )


def report(
    recipe: Recipe, shapes: Shapes, traces: Traces, runs: Runs, drawn: Drawn, streams: Streams
) -> Usage:
    """What each run reports: a successful call its own tokens and their price (nothing where the
    proxy answered from its cache), every other run the sums of its descendants'."""
    silent = streams.flags("runs", "unreported", recipe.usage.unreported, len(runs.trace))
    reports = runs.is_llm & (runs.status == OK) & ~silent
    model = traces.model[runs.trace]
    charged = reports & ~drawn.cached

    def cost(tokens: Ints, column: str) -> Ints:
        prices = np.array(recipe.of_models(column), dtype=np.int64)
        return np.where(charged, tokens * prices[model], 0)

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

    depth = shapes.depths[runs.node]

    def up(values: Ints) -> Ints:
        return _summed(np.where(reports, values, 0), runs, depth)

    def ups(details: dict[str, Ints]) -> dict[str, Ints]:
        return {category: up(values) for category, values in details.items()}

    return Usage(
        reports=_summed(reports.astype(np.int64), runs, depth) > 0,
        prompt_tokens=up(drawn.prompt),
        completion_tokens=up(drawn.completion),
        prompt_cost=up(prompt_cost),
        completion_cost=up(completion_cost),
        prompt_token_details=ups(asked),
        completion_token_details=ups(said),
        prompt_cost_details=ups(prompt_cost_details),
        completion_cost_details=ups(completion_cost_details),
    )


def _summed(values: Ints, runs: Runs, depth: Ints) -> Ints:
    """Each run's value with its descendants'."""
    sums = values.copy()
    for level in range(int(np.max(depth, initial=0)), 0, -1):
        child = np.flatnonzero(depth == level)
        np.add.at(sums, runs.parent[child], sums[child])
    return sums
