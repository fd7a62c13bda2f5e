"""What holds in every answer of LangSmith's operations, whatever was asked: a line each, below.

There are four kinds: over each set of statistics in an answer (`figures.of`), over each feedback
key in one, over a group of a comparison, and over an answer with what further requests answer.
Each is a function that returns True where it holds, False where it is broken, and None where the
answer has nothing that it speaks of.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.laws import figures as answered
from tests.laws.comparison_invariants import OF_COMPARISONS
from tests.laws.figures import Figures
from tests.laws.further_invariants import OF_MORE, Asked

Holds = bool | None


def ordered(figures: Figures, low: str, high: str) -> Holds:
    """Both are null, or neither is and they are in order."""
    if low not in figures or high not in figures:
        return None
    one, two = figures[low], figures[high]
    return one is two is None or (one is not None and two is not None and one <= two)


def adds_up(figures: Figures, kind: str) -> Holds:
    names = [f"{part}_{kind}" for part in ("prompt", "completion", "total")]
    if not figures.keys() >= set(names):
        return None
    prompt, completion, total = (figures[name] for name in names)
    return bool(prompt + completion == total)


def within(figures: Figures, details: str, total: str) -> Holds:
    """Details are parts of their total."""
    if details not in figures or total not in figures:
        return None
    return bool(sum(figures[details].values()) <= figures[total])


def a_rate(figures: Figures, name: str) -> Holds:
    rate = figures.get(name)
    return None if rate is None else 0 <= rate <= 1


def implied(figures: Figures, zero: str, also: str) -> Holds:
    """Where the one is 0, so is the other."""
    if zero not in figures or also not in figures:
        return None
    return bool(figures[zero] or not figures[also])


def whole_errors(figures: Figures) -> Holds:
    if figures.get("error_rate") is None or "run_count" not in figures:
        return None
    errors = figures["error_rate"] * figures["run_count"]
    return math.isclose(errors, round(errors), abs_tol=1e-6)


def nothing_of_none(figures: Figures) -> Holds:
    if figures.get("run_count") != 0:
        return None
    return not any(figures.values())


def known_of_some(figures: Figures) -> Holds:
    names = figures.keys() & {"first_start_time", "last_start_time", "error_rate"}
    if not figures.get("run_count") or not names:
        return None
    return all(figures[name] is not None for name in names)


def finite(figures: Figures) -> Holds:
    def numbers(value: Any) -> Iterator[float]:
        for item in value.values() if isinstance(value, dict) else [value]:
            if isinstance(item, int | float):
                yield item

    plain = [value for name, value in figures.items() if name not in {"feedback_stats", "extra"}]
    return all(math.isfinite(n) and n >= 0 for value in plain for n in numbers(value))


def exact_text(time: str | None) -> bool:
    return time is None or (len(time) == 27 and time[19] == "." and time[-1] == "Z")


def timely(figures: Figures) -> Holds:
    times = [figures[name] for name in figures if name.endswith("_time")]
    return all(map(exact_text, times)) if times else None


def facets(figures: Figures) -> dict[str, list[dict[str, Any]]]:
    by_key: dict[str, list[dict[str, Any]]] = {}
    for facet in figures.get("run_facets", ()):
        by_key.setdefault(facet["key"], []).append(facet)
    return by_key


def each_facet(figures: Figures, holds: Callable[[list[dict[str, Any]]], bool]) -> Holds:
    """Holds of the facets of each key."""
    by_key = facets(figures)
    return all(map(holds, by_key.values())) if by_key else None


def facets_are_of_runs(figures: Figures) -> Holds:
    if "run_count" not in figures:
        return None
    return each_facet(figures, lambda key: all(1 <= f["n"] <= figures["run_count"] for f in key))


def every_run_has_a_name(figures: Figures) -> Holds:
    """So the names' counts sum to run_count, unless they are cut at ten; types and statuses too."""
    by_key = facets(figures)
    if not by_key or "run_count" not in figures:
        return None
    for key in ("name", "run_type", "status"):
        total = sum(facet["n"] for facet in by_key[key])
        if total > figures["run_count"] or (total < figures["run_count"] and len(by_key[key]) < 10):
            return False
    return True


def errors_are_a_facet(figures: Figures) -> Holds:
    if not facets(figures) or figures.get("error_rate") is None or "run_count" not in figures:
        return None
    errors = sum(f["n"] for f in facets(figures)["status"] if f["value"] == "error")
    return bool(errors == round(figures["error_rate"] * figures["run_count"]))


def most_first(key: list[dict[str, Any]]) -> bool:
    return key == sorted(key, key=lambda facet: (-facet["n"], facet["value"]))


def distinct(key: list[dict[str, Any]]) -> bool:
    return len({f["value"] for f in key}) == len({f["query"] for f in key}) == len(key)


def middle(stats: Figures) -> Holds:
    if stats["avg"] is None:
        return None
    slack = 1e-12 * max(1, abs(stats["min"]), abs(stats["max"]))
    return bool(stats["min"] - slack <= stats["avg"] <= stats["max"] + slack)


def spread(stats: Figures) -> Holds:
    """Two scores at the ends of the range have the largest: range / √2."""
    if stats["stdev"] is None:
        return None
    return bool(0 <= stats["stdev"] <= (stats["max"] - stats["min"]) / math.sqrt(2) * (1 + 1e-9))


