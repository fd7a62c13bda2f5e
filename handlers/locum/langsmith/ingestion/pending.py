"""What has come of a tenant's runs and is in no row, and what a request changes.

What a run of the table was is in its row. Kept beside the table is only what is in no row yet: runs
of which too little is known, what is to be added to runs that have not come, and who waits for a
parent's place.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, TypeVar

from attrs import define, field, frozen

from locum.langsmith.ingestion.merging import MergedRun, Outcome
from locum.langsmith.ingestion.reported import Reported

T = TypeVar("T")


@define
class Pending:
    """A tenant's: `incomplete` runs by id; `below`, what the runs below one that is not in the
    table use, by its id; and `children`, the ids of those that wait for the place of a run, by its
    id."""

    incomplete: MutableMapping[str, MergedRun] = field(factory=dict)
    below: MutableMapping[str, Reported] = field(factory=dict)
    children: MutableMapping[str, frozenset[str]] = field(factory=dict)


@frozen
class Ingested:
    """What becomes of the payloads of a request: the rows to put, new ones and those that change,
    and the outcome of each payload that was taken, in their order; `refused` tells why the others
    were not, by their runs' ids. `keep` is to be called when the rows were put; without it nothing
    has happened."""

    rows: list[dict[str, Any]]
    outcomes: list[Outcome]
    _pending: Pending
    _incomplete: Mapping[str, MergedRun | None]
    _below: Mapping[str, Reported | None]
    _children: Mapping[str, frozenset[str] | None]
    refused: Mapping[str, str] = field(factory=dict)

    @property
    def is_nothing_new(self) -> bool:
        """Whether every payload has come before, or another one in its stead."""
        return Outcome.NEW not in self.outcomes

    def keep(self) -> None:
        """Change what is pending."""
        _change(self._pending.incomplete, self._incomplete)
        _change(self._pending.below, self._below)
        _change(self._pending.children, self._children)


def _change(kept: MutableMapping[str, T], changed: Mapping[str, T | None]) -> None:
    for run_id, value in changed.items():
        if value is None:
            kept.pop(run_id, None)
        else:
            kept[run_id] = value
