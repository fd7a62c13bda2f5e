"""Experiments compared, worked out a second time: plain Python over JSONL rows (see run_oracle)."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

from run_oracle import Passes, Run, World


def group_value(metadata: Any, path: str) -> str | float | None:
    """The value under a path of keys: text or number; true and false are texts; else none."""
    value = metadata
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return json.dumps(value)
    return value if isinstance(value, str | int | float) else None


def costs(stats: dict[str, Any], runs: list[Run]) -> dict[str, str]:
    """The three costs as decimal texts: root runs, each counted once."""
    found = {}
    for kind in ("total", "prompt", "completion"):
        nano = sum(run[f"{kind}_cost_nano"] or 0 for run in runs)
        text = f"{Decimal(nano).scaleb(-9):f}"
        found[f"{kind}_cost"] = text.rstrip("0").rstrip(".") if "." in text else text
    assert found.keys() <= stats.keys()
    return found


def summary(world: World, runs: list[Run]) -> dict[str, Any]:
    """What a group and a project's part of it both show."""
    stats = world.run_stats(runs)
    names = ("total_tokens", "prompt_tokens", "completion_tokens", "latency_p50", "latency_p99")
    return {
        **{name: stats[name] for name in (*names, "feedback_stats", "error_rate")},
        **costs(stats, runs),
        "min_start_time": min(run["start_time"] for run in runs),
        "max_start_time": max(run["start_time"] for run in runs),
    }


def part(world: World, session: str, runs: list[Run]) -> dict[str, Any]:
    """A project's statistics in a group, without its own fields."""
    stats = world.run_stats(runs)
    names = ("run_count", "first_token_p50", "first_token_p99", "last_run_start_time", "run_facets")
    return {
        "id": session,
        **summary(world, runs),
        **{name: stats[name] for name in (*names, "streaming_rate")},
    }


def compared(
    world: World,
    dataset: str,
    sessions: list[str],
    *,
    by: str,
    key: str,
    filters: dict[str, list[Passes]],
    page: slice,
    most: int,
) -> list[dict[str, Any]]:
    """The groups of the page, each with its numbers and the ids of what it lists."""
    rows: dict[str | float, list[Run]] = defaultdict(list)
    for run in world.runs.values():
        example = world.examples.get(run["reference_example_id"] or "")
        if run["session_id"] not in sessions or run["parent_run_id"] is not None:
            continue
        if example is None or example["dataset_id"] != dataset:
            continue
        if not all(passes(run) for passes in filters.get(run["session_id"], [])):
            continue
        value = group_value((run if by == "run_metadata" else example)["metadata"], key)
        if value is not None:
            rows[value].append(run)
    groups = []
    for value in sorted(rows, key=lambda value: (isinstance(value, str), value)):
        group = _group(world, value, rows[value], sessions, most)
        if group is not None:
            groups.append(group)
    return groups[page]


def _group(
    world: World, value: str | float, rows: list[Run], sessions: list[str], most: int
) -> dict[str, Any] | None:
    ran = [{r["reference_example_id"] for r in rows if r["session_id"] == s} for s in sessions]
    shared = set.intersection(*ran)
    if not shared:
        return None
    rows = [run for run in rows if run["reference_example_id"] in shared]
    rows.sort(key=lambda run: (sessions.index(run["session_id"]), run["start_time"], run["id"]))
    order = sorted(shared, key=lambda id_: (world.examples[id_]["created_at"], id_))
    return {
        "group_key": value,
        "count": len(rows),
        "example_count": len(shared),
        **summary(world, rows),
        "sessions": [part(world, s, [r for r in rows if r["session_id"] == s]) for s in sessions],
        "examples": [
            (id_, [run["id"] for run in rows if run["reference_example_id"] == id_])
            for id_ in order[:most]
        ],
    }
