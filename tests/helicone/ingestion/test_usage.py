"""Tokens of a call, and what it cost."""

from __future__ import annotations

from typing import Any

import pytest

from locum.helicone.ingestion import usage
from locum.helicone.ingestion.usage import Usage


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ({}, Usage()),
        ({"usage": None}, Usage()),
        ({"usage": {"prompt_tokens": 31, "completion_tokens": 9}}, Usage(31, 9)),
        ({"usage": {"input_tokens": 4, "output_tokens": 2}}, Usage(4, 2)),
        ({"usage": {"prompt_tokens": None, "input_tokens": 4}}, Usage(4)),
        ({"usage": {"prompt_tokens": -4, "completion_tokens": "9"}}, Usage()),
        # 1200 - 1024 - 100; 300 - 120 - 30
        (
            {
                "usage": {
                    "prompt_tokens": 1200,
                    "completion_tokens": 300,
                    "prompt_tokens_details": {
                        "cached_tokens": 1024,
                        "audio_tokens": 100,
                        "cache_write_tokens": 8,
                    },
                    "completion_tokens_details": {"reasoning_tokens": 120, "audio_tokens": 30},
                }
            },
            Usage(76, 150, 1024, 8),
        ),
        (
            {
                "usage": {
                    "input_tokens": 50,
                    "output_tokens": 20,
                    "input_tokens_details": {"cached_tokens": 20},
                    "output_tokens_details": {"reasoning_tokens": 5},
                }
            },
            Usage(30, 15, 20),
        ),
        # More were cached than there are: of a provider that counts them apart.
        (
            {"usage": {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 11}}},
            Usage(10, 0, 11),
        ),
        (
            {"usage": {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 10}}},
            Usage(0, 0, 10),
        ),
        (
            {
                "usage": {
                    "completion_tokens": 5,
                    "completion_tokens_details": {"reasoning_tokens": 7},
                }
            },
            Usage(),
        ),
        # without usage
        (
            {
                "prompt_token_count": 6,
                "generation_token_count": 3,
                "prompt_cache_read_token_count": 2,
                "prompt_cache_write_token_count": 1,
            },
            Usage(6, 3, 2, 1),
        ),
        (
            {"usageMetadata": {"promptTokenCount": 20, "candidatesTokenCount": 4}},
            Usage(20, 4),
        ),
        # Anthropic's fields are not read of another provider.
        (
            {"usage": {"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": 40}},
            Usage(5, 2),
        ),
    ],
)
@pytest.mark.parametrize("provider", ["CUSTOM", "OPENAI", "anthropic", ""])
def test_tokens_of_most_providers(provider: str, reported: Any, expected: Usage) -> None:
    assert usage.tokens(provider, reported) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Usage(50, 20, 0, 0)),
        ({"cache_read_input_tokens": 400}, Usage(50, 20, 400, 0)),
        ({"cache_creation_input_tokens": 100}, Usage(50, 20, 0, 100)),
        (
            {
                "cache_creation_input_tokens": 100,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 60,
                    "ephemeral_1h_input_tokens": 30,
                },
            },
            Usage(50, 20, 0, 90),
        ),
        (
            {"cache_creation_input_tokens": 100, "cache_creation": {}},
            Usage(50, 20, 0, 100),
        ),
    ],
)
def test_tokens_of_anthropic(more: dict[str, Any], expected: Usage) -> None:
    reported = {"usage": {"input_tokens": 50, "output_tokens": 20, **more}}
    assert usage.tokens("ANTHROPIC", reported) == expected


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ({"promptTokenCount": 20, "candidatesTokenCount": 4}, Usage(20, 4)),
        ({"promptTokenCount": 20, "cachedContentTokenCount": 8}, Usage(12, 0, 8)),
        ({"promptTokenCount": 5, "cachedContentTokenCount": 8}, Usage(0, 0, 8)),
        ({"candidatesTokenCount": 4, "thoughtsTokenCount": 9}, Usage(0, 4)),
    ],
)
def test_tokens_of_google(reported: Any, expected: Usage) -> None:
    assert usage.tokens("GOOGLE", {"usageMetadata": reported}) == expected


def priced(provider: str, model: str, used: Usage, start_ms: int) -> int | None:
    assert (provider, model, start_ms) == ("OPENAI", "pebble-7b", 5)
    return used.prompt * 10 or None


def cost(*given: Any, used: Usage = Usage(7)) -> int:  # noqa: B008 - a frozen value
    return usage.cost(given, priced, "OPENAI", "pebble-7b", used, 5)


@pytest.mark.parametrize(
    ("given", "nano_usd"),
    [
        ((0.0001234567, 9), 123457),  # 123456.7
        ((None, 0.5), 500_000_000),
        ((0, 0.5), 0),  # given: nothing
        ((-1, "1", True, 2), 2_000_000_000),
        ((0.0000000005,), 0),  # half a nano-USD, to even
        ((0.0000000015,), 2),
        ((0.0000000025,), 2),
        ((1e300,), 2**63 - 1),
        ((None, None), 70),
        ((), 70),
        ((float("inf"),), 70),
    ],
)
def test_the_first_cost_that_is_given_counts_else_the_prices(
    given: tuple[Any, ...], nano_usd: int
) -> None:
    assert cost(*given) == nano_usd


def test_what_has_no_price_costs_nothing() -> None:
    assert cost(used=Usage(0)) == 0
    assert usage.cost((), usage.free, "OPENAI", "pebble-7b", Usage(7), 5) == 0
