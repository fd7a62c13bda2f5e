"""Runs that are rows already, as one request asks for them: each is looked up once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from locum.langsmith.ingestion import dotted_orders, fields
from locum.langsmith.ingestion.dotted_orders import Place

Row = Mapping[str, Any]
Find = Callable[[Collection[str]], Mapping[str, Row]]
"""Gives the rows of runs by id as they are now, of any tenant; those that are not there it leaves
out. Times are ISO-8601 texts, JSON columns values."""

_FIRST = "0001-01-01T00:00:00.000000Z"  # where a dataset's own run has no start


class Stored:
    """The rows of runs, for one tenant, and where they stand."""

    def __init__(self, tenant: str, find: Find) -> None:
        self._tenant, self._find = tenant, find
        self._found: dict[str, Row | None] = {}  # what was asked for
        self._places: dict[str, Place] = {}  # by dotted_order

    def load(self, ids: Iterable[str]) -> None:
        """Look up all of these at once."""
        missing = dict.fromkeys(run_id for run_id in ids if run_id not in self._found)
        if missing:
            found = self._find(missing.keys())
            for run_id in missing:
                self._found[run_id] = found.get(run_id)

    def rows(self, ids: Collection[str]) -> dict[str, Row]:
        """Return the rows of those of these runs that are there, whoever's they are: a `Find` that
        looks none up again."""
        self.load(ids)
        return {run_id: row for run_id in ids if (row := self._found[run_id]) is not None}

    def anybodys(self, run_id: str) -> Row | None:
        """Return the row of a run, whoever's it is; None where there is none."""
        if run_id not in self._found:
            self.load((run_id,))
        return self._found[run_id]

    def row(self, run_id: str) -> Row | None:
        """Return the row of one of the tenant's runs, None where it has none."""
        row = self.anybodys(run_id)
        return row if row is not None and row.get("tenant_id") == self._tenant else None

    def place_of(self, dotted_order: str) -> Place:
        """Return the place that a dotted_order tells. Raises ValueError."""
        if (place := self._places.get(dotted_order)) is None:
            place = self._places[dotted_order] = dotted_orders.read(dotted_order)
        return place

    def place_of_row(self, row: Row) -> Place:
        """Return the place of a row: a dataset's own has none written down, and stands where its
        parents and starts say."""
        path: list[Row] = []
        at: Row | None = row
        seen: set[str] = set()
        while at is not None and at.get("dotted_order") is None and at["id"] not in seen:
            seen.add(at["id"])
            path.append(at)
            parent = at.get("parent_run_id")
            at = None if parent is None else self.row(parent)
        place = None
        if at is not None and at.get("dotted_order") is not None:
            place = self.place_of(at["dotted_order"])
        for each in reversed(path):
            start = fields.time(each.get("start_time") or _FIRST)
            part = dotted_orders.own_part(start, each["id"])
            place = dotted_orders.of_root(part) if place is None else place.below(part)
        return place if place is not None else self.place_of(row["dotted_order"])
