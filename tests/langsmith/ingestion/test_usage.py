"""What a run itself uses, in every form in which it is told. Numbers are worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum.datasets import prices
from locum.langsmith.ingestion.usage import GIVEN, own_usage

TOLD = {"input_tokens": 20, "output_tokens": 10, "total_tokens": 30}
TOKENS = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}


def of(usage: dict[str, Any]) -> dict[str, int]:
    return own_usage({"outputs": {"usage_metadata": usage}})


def of_llm(**outputs: Any) -> dict[str, int]:
    return own_usage({"run_type": "llm", "outputs": outputs})


def test_nothing_told_is_nothing() -> None:
    assert own_usage({}) == own_usage({"outputs": {"text": "a b c"}, "metadata": {}}) == {}


@pytest.mark.parametrize("run_type", ["llm", "chain", "tool"])
def test_usage_is_read_in_outputs_and_in_metadata(run_type: str) -> None:
    place = {"usage_metadata": TOLD}
    assert own_usage({"run_type": run_type, "outputs": place}) == TOKENS
    assert own_usage({"run_type": run_type, "metadata": place}) == TOKENS


@pytest.mark.parametrize(
    ("given", "expected"), [(TOLD, TOKENS), ({"total_tokens": 7}, {"total_tokens": 7}), ({}, {})]
)
def test_what_is_given_beside_the_fields_counts_alone(
    given: dict[str, Any], expected: dict[str, int]
) -> None:
    place = {"usage_metadata": {"input_tokens": 99, "output_cost": 1}}
    assert own_usage({GIVEN: given, "outputs": place, "metadata": place}) == expected


def test_it_is_counted_once_and_the_outputs_are_first() -> None:
    sent = {
        "outputs": {"usage_metadata": TOLD},
        "metadata": {"usage_metadata": {"input_tokens": 99, "output_cost": 1}},
    }
    assert own_usage(sent) == TOKENS
    sent["outputs"] = {"usage_metadata": {}}
    assert own_usage(sent) == {
        "prompt_tokens": 99,
        "total_tokens": 99,
        "completion_cost_nano": 10**9,
        "total_cost_nano": 10**9,
    }


def test_a_total_that_is_not_told_is_the_sum() -> None:
    assert of({"input_tokens": 2, "output_tokens": 3})["total_tokens"] == 5
    assert of({"input_tokens": 2}) == {"prompt_tokens": 2, "total_tokens": 2}
    assert of({"total_tokens": 9}) == {"total_tokens": 9}


def test_categories_are_kept_and_so_is_zero() -> None:
    usage = of(
        {
            "input_token_details": {"cache_read": 5, "a.b": 0, "audio": None},
            "output_token_details": {"reasoning": 4},
        }
    )
    assert usage == {
        "prompt_token_details.cache_read": 5,
        "prompt_token_details.a.b": 0,
        "completion_token_details.reasoning": 4,
    }


@pytest.mark.parametrize("amount", [-1, "5", None, True, 1.5, [], float("nan"), 2**53 + 1])
def test_what_is_no_count_is_passed_over(amount: Any) -> None:
    assert of({"input_tokens": amount, "output_tokens": 3}) == {
        "completion_tokens": 3,
        "total_tokens": 3,
    }


def test_a_whole_number_may_have_a_fraction_of_zero() -> None:
    assert of({"input_tokens": 12.0})["prompt_tokens"] == 12


@pytest.mark.parametrize(
    ("usd", "nano"),
    [
        (0.1, 100_000_000),
        ("0.1", 100_000_000),
        (3, 3_000_000_000),
        (2.5e-9, 2),
        (3.5e-9, 4),
        ("0.0000000025", 2),
        ("0.00000000250000000000000000001", 3),
        (0.000000001, 1),
        (1.1, 1_100_000_000),
        ("1e-3", 1_000_000),
        (0, 0),
    ],
)
def test_costs_are_exact_and_rounded_half_to_even(usd: Any, nano: int) -> None:
    assert of({"input_cost": usd}) == {"prompt_cost_nano": nano, "total_cost_nano": nano}


def test_the_sum_of_costs_is_rounded_once() -> None:
    """Half a nano-dollar twice is one, though each alone is rounded to none."""
    usage = of({"input_cost": 5e-10, "output_cost": "0.0000000005"})
    assert usage == {"prompt_cost_nano": 0, "completion_cost_nano": 0, "total_cost_nano": 1}


def test_the_total_that_is_given_counts() -> None:
    assert of({"input_cost": 1, "total_cost": 3}) == {
        "prompt_cost_nano": 10**9,
        "total_cost_nano": 3 * 10**9,
    }


def test_costs_by_category() -> None:
    usage = of(
        {
            "input_cost_details": {"cache_read": 1e-6, "audio": "x"},
            "output_cost_details": {"reasoning": 0},
        }
    )
    assert usage == {
        "prompt_cost_details_nano.cache_read": 1000,
        "completion_cost_details_nano.reasoning": 0,
    }


@pytest.mark.parametrize("amount", [-0.1, "x", True, None, float("nan"), "Infinity", 1e300, [1]])
def test_what_is_no_cost_is_passed_over(amount: Any) -> None:
    assert of({"total_cost": amount, "input_cost_details": {"a": amount}}) == {}


def test_usage_as_openai_writes_it() -> None:
    usage = {
        "prompt_tokens": 20,
        "completion_tokens": 10,
        "total_tokens": 30,
        "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": None},
    }
    assert of_llm(choices=[], usage=usage) == TOKENS | {
        "prompt_token_details.cache_read": 8,
        "prompt_token_details.audio": 0,
        "completion_token_details.reasoning": 4,
    }


def test_usage_as_openais_responses_write_it() -> None:
    usage = {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 8},
        "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 30,
    }
    assert of_llm(usage=usage) == TOKENS | {
        "prompt_token_details.cache_read": 8,
        "completion_token_details.reasoning": 4,
    }


def test_usage_as_anthropic_writes_it() -> None:
    """Cached tokens are not among its input_tokens: 5 + 8 + 7 are 20."""
    usage = {
        "input_tokens": 5,
        "output_tokens": 10,
        "cache_read_input_tokens": 8,
        "cache_creation_input_tokens": 7,
    }
    assert of_llm(usage=usage) == TOKENS | {
        "prompt_token_details.cache_read": 8,
        "prompt_token_details.cache_creation": 7,
    }


def test_anthropics_cache_by_its_time_to_live() -> None:
    usage = {
        "input_tokens": 5,
        "output_tokens": 10,
        "cache_read_input_tokens": 8,
        "cache_creation_input_tokens": 7,
        "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
    }
    assert of_llm(usage=usage) == TOKENS | {
        "prompt_token_details.cache_read": 8,
        "prompt_token_details.ephemeral_5m_input_tokens": 3,
        "prompt_token_details.ephemeral_1h_input_tokens": 4,
    }


def test_usage_of_a_model_counts_on_its_run_alone() -> None:
    outputs = {"usage": {"prompt_tokens": 20, "completion_tokens": 10}}
    assert own_usage({"run_type": "chain", "outputs": outputs}) == {}
    assert own_usage({"run_type": "llm", "outputs": outputs}) == TOKENS


def test_usage_metadata_is_before_usage() -> None:
    assert of_llm(usage={"prompt_tokens": 99}, usage_metadata=TOLD) == TOKENS


def test_usage_of_all_generated_messages() -> None:
    def message(**usage: Any) -> dict[str, Any]:
        return {"text": "", "message": {"id": [], "kwargs": {"usage_metadata": usage}}}

    batches = [
        [message(input_tokens=15, input_token_details={"cache_read": 1}), {"text": "no message"}],
        [message(input_tokens=5, output_tokens=10, input_token_details={"cache_read": 2})],
        "no batch",
    ]
    assert of_llm(generations=batches) == TOKENS | {"prompt_token_details.cache_read": 3}


def test_usage_of_older_frameworks() -> None:
    llm_output = {"token_usage": {"prompt_tokens": 20, "completion_tokens": 10}}
    assert of_llm(generations=[[{"text": ""}]], llm_output=llm_output) == TOKENS


@pytest.mark.parametrize(
    "outputs", [{"usage": []}, {"usage": "x"}, {"generations": {}}, {"llm_output": 3}]
)
def test_other_shapes_are_none(outputs: dict[str, Any]) -> None:
    assert of_llm(**outputs) == {}


@pytest.fixture
def listed(tmp_path: Path) -> prices.Prices:
    file = tmp_path / prices.FILE
    content = [
        {
            "match": "^m$",
            "provider": "p",
            "input": 2,
            "output": 3,
            "breakdown": {"input": {"cache_read": 1}},
        },
        {"match": "^m$", "provider": "p", "input": 1, "from": "2026-07-01"},
        {"match": "^half$", "input": "0.0005", "output": "0.0005"},
    ]
    file.write_text(json.dumps(content), encoding="utf-8")
    return prices.read(file)[0]


def priced(
    listed: prices.Prices, usage: dict[str, Any], model: str = "m", start: str = "2026-06-30T"
) -> dict[str, int]:
    found = own_usage(
        {
            "outputs": {"usage_metadata": usage},
            "metadata": {"ls_model_name": model, "ls_provider": "P"},
            "start_time": f"{start}12:00:00.000000Z",
        },
        listed,
    )
    return {name: amount for name, amount in found.items() if "_cost_" in name}


def test_tokens_cost_what_the_price_says(listed: prices.Prices) -> None:
    """The vendor's example: 5 cached at $1, 15 at $2 and 10 at $3 a million are 65 micro-USD."""
    assert priced(listed, TOLD | {"input_token_details": {"cache_read": 5}}) == {
        "prompt_cost_nano": 35_000,
        "completion_cost_nano": 30_000,
        "total_cost_nano": 65_000,
        "prompt_cost_details_nano.cache_read": 5_000,
    }


