"""The index of runs, of that before some were added or replaced: columns, then what runs are
counted by. It costs what is added, and copies of arrays where what was there changes; nothing is
read of the rows that are as they were, but their ids, once (`run_links`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from attrs import evolve

from locum.engine.change import Change, Rows
from locum.engine.data import Data, Parameters, extends
from locum.langsmith import grown_facets
from locum.langsmith.run_index import (
    DETAILS,
    FLAGS,
    MEASURES,
    OF_FAILED_TRACE,
    RunIndex,
    climb,
    run_index,
)
from locum.langsmith.run_links import Links, Lookup
from locum.langsmith.run_rows import touched
from locum.stats.column_store import (
    HAS_ANCESTOR,
    Ancestors,
    Array,
    Columns,
    Details,
    Flags,
    FlagSets,
    Ints,
    Measures,
    magnitude,
)
from locum.stats.growing import changed, moved, relisted, renumbered, widened
from locum.stats.summary import are_true, marked

_MOST_TOUCHED = 0.5  # of all runs: of more, all are read as fast


@extends(run_index)
def extended(before: RunIndex, data: Data, change: Change) -> RunIndex:
    """Return the index of the data, of that before the change."""
    runs, feedback = change.of("runs"), change.of("feedback")
    size = len(before.columns.ancestors.parent)
    end = runs.added.stop if runs.added else size
    counted = len(before.feedback.run_of_feedback)
    follows = (not runs.added or runs.added.start == size) and (
        not feedback.added or feedback.added.start == counted + 1
    )
    if not follows or len(runs.added) + len(runs.changed) > end * _MOST_TOUCHED:
        return run_index(data)
    columns, links = before.columns, before.links
    if runs != Rows():
        columns, links = _columns(before, data, runs, end)
    facets, of_feedback = grown_facets.extended(
        before.facets, before.feedback, data, runs, feedback, end
    )
    return RunIndex(columns, facets, of_feedback, links)


Read = Mapping[str, tuple[Array, Flags | None]]
_HASHES = {
    "id": "hash(id)",
    "parent": "if(parent_run_id IS NULL, NULL, hash(parent_run_id))",
    "trace": "if(trace_id IS NULL OR tenant_id IS NULL, NULL, hash(tenant_id, trace_id))",
    "thread": "if(thread_id IS NULL, NULL, hash(thread_id))",
}
_HASHED = ", ".join(f"{expression} AS {name}" for name, expression in _HASHES.items())
_FLAGS = ", ".join(f"{expression} AS {name}" for name, expression in FLAGS.items())


def _columns(before: RunIndex, data: Data, runs: Rows, size: int) -> tuple[Columns, Links | None]:
    parameters = Parameters()
    read = data.columns(
        f"SELECT run, {', '.join(MEASURES)}, {_FLAGS}, {_HASHED} FROM runs "
        f"WHERE {touched(runs, 'run', parameters)} ORDER BY run",
        parameters,
    )
    numbers = read["run"][0].astype(np.int64)
    old = before.columns
    links = before.links or _links(old, data, runs)
    links = evolve(links, runs=_with_runs(links.runs, read["id"][0], numbers))
    links, parents, affected = _parents(old.ancestors, links, read, numbers, size)
    trace, traces = _named(old.ids["trace"], links.traces, read["trace"], numbers, size)
    thread, threads = _named(old.ids["thread"], links.threads, read["thread"], numbers, size)
    touch = _Touched(numbers, affected, _members(old.ids["trace"], trace, numbers))
    above, ancestor = climb(parents, affected)
    offsets, (ancestor,) = relisted(
        old.ancestors.offsets,
        (old.ancestors.ancestor,),
        affected,
        above.ends - above.starts,
        (ancestor,),
        size,
    )
    columns = Columns(
        measures=_measures(old, read, numbers, size),
        flags=_flags(old.flags, read, touch, parents, trace, size),
        ids={"trace": trace, "thread": thread},
        ancestors=Ancestors(offsets, ancestor, parents),
        details=_details(old.details, data, runs, numbers, size),
    )
    top = max(int(trace.max(initial=0)), int(thread.max(initial=0)))
    if top > size:  # where traces have lost their runs: a number is at most that of runs
        ids = {"trace": _without_gaps(trace), "thread": _without_gaps(thread)}
        return evolve(columns, ids=ids), None
    return columns, evolve(links, traces=traces, threads=threads)


def _without_gaps(numbers: Ints) -> Ints:
    without: Ints = np.unique(np.append(0, numbers), return_inverse=True)[1]
    return without[1:]


def _links(old: Columns, data: Data, runs: Rows) -> Links:
    """Read who is who among the runs that are as they were."""
    size = len(old.ancestors.parent)
    read = data.columns(f"SELECT {_HASHED} FROM runs WHERE run < $size ORDER BY run", size=size)
    is_same = ~marked(list(runs.changed), size)
    (parent, names_one), (ids, _) = read["parent"], read["id"]
    is_orphan = is_same & (old.ancestors.parent < 0)
    if names_one is not None:
        is_orphan &= names_one
    lookups = {}
    for name in ("trace", "thread"):
        hashes, is_known = read[name]
        chosen = is_same if is_known is None else is_same & is_known
        found, first = np.unique(hashes[chosen], return_index=True)
        nothing = found[:0]
        numbers = old.ids[name][chosen][first]
        lookups[name] = Lookup(found, numbers, nothing, numbers[:0])
    return Links(
        runs=Lookup.of(ids, np.arange(size)),
        traces=lookups["trace"],
        threads=lookups["thread"],
        orphans=is_orphan.nonzero()[0],
        missing_parents=parent[is_orphan],
    )


def _with_runs(runs: Lookup, hashes: Ints, numbers: Ints) -> Lookup:
    is_new = runs.find(hashes) < 0
    return runs.also(hashes[is_new], numbers[is_new])


def _parents(
    old: Ancestors, links: Links, read: Read, numbers: Ints, size: int
) -> tuple[Links, Ints, Ints]:
    """The parents of all runs, and those, ascending, whose ancestors are others than before: what
    is new, what has another parent, children that came before their parent, and all below these."""
    hashes, names_one = read["parent"]
    has_parent = np.ones(len(numbers), dtype=np.bool_) if names_one is None else names_one
    parent = np.where(has_parent, links.runs.find(hashes), -1)
    # Orphans that are touched tell their parents anew; the parents of others may have come.
    stays = ~np.isin(links.orphans, numbers)
    orphans, missing = links.orphans[stays], links.missing_parents[stays]
    came = links.runs.find(missing)
    is_found = came >= 0
    is_orphan = has_parent & (parent < 0)
    links = evolve(
        links,
        orphans=np.concatenate((orphans[~is_found], numbers[is_orphan])),
        missing_parents=np.concatenate((missing[~is_found], hashes[is_orphan])),
    )
    children = np.concatenate((numbers, orphans[is_found]))
    found = np.concatenate((parent, came[is_found]))
    order = np.argsort(children)
    children, found = children[order], found[order]
    is_old = children < len(old.parent)
    others = children[is_old][old.parent[children[is_old]] != found[is_old]]
    parents = changed(old.parent, children, found.astype(old.parent.dtype), size)
    affected = [children[~is_old], others]
    is_affected = np.zeros(size + 1, dtype=np.bool_)  # the last one is that of no parent
    level = np.concatenate(affected)
    is_affected[level] = True
    while len(others) and len(level):
        is_level = np.zeros(size + 1, dtype=np.bool_)
        is_level[level] = True
        below = np.flatnonzero(is_level[parents])
        level = below[~is_affected[below]]
        is_affected[level] = True
    return links, parents, np.flatnonzero(is_affected)


def _named(
    old: Ints, lookup: Lookup, column: tuple[Array, Flags | None], numbers: Ints, size: int
) -> tuple[Ints, Lookup]:
    """The numbers of the traces, or threads, that all runs are of, 0 where one is of none."""
    hashes, is_known = column
    found = lookup.find(hashes)
    is_new = found < 0 if is_known is None else (found < 0) & is_known
    fresh, place = np.unique(hashes[is_new], return_inverse=True)
    first = max(int(old.max(initial=0)), int(lookup.most)) + 1
    found[is_new] = first + place
    if is_known is not None:
        found[~is_known] = 0
    lookup = lookup.also(fresh, np.arange(first, first + len(fresh)))
    return changed(old, numbers, found.astype(old.dtype), size), lookup


def _members(old: Ints, trace: Ints, numbers: Ints) -> Ints:
    """The runs of all traces that these runs are of, or were."""
    before = old[numbers[numbers < len(old)]]
    traces = np.concatenate((trace[numbers], before))
    top = max(int(trace.max(initial=0)), int(before.max(initial=0)))
    is_touched = marked(traces, top + 1)
    is_touched[0] = False  # which is no trace
    return np.flatnonzero(is_touched[trace])


class _Touched(NamedTuple):
    """The numbers of runs, ascending: those that were read, those whose ancestors are others than
    before, and those of their traces."""

    read: Ints
    affected: Ints
    members: Ints


def _measures(old: Columns, read: Read, numbers: Ints, size: int) -> Measures:
    measures, width = old.measures, len(old.flags.flag_set)
    rows, fills = measures.values, list(measures.null_fill)
    magnitudes = list(measures.magnitudes)
    values = np.empty((len(rows), len(numbers)), dtype=rows.dtype)
    is_copied = False
    for name, row in measures.rows.items():
        column, is_known = read[name]
        known = column if is_known is None else column[is_known]
        most = int(np.max(known, initial=0))
        if most > fills[row]:
            fills[row] = min(2 * most, int(np.iinfo(rows.dtype).max))  # so that it seldom is again
            is_null = ~are_true(old.flags, name, np.arange(width))
            if is_null.any():
                if not is_copied:
                    rows, is_copied = rows[:, :width].copy(), True
                np.putmask(rows[row, :width], is_null, fills[row])
                magnitudes[row] = magnitude(rows[row, :width])
        values[row] = column
        if is_known is not None:
            np.putmask(values[row], ~is_known, fills[row])
        magnitudes[row] += magnitude(values[row])
    return Measures(measures.rows, widened(rows, width, numbers, values, size), fills, magnitudes)


def _flags(
    old: FlagSets, read: Read, touch: _Touched, parents: Ints, trace: Ints, size: int
) -> FlagSets:
    place = {name: 1 << place for place, name in enumerate(old.names)}
    bits_of_set = (old.flag_sets @ (1 << np.arange(len(old.names)))).astype(np.uint32)
    runs = np.union1d(np.union1d(touch.read, touch.affected), touch.members)
    bits = np.zeros(len(runs), dtype=np.uint32)
    is_old = runs < len(old.flag_set)
    bits[is_old] = bits_of_set[old.flag_set[runs[is_old]]]
    own = np.zeros(len(touch.read), dtype=np.uint32)
    for name in (*FLAGS, *MEASURES):
        value, is_known = read[name]
        is_true = value.astype(np.bool_) if name in FLAGS else is_known
        own |= np.uint32(place[name]) if is_true is None else place[name] * is_true.astype("u4")
    bits[runs.searchsorted(touch.read)] = own

    def put(name: str, is_true: Flags, among: Flags) -> None:
        flag = np.uint32(place[name])
        bits[among] = np.where(is_true, bits | flag, bits & ~flag)[among]

    put(HAS_ANCESTOR, parents[runs] >= 0, np.ones(len(runs), dtype=np.bool_))
    is_error, traces = (bits & place["is_error"]) > 0, trace[runs]
    has_failed = marked(traces[is_error], int(trace.max(initial=0)) + 1)
    has_failed[0] = False  # which is no trace
    is_whole = (traces == 0) | marked(touch.members, size)[runs]  # all of its runs are here
    put(OF_FAILED_TRACE, is_error | has_failed[traces], is_whole)
    found, number = np.unique(bits, return_inverse=True)
    fresh = found[~np.isin(found, bits_of_set)]
    every = np.concatenate((bits_of_set, fresh))
    order = np.argsort(every)
    numbers = order[every[order].searchsorted(found)][number]
    return FlagSets(
        old.names,
        changed(old.flag_set, runs, numbers.astype(old.flag_set.dtype), size),
        every[:, np.newaxis] >> np.arange(len(old.names)) & 1,
    )


def _details(old: Details, data: Data, runs: Rows, numbers: Ints, size: int) -> Details:
    parameters = Parameters()
    maps = data.rows(
        f"SELECT run, {', '.join(DETAILS)} FROM runs WHERE {touched(runs, 'run', parameters)} "
        f"AND {' + '.join(f'cardinality({kind})' for kind in DETAILS)} > 0 ORDER BY run",
        parameters,
    )
    rows = [
        (run, kind, category, amount)
        for run, *of_run in maps
        for kind, amounts in zip(DETAILS, of_run, strict=True)
        for category, amount in sorted(amounts.items())
        if amount is not None
    ]
    found = {(kind, category) for _, kind, category, _ in rows}
    fresh = sorted(found.difference(old.categories))
    categories = sorted([*old.categories, *fresh])
    number = {category: number for number, category in enumerate(categories)}
    category = old.category
    if fresh:
        places = [number[each] - place for place, each in enumerate(fresh)]
        category = renumbered(category, moved(len(old.categories), places))
    owners = numbers.searchsorted(np.array([row[0] for row in rows], dtype=np.int64))
    counts = np.bincount(owners, minlength=len(numbers))
    amounts = np.array([row[3] for row in rows], dtype=old.amount.dtype)
    codes = np.array([number[row[1], row[2]] for row in rows], dtype=category.dtype)
    offsets, (category, amount) = relisted(
        old.offsets, (category, old.amount), numbers, counts, (codes, amounts), size
    )
    return Details(
        offsets=offsets,
        category=category,
        amount=amount,
        magnitude=old.magnitude + magnitude(amounts),
        categories=categories,
    )
