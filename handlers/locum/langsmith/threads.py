"""Threads of a project: their statistics, one by one and together, and lists of threads and of a
thread's traces.

A thread's traces are the project's root runs that name it; a thread named by child runs alone has
none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from locum.engine.data import Data
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith import selection, v2
from locum.langsmith import timestamps as times
from locum.langsmith.run_index import RunIndex, run_index
from locum.langsmith.run_order import ordered, page
from locum.langsmith.run_responses import trace_responses
from locum.langsmith.run_stats import feedback_of_runs, run_stats
from locum.stats.column_store import Ints
from locum.stats.summary import are_true, marked, measured, split_by_code

_COST_OF_THREAD = 30_000  # to compute its statistics, in units of `engine.data.Work`

_FEEDBACK = "FEEDBACK_STATS"
# What each other value of `selects` adds to the answer: its field, and the statistic behind it.
_SELECTS = {
    "TURNS": ("turns", "trace_count"),
    "FIRST_START_TIME": ("first_start_time", "first_start_time"),
    "LAST_START_TIME": ("last_start_time", "last_run_start_time"),
    "LAST_END_TIME": ("last_end_time", "last_end_time"),
    "LATENCY_P50": ("latency_p50_seconds", "latency_p50"),
    "LATENCY_P99": ("latency_p99_seconds", "latency_p99"),
    "PROMPT_TOKENS": ("prompt_tokens", "prompt_tokens"),
    "PROMPT_COST": ("prompt_cost", "prompt_cost"),
    "COMPLETION_TOKENS": ("completion_tokens", "completion_tokens"),
    "COMPLETION_COST": ("completion_cost", "completion_cost"),
    "TOTAL_TOKENS": ("total_tokens", "total_tokens"),
    "TOTAL_COST": ("total_cost", "total_cost"),
    "PROMPT_TOKEN_DETAILS": ("prompt_token_details", "prompt_token_details"),
    "COMPLETION_TOKEN_DETAILS": ("completion_token_details", "completion_token_details"),
    "PROMPT_COST_DETAILS": ("prompt_cost_details", "prompt_cost_details"),
    "COMPLETION_COST_DETAILS": ("completion_cost_details", "completion_cost_details"),
}


def thread_stats(
    data: Data,
    tenant: str | None,
    thread_id: str,
    session_id: str,
    selects: list[str] | None = None,
    filter: str | None = None,  # noqa: A002 - as the document calls it
) -> dict[str, Any]:
    """Answer with the selected statistics of one thread of a project: 404 for an unknown project,
    zeros for an unknown thread.

    `filter` leaves the traces whose root run passes it. Times and latencies are absent where no run
    has one. Feedback is that on any run of the traces, all else is of their root runs. Raises
    FilterError.
    """
    if not selects:
        fault = InvalidValue(("query", "selects"), "At least one value is required", "missing")
        raise InvalidRequest((fault,))
    project = selection.project_of(data, tenant, session_id)
    filters = {} if filter is None else {"filter": filter}
    traces = selection.thread(data, project, thread_id, filters)
    index = data.once(run_index)
    chosen = [_SELECTS[select] for select in dict.fromkeys(selects) if select != _FEEDBACK]
    found = run_stats(index, traces, [statistic for _, statistic in chosen])
    answer = {}
    for field, statistic in chosen:
        value = found[statistic]
        if value is not None:
            answer[field] = {"raw": value} if field.endswith("_details") else value
    if _FEEDBACK in selects:
        runs = selection.runs_of_traces(index, traces)
        answer["feedback_stats"] = feedback_of_runs(index, runs)
    return answer


def query_thread_stats(data: Data, tenant: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer with the selected statistics of a project's threads that match, as `selection.threads`
    has it: 404 for an unknown project.

    They are over the root runs that the threads have in the window, as one aggregate, or with
    `stride` as `buckets`, ascending. A bucket begins at a multiple of the stride after 1970 (UTC),
    has the threads whose last trace begins in it, and is left out without one (our choices). What
    no trace has a value for is absent. Raises FilterError, InvalidRequest and NotBuilt.
    """
    v2.refuse_unbuilt(body)
    project = selection.project_of(data, tenant, body["project_id"])
    index = data.once(run_index)
    traces = selection.threads(data, index, project, v2.window(data, body), body)
    if "stride" not in body:
        return _aggregate(index, traces, body["select"])
    stride = body["stride"]["value"] * _UNITS_US[body["stride"]["unit"]]
    buckets = []
    for start, of_it in _buckets(data, index, traces, stride):
        data.spend(_COST_OF_THREAD)
        found = _aggregate(index, of_it, body["select"])
        buckets.append({"bucket_start_time": times.text(start), **found})
    return {"buckets": buckets}


