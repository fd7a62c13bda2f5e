"""Threads: the root runs whose metadata names the same conversation."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from attrs import frozen

from locum.engine.duckdb import DuckDB, Parameters
from locum.langsmith import run_stats as stats
from locum.langsmith.filters import sql as filters
from locum.langsmith.filters.ast import SHORT
from locum.langsmith.filters.comparisons import Compared
from locum.langsmith.run_statistics import run_stats
from locum.langsmith.selection import bounds, read
from locum.stats.column_store import columns, flags, where
from locum.stats.ragged import Ints

# What each value of `selects` adds to the answer: its field, and the statistic behind it.
_FIELDS = {
    "TURNS": ("turns", "trace_count"),
    "FIRST_START_TIME": ("first_start_time", "first_start_time"),
    "LAST_START_TIME": ("last_start_time", "last_run_start_time"),
    "LAST_END_TIME": ("last_end_time", "last_end_time"),
    "LATENCY_P50": ("latency_p50_seconds", "latency_p50"),
    "LATENCY_P99": ("latency_p99_seconds", "latency_p99"),
    "PROMPT_TOKENS": ("prompt_tokens", "prompt_tokens"),
    "PROMPT_COST": ("prompt_cost", "prompt_cost"),
    "COMPLETION_TOKENS": ("completion_tokens", "completion_tokens"),
    "COMPLETION_COST": ("completion_cost", "completion_cost"),
    "TOTAL_TOKENS": ("total_tokens", "total_tokens"),
    "TOTAL_COST": ("total_cost", "total_cost"),
    "PROMPT_TOKEN_DETAILS": ("prompt_token_details", "prompt_token_details"),
    "COMPLETION_TOKEN_DETAILS": ("completion_token_details", "completion_token_details"),
    "PROMPT_COST_DETAILS": ("prompt_cost_details", "prompt_cost_details"),
    "COMPLETION_COST_DETAILS": ("completion_cost_details", "completion_cost_details"),
}


def thread_stats(
    engine: DuckDB, project: Mapping[str, Any], thread_id: str, selects: Iterable[str]
) -> dict[str, Any]:
    """The selected statistics of one thread of a project.

    Its traces are the project's root runs that name the thread; a thread named by child runs alone
    has none. Times and latencies are absent where no run has one.
    """
    parameters = Parameters()
    condition = (
        f"runs.is_root AND runs.session_id = {parameters.add(project['id'])} "
        f"AND runs.tenant_id = {parameters.add(project['tenant_id'])} "
        f"AND runs.thread_id = {parameters.add(thread_id)}"
    )
    traces = where(engine, condition, parameters)
    chosen = [_FIELDS[select] for select in dict.fromkeys(selects)]
    found = run_stats(engine, traces, [statistic for _, statistic in chosen])
    answer = {}
    for field, statistic in chosen:
        value = found[statistic]
        if value is not None:
            answer[field] = {"raw": value} if field.endswith("_details") else value
    return answer


def conversation_stats(
    engine: DuckDB, project: Mapping[str, Any], body: Mapping[str, Any]
) -> dict[str, Any]:
    """The RunGroupStats of a RunGroupRequest: of the project's threads that match it.

    A thread matches if one of its root runs in the window passes the filter; the statistics are
    over all of its root runs in the window. offset and limit page the listing beside this
    operation, and leave the statistics as they are (our choice). Raises FilterError.
    """
    roots = engine.once(_turns).get((project["tenant_id"], project["id"]), _NO_TURNS)
    runs = roots.between(*bounds(body))
    if body.get("filter") is not None:
        threads = columns(engine).thread
        passing = _passing(engine, runs, project, body["filter"])
        runs = runs[flags(threads[passing], len(threads) + 1)[threads[runs]]]
    found = stats.stats(engine, runs, (*stats.FIELDS, "thread_count"))
    found["group_count"] = found.pop("thread_count")
    return found


def _passing(engine: DuckDB, runs: Ints, project: Mapping[str, Any], text: str) -> Ints:
    """Those of the project's root runs that pass a filter. Comparisons of measures, whose values
    people vary most, take no statement."""
    of_all = columns(engine)
    asked = _asked if len(text) <= SHORT else _asked.__wrapped__
    compared, condition, parameters = asked(project["id"], text)
    if condition is not None:
        runs = runs[flags(where(engine, condition, parameters), len(of_all.thread))[runs]]
    for each in compared:
        runs = runs[of_all.compared(each.measure, each.comparator, each.bound, runs)]
    return runs


@lru_cache(maxsize=256)
def _asked(project_id: str, text: str) -> tuple[list[Compared], str | None, Parameters]:
    """What a filter asks for of a project's root runs: comparisons of measures, and a condition
    over the table `runs` with its parameters, none where there is nothing else."""
    parameters = Parameters()
    compared, others = filters.split(read(text))
    if others is None:
        return compared, None, parameters
    condition = (
        f"runs.is_root AND runs.session_id = {parameters.add(project_id)} "
        f"AND {filters.where(others, parameters)}"
    )
    return compared, condition, parameters


@frozen(eq=False)
class _Turns:
    """The root runs of a project that are in a thread, by start; last those without a start."""

    runs: Ints
    starts: array[int]  # which `bisect` reads faster than NumPy's

    def between(self, start: int | None, end: int | None) -> Ints:
        """Those with start ≤ the run's start < end, in microseconds; null is no bound."""
        if start is None and end is None:
            return self.runs
        first = 0 if start is None else bisect_left(self.starts, start)
        last = len(self.starts) if end is None else bisect_left(self.starts, end)
        return self.runs[first:last]


_NO_TURNS = _Turns(np.array([], dtype=np.int64), array("q"))


def _turns(engine: DuckDB) -> dict[tuple[str, str], _Turns]:
    """Those of each project, by tenant and id."""
    rows = engine.rows(
        "SELECT tenant_id, session_id, list(run ORDER BY start_us NULLS LAST), "
        "list(start_us ORDER BY start_us) FILTER (start_us IS NOT NULL) "
        "FROM runs WHERE is_root AND thread_id IS NOT NULL GROUP BY tenant_id, session_id"
    )
    return {
        (tenant, project): _Turns(np.array(runs), array("q", starts or []))
        for tenant, project, runs, starts in rows
    }
