"""Facets as the API shows them: each with the filter expression that gives exactly its runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from understudy.filters.expression import And, Comparison, Expression, render
from understudy.stats.facets import Facet


def shown(facets: Iterable[Facet]) -> list[dict[str, Any]]:
    """run_facets: objects of key, value, n and query (our choice: the shape is undocumented).

    `key` is name, run_type, status, tag, or "metadata." and the path of a metadata key; `value` is
    text. Added to the request as a filter, `query` selects the `n` runs that have the value.
    """
    return [
        {
            "key": f"metadata.{facet.key}" if facet.kind == "metadata" else facet.kind,
            "value": facet.value,
            "n": facet.n,
            "query": render(_query(facet)),
        }
        for facet in facets
    ]


def _query(facet: Facet) -> Expression:
    if facet.kind == "tag":
        return Comparison("has", "tags", facet.value)
    if facet.kind == "metadata":
        return metadata(facet.key, facet.value)
    return Comparison("eq", facet.kind, facet.value)


def metadata(key: str, value: str) -> Expression:
    """Runs with that entry in their metadata: the key's path, and the value's text."""
    return And((Comparison("eq", "metadata_key", key), Comparison("eq", "metadata_value", value)))
