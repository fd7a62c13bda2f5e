"""What runs report of tokens and cost, worked out by hand on a turn of one call."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from locum.generator.conversations import FAILED, SUCCESS, Traces
from locum.generator.random_streams import Streams
from locum.generator.runs import expand
from locum.generator.trace_shapes import Shapes
from locum.generator.usage import Drawn, Usage, report
from locum.generator.world import build
from tests.oracles.drawn import TINY

SHAPES = Shapes({"turn": "chain root\n  chain inner\n    llm ask\n  llm again\n"})
RECIPE = evolve(TINY, usage=evolve(TINY.usage, unreported=0.0))
# USD per million tokens: 2 for the prompt, 0.5 of it cached, 8 for the completion.
MODEL = list(TINY.models).index("gpt-4.1")


def told(*, cached: bool = False, outcome: int = SUCCESS) -> Usage:
    """The first call takes 100 tokens, 20 of them from a cache, and says 10; the second one takes
    5 and says 1. A trace that fails stops at the second."""
    stop, ones = (-1, 4) if outcome == SUCCESS else (3, 4), np.ones(1, dtype=np.int64)
    none = np.zeros(4, dtype=np.int64)
    traces = Traces(
        thread=0 * ones,
        turn=0 * ones,
        shape=0 * ones,
        outcome=outcome * ones,
        stop=stop[0] * ones,
        length=stop[1] * ones,
        model=MODEL * ones,
        streamed=ones < 0,
    )
    drawn = Drawn(
        prompt=np.array([7, 7, 100, 5]),
        completion=np.array([7, 7, 10, 1]),
        prompt_details={
            "audio": none,
            "cache_creation": none,
            "cache_read": np.array([0, 0, 20, 0]),
        },
        completion_details={"audio": none, "reasoning": none},
        cached=np.array([False, False, cached, False]),
    )
    return report(RECIPE, SHAPES, traces, expand(traces, SHAPES), drawn, Streams(1))


def test_a_run_reports_what_its_calls_do() -> None:
    """(100 - 20) * 2,000 + 20 * 500 = 170,000 nano-USD, and 10 * 8,000; 5 * 2,000 and 1 * 8,000."""
    usage = told()
    assert usage.reports.tolist() == [True] * 4
    assert usage.prompt_tokens.tolist() == [105, 100, 100, 5]
    assert usage.completion_tokens.tolist() == [11, 10, 10, 1]
    assert usage.prompt_cost.tolist() == [180_000, 170_000, 170_000, 10_000]
    assert usage.completion_cost.tolist() == [88_000, 80_000, 80_000, 8_000]
    assert usage.prompt_token_details["cache_read"].tolist() == [20, 20, 20, 0]
    assert usage.prompt_cost_details["cache_read"].tolist() == [10_000, 10_000, 10_000, 0]


def test_a_call_that_the_proxy_answered_costs_nothing() -> None:
    usage = told(cached=True)
    assert usage.prompt_tokens.tolist() == [105, 100, 100, 5]
    assert usage.prompt_cost.tolist() == [10_000, 0, 0, 10_000]
    assert usage.completion_cost.tolist() == [8_000, 0, 0, 8_000]
    assert not usage.prompt_cost_details["cache_read"].any()


def test_a_call_that_failed_reports_nothing() -> None:
    """The root, which fails with it, still reports the other one's."""
    usage = told(outcome=FAILED)
    assert usage.reports.tolist() == [True, True, True, False]
    assert usage.prompt_tokens.tolist() == [100, 100, 100, 0]
    assert usage.completion_cost.tolist() == [80_000, 80_000, 80_000, 0]


@pytest.mark.parametrize("unreported", [0.0, 1.0])
def test_a_recipe_says_how_many_calls_lose_their_report(unreported: float) -> None:
    world = build(evolve(TINY, usage=evolve(TINY.usage, unreported=unreported)))
    assert world.usage.reports.any() == (unreported == 0)
    assert world.usage.prompt_tokens.any() == (unreported == 0)


def test_prompts_grow_with_the_turns_of_a_conversation() -> None:
    """By a half at the second turn and by one at the third, without a spread; the least of 20
    tokens does not grow."""
    prompt = evolve(TINY.usage.prompt_tokens, median=100.0, sigma=0.0)
    world = build(evolve(TINY, usage=evolve(TINY.usage, prompt_tokens=prompt, growth_per_turn=0.5)))
    turn = world.traces.turn[world.runs.trace]
    for number, tokens in ((0, 120), (1, 170), (2, 220)):
        assert set(world.drawn.prompt[turn == number].tolist()) == {tokens}