def labels(stats: Figures) -> Holds:
    """Exactly n where there are only labels."""
    total = sum(stats["values"].values())
    return bool(total <= stats["n"] and (stats["avg"] is not None or total == stats["n"]))


OF_FIGURES: dict[str, Callable[[Figures], Holds]] = {
    "latency_p50 ≤ latency_p99": lambda f: ordered(f, "latency_p50", "latency_p99"),
    "first_token_p50 ≤ first_token_p99": lambda f: ordered(f, "first_token_p50", "first_token_p99"),
    "median_tokens ≤ tokens_p99": lambda f: ordered(f, "median_tokens", "tokens_p99"),
    "prompt p50 ≤ prompt p99": lambda f: ordered(f, "prompt_tokens_p50", "prompt_tokens_p99"),
    "completion p50 ≤ completion p99": (
        lambda f: ordered(f, "completion_tokens_p50", "completion_tokens_p99")
    ),
    "cost_p50 ≤ cost_p99": lambda f: ordered(f, "cost_p50", "cost_p99"),
    "prompt p50 ≤ median_tokens": lambda f: ordered(f, "prompt_tokens_p50", "median_tokens"),
    "completion p99 ≤ tokens_p99": lambda f: ordered(f, "completion_tokens_p99", "tokens_p99"),
    "prompt + completion = total tokens": lambda f: adds_up(f, "tokens"),
    "prompt + completion = total cost": lambda f: adds_up(f, "cost"),
    "prompt token details ≤ prompt": lambda f: within(f, "prompt_token_details", "prompt_tokens"),
    "completion token details ≤ completion": (
        lambda f: within(f, "completion_token_details", "completion_tokens")
    ),
    "prompt cost details ≤ prompt cost": lambda f: within(f, "prompt_cost_details", "prompt_cost"),
    "completion cost details ≤ completion cost": (
        lambda f: within(f, "completion_cost_details", "completion_cost")
    ),
    "no tokens cost nothing": lambda f: implied(f, "total_tokens", "total_cost"),
    "no conversation without runs": lambda f: implied(f, "run_count", "group_count"),
    "no runs without a conversation": lambda f: implied(f, "group_count", "run_count"),
    "at most a conversation a run": lambda f: ordered(f, "group_count", "run_count"),
    "at most an example a run": lambda f: ordered(f, "example_count", "run_count"),
    "0 ≤ error_rate ≤ 1": lambda f: a_rate(f, "error_rate"),
    "0 ≤ streaming_rate ≤ 1": lambda f: a_rate(f, "streaming_rate"),
    "error_rate · run_count is an integer": whole_errors,
    "of no runs, sums are 0, maps empty and all else null": nothing_of_none,
    "of some runs, times and error_rate are known": known_of_some,
    "numbers are finite and not negative": finite,
    "times have microseconds and Z": timely,
    "first start ≤ last start": lambda f: ordered(f, "first_start_time", "last_start_time"),
    "a facet counts one run or more, and at most all": facets_are_of_runs,
    "names, types and statuses count every run once": every_run_has_a_name,
    "the facet of errors counts error_rate · run_count": errors_are_a_facet,
    "a facet's key has at most ten values": lambda f: each_facet(f, lambda key: len(key) <= 10),
    "a facet's values come most frequent first": lambda f: each_facet(f, most_first),
    "a facet's values and queries are distinct": lambda f: each_facet(f, distinct),
}
OF_FEEDBACK: dict[str, Callable[[Figures], Holds]] = {
    "feedback: min ≤ avg ≤ max": middle,
    "feedback: 0 ≤ stdev ≤ range / √2": spread,
    "feedback: labels count at most n": labels,
    "feedback: avg, min and max are null together": (
        lambda f: len({f[name] is None for name in ("avg", "min", "max")}) == 1
    ),
    "feedback: no deviation without two": lambda f: f["stdev"] is None or f["n"] > 1,
    "feedback: at most ten comments and sources": (
        lambda f: len(f["comments"]) <= 10 and len(f["sources"]) <= 10
    ),
    "feedback: sources are distinct and in order": (
        lambda f: f["sources"] == sorted(set(f["sources"]))
    ),
}
NAMES = (*OF_FIGURES, *OF_FEEDBACK, *OF_COMPARISONS, *OF_MORE)


def broken(asked: Asked, seen: Counter[str], *, further: bool) -> list[str]:
    """The invariants that the answer breaks; `seen` counts how often each had something to say."""

    def outcomes() -> Iterator[tuple[str, Holds]]:
        for figures in answered.of(asked.request.operation, asked.answer):
            yield from ((name, holds(figures)) for name, holds in OF_FIGURES.items())
            for stats in figures.get("feedback_stats", {}).values():
                yield from ((name, holds(stats)) for name, holds in OF_FEEDBACK.items())
        for group in asked.answer.get("groups", ()):
            yield from ((name, holds(group)) for name, holds in OF_COMPARISONS.items())
        if further:
            yield from ((name, holds(asked)) for name, holds in OF_MORE.items())

    found = [(name, outcome) for name, outcome in outcomes() if outcome is not None]
    seen.update(name for name, _ in found)
    return sorted({name for name, outcome in found if not outcome})
