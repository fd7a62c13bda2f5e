"""Rows of runs by number: their columns, and where they stand in their traces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from attrs import frozen

from locum.engine.change import Change, Rows
from locum.engine.data import Data, Parameters, extends
from locum.langsmith import timestamps as times
from locum.langsmith.ingestion import dotted_orders
from locum.langsmith.ingestion.dotted_orders import Place
from locum.langsmith.run_index import RunIndex, run_index
from locum.langsmith.run_order import run_order
from locum.stats.column_store import Ancestors, Ints, RaggedOffsets
from locum.stats.summary import items, marked, measured

Row = Mapping[str, Any]  # the columns of a run, by name
Columns = Mapping[str, Sequence[Any]]  # those of many runs, each with a value for each run


def rows(data: Data, numbers: Sequence[int], names: Sequence[str]) -> list[Row]:
    """Return those columns of the engine's table `runs`, a row for each number, in their order.

    Times are in microseconds, documents JSON texts, as the table has them.
    """
    values = columns(data, numbers, names).values()
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def columns(data: Data, numbers: Sequence[int], names: Sequence[str]) -> Columns:
    """Return the same column by column: the values of each in the order of the numbers."""
    found = {row[0]: row for row in _read(data, numbers, "runs", ("run", *names))}
    in_order = list(zip(*map(found.__getitem__, numbers), strict=True))[1:]
    return dict(zip(names, in_order or [()] * len(names), strict=True))


def of_runs(data: Data, numbers: Sequence[int], table: str, names: Sequence[str]) -> list[Row]:
    """Return those columns of all rows of a table whose `run` is one of the numbers."""
    found = _read(data, numbers, table, names)
    return [dict(zip(names, row, strict=True)) for row in found]


def _read(data: Data, numbers: Sequence[int], table: str, names: Sequence[str]) -> list[Any]:
    if not len(numbers):
        return []
    first, last = min(numbers), max(numbers)
    bits = bytearray(b"0") * (last - first + 1)
    for number in numbers:
        bits[number - first] = ord("1")
    parameters = Parameters()
    start, end = parameters.add(first), parameters.add(last)
    # Neither IN nor list_contains: a row is looked up among a hundred in the time of one.
    statement = (
        f"SELECT {', '.join(names)} FROM {table} WHERE run BETWEEN {start} AND {end} "
        f"AND get_bit(CAST({parameters.add(bits.decode())} AS BIT), run - {start}) = 1"
    )
    return data.rows(statement, parameters)


def touched(rows: Rows, column: str, parameters: Parameters) -> str:
    """Return the condition that a row, whose number the column has, was added or changed."""
    if not (rows.added or rows.changed):
        return "FALSE"
    first, last = rows.added.start, rows.added.stop - 1
    if not rows.changed:
        return f"{column} BETWEEN {parameters.add(first)} AND {parameters.add(last)}"
    numbers = parameters.add([*rows.changed, *rows.added])
    return f"{column} IN (SELECT unnest(CAST({numbers} AS INTEGER[])))"


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
    below = data.once(every_descendant)
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
class Descendants:
    """The runs below each run, a list for each, by start and id; and those above, of which they
    were made."""

    offsets: RaggedOffsets
    descendant: Ints
    above: Ancestors


def every_descendant(data: Data) -> Descendants:
    """Turn the lists of ancestors around; ask for them by `data.once(every_descendant)`."""
    above, order = data.once(run_index).columns.ancestors, data.once(run_order)
    counts, item = items(above.offsets, np.arange(len(order.rank)))
    ancestor = above.ancestor.take(item)
    owner = np.arange(len(order.rank), dtype=order.rank.dtype).repeat(counts)
    place = np.lexsort((order.rank.take(owner), ancestor))
    offsets = RaggedOffsets.of_owners(ancestor[place], len(order.rank))
    return Descendants(offsets, owner[place], above)


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


def lineages(
    data: Data,
    numbers: Sequence[int],
    known: Mapping[int, str] = MappingProxyType({}),
    sent: Sequence[str | None] | None = None,
) -> list[Lineage]:
    """Return the lineage of each run; ids that are `known` by number are not read again, nor are
    the dotted_orders as they were `sent`.

    One that was sent is shown, and tells who is above: one of those may be unknown. Another
    dotted_order has a segment for each run from the root to the run itself, joined by dots: its
    start, without punctuation but the Z, and its id, as the SDKs make it. A run without a start is
    before all others, so it has the first time there is (our choice).
    """
    if sent is None and not data.once(_has_sent_orders):
        sent = [None] * len(numbers)
    orders = columns(data, numbers, ["dotted_order"])["dotted_order"] if sent is None else sent
    told = {
        number: Lineage(list(place.ancestors), place.dotted_order)
        for number, order in zip(numbers, orders, strict=True)
        if order is not None and (place := _place(order)) is not None
    }
    made = _made(data, [number for number in numbers if number not in told], known)
    return [told.get(number) or made[number] for number in numbers]


def _has_sent_orders(data: Data) -> bool:
    return bool(data.rows("SELECT 1 FROM runs WHERE dotted_order IS NOT NULL LIMIT 1"))


def _place(dotted_order: str) -> Place | None:
    """The place that a dotted_order tells; None where somebody has written another text."""
    try:
        return dotted_orders.read(dotted_order)
    except ValueError:
        return None


def _made(data: Data, numbers: Sequence[int], known: Mapping[int, str]) -> dict[int, Lineage]:
    if not numbers:
        return {}
    above = ancestors(data.once(run_index), numbers)
    wanted = list(dict.fromkeys([*numbers, *(run for runs in above for run in runs)]))
    missing = [run for run in wanted if run not in known]
    id_of = {**known, **(ids(data, missing) if missing else {})}
    order = data.once(run_order)
    starts = order.starts.take(order.rank.take(np.array(wanted, dtype=np.int64))).tolist()
    segments = {
        run: segment(start, id_of[run])
        for run, start in zip(wanted, times.texts(starts), strict=True)
    }
    return {
        number: Lineage(
            [id_of[run] for run in runs], ".".join(segments[run] for run in (*runs, number))
        )
        for number, runs in zip(numbers, above, strict=True)
    }


_PUNCTUATION = str.maketrans("", "", "-:.")


def segment(start: str | None, run_id: str) -> str:
    """Return a run's part of a dotted_order, of its start as a text."""
    return (start or "").translate(_PUNCTUATION) + run_id


