"""Findings: what is wrong with a dataset, or odd, and where. Errors stop, doubts are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from locum.exceptions import DatasetError

MOST_WARNED = 10  # doubts that are told when a dataset is loaded


@frozen
class Finding:
    """One thing that was found: in `file`, in its row or line `row` (from 1; None where it is about
    the whole file), in `column`. So many `rows` have it; the first others are `also`. `message`
    says what was found and what was expected, `fix` what to do. An error is one after which no
    answer can be trusted; anything else is a doubt.
    """

    file: Path
    message: str
    fix: str
    row: int | None = None
    column: str | None = None
    rows: int = 1
    also: tuple[int, ...] = ()
    is_error: bool = True

    def __str__(self) -> str:
        parquet = self.file.suffix == ".parquet"  # whose rows are no lines
        row = "" if self.row is None else f": row {self.row}" if parquet else f":{self.row}"
        more = f" (and in {self._others()})" if self.rows > 1 else ""
        separator = " " if self.message.startswith(("is ", "has ")) and not row else ": "
        return f"{self.file}{row}{separator}{self.message}{more}"

    def _others(self) -> str:
        others = [f"{row}" for row in self.also]
        if rest := self.rows - 1 - len(others):
            others.append(f"{rest:,} {'more' if others else 'others'}")
        return " and ".join(filter(None, (", ".join(others[:-1]), others[-1])))


def refusal(findings: Sequence[Finding]) -> DatasetError:
    """The error that tells the first of these, and how many others there are."""
    first, *others = findings
    more = f"; {len(others):,} more in the dataset" if others else ""
    hint = ", and see the others by `locum fixtures check` with its folder" if others else ""
    return DatasetError(f"{first}{more}", f"{first.fix}{hint}", tuple(findings))


def refuse(findings: Iterable[Finding]) -> None:
    """Raise DatasetError where there is an error among these."""
    if errors := [each for each in findings if each.is_error]:
        raise refusal(errors)


def warnings(
    doubts: Sequence[object], lists_them: str = "`locum fixtures check` with the folder"
) -> Iterator[str]:
    """A line for each of the first ones, and one that counts the rest and says what lists them ('':
    nothing does)."""
    yield from (f"warning: {each}" for each in doubts[:MOST_WARNED])
    if more := len(doubts[MOST_WARNED:]):
        yield f"warning: and {more:,} more{f': {lists_them} lists them' if lists_them else ''}"
