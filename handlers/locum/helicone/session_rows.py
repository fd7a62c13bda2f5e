"""Sessions as rows, and what they are together: the list of the vendor's page and its numbers."""

from __future__ import annotations

import math
from typing import Any

from locum.engine.data import Data, Parameters
from locum.helicone import filters, javascript, selection, session_columns, times
from locum.helicone.errors import returned
from locum.helicone.filter_conditions import Condition
from locum.helicone.selection import MINUTE_US

_PAGE, _LARGEST_PAGE = 50, 1000
_EXPONENTIAL = 1e21  # from here on JavaScript writes a number as the vendor's database reads none
_MOST_ROWS = 2**63 - 1

_COLUMNS = (
    "session_number", "session_id", "session_name", "first_us", "last_us", "requests", "timed",
    "latency_ms", "cost_nano", "prompt_tokens", "completion_tokens",
)  # fmt: skip
_SEARCHED = ("session_id", "session_name")


def query(data: Data, tenant: str | None, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a page of the tenant's sessions, the last to begin first, and of those that begin at
    once by id and name (our choice: the vendor leaves it open).

    Times are the timezoneDifference later. Raises UpstreamFault as `selection.sessions`, and for an
    offset that is too large to be written as a whole number.
    """
    shift_us = selection.minutes(body["timezoneDifference"]) * MINUTE_US
    parameters = Parameters()
    chosen = _requests(tenant, body, parameters)
    finished = filters.condition(
        body["filter"], lambda leaf: session_columns.of_session(leaf, shift_us)
    )
    statement = f"""
        SELECT {", ".join(_COLUMNS)} FROM ({selection.sessions(chosen, parameters)})
        WHERE {_passes(finished, parameters)}
          AND {selection.containing(body["search"], _SEARCHED, parameters)}
        ORDER BY first_us DESC, session_id, session_name
        LIMIT {parameters.add(_limit(body.get("limit", 0)))}
        OFFSET {parameters.add(_offset(body.get("offset", 0)))}
    """
    rows = [dict(zip(_COLUMNS, values, strict=True)) for values in data.rows(statement, parameters)]
    users = _users(data, tenant, body, [row["session_number"] for row in rows])
    return [_row(row, users[row["session_number"]], shift_us) for row in rows]


def count(data: Data, tenant: str | None, body: dict[str, Any]) -> dict[str, float]:
    """Return how many sessions all pages of `query` have, what they cost in USD, and what a session
    costs, takes (the sum of its requests' latencies, in ms) and has of requests on average; 0 where
    there is none.

    Raises UpstreamFault as `query`, and for a filter that compares sessions by other than tags.
    """
    selection.minutes(body["timezoneDifference"])
    parameters = Parameters()
    chosen = _requests(tenant, body, parameters)
    finished = filters.condition(body["filter"], session_columns.of_none)
    statement = f"""
        SELECT count(*), sum(cost_nano), sum(latency_ms), sum(requests)
        FROM ({selection.sessions(chosen, parameters)})
        WHERE {_passes(finished, parameters)}
          AND {selection.containing(body["search"], _SEARCHED, parameters)}
    """
    ((sessions, cost_nano, latency_ms, requests),) = data.rows(statement, parameters)
    cost = float(cost_nano or 0) / 1e9
    return {
        "count": sessions,
        "total_cost": javascript.integral(cost),
        "avg_cost": selection.mean(cost, sessions),
        "avg_latency": selection.mean(latency_ms, sessions),
        "avg_requests": selection.mean(requests, sessions),
    }


def _requests(tenant: str | None, body: dict[str, Any], parameters: Parameters) -> str:
    return selection.requests(
        tenant,
        parameters,
        tree=body["filter"],
        time_filter=body["timeFilter"],
        name=body.get("nameEquals", ""),
    )


def _passes(finished: Condition, parameters: Parameters) -> str:
    if finished.failure:
        raise filters.fault(finished)
    return finished.term().render(parameters)


def _limit(limit: float) -> int:
    """How many rows a page has: 0 and NaN are as good as none given."""
    if not limit or math.isnan(limit):
        return _PAGE
    return math.floor(max(0, min(limit, _LARGEST_PAGE)))


def _offset(offset: float) -> int:
    if math.isnan(offset):
        return 0
    if offset >= _EXPONENTIAL:
        found = javascript.number(offset)
        raise returned(f"offset: found {found}, expected a whole number below 1e21")
    return min(math.floor(max(0, offset)), _MOST_ROWS)


def _users(
    data: Data, tenant: str | None, body: dict[str, Any], sessions: list[int]
) -> dict[int, list[str]]:
    """The users of each of these sessions, sorted (our choice), '' among them where a request has
    none. Of the sessions of a page alone: it takes longer than all else of them."""
    parameters = Parameters()
    statement = f"""
        SELECT DISTINCT session_number, user_id FROM helicone_requests
        WHERE {_requests(tenant, body, parameters)}
          AND session_number IN (SELECT unnest({parameters.add(sessions)}))
        ORDER BY user_id
    """
    users: dict[int, list[str]] = {number: [] for number in sessions}
    for number, user in data.rows(statement, parameters) if sessions else ():
        users[number].append(user)
    return users


def _row(session: dict[str, Any], user_ids: list[str], shift_us: int) -> dict[str, Any]:
    """The row of a session. What no request has a value for is 0; so is the sum of both kinds of
    tokens where one of them is unknown."""
    prompt, completion = session["prompt_tokens"], session["completion_tokens"]
    return {
        "created_at": times.of_database(session["first_us"] + shift_us),
        "latest_request_created_at": times.of_database(session["last_us"] + shift_us),
        "session_id": session["session_id"],
        "session_name": session["session_name"],
        "avg_latency": selection.mean(session["latency_ms"], session["timed"]),
        "total_cost": javascript.integral(float(session["cost_nano"]) / 1e9),
        "total_requests": str(session["requests"]),  # the vendor's database writes 64 bits as text
        "prompt_tokens": prompt or 0,
        "completion_tokens": completion or 0,
        "total_tokens": 0 if prompt is None or completion is None else prompt + completion,
        "user_ids": user_ids,
    }
