"""The time at which requests are answered: the end of the dataset's time."""

from __future__ import annotations

from locum.engine.data import Data


def now_us(data: Data) -> int:
    """Return the dataset's `now` in microseconds, as its clock serves it; where its manifest says
    none, the last time of its requests, and 0 where there are none."""
    said = data.now_us
    return data.once(_last_us) if said is None else said


def _last_us(data: Data) -> int:
    ((last,),) = data.rows(
        "SELECT max(greatest(request_created_us, coalesce(response_created_us, 0))) "
        "FROM helicone_requests"
    )
    return int(last or 0)
