"""Rows of runs by number: their columns, and where they stand in their traces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from locum.engine.data import Data, Parameters
from locum.langsmith import timestamps as times
from locum.langsmith.run_index import RunIndex, run_index
from locum.langsmith.run_order import run_order
from locum.stats.column_store import Ints, RaggedOffsets
from locum.stats.summary import items, marked, measured

Row = Mapping[str, Any]  # the columns of a run, by name


def rows(data: Data, numbers: Sequence[int], columns: Sequence[str]) -> list[Row]:
    """Return those columns of the engine's table `runs`, a row for each number, in their order.

    Times are in microseconds, documents JSON texts, as the table has them.
    """
    found = {row["run"]: row for row in of_runs(data, numbers, "runs", ("run", *columns))}
    return [found[number] for number in numbers]


def of_runs(data: Data, numbers: Sequence[int], table: str, columns: Sequence[str]) -> list[Row]:
    """Return those columns of all rows of a table whose `run` is one of the numbers."""
    if not len(numbers):
        return []
    parameters = Parameters()
    first, last = parameters.add(min(numbers)), parameters.add(max(numbers))
    # No IN: it is a join, which takes longer for a few.
    statement = (
        f"SELECT {', '.join(columns)} FROM {table} WHERE run BETWEEN {first} AND {last} "
        f"AND list_contains(CAST({parameters.add(list(numbers))} AS INTEGER[]), run)"
    )
    return [dict(zip(columns, row, strict=True)) for row in data.rows(statement, parameters)]


def ids(data: Data, numbers: Iterable[int]) -> dict[int, str]:
    """Return the ids of the runs, by number."""
    found = of_runs(data, list(dict.fromkeys(numbers)), "runs", ("run", "id"))
    return {row["run"]: row["id"] for row in found}


def ancestors(index: RunIndex, numbers: Sequence[int]) -> list[list[int]]:
    """Return the numbers of the runs above each run: the root first, the parent last."""
    offsets = index.columns.ancestors.offsets
    counts, item = items(offsets, np.asarray(numbers, dtype=np.int64))
    above = index.columns.ancestors.ancestor.take(item)
    depth = offsets.ends.take(above) - offsets.starts.take(above)
    owner = np.arange(len(counts)).repeat(counts)
    return _split(above[np.lexsort((depth, owner))], counts)


def descendants(data: Data, numbers: Sequence[int]) -> list[list[int]]:
    """Return the numbers of all runs below each run, by start and id."""
    below = data.once(_descendants)
    counts, item = items(below.offsets, np.asarray(numbers, dtype=np.int64))
    return _split(below.descendant.take(item), counts)


def children(data: Data, numbers: Sequence[int]) -> list[list[int]]:
    """Return the numbers of the runs directly below each run, by start and id."""
    offsets = data.once(run_index).columns.ancestors.offsets
    depth = offsets.ends - offsets.starts
    return [
        [run for run in below if depth[run] == depth[number] + 1]
        for number, below in zip(numbers, descendants(data, numbers), strict=True)
    ]


@frozen(eq=False)
class _Descendants:
    """The runs below each run, a list for each."""

    offsets: RaggedOffsets
    descendant: Ints


def _descendants(data: Data) -> _Descendants:
    """Turn the lists of ancestors around."""
    above, order = data.once(run_index).columns.ancestors, data.once(run_order)
    owner = np.arange(len(order.rank), dtype=order.rank.dtype).repeat(
        above.offsets.ends - above.offsets.starts
    )
    place = np.lexsort((order.rank.take(owner), above.ancestor))
    offsets = RaggedOffsets.of_owners(above.ancestor[place], len(order.rank))
    return _Descendants(offsets, owner[place])


def _split(numbers: Ints, counts: Ints) -> list[list[int]]:
    found, ends = numbers.tolist(), counts.cumsum().tolist()
    return [found[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def trace_bounds(index: RunIndex, numbers: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """Return when the first and the last run of each run's trace began, in microseconds; None where
    none has a start."""
    trace_of_run = index.columns.ids["trace"]
    wanted = trace_of_run.take(np.asarray(numbers, dtype=np.int64)).tolist()
    starts: dict[int, list[int]] = {trace: [] for trace in wanted}
    of_them = np.flatnonzero(marked(list(starts), len(trace_of_run) + 1)[trace_of_run])
    start, is_known = measured(index.columns, "start_us", of_them)
    traces = trace_of_run[of_them][is_known]
    for trace, begun in zip(traces.tolist(), start[is_known].tolist(), strict=True):
        starts[trace].append(begun)
    return [
        (min(starts[trace], default=None), max(starts[trace], default=None)) for trace in wanted
    ]


@frozen
class Lineage:
    """Where a run stands: the ids of the runs above it, the root first, and its dotted_order."""

    parent_run_ids: list[str]
    dotted_order: str


def lineages(data: Data, numbers: Sequence[int]) -> list[Lineage]:
    """Return the lineage of each run.

    A dotted_order has a segment for each run from the root to the run itself, joined by dots: its
    start, without punctuation but the Z, and its id, as the SDKs make it. A run without a start is
    before all others, so it has the first time there is (our choice).
    """
    above = ancestors(data.once(run_index), numbers)
    wanted = list(dict.fromkeys([*numbers, *(run for runs in above for run in runs)]))
    order = data.once(run_order)
    id_of = ids(data, wanted)
    starts = order.starts.take(order.rank.take(np.array(wanted, dtype=np.int64))).tolist()
    segments = {run: segment(start, id_of[run]) for run, start in zip(wanted, starts, strict=True)}
    return [
        Lineage([id_of[run] for run in runs], ".".join(segments[run] for run in (*runs, number)))
        for number, runs in zip(numbers, above, strict=True)
    ]


_PUNCTUATION = str.maketrans("", "", "-:.")


def segment(start_us: int, run_id: str) -> str:
    """Return a run's part of a dotted_order."""
    text = times.text(start_us)
    assert text is not None  # noqa: S101 - as of every number
    return text.translate(_PUNCTUATION) + run_id


def source_runs(data: Data) -> frozenset[str]:
    """Read the ids of the runs that an example was made of; ask by `data.once(source_runs)`."""
    found = data.rows(
        "SELECT DISTINCT source_run_id FROM langsmith_examples WHERE source_run_id IS NOT NULL"
    )
    return frozenset(row[0] for row in found)


def datasets_of_examples(data: Data) -> dict[str, str]:
    """Read the dataset of each example, ids both; ask by `data.once(datasets_of_examples)`."""
    found = data.rows("SELECT id, dataset_id FROM langsmith_examples WHERE dataset_id IS NOT NULL")
    return dict(found)
