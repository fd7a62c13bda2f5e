"""Columns in memory of rows that a test writes."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from locum.stats.column_store import (
    HAS_ANCESTOR,
    Ancestors,
    Columns,
    Details,
    FlagSets,
    Measures,
    RaggedOffsets,
    magnitude,
)


@frozen
class Row:
    """A row as a test writes it: `parent` is the number of a row before it."""

    a: int | None
    b: int | None
    is_red: bool
    parent: int | None
    thread: int
    details: tuple[tuple[int, int], ...]  # (number of a category, amount)


CATEGORIES = [("cost", "audio"), ("cost", "text"), ("tokens", "audio")]


def columns_of(rows: list[Row]) -> Columns:
    above: list[list[int]] = []
    for row in rows:
        above.append([] if row.parent is None else [row.parent, *above[row.parent]])
    pairs = [(n, m) for n, ancestors in enumerate(above) for m in ancestors]
    details = [(n, *detail) for n, row in enumerate(rows) for detail in row.details]
    amounts = np.array([amount for *_, amount in details], dtype=np.int64)
    is_known = {name: [getattr(row, name) is not None for row in rows] for name in "ab"}
    measures = {
        name: (
            np.array([getattr(row, name) or 0 for row in rows], dtype=np.int64),
            None if all(known) else np.array(known, dtype=np.bool_),
        )
        for name, known in is_known.items()
    }
    true_of = {
        "is_red": [row.is_red for row in rows],
        HAS_ANCESTOR: [bool(ancestors) for ancestors in above],
        **is_known,
    }
    return Columns(
        measures=Measures.of(measures, len(rows)),
        flags=FlagSets.of({name: np.array(n, dtype=np.bool_) for name, n in true_of.items()}),
        ids={"thread": np.array([row.thread for row in rows], dtype=np.int64)},
        ancestors=Ancestors(
            RaggedOffsets.of_owners(np.array([n for n, _ in pairs], dtype=np.int64), len(rows)),
            np.array([m for _, m in pairs], dtype=np.int64),
            np.array([-1 if row.parent is None else row.parent for row in rows], dtype=np.int32),
        ),
        details=Details(
            offsets=RaggedOffsets.of_owners(
                np.array([n for n, *_ in details], dtype=np.int64), len(rows)
            ),
            category=np.array([number for _, number, _ in details], dtype=np.int64),
            amount=amounts,
            magnitude=magnitude(amounts),
            categories=CATEGORIES,
        ),
    )