_UNITS_US = {
    "SECOND": 10**6,
    "MINUTE": 60 * 10**6,
    "HOUR": 3600 * 10**6,
    "DAY": 86_400 * 10**6,
}
# What each value of `select` adds to an aggregate, as above. Feedback on a whole thread is in no
# dataset: there is feedback on runs, and on projects.
_AGGREGATES = {
    "THREAD_COUNT": ("thread_count", "thread_count"),
    "TRACE_COUNT": ("trace_count", "trace_count"),
    "ERROR_RATE": ("error_rate", "trace_error_rate"),
    "STREAMING_RATE": ("streaming_rate", "streaming_rate"),
    "MEDIAN_TOKENS": ("median_tokens", "median_tokens"),
    "FIRST_TOKEN_P50": ("first_token_p50_seconds", "first_token_p50"),
    "FIRST_TOKEN_P99": ("first_token_p99_seconds", "first_token_p99"),
    **{name: _SELECTS[name] for name in ("LATENCY_P50", "LATENCY_P99")},
    **{
        f"{kind}_{name}": _SELECTS[f"{kind}_{name}"]
        for kind in ("TOTAL", "PROMPT", "COMPLETION")
        for name in ("TOKENS", "COST")
    },
    **{
        f"{kind}_{name}_DETAILS": _SELECTS[f"{kind}_{name}_DETAILS"]
        for kind in ("PROMPT", "COMPLETION")
        for name in ("TOKEN", "COST")
    },
}
_OF_THREADS = "THREAD_FEEDBACK_STATS"


def _aggregate(index: RunIndex, traces: Ints, select: Iterable[str]) -> dict[str, Any]:
    chosen = dict.fromkeys(select)
    fields = [_AGGREGATES[name] for name in chosen if name != _OF_THREADS]
    found = run_stats(index, traces, [statistic for _, statistic in fields])
    answer = {field: found[name] for field, name in fields if found[name] is not None}
    return answer | ({_OF_THREADS.lower(): {}} if _OF_THREADS in chosen else {})


