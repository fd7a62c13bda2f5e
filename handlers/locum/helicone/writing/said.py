"""What is said of a request later: feedback, scores and properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locum.engine.transactions import Transaction
from locum.helicone.ingestion import answers, changes
from locum.helicone.ingestion.kept import Key
from locum.helicone.ingestion.rows import Row
from locum.helicone.writing import stored
from locum.provider import Answer, RawBody

OK: dict[str, None] = {"data": None, "error": None}


def request_feedback(
    transaction: Transaction, tenant: str | None, /, requestid: str, body: Mapping[str, Any]
) -> dict[str, None]:
    """POST /v1/request/{requestId}/feedback: say whether an answer was good, as a score. Raises
    UpstreamFault for an id that is no UUID."""
    _score(transaction, tenant, requestid, changes.thumb(requestid, rating=body["rating"]))
    return OK


def scores(
    transaction: Transaction, tenant: str | None, /, requestid: str, body: Mapping[str, Any]
) -> dict[str, None]:
    """POST /v1/request/{requestId}/score: give a request scores. Raises UpstreamFault for one that
    is neither an integer nor a boolean."""
    _score(transaction, tenant, requestid, changes.scores_of(body["scores"]))
    return OK


def put_property(
    transaction: Transaction, tenant: str | None, /, requestid: str, body: Mapping[str, Any]
) -> dict[str, None]:
    """PUT /v1/request/{requestId}/property: give a request a property. Raises UpstreamFault where
    there is no such request."""
    its = stored.key(tenant, requestid)
    row = stored.request(transaction, its)
    kept = stored.state(transaction).kept
    _put(transaction, changes.with_property(row, body["key"], body["value"], kept, its))
    return OK


def worker_feedback(transaction: Transaction, tenant: str | None, /, body: RawBody) -> Answer:
    """POST /v1/feedback of the logging servers: say whether an answer was good."""
    thumb = answers.thumb(body.content)
    if isinstance(thumb, Answer):
        return thumb
    its = stored.key(tenant, thumb.request_id)
    row = stored.request(transaction, its)
    if row is not None:
        _scored(transaction, its, row, changes.thumb(its[1], rating=thumb.rating))
    return thumb.answer(found=row is not None)


def _score(
    transaction: Transaction, tenant: str | None, request_id: str, given: Mapping[str, int]
) -> None:
    its = stored.key(tenant, request_id)
    _scored(transaction, its, stored.request(transaction, its), given)


def _scored(transaction: Transaction, its: Key, row: Row | None, given: Mapping[str, int]) -> None:
    state = stored.state(transaction)
    _put(transaction, changes.scored(row, given, state.kept, its, state.recent_us()))


def _put(transaction: Transaction, row: Row | None) -> None:
    if row is not None:
        transaction.put(stored.REQUESTS, [row])
