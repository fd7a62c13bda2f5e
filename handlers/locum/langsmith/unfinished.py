"""What was taken in and is in no row, told when a dataset is saved."""

from __future__ import annotations

from collections.abc import Iterator

from locum.engine.transactions import Transaction
from locum.langsmith.writing.taken_in import INCOMPLETE, WAITS
from locum.provider import LeftOut


def unfinished(transaction: Transaction) -> Iterator[LeftOut]:
    """Tell of runs of which too little has come to show them, as where only an update has, and of
    spans whose parents have not come: they are in no row, and so in no dataset."""
    count = _kept(transaction, INCOMPLETE)
    yield LeftOut(
        "incomplete_runs",
        count,
        f"{count:,} runs are left out, of which too little has come: no name, type, start or place",
    )
    count = _kept(transaction, WAITS)
    yield LeftOut(
        "waiting_spans", count, f"{count:,} spans are left out, whose parents have not come"
    )


def _kept(transaction: Transaction, name: str) -> int:
    """Return how many values are kept under the name, of all tenants."""
    of_tenants = (each for each in transaction.kept_names() if each.startswith(f"{name} "))
    return sum(len(transaction.kept(each)) for each in of_tenants)
