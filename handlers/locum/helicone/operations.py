"""The operations of Helicone's document, one function each."""

from __future__ import annotations

from typing import Any

from locum.engine.data import Data
from locum.helicone import (
    properties,
    requests,
    selection,
    session_names,
    session_rows,
    sessions,
    tags,
)
from locum.provider import Handler


def session_metrics(data: Data, tenant: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/session/metrics/query: how many requests the caller's sessions have, how long they
    take and what they cost, as histograms and averages.

    Raises UpstreamFault where the vendor's server fails: for a timezoneDifference beyond a day,
    which has no other effect, and for a filter that its database cannot run.
    """
    selection.minutes(body["timezoneDifference"])
    chosen = sessions.measure(
        data,
        tenant or "",
        time_filter=body.get("timeFilter"),
        tree=body.get("filter", "all"),
        name=body["nameContains"],
    )
    cut = sessions.Cut(body.get("pSize", "p75"), interquartile=body.get("useInterquartile", False))
    by_id = sessions.merged(chosen)
    averages = {
        "session_cost": sessions.average([session.cost_usd for session in by_id]),
        "session_duration": sessions.average([session.seconds for session in by_id]),
        "session_count": sessions.average([session.requests for session in by_id]),
    }
    metrics = {
        "session_count": sessions.bins([session.requests for session in chosen], cut),
        "session_duration": sessions.bins([session.seconds for session in by_id], cut),
        "session_cost": sessions.bins([session.cost_usd for session in by_id], cut),
        "average": averages,
    }
    return _ok(metrics)


def session_query(data: Data, tenant: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/session/query: a page of the caller's sessions."""
    return _ok(session_rows.query(data, tenant, body))


def session_count(data: Data, tenant: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/session/count: what the sessions of all pages are together."""
    return _ok(session_rows.count(data, tenant, body))


def session_name_query(data: Data, tenant: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/session/name/query: the names of the caller's sessions."""
    return _ok(session_names.query(data, tenant, body))


def session_tag(data: Data, tenant: str | None, sessionid: str) -> dict[str, Any]:
    """GET /v1/session/{sessionId}/tag: the session's tag, null where it has none."""
    return _ok(tags.newest(data, tenant, sessionid))


def property_query(data: Data, tenant: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/property/query: the names of the properties of the caller's requests."""
    del body  # which is {}
    return _ok([{"property": name} for name in properties.names(data, tenant)])


def request_query(data: Data, tenant: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/request/query-clickhouse: a page of the caller's requests."""
    return _ok(requests.query(data, tenant, body))


def _ok(answer: Any) -> dict[str, Any]:
    return {"data": answer, "error": None}


HANDLERS: dict[str, Handler] = {
    "GetMetrics": session_metrics,
    "GetSessions": session_query,
    "GetSessionsCount": session_count,
    "GetNames": session_name_query,
    "GetSessionTag": session_tag,
    "GetProperties": property_query,
    "GetRequestsClickhouse": request_query,
}
