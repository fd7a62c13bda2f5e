"""What an import has to tell: bad rows, and what of the good ones was left out or changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from attrs import define, field

from locum.provider import LeftOut

_SHOWN = 20


@define
class Report:
    """Gathered row by row. `bad` counts the rows that were not imported, `read` all of them;
    `unknown` counts the rows that have a field of which nothing is known; `left_out` is what
    the providers tell when all rows are read."""

    read: int = 0
    bad: int = 0
    shown: list[str] = field(factory=list)
    rounded: int = 0
    unknown: Counter[str] = field(factory=Counter)
    left_out: list[LeftOut] = field(factory=list)

    def bad_row(self, place: str, reason: str) -> None:
        """Count a bad row; the first ones are shown."""
        self.bad += 1
        if len(self.shown) < _SHOWN:
            self.shown.append(f"{place}: {reason}")

    def faults(self) -> Iterator[str]:
        """A line for each of the first bad rows, and one that counts the others."""
        yield from self.shown
        if self.bad > len(self.shown):
            yield f"… and {self.bad - len(self.shown):,} more bad rows"

    def notes(self) -> Iterator[str]:
        """What a reader of the dataset should know about it."""
        if self.rounded:
            yield f"{self.rounded:,} amounts were rounded to nano-USD, half to even"
        yield from (each.sentence for each in self.left_out if each.count)
        if self.unknown:
            named = ", ".join(
                f"{name!r:.80} ({rows:,} rows)" for name, rows in self.unknown.most_common(_SHOWN)
            )
            yield f"{len(self.unknown):,} unknown fields left out: {named}"

    def figures(self) -> dict[str, object]:
        """The counts, for programs."""
        return {
            "read": self.read,
            "bad": self.bad,
            "rounded": self.rounded,
            "unknown_fields": dict(self.unknown),
            **{each.name: each.count for each in self.left_out},
        }
