"""Projects as v2 lists and shows them (the SDK's Session): what is not known of one is absent.

A page begins after the place of a project in the order, and not at a number of projects, so that
none is left out and none comes twice where others are added in between.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any

from locum.engine.data import Data
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith import cursors, projects, selection
from locum.langsmith.containment import object_of
from locum.langsmith.projects import Asked, Order, Scope
from locum.langsmith.selection import Project

_TYPES = PROJECT, EXPERIMENT = "PROJECT", "EXPERIMENT"  # which datasets have; no AGENT
# What a page does not depend on.
_OF_PAGE = ("cursor", "page_size", "include_stats", "include_facets", "stats_select")


def read_sessions(data: Data, tenant: str | None, /, **asked: Any) -> dict[str, Any]:
    """Answer with a page of the tenant's projects that the parameters of GET /v2/sessions ask for,
    and the cursor of the next one, null at the end.

    Raises FilterError, InvalidRequest for a parameter that changes nothing beside the others, and
    Unanswerable for a cursor that is not of these parameters.
    """
    order = _order(asked)
    projects.refuse_idle(asked, ("include_facets", "stats_select"), order)
    scope = Scope.of(asked)
    types = asked["type"]
    found = projects.found(
        data,
        tenant,
        Asked(
            ids=asked["id"],
            datasets=asked["reference_dataset_id"],
            name=asked["name"],
            name_contains=asked["name_contains"],
            metadata=object_of(asked["metadata"], "metadata"),
            experiments=types and [each == EXPERIMENT for each in types if each in _TYPES],
        ),
    )
    listed = projects.ordered(data, found, order, scope)
    question = ["sessions", tenant, {k: v for k, v in asked.items() if k not in _OF_PAGE}]
    on_page, next_cursor = cursors.page(
        listed,
        itemgetter(0),
        question,
        after=asked["cursor"],
        size=asked["page_size"],
        descending=order.is_descending,
    )
    fields = None
    if asked["include_stats"]:
        fields = projects.selected(asked["stats_select"], facets=asked["include_facets"])
    shown = _sessions(data, [project for _, project in on_page], scope, fields)
    return {"items": shown, "next_cursor": next_cursor}


def read_session(data: Data, tenant: str | None, /, session_id: str, **asked: Any) -> Any:
    """Answer with the tenant's project of that id: 404 for an unknown one. Raises InvalidRequest
    for stats_start_time without include_stats."""
    project = selection.project_of(data, tenant, session_id)
    if not asked["include_stats"]:
        projects.refuse({"stats_start_time": asked["stats_start_time"]}, "include_stats=true")
    fields = projects.selected(None, facets=False) if asked["include_stats"] else None
    return _sessions(data, [project], Scope.of(asked), fields)[0]


def _sessions(
    data: Data, listed: Sequence[Project], scope: Scope, fields: Collection[str] | None
) -> list[dict[str, Any]]:
    """Projects as Session, with the statistics that `fields` names: latencies in seconds, costs
    numbers in USD."""
    computed: Sequence[Mapping[str, Any]] = [{}] * len(listed)
    if fields is not None:
        computed = projects.statistics(data, listed, scope, fields)
    return [
        {
            name: value
            for name, value in {
                **selection.project_fields(project),
                "type": PROJECT if project.reference_dataset_id is None else EXPERIMENT,
                "test_run_number": selection.experiment_number(data, project),
                **{
                    field: _feedback(value) if field.endswith("feedback_stats") else value
                    for field, value in its.items()
                },
            }.items()
            if value is not None
        }
        for project, its in zip(listed, computed, strict=True)
    ]


# Which the SDK's SessionFeedbackStat has of a key's statistics.
_FEEDBACK = ("n", "avg", "stdev", "min", "max", "errors", "values")


def _feedback(of_keys: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Statistics of feedback as SessionFeedbackStat: recorded, and not on a thread, as all feedback
    of a dataset is."""
    return {
        key: {
            **{name: each[name] for name in _FEEDBACK if each[name] is not None},
            "contains_thread_feedback": False,
            "type": "PRIMARY",
        }
        for key, each in of_keys.items()
    }


def _order(asked: Mapping[str, Any]) -> Order:
    order = Order.of(
        asked["sort_by"],
        asked["sort_by_feedback_key"],
        asked["sort_by_feedback_source"],
        is_descending=asked["sort_order"] == "desc",
    )
    if order.by == "feedback" and asked["reference_dataset_id"] is None:
        place = ("query", "reference_dataset_id")
        message = "Field required with sort_by=FEEDBACK"
        raise InvalidRequest((InvalidValue(place, message, "missing"),))
    return order
