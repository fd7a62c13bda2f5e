"""Facets as the API shows them: each with the filter expression that gives exactly its runs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from locum.langsmith.filters.ast import And, Comparison, Expression, render
from locum.stats.facet_index import Facet


def shown(facets: Iterable[tuple[Facet, int]]) -> list[dict[str, Any]]:
    """run_facets: objects of key, value, n and query (our choice: the shape is undocumented).

    `key` is name, run_type, status, tag, or "metadata." and the path of a metadata key; `value` is
    text. Added to the request as a filter, `query` selects the `n` runs that have the value.
    """
    return [
        {"key": key, "value": facet[2], "n": n, "query": query}
        for facet, n in facets
        for key, query in (_named(facet),)
    ]


@lru_cache(maxsize=16_384)
def _named(facet: Facet) -> tuple[str, str]:
    """A facet's key and query. Most answers show the same facets, and writing an expression takes
    ten microseconds."""
    kind, key, value = facet
    if kind == "tag":
        return kind, render(Comparison("has", "tags", value))
    if kind == "metadata":
        return f"metadata.{key}", render(metadata(key, value))
    return kind, render(Comparison("eq", kind, value))


def metadata(key: str, value: str) -> Expression:
    """Runs with that entry in their metadata: the key's path, and the value's text."""
    return And((Comparison("eq", "metadata_key", key), Comparison("eq", "metadata_value", value)))
