"""The statistics of runs: the operations that answer them, and one definition of each statistic.

Durations are computed in microseconds, costs in nano-USD; they are reported in seconds and USD.

A run's reported tokens, cost and details include those of its descendants. A sum therefore leaves
a run out where one of its ancestors is in the selection too (our choice): each model call counts
once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any

import numpy as np

from locum.engine.data import Data
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith import selection
from locum.langsmith import timestamps as times
from locum.langsmith.run_facets import NO_SOURCE, FeedbackIndex
from locum.langsmith.run_index import RunIndex, run_index
from locum.stats import summary as stats
from locum.stats.column_store import Facet, Ints
from locum.stats.summary import FacetCounts, KeyedFeedback

_COST_OF_GROUP = 30_000  # to compute its statistics, in units of `engine.data.Work`

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


def group_stats(data: Data, tenant: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a RunGroupRequest with the RunGroupStats of the project's threads that match it: 404
    for an unknown project.

    A thread matches if one of its root runs in the window passes the filter; the statistics are
    over all of its root runs in the window. offset and limit page the listing beside this
    operation, and leave the statistics as they are (our choice). Raises FilterError.
    """
    project = selection.project_of(data, tenant, body["session_id"])
    index, turns = data.once(run_index), data.once(selection.turns_of_projects)
    runs = selection.conversations(data, index, turns, project, body)
    found = run_stats(index, runs, (*FIELDS, "thread_count"))
    found["group_count"] = found.pop("thread_count")
    return found


def selected(select: Iterable[str] | None) -> tuple[str, ...]:
    """Return the fields that `select` names, in the document's order; all of them where it is null.

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


def stats_of_runs(data: Data, tenant: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a RunStatsQueryParams over the tenant's runs: 404 for an unknown project.

    With group_by it is as `shared_dataset_stats` answers it. Raises FilterError, InvalidRequest.
    """
    return _stats(data, selection.runs_of_tenant(data, tenant, body), body)


def shared_dataset_stats(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - public: the token says whose dataset it is
    share_token: str,
    body: Mapping[str, Any],
) -> dict[str, Any]:
    """Answer a RunStatsQueryParams over the runs in every project over a shared dataset: 404 for an
    unknown token. All of their runs count, root or child, unless the body says otherwise.

    With group_by it is {group value: RunStats}, the most frequent values first, ties by their text
    and the runs without a value, under the key "null", before all others (our choice); at most
    max_groups, also where `groups` names the values. Raises FilterError, and InvalidRequest for a
    group_by that means nothing, and for `groups` without one.
    """
    return _stats(data, selection.runs_over_dataset(data, share_token, body), body)


def _stats(data: Data, runs: Ints, body: Mapping[str, Any]) -> dict[str, Any]:
    """The statistics of the runs that a RunStatsQueryParams selects, all in one or by group."""
    index, fields = data.once(run_index), selected(body.get("select"))
    group_by, groups = body.get("group_by"), body.get("groups")
    if group_by is None:
        if groups is not None:
            raise _refused(("groups",), "Groups need a group_by", groups)
        return run_stats(index, runs, fields)
    most = group_by.get("max_groups", 5)
    if most < 1:
        raise _refused(
            ("group_by", "max_groups"), "Input should be greater than 0", most, "greater_than"
        )
    kind, key = _facet(group_by)
    found = {}
    for value, of_it in grouped(index, runs, kind, key, groups)[:most]:
        data.spend(_COST_OF_GROUP)
        found["null" if value is None else value] = run_stats(index, of_it, fields)
    return found


def grouped(
    index: RunIndex, runs: Ints, kind: str, key: str, values: Iterable[str | None] | None
) -> list[tuple[str | None, Ints]]:
    """Group the runs by their values of one kind of facet and key: (value, runs).

    The most frequent values come first, ties by their text, and only those in `values` where that
    is not null. None stands for the runs without a value; the text "null" counts as none (our
    choice: as keys of a JSON object the two are one). A run with several values is in several
    groups.
    """
    groups = stats.facet_groups(index.facets, runs, kind, key, "null")
    if values is not None:
        chosen = {None if value == "null" else value for value in values}
        groups = [(value, found) for value, found in groups if value in chosen]
    # None before all others, which are in the order of their texts: sorting keeps that.
    return sorted(groups, key=lambda group: -len(group[1]))


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


_NANO = 10**9
_US_PER_SECOND = 10**6

