"""Experiments compared, worked out a second time: plain Python over JSONL rows (see run_oracle)."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

from tests.oracles.run_oracle import Passes, Run, World


def group_value(metadata: Any, path: str) -> str | float | None:
    """The value under a path of keys: text or number; true and false are texts; else none."""
    value = metadata
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return json.dumps(value)
    return value if isinstance(value, str | int | float) else None


def decimal(nano: int) -> str:
    """USD as a plain decimal text without zeros at its end."""
    text = f"{Decimal(nano).scaleb(-9):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def summary(world: World, runs: list[Run]) -> dict[str, Any]:
    """What a group and a project's part of it both show."""
    stats = world.run_stats(runs)
    names = ("total_tokens", "prompt_tokens", "completion_tokens", "latency_p50", "latency_p99")
    kinds = ("total", "prompt", "completion")  # root runs, each counted once
    nano = {kind: sum(run[f"{kind}_cost_nano"] or 0 for run in runs) for kind in kinds}
    return {
        **{name: stats[name] for name in (*names, "feedback_stats", "error_rate")},
        **{f"{kind}_cost": decimal(nano[kind]) for kind in kinds},
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
    preview: bool,
) -> list[dict[str, Any]]:
    """The groups of the page, each with its numbers and the examples and runs that it lists."""
    rows: dict[str | float, list[Run]] = defaultdict(list)
    for run in (run for session in sessions for run in world.roots(session)):
        example = world.examples.get(run["reference_example_id"] or "")
        if example is None or example["dataset_id"] != dataset:
            continue
        if not all(passes(run) for passes in filters.get(run["session_id"], [])):
            continue
        value = group_value((run if by == "run_metadata" else example)["metadata"], key)
        if value is not None:
            rows[value].append(run)
    groups = []
    for value in sorted(rows, key=lambda value: (isinstance(value, str), value)):
        group = _group(world, value, rows[value], sessions, most, preview=preview)
        if group is not None:
            groups.append(group)
    return groups[page]


def _group(
    world: World,
    value: str | float,
    rows: list[Run],
    sessions: list[str],
    most: int,
    *,
    preview: bool,
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
            {
                "id": id_,
                "runs": [
                    shown(world, run, preview=preview)
                    for run in rows
                    if run["reference_example_id"] == id_
                ],
            }
            for id_ in order[:most]
        ],
    }


def shown(world: World, run: Run, *, preview: bool) -> dict[str, Any]:
    """A run as an example lists it: its own columns, and the feedback on it by time."""
    times = [other["start_time"] for other in world.trees[run["trace_id"]]]
    columns = ("id", "session_id", "name", "status", "error", "start_time", "end_time")
    view = {name: run[name] for name in (*columns, "total_tokens", "prompt_tokens")}
    for kind in ("total", "prompt", "completion"):
        nano = run[f"{kind}_cost_nano"]
        view[f"{kind}_cost"] = None if nano is None else decimal(nano)
    for name in ("inputs", "outputs"):
        text = json.dumps(run[name], separators=(",", ":"), ensure_ascii=False)
        hidden = preview and run[name] is not None
        view[name] = None if preview else run[name]
        view[f"{name}_preview"] = text[:200] if hidden else None
    return view | {
        "trace_min_start_time": min(times),
        "trace_max_start_time": max(times),
        "feedback_stats": world.feedback_stats([run]),
        "feedbacks": [given["id"] for given in world.feedback[run["id"]]],
    }
