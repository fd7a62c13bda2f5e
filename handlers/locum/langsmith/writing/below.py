"""What runs use below others: of those whose parents are in no file, it is to be added to these
when they come; and what is deleted is no longer reported above it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import orjson
from attrs import frozen

from locum.engine.data import Data, Parameters
from locum.engine.transactions import Transaction
from locum.langsmith.ingestion import dotted_orders
from locum.langsmith.ingestion.pending import Pending
from locum.langsmith.ingestion.reported import Reported
from locum.langsmith.tables import USAGE, USAGE_DETAILS
from locum.langsmith.writing import rows

_PLACE = ("id", "parent_run_id", "dotted_order")
_DOCUMENTS = (*USAGE_DETAILS, "usage")
_NAMES = (*_PLACE, *USAGE, *_DOCUMENTS)
_COLUMNS = (*_PLACE, *USAGE, *(f"CAST(to_json({name}) AS VARCHAR)" for name in _DOCUMENTS))
_REPORTED = frozenset((*USAGE, *_DOCUMENTS))


@frozen
class _Run:
    """A run: the ids of those above as far as it tells them, from the parent up, and what it
    reports."""

    id: str
    above: tuple[str, ...]
    reported: Reported


def below_missing(transaction: Transaction, tenant: str) -> dict[str, Reported]:
    """Return what the tenant's runs use below each run that they name and that is not there, by its
    id. A run reports for all that are below it, so it is added to those above that are missing, up
    to the next that is there."""
    condition = (
        "parent_run_id IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM runs AS above WHERE above.id = runs.parent_run_id)"
    )
    orphans = [*_runs(transaction.data, tenant, condition, Parameters())]
    there = _there(transaction.data, {run_id for each in orphans for run_id in each.above})
    found: dict[str, Reported] = {}
    for each in orphans:
        for run_id in each.above:
            if run_id in there:
                break
            found.setdefault(run_id, Reported()).add_all(each.reported)
    return found


def take_back(
    transaction: Transaction, tenant: str, pending: Pending, numbers: Collection[int]
) -> None:
    """Have the runs above the tenant's of these numbers, which are to be deleted, report no longer
    what these use. One that comes again reports what is below it still."""
    parameters = Parameters()
    chosen = f"list_contains(CAST({parameters.add([*numbers])} AS INTEGER[]), run)"
    deleted = {each.id: each for each in _runs(transaction.data, tenant, chosen, parameters)}
    above = {run_id for each in deleted.values() for run_id in each.above} - deleted.keys()
    there = rows.found(transaction, rows.RUNS, above)
    found = {each.id: each.reported for each in deleted.values()}
    found |= {run_id: Reported.of_row(row) for run_id, row in there.items()}
    for run_id in above - there.keys():
        if (kept := pending.below.get(run_id)) is not None:
            found[run_id] = Reported({}, dict(kept.below), dict(kept.counts))
    for each in deleted.values():
        for run_id in each.above:
            if run_id in found:
                found[run_id].remove(each.reported.own)
    for run_id, reported in found.items():
        if run_id in there:
            kept_columns = {k: v for k, v in there[run_id].items() if k not in _REPORTED}
            transaction.put(rows.RUNS, [kept_columns | reported.columns(run_id)])
        elif reported.counts:
            pending.below[run_id] = Reported({}, reported.below, reported.counts)
        else:
            pending.below.pop(run_id, None)


def _runs(data: Data, tenant: str, condition: str, parameters: Parameters) -> Iterator[_Run]:
    statement = (
        f"SELECT {', '.join(_COLUMNS)} FROM runs "
        f"WHERE tenant_id = {parameters.add(tenant)} AND {condition}"
    )
    for columns in data.rows(statement, parameters):
        row: dict[str, Any] = dict(zip(_NAMES, columns, strict=True))
        row |= {name: orjson.loads(row[name]) for name in _DOCUMENTS if row[name] is not None}
        yield _Run(row["id"], _above(row), Reported.of_row(row))


def _above(row: dict[str, Any]) -> tuple[str, ...]:
    try:
        place = dotted_orders.read(row["dotted_order"] or "")
    except ValueError:  # a file may say nothing, or another text
        return () if row["parent_run_id"] is None else (row["parent_run_id"],)
    return place.ancestors[::-1]


def _there(data: Data, ids: Iterable[str]) -> set[str]:
    parameters = Parameters()
    among = parameters.list([*ids])
    return {id_ for (id_,) in data.rows(f"SELECT id FROM runs WHERE id IN ({among})", parameters)}
