"""What LangSmith's operations answer, worked out a second time: plain Python over JSONL rows.

Nothing is shared with the package, neither code nor method: no SQL, no floating point before the
last step (Fraction), runs and feedback as they stand in the files. The definitions are those of the
docs. `run_facets` is answered without the queries, which a test sends back instead.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

Run = dict[str, Any]
Passes = Callable[[Run], bool]

TOKEN_FIELDS = (
    *("total_tokens", "prompt_tokens", "completion_tokens", "median_tokens"),
    *("completion_tokens_p50", "prompt_tokens_p50", "tokens_p99"),
    *("completion_tokens_p99", "prompt_tokens_p99"),
    *("total_cost", "prompt_cost", "completion_cost", "cost_p50", "cost_p99"),
    *("prompt_token_details", "completion_token_details"),
    *("prompt_cost_details", "completion_cost_details"),
)
RUN_FIELDS = (
    *("run_count", "latency_p50", "latency_p99", "first_token_p50", "first_token_p99"),
    *("last_run_start_time", "feedback_stats", "run_facets", "error_rate", "streaming_rate"),
)


@cache
def micros(text: str | None) -> int | None:
    if text is None:
        return None
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (datetime.fromisoformat(text.upper()) - epoch) // timedelta(microseconds=1)


def percentile(values: Iterable[int | None], percent: int) -> Fraction | None:
    """Linear interpolation at percent/100 * (n-1) of the sorted values that are not null."""
    ranked = sorted(value for value in values if value is not None)
    if not ranked:
        return None
    place = Fraction(percent, 100) * (len(ranked) - 1)
    below = ranked[int(place)]
    above = ranked[min(int(place) + 1, len(ranked) - 1)]
    return below + (place - int(place)) * (above - below)


def per_million(value: Fraction | int | None) -> float | None:
    return None if value is None else float(Fraction(value) / 10**6)


def per_billion(value: Fraction | int | None) -> float | None:
    return None if value is None else float(Fraction(value) / 10**9)


def difference(later: str | None, earlier: str | None) -> int | None:
    end, start = micros(later), micros(earlier)
    return None if end is None or start is None else end - start


def latency(run: Run) -> int | None:
    return difference(run["end_time"], run["start_time"])


def entries(document: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The scalars of a JSON document, each with its path of object keys, as texts."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from entries(value, f"{path}.{key}" if path else key)
    elif isinstance(document, list):
        for value in document:
            yield from entries(value, path)
    elif document is not None:
        yield path, document if isinstance(document, str) else json.dumps(document)


def facets(run: Run) -> frozenset[tuple[str, str]]:
    """What a run is counted by: (key, value) pairs. Worked out once for a run of a World."""
    known: frozenset[tuple[str, str]] | None = run.get("facets")
    return _facets(run) if known is None else known


def _facets(run: Run) -> frozenset[tuple[str, str]]:
    found = {(key, run[key]) for key in ("name", "run_type", "status") if run[key] is not None}
    found |= {("tag", tag) for tag in run["tags"] or ()}
    found |= {(f"metadata.{path}", value) for path, value in entries(run["metadata"] or {})}
    return frozenset(found)


class World:
    """The rows of a dataset's LangSmith tables, and what is worked out once for each of them:
    a run's facets, thread and ancestors, a project's root runs and a trace's runs.
    """

    def __init__(self, rows: Callable[[str], list[dict[str, Any]]]) -> None:
        self.sessions = {row["id"]: row for row in rows("langsmith/sessions")}
        self.datasets = rows("langsmith/datasets")
        self.examples = {row["id"]: row for row in rows("langsmith/examples")}
        self.runs = {row["id"]: row for row in rows("langsmith/runs")}
        self.feedback: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in sorted(rows("langsmith/feedback"), key=lambda f: (f["created_at"], f["id"])):
            self.feedback[row["run_id"]].append(row)
        self.of_session: dict[str, list[Run]] = defaultdict(list)
        self.trees: dict[str, list[Run]] = defaultdict(list)
        for run in self.runs.values():
            run["facets"] = _facets(run)
            run["thread"] = thread(run)
            run["ancestors"] = frozenset(self.ancestors(run))
            self.of_session[run["session_id"]].append(run)
            self.trees[run["trace_id"]].append(run)

    def ancestors(self, run: Run) -> Iterator[str]:
        parent = run["parent_run_id"]
        while parent in self.runs:
            yield parent
            parent = self.runs[parent]["parent_run_id"]

    def roots(self, session: str) -> list[Run]:
        return [run for run in self.of_session[session] if run["parent_run_id"] is None]

    def counted(self, runs: list[Run]) -> list[Run]:
        """The runs that have none of their ancestors among them."""
        ids = {run["id"] for run in runs}
        return [run for run in runs if ids.isdisjoint(run["ancestors"])]

    def details(self, counted: list[Run], column: str) -> dict[str, int]:
        total: Counter[str] = Counter()
        for run in counted:
            total.update(run[column] or {})
        return dict(total)

    def feedback_stats(self, runs: list[Run]) -> dict[str, Any]:
        by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for run in runs:
            for given in self.feedback[run["id"]]:
                by_key[given["key"]].append(given)
        return {key: self.one_feedback(given) for key, given in by_key.items()}

    def one_feedback(self, given: list[dict[str, Any]]) -> dict[str, Any]:
        given = sorted(given, key=lambda f: (f["created_at"], f["id"]))
        scores = Counter(exactly(f["score"]) for f in given if f["score"] is not None)
        sources = {json.dumps(f["source"], separators=(",", ":")) for f in given if f["source"]}
        return {
            "n": sum(f["score"] is not None or f["value"] is not None for f in given),
            "avg": float(mean(scores)) if scores else None,
            "stdev": deviation(scores),
            "errors": 0,
            "comments": [f["comment"] for f in given if f["comment"]][:10],
            "sources": sorted(sources)[:10],
            "values": dict(Counter(f["value"] for f in given if f["value"] is not None)),
            "min": float(min(scores)) if scores else None,
            "max": float(max(scores)) if scores else None,
        }

    def run_facets(self, runs: list[Run]) -> list[dict[str, Any]]:
        counts = Counter(facet for run in runs for facet in facets(run))
        by_key: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for (key, value), n in counts.items():
            by_key[key].append((-n, value))
        fixed = ["name", "run_type", "status", "tag"]
        order = fixed + sorted(by_key.keys() - set(fixed))
        return [
            {"key": key, "value": value, "n": -n}
            for key in order
            for n, value in sorted(by_key[key])[:10]
        ]

    def run_stats(self, runs: list[Run]) -> dict[str, Any]:
        finished = [run for run in runs if run["end_time"] is not None]
        counted = self.counted(runs)
        stats: dict[str, Any] = {
            "run_count": len(runs),
            "last_run_start_time": max((run["start_time"] for run in runs), default=None),
            "error_rate": rate(sum(run["status"] == "error" for run in runs), len(runs)),
            "streaming_rate": rate(
                sum(run["first_token_time"] is not None for run in finished), len(finished)
            ),
            "feedback_stats": self.feedback_stats(runs),
            "run_facets": self.run_facets(runs),
        }
        for percent, name in ((50, "p50"), (99, "p99")):
            stats[f"latency_{name}"] = per_million(percentile(map(latency, runs), percent))
            first = [difference(run["first_token_time"], run["start_time"]) for run in runs]
            stats[f"first_token_{name}"] = per_million(percentile(first, percent))
            cost = percentile([run["total_cost_nano"] for run in runs], percent)
            stats[f"cost_{name}"] = per_billion(cost)
            for kind in ("total", "prompt", "completion"):
                tokens = percentile([run[f"{kind}_tokens"] for run in runs], percent)
                field = f"{kind}_tokens_{name}".removeprefix("total_")
                stats[field] = None if tokens is None else round(tokens)
        stats["median_tokens"] = stats.pop("tokens_p50")
        for kind in ("total", "prompt", "completion"):
            stats[f"{kind}_tokens"] = sum(run[f"{kind}_tokens"] or 0 for run in counted)
            stats[f"{kind}_cost"] = per_billion(sum(r[f"{kind}_cost_nano"] or 0 for r in counted))
        for kind in ("prompt", "completion"):
            column = f"{kind}_token_details"
            stats[column] = self.details(counted, column)
            costs = self.details(counted, f"{kind}_cost_details_nano")
            stats[f"{kind}_cost_details"] = {name: per_billion(n) for name, n in costs.items()}
        return stats

    def group_stats(
        self, session: str, passes: Passes, start: int | None, end: int | None
    ) -> dict[str, Any]:
        roots = [
            run
            for run in self.roots(session)
            if run["thread"] is not None and within(run, start, end)
        ]
        threads = {run["thread"] for run in roots if passes(run)}
        stats = self.run_stats([run for run in roots if run["thread"] in threads])
        return stats | {"group_count": len(threads)}

    def thread_stats(self, session: str, thread: str) -> dict[str, Any]:
        roots = [run for run in self.roots(session) if run["thread"] == thread]
        stats = self.run_stats(roots)
        ends = [run["end_time"] for run in roots if run["end_time"] is not None]
        found = {
            "turns": len({run["trace_id"] for run in roots}),
            "first_start_time": min((run["start_time"] for run in roots), default=None),
            "last_start_time": stats["last_run_start_time"],
            "last_end_time": max(ends, default=None),
            "latency_p50_seconds": stats["latency_p50"],
            "latency_p99_seconds": stats["latency_p99"],
        }
        for field in TOKEN_FIELDS:
            if field.endswith("_details"):
                found[field] = {"raw": stats[field]}
            elif "p50" not in field and "p99" not in field and "median" not in field:
                found[field] = stats[field]
        return {field: value for field, value in found.items() if value is not None}

    def grouped(self, runs: list[Run], attribute: str) -> list[tuple[str | None, list[Run]]]:
        """The runs by a key of their facets, most frequent first, ties by value, none before."""
        groups: dict[str | None, list[Run]] = defaultdict(list)
        for run in runs:
            # As keys of a JSON object, "null" and null are one.
            values = {value for key, value in facets(run) if key == attribute and value != "null"}
            for value in values:
                groups[value].append(run)
            if not values:
                groups[None].append(run)
        return sorted(groups.items(), key=lambda g: (-len(g[1]), g[0] is not None, g[0] or ""))


def thread(run: Run) -> str | None:
    metadata = run["metadata"] or {}
    names = (metadata.get(key) for key in ("thread_id", "session_id", "conversation_id"))
    return next((name for name in names if name is not None), None)


@cache
def exactly(score: float) -> Fraction:
    """The score as it is written; true and false are 1 and 0."""
    return Fraction(str(float(score)))


def mean(scores: Counter[Fraction]) -> Fraction:
    return sum((score * n for score, n in scores.items()), Fraction()) / scores.total()


def deviation(scores: Counter[Fraction]) -> float | None:
    """The sample's, from the squared distances to the mean."""
    if scores.total() < 2:
        return None
    middle = mean(scores)
    squares = sum((n * (score - middle) ** 2 for score, n in scores.items()), Fraction())
    return math.sqrt(squares / (scores.total() - 1))


def within(run: Run, start: int | None, end: int | None) -> bool:
    began = micros(run["start_time"])
    assert began is not None
    return (start is None or start <= began) and (end is None or began < end)


def rate(some: int, every: int) -> float | None:
    return float(Fraction(some, every)) if every else None
