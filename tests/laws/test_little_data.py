"""Selections with little to compute from: each value, in all four operations, worked out by hand.

The runs are root runs of one thread, on one example, in one project over a shared dataset.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.langsmith.run_stats import FIELDS
from tests.oracles.langsmith_answers import ask
from tests.oracles.langsmith_requests import SELECTS
from tests.oracles.langsmith_rows import (
    DATASET,
    PROJECT,
    TENANT,
    Row,
    at,
    feedback,
    load,
    run,
    session,
)

SHARED_AS = "97ff4d38-d22b-5c59-80da-02f3dc90586a"
NUMBERS = [field for field in FIELDS if field != "run_facets"]
DETAILS = [
    f"{part}_{kind}_details" for part in ("prompt", "completion") for kind in ("token", "cost")
]
NOTHING: dict[str, Any] = {
    **dict.fromkeys(NUMBERS),
    **dict.fromkeys(("run_count", "total_tokens", "prompt_tokens", "completion_tokens"), 0),
    **dict.fromkeys(("total_cost", "prompt_cost", "completion_cost"), 0.0),
    **{name: {} for name in ("feedback_stats", *DETAILS)},
}
TOKENS = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
TOKEN_RANKS = {
    **dict.fromkeys(("prompt_tokens_p50", "prompt_tokens_p99"), 7),
    **dict.fromkeys(("completion_tokens_p50", "completion_tokens_p99"), 3),
    **dict.fromkeys(("median_tokens", "tokens_p99"), 10),
}
COSTS = {"prompt_cost_nano": 1500, "completion_cost_nano": 500, "total_cost_nano": 2000}
FREE = dict.fromkeys(COSTS, 0)
PENDING = {"status": "pending", "end_time": None}


def turn(id_: str, **columns: Any) -> Row:
    """Of one second, from noon."""
    return run(id_, metadata={"thread_id": "t"}, reference_example_id="e", **columns)


# Each selection: its runs, its feedback, and what differs from NOTHING in its RunStats.
CASES: dict[str, tuple[list[Row], list[Row], dict[str, Any]]] = {
    "no run": ([], [], {}),
    "one run": (
        [turn("a", first_token_time=at(0.25), **TOKENS, **COSTS)],
        [feedback(turn("a"), "k", score=0.5, value="good")],
        {
            "run_count": 1,
            **dict.fromkeys(("latency_p50", "latency_p99"), 1.0),
            **dict.fromkeys(("first_token_p50", "first_token_p99"), 0.25),
            **TOKENS,
            **TOKEN_RANKS,
            "last_run_start_time": at(0),
            "feedback_stats": {
                "k": {
                    "n": 1,
                    "avg": 0.5,
                    "stdev": None,
                    "errors": 0,
                    "comments": [],
                    "sources": [],
                    "values": {"good": 1},
                    "min": 0.5,
                    "max": 0.5,
                }
            },
            "error_rate": 0.0,
            "streaming_rate": 1.0,
            "prompt_cost": 0.0000015,
            "completion_cost": 0.0000005,
            "total_cost": 0.000002,
            **dict.fromkeys(("cost_p50", "cost_p99"), 0.000002),
        },
    ),
    "all pending": (
        [turn("a", **PENDING), turn("b", start_time=at(1), first_token_time=at(3), **PENDING)],
        [],
        {
            "run_count": 2,
            **dict.fromkeys(("first_token_p50", "first_token_p99"), 2.0),
            "last_run_start_time": at(1),
            "error_rate": 0.0,
        },
    ),
    "all errors": (
        [turn("a", status="error", error="boom"), turn("b", status="error", end_time=at(3))],
        [],
        {
            "run_count": 2,
            "latency_p50": 2.0,
            "latency_p99": 2.98,  # 1 + 0.99·2
            "last_run_start_time": at(0),
            "error_rate": 1.0,
            "streaming_rate": 0.0,
        },
    ),
    "no tokens, no cost and no feedback": (
        [turn("a")],
        [],
        {
            "run_count": 1,
            **dict.fromkeys(("latency_p50", "latency_p99"), 1.0),
            "last_run_start_time": at(0),
            "error_rate": 0.0,
            "streaming_rate": 0.0,
        },
    ),
    "zero cost": (
        [turn("a", **TOKENS, **FREE, prompt_cost_details_nano={"audio": 0})],
        [],
        {
            "run_count": 1,
            **dict.fromkeys(("latency_p50", "latency_p99"), 1.0),
            **TOKENS,
            **TOKEN_RANKS,
            "last_run_start_time": at(0),
            "error_rate": 0.0,
            "streaming_rate": 0.0,
            **dict.fromkeys(("cost_p50", "cost_p99"), 0.0),
            "prompt_cost_details": {"audio": 0.0},
        },
    ),
    "a run without an end": (
        [turn("a", end_time=at(2)), turn("b", start_time=at(5), **TOKENS, **COSTS, **PENDING)],
        [],
        {
            "run_count": 2,
            **dict.fromkeys(("latency_p50", "latency_p99"), 2.0),
            **TOKENS,
            **TOKEN_RANKS,
            "last_run_start_time": at(5),
            "error_rate": 0.0,
            "streaming_rate": 0.0,
            "prompt_cost": 0.0000015,
            "completion_cost": 0.0000005,
            "total_cost": 0.000002,
            **dict.fromkeys(("cost_p50", "cost_p99"), 0.000002),
        },
    ),
}
# What the thread says beside the sums: of no run and of no end, times are absent.
TIMES: dict[str, dict[str, Any]] = {
    "no run": {},
    "one run": {"first_start_time": at(0), "last_start_time": at(0), "last_end_time": at(1)},
    "all pending": {"first_start_time": at(0), "last_start_time": at(1)},
    "all errors": {"first_start_time": at(0), "last_start_time": at(0), "last_end_time": at(3)},
    "no tokens, no cost and no feedback": {
        "first_start_time": at(0),
        "last_start_time": at(0),
        "last_end_time": at(1),
    },
    "zero cost": {"first_start_time": at(0), "last_start_time": at(0), "last_end_time": at(1)},
    "a run without an end": {
        "first_start_time": at(0),
        "last_start_time": at(5),
        "last_end_time": at(2),
    },
}
TEXTS = {0.0: "0", 0.0000005: "0.0000005", 0.0000015: "0.0000015", 0.000002: "0.000002"}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(case: str, tmp_path: Path) -> Data:
    runs, given, _ = CASES[case]
    return load(
        tmp_path,
        runs=runs,
        feedback=given,
        sessions=[session(reference_dataset_id=DATASET)],
        datasets=[{"id": DATASET, "tenant_id": TENANT, "share_token": SHARED_AS}],
        examples=[{"id": "e", "dataset_id": DATASET, "created_at": at(0)}],
    )


@pytest.fixture
def expected(case: str) -> dict[str, Any]:
    return NOTHING | CASES[case][2]


def test_shared_dataset_stats(engine: Data, expected: dict[str, Any]) -> None:
    arguments = {"share_token": SHARED_AS, "body": {"select": NUMBERS}}
    assert ask(engine, "shared_stats", None, arguments) == expected


def test_conversation_stats(engine: Data, expected: dict[str, Any]) -> None:
    body = {"session_id": PROJECT, "group_by": "conversation"}
    answer = ask(engine, "group_stats", TENANT, {"body": body})
    facets = answer.pop("run_facets")
    assert bool(facets) == bool(expected["run_count"])
    assert answer == expected | {"group_count": 1 if expected["run_count"] else 0}


def test_thread_stats(engine: Data, case: str, expected: dict[str, Any]) -> None:
    arguments = {"thread_id": "t", "session_id": PROJECT, "selects": SELECTS}
    sums = [
        f"{part}_{kind}"
        for part in ("total", "prompt", "completion")
        for kind in ("cost", "tokens")
    ]
    latencies = {
        f"{name}_seconds": expected[name]
        for name in ("latency_p50", "latency_p99")
        if expected[name] is not None
    }
    assert ask(engine, "thread_stats", TENANT, arguments) == {
        "turns": expected["run_count"],
        **{name: expected[name] for name in sums},
        **{name: {"raw": expected[name]} for name in DETAILS},
        **latencies,
        **TIMES[case],
    }


def test_comparison(engine: Data, case: str, expected: dict[str, Any]) -> None:
    """Of no run there is no group."""
    body = {"session_ids": [PROJECT], "group_by": "run_metadata", "metadata_key": "thread_id"}
    groups = ask(engine, "group_runs", TENANT, {"dataset_id": DATASET, "body": body})["groups"]
    assert len(groups) == min(1, expected["run_count"])
    names = ("total_tokens", "prompt_tokens", "completion_tokens", "latency_p50", "latency_p99")
    for group in groups:
        (only,) = group["sessions"]
        assert (group["count"], only["run_count"]) == (expected["run_count"],) * 2
        for part in (group, only):
            for name in (*names, "feedback_stats", "error_rate"):
                assert part[name] == expected[name]
            for name in ("total_cost", "prompt_cost", "completion_cost"):
                assert part[name] == TEXTS[expected[name]]
            assert part["min_start_time"] == TIMES[case]["first_start_time"]
            assert part["max_start_time"] == expected["last_run_start_time"]
        for name in ("first_token_p50", "first_token_p99", "streaming_rate", "last_run_start_time"):
            assert only[name] == expected[name]
