"""What is said of a session: its tag, and whether it was good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.engine.transactions import Transaction
from locum.helicone.ingestion import changes
from locum.helicone.tables import SESSION_ID
from locum.helicone.writing import stored
from locum.helicone.writing.said import OK

_TICK_US = 1000  # of the times of tags


def tag(
    transaction: Transaction, tenant: str | None, /, sessionid: str, body: Mapping[str, Any]
) -> dict[str, None]:
    """POST /v1/session/{sessionId}/tag: give a session a tag, which is newer than those that it
    has, whatever their times say."""
    session_id = sessionid.replace("\0", "")
    ((newest_us,),) = transaction.data.rows(
        "SELECT max(created_us) FROM helicone_session_tags "
        "WHERE organization_id = $tenant AND entity_type = 'session' AND entity_id = $session",
        tenant=tenant or "",
        session=session_id,
    )
    now_us = stored.state(transaction).now_us()
    if newest_us is not None:
        now_us = max(now_us, newest_us + _TICK_US)
    row = changes.tagged(tenant or "", session_id, body["tag"], now_us)
    transaction.put(stored.TAGS, [row])
    return OK


def feedback(
    transaction: Transaction, tenant: str | None, /, sessionid: str, body: Mapping[str, Any]
) -> dict[str, None]:
    """POST /v1/session/{sessionId}/feedback: say whether a session was good, as a property of its
    earliest request; of those at one time that of the least id (our choice). Raises UpstreamFault
    where the session has no request."""
    found = transaction.data.rows(
        "SELECT request_id FROM helicone_requests "
        "WHERE organization_id = $tenant AND session_id = $session "
        f"AND list_contains(map_keys(properties), '{SESSION_ID}') "
        "ORDER BY request_created_us, request_id LIMIT 1",
        tenant=tenant or "",
        session=sessionid,
    )
    its = stored.key(tenant, found[0][0] if found else "")
    row = stored.request(transaction, its) if found else None
    kept = stored.state(transaction).kept
    row = changes.with_session_feedback(row, kept, its, rating=body["rating"])
    transaction.put(stored.REQUESTS, [row])
    return OK
