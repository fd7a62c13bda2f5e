"""What holds in every group of an experiments' comparison (`invariants` lists them all)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.laws.figures import nano

Group = dict[str, Any]
COSTS = ("total_cost", "prompt_cost", "completion_cost")
TOKENS = ("total_tokens", "prompt_tokens", "completion_tokens")


def parts(group: Group, name: str) -> list[Any]:
    return [session[name] for session in group["sessions"]]


def runs(group: Group) -> list[dict[str, Any]]:
    return [run for example in group["examples"] for run in example["runs"]]


def of_one(group: Group) -> bool | None:
    if len(group["sessions"]) > 1:
        return None
    (session,) = group["sessions"]
    names = group.keys() & session.keys()
    return {name: group[name] for name in names} == {name: session[name] for name in names}


def weighted_errors(group: Group) -> bool:
    pairs = zip(parts(group, "error_rate"), parts(group, "run_count"), strict=True)
    errors = round(sum(rate * n for rate, n in pairs))
    return bool(errors == round(group["error_rate"] * group["count"]))


def feedback_adds_up(group: Group) -> bool:
    """n and the labels' counts; the average of scores is the one that n weighs."""
    for key, stats in group["feedback_stats"].items():
        given = [part[key] for part in parts(group, "feedback_stats") if key in part]
        labels: Counter[str] = Counter()
        for one in given:
            labels.update(one["values"])
        if sum(one["n"] for one in given) != stats["n"] or labels != stats["values"]:
            return False
        scored = [one for one in given if one["avg"] is not None]
        if scored and len(scored) == len(given):
            average = sum(one["avg"] * one["n"] for one in scored) / stats["n"]
            if abs(average - stats["avg"]) > 1e-9:
                return False
        ends = [(one["min"], one["max"]) for one in scored]
        if ends and (stats["min"], stats["max"]) != (
            min(e[0] for e in ends),
            max(e[1] for e in ends),
        ):
            return False
    return True


def listed_runs(group: Group) -> bool:
    """All of the rows where all examples are listed."""
    listed, count = len(runs(group)), int(group["count"])
    everything = len(group["examples"]) == group["example_count"]
    return listed == count if everything else listed < count


def in_order(group: Group) -> bool:
    """By project as they were named, then by time, then by id."""
    place = {id_: number for number, id_ in enumerate(parts(group, "id"))}
    return all(
        example["runs"]
        == sorted(example["runs"], key=lambda r: (place[r["session_id"]], r["start_time"], r["id"]))
        for example in group["examples"]
    )


def between(run: dict[str, Any]) -> bool:
    """Within its trace's starts, and no end before the start."""
    first, last = run["trace_min_start_time"], run["trace_max_start_time"]
    return bool(first <= run["start_time"] <= (run["end_time"] or last)) and first <= last


def plain(group: Group) -> bool:
    texts = [part[cost] for part in (group, *group["sessions"]) for cost in COSTS]
    return all(re.fullmatch(r"0|[1-9]\d*|\d+\.\d*[1-9]", text) for text in texts)


OF_COMPARISONS: dict[str, Callable[[Group], bool | None]] = {
    "a group's count = its sessions' run counts": (
        lambda g: g["count"] == sum(parts(g, "run_count"))
    ),
    "a group's example_count is each session's": (
        lambda g: set(parts(g, "example_count")) == {g["example_count"]}
    ),
    "a group has an example, and lists at most all": (
        lambda g: 0 < len(g["examples"]) <= g["example_count"]
    ),
    "a group's tokens = its sessions' tokens": (
        lambda g: all(g[name] == sum(parts(g, name)) for name in TOKENS)
    ),
    "a group's costs = its sessions' costs": (
        lambda g: all(nano(g[name]) == sum(map(nano, parts(g, name))) for name in COSTS)
    ),
    "a group's errors = its sessions' errors": weighted_errors,
    "a group's feedback = its sessions' feedback": feedback_adds_up,
    "a group's times span its sessions' times": (
        lambda g: (
            g["min_start_time"] == min(parts(g, "min_start_time"))
            and g["max_start_time"] == max(parts(g, "max_start_time"))
        )
    ),
    "of one session, a group's numbers are its numbers": of_one,
    "an example in a group was run in every session": (
        lambda g: all(
            {run["session_id"] for run in example["runs"]} == set(parts(g, "id"))
            for example in g["examples"]
        )
    ),
    "a group lists its rows on the examples listed": listed_runs,
    "an example's runs are of it": (
        lambda g: all(
            run["reference_example_id"] == example["id"]
            for example in g["examples"]
            for run in example["runs"]
        )
    ),
    "runs stand in the order of the sessions, then by time": in_order,
    "a run is between its trace's first and last start": lambda g: all(map(between, runs(g))),
    "costs are plain decimals": plain,
}