_STATISTICS: dict[str, stats.Statistic] = {
    "run_count": stats.count(),
    "trace_count": stats.distinct("trace"),
    "thread_count": stats.distinct("thread"),
    "first_start_time": stats.least("start_us"),
    "last_run_start_time": stats.greatest("start_us"),
    "last_end_time": stats.greatest("end_us"),
    "latency_p50": stats.percentile("latency_us", 50, per=_US_PER_SECOND),
    "latency_p99": stats.percentile("latency_us", 99, per=_US_PER_SECOND),
    "first_token_p50": stats.percentile("first_token_latency_us", 50, per=_US_PER_SECOND),
    "first_token_p99": stats.percentile("first_token_latency_us", 99, per=_US_PER_SECOND),
    "total_tokens": stats.total("total_tokens"),
    "prompt_tokens": stats.total("prompt_tokens"),
    "completion_tokens": stats.total("completion_tokens"),
    "median_tokens": stats.whole_percentile("total_tokens", 50),
    "completion_tokens_p50": stats.whole_percentile("completion_tokens", 50),
    "prompt_tokens_p50": stats.whole_percentile("prompt_tokens", 50),
    "tokens_p99": stats.whole_percentile("total_tokens", 99),
    "completion_tokens_p99": stats.whole_percentile("completion_tokens", 99),
    "prompt_tokens_p99": stats.whole_percentile("prompt_tokens", 99),
    "error_count": stats.flagged("is_error"),
    "error_rate": stats.rate("is_error"),
    "trace_error_rate": stats.rate("is_of_failed_trace"),
    "streaming_rate": stats.rate("is_streamed", among="is_finished"),
    "total_cost": stats.total("total_cost_nano", per=_NANO),
    "prompt_cost": stats.total("prompt_cost_nano", per=_NANO),
    "completion_cost": stats.total("completion_cost_nano", per=_NANO),
    "total_cost_nano": stats.exact_total("total_cost_nano"),
    "prompt_cost_nano": stats.exact_total("prompt_cost_nano"),
    "completion_cost_nano": stats.exact_total("completion_cost_nano"),
    "cost_p50": stats.percentile("total_cost_nano", 50, per=_NANO),
    "cost_p99": stats.percentile("total_cost_nano", 99, per=_NANO),
    "prompt_token_details": stats.breakdown("prompt_token_details"),
    "completion_token_details": stats.breakdown("completion_token_details"),
    "prompt_cost_details": stats.breakdown("prompt_cost_details_nano", per=_NANO),
    "completion_cost_details": stats.breakdown("completion_cost_details_nano", per=_NANO),
    "total_token_details": stats.breakdown("prompt_token_details", "completion_token_details"),
    "total_cost_details": stats.breakdown(
        "prompt_cost_details_nano", "completion_cost_details_nano", per=_NANO
    ),
}
_TIMES = ("first_start_time", "last_run_start_time", "last_end_time")
_COUNTED = ("feedback_stats", "run_facets")
_MOST_VALUES = 10  # of a facet's key: the most frequent ones, ties by their text (our choice)
_MOST_SAMPLES = 10  # comments, and sources, of a key: the API calls them a sample


def run_stats(index: RunIndex, runs: Ints, fields: Collection[str]) -> dict[str, Any]:
    """Compute the statistics of the runs that `fields` names, in that order, and nothing else.

    Beside the fields of the API's RunStats there are trace_count, thread_count, error_count,
    trace_error_rate (the share of runs in whose traces any run has failed), first_start_time,
    last_end_time, total_, prompt_ and completion_cost_nano (integer nano-USD), and total_token_ and
    total_cost_details (those of prompt and completion together). Without runs there are counts,
    token and cost sums of 0, {} for details and feedback, [] for facets, and null for everything
    else.
    """
    plain = {field: _STATISTICS[field] for field in fields if field not in _COUNTED}
    found = stats.summary(index.columns, runs, plain)
    facets: list[tuple[Facet, int]] = []
    feedback: list[KeyedFeedback] = []
    if len(plain) < len(fields):
        counts = stats.facet_counts(index.facets, runs)
        if "run_facets" in fields:
            facets = stats.most_frequent(index.facets, counts, _MOST_VALUES)
        if "feedback_stats" in fields:
            feedback = stats.feedback_by_key(index.feedback.scores, counts, _MOST_SAMPLES)
    for field in _TIMES:
        if field in found:
            found[field] = times.text(found[field])
    found["run_facets"] = run_facets(facets)
    found["feedback_stats"] = _by_key(index.feedback, feedback)
    return {field: found[field] for field in fields}


def run_facets(facets: Iterable[tuple[Facet, int]]) -> list[dict[str, Any]]:
    """Return facets, each with the number n of the runs that have it, as the API shows them: key,
    value, n and query (our choice: the shape is undocumented).

    `key` is name, run_type, status, tag, or "metadata." and the path of a metadata key; `value` is
    text. Added to the request as a filter, `query` selects the `n` runs: what `render` writes.
    There are a hundred in an answer; a tree of each would take longer than all else, so what
    stands around the value is written once for all that follow each other under one key.
    """
    shown = []
    written = None
    name = before = after = ""
    for (kind, key, value), n in facets:
        if (kind, key) != written:
            name, before, after = _around_value(kind, key)
            written = kind, key
        query = f"{before}{encode_basestring(value)}{after}"
        shown.append({"key": name, "value": value, "n": n, "query": query})
    return shown