def source_runs(data: Data) -> frozenset[str]:
    """Read the ids of the runs that an example was made of; ask by `data.once(source_runs)`."""
    return _sources(data, "TRUE", Parameters())


def _sources(data: Data, condition: str, parameters: Parameters) -> frozenset[str]:
    found = data.rows(
        "SELECT DISTINCT source_run_id FROM langsmith_examples "
        f"WHERE source_run_id IS NOT NULL AND {condition}",
        parameters,
    )
    return frozenset(row[0] for row in found)


@extends(source_runs)
def _more_sources(before: frozenset[str], data: Data, change: Change) -> frozenset[str]:
    rows, parameters = change.of("langsmith_examples"), Parameters()
    if rows.changed:
        return source_runs(data)
    return before | _sources(data, touched(rows, "row", parameters), parameters)


def datasets_of_examples(data: Data) -> dict[str, str]:
    """Read the dataset of each example, ids both; ask by `data.once(datasets_of_examples)`."""
    return _datasets(data, "TRUE", Parameters())


def _datasets(data: Data, condition: str, parameters: Parameters) -> dict[str, str]:
    found = data.rows(
        "SELECT id, dataset_id FROM langsmith_examples "
        f"WHERE dataset_id IS NOT NULL AND {condition}",
        parameters,
    )
    return dict(found)


@extends(datasets_of_examples)
def _more_datasets(before: dict[str, str], data: Data, change: Change) -> dict[str, str]:
    rows, parameters = change.of("langsmith_examples"), Parameters()
    if rows.changed:
        return datasets_of_examples(data)
    return before | _datasets(data, touched(rows, "row", parameters), parameters)
