"""Projects (the API calls them sessions): which a request asks for, in which order, and what their
statistics are: those of `run_stats`, over all their runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any

import orjson
from attrs import frozen

from locum.engine.data import Data, Parameters
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith import cursors, run_stats, selection
from locum.langsmith.containment import contains
from locum.langsmith.run_index import run_index
from locum.langsmith.selection import Project
from locum.stats.column_store import Ints
from locum.stats.summary import marked

_COST_OF_PROJECT = 30_000  # to compute its statistics, in units of `engine.data.Work`

# The statistics of a project that are those of its runs, in the order of the document's
# TracerSession. Its costs are the exact sums in nano-USD: v1 writes them as texts, v2 as numbers.
COSTS = ("total_cost", "prompt_cost", "completion_cost")
_OF_RUNS = (
    "run_count",
    "latency_p50",
    "latency_p99",
    "first_token_p50",
    "first_token_p99",
    "total_tokens",
    "prompt_tokens",
    "completion_tokens",
    *COSTS,
    "last_run_start_time",
    "feedback_stats",
    "run_facets",
    "error_rate",
    "streaming_rate",
)
_OF_PROJECT = "session_feedback_stats"
STATISTICS = (*_OF_RUNS, _OF_PROJECT)


@frozen
class Asked:
    """Which projects are asked for: all that is given holds, and None asks for nothing.

    `ids` and `datasets` are ids of projects and of the datasets that they are over; `metadata` is
    held by the project's. `experiments` are projects over a dataset (True), and others (False).
    """

    ids: Collection[str] | None = None
    datasets: Collection[str] | None = None
    name: str | None = None
    name_contains: str | None = None
    metadata: Mapping[str, Any] | None = None
    experiments: Collection[bool] | None = None

    def conditions(self) -> list[Callable[[Project], bool]]:
        """Return what must hold of a project. Ids compare in any case, and so does a part of a name
        (our choice)."""
        ids, datasets = _lower(self.ids), _lower(self.datasets)
        part, kinds = (self.name_contains or "").lower(), self.experiments
        given: dict[str, Callable[[Project], bool]] = {
            "ids": lambda project: project.id.lower() in ids,
            "datasets": lambda project: (project.reference_dataset_id or "").lower() in datasets,
            "name": lambda project: project.name == self.name,
            "name_contains": lambda project: part in (project.name or "").lower(),
            "metadata": lambda project: contains(_metadata(project) or {}, self.metadata),
            "experiments": lambda project: (
                (project.reference_dataset_id is not None) in (kinds or ())
            ),
        }
        return [holds for name, holds in given.items() if getattr(self, name) is not None]


def _lower(ids: Collection[str] | None) -> set[str]:
    return {id_.lower() for id_ in ids or ()}


def _metadata(project: Project) -> Any:
    extra = None if project.extra is None else orjson.loads(project.extra)
    return (extra or {}).get("metadata")


@frozen
class Scope:
    """Which of its runs a project's statistics are over: those that start at `start_us` or later,
    and pass `filter`; None is no bound."""

    start_us: int | None = None
    filter: str | None = None

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Scope:
        """Make it of the query parameters. Raises InvalidRequest for a time that is none."""
        start = asked.get("stats_start_time")
        place = ("query", "stats_start_time")
        return cls(selection.instant(start, place), asked.get("stats_filter"))


@frozen
class Order:
    """How projects are listed: by their `start_time`, their `name` or a statistic, or by the mean
    score of a key of feedback, that on their runs or that on the projects themselves.

    Those without a value are last in both directions, and ties are by id (our choice)."""

    by: str = "start_time"
    is_descending: bool = True
    feedback_key: str = ""
    of_runs: bool = True

    @classmethod
    def of(cls, by: str, key: str | None, source: str | None, *, is_descending: bool) -> Order:
        """Make it of `sort_by` and of what follows it, in either case. Raises InvalidRequest where
        sort_by is feedback and no key is given, and where it is not and one is."""
        column = _CALLED.get(by.lower(), by.lower())
        given = {"sort_by_feedback_key": key, "sort_by_feedback_source": source}
        if column != "feedback":
            refuse(given, "sort_by=feedback")
            return cls(column, is_descending)
        if key is None:
            place = ("query", "sort_by_feedback_key")
            message = f"Field required with sort_by={by}"
            raise InvalidRequest((InvalidValue(place, message, "missing"),))
        return cls(column, is_descending, key, (source or "run").lower() == "run")

    @property
    def is_statistic(self) -> bool:
        """Whether runs tell the order, and so the scope does."""
        is_of_project = self.by == "feedback" and not self.of_runs
        return not (is_of_project or self.by in _OWN_COLUMNS)


_CALLED = {"runs_count": "run_count"}  # otherwise as a column to sort by
_OWN_COLUMNS = {"start_time": "start_us", "name": "name"}


def found(data: Data, tenant: str | None, asked: Asked) -> list[Project]:
    """Return the tenant's projects that are asked for, by id."""
    conditions = asked.conditions()
    return [
        project
        for project in selection.projects_of(data, tenant)
        if all(holds(project) for holds in conditions)
    ]


