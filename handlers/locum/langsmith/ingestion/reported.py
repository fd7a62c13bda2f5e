"""What a run reports: what it uses itself and what the runs below it use, added up.

A run's usage is added to each run above it as it comes, in any order. Where no run of a subtree
tells an amount it is null, not 0, and so a row counts how many runs below tell each amount: then
one that changes takes its amount with it. Both stand in the column `usage`, of a run below which
others use something:

    {"own": {"total_tokens": 8}, "below": {"total_tokens": 2}}

A run without it reports what it uses itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from attrs import define, field

from locum.langsmith.ingestion import fields
from locum.langsmith.ingestion.usage import Usage
from locum.langsmith.tables import USAGE, USAGE_DETAILS

Row = Mapping[str, Any]

_LARGEST = 2**63 - 1


@define
class Reported:
    """What a run uses itself, and what the runs below it use: the sums, and how many runs tell
    each amount."""

    own: Usage = field(factory=dict)
    below: Usage = field(factory=dict)
    counts: dict[str, int] = field(factory=dict)

    @classmethod
    def of_row(cls, row: Row) -> Self:
        """Read it from the columns of a row."""
        reported = flat(row)
        kept = row.get("usage")
        if not isinstance(kept, dict) or not isinstance(kept.get("below"), dict):
            return cls(reported)
        own, counts = dict(kept.get("own") or {}), dict(kept["below"])
        below = {name: reported.get(name, 0) - own.get(name, 0) for name in counts}
        return cls(own, below, counts)

    def add(self, usage: Usage) -> None:
        """Add what a run below uses."""
        below, counts = self.below, self.counts
        for name, amount in usage.items():
            below[name] = below.get(name, 0) + amount
            counts[name] = counts.get(name, 0) + 1

    def add_all(self, reported: Reported) -> None:
        """Add what a run below uses and what is below it."""
        self.add(reported.own)
        for name, amount in reported.below.items():
            self.below[name] = self.below.get(name, 0) + amount
            self.counts[name] = self.counts.get(name, 0) + reported.counts[name]

    def remove(self, usage: Usage) -> None:
        """Take away what a run below used."""
        for name, amount in usage.items():
            if self.counts.get(name, 0) > 1:
                self.below[name] -= amount
                self.counts[name] -= 1
            else:
                self.below.pop(name, None)
                self.counts.pop(name, None)

    def columns(self, run_id: str) -> dict[str, Any]:
        """Return the columns of the row, those that are null left out. Raises InvalidRequest for an
        amount that 64 bits do not hold."""
        reported = dict(self.own)
        for name, amount in self.below.items():
            reported[name] = reported.get(name, 0) + amount
        columns: dict[str, Any] = {}
        for name, amount in reported.items():
            if amount > _LARGEST:
                message = f"found {amount} with what is below it, expected 64 bits to hold it"
                raise fields.refusal(run_id, name, message)
            column, dot, category = name.partition(".")
            if dot:
                columns.setdefault(column, {})[category] = amount
            else:
                columns[column] = amount
        if self.counts:
            columns["usage"] = {"own": self.own, "below": self.counts}
        return columns


def flat(row: Row) -> Usage:
    """Return the amounts that a row reports."""
    usage: Usage = {name: row[name] for name in USAGE if row.get(name) is not None}
    for column in USAGE_DETAILS:
        for category, amount in (row.get(column) or {}).items():
            if amount is not None:
                usage[f"{column}.{category}"] = amount
    return usage
