"""Usage: each source, which of several counts, and on which runs."""

from __future__ import annotations

from typing import Any

import pytest

from locum.langsmith.otel.attributes import SpanAttributes
from locum.langsmith.otel.usage import cost, given, tokens, usage


def of(
    attributes: dict[str, Any],
    run_type: str = "llm",
    outputs: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The usage, and what was not taken."""
    found = SpanAttributes(attributes)
    return usage(given(found, run_type), outputs, metadata or {}), found.left()


# Sources in the order in which they count.
SOURCES = {
    "input_tokens": [
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "llm.token_count.prompt",
    ],
    "output_tokens": [
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "llm.token_count.completion",
    ],
    "total_tokens": [
        "gen_ai.usage.total_tokens",
        "llm.token_count.total",
        "llm.usage.total_tokens",
    ],
    "input_token_details.cache_read": [
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "llm.token_count.prompt_details.cache_read",
    ],
    "input_token_details.cache_creation": [
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "llm.token_count.prompt_details.cache_write",
    ],
    "input_token_details.audio": ["llm.token_count.prompt_details.audio"],
    "output_token_details.reasoning": [
        "gen_ai.usage.details.reasoning_tokens",
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "llm.token_count.completion_details.reasoning",
    ],
    "output_token_details.audio": ["llm.token_count.completion_details.audio"],
    "input_cost": ["llm.cost.prompt"],
    "output_cost": ["llm.cost.completion"],
    "total_cost": ["llm.cost.total"],
}


def at(usage: dict[str, Any] | None, path: str) -> Any:
    found: Any = usage
    for name in path.split("."):
        found = found[name]
    return found


@pytest.mark.parametrize(("path", "sources"), SOURCES.items(), ids=SOURCES)
def test_the_first_source_that_is_there_counts(path: str, sources: list[str]) -> None:
    for number in range(len(sources)):
        sent = {name: count for count, name in enumerate(sources[number:], 5)}
        found, left = of(sent)
        assert (at(found, path), left) == (5, {})
        before = {sources[number - 1]: -1} if number else {}
        found, left = of(before | sent)
        assert (at(found, path), left) == (5, before)


def test_totals_are_sums_where_they_are_not_given() -> None:
    assert of({"gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": "4"})[0] == {
        "input_tokens": 3,
        "output_tokens": 4,
        "total_tokens": 7,
    }
    assert of({"gen_ai.usage.input_tokens": 0})[0] == {"input_tokens": 0, "total_tokens": 0}
    assert of({"gen_ai.usage.total_tokens": 9})[0] == {"total_tokens": 9}
    assert of({"llm.cost.prompt": 0.1, "llm.cost.completion": 0.2})[0] == {
        "input_cost": 0.1,
        "output_cost": 0.2,
        "total_cost": 0.3,
    }


def test_named_details_override_those_of_the_object() -> None:
    sent = {
        "gen_ai.usage.input_token_details": '{"cache_read": 1, "text": 2, "bad": -1}',
        "gen_ai.usage.cache_read.input_tokens": 5,
        "gen_ai.usage.output_token_details": "{'reasoning': 1}",  # Python's repr
    }
    found, left = of(sent)
    assert found == {"input_token_details": {"cache_read": 5, "text": 2}}
    assert left == {"gen_ai.usage.output_token_details": "{'reasoning': 1}"}


WHOLE = '{"input_tokens": 10, "output_tokens": 2, "input_cost": 0.5, "other": 1}'


@pytest.mark.parametrize("run_type", ["llm", "chain", "tool"])
def test_the_whole_usage_counts_alone_on_any_run(run_type: str) -> None:
    sent = {"langsmith.usage_metadata": WHOLE, "gen_ai.usage.cache_read.input_tokens": 3}
    found, left = of(sent, run_type, {"usage_metadata": {"output_token_details": {"audio": 1}}})
    assert found == {
        "input_tokens": 10,
        "output_tokens": 2,
        "total_tokens": 12,
        "input_cost": 0.5,
        "total_cost": 0.5,
    }
    assert left == ({} if run_type == "llm" else {"gen_ai.usage.cache_read.input_tokens": 3})


def test_a_whole_usage_may_be_an_object_and_have_details() -> None:
    sent = {
        "input_tokens": 10,
        "total_tokens": 10,
        "input_token_details": {"cache_read": 4, "none": "x"},
        "total_cost": "0.25",
        "input_cost_details": {"cache_read": 0.1},
        "output_cost_details": [],
    }
    assert of({"langsmith.usage_metadata": sent})[0] == {
        "input_tokens": 10,
        "total_tokens": 10,
        "input_token_details": {"cache_read": 4},
        "total_cost": 0.25,
        "input_cost_details": {"cache_read": 0.1},
    }
    broken = {"langsmith.usage_metadata": "x", "gen_ai.usage.input_tokens": 1}
    found, left = of(broken)
    assert found == {"input_tokens": 1, "total_tokens": 1}
    assert left == {"langsmith.usage_metadata": "x"}


@pytest.mark.parametrize("run_type", ["chain", "tool", "retriever", "prompt", "parser"])
def test_flat_attributes_are_metadata_of_runs_that_call_no_model(run_type: str) -> None:
    sent = {"gen_ai.usage.input_tokens": 5, "llm.cost.total": 1.0}
    assert of(sent, run_type) == (None, sent)


def test_flat_attributes_count_on_embeddings() -> None:
    assert of({"gen_ai.usage.input_tokens": 5}, "embedding")[0] == {
        "input_tokens": 5,
        "total_tokens": 5,
    }


def test_what_attributes_leave_out_is_taken_of_outputs_and_then_of_metadata() -> None:
    flat = {"gen_ai.usage.input_tokens": 5}
    outputs = {"usage_metadata": {"input_tokens": 7, "output_tokens": 2}}
    metadata = {"usage_metadata": '{"output_tokens": 3, "input_token_details": {"audio": 1}}'}
    assert of(flat, "llm", outputs, metadata)[0] == {
        "input_tokens": 5,
        "output_tokens": 2,
        "total_tokens": 7,
        "input_token_details": {"audio": 1},
    }


def test_a_total_that_both_parts_make_is_not_taken_from_elsewhere() -> None:
    outputs = {"usage_metadata": {"total_tokens": 100}}
    both = {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 1}
    found, _ = of(both, "llm", outputs)
    assert found == {"input_tokens": 5, "output_tokens": 1, "total_tokens": 6}
    found, _ = of({"gen_ai.usage.input_tokens": 5}, "llm", outputs)
    assert found == {"input_tokens": 5, "total_tokens": 100}


def test_without_attributes_there_is_no_usage_of_the_spans_own() -> None:
    assert of({}, "llm", {"usage_metadata": {"input_tokens": 7}}) == (None, {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        (0, 0),
        (5.0, 5),
        ("5", 5),
        (2**53, 2**53),
        (-1, None),
        (2**53 + 1, None),
        (5.5, None),
        (True, None),
        ("-5", None),
        ("five", None),
        ("\u0665", None),  # a digit of another script
        ("9" * 500, None),
        ("", None),
        (None, None),
        ([], None),
        (float("inf"), None),
    ],
)
def test_tokens_are_counts(value: Any, expected: int | None) -> None:
    assert tokens(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, 0.5),
        (0, 0),
        ("0.002", 0.002),
        ("1e-3", 0.001),
        (-0.5, None),
        (float("nan"), None),
        (float("inf"), None),
        ("x", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_costs_are_dollars(value: Any, expected: float | None) -> None:
    assert cost(value) == expected
