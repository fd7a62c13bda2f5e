"""Random good requests to LangSmith's operations, with what each of their parameters asks of a run.

Every filter stands beside a plain Python test of a row, so that nothing needs to read the text.
"""

from __future__ import annotations

import random
from typing import Any

from run_oracle import Passes, Run, World, entries, facets, latency, micros, within

RUN_TYPES = ("tool", "chain", "llm", "retriever", "embedding", "prompt", "parser")
SELECTABLE = (
    *("run_count", "latency_p50", "latency_p99", "latency_avg", "first_token_p50"),
    *("first_token_p99", "total_tokens", "prompt_tokens", "completion_tokens", "median_tokens"),
    *("completion_tokens_p50", "prompt_tokens_p50", "tokens_p99", "completion_tokens_p99"),
    *("prompt_tokens_p99", "last_run_start_time", "feedback_stats", "thread_feedback_stats"),
    *("run_facets", "error_rate", "streaming_rate", "total_cost", "prompt_cost"),
    *("completion_cost", "cost_p50", "cost_p99", "session_feedback_stats", "all_run_stats"),
    *("all_token_stats", "prompt_token_details", "completion_token_details"),
    *("prompt_cost_details", "completion_cost_details"),
)


def draws(seed: object) -> random.Random:
    return random.Random(str(seed))  # noqa: S311 - repeatable, and no secret


def any_filter(chance: random.Random, pool: list[Run], depth: int = 2) -> tuple[str, Passes]:
    """A filter and its meaning; what it names is of some run of the pool."""
    if depth and chance.random() < 0.3:
        one, is_one = any_filter(chance, pool, depth - 1)
        two, is_two = any_filter(chance, pool, depth - 1)
        return chance.choice(
            [
                (f"and({one}, and({two}))", lambda run: is_one(run) and is_two(run)),
                (f"or({one}, {two})", lambda run: is_one(run) or is_two(run)),
                (f"not({one})", lambda run: not is_one(run)),
            ]
        )
    run = chance.choice(pool)
    return chance.choice([_by_field, _by_number, _by_tag, _by_entry])(chance, run)


def _by_field(chance: random.Random, run: Run) -> tuple[str, Passes]:
    field = chance.choice(["name", "run_type", "status", "trace_id", "id"])
    value = run[field]
    if chance.random() < 0.5:
        return f'neq({field}, "{value}")', lambda other: other[field] != value
    return f'eq({field}, "{value}")', lambda other: other[field] == value


def _by_number(chance: random.Random, run: Run) -> tuple[str, Passes]:
    took = latency(run)
    if took is not None and chance.random() < 0.5:
        return f"gt(latency, {took / 10**6})", lambda other: (latency(other) or 0) > took
    tokens = run["total_tokens"]
    if tokens is None:
        return "eq(is_root, true)", lambda other: other["parent_run_id"] is None
    return (
        f"lte(total_tokens, {tokens})",
        lambda other: other["total_tokens"] is not None and other["total_tokens"] <= tokens,
    )


def _by_tag(chance: random.Random, run: Run) -> tuple[str, Passes]:
    if not run["tags"]:
        return 'eq(status, "error")', lambda other: other["status"] == "error"
    tag = chance.choice(run["tags"])
    return f'has(tags, "{tag}")', lambda other: tag in (other["tags"] or ())


def _by_entry(chance: random.Random, run: Run) -> tuple[str, Passes]:
    found = [(key, value) for key, value in entries(run["metadata"] or {}) if '"' not in value]
    if not found:
        return "eq(is_root, false)", lambda other: other["parent_run_id"] is not None
    key, value = chance.choice(found)
    text = f'and(eq(metadata_key, "{key}"), eq(metadata_value, "{value}"))'
    return text, lambda other: (f"metadata.{key}", value) in facets(other)


def any_window(chance: random.Random, pool: list[Run]) -> tuple[dict[str, str], Passes]:
    """start_time, end_time, both or none; times of runs, so that the bounds themselves matter."""
    times = sorted(run["start_time"] for run in chance.choices(pool, k=2))
    body = {
        name: time
        for name, time in zip(("start_time", "end_time"), times, strict=True)
        if chance.random() < 0.25
    }
    start, end = micros(body.get("start_time")), micros(body.get("end_time"))
    return body, lambda run: within(run, start, end)


def any_case(chance: random.Random, id_: str) -> str:
    return id_.upper() if chance.random() < 0.3 else id_


def shared_stats(
    chance: random.Random, world: World, pool: list[Run]
) -> tuple[dict[str, Any], list[Run]]:
    """A body of the shared dataset's statistics, and the runs of the pool that it selects."""
    body, in_window = any_window(chance, pool)
    tests: list[Passes] = [in_window]
    asked: dict[str, Any] = dict(body)
    run = chance.choice(pool)

    def maybe(name: str, value: Any, passes: Passes) -> None:
        if chance.random() < 0.12:
            asked[name] = value
            tests.append(passes)

    roots = {r["trace_id"]: r for r in world.runs.values() if r["parent_run_id"] is None}
    trees: dict[str, list[Run]] = {}
    for other in world.runs.values():
        trees.setdefault(other["trace_id"], []).append(other)
    maybe("trace", any_case(chance, run["trace_id"]), lambda r: r["trace_id"] == run["trace_id"])
    parent = run["parent_run_id"] or run["id"]
    maybe("parent_run", any_case(chance, parent), lambda r: r["parent_run_id"] == parent)
    run_type = chance.choice(RUN_TYPES)
    maybe("run_type", run_type, lambda r: r["run_type"] == run_type)
    maybe("session", [run["session_id"]], lambda r: r["session_id"] == run["session_id"])
    examples = [r["reference_example_id"] for r in chance.choices(pool, k=3)]
    named = [any_case(chance, example) for example in examples if example]
    maybe("reference_example", named, lambda r: r["reference_example_id"] in set(examples) - {None})
    maybe("execution_order", 1, lambda r: r["parent_run_id"] is None)
    is_root = chance.random() < 0.5
    maybe("is_root", is_root, lambda r: (r["parent_run_id"] is None) == is_root)
    error = chance.random() < 0.5
    maybe("error", error, lambda r: (r["status"] == "error") == error)
    maybe("query", run["name"].upper(), lambda r: _says(r, run["name"]))
    for name in ("filter", "search_filter"):
        text, passes = any_filter(chance, pool)
        maybe(name, text, passes)
    text, on_root = any_filter(chance, pool)
    maybe("trace_filter", text, lambda r: on_root(roots[r["trace_id"]]))
    text, on_any = any_filter(chance, pool)
    maybe("tree_filter", text, lambda r: any(map(on_any, trees[r["trace_id"]])))
    for name, value in (("data_source_type", "current"), ("skip_pagination", True)):
        maybe(name, value, lambda _: True)
    found = [r for r in pool if all(passes(r) for passes in tests)]
    if chance.random() < 0.1:
        ids = {r["id"] for r in chance.choices(pool, k=4)}
        asked["id"] = [any_case(chance, id_) for id_ in ids]
        found = [r for r in pool if r["id"] in ids]
    if chance.random() < 0.5:
        asked["select"] = chance.choices(SELECTABLE, k=chance.randint(1, 5))
    return asked, found


def _says(run: Run, words: str) -> bool:
    """Every word occurs in the run's name, error, tags or documents, in any case."""
    texts = [run["name"], run["error"] or "", *(run["tags"] or ())]
    for column in ("metadata", "inputs", "outputs"):
        texts += [part for entry in entries(run[column] or {}) for part in entry]
    everything = "\n".join(texts).lower()
    return all(word in everything for word in words.lower().split())
