"""From a request about sessions to the sessions that it is about: which requests are chosen, and
what those of one id and name are together (valhalla/jawn's SessionManager).

Here, unlike in metrics, a request is in a session where it has the property Helicone-Session-Id,
even an empty one; those without it are in none.
"""

from __future__ import annotations

from typing import Any

from locum.engine.data import Parameters
from locum.helicone import filters, javascript
from locum.helicone.clickhouse import like_expression
from locum.helicone.errors import returned, thrown
from locum.helicone.tables import SESSION_ID

_MINUTES_A_DAY = 24 * 60
MINUTE_US = 60_000_000

# To put a request into a session and to sum what it has, in units of `Work`, as measured.
_COST_OF_REQUEST = 120
_COST_OF_PATTERN = 20

# The absent id reads as '', and so only where it is that the map is looked at.
_IN_SESSION = f"(session_id != '' OR map_contains(properties, '{SESSION_ID}'))"


def minutes(timezone_difference: float) -> int:
    """Return a timezoneDifference in whole minutes, cut toward zero. Raises UpstreamFault for one
    beyond a day."""
    if not abs(timezone_difference) <= _MINUTES_A_DAY:
        raise returned("Invalid timezone difference")
    return int(timezone_difference)


def requests(
    tenant: str | None,
    parameters: Parameters,
    *,
    tree: Any,
    time_filter: dict[str, float] | None,
    since_us: int | None = None,
    name: str = "",
) -> str:
    """Return the condition that a request is in a session of the tenant's and passes; its values
    are added to the parameters.

    `time_filter` is exclusive at both ends, which are cut to whole seconds, and so is `since_us`;
    an empty `name` is no filter, another one is compared whole. Raises UpstreamFault for a time
    that is none, and for a filter that the vendor's database does not run.
    """
    times = (time_filter or {}).values()
    if not all(map(javascript.is_time, times)):
        raise thrown("Invalid time value")
    chosen = filters.condition(tree)
    if chosen.failure:
        raise filters.fault(chosen)
    conditions = [f"organization_id = {parameters.add(tenant or '')}", _IN_SESSION]
    bounds = within(time_filter, parameters)
    if bounds is None:
        found = ", ".join(map(javascript.number, times))
        raise returned(f"timeFilter: found {found}, expected milliseconds in the years 1 to 9999")
    conditions += bounds
    if since_us is not None:
        conditions.append(f"request_created_us > {parameters.add(since_us)}")
    conditions.append(chosen.term().render(parameters))
    if name:
        conditions.append(f"session_name = {parameters.add(name)}")
    return " AND ".join(conditions)


def sessions(chosen: str, parameters: Parameters) -> str:
    """Return the statement that selects the sessions of the requests that are `chosen`, one for
    each name that an id has.

    Columns: session_number, session_id, session_name; first_us and last_us, when its first and last
    requests were made; requests, and how many of them are `timed`; latency_ms, cost_nano,
    prompt_tokens and completion_tokens, sums that are NULL where no request has a value.
    """
    parameters.cost += _COST_OF_REQUEST
    return f"""
        SELECT session_number,
               any_value(session_id) AS session_id, any_value(session_name) AS session_name,
               min(request_created_us) AS first_us, max(request_created_us) AS last_us,
               count(*) AS requests, count(latency) AS timed, sum(latency) AS latency_ms,
               sum(cost) AS cost_nano, sum(prompt_tokens) AS prompt_tokens,
               sum(completion_tokens) AS completion_tokens
        FROM helicone_requests
        WHERE {chosen}
        GROUP BY session_number
    """


def containing(text: str, columns: tuple[str, ...], parameters: Parameters) -> str:
    """Return the condition that one of the columns contains the text, in any letter case; % and _
    of it are wildcards. An empty text is in everything."""
    if not text:
        return "true"
    pattern = parameters.add(like_expression(f"%{text}%", fold=True), _COST_OF_PATTERN)
    return f"({' OR '.join(f'regexp_full_match({column}, {pattern})' for column in columns)})"


def mean(total: float | None, count: int) -> float:
    """Return the mean of so many values with that sum, 0 of none."""
    return javascript.integral(float(total or 0) / max(int(count), 1))


def within(time_filter: dict[str, float] | None, parameters: Parameters) -> list[str] | None:
    """Return the conditions that a request was made after the start and before the end, both cut to
    whole seconds; None where one is a time that the vendor's database does not read."""
    conditions = []
    for bound, comparison in (("startTimeUnixMs", ">"), ("endTimeUnixMs", "<")):
        if time_filter is None:
            break
        seconds = javascript.seconds(time_filter[bound])
        if seconds is None:
            return None
        limit = parameters.add(seconds * 1_000_000)
        conditions.append(f"request_created_us {comparison} {limit}")
    return conditions
