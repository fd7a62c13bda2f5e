"""Helicone's exports: requests, as its API and export tool give them, or its ClickHouse table.

Sources: HeliconeRequest and the statements of `/v1/request/query-clickhouse` in Helicone's server
(valhalla/jawn/src/lib/stores/request/request.ts), whose rows the tool @helicone/export writes; the
columns of the table `request_response_rmt` are those of fixtures/README.md.
"""

from __future__ import annotations

from typing import Any

import orjson

from locum.helicone.tables import FEEDBACK, SESSION_ID, SESSION_NAME, SESSION_PATH, ZERO_UUID
from locum.importer.rows import BadRow, ExportRow, Row
from locum.importer.values import Unexpected, boolean, count, integer, mapped, text, time, uuid
from locum.provider import Export, Exports, Vocabulary


def request(exported: ExportRow) -> Row:
    """The row of `helicone/requests`. Raises BadRow.

    The API names some columns otherwise than ClickHouse does, and gives the cost in USD where the
    table has nano-USD: a row with `response_status` is the API's.
    """
    api = "response_status" in exported.fields
    row = {
        "request_id": exported.need("request_id", uuid),
        "organization_id": exported.take("organization_id", uuid),
        "provider": exported.take("provider", text),
        "model": _model(exported),
        "user_id": exported.take("request_user_id" if api else "user_id", text),
        "status": exported.take("response_status" if api else "status", integer),
        "request_created_at": exported.need("request_created_at", time),
        "response_created_at": exported.take("response_created_at", time),
        "latency": exported.take("delay_ms" if api else "latency", count),
        "time_to_first_token": exported.take("time_to_first_token", count),
        "prompt_tokens": exported.take("prompt_tokens", count),
        "completion_tokens": exported.take("completion_tokens", count),
        "prompt_cache_read_tokens": exported.take("prompt_cache_read_tokens", count),
        "prompt_cache_write_tokens": exported.take("prompt_cache_write_tokens", count),
        "cost": _cost(exported) if api else exported.take("cost", count),
        "properties": _properties(exported),
        "scores": _scores(exported),
        "country_code": exported.take("country_code", text),
        "request_body": exported.take("request_body", _body),
        "response_body": exported.take("response_body", _body),
        "cache_reference_id": exported.take("cache_reference_id", uuid),
        "cache_enabled": exported.take("cache_enabled", boolean),
        "threat": exported.take("threat", boolean),
        "target_url": exported.take("target_url", text),
        "prompt_id": exported.take("prompt_id", text),
        "prompt_version": exported.take("prompt_version", text),
        "request_referrer": exported.take("request_referrer", text),
        "is_passthrough_billing": exported.take("is_passthrough_billing", boolean),
    }
    begun, ended = row["request_created_at"], row["response_created_at"]
    if ended is not None and ended < begun:
        raise BadRow(f"response_created_at: found {ended}, expected none before {begun}")
    return row


def _model(exported: ExportRow) -> str | None:
    """As Helicone's own pages do: the override, else what answered, else what was asked."""
    named = ("model_override", "response_model", "request_model", "model")
    found = [exported.take(field, text) for field in named]
    return next((model for model in found if model), None)


def _cost(exported: ExportRow) -> int | None:
    cost, older = exported.money("cost"), exported.money("costUSD")
    return older if cost is None else cost


def _properties(exported: ExportRow) -> dict[str, str] | None:
    names = ("request_properties", "properties")
    older, newer = (exported.take(name, mapped(_written)) for name in names)
    properties: dict[str, str] | None = newer or older
    return properties


def _written(value: Any) -> str:
    """A text as it is, anything else as the text of its JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _score(value: Any) -> int:
    """A score, plain or with its type, as the API's two forms have it."""
    if isinstance(value, dict):
        value = value.get("value")
    return int(value) if isinstance(value, bool) else integer(value)


def _scores(exported: ExportRow) -> dict[str, int] | None:
    scores: dict[str, int] | None = exported.take("scores", mapped(_score))
    rating = exported.take("feedback_rating", boolean)
    return scores if rating is None else {FEEDBACK: int(rating)} | (scores or {})


def _body(value: Any) -> str:
    if not isinstance(value, str | dict | list):
        raise Unexpected("a text, an object or an array")
    return _written(value)


# Known fields that a dataset has no column for.
_UNUSED = """
    response_id reasoning_tokens request_path helicone_user total_tokens feedback_created_at
    feedback_id request_feedback signed_body_url llmSchema asset_ids asset_urls assets
    ai_gateway_body_mapping updated_at storage_location node_id job_id
"""

VOCABULARY = Vocabulary(
    columns={
        "helicone/requests": ("provider", "model", "country_code"),
        "helicone/session_tags": ("entity_type",),
    },
    contents={"helicone/requests": ("request_body", "response_body")},
    names=(SESSION_ID, SESSION_NAME, SESSION_PATH, FEEDBACK),
    texts=(ZERO_UUID,),
)

EXPORTS = Exports(
    kinds=(
        Export(
            table="helicone/requests",
            id="request_id",
            tenant="organization_id",
            fields=("request_id",),
            noun="a request",
            read=request,
            unused=frozenset(_UNUSED.split()),
        ),
    ),
    vocabulary=VOCABULARY,
)
