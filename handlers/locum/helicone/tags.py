"""The tags of sessions."""

from __future__ import annotations

from locum.engine.data import Data


def newest(data: Data, tenant: str | None, session_id: str) -> str | None:
    """Return the tag that the tenant's session was given last; None where it has none. A tag
    without a time is older than those with one; of several it is the last in the table (our
    choice)."""
    found = data.rows(
        "SELECT tag FROM helicone_session_tags "
        "WHERE organization_id = $tenant AND entity_type = 'session' AND entity_id = $session "
        "ORDER BY created_us DESC NULLS LAST, row DESC LIMIT 1",
        tenant=tenant or "",
        session=session_id,
    )
    return found[0][0] if found else None
