"""Helicone's sessions in plain Python, over the rows of a dataset's files: what the operations on
sessions answer. Written from the description of the vendor's server, apart from the package.

Filters are evaluated row by row, then session by session, in three values (None is unknown).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from attrs import frozen

from tests.oracles.tree_evaluator import (
    ORDERS,
    Outcome,
    Row,
    both,
    either,
    holds,
    instant,
    like,
    only,
    plain_text,
)

ID, NAME = "Helicone-Session-Id", "Helicone-Session-Name"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class Session:
    """The chosen requests of one id and one name."""

    id: str
    name: str
    rows: list[Row]

    @property
    def first(self) -> datetime:
        return min(map(created, self.rows))

    @property
    def last(self) -> datetime:
        return max(map(created, self.rows))

    def values(self, column: str) -> list[int]:
        return [row[column] for row in self.rows if row.get(column) is not None]

    def sum(self, column: str) -> int | None:
        """None where no request has a value."""
        values = self.values(column)
        return sum(values) if values else None

    @property
    def cost(self) -> float:
        return float(Fraction(self.sum("cost") or 0, 10**9))


def created(row: Row) -> datetime:
    return instant(row["request_created_at"])


def properties(row: Row) -> dict[str, str]:
    return row.get("properties") or {}


def second(milliseconds: float) -> datetime:
    return EPOCH + timedelta(seconds=math.floor(milliseconds / 1000))


def text(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03d}"


def contains(here: str, searched: str) -> bool:
    return not searched or like(here.lower(), f"%{searched}%".lower())


def sessions(rows: list[Row], tags: list[Row], organization: str, body: Row) -> list[Session]:
    """Those of the requests that pass, in no order: of the time, the filter's first pass, and
    nameEquals."""
    groups: dict[tuple[str, str], list[Row]] = {}
    times = body.get("timeFilter")
    for row in rows:
        own = properties(row)
        if (
            row["organization_id"] == organization
            and ID in own
            and body.get("nameEquals", "") in ("", own.get(NAME, ""))
            and (
                times is None
                or second(times["startTimeUnixMs"]) < created(row) < second(times["endTimeUnixMs"])
            )
            and holds(body.get("filter", "all"), row, tags) is True
        ):
            groups.setdefault((own[ID], own.get(NAME, "")), []).append(row)
    return [Session(*key, group) for key, group in groups.items()]


def finished(node: Any, session: Session, shift: timedelta) -> Outcome:
    """The filter's second pass."""
    if node == "all":
        return True
    if "left" in node:
        left, right = (finished(node[side], session, shift) for side in ("left", "right"))
        return both(left, right) if node["operator"] == "and" else either(left, right)
    columns = node.get("sessions_request_response_rmt", {"session_tag": None})
    name, test = only(columns)
    if name == "session_tag":
        return True
    word, value = only(test)
    prompt, completion = session.sum("prompt_tokens"), session.sum("completion_tokens")
    here: dict[str, Callable[[], Any]] = {
        "session_total_cost": lambda: session.cost,
        "session_total_requests": lambda: len(session.rows),
        "session_prompt_tokens": lambda: prompt,
        "session_completion_tokens": lambda: completion,
        "session_total_tokens": lambda: (
            None if prompt is None or completion is None else prompt + completion
        ),
        "session_created_at": lambda: session.first + shift,
        "session_latest_request_created_at": lambda: session.last + shift,
        "session_session_id": lambda: session.id,
        "session_session_name": lambda: session.name,
    }
    found = here[name]()
    if name in ("session_session_id", "session_session_name"):
        return plain_text(found, word, value)
    if isinstance(value, str):
        value = instant(value).replace(microsecond=0)
    return None if found is None else ORDERS[word](found, value)


def page(rows: list[Row], tags: list[Row], organization: str, body: Row) -> list[Row]:
    """The answer of /v1/session/query."""
    shift = timedelta(minutes=math.trunc(body["timezoneDifference"]))
    found = [
        session
        for session in sessions(rows, tags, organization, body)
        if finished(body["filter"], session, shift) is True
        and (contains(session.id, body["search"]) or contains(session.name, body["search"]))
    ]
    found.sort(key=lambda session: (session.id, session.name))
    found.sort(key=lambda session: session.first, reverse=True)
    size = max(0, min(1000, math.floor(body.get("limit") or 50)))
    start = max(0, math.floor(body.get("offset") or 0))
    return [shown(session, shift) for session in found[start : start + size]]


def shown(session: Session, shift: timedelta) -> Row:
    prompt, completion = session.sum("prompt_tokens"), session.sum("completion_tokens")
    return {
        "created_at": text(session.first + shift),
        "latest_request_created_at": text(session.last + shift),
        "session_id": session.id,
        "session_name": session.name,
        "avg_latency": mean(session.values("latency")),
        "total_cost": session.cost,
        "total_requests": str(len(session.rows)),
        "prompt_tokens": prompt or 0,
        "completion_tokens": completion or 0,
        "total_tokens": 0 if prompt is None or completion is None else prompt + completion,
        "user_ids": sorted({row.get("user_id") or "" for row in session.rows}),
    }


def mean(values: list[int]) -> float:
    return float(Fraction(sum(values), len(values))) if values else 0


def together(rows: list[Row], tags: list[Row], organization: str, body: Row) -> Row:
    """The answer of /v1/session/count."""
    found = [
        session
        for session in sessions(rows, tags, organization, body)
        if contains(session.id, body["search"]) or contains(session.name, body["search"])
    ]
    count = len(found)
    sums = {
        column: sum(session.sum(column) or 0 for session in found) for column in ("cost", "latency")
    }
    each = max(count, 1)
    return {
        "count": count,
        "total_cost": float(Fraction(sums["cost"], 10**9)),
        "avg_cost": float(Fraction(sums["cost"], 10**9 * each)),
        "avg_latency": float(Fraction(sums["latency"], each)),
        "avg_requests": float(Fraction(sum(len(session.rows) for session in found), each)),
    }


def names(
    rows: list[Row], tags: list[Row], organization: str, body: Row, now: datetime
) -> list[Row]:
    """The answer of /v1/session/name/query."""
    since = now.replace(microsecond=0) - timedelta(days=150)
    back = timedelta(minutes=math.trunc(abs(body["timezoneDifference"])))
    recent = [row for row in rows if created(row) > since]
    by_name: dict[str, list[Session]] = {}
    for session in sessions(recent, tags, organization, body):
        if contains(session.name, body["nameContains"]):
            by_name.setdefault(session.name, []).append(session)
    last = {name: max(session.last for session in of) for name, of in by_name.items()}
    ordered = sorted(sorted(by_name), key=lambda name: last[name], reverse=True)
    return [
        {
            "name": name,
            "created_at": text(min(session.first for session in by_name[name]) - back),
            "first_used": text(min(session.first for session in by_name[name]) - back),
            "last_used": text(last[name] - back),
            "session_count": str(len(by_name[name])),
            "avg_latency": mean([v for s in by_name[name] for v in s.values("latency")]),
        }
        for name in ordered[:50]
    ]
