"""What runs are counted by: their facets, and what the feedback on them says, as codes.

A code is a number from 0. The facets come first, by kind, key and value; then the opinions, then
the comments by key and time. Each run has a list of codes, so that a selection is counted at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from understudy import derived
from understudy.engine import DuckDB
from understudy.stats.columns import Ints, Lists

# (kind, key, value). The kind is name, run_type, status, tag or metadata; the key is the metadata
# key, else "". A plain tuple, for there are many in each answer.
Facet = tuple[str, str, str]


@frozen(eq=False)
class Codes:
    """`lists` are the codes of each run, `code`. `facets` are what the first codes stand for, and
    `keys` numbers the (kind, key) of each; opinions and comments have codes of their own from the
    first one on, up to `size`."""

    lists: Lists
    code: Ints
    facets: list[Facet]
    keys: Ints
    first_opinion: int
    first_comment: int
    size: int


@frozen(eq=False)
class Occurrences:
    """How often each facet occurs, and each opinion (those that do, ascending), and which comments
    there are, numbered from 0 each."""

    facets: Ints
    facet_counts: Ints
    opinions: Ints
    opinion_counts: Ints
    comments: Ints


def codes(engine: DuckDB) -> Codes:
    """The codes of the dataset, read when first asked for."""
    return engine.once(_read)


def of_runs(engine: DuckDB, runs: Ints) -> Occurrences:
    """What the runs are counted by."""
    of = codes(engine)
    _, item = of.lists.of(runs)
    found, counts = occurring(of.code.take(item), of.size)
    opinion, comment = found.searchsorted((of.first_opinion, of.first_comment)).tolist()
    return Occurrences(
        found[:opinion],
        counts[:opinion],
        found[opinion:comment] - of.first_opinion,
        counts[opinion:comment],
        found[comment:] - of.first_comment,
    )


_FEW = 32  # times as many numbers as there might be are counted faster than sorted


def occurring(numbers: Ints, size: int) -> tuple[Ints, Ints]:
    """Those of the numbers from 0 up to `size` that occur, ascending, and how often each does."""
    if len(numbers) * _FEW < size:
        found, counts = np.unique(numbers, return_counts=True)
        return found, counts
    times = np.bincount(numbers)
    found = (times > 0).nonzero()[0]
    return found, times.take(found)


def _read(engine: DuckDB) -> Codes:
    engine.rows(derived.FACETS)
    of_documents = engine.arrays(derived.DOCUMENT_FACETS)
    facets = engine.rows("SELECT kind, key, value FROM facets ORDER BY facet")
    keys = engine.arrays(derived.FACET_KEYS)["key"][0]
    engine.rows("DROP TABLE facets")
    ((documents,),) = engine.rows("SELECT count(*) FROM documents")
    of_document = Lists.of_owners(of_documents["document"][0], documents + 1)
    parts = []
    for document, _ in engine.arrays(derived.RUN_DOCUMENTS).values():
        sizes, item = of_document.of(document)
        parts.append((sizes, of_documents["facet"][0].take(item)))
    ((opinions, comments),) = engine.rows(derived.CODES)
    first_opinion = len(facets)
    first_comment = first_opinion + opinions
    size = len(parts[0][0])
    given = {name: values for name, (values, _) in engine.arrays(derived.RUN_FEEDBACK).items()}
    parts.append((np.bincount(given["run"], minlength=size), given["opinion"] + first_opinion))
    is_commented = given["comment"] >= 0
    commented = np.bincount(given["run"][is_commented], minlength=size)
    parts.append((commented, given["comment"][is_commented] + first_comment))
    lists, code = _joined(parts)
    return Codes(lists, code, facets, keys, first_opinion, first_comment, first_comment + comments)


def _joined(parts: Sequence[tuple[Ints, Ints]]) -> tuple[Lists, Ints]:
    """One list for each owner, of its items in all parts. A part is how many items each owner has,
    and all items, one owner's after the other's."""
    sizes = sum(sizes for sizes, _ in parts)
    bounds = np.concatenate(([0], np.cumsum(sizes)))
    joined = np.empty(bounds[-1], dtype=np.int32)
    end = bounds[:-1].copy()  # of what is there of each owner
    for sizes, items in parts:
        end += sizes
        place = (end - sizes.cumsum()).repeat(sizes)
        place += np.arange(len(items))
        joined[place] = items
    return Lists(bounds[:-1], bounds[1:]), joined