def test_the_price_is_that_of_the_runs_start(listed: prices.Prices) -> None:
    """From July on there is none for the output, so that its cost is unknown."""
    assert priced(listed, TOLD, start="2026-07-01T") == {
        "prompt_cost_nano": 20_000,
        "total_cost_nano": 20_000,
    }


def test_the_sum_of_prices_is_rounded_once(listed: prices.Prices) -> None:
    """A token at $0.0005 a million is half a nano-dollar."""
    assert priced(listed, {"input_tokens": 1, "output_tokens": 1}, "half") == {
        "prompt_cost_nano": 0,
        "completion_cost_nano": 0,
        "total_cost_nano": 1,
    }


@pytest.mark.parametrize(
    "given", [{"input_cost": 0}, {"total_cost": 1}, {"output_cost_details": {"a": 0}}]
)
def test_a_given_cost_wins(listed: prices.Prices, given: dict[str, Any]) -> None:
    assert priced(listed, TOLD | given) == of(given)


def test_a_model_without_a_price_has_no_cost(listed: prices.Prices) -> None:
    assert priced(listed, TOLD, "other") == {}
    told = {"outputs": {"usage_metadata": TOLD}}
    assert own_usage(told, listed) == own_usage(told | {"metadata": {"ls_model_name": 3}}, listed)
    assert own_usage(told, listed) == TOKENS
