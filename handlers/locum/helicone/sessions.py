"""Sessions: requests of one Helicone-Session-Id, measured, cut, averaged and put into bins.

What each number means was read off Helicone's SessionManager.getMetrics and
percentileDistributions.ts (github.com/Helicone/helicone, valhalla/jawn).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from locum.engine.data import Data, Parameters
from locum.helicone import filters as filter_tree
from locum.helicone import javascript, selection
from locum.helicone.clickhouse import histogram, quantile

# To put a request into a session, and that into bins, in units of `Work`, as measured.
_COST_OF_REQUEST = 60


@frozen
class Session:
    """The chosen requests of one session id under one name, or under all its names."""

    id: str
    requests: int
    first_second: int
    last_second: int
    cost_nano_usd: int

    @property
    def seconds(self) -> int:
        """From the first request's beginning to the last one's, counting the boundaries of whole
        seconds between them: from 0.9 s to 1.1 s is 1."""
        return self.last_second - self.first_second

    @property
    def cost_usd(self) -> float:
        """A double, as the vendor's database divides."""
        return float(self.cost_nano_usd) / 1e9


def measure(
    data: Data, tenant: str, *, time_filter: dict[str, float] | None, tree: Any, name: str
) -> list[Session]:
    """The tenant's sessions, one for each name that an id has, of the requests that pass.

    The filter chooses requests, before there are sessions. Requests without an id are one session,
    the id '', and those without a name have the name ''. `time_filter` is exclusive at both ends,
    which are cut to whole seconds; an empty `name` is no filter, another one is compared whole.
    Raises UpstreamFault as `tree.where`, and for a time that is no date.
    """
    parameters = Parameters()
    parameters.cost = _COST_OF_REQUEST
    conditions = [f"organization_id = {parameters.add(tenant)}"]
    conditions.append(filter_tree.where(tree, parameters))
    bounds = selection.within(time_filter, parameters)
    if bounds is None:
        raise filter_tree.not_run()
    conditions += bounds
    if name:
        conditions.append(f"session_name = {parameters.add(name)}")
    statement = f"""
        SELECT any_value(session_id), count(*),
               min(request_created_us), max(request_created_us), CAST(sum(cost) AS VARCHAR)
        FROM helicone_requests
        WHERE {" AND ".join(conditions)}
        GROUP BY session_number
    """
    return [
        Session(session_id, requests, first // 1_000_000, last // 1_000_000, int(cost))
        for session_id, requests, first, last, cost in data.rows(statement, parameters)
    ]


def merged(sessions: Sequence[Session]) -> list[Session]:
    """One session an id, whatever its names."""
    merged: dict[str, Session] = {}
    for session in sessions:
        other = merged.get(session.id, session)
        if other is not session:
            session = Session(  # noqa: PLW2901 -- the session so far
                session.id,
                other.requests + session.requests,
                min(other.first_second, session.first_second),
                max(other.last_second, session.last_second),
                other.cost_nano_usd + session.cost_nano_usd,
            )
        merged[session.id] = session
    return list(merged.values())


_LEVELS = {"p50": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}


@frozen
class Cut:
    """Which values stay: those up to the quantile named `p_size`, and where `interquartile` is
    true, not those below the quantile as far from the other end (1 - q in doubles)."""

    p_size: str
    interquartile: bool

    def __call__(self, values: Sequence[float]) -> list[float]:
        """What stays of the values, ascending."""
        ordered = sorted(values)
        if not ordered:
            return []
        level = _LEVELS[self.p_size]
        highest = quantile(ordered, level)
        lowest = quantile(ordered, 1 - level) if self.interquartile else -math.inf
        return [value for value in ordered if lowest <= value <= highest]


def bins(values: Sequence[float], cut: Cut) -> list[dict[str, Any]]:
    """The histogram of what the cut leaves: ten bins at most, their edges as JavaScript's texts."""
    return [
        {
            "range_start": javascript.number(one.start),
            "range_end": javascript.number(one.end),
            "value": javascript.integral(one.value),
        }
        for one in histogram(cut(values))
    ]


def average(values: Sequence[float]) -> list[dict[str, float | None]]:
    """The mean of all values, null of none; always in a list of one."""
    if not values:
        return [{"average": None}]
    return [{"average": javascript.integral(math.fsum(values) / len(values))}]