def _buckets(data: Data, index: RunIndex, traces: Ints, stride_us: int) -> list[tuple[int, Ints]]:
    """The traces of the threads by the bucket of their last trace: its start in microseconds, and
    the traces; ascending."""
    threads = index.columns.ids["thread"]
    last = _last_of_each(data, index, traces)
    starts, _ = measured(index.columns, "start_us", last)  # which what is in a window has
    places = [start // stride_us for start in starts.tolist()]
    bucket_of_thread = np.zeros(len(threads) + 1, dtype=np.int64)
    found, bucket_of_thread[threads[last]] = np.unique(places, return_inverse=True)
    of_each = split_by_code(bucket_of_thread[threads[traces]], traces)
    return [(int(found[bucket]) * stride_us, of_it) for bucket, of_it in of_each]


def _last_of_each(data: Data, index: RunIndex, traces: Ints) -> Ints:
    """The last trace of each thread, by start and then id."""
    latest_first = ordered(data, traces, descending=True)
    _, first = np.unique(index.columns.ids["thread"][latest_first], return_index=True)
    last: Ints = latest_first[first]
    return last


def query_threads(data: Data, tenant: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer with a page of a project's threads that match, as `selection.threads` has it, each
    summed up over its root runs in the window: 404 for an unknown project.

    The thread whose last trace began last comes first, ties by that trace's id. Feedback is that on
    any run of the traces. Raises FilterError, InvalidRequest, NotBuilt, and Unanswerable for a
    cursor that is none of this question's.
    """
    v2.refuse_unbuilt(body)
    project = selection.project_of(data, tenant, body["project_id"])
    index = data.once(run_index)
    traces = selection.threads(data, index, project, v2.window(data, body), body)
    found = page(
        data,
        _last_of_each(data, index, traces),
        question=v2.question("threads", tenant, body),
        limit=body["page_size"],
        cursor=body.get("cursor"),
    )
    return v2.paged(_summaries(data, index, traces, found.runs), found.next)


def _summaries(
    data: Data, index: RunIndex, traces: Ints, last: Sequence[int]
) -> list[dict[str, Any]]:
    """Sum up the threads of which these are the last traces, in their order."""
    threads = index.columns.ids["thread"]
    wanted = threads[np.asarray(last, dtype=np.int64)]
    of_them = ordered(data, traces[marked(wanted, len(threads) + 1)[threads[traces]]])
    turns = dict(split_by_code(threads[of_them], of_them))
    thread_of_trace = np.zeros(len(threads) + 1, dtype=threads.dtype)
    thread_of_trace[index.columns.ids["trace"][of_them]] = threads[of_them]
    every = selection.runs_of_traces(index, of_them)
    runs = dict(split_by_code(thread_of_trace[index.columns.ids["trace"][every]], every))
    data.spend(len(last) * _COST_OF_THREAD)
    found = [_summary(index, turns[thread], runs[thread]) for thread in wanted.tolist()]
    firsts = [int(turns[thread][0]) for thread in wanted.tolist()]
    failed = [_last_failed(index, turns[thread]) for thread in wanted.tolist()]
    shown = _shown(data, {*firsts, *last, *(run for run in failed if run is not None)})
    return [
        {
            "thread_id": shown[latest]["thread_id"],
            "trace_id": shown[latest]["trace_id"],
            "start_time": shown[latest]["start_time"],
            "first_trace_id": shown[first]["trace_id"],
            "last_trace_id": shown[latest]["trace_id"],
            **_renamed(shown[first], {"inputs_preview": "first_inputs"}),
            **_renamed(shown[latest], {"outputs_preview": "last_outputs"}),
            **_renamed(shown.get(failure, {}), {"error_preview": "last_error"}),
            **summary,
        }
        for summary, first, latest, failure in zip(found, firsts, last, failed, strict=True)
    ]


# The fields of a thread's summary, by the statistic behind each.
_SUMMARY = {
    "run_count": "count",
    "error_count": "num_errored_turns",
    "first_start_time": "min_start_time",
    "last_run_start_time": "max_start_time",
    **{name: name for name in ("latency_p50", "latency_p99", "total_tokens", "total_cost")},
    **{name: name for name in ("total_token_details", "total_cost_details")},
}
_SHOWN = ("THREAD_ID", "START_TIME", "INPUTS_PREVIEW", "OUTPUTS_PREVIEW", "ERROR_PREVIEW")


def _summary(index: RunIndex, turns: Ints, runs: Ints) -> dict[str, Any]:
    found = _renamed(run_stats(index, turns, tuple(_SUMMARY)), _SUMMARY)
    return found | {"feedback_stats": feedback_of_runs(index, runs)}


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The values that there are, under other names."""
    return {new: values[old] for old, new in names.items() if values.get(old) is not None}


def _last_failed(index: RunIndex, turns: Ints) -> int | None:
    failed = turns[are_true(index.columns.flags, "is_error", turns)]
    return int(failed[-1]) if len(failed) else None


def _shown(data: Data, runs: Iterable[int]) -> dict[int | None, dict[str, Any]]:
    numbers = sorted(runs)
    return dict(zip(numbers, trace_responses(data, numbers, _SHOWN), strict=True))


def thread_traces(
    data: Data,
    tenant: str | None,
    thread_id: str,
    project_id: str,
    page_size: int,
    cursor: str | None = None,
    selects: list[str] | None = None,
    **filters: str | None,
) -> dict[str, Any]:
    """Answer with a page of a thread's traces that pass the filters, the latest first, ties by id:
    404 for an unknown project, none for an unknown thread.

    `filter` and `trace_filter` are tested on the root run, `tree_filter` on any run of the trace.
    trace_id is there whatever is selected; turn_number counts the whole thread's traces from 1, by
    start and then id. Raises FilterError, and Unanswerable for a cursor that is none of this
    question's.
    """
    project = selection.project_of(data, tenant, project_id)
    asked = {"thread": thread_id, "project": project.id, **filters}
    found = page(
        data,
        selection.thread(data, project, thread_id, filters),
        question=v2.question("thread_traces", tenant, asked),
        limit=page_size,
        cursor=cursor,
    )
    items = trace_responses(data, found.runs, selects or ())
    if "TURN_NUMBER" in (selects or ()):
        whole = ordered(data, selection.thread(data, project, thread_id)).tolist()
        number = {run: place for place, run in enumerate(whole, 1)}
        for item, run in zip(items, found.runs, strict=True):
            item["turn_number"] = number[run]
    return v2.paged(items, found.next)
