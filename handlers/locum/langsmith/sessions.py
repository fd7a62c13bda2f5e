"""Projects as v1 lists and shows them (TracerSession)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from locum.engine.data import Data
from locum.exceptions import NotFound
from locum.langsmith import projects, selection
from locum.langsmith.containment import object_of
from locum.langsmith.projects import COSTS, STATISTICS, Asked, Order, Scope
from locum.langsmith.run_schema import usd
from locum.langsmith.selection import Project
from locum.provider import Answer

TOTAL = "X-Pagination-Total"  # the header that tells how many there are on all pages


def read_sessions(data: Data, tenant: str | None, /, **asked: Any) -> Answer:
    """Answer with the page of the tenant's projects that the parameters of
    GET /api/v1/sessions ask for, as an array; X-Pagination-Total tells how many there are in all.

    An unknown name or id is an empty array. Raises FilterError, and InvalidRequest for a parameter
    that changes nothing beside the others.
    """
    scope, order = Scope.of(asked), _order(asked)
    projects.refuse_idle(asked, ("facets", "stats_select"), order)
    free = asked["reference_free"]
    found = projects.found(
        data,
        tenant,
        Asked(
            ids=asked["id"],
            datasets=asked["reference_dataset"],
            name=asked["name"],
            name_contains=asked["name_contains"],
            metadata=object_of(asked["metadata"], "metadata"),
            experiments=None if free is None else (not free,),
        ),
    )
    fields = None
    if asked["include_stats"]:
        fields = projects.selected(asked["stats_select"], facets=asked["facets"])
    return page(data, found, asked, order, scope, fields)


def page(
    data: Data,
    found: Sequence[Project],
    asked: Mapping[str, Any],
    order: Order,
    scope: Scope,
    fields: Collection[str] | None,
) -> Answer:
    """Answer with those of the projects that `offset` and `limit` ask for, in that order, with
    those statistics over that scope; None is none."""
    listed = [project for _, project in projects.ordered(data, found, order, scope)]
    on_page = listed[asked["offset"] :][: asked["limit"]]
    rows = tracer_sessions(data, on_page, scope, fields)
    return Answer(body=rows, headers={TOTAL: str(len(listed))})


def read_session(data: Data, tenant: str | None, /, session_id: str, **asked: Any) -> Any:
    """Answer with the tenant's project of that id: 404 for an unknown one.

    `limit`, which the SDKs send, changes nothing: there is one project of an id. Raises
    InvalidRequest for stats_start_time without include_stats.
    """
    project = selection.project_of(data, tenant, session_id)
    projects.refuse_idle(asked)
    fields = projects.selected(None, facets=False) if asked["include_stats"] else None
    return tracer_sessions(data, [project], Scope.of(asked), fields)[0]


def resolve_session(data: Data, tenant: str | None, /, **asked: Any) -> dict[str, str]:
    """Answer with the id of the project that an address names: an experiment's id does. 404 for an
    address that there is not, as any of an agent or evaluator, of which no dataset has one."""
    kind, name, environment = asked["kind"], asked["id"], asked["environment"]
    if kind == "EXPERIMENT" and environment is None:
        ids = [] if name is None else [name]
        for project in projects.found(data, tenant, Asked(ids=ids, experiments=[True])):
            return {"session_id": project.id}
    raise NotFound(kind.lower(), name or "the workspace's")


def tracer_sessions(
    data: Data, listed: Sequence[Project], scope: Scope, fields: Collection[str] | None
) -> list[dict[str, Any]]:
    """Return projects as TracerSession, with the statistics that `fields` names, over that scope;
    all others, and without fields all, are null.

    Latencies are in seconds, costs decimal texts in USD.
    """
    computed: Sequence[Mapping[str, Any]] = [{}] * len(listed)
    if fields is not None:
        exact = [f"{field}_nano" if field in COSTS else field for field in fields]
        computed = projects.statistics(data, listed, scope, exact)
    return [
        {
            **selection.project_fields(project),
            **dict.fromkeys(STATISTICS),
            **{
                field.removesuffix("_nano"): usd(value) if field.endswith("_nano") else value
                for field, value in its.items()
            },
            "last_run_start_time_live": None,
            "test_run_number": selection.experiment_number(data, project),
        }
        for project, its in zip(listed, computed, strict=True)
    ]


def _order(asked: Mapping[str, Any]) -> Order:
    return Order.of(
        asked["sort_by"],
        asked["sort_by_feedback_key"],
        asked.get("sort_by_feedback_source"),
        is_descending=asked["sort_by_desc"],
    )
