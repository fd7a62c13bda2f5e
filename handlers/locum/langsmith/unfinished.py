"""What was taken in and is in no row, told when a dataset is saved."""

from __future__ import annotations

from collections.abc import Iterator

from locum.engine.transactions import Transaction
from locum.langsmith.writing.runs import INCOMPLETE, KEPT
from locum.provider import LeftOut


def unfinished(transaction: Transaction) -> Iterator[LeftOut]:
    """Tell of runs of which too little has come to show them, as where only an update has: they
    are in no row, and so in no dataset."""
    names = [each for each in transaction.kept_names() if each.startswith(f"{KEPT}{INCOMPLETE} ")]
    count = sum(len(transaction.kept(name)) for name in names)
    sentence = (
        f"{count:,} runs are left out, of which too little has come: no name, type, start or place"
    )
    yield LeftOut("incomplete_runs", count, sentence)
