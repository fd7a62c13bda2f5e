"""What runs use whose parents are in no file: it is to be added to these when they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from locum.engine.data import Data, Parameters
from locum.langsmith.ingestion import dotted_orders
from locum.langsmith.ingestion.reported import Reported
from locum.langsmith.tables import USAGE, USAGE_DETAILS

_COLUMNS = (
    "parent_run_id",
    "dotted_order",
    *USAGE,
    *(f"CAST(to_json({name}) AS VARCHAR)" for name in (*USAGE_DETAILS, "usage")),
)
_NAMES = ("parent_run_id", "dotted_order", *USAGE, *USAGE_DETAILS, "usage")
_DOCUMENTS = (*USAGE_DETAILS, "usage")


def below_missing(data: Data, tenant: str) -> dict[str, Reported]:
    """Return what the tenant's runs use below each run that they name and that is not there, by its
    id. A run reports for all that are below it, so it is added to those above that are missing, up
    to the next that is there."""
    orphans = list(_orphans(data, tenant))
    there = _there(data, {run_id for above, _ in orphans for run_id in above})
    found: dict[str, Reported] = {}
    for above, reported in orphans:
        for run_id in above:
            if run_id in there:
                break
            found.setdefault(run_id, Reported()).add_all(reported)
    return found


def _orphans(data: Data, tenant: str) -> Iterator[tuple[tuple[str, ...], Reported]]:
    """Give those that report something: the ids of the runs above as far as they are known, from
    the parent up, and what is reported."""
    statement = (
        f"SELECT {', '.join(_COLUMNS)} FROM runs WHERE tenant_id = $tenant "
        "AND parent_run_id IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM runs AS above WHERE above.id = runs.parent_run_id)"
    )
    for columns in data.rows(statement, tenant=tenant):
        row: dict[str, Any] = dict(zip(_NAMES, columns, strict=True))
        row |= {name: orjson.loads(row[name]) for name in _DOCUMENTS if row[name] is not None}
        reported = Reported.of_row(row)
        if reported.own or reported.below:
            yield _above(row), reported


def _above(row: dict[str, Any]) -> tuple[str, ...]:
    try:
        place = dotted_orders.read(row["dotted_order"] or "")
    except ValueError:  # a file may say nothing, or another text
        return (row["parent_run_id"],)
    return place.ancestors[::-1]


def _there(data: Data, ids: Iterable[str]) -> set[str]:
    parameters = Parameters()
    among = parameters.list([*ids])
    return {id_ for (id_,) in data.rows(f"SELECT id FROM runs WHERE id IN ({among})", parameters)}
