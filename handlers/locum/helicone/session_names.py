"""The names of sessions, each with its sessions' first and last requests."""

from __future__ import annotations

from typing import Any

from locum.engine.data import Data, Parameters
from locum.engine.tables import DAY_US
from locum.helicone import selection, times
from locum.helicone.clock import now_us
from locum.helicone.selection import MINUTE_US

_DAYS = 150  # of which requests are looked at
_MOST_NAMES = 50


def query(data: Data, tenant: str | None, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the names of the tenant's sessions in the last 150 days, the last used first (our
    choice: the vendor leaves the order open), at most 50. Sessions without a name have the name ''.

    Times are as many minutes *earlier* as timezoneDifference says, whatever its sign. Raises
    UpstreamFault as `selection.sessions`.
    """
    shift_us = abs(selection.minutes(body["timezoneDifference"])) * MINUTE_US
    parameters = Parameters()
    chosen = selection.requests(
        tenant,
        parameters,
        tree=body.get("filter", "all"),
        time_filter=body.get("timeFilter"),
        since_us=now_us(data) // 1_000_000 * 1_000_000 - _DAYS * DAY_US,
    )
    statement = f"""
        SELECT session_name, min(first_us), max(last_us), sum(latency_ms), sum(timed), count(*)
        FROM ({selection.sessions(chosen, parameters)})
        WHERE {selection.containing(body["nameContains"], ("session_name",), parameters)}
        GROUP BY session_name
        ORDER BY max(last_us) DESC, session_name
        LIMIT {_MOST_NAMES}
    """
    return [
        {
            "name": name,
            "created_at": times.of_database(first_us - shift_us),
            "last_used": times.of_database(last_us - shift_us),
            "first_used": times.of_database(first_us - shift_us),
            "session_count": str(ids),
            "avg_latency": selection.mean(latency_ms, timed),
        }
        for name, first_us, last_us, latency_ms, timed, ids in data.rows(statement, parameters)
    ]