Place = tuple[Any, str]  # in an order: what a project is ordered by, None for nothing, and its id


def ordered(
    data: Data, projects: Sequence[Project], order: Order, scope: Scope
) -> list[tuple[Place, Project]]:
    """Return the projects in that order, each with its place in it. Raises FilterError."""
    values = _values(data, projects, order, scope)
    places = [
        ((value, project.id), project) for value, project in zip(values, projects, strict=True)
    ]
    return cursors.in_order(places, itemgetter(0), descending=order.is_descending)


def _values(data: Data, projects: Sequence[Project], order: Order, scope: Scope) -> list[Any]:
    if order.by in _OWN_COLUMNS:
        return [*map(attrgetter(_OWN_COLUMNS[order.by]), projects)]
    field = order.by
    if field == "feedback":
        field = "feedback_stats" if order.of_runs else _OF_PROJECT
    of_each = [each[field] for each in statistics(data, projects, scope, (field,))]
    if order.by != "feedback":
        return of_each
    return [each.get(order.feedback_key, {}).get("avg") for each in of_each]


def statistics(
    data: Data, projects: Sequence[Project], scope: Scope, fields: Collection[str]
) -> list[dict[str, Any]]:
    """Compute the statistics of each project that `fields` names, of those in STATISTICS: what
    /runs/stats tells of its runs, root and child, in the scope. Raises FilterError.

    `session_feedback_stats` are those of the feedback on the project itself, whatever the scope.
    Costs are in USD, and with the suffix _nano exact, in nano-USD.
    """
    index = data.once(run_index)
    of_runs = [field for field in fields if field != _OF_PROJECT]
    answers = []
    for project, runs in zip(projects, _runs(data, projects, scope), strict=True):
        data.spend(_COST_OF_PROJECT)
        answer = run_stats.run_stats(index, runs, of_runs)
        if _OF_PROJECT in fields:
            answer[_OF_PROJECT] = run_stats.feedback_of_project(index, project.id)
        answers.append(answer)
    return answers


def _runs(data: Data, projects: Sequence[Project], scope: Scope) -> list[Ints]:
    """The runs of each project in the scope."""
    of_projects = data.once(selection.runs_of_projects)
    keys = [(each.tenant_id, each.id.lower()) for each in projects]
    of_each = [of_projects.get(key, selection.NO_RUNS) for key in keys]
    if scope == Scope() or not projects:
        return of_each
    parameters = Parameters()
    condition = "TRUE"
    if scope.start_us is not None:
        condition = f"runs.start_us >= {parameters.add(scope.start_us)}"
    if scope.filter is not None:
        condition += f" AND {selection.filtered(scope.filter, parameters, 'stats_filter')}"
    body = {"session": [project.id for project in projects]}
    chosen = selection.matching(data, body, projects[0].tenant_id, condition, parameters)
    is_chosen = marked(chosen, len(data.once(run_index).columns.ids["trace"]))
    return [runs[is_chosen[runs]] for runs in of_each]


def selected(names: Iterable[str] | None, *, facets: bool) -> tuple[str, ...]:
    """Return the statistics of a project that `stats_select` names, in the document's order; all
    where it is None. Facets are computed where they are asked for by their own parameter.

    all_token_stats and all_run_stats stand for many, as in `run_stats.selected`; what a project has
    no field for adds nothing.
    """
    chosen = set(STATISTICS)
    if names is not None:
        chosen = {*names, *run_stats.selected(names)}
    chosen.discard("run_facets")
    if facets:
        chosen.add("run_facets")
    return tuple(field for field in STATISTICS if field in chosen)


def refuse_idle(
    asked: Mapping[str, Any], of_answer: Iterable[str] = (), order: Order | None = None
) -> None:
    """Raise InvalidRequest for query parameters of statistics where none are asked for: those that
    shape the answer, and those of their scope, unless the order goes by a statistic."""
    if asked["include_stats"]:
        return
    refuse({name: asked[name] for name in of_answer}, "include_stats=true")
    if order is None or not order.is_statistic:
        refuse(
            {name: asked.get(name) for name in ("stats_start_time", "stats_filter")},
            "include_stats=true, or a statistic to sort by",
        )


def refuse(given: Mapping[str, object], needed: str) -> None:
    """Raise InvalidRequest that names each query parameter which is given (not None, not False)
    and changes nothing without what is needed."""
    faults = tuple(
        InvalidValue(("query", name), f"Changes nothing without {needed}", "value_error", value)
        for name, value in given.items()
        if value not in (None, False)
    )
    if faults:
        raise InvalidRequest(faults)
