"""Calls of models that are logged: each becomes a request, in the place of that of its id."""

from __future__ import annotations

import orjson

from locum.datasets.jsonl import LARGEST_ROW
from locum.engine.transactions import Transaction
from locum.exceptions import StoreFull
from locum.helicone.ingestion import answers, kept
from locum.helicone.ingestion.answers import Outcome
from locum.helicone.ingestion.rows import Row
from locum.helicone.writing import stored
from locum.otlp.forms import JSON, PROTOBUF
from locum.provider import Answer, RawBody

_BODIES = ("request_body", "response_body")
_MOST_OF_CHARACTER = 4  # bytes in a line of JSON, of texts that are JSON themselves


def worker_log(
    transaction: Transaction, tenant: str | None, /, body: RawBody, *, provider: str
) -> Answer:
    """POST /custom/v1/log and its like: keep a log of the path's provider."""
    setting = stored.state(transaction).setting(tenant)
    return _kept(transaction, answers.worker(body.content, body.headers, provider, setting))


def jawn_log(transaction: Transaction, tenant: str | None, /, body: RawBody) -> Answer:
    """POST /v1/trace/custom/log: keep a log, unchecked. Raises UnreadableBody."""
    setting = stored.state(transaction).setting(tenant)
    return _kept(transaction, answers.jawn(body.content, body.headers, setting))


def typed_log(transaction: Transaction, tenant: str | None, /, body: RawBody) -> Answer:
    """POST /v1/trace/custom/log/typed: keep a log, checked. Raises UnreadableBody."""
    setting = stored.state(transaction).setting(tenant)
    return _kept(transaction, answers.typed(body.content, body.headers, setting))


def spans(
    transaction: Transaction, tenant: str | None, /, body: RawBody, *, operation: str
) -> Answer:
    """POST /v1/trace/log and /v1/trace/log-python: keep each span as a request."""
    media_type = body.headers.get("content-type", "")
    form = PROTOBUF if answers.is_protobuf(operation, media_type) else JSON
    setting = stored.state(transaction).setting(tenant)
    return _kept(transaction, answers.spans_of(body.content, form.decode, setting))


def _kept(transaction: Transaction, outcome: Outcome) -> Answer:
    """Keep the rows. Raises StoreFull for one that is larger than any of a dataset may be."""
    if outcome.rows:
        its = stored.state(transaction)
        now_us = its.recent_us()
        before = transaction.rows(stored.REQUESTS, map(kept.key, outcome.rows))
        transaction.put(
            stored.REQUESTS,
            [
                _fitting(its.kept.arrived(row, before.get(kept.key(row)), now_us))
                for row in outcome.rows
            ],
        )
        for row in outcome.rows:
            its.kept.settled(kept.key(row))
    return outcome.answer


def _fitting(row: Row) -> Row:
    """Return the row, its bodies cut where it is larger than a line of the table may be (our
    choice: the vendor has an object store for them)."""
    characters = sum(len(row[name]) for name in _BODIES)
    while characters and len(orjson.dumps(row)) > LARGEST_ROW:
        row = row | {name: row[name][: len(row[name]) // 2] for name in _BODIES}
        characters = sum(len(row[name]) for name in _BODIES)
    if len(orjson.dumps(row)) > LARGEST_ROW:
        raise StoreFull(f"rows of {LARGEST_ROW:,} bytes")
    return row
