"""The statistics of runs, on runs so few that each number is worked out beside its test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from locum.engine.duckdb import Parameters
from locum.langsmith import feedback as feedbacks
from locum.langsmith.run_statistics import run_stats
from locum.langsmith.run_stats import FIELDS
from locum.stats import facet_index as codes
from locum.stats import facets
from locum.stats.column_store import Columns, Taken, where
from tests.oracles.langsmith_requests import draws
from tests.oracles.langsmith_rows import Row, at, load, run
from tests.oracles.run_oracle import per_billion, percentile

EMPTY: dict[str, Any] = {
    **dict.fromkeys(FIELDS),
    "run_count": 0,
    **dict.fromkeys(("total_tokens", "prompt_tokens", "completion_tokens"), 0),
    **dict.fromkeys(("total_cost", "prompt_cost", "completion_cost"), 0.0),
    "feedback_stats": {},
    "run_facets": [],
    "prompt_token_details": {},
    "completion_token_details": {},
    "prompt_cost_details": {},
    "completion_cost_details": {},
}


def stats(folder: Path, runs: list[Row], given: list[Row] | None = None) -> dict[str, Any]:
    """All statistics of all of the runs, and of the feedback on them."""
    engine = load(folder, runs=runs, feedback=given or [])
    return run_stats(engine, where(engine, "TRUE", Parameters()), FIELDS)


def test_no_runs_have_no_numbers(tmp_path: Path) -> None:
    engine = load(tmp_path, runs=[run("a")])
    assert run_stats(engine, where(engine, "FALSE", Parameters()), FIELDS) == EMPTY


def test_one_run_has_its_own_values_as_percentiles(tmp_path: Path) -> None:
    only = run(
        "a",
        start_time=at(0),
        first_token_time=at(0.25),
        end_time=at(1.5),
        prompt_tokens=7,
        completion_tokens=3,
        total_tokens=10,
        prompt_cost_nano=1500,
        completion_cost_nano=500,
        total_cost_nano=2000,
    )
    assert stats(tmp_path, [only]) == EMPTY | {
        "run_count": 1,
        "latency_p50": 1.5,
        "latency_p99": 1.5,
        "first_token_p50": 0.25,
        "first_token_p99": 0.25,
        "total_tokens": 10,
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "median_tokens": 10,
        "completion_tokens_p50": 3,
        "prompt_tokens_p50": 7,
        "tokens_p99": 10,
        "completion_tokens_p99": 3,
        "prompt_tokens_p99": 7,
        "last_run_start_time": "2026-06-01T12:00:00.000000Z",
        "run_facets": [
            (("name", "", "agent"), 1),
            (("run_type", "", "chain"), 1),
            (("status", "", "success"), 1),
        ],
        "error_rate": 0.0,
        "streaming_rate": 1.0,
        "total_cost": 0.000002,
        "prompt_cost": 0.0000015,
        "completion_cost": 0.0000005,
        "cost_p50": 0.000002,
        "cost_p99": 0.000002,
    }


def test_percentiles_interpolate_between_sorted_values(tmp_path: Path) -> None:
    """Of 1, 2, 4, 8 seconds, the median is halfway between 2 and 4, and p99 at 0.99·3 = 2.97:
    4 + 0.97·(8-4) = 7.88. The run without an end has no latency."""
    runs = [run(f"r{s}", end_time=at(s)) for s in (8, 1, 4, 2)] + [run("open", end_time=None)]
    found = stats(tmp_path, runs)
    assert found["latency_p50"] == 3.0
    assert found["latency_p99"] == 7.88


@pytest.mark.parametrize(
    ("tokens", "median"), [((2, 3), 2), ((3, 4), 4), ((1, 2, 9), 2), ((0, 0), 0), ((5, None), 5)]
)
def test_a_median_of_tokens_rounds_half_to_even(
    tmp_path: Path, tokens: tuple[int | None, ...], median: int
) -> None:
    """2.5 is 2 and 3.5 is 4; a run without tokens is left out, a run with 0 is not."""
    runs = [run(str(place), total_tokens=n) for place, n in enumerate(tokens)]
    assert stats(tmp_path, runs)["median_tokens"] == median


def test_a_sum_counts_a_run_only_below_no_other_selected_run(tmp_path: Path) -> None:
    """The root reports the 30 tokens of its two calls; grandchild and child report theirs."""
    root = run("root", total_tokens=30, total_cost_nano=300, prompt_token_details={"audio": 3})
    child = run("child", root, total_tokens=20, total_cost_nano=200)
    leaf = run("leaf", child, total_tokens=20, total_cost_nano=200)
    other = run("other", root, total_tokens=10, prompt_token_details={"audio": 3, "image": 0})
    engine = load(tmp_path, runs=[root, child, leaf, other])
    fields = ("total_tokens", "total_cost", "prompt_token_details", "run_count")

    def of_runs(*numbers: int) -> list[Any]:
        return list(run_stats(engine, np.array(numbers), fields).values())

    assert of_runs(0, 1, 2, 3) == [30, 3e-7, {"audio": 3}, 4]
    assert of_runs(1, 2, 3) == [30, 2e-7, {"audio": 3, "image": 0}, 3]
    assert of_runs(2, 0) == [30, 3e-7, {"audio": 3}, 2]  # the run between them is not selected
    assert of_runs(2) == [20, 2e-7, {}, 1]


def test_rates_are_of_all_runs_and_of_finished_runs(tmp_path: Path) -> None:
    """One of four runs failed; one of the three finished ones streamed."""
    runs = [
        run("a", first_token_time=at(0.5)),
        run("b", status="error", error="boom"),
        run("c"),
        run("d", status="pending", end_time=None, first_token_time=at(0.5)),
    ]
    found = stats(tmp_path, runs)
    assert (found["error_rate"], found["streaming_rate"]) == (0.25, 1 / 3)
    assert found["first_token_p50"] == 0.5


def test_pending_runs_have_no_latency_and_no_streaming_rate(tmp_path: Path) -> None:
    runs = [run(id_, status="pending", end_time=None) for id_ in "ab"]
    found = stats(tmp_path, runs)
    assert (found["run_count"], found["error_rate"]) == (2, 0.0)
    assert (found["latency_p50"], found["streaming_rate"]) == (None, None)


def test_all_errors_are_a_rate_of_one(tmp_path: Path) -> None:
    assert stats(tmp_path, [run("a", status="error")])["error_rate"] == 1.0


def test_runs_without_tokens_add_nothing_and_rank_nowhere(tmp_path: Path) -> None:
    found = stats(tmp_path, [run("a"), run("b", total_cost_nano=0)])
    assert (found["total_tokens"], found["median_tokens"], found["tokens_p99"]) == (0, None, None)
    assert (found["total_cost"], found["cost_p50"]) == (0.0, 0.0)


def test_sums_beyond_64_bits_are_exact_in_nano_usd_and_doubles_in_tokens(tmp_path: Path) -> None:
    """JSON's writers know no larger integers. 3·(2**63-1) tokens are 3·2**63 as a double."""
    most = 2**63 - 1
    details = {"prompt_token_details": {"audio": most}}
    runs = [run(id_, total_tokens=most, total_cost_nano=most, **details) for id_ in "abc"]
    engine = load(tmp_path, runs=runs)
    fields = ("total_tokens", "total_cost_nano", "prompt_token_details", "median_tokens")
    found = run_stats(engine, where(engine, "TRUE", Parameters()), fields)
    assert list(found.values()) == [3.0 * 2**63, 3 * most, {"audio": 3.0 * 2**63}, most]


