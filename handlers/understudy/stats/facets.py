"""Facets: by which names, types, statuses, tags and metadata values the selected runs are counted.

A run is counted by its name, run_type and status, each of its tags, and the text of each value in
its metadata, whose key is the path of object keys joined by dots.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from attrs import frozen

from understudy import derived
from understudy.engine import DuckDB
from understudy.stats.columns import Ints, Lists, among_first, by_code

_MOST = 10  # values of a key


# What runs are counted by: (kind, key, value). The kind is name, run_type, status, tag or metadata;
# the key is the metadata key, else "". A plain tuple, for there are many in each answer.
Facet = tuple[str, str, str]


@frozen(eq=False)
class _Index:
    """The documents that runs are counted by, each distinct one once.

    A row of `documents` is one of `kinds`: the number of each run's document, from 1; 0 where it
    has none.
    `lists` are the facets in each document, `facet`; `values` are all facets, sorted by
    kind, key and value, and `keys` the number of the (kind, key) of each.
    """

    kinds: list[str]
    documents: Ints
    lists: Lists
    facet: Ints
    values: list[Facet]
    keys: Ints


def _read(engine: DuckDB) -> _Index:
    engine.rows(derived.FACETS)
    facets = engine.arrays(derived.DOCUMENT_FACETS)
    values = engine.rows("SELECT kind, key, value FROM facets ORDER BY facet")
    keys = engine.arrays(derived.FACET_KEYS)["key"][0]
    ((size,),) = engine.rows("SELECT count(*) FROM documents")
    of_runs = engine.arrays(derived.RUN_DOCUMENTS)
    engine.rows("DROP TABLE facets")
    return _Index(
        list(of_runs),
        np.array([documents for documents, _ in of_runs.values()]),
        Lists.of_owners(facets["document"][0], size + 1),
        facets["facet"][0],
        values,
        keys,
    )


def of_runs(engine: DuckDB, runs: Ints) -> list[tuple[Facet, int]]:
    """The facets of the runs, and how many have each: kinds in the order name, run_type, status,
    tag, metadata, keys by their text, and of each key the ten most frequent values, ties by their
    text (our choice).
    """
    index = engine.once(_read)
    times = np.bincount(index.documents.take(runs, axis=1).ravel(), minlength=1)
    used = (times > 0).nonzero()[0]
    of_each, item = index.lists.of(used)
    # Counts below 2**53 are exact as doubles.
    weights = times.take(used).repeat(of_each)
    counts = np.bincount(index.facet.take(item), weights).astype(np.int64)
    found = (counts > 0).nonzero()[0]
    keys = index.keys.take(found)
    # Facets are numbered by key and text: a stable sort by key and count keeps their order, and the
    # keys are where they were.
    order = (keys * (len(runs) + 1) - counts.take(found)).argsort(kind="stable")
    shown = found.take(order[among_first(keys, _MOST)])
    values = map(index.values.__getitem__, shown.tolist())
    return list(zip(values, counts.take(shown).tolist(), strict=True))


def grouped(
    engine: DuckDB,
    runs: Ints,
    by: tuple[str, str],
    values: Iterable[str | None] | None,
    most: int,
) -> list[tuple[str | None, Ints]]:
    """The runs grouped by their values of one kind and key: (value, runs).

    The most frequent values come first, ties by their text: at most `most`, and only those in
    `values` where that is given. None stands for the runs without a value; the text "null" counts
    as none (our choice: as keys of a JSON object the two are one). A run with several values is in
    several groups.
    """
    index = engine.once(_read)
    kind, key = by
    of_each, item = index.lists.of(index.documents[index.kinds.index(kind)].take(runs))
    facet, of_item = index.facet[item], np.repeat(np.arange(len(runs)), of_each)
    texts = {
        code: index.values[code][2]
        for code in np.unique(facet).tolist()
        if index.values[code][1] == key and index.values[code][2] != "null"
    }
    wanted = np.isin(facet, list(texts))
    without = np.ones(len(runs), dtype=np.bool_)
    without[of_item[wanted]] = False
    groups: list[tuple[str | None, Ints]] = [(None, runs[without])] if without.any() else []
    groups += [
        (texts[code], found) for code, found in by_code(facet[wanted], runs[of_item[wanted]])
    ]
    if values is not None:
        chosen = {None if value == "null" else value for value in values}
        groups = [(value, found) for value, found in groups if value in chosen]
    # None before all others, which are in the order of their texts: sorting keeps that.
    return sorted(groups, key=lambda group: -len(group[1]))[:most]
