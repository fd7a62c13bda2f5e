"""From a request to what it is about: a project (the API calls it a session), a dataset, threads,
runs. A thread is the root runs whose metadata names the same conversation."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import suppress
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
from attrs import frozen
from cachetools import LRUCache

from locum.engine.data import Data, Parameters
from locum.exceptions import InvalidRequest, InvalidValue, NotFound
from locum.langsmith import dataset_rows, run_rows
from locum.langsmith import timestamps as times
from locum.langsmith.filters.ast import Search
from locum.langsmith.filters.fields import RUNS
from locum.langsmith.run_index import RunIndex, run_index
from locum.langsmith.unchanged import unless_changed
from locum.stats.column_store import Ints
from locum.stats.summary import compare, marked


@frozen
class Project:
    """A project's row: times in microseconds, `extra` a JSON text."""

    id: str
    tenant_id: str
    name: str | None
    description: str | None
    start_us: int | None
    end_us: int | None
    reference_dataset_id: str | None
    extra: str | None


def project_of(data: Data, tenant: str | None, session_id: str) -> Project:
    """Return the tenant's project of that id, which may be written in any case. Raises NotFound."""
    found = data.once(_projects).get((tenant, session_id.lower()))
    if found is None:
        raise NotFound("session", session_id)
    return found


@unless_changed("langsmith_sessions")
def _projects(data: Data) -> dict[tuple[str | None, str], Project]:
    """All projects by tenant and id in lower case; of ids that differ in case the least counts."""
    rows = data.rows(
        "SELECT id, tenant_id, name, description, start_us, end_us, reference_dataset_id, extra "
        "FROM langsmith_sessions ORDER BY id DESC"
    )
    return {(row[1], row[0].lower()): Project(*row) for row in rows}


def projects_of(data: Data, tenant: str | None) -> list[Project]:
    """Return the tenant's projects by id."""
    return data.once(_projects_by_tenant).get(tenant, [])


@unless_changed("langsmith_sessions")
def _projects_by_tenant(data: Data) -> dict[str | None, list[Project]]:
    found: dict[str | None, list[Project]] = {}
    for (tenant, _), project in sorted(data.once(_projects).items(), key=lambda item: item[0][1]):
        found.setdefault(tenant, []).append(project)
    return found


def project_fields(project: Project) -> dict[str, Any]:
    """Return the fields that the API gives a project's own."""
    fields = {
        "id": project.id,
        "tenant_id": project.tenant_id,
        "name": project.name,
        "description": project.description,
        "start_time": times.text(project.start_us),
        "end_time": times.text(project.end_us),
        "default_dataset_id": None,
        "reference_dataset_id": project.reference_dataset_id,
        "trace_tier": None,
        "extra": None if project.extra is None else orjson.loads(project.extra),
    }
    # These two are never null in the document.
    return {k: v for k, v in fields.items() if v is not None or k not in {"name", "start_time"}}


def experiment_number(data: Data, project: Project) -> int | None:
    """Return the test_run_number of a project over a dataset: its place among the tenant's projects
    over that dataset, by start, from 1 (our choice: the document does not say); else None."""
    return data.once(_experiment_numbers).get((project.tenant_id, project.id))


@unless_changed("langsmith_sessions")
def _experiment_numbers(data: Data) -> dict[tuple[str, str], int]:
    rows = data.rows(
        "SELECT tenant_id, id, row_number() OVER ("
        "PARTITION BY tenant_id, reference_dataset_id ORDER BY start_us, id) "
        "FROM langsmith_sessions WHERE reference_dataset_id IS NOT NULL"
    )
    return {(tenant, project): number for tenant, project, number in rows}


def runs_of_projects(data: Data) -> dict[tuple[str, str], Ints]:
    """Read the runs of each project, root and child, ascending, by tenant and id in lower case; ask
    for them by `data.once(runs_of_projects)`."""
    found = data.arrays(
        "SELECT tenant_id, lower(session_id) AS project, list(run) AS runs FROM runs GROUP BY ALL"
    )
    keys = zip(found["tenant_id"].tolist(), found["project"].tolist(), strict=True)
    # As `where` has them: numbers by which others are looked up fastest.
    of_each = zip(keys, found["runs"], strict=True)
    return {key: np.sort(runs.astype(np.intp)) for key, runs in of_each}


