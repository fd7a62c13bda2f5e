"""The statistics in an answer of LangSmith's operations, whatever the operation calls them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tests.oracles.run_oracle import RUN_FIELDS, TOKEN_FIELDS

Figures = dict[str, Any]
OTHER_NAMES = {
    "latency_p50_seconds": "latency_p50",
    "latency_p99_seconds": "latency_p99",
    "min_start_time": "first_start_time",
    "max_start_time": "last_start_time",
    "last_run_start_time": "last_start_time",
    "turns": "run_count",
    "count": "run_count",
}


def nano(usd: float | str) -> int:
    """USD as the whole number of nano-USD that it was made of."""
    return int(Decimal(usd).scaleb(9)) if isinstance(usd, str) else round(usd * 1e9)


def of(operation: str, answer: Mapping[str, Any]) -> Iterator[Figures]:
    """All sets of statistics in the answer: under RunStats's names, sums of costs in nano-USD, each
    time as its text. A field that the answer leaves out is absent."""
    if operation == "group_runs":
        for group in answer["groups"]:
            yield one(group)
            yield from map(one, group["sessions"])
    elif operation == "shared_stats" and is_grouped(answer):
        yield from map(one, answer.values())
    else:
        yield one(answer)


def is_grouped(answer: Mapping[str, Any]) -> bool:
    """Whether the answer is a map of groups: the fields of RunStats have other names."""
    return bool(answer) and answer.keys().isdisjoint((*RUN_FIELDS, *TOKEN_FIELDS))


def one(answer: Mapping[str, Any]) -> Figures:
    figures = {OTHER_NAMES.get(name, name): value for name, value in answer.items()}
    for name in ("total_cost", "prompt_cost", "completion_cost"):
        if name in figures:
            figures[name] = nano(figures[name])
    for kind in ("prompt", "completion"):
        for measure in ("token", "cost"):
            name = f"{kind}_{measure}_details"
            if name in figures:
                details = figures[name].get("raw", figures[name])
                figures[name] = details
                if measure == "cost":
                    figures[name] = {key: nano(value) for key, value in details.items()}
    return figures
