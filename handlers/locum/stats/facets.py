"""Facets: by which names, types, statuses, tags and metadata values the selected runs are counted.

A run is counted by its name, run_type and status, each of its tags, and the text of each value in
its metadata that has a key, which is the path of object keys joined by dots.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from locum.engine.duckdb import DuckDB
from locum.stats.column_store import among_first, by_code
from locum.stats.facet_index import Facet, codes
from locum.stats.ragged import Ints

_MOST = 10  # values of a key
_ABOVE = 2**31  # any count of runs


def most_frequent(engine: DuckDB, facets: Ints, counts: Ints) -> list[tuple[Facet, int]]:
    """Of these facets, ascending, which occur so often, those to be shown, with their counts: kinds
    in the order name, run_type, status, tag, metadata, keys by their text, and of each key the ten
    most frequent values, ties by their text (our choice).
    """
    index = codes(engine)
    keys = index.keys.take(facets)
    # Facets are numbered by key and text: a stable sort by key and count keeps their order, and the
    # keys are where they were.
    order = (keys * _ABOVE - counts).argsort(kind="stable")[among_first(keys, _MOST)]
    values = map(index.facets.__getitem__, facets.take(order).tolist())
    return list(zip(values, counts.take(order).tolist(), strict=True))


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
    index = codes(engine)
    of_each, item = index.lists.of(runs)
    facet, of_item = index.code.take(item), np.arange(len(runs)).repeat(of_each)
    texts = {
        code: index.facets[code][2]
        for code in np.unique(facet[facet < len(index.facets)]).tolist()
        if index.facets[code][:2] == by and index.facets[code][2] != "null"
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