def experiments(data: Data, tenant: str, dataset_id: str) -> list[str]:
    """Return the ids of the tenant's projects over a dataset, sorted."""
    return data.once(_experiments).get((tenant, dataset_id), [])


@unless_changed("langsmith_sessions")
def _experiments(data: Data) -> dict[tuple[str, str], list[str]]:
    rows = data.rows(
        "SELECT tenant_id, reference_dataset_id, list(id ORDER BY id) FROM langsmith_sessions "
        "WHERE reference_dataset_id IS NOT NULL GROUP BY ALL"
    )
    return {(tenant, dataset_id): ids for tenant, dataset_id, ids in rows}


def dataset_of(data: Data, tenant: str | None, dataset_id: str) -> str:
    """Return the id, as the table writes it, of the tenant's dataset. Raises NotFound."""
    return dataset_rows.dataset_of(data, tenant, dataset_id).id


def shared_dataset(data: Data, share_token: str) -> tuple[str, str]:
    """Return the id and tenant of the dataset that is shared under the token. Raises NotFound."""
    parameters = Parameters()
    rows = data.rows(
        "SELECT id, tenant_id FROM langsmith_datasets "
        f"WHERE lower(share_token) = {parameters.add(share_token.lower())}",
        parameters,
    )
    if not rows:
        raise NotFound("shared dataset", share_token)
    dataset_id, tenant = min(rows)  # of tokens that differ in case
    return dataset_id, tenant


def where(data: Data, condition: str, parameters: Parameters) -> Ints:
    """Return the runs for which a condition over the table `runs` holds; not to be changed.

    What was selected last is kept with the data: whoever explores asks about many windows of time
    with the same few filters. Over 10,000 runs, where every second request has one of 13 filters, a
    request takes a third of the CPU time that it takes without (0.31 ms of 0.89 ms).
    """
    selections, lock = data.once(_selections)
    key = ascii((condition, parameters.values))
    with lock:
        cached = selections.get(key)
    if cached is not None:
        return cached.runs
    statement = f"SELECT runs.run FROM runs WHERE {condition}"
    found, _ = data.columns(statement, parameters)["run"]
    runs: Ints = found.astype(np.intp)  # as which numbers are looked up fastest
    with lock, suppress(ValueError):  # of a selection that is too large by itself
        selections[key] = _Kept(runs, max(runs.nbytes, _LEAST_BYTES))
    return runs


_MOST_BYTES = 16 * 2**20  # of selections that are kept: at most a thousand
_LEAST_BYTES = 16 * 2**10  # that one counts as


@frozen(eq=False)
class _Kept:
    runs: Ints
    size: int


def _selections(_: Data) -> tuple[LRUCache[str, _Kept], threading.Lock]:
    return LRUCache(_MOST_BYTES, attrgetter("size")), threading.Lock()


@frozen
class Window:
    """A window of time that runs start in: from `start` on and before `end`, in microseconds; None
    is no bound."""

    start: int | None
    end: int | None

    def conditions(self, parameters: Parameters) -> list[str]:
        """Return the conditions over the table `runs` that a run's start is in it."""
        return [
            f"runs.start_us {comparison} {parameters.add(bound)}"
            for comparison, bound in ((">=", self.start), ("<", self.end))
            if bound is not None
        ]


_NO_FILTERS: Mapping[str, Any] = MappingProxyType({})


@frozen(eq=False)
class Turns:
    """The root runs of a project that are in a thread, by start and then number; last those without
    a start."""

    runs: Ints
    starts: array[int]  # which `bisect` reads faster than NumPy's

    def between(self, start: int | None, end: int | None) -> Ints:
        """Return those with start ≤ the run's start < end, in microseconds; null is no bound."""
        if start is None and end is None:
            return self.runs
        first = 0 if start is None else bisect_left(self.starts, start)
        last = len(self.starts) if end is None else bisect_left(self.starts, end)
        return self.runs[first:last]


NO_RUNS: Ints = np.array([], dtype=np.int64)
_NO_TURNS = Turns(NO_RUNS, array("q"))


