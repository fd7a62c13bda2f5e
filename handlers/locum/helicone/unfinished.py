"""What was sent and is in no row, told when a dataset is saved."""

from __future__ import annotations

from collections.abc import Iterator

from locum.engine.transactions import Transaction
from locum.provider import LeftOut


def unfinished(transaction: Transaction) -> Iterator[LeftOut]:
    """Tell of scores whose requests have not come."""
    from locum.helicone.writing.stored import WAITING  # noqa: PLC0415  # as `Late`

    count = len(transaction.kept(WAITING))
    yield LeftOut(
        "waiting_scores", count, f"the scores of {count:,} requests are left out that have not come"
    )
