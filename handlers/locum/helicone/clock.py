"""The time at which requests are answered: the end of the dataset's time."""

from __future__ import annotations

from locum.engine.change import Change
from locum.engine.data import Data, extends

_AHEAD_US = 5 * 60_000_000


def now_us(data: Data) -> int:
    """Return the dataset's `now` in microseconds, as its clock serves it; where its manifest says
    none, the last time of its requests, and 0 where there are none."""
    said = data.now_us
    return data.once(_last_us) if said is None else said


def ahead_us(data: Data) -> int:
    """Return the last time at which a request is one that has come: five minutes ahead of the
    clock. Where requests were written that is no earlier than the last of them, whose clients'
    clocks are not the dataset's (our choice)."""
    ahead = now_us(data) + _AHEAD_US
    return ahead if data.base is data else max(ahead, data.once(_last_us))


_LAST = "max(greatest(request_created_us, coalesce(response_created_us, 0)))"


def _last_us(data: Data) -> int:
    ((last,),) = data.rows(f"SELECT {_LAST} FROM helicone_requests")
    return int(last or 0)


@extends(_last_us)
def _later(before: int, data: Data, change: Change) -> int:
    rows = change.of("helicone_requests")
    if rows.changed:
        return _last_us(data)
    ((last,),) = data.rows(
        f"SELECT {_LAST} FROM helicone_requests WHERE row BETWEEN $first AND $last",
        first=rows.added.start,
        last=rows.added.stop - 1,
    )
    return max(before, int(last or 0))