def turns_of_projects(data: Data) -> dict[tuple[str, str], Turns]:
    """Read the turns of each project, by tenant and id; ask for them by
    `data.once(turns_of_projects)`."""
    rows = data.rows(
        "SELECT tenant_id, session_id, list(run ORDER BY start_us NULLS LAST, run), "
        "list(start_us ORDER BY start_us) FILTER (start_us IS NOT NULL) "
        "FROM runs WHERE is_root AND thread_id IS NOT NULL GROUP BY tenant_id, session_id"
    )
    return {
        (tenant, project): Turns(np.array(runs), array("q", starts or []))
        for tenant, project, runs, starts in rows
    }


def conversations(
    data: Data,
    index: RunIndex,
    turns: Mapping[tuple[str, str], Turns],
    project: Project,
    body: Mapping[str, Any],
) -> Ints:
    """Return the root runs in the window of a RunGroupRequest, of those of the project's threads of
    which one in the window passes the filter. Raises FilterError."""
    of_project = turns.get((project.tenant_id, project.id), _NO_TURNS)
    runs = of_project.between(_time(body, "start_time"), _time(body, "end_time"))
    if body.get("filter") is None:
        return runs
    return _of_passing_threads(data, index, project, runs, body["filter"])


def threads(
    data: Data, index: RunIndex, project: Project, window: Window, filters: Mapping[str, Any]
) -> Ints:
    """Return the root runs in a window, by start, of those of the project's threads that for each
    filter have one in the window which passes it: `filter` and `trace_filter` are tested on the
    root run itself, `tree_filter` on any run of its trace. Raises FilterError."""
    turns = data.once(turns_of_projects).get((project.tenant_id, project.id), _NO_TURNS)
    runs = turns.between(window.start, window.end)
    for name in ("filter", "trace_filter"):
        if filters.get(name) is not None:
            runs = _of_passing_threads(data, index, project, runs, filters[name], name)
    if filters.get("tree_filter") is not None:
        parameters = Parameters()
        roots = _roots(project, parameters)
        tested = _in_trace("tree_filter", filters, project.tenant_id, parameters)
        selected = where(data, f"{roots} AND {tested}", parameters)
        threads = index.columns.ids["thread"]
        passing = runs[marked(selected, len(threads))[runs]]
        runs = runs[marked(threads[passing], len(threads) + 1)[threads[runs]]]
    return runs


def _of_passing_threads(
    data: Data,
    index: RunIndex,
    project: Project,
    runs: Ints,
    text: str,
    name: str = "filter",
) -> Ints:
    """Those of the project's root runs whose thread has one that passes a filter."""
    bounds, rest, parameters = RUNS.bounds_and_rest(text, name)
    threads, passing = index.columns.ids["thread"], runs
    if rest:
        of_it = f"runs.session_id = {parameters.add(project.id)}"
        selected = where(data, f"runs.is_root AND {of_it} AND {rest}", parameters)
        passing = runs[marked(selected, len(threads))[runs]]
    # Bounds of measures, whose values people vary most, take no statement.
    for measure, bound in bounds:
        holds = compare(index.columns, measure, bound.order.compare, bound.integer, passing)
        passing = passing[holds]
    return runs[marked(threads[passing], len(threads) + 1)[threads[runs]]]


def thread(
    data: Data, project: Project, thread_id: str, filters: Mapping[str, Any] = _NO_FILTERS
) -> Ints:
    """Return the traces of a thread: the project's root runs that name it and pass the filters, of
    which `tree_filter` is tested on any run of the trace. Raises FilterError."""
    parameters = Parameters()
    condition = f"{_roots(project, parameters)} AND runs.thread_id = {parameters.add(thread_id)}"
    if filters:
        tested = _of_root(filters, project.tenant_id, parameters)
        condition = " AND ".join((condition, *tested))
    return where(data, condition, parameters)


def traces(
    data: Data,
    project: Project,
    window: Window,
    trace_ids: list[str] | None,
    filters: Mapping[str, Any],
) -> Ints:
    """Return the project's root runs in a window that pass the filters as those of a thread do, of
    these traces where they are given, whose ids may be written in any case. Raises FilterError."""
    parameters = Parameters()
    conditions = [_roots(project, parameters), *window.conditions(parameters)]
    if trace_ids is not None:
        conditions.append(among("trace_id", trace_ids, parameters))
    conditions += _of_root(filters, project.tenant_id, parameters)
    return where(data, " AND ".join(conditions), parameters)


