"""The threads of a project, one after the other (`POST /runs/group`): what each has in sum, and how
it begins and ends. The aggregate of the same threads is `run_stats.group_stats`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from locum.engine.data import Data
from locum.langsmith import selection
from locum.langsmith.filters.ast import Comparison, render
from locum.langsmith.run_index import RunIndex, run_index
from locum.langsmith.run_order import run_order
from locum.langsmith.run_rows import Row, rows
from locum.langsmith.run_schema import preview
from locum.langsmith.run_stats import run_stats
from locum.stats.column_store import Ints
from locum.stats.summary import are_true, split_by_code

_COST_OF_GROUP = 30_000  # to compute its statistics, in units of `engine.data.Work`

# A group's statistics by the names that they have there.
_STATISTICS = {
    "count": "run_count",
    "total_tokens": "total_tokens",
    "total_cost": "total_cost",
    "min_start_time": "first_start_time",
    "max_start_time": "last_run_start_time",
    "latency_p50": "latency_p50",
    "latency_p99": "latency_p99",
    "feedback_stats": "feedback_stats",
}


def group_runs(data: Data, tenant: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a RunGroupRequest with a page of the project's threads that match it, and `total`, how
    many there are: 404 for an unknown project.

    The threads and their root runs are those of `group_stats`, whose group_count is the total. The
    thread of the latest run comes first; first_inputs and last_outputs are those of its first and
    last run, in brief; last_error is that of the last run that failed, null where none has (our
    choice). Raises FilterError.
    """
    project = selection.project_of(data, tenant, body["session_id"])
    index, turns = data.once(run_index), data.once(selection.turns_of_projects)
    runs = selection.conversations(data, index, turns, project, body)
    threads = _by_thread(data, index, runs)
    offset = body["offset"]
    shown = threads[offset : offset + body["limit"]]
    groups = []
    for runs_of_it, ends in zip(shown, _ends(data, index, shown), strict=True):
        data.spend(_COST_OF_GROUP)
        groups.append(_group(index, runs_of_it, *ends))
    return {"groups": groups, "total": len(threads)}


def _ends(data: Data, index: RunIndex, threads: list[Ints]) -> list[tuple[Row, Row, Row | None]]:
    """The first and the last run of each thread, and the last that has failed."""
    ends = []
    for runs in threads:
        failed = runs[are_true(index.columns.flags, "is_error", runs)]
        ends.append((int(runs[0]), int(runs[-1]), int(failed[-1]) if len(failed) else None))
    wanted = list(dict.fromkeys(run for each in ends for run in each if run is not None))
    read = rows(data, wanted, ("thread_id", "inputs", "outputs", "error"))
    row = dict(zip(wanted, read, strict=True))
    return [
        (row[first], row[last], None if failed is None else row[failed])
        for first, last, failed in ends
    ]


def _by_thread(data: Data, index: RunIndex, runs: Ints) -> list[Ints]:
    """The runs of each thread by start and id, the thread of the latest run first."""
    order = data.once(run_order)
    ranks = np.sort(order.rank.take(runs))
    ascending = order.runs.take(ranks)
    threads = split_by_code(index.columns.ids["thread"].take(ascending), ascending)
    found = [of_thread for _, of_thread in threads]
    return sorted(found, key=lambda of_thread: -int(order.rank[of_thread[-1]]))


def _group(
    index: RunIndex, runs: Ints, first: Row, last: Row, failed: Row | None
) -> dict[str, Any]:
    found = run_stats(index, runs, list(_STATISTICS.values()))
    return {
        "thread_id": first["thread_id"],
        "filter": render(Comparison("eq", "thread_id", first["thread_id"])),
        **{name: found[statistic] for name, statistic in _STATISTICS.items()},
        "first_inputs": preview(first["inputs"]),
        "last_outputs": preview(last["outputs"]),
        "last_error": None if failed is None else failed["error"],
    }
