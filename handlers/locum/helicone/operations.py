"""The operations of Helicone's document, one function each."""

from __future__ import annotations

from typing import Any

from locum.engine.data import Data
from locum.exceptions import UpstreamFault
from locum.helicone import sessions

_MINUTES_A_DAY = 24 * 60


def session_metrics(data: Data, tenant: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/session/metrics/query: how many requests the caller's sessions have, how long they
    take and what they cost, as histograms and averages.

    Raises UpstreamFault where the vendor's server fails: for a timezoneDifference beyond a day,
    which has no other effect, and for a filter that its database cannot run.
    """
    if not abs(body["timezoneDifference"]) <= _MINUTES_A_DAY:
        raise UpstreamFault(500, {"data": None, "error": "Invalid timezone difference"})
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
    return {"data": metrics, "error": None}


HANDLERS = {"GetMetrics": session_metrics}