def runs_of_trace(
    data: Data, project: Project, trace_id: str, window: Window, text: str | None
) -> Ints:
    """Return the project's runs of a trace, whose id may be written in any case, that start in a
    window and pass a filter. Raises FilterError."""
    parameters = Parameters()
    conditions = [
        f"runs.session_id = {parameters.add(project.id)}",
        f"runs.tenant_id = {parameters.add(project.tenant_id)}",
        among("trace_id", [trace_id], parameters),
        *window.conditions(parameters),
    ]
    if text is not None:
        conditions.append(filtered(text, parameters))
    return where(data, " AND ".join(conditions), parameters)


def runs_of_traces(index: RunIndex, runs: Ints) -> Ints:
    """Return all runs of the traces that these runs are of, by number."""
    trace = index.columns.ids["trace"]
    return np.flatnonzero(marked(trace[runs], len(trace) + 1)[trace])


def _roots(project: Project, parameters: Parameters) -> str:
    return (
        f"runs.is_root AND runs.session_id = {parameters.add(project.id)} "
        f"AND runs.tenant_id = {parameters.add(project.tenant_id)}"
    )


def _of_root(filters: Mapping[str, Any], tenant: str, parameters: Parameters) -> Iterator[str]:
    """What filters ask for of a root run, which is the one of its trace."""
    for name in ("filter", "trace_filter"):
        if filters.get(name) is not None:
            yield filtered(filters[name], parameters, name)
    if filters.get("tree_filter") is not None:
        yield _in_trace("tree_filter", filters, tenant, parameters)


def _in_trace(
    name: str, filters: Mapping[str, Any], tenant: str, parameters: Parameters, root: str = "TRUE"
) -> str:
    """The condition that a run of a run's trace passes a filter, and `root`, a condition too."""
    tested = filtered(filters[name], parameters, name)
    tenancy = f"runs.tenant_id = {parameters.add(tenant)}"
    traces = f"SELECT runs.trace_id FROM runs WHERE {tenancy} AND {root} AND {tested}"
    return f"runs.trace_id IN ({traces})"


# Parameters that are an id, or a list of ids, each with its column. Ids compare in any case.
_IDS = {
    "session": "session_id",
    "reference_example": "reference_example_id",
    "trace": "trace_id",
    "parent_run": "parent_run_id",
}

# Of so many values and more, a list as one parameter is planned faster than a parameter each.
_MANY = 50


def matching(
    data: Data, body: Mapping[str, Any], tenant: str, scope: str, parameters: Parameters
) -> Ints:
    """Return the tenant's runs in `scope`, a condition of these parameters, that a body asks for.

    The body is a RunStatsQueryParams. All parameters are ANDed; an absent one and null ask for
    nothing; an empty list has no member, so nothing matches it. `id` alone decides where it is
    there (documented for run ids). data_source_type, skip_pagination and use_experimental_search
    change no number (our choice). Raises FilterError, and InvalidRequest for a time that is none.
    """
    tenancy = f"runs.tenant_id = {parameters.add(tenant)}"
    scope = f"{tenancy} AND {scope}"
    if body.get("id") is not None:
        condition = f"{scope} AND {among('id', body['id'], parameters)}"
        return where(data, condition, parameters)
    conditions = [scope, *_fields(body, parameters), *_window(body, parameters)]
    if body.get("query") is not None:
        searched = RUNS.where(Search(None, body["query"]), parameters, "query")
        conditions.append(f"({searched})")
    conditions += [
        filtered(body[name], parameters, name)
        for name in ("filter", "search_filter")
        if body.get(name) is not None
    ]
    for name, root in (("trace_filter", "runs.is_root"), ("tree_filter", "TRUE")):
        if body.get(name) is not None:
            conditions.append(_in_trace(name, body, tenant, parameters, root))
    return where(data, " AND ".join(conditions), parameters)


# Parameters that a body with nothing but projects and a window leaves out.
_NARROWER = (
    *("reference_example", "trace", "parent_run", "run_type", "is_root", "execution_order"),
    *("error", "query", "filter", "search_filter", "trace_filter", "tree_filter"),
)