@pytest.mark.parametrize("base", [0, 2**43, -(2**63), 2**63 - 2**31])
def test_percentiles_are_exact(tmp_path: Path, base: int) -> None:
    """Of a hundred random selections of values around 1 USD, around 8,796 USD, and at both ends of
    64 bits: the fraction itself, rounded once."""
    chance = draws("percentiles")
    tops = [2 ** chance.randint(1, 30) for _ in range(200)]
    micros = [base + chance.randrange(top) for top in tops]
    runs = [run(str(n), total_cost_nano=value) for n, value in enumerate(micros)]
    engine = load(tmp_path, runs=runs)
    groups = [chance.sample(range(200), chance.randint(1, 150)) for _ in range(100)]
    for chosen in groups:
        found = run_stats(engine, np.array(chosen), ("cost_p50", "cost_p99"))
        expected = [per_billion(percentile([micros[n] for n in chosen], p)) for p in (50, 99)]
        assert list(found.values()) == expected


@pytest.mark.parametrize(
    ("fields", "computed"),
    [
        ((), []),
        (("run_count",), []),
        (("error_rate", "streaming_rate"), ["counts"]),
        (("latency_p50", "latency_p99"), ["ordered", "counts"]),
        (("total_cost", "prompt_cost"), ["counts", "sums"]),
        (("prompt_token_details", "completion_cost_details"), ["counts", "details"]),
        (("feedback_stats",), ["codes", "feedback"]),
        (("run_facets",), ["codes", "facets"]),
        (("feedback_stats", "run_facets"), ["codes", "feedback", "facets"]),
    ],
)
def test_only_what_is_wanted_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: tuple[str, ...], computed: list[str]
) -> None:
    """And each once; no statement is run."""
    engine = load(tmp_path, runs=[run("a"), run("b")])
    chosen = where(engine, "TRUE", Parameters())
    run_stats(engine, chosen, FIELDS)
    seen: list[str] = []

    def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watch(*arguments: Any, **named: Any) -> Any:
            seen.append(name)
            return function(*arguments, **named)

        return watch

    monkeypatch.setattr(engine, "_execute", None)
    for name, owner, function in (
        ("codes", codes, "of_runs"),
        ("feedback", feedbacks, "stats"),
        ("facets", facets, "most_frequent"),
        ("details", Columns, "detail_sums"),
        ("counts", Columns, "counts"),
        ("ordered", Taken, "ordered"),
        ("sums", Taken, "sums"),
    ):
        monkeypatch.setattr(owner, function, watched(name, getattr(owner, function)))
    run_stats(engine, chosen, fields)
    assert seen == computed
