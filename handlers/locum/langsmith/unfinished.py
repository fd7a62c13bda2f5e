"""What was taken in and is in no row, told when a dataset is saved."""

from __future__ import annotations

from collections.abc import Iterator

from locum.engine.transactions import Transaction
from locum.provider import LeftOut


def unfinished(transaction: Transaction) -> Iterator[LeftOut]:
    """Tell of runs of which too little has come to show them, as where only an update has, and of
    spans whose parents have not come: they are in no row, and so in no dataset."""
    from locum.langsmith.writing.taken_in import INCOMPLETE, WAITING  # noqa: PLC0415  # as `Late`

    count = _kept(transaction, INCOMPLETE)
    sentence = (
        f"{count:,} runs are left out, of which too little has come: no name, type, start or place"
    )
    yield LeftOut("incomplete_runs", count, sentence)
    count = _kept(transaction, WAITING)
    sentence = f"{count:,} spans are left out, whose parents have not come"
    yield LeftOut("waiting_spans", count, sentence)


def _kept(transaction: Transaction, what: str) -> int:
    """How many of them there are, of all tenants."""
    from locum.langsmith.writing.taken_in import KEPT  # noqa: PLC0415  # as `Late`

    names = [each for each in transaction.kept_names() if each.startswith(f"{KEPT}{what} ")]
    return sum(len(transaction.kept(name)) for name in names)
