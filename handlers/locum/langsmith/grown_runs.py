"""What is known of the runs of a dataset, of that before some were added or replaced: their order,
those of each project, its turns, and the runs below each run.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

import numpy as np

from locum.engine.change import Change
from locum.engine.data import Data, Parameters, extends
from locum.langsmith.run_index import run_index
from locum.langsmith.run_order import NO_START, RunOrder, run_order
from locum.langsmith.run_rows import Descendants, every_descendant, touched
from locum.langsmith.selection import Turns, runs_of_projects, turns_of_projects
from locum.stats.column_store import Ints
from locum.stats.growing import appended, relisted
from locum.stats.summary import items, marked

Key = tuple[str, str]  # a tenant, and the id of a project


@extends(run_order)
def extended_order(before: RunOrder, data: Data, change: Change) -> RunOrder:
    """Return the order of all runs, of that before the change. Where what is added begins after all
    others, it is put behind them; else the arrays are copied."""
    runs, parameters = change.of("runs"), Parameters()
    found = data.rows(
        f"SELECT coalesce(start_us, {NO_START}), id, run FROM runs "
        f"WHERE {touched(runs, 'run', parameters)}",
        parameters,
    )
    size = len(before.runs)
    placed = sorted(
        (start, id_, run)
        for start, id_, run in found
        if run >= size or before.starts[before.rank[run]] != start
    )
    if not placed:
        return before
    gone = before.rank[[run for *_, run in placed if run < size]]
    kept_runs, starts = np.delete(before.runs, gone), np.delete(before.starts, gone)
    if not len(gone):
        kept_runs, starts = before.runs, before.starts
    places = _places(data, kept_runs, starts, [(start, id_) for start, id_, _ in placed])
    new_runs = np.array([run for *_, run in placed], dtype=before.runs.dtype)
    new_starts = np.array([start for start, *_ in placed], dtype=before.starts.dtype)
    if places[0] == size and not len(gone):
        ranks = np.empty_like(new_runs)
        ranks[new_runs - size] = np.arange(size, size + len(new_runs))
        return RunOrder(
            appended(before.runs, new_runs),
            appended(before.starts, new_starts),
            appended(before.rank, ranks),
        )
    in_order = np.insert(kept_runs, places, new_runs)
    first = min([places[0], *gone.tolist()])
    rank = np.empty_like(in_order)
    rank[: len(before.rank)] = before.rank
    rank[in_order[first:]] = np.arange(first, len(in_order))
    return RunOrder(in_order, np.insert(starts, places, new_starts), rank)


def _places(data: Data, runs: Ints, starts: Ints, keys: list[tuple[int, str]]) -> list[int]:
    """Before which of the runs in order others come, by start and id, whose ids are read where some
    begin together."""
    begun = np.array([start for start, _ in keys], dtype=starts.dtype)
    first, last = starts.searchsorted(begun, "left"), starts.searchsorted(begun, "right")
    tied = {run for a, b in zip(first, last, strict=True) if a < b for run in runs[a:b].tolist()}
    id_of: dict[int, str] = {}
    if tied:
        statement = "SELECT run, id FROM runs WHERE run IN (SELECT unnest(CAST($r AS INTEGER[])))"
        id_of = dict(data.rows(statement, r=sorted(tied)))
    return [
        bisect_left(range(a, b), id_, key=lambda place: id_of[int(runs[place])]) + a
        for a, b, (_, id_) in zip(first.tolist(), last.tolist(), keys, strict=True)
    ]


@extends(runs_of_projects)
def extended_projects(before: dict[Key, Ints], data: Data, change: Change) -> dict[Key, Ints]:
    """Return the runs of each project, of those before the change."""
    runs, parameters = change.of("runs"), Parameters()
    rows = data.rows(
        "SELECT run, tenant_id, lower(session_id) FROM runs "
        f"WHERE {touched(runs, 'run', parameters)} ORDER BY run",
        parameters,
    )
    of_keys: dict[Key, list[int]] = {}
    for run, tenant, project in rows:
        of_keys.setdefault((tenant, project), []).append(run)
    is_changed = set(runs.changed)
    found = dict(before)
    moved = {
        run: key
        for key, numbers in of_keys.items()
        for run in numbers
        if run in is_changed and not _has(before.get(key), run)
    }
    if moved:
        for key, of_it in before.items():
            gone = [run for run in moved if _has(of_it, run)]
            if gone:
                found[key] = of_it[~np.isin(of_it, gone)]
    for key, numbers in of_keys.items():
        own = found.get(key, np.array([], dtype=np.intp))
        came = np.array([run for run in numbers if moved.get(run) == key], dtype=np.intp)
        added = np.array([run for run in numbers if run in runs.added], dtype=np.intp)
        if len(came):
            own = np.sort(np.concatenate((own, came)))
        found[key] = appended(own, added) if len(added) else own
    return {key: of_it for key, of_it in found.items() if len(of_it)}


def _has(runs: Ints | None, run: int) -> bool:
    if runs is None:
        return False
    place = int(runs.searchsorted(run))
    return place < len(runs) and int(runs[place]) == run


@extends(turns_of_projects)
def extended_turns(before: dict[Key, Turns], data: Data, change: Change) -> dict[Key, Turns]:
    """Return the turns of each project, of those before the change: a project's are copied where
    any of them is another."""
    runs, parameters = change.of("runs"), Parameters()
    rows = data.rows(
        "SELECT tenant_id, session_id, run, start_us FROM runs WHERE is_root "
        f"AND thread_id IS NOT NULL AND {touched(runs, 'run', parameters)}",
        parameters,
    )
    new: dict[Key, list[tuple[int, int | None]]] = {}
    for tenant, project, run, start in rows:
        new.setdefault((tenant, project), []).append((run, start))
    found = dict(before)
    size = 1 + max((int(turns.runs.max()) for turns in before.values()), default=0)
    is_changed = marked([run for run in runs.changed if run < size], size)
    for key in before if runs.changed else ():
        if is_changed[before[key].runs].any():
            new.setdefault(key, [])
    for key, added in new.items():
        turns = before.get(key)
        old = np.array([], dtype=np.int64) if turns is None else turns.runs
        starts = np.array([] if turns is None else turns.starts, dtype=np.int64)
        is_kept = ~is_changed[old]
        every = np.concatenate((old[is_kept], np.array([run for run, _ in added], dtype=np.int64)))
        begun = np.concatenate(
            (
                starts[is_kept[: len(starts)]],
                np.full(int(is_kept[len(starts) :].sum()), _NEVER),
                np.array(
                    [_NEVER if start is None else start for _, start in added], dtype=np.int64
                ),
            )
        )
        order = np.lexsort((every, begun))
        in_order = array("q")
        in_order.frombytes(begun[order][: int((begun != _NEVER).sum())].tobytes())
        if len(every):
            found[key] = Turns(every[order], in_order)
        else:
            del found[key]
    return found


_NEVER = 2**63 - 1  # after all times


@extends(every_descendant)
def extended_descendants(before: Descendants, data: Data, change: Change) -> Descendants:
    """Return the runs below each run, of those before the change."""
    above, order = data.once(run_index).columns.ancestors, data.once(run_order)
    runs = change.of("runs")
    size = len(above.parent)
    was = before.above.parent
    others = np.flatnonzero(above.parent[: len(was)] != was)
    changed = np.array(runs.changed, dtype=np.int64)
    added = np.arange(len(was), size)
    # The runs that lose or gain some below them, or in whose lists some have another place.
    _, lost = items(before.above.offsets, np.union1d(others, changed))
    _, gained = items(above.offsets, np.concatenate((others, changed, added)))
    is_owner = np.zeros(size + 1, dtype=np.bool_)  # the last one is that of no parent
    for owners in (before.above.ancestor.take(lost), above.ancestor.take(gained), added):
        is_owner[owners] = True
    owners = np.flatnonzero(is_owner)
    is_below = np.zeros(size, dtype=np.bool_)
    is_level = is_owner
    while True:
        level = np.flatnonzero(is_level[above.parent] & ~is_below)
        if not len(level):
            break
        is_below[level] = True
        is_level = np.zeros(size + 1, dtype=np.bool_)
        is_level[level] = True
    below = np.flatnonzero(is_below)
    counts, item = items(above.offsets, below)
    ancestor, run = above.ancestor.take(item), below.repeat(counts)
    is_of_owner = is_owner[ancestor]
    ancestor, run = ancestor[is_of_owner], run[is_of_owner]
    place = np.lexsort((order.rank.take(run), ancestor))
    of_each = np.bincount(owners.searchsorted(ancestor), minlength=len(owners))
    offsets, (descendant,) = relisted(
        before.offsets,
        (before.descendant,),
        owners,
        of_each,
        (run[place].astype(before.descendant.dtype),),
        size,
    )
    return Descendants(offsets, descendant, above)