def runs_of_tenant(data: Data, tenant: str, body: Mapping[str, Any]) -> Ints:
    """Return the tenant's runs that a body asks for, as `matching` does. Raises NotFound for an
    unknown project too."""
    sessions = body.get("session")
    if sessions is None or body.get("id") is not None:
        return matching(data, body, tenant, "TRUE", Parameters())
    projects = dict.fromkeys(project_of(data, tenant, each).id.lower() for each in sessions)
    if any(body.get(name) is not None for name in _NARROWER):
        return matching(data, body, tenant, "TRUE", Parameters())
    # Projects are mostly read page by page, or window by window: no statement is needed for that.
    of_projects = data.once(runs_of_projects)
    found = [of_projects[tenant, each] for each in projects if (tenant, each) in of_projects]
    runs = np.concatenate([np.empty(0, dtype=np.intp), *found])
    columns = data.once(run_index).columns
    for name, order in _BOUNDS:
        bound = _time(body, name)
        if bound is not None:
            runs = runs[compare(columns, "start_us", order, bound, runs)]
    return runs


# The window is always on a run's start, `start_time` ≤ start < `end_time` (our choice).
_BOUNDS = (("start_time", np.greater_equal), ("end_time", np.less))


def runs_over_dataset(data: Data, share_token: str, body: Mapping[str, Any]) -> Ints:
    """Return the runs, root and child, in every project over a shared dataset that a body asks for,
    as `matching` does. Raises NotFound for an unknown token."""
    dataset_id, owner = shared_dataset(data, share_token)
    parameters = Parameters()
    over_dataset = parameters.add(experiments(data, owner, dataset_id))
    scope = f"list_contains(CAST({over_dataset} AS VARCHAR[]), runs.session_id)"
    return matching(data, body, owner, scope, parameters)


def _fields(body: Mapping[str, Any], parameters: Parameters) -> list[str]:
    conditions = []
    for name, column in _IDS.items():
        if body.get(name) is not None:
            ids = body[name] if isinstance(body[name], list) else [body[name]]
            conditions.append(among(column, ids, parameters))
    if body.get("run_type") is not None:
        conditions.append(f"runs.run_type = {parameters.add(body['run_type'])}")
    if body.get("is_root") is not None:
        conditions.append(f"runs.is_root = {parameters.add(body['is_root'])}")
    if body.get("execution_order") is not None:  # the document admits 1 alone: a trace's first run
        conditions.append("runs.is_root")
    if body.get("error") is not None:
        comparison = "=" if body["error"] else "<>"
        conditions.append(f"coalesce(runs.status, '') {comparison} 'error'")
    return conditions


def only(data: Data, found: Ints, run_id: str) -> int:
    """Return the run of that id, which was looked for: of ids that differ in case, that of the
    least. Raises NotFound where there is none."""
    if not len(found):
        raise NotFound("run", run_id)
    if len(found) == 1:
        return int(found[0])
    id_of = run_rows.ids(data, found.tolist())
    return min(id_of, key=id_of.__getitem__)


def filtered(text: str, parameters: Parameters, name: str = "filter") -> str:
    """Return the condition that a filter text stands for; FilterError speaks of it by `name`."""
    return f"({RUNS.condition(text, parameters, name)})"


def _time(body: Mapping[str, Any], name: str) -> int | None:
    """A time of the body in microseconds, None where there is none."""
    return instant(body.get(name), ("body", name))


def instant(text: str | None, location: tuple[str, ...]) -> int | None:
    """Return a time of the request in microseconds, None of None. Raises InvalidRequest for one
    that is none, which tells where it stands."""
    try:
        return None if text is None else times.microseconds(text)
    except ValueError as error:
        raise InvalidRequest(
            (InvalidValue(location, str(error), "datetime_parsing", text),)
        ) from None


def _window(body: Mapping[str, Any], parameters: Parameters) -> list[str]:
    """The window is always on a run's start, `start_time` ≤ start < `end_time` (our choice)."""
    return Window(_time(body, "start_time"), _time(body, "end_time")).conditions(parameters)


def among(column: str, ids: list[str], parameters: Parameters) -> str:
    """Return the condition that a column of `runs` is one of the ids, written in any case."""
    lower = [value.lower() for value in ids]
    among = parameters.list(lower) if len(lower) < _MANY else _elements(lower, parameters)
    return f"lower(runs.{column}) IN ({among})"


def _elements(texts: list[str], parameters: Parameters) -> str:
    return f"SELECT unnest(CAST({parameters.add(texts)} AS VARCHAR[]))"
