"""From a run that was merged to its row in `langsmith/runs`, as it stands in a JSONL file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from locum.langsmith.ingestion import fields
from locum.langsmith.ingestion.fields import Unexpected
from locum.langsmith.ingestion.merging import KnownProject, MergedRun
from locum.langsmith.ingestion.reported import Reported
from locum.langsmith.ingestion.usage import GIVEN
from locum.langsmith.timestamps import microseconds

DEFAULT_PROJECT = "default"
FIRST_TOKEN = "new_token"  # noqa: S105 - the name of an event
# How much earlier than its start a run may end, in microseconds: the SDK for Node.js knows the time
# to a millisecond, and numbers the runs that begin in one by microseconds that it adds to starts.
_TICK = 1000

# Columns of a dataset's own row that no payload tells.
_KEPT = ("share_token",)


class Projects(Protocol):
    """The tenant's projects, as runs name them."""

    def check(self, session_id: str) -> None:
        """Raise what refuses a run of a project that is not there."""

    def named(self, name: str, start_time: str) -> str:
        """Return the id of the project of that name; where there is none it is made, and begins
        then."""
        ...


def project(merged: MergedRun, projects: Projects) -> str:
    """Return the id of a complete run's project: that of `session_id`, else of `session_name`, else
    the one that it has, else the one that is called "default"."""
    sent = merged.sent
    if (session_id := sent.get("session_id")) is not None:
        return str(session_id)
    named = sent.get("session_name")
    if named is None and merged.row is not None:
        return str(merged.row["session_id"])
    named = named or DEFAULT_PROJECT
    return (
        named.id if isinstance(named, KnownProject) else projects.named(named, sent["start_time"])
    )


def check_times(merged: MergedRun) -> None:
    """Raise InvalidRequest for a run that ends before it begins, by more than clients may be off
    that know the time to a millisecond."""
    start, end = merged.sent.get("start_time"), merged.sent.get("end_time")
    if start is None or end is None or end >= start:
        return
    if microseconds(end) + _TICK <= microseconds(start):
        message = f"found {end}, expected none before start_time, {start}"
        raise fields.refusal(merged.id, "end_time", message, end)


def first_token_time(events: Any) -> str | None:
    """Return when the first of the events `new_token` was, None where there is none with a time."""
    found: list[str] = []
    for event in events or ():
        if isinstance(event, dict) and event.get("name") == FIRST_TOKEN:
            try:
                found.append(fields.time(event.get("time")))
            except Unexpected:
                continue
    return min(found, default=None)


def row(merged: MergedRun, tenant: str, session_id: str, reported: Reported) -> dict[str, Any]:
    """Return the row of a complete run; columns that are null are left out. Raises InvalidRequest
    for amounts that 64 bits do not hold."""
    sent = merged.sent
    made: dict[str, Any] = {
        "id": merged.id,
        "tenant_id": tenant,
        "session_id": session_id,
        **sent,
        "status": merged.status,
        "received": merged.received.column(),
        **reported.columns(merged.id),
    }
    made.pop("session_name", None)
    made.pop(GIVEN, None)
    made.setdefault("metadata", {})
    made["session_id"] = session_id
    if (streamed := first_token_time(sent.get("events"))) is not None:
        made["first_token_time"] = streamed
    _order(made)
    if merged.row is not None:
        for name in _kept(merged.row, made):
            made[name] = merged.row[name]
    return made


def _order(made: dict[str, Any]) -> None:
    """Move an end that comes before the start to it, and a first token that comes before the start
    or after the end to the nearer one: no run of a dataset takes less than no time."""
    start, end = made.get("start_time"), made.get("end_time")
    if start is not None and end is not None and end < start:
        made["end_time"] = end = start
    if (streamed := made.get("first_token_time")) is not None:
        streamed = max(streamed, start or streamed)
        made["first_token_time"] = min(streamed, end or streamed)


def _kept(before: Mapping[str, Any], made: Mapping[str, Any]) -> list[str]:
    """The columns of the row before that stay because no payload tells them: a dataset's own row
    may have a first token without its event."""
    names = list(_KEPT)
    if before.get("received") is None and "events" not in made:
        names.append("first_token_time")
    return [name for name in names if before.get(name) is not None]
