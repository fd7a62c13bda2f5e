"""What comes after a request: feedback, scores and properties of it, tags and feedback of its
session.

Each function takes the row as it is now, None where there is none, and returns the row as it is
then, None where nothing is to be written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from locum.helicone import times
from locum.helicone.errors import returned, thrown
from locum.helicone.ingestion.amounts import integer, is_number
from locum.helicone.ingestion.kept import DAYS_30_US, Kept, Key
from locum.helicone.ingestion.rows import Row
from locum.helicone.tables import FEEDBACK

SESSION_FEEDBACK = "Helicone-Session-Feedback"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_BOOLEAN = "-hcone-bool"  # ends the name of a score that was given as a boolean


def is_id(text: str) -> bool:
    """Return whether the text is a UUID, of any version."""
    return _UUID.fullmatch(text) is not None


def thumb(request_id: str, *, rating: bool) -> dict[str, int]:
    """Return a thumb up or down as scores. Raises UpstreamFault for an id that is no UUID."""
    if not is_id(request_id):
        raise returned("Invalid requestId: must be a valid UUID")
    return {FEEDBACK: int(rating)}


def scores_of(given: Mapping[str, Any]) -> dict[str, int]:
    """Return scores as a row has them: integers as they are, booleans as 1 and 0 under a name of
    their own. Raises UpstreamFault for anything else."""
    scores: dict[str, int] = {}
    for name, value in given.items():
        if isinstance(value, bool):
            scores[name + _BOOLEAN] = int(value)
        elif is_number(value) and value == integer(value):
            scores[name] = integer(value)
        else:
            found = f"found {value!s:.100}, expected an integer or a boolean"
            raise thrown(f"Invalid score {name:.100}: {found}")
    return scores


def scored(
    row: Row | None, scores: Mapping[str, int], kept: Kept, request: Key, now_us: int
) -> Row | None:
    """Return the request's row with these scores among its own, the later of one name.

    Scores of a request that has not come are kept for it. One that is older than 30 days the vendor
    does not find: there is nothing to write.
    """
    if row is None:
        if is_id(request[1]):
            kept.wait(request, scores, now_us)
        return None
    if _created_us(row) <= now_us - DAYS_30_US:
        return None
    return row | {"scores": {**(row.get("scores") or {}), **scores}}


def _created_us(row: Row) -> int:
    """When the request began, 0 where the row does not say. A time without a zone is in UTC."""
    text = row.get("request_created_at")
    if not text:
        return 0
    time = datetime.fromisoformat(text)
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1e6)


def with_property(row: Row | None, name: str, value: str, kept: Kept, request: Key) -> Row:
    """Return the request's row with that property, whose name keeps its letter case, and have it
    kept. Raises UpstreamFault where there is no such request."""
    if row is None:
        raise returned("Request not found")
    name, value = name.replace("\0", ""), value.replace("\0", "")
    kept.add(request, name, value)
    return row | {"properties": {**(row.get("properties") or {}), name: value}}


def with_session_feedback(row: Row | None, kept: Kept, request: Key, *, rating: bool) -> Row:
    """Return the earliest request of a session with what is thought of the session, as a property.
    Raises UpstreamFault where the session has no request."""
    if row is None:
        raise returned("No request found")
    return with_property(row, SESSION_FEEDBACK, str(int(rating)), kept, request)


def tagged(organization: str, session_id: str, tag: str, now_us: int) -> Row:
    """Return the row of `helicone/session_tags` that gives the session a tag. None is taken away:
    the newest counts."""
    return {
        "organization_id": organization,
        "entity_type": "session",
        "entity_id": session_id,
        "tag": tag.replace("\0", ""),
        "created_at": times.iso(now_us),
    }
