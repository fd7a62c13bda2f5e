"""RunStats: which fields a request selects, and in which groups they are answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from locum.engine.duckdb import DuckDB
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith import facets
from locum.langsmith.run_statistics import run_stats
from locum.stats.facets import grouped
from locum.stats.ragged import Ints

# The fields of RunStats in the document's order; those that all_token_stats stands for, and the
# others, which all_run_stats stands for (our choice: the document does not say).
_TOKEN_FIELDS = frozenset(
    {
        "total_tokens",
        "prompt_tokens",
        "completion_tokens",
        "median_tokens",
        "completion_tokens_p50",
        "prompt_tokens_p50",
        "tokens_p99",
        "completion_tokens_p99",
        "prompt_tokens_p99",
        "total_cost",
        "prompt_cost",
        "completion_cost",
        "cost_p50",
        "cost_p99",
        "prompt_token_details",
        "completion_token_details",
        "prompt_cost_details",
        "completion_cost_details",
    }
)
FIELDS = (
    "run_count",
    "latency_p50",
    "latency_p99",
    "first_token_p50",
    "first_token_p99",
    "total_tokens",
    "prompt_tokens",
    "completion_tokens",
    "median_tokens",
    "completion_tokens_p50",
    "prompt_tokens_p50",
    "tokens_p99",
    "completion_tokens_p99",
    "prompt_tokens_p99",
    "last_run_start_time",
    "feedback_stats",
    "run_facets",
    "error_rate",
    "streaming_rate",
    "total_cost",
    "prompt_cost",
    "completion_cost",
    "cost_p50",
    "cost_p99",
    "prompt_token_details",
    "completion_token_details",
    "prompt_cost_details",
    "completion_cost_details",
)


def selected(select: Iterable[str] | None) -> tuple[str, ...]:
    """The fields that `select` names, in the document's order; all of them where it is null.

    all_run_stats and all_token_stats stand for many. latency_avg, thread_feedback_stats and
    session_feedback_stats have no field in the response: they add nothing, and so does [].
    """
    if select is None:
        return FIELDS
    names = set(select)
    if "all_token_stats" in names:
        names |= _TOKEN_FIELDS
    if "all_run_stats" in names:
        names |= set(FIELDS) - _TOKEN_FIELDS
    return tuple(field for field in FIELDS if field in names)


def stats(engine: DuckDB, runs: Ints, fields: Iterable[str]) -> dict[str, Any]:
    """The statistics of the runs, as `run_stats` computes them and the API shows them."""
    found = run_stats(engine, runs, fields)
    if "run_facets" in found:
        found["run_facets"] = facets.shown(found["run_facets"])
    return found


def asked(engine: DuckDB, runs: Ints, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a RunStatsQueryParams over the runs.

    With group_by it is {group value: RunStats}, the most frequent values first, ties by their text
    and the runs without a value, under the key "null", before all others (our choice); at most
    max_groups, also where `groups` names the values. Raises InvalidRequest for a group_by that
    means nothing, and for `groups` without one.
    """
    fields = selected(body.get("select"))
    group_by, groups = body.get("group_by"), body.get("groups")
    if group_by is None:
        if groups is not None:
            raise _refused(("groups",), "Groups need a group_by", groups)
        return stats(engine, runs, fields)
    most = group_by.get("max_groups", 5)
    if most < 1:
        raise _refused(
            ("group_by", "max_groups"), "Input should be greater than 0", most, "greater_than"
        )
    return {
        "null" if value is None else value: stats(engine, of_it, fields)
        for value, of_it in grouped(engine, runs, _facet(group_by), groups, most)
    }


def _facet(group_by: Mapping[str, Any]) -> tuple[str, str]:
    attribute, path = group_by["attribute"], group_by.get("path")
    if attribute != "metadata":
        if path is not None:
            raise _refused(("group_by", "path"), "Only metadata has a path", path)
        return attribute, ""
    if path is None:
        raise _refused(("group_by", "path"), "Field required", None, "missing")
    return attribute, path


def _refused(
    where: tuple[str, ...], message: str, found: object, kind: str = "value_error"
) -> InvalidRequest:
    return InvalidRequest((InvalidValue(("body", *where), message, kind, found),))
