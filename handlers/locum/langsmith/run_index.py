"""The runs of a dataset in memory, as they are loaded: what statistics are computed from.

A run is its number in the engine's table `runs`, from 0. The statements are in DuckDB's dialect.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from attrs import frozen

from locum.engine.data import Data
from locum.langsmith.run_facets import FeedbackIndex, counted
from locum.langsmith.run_links import Links
from locum.stats.column_store import (
    HAS_ANCESTOR,
    Ancestors,
    Columns,
    Details,
    FacetIndex,
    FlagSets,
    Ints,
    Measures,
    RaggedOffsets,
    magnitude,
)
from locum.stats.summary import marked


@frozen(eq=False)
class RunIndex:
    """The runs as columns, what they are counted by, and the feedback on them.

    `links` tell the numbers of ids to those who add runs; None where nobody has asked yet.
    """

    columns: Columns
    facets: FacetIndex
    feedback: FeedbackIndex
    links: Links | None = None


def run_index(data: Data) -> RunIndex:
    """Read the index of a dataset; ask for it by `data.once(run_index)`."""
    if data.is_small:
        return RunIndex(_columns(data), *counted(data))
    with ThreadPoolExecutor(2) as pool:
        columns, counts = pool.submit(_columns, data), pool.submit(counted, data)
        return RunIndex(columns.result(), *counts.result())


# What is ranked stands side by side, and so does what is summed.
MEASURES = (
    *("end_us", "start_us", "latency_us", "first_token_latency_us"),
    *("total_tokens", "prompt_tokens", "completion_tokens"),
    *("total_cost_nano", "prompt_cost_nano", "completion_cost_nano"),
)
FLAGS = {
    "is_error": "coalesce(status = 'error', false)",
    "is_finished": "end_us IS NOT NULL",
    "is_streamed": "end_us IS NOT NULL AND first_token_us IS NOT NULL",
}
OF_FAILED_TRACE = "is_of_failed_trace"
_RUNS = f"""
    SELECT {", ".join(MEASURES)}, {", ".join(f"{flag} AS {name}" for name, flag in FLAGS.items())},
           coalesce(trace, 0) AS trace, coalesce(thread, 0) AS thread
    FROM runs
    LEFT JOIN (SELECT tenant_id, trace_id, row_number() OVER () AS trace FROM (
        SELECT DISTINCT tenant_id, trace_id FROM runs)) USING (tenant_id, trace_id)
    LEFT JOIN (SELECT thread_id, row_number() OVER () AS thread FROM (
        SELECT DISTINCT thread_id FROM runs)) USING (thread_id)
    ORDER BY run
"""
_IDS = ("trace", "thread")
# The parent of each run, whatever its trace and tenant, where it is there. Ids are compared once.
_PARENTS = """
    SELECT child.run, parent.run AS parent
    FROM runs child JOIN runs parent ON child.parent_run_id = parent.id
"""
# In the order of their names, as they are numbered.
DETAILS = (
    "completion_cost_details_nano",
    "completion_token_details",
    "prompt_cost_details_nano",
    "prompt_token_details",
)
# Token and cost details by category, each (kind, category) numbered from 0.
_AMOUNTS = " UNION ALL ".join(
    f"SELECT run, '{kind}' AS kind, entry.key AS category, entry.value AS amount "
    f"FROM (SELECT run, unnest(map_entries({kind})) AS entry FROM runs) "
    "WHERE entry.value IS NOT NULL"
    for kind in DETAILS
)
_DETAILS = f"""
    SELECT run, dense_rank() OVER (ORDER BY kind, category) - 1 AS category, amount
    FROM ({_AMOUNTS}) ORDER BY run, category
"""
_CATEGORIES = f"SELECT DISTINCT kind, category FROM ({_AMOUNTS}) ORDER BY kind, category"


def _columns(data: Data) -> Columns:
    runs = data.columns(_RUNS)
    true_of = {name: runs.pop(name)[0] for name in FLAGS}
    ids = {name: runs.pop(name)[0] for name in _IDS}
    size = len(ids["trace"])
    has_failed = marked(ids["trace"][true_of["is_error"]], size + 1)
    has_failed[0] = False  # which is no trace
    true_of[OF_FAILED_TRACE] = true_of["is_error"] | has_failed[ids["trace"]]
    for name, (_, is_known) in runs.items():
        true_of[name] = np.ones(size, dtype=np.bool_) if is_known is None else is_known
    measures = Measures.of(runs, size)
    del runs  # which is large, before more is read
    parents = _values(data, _PARENTS)
    parent = np.full(size, -1, dtype=np.int32)
    parent[parents["run"]] = parents["parent"]
    ancestors = climb(parent, np.arange(size))
    true_of[HAS_ANCESTOR] = parent >= 0
    details = _values(data, _DETAILS)
    return Columns(
        measures=measures,
        flags=FlagSets.of(true_of),
        ids=ids,
        ancestors=Ancestors(*ancestors, parent),
        details=Details(
            offsets=RaggedOffsets.of_owners(details["run"], size),
            category=details["category"],
            amount=details["amount"],
            magnitude=magnitude(details["amount"]),
            categories=data.rows(_CATEGORIES),
        ),
    )


def climb(parent: Ints, runs: Ints) -> tuple[RaggedOffsets, Ints]:
    """Return the ancestors of each of the runs, of the parent of every run: the nearest first, and
    each once where runs are above themselves."""
    parent = parent.astype(np.int32, copy=False)
    levels: list[tuple[Ints, Ints]] = []  # the places of runs, and their ancestors at this level
    place, above = np.arange(len(runs)), parent.take(runs)
    met = np.full(len(runs), -1, dtype=np.int32)
    has_circle, asked_again = False, 1
    while True:
        is_there = above >= 0
        # As R. P. Brent, "An improved Monte Carlo factorization algorithm" (1980), finds a circle.
        is_met = above == met[place]
        has_circle = has_circle or bool((is_met & is_there).any())
        goes_on = is_there & ~is_met
        place, above = place[goes_on], above[goes_on]
        if not len(place):
            break
        levels.append((place, above))
        if len(levels) == asked_again:
            met[place], asked_again = above, 2 * asked_again
        above = parent.take(above)
    counts = np.zeros(len(runs), dtype=np.int64)
    for places, _ in levels:
        counts[places] += 1
    ends = counts.cumsum()
    starts = ends - counts
    ancestor = np.empty(int(counts.sum()), dtype=np.int32)
    for level, (places, found) in enumerate(levels):
        ancestor[starts[places] + level] = found
    if has_circle:
        owner = np.arange(len(runs)).repeat(counts)
        _, first = np.unique(owner * len(parent) + ancestor, return_index=True)
        first.sort()
        ancestor = ancestor[first]
        offsets = RaggedOffsets.of_owners(owner[first], len(runs))
        return offsets, ancestor
    return RaggedOffsets(starts, ends), ancestor


def _values(data: Data, statement: str) -> dict[str, Ints]:
    return {name: values for name, (values, _) in data.columns(statement).items()}
