"""v2's runs and traces: pages of them, one run and its address, and all runs of a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from locum.engine.data import Data, Parameters
from locum.exceptions import InvalidRequest, InvalidValue, NotFound, Unanswerable
from locum.langsmith import selection, shared_runs, v2
from locum.langsmith import timestamps as times
from locum.langsmith.run_index import run_index
from locum.langsmith.run_order import page
from locum.langsmith.run_responses import ADDRESS, run_responses
from locum.langsmith.run_rows import lineages
from locum.langsmith.run_schema import run_schemas
from locum.langsmith.selection import Project, Window
from locum.stats.column_store import Ints
from locum.stats.summary import measured

_ID = ("ID",)  # what is shown where nothing is selected


def query_runs(data: Data, tenant: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer with a page of the runs of projects, or of the experiments of a dataset, by start and
    then id, the latest first unless sort_order is ASC: 404 for an unknown project or dataset.

    All parameters are ANDed, `ids` too; what they mean is as in `selection.matching`. Experiments
    are asked about from the first of them on, where no min_start_time is given (documented).
    Raises FilterError, InvalidRequest, NotBuilt, and Unanswerable for projects and a dataset at
    once, for neither, and for a cursor that is none of this question's.
    """
    v2.refuse_unbuilt(body)
    projects, window = _projects(data, tenant, body)
    found = page(
        data,
        _matching(data, tenant, body, projects, window),
        question=v2.question("runs", tenant, body),
        limit=body["page_size"],
        descending=body["sort_order"] == "DESC",
        cursor=body.get("cursor"),
    )
    selects = body.get("selects") or _ID
    items = run_responses(data, found.runs, selects)
    ids = [item["id"] for item in items] if "ID" in selects else ()
    return v2.paged(items, found.cursors(ids)[0])


def _projects(data: Data, tenant: str, body: Mapping[str, Any]) -> tuple[list[Project], Window]:
    """The projects that are asked about, and the window."""
    ids, dataset = body.get("project_ids"), body.get("reference_dataset_id")
    if (ids is None) == (dataset is None):
        found = "neither" if ids is None else "both"
        raise Unanswerable(
            f"found {found} of project_ids and reference_dataset_id, expected one of the two"
        )
    window = v2.window(data, body)
    if dataset is None:
        return [selection.project_of(data, tenant, id_) for id_ in ids or ()], window
    owned = selection.dataset_of(data, tenant, dataset)
    experiments = selection.experiments(data, tenant, owned)
    projects = [selection.project_of(data, tenant, id_) for id_ in experiments]
    if "min_start_time" not in body:
        starts = [project.start_us for project in projects]
        known = [start for start in starts if start is not None]
        window = Window(min(known) if known and len(known) == len(starts) else None, window.end)
    return projects, window


def _matching(
    data: Data, tenant: str, body: Mapping[str, Any], projects: Sequence[Project], window: Window
) -> Ints:
    parameters = Parameters()
    conditions = ["TRUE", *window.conditions(parameters)]
    if "ids" in body:
        conditions.append(selection.among("id", body["ids"], parameters))
    asked = {name: body[name] for name in ("filter", "trace_filter", "tree_filter") if name in body}
    asked["session"] = [project.id for project in projects]
    for ours, theirs in (
        ("error", "has_error"),
        ("is_root", "is_root"),
        ("trace", "trace_id"),
        ("reference_example", "reference_examples"),
    ):
        if theirs in body:
            asked[ours] = body[theirs]
    if "run_type" in body:
        asked["run_type"] = body["run_type"].lower()
    return selection.matching(data, asked, tenant, " AND ".join(conditions), parameters)


def read_run(
    data: Data,
    tenant: str,
    run_id: str,
    project_id: str,
    selects: list[str] | None = None,
    start_time: str | None = None,
) -> dict[str, Any]:
    """Answer with a run of a project: 404 where the project is unknown, or has no such run.

    `start_time` helps the vendor to find it and is checked alone (our choice). Raises
    InvalidRequest.
    """
    selection.instant(start_time, ("query", "start_time"))
    return run_responses(data, [_run_of(data, tenant, project_id, run_id)], selects or _ID)[0]


def run_url(
    data: Data,
    tenant: str,
    run_id: str,
    project_id: str,
    trace_id: str,
    start_time: str | None = None,
) -> dict[str, Any]:
    """Answer with the address that a run has in the vendor's application (our choice: of its host
    and form nothing is published): 404 where the project is unknown, or has no such run in that
    trace."""
    selection.instant(start_time, ("query", "start_time"))
    number = _run_of(data, tenant, project_id, run_id)
    (run,) = run_schemas(data, [number], ("trace_id", "app_path"))
    if run["trace_id"].lower() != trace_id.lower():
        raise NotFound("run", f"{run_id} of trace {trace_id}")
    return {"url": ADDRESS + run["app_path"]}


def _run_of(data: Data, tenant: str, project_id: str, run_id: str) -> int:
    project = selection.project_of(data, tenant, project_id)
    parameters = Parameters()
    scope = selection.among("id", [run_id], parameters)
    found = selection.matching(data, {"session": project.id}, tenant, scope, parameters)
    return selection.only(data, found, run_id)