def _around_value(kind: str, key: str) -> tuple[str, str, str]:
    """How a facet is named, and what its query has before the value and after it."""
    if kind == "metadata":
        query = f"and(eq(metadata_key, {encode_basestring(key)}), eq(metadata_value, "
        return f"metadata.{key}", query, "))"
    return kind, "has(tags, " if kind == "tag" else f"eq({kind}, ", ")"


def feedback_of_runs(index: RunIndex, runs: Ints) -> dict[str, Any]:
    """Compute the feedback_stats of the feedback on the runs: {key: statistics}, keys sorted."""
    return _feedback_stats(index.feedback, stats.facet_counts(index.facets, runs))


def feedback_by_run(index: RunIndex, runs: Ints) -> dict[int, dict[str, Any]]:
    """Compute the feedback_stats of each run that has feedback, by its number: of many runs few
    do."""
    facets = index.facets
    counts, item = stats.items(facets.offsets, runs)
    codes, owners = facets.code.take(item), runs.repeat(counts)
    is_feedback = codes >= facets.first_feedback_value
    of_run = stats.split_by_code(owners[is_feedback], codes[is_feedback])
    return {run: _of_codes(index, found) for run, found in of_run}


def _of_codes(index: RunIndex, codes: Ints) -> dict[str, Any]:
    """The feedback_stats of the codes of some feedback values and comments."""
    first, of_comments = index.facets.first_feedback_value, index.facets.first_comment
    is_comment = codes >= of_comments
    counts = stats.occurring(codes[~is_comment] - first, of_comments - first)
    commented = np.sort(codes[is_comment] - of_comments)
    nothing = codes[:0]
    return _feedback_stats(index.feedback, FacetCounts(nothing, nothing, *counts, commented))


def feedback_of_project(index: RunIndex, session_id: str) -> dict[str, Any]:
    """Compute the feedback_stats of the feedback on the project itself, which names no run."""
    of_projects = index.feedback.of_projects
    number = of_projects.numbers.get(session_id)
    if number is None:
        return {}
    start, end = of_projects.offsets.starts[number], of_projects.offsets.ends[number]
    return _of_codes(index, of_projects.code[start:end])


def _feedback_stats(index: FeedbackIndex, counts: FacetCounts) -> dict[str, Any]:
    return _by_key(index, stats.feedback_by_key(index.scores, counts, _MOST_SAMPLES))


def _by_key(index: FeedbackIndex, feedback: Iterable[KeyedFeedback]) -> dict[str, Any]:
    return {index.keys[each.key]: _of_key(index, each) for each in feedback}


def _of_key(index: FeedbackIndex, feedback: KeyedFeedback) -> dict[str, Any]:
    """The statistics of one key's feedback, in the fields of LangSmith's documents and SDKs
    (FeedbackStats).

    n counts feedback that has a score or a label (documented: "for numeric feedback the sample size
    behind avg, min, max and stdev; for categorical feedback the sum of the values counts"), so one
    that is only a comment adds a comment alone. A label is a value that is a text. avg, min and max
    are null without a score; stdev is the sample's, null below two scores; values counts labels, {}
    where there are only scores; errors is 0, for no dataset holds failed evaluations. comments are
    the first ten that are not empty, by time; sources are the first ten distinct ones by their
    text, as JSON texts (as seen on the wire).
    """
    sums = feedback.sums
    count, total = sums.scored, sums.total
    labels: dict[str, int] = {}
    for value, n in zip(feedback.values, feedback.counts, strict=True):
        label = index.labels[value]
        if label is None:  # labels ascend, and values without one are last
            break
        labels[label] = labels.get(label, 0) + n
    sources = {index.sources[value] for value in feedback.values}
    sources.discard(NO_SOURCE)
    return {
        "n": count + sums.unscored,
        "avg": total / (count * _NANO) if count else None,
        "stdev": _deviation(count, total, sums.squares),
        "errors": 0,
        "comments": [index.comments[comment] for comment in feedback.comments],
        "sources": sorted(sources)[:_MOST_SAMPLES],
        "values": labels,
        "min": sums.least / _NANO if count else None,
        "max": sums.greatest / _NANO if count else None,
    }


def _deviation(n: int, total: int, squares: int) -> float | None:
    """The sample standard deviation, from the sums of n scores and of their squares in 1e-9."""
    if n < 2:  # noqa: PLR2004 - one score has no deviation
        return None
    return math.sqrt((n * squares - total * total) / (n * (n - 1) * _NANO**2))
