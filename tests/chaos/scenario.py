"""What a scenario of `scripts/chaos` is, and the table of what came of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from attrs import define, frozen

from benchmark import growth
from benchmark.servers import ServerError

Amount = TypeVar("Amount", int, float)
SHOWN = 5  # of what was lost in one scenario


@define(slots=False)
class Scale:
    """How much is tried, and a folder for what scenarios write."""

    short: bool
    folder: Path

    def of(self, whole: Amount, short: Amount) -> Amount:
        """That much, or that little in the short form."""
        return short if self.short else whole

    @cached_property
    def large(self) -> Path:
        """A dataset of 75,000 runs, over which a heavy question takes three seconds and more; in
        the short form of 50,000, and two."""
        return growth.dataset(self.of(75_000, 50_000), self.folder / "large")


@frozen
class Outcome:
    """What came of a scenario.

    `lost` says in words what was lost or failed, one text each. `figure` is what was measured, and
    `within` whether that keeps the limit.
    """

    tried: str
    lost: Sequence[str]
    figure: str = ""
    within: bool = True

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and the limit is kept."""
        return self.within and not self.lost


@frozen
class Scenario:
    """A name, what must be, and the function that tries it."""

    name: str
    limit: str
    attempt: Callable[[Scale], Outcome]

    def run(self, scale: Scale) -> Outcome:
        """Try it; a server that does not start or breaks off has failed."""
        try:
            return self.attempt(scale)
        except (ServerError, OSError) as error:
            return Outcome("", [f"{type(error).__name__}: {error}"])


def table(found: Iterable[tuple[Scenario, Outcome]]) -> str:
    """A row for each scenario, and below what was lost."""
    heads = ["scenario", "tried", "lost or failed", "figure", "limit", "holds?"]
    rows, lost = [heads], []
    for scenario, outcome in found:
        verdict = "yes" if outcome.holds else "NO"
        count = str(len(outcome.lost))
        rows.append([scenario.name, outcome.tried, count, outcome.figure, scenario.limit, verdict])
        lost += [f"{scenario.name}: {each}" for each in outcome.lost[:SHOWN]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return "\n".join([*lines, *([""] if lost else []), *lost])