def trace_runs(
    data: Data,
    tenant: str,
    trace_id: str,
    project_id: str,
    filter: str | None = None,  # noqa: A002 - as the document calls it
    min_start_time: str | None = None,
    max_start_time: str | None = None,
    selects: list[str] | None = None,
) -> dict[str, Any]:
    """Answer with a project's runs of a trace that pass the filter and start in a window, both of
    whose bounds are in it, by dotted_order (our choice): 404 for an unknown project, none for an
    unknown trace. Raises FilterError, and InvalidRequest where one bound is given without the
    other."""
    project = selection.project_of(data, tenant, project_id)
    bounds = {"min_start_time": min_start_time, "max_start_time": max_start_time}
    lacking = [name for name, bound in bounds.items() if bound is None]
    if len(lacking) == 1:
        message = "Field required, as the other bound of start times is given"
        raise InvalidRequest((InvalidValue(("query", lacking[0]), message, "missing"),))
    start, end = (selection.instant(bound, ("query", name)) for name, bound in bounds.items())
    window = Window(start, None if end is None else end + 1)
    runs = selection.runs_of_trace(data, project, trace_id, window, filter)
    return {"items": run_responses(data, _as_tree(data, runs), selects or _ID)}


def _as_tree(data: Data, selected: Ints) -> list[int]:
    """The runs of a trace by dotted_order: each stands before all below it."""
    runs: list[int] = selected.tolist()
    place = {run: each.dotted_order for run, each in zip(runs, lineages(data, runs), strict=True)}
    return sorted(runs, key=place.__getitem__)


def query_shared_runs(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - public: the token says whose run it is
    share_token: str,
    body: Mapping[str, Any],
) -> dict[str, Any]:
    """Answer with all runs of the trace of a shared run, by dotted_order (our choice): 404 for an
    unknown token."""
    runs = shared_runs.of_trace(data, shared_runs.shared_run(data, share_token), None)
    return {"items": run_responses(data, _as_tree(data, runs), body.get("selects") or _ID)}


def read_shared_run(
    data: Data,
    tenant: str | None,  # noqa: ARG001 - as above
    share_token: str,
    run_id: str,
    selects: list[str],
    start_time: str,
) -> dict[str, Any]:
    """Answer with a run of the trace of a shared run: 404 for an unknown token, and for a run of
    another trace. `start_time` is checked alone, as that of `read_run`."""
    selection.instant(start_time, ("query", "start_time"))
    runs = shared_runs.of_trace(data, shared_runs.shared_run(data, share_token), [run_id])
    return run_responses(data, [selection.only(data, runs, run_id)], selects)[0]


_STREAMED = "FIRST_TOKEN_TIME"
_OF_TRACES = ("TOTAL_TOKENS", "TOTAL_COST", _STREAMED)
_NEVER = 2**63 - 1


def query_traces(data: Data, tenant: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer with a page of a project's traces whose root run starts in the window and passes the
    filters, the latest first, ties by id: 404 for an unknown project.

    Tokens, cost and first token are those of the whole trace, under trace_aggregates; all else that
    is selected is the root run's. Raises FilterError, InvalidRequest, NotBuilt, and Unanswerable
    for a cursor that is none of this question's.
    """
    v2.refuse_unbuilt(body)
    project = selection.project_of(data, tenant, body["project_id"])
    found = page(
        data,
        selection.traces(data, project, v2.window(data, body), body.get("trace_ids"), body),
        question=v2.question("traces", tenant, body),
        limit=body["page_size"],
        cursor=body.get("cursor"),
    )
    selects = body.get("selects") or _ID
    roots = run_responses(data, found.runs, [name for name in selects if name not in _OF_TRACES])
    of_traces = [name for name in selects if name in _OF_TRACES]
    if not of_traces:
        return v2.paged([{"root_run": root} for root in roots], found.next)
    aggregates = _aggregates(data, found.runs, of_traces)
    items = [
        {"root_run": root, "trace_aggregates": aggregate}
        for root, aggregate in zip(roots, aggregates, strict=True)
    ]
    return v2.paged(items, found.next)


def _aggregates(data: Data, roots: Sequence[int], selects: Sequence[str]) -> list[dict[str, Any]]:
    """The traces of root runs summed up. What a root run reports includes all below it."""
    found = run_responses(data, roots, [name for name in selects if name != _STREAMED])
    if _STREAMED in selects:
        for aggregate, first in zip(found, _first_tokens(data, roots), strict=True):
            if first is not None:
                aggregate[_STREAMED.lower()] = times.text(first)
    return found


def _first_tokens(data: Data, roots: Sequence[int]) -> list[int | None]:
    """When the first token of any run of each trace came, in microseconds; None where none did."""
    columns = data.once(run_index).columns
    trace = columns.ids["trace"]
    chosen = np.asarray(roots, dtype=np.int64)
    runs = selection.runs_of_traces(data.once(run_index), chosen)
    start, is_started = measured(columns, "start_us", runs)
    latency, has_token = measured(columns, "first_token_latency_us", runs)
    streamed = is_started & has_token
    first = np.full(len(trace) + 1, _NEVER)
    np.minimum.at(first, trace[runs[streamed]], (start + latency)[streamed])
    return [None if time == _NEVER else time for time in first[trace[chosen]].tolist()]
