"""What runs are counted by: their facets, and what the feedback on them says, as codes.

A code is a number from 0. The facets come first, by kind, key and value; then the opinions, then
the comments by key and time. Each run has a list of codes, so that a selection is counted at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from locum.engine.duckdb import DuckDB
from locum.langsmith import derived_tables as derived
from locum.stats.ragged import Ints, Lists

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


# Where at most one number in so many occurs, sorting those is faster than counting by all.
_SPARSE = 32


def occurring(numbers: Ints, size: int) -> tuple[Ints, Ints]:
    """Those of the numbers from 0 up to `size` that occur, ascending, and how often each does."""
    if len(numbers) * _SPARSE < size:
        found, counts = np.unique(numbers, return_counts=True)
        return found, counts
    times = np.bincount(numbers)
    found = (times > 0).nonzero()[0]
    return found, times.take(found)


def _read(engine: DuckDB) -> Codes:
    engine.rows(derived.FACETS)
    facets = engine.rows("SELECT kind, key, value FROM facets ORDER BY facet")
    keys = engine.arrays(derived.FACET_KEYS)["key"][0]
    of_document = _values(engine, derived.DOCUMENT_FACETS)
    engine.rows("DROP TABLE facets")
    ((opinions, comments),) = engine.rows(derived.SIZES)
    first_opinion = len(facets)
    first_comment = first_opinion + opinions
    known = list(_values(engine, derived.RUN_DOCUMENTS).values())
    runs = len(known[0])
    documents = max(int(column.max(initial=0)) for column in known)
    # What feedback says of a run is one more document of it, and so are its comments.
    said, commented = _values(engine, derived.RUN_OPINIONS), _values(engine, derived.RUN_COMMENTS)
    of_each = Lists.joined(
        Lists.of_owners(of_document["document"], documents + 1),
        Lists.of_owners(said["run"], runs),
        Lists.of_owners(commented["run"], runs),
    )
    parts = (
        of_document["facet"],
        said["opinion"] + first_opinion,
        commented["comment"] + first_comment,
    )
    of_run = (
        *known,
        np.arange(documents + 1, documents + 1 + runs),
        np.arange(documents + 1 + runs, documents + 1 + 2 * runs),
    )
    lists, code = _of_owners(of_run, of_each, np.concatenate(parts).astype(np.int32))
    return Codes(lists, code, facets, keys, first_opinion, first_comment, first_comment + comments)


_AT_ONCE = 2**15  # owners: what is computed for them stays in the processor's cache


def _of_owners(documents: Sequence[Ints], lists: Lists, items: Ints) -> tuple[Lists, Ints]:
    """The items of each owner: those in the lists of its documents, which are a column each."""
    sizes, found = [np.zeros(1, dtype=np.int64)], [items[:0]]
    for start in range(0, len(documents[0]), _AT_ONCE):
        chunk = np.stack([column[start : start + _AT_ONCE] for column in documents], axis=1)
        counts, item = lists.of(chunk.ravel())
        sizes.append(counts.reshape(chunk.shape).sum(axis=1))
        found.append(items.take(item))
    bounds = np.concatenate(sizes).cumsum()
    return Lists(bounds[:-1], bounds[1:]), np.concatenate(found)


def _values(engine: DuckDB, statement: str) -> dict[str, Ints]:
    return {name: values for name, (values, _) in engine.arrays(statement).items()}
