"""Helicone's exports: requests, as its API and export tool give them, or its ClickHouse table.

Sources: HeliconeRequest and the statements of `/v1/request/query-clickhouse` in Helicone's server
(valhalla/jawn/src/lib/stores/request/request.ts), whose rows the tool @helicone/export writes; the
columns of the table `request_response_rmt` are those of fixtures/README.md.
"""

from __future__ import annotations

from typing import Any

import orjson

from locum.importer.rows import BadRow, Given, Row
from locum.importer.values import Unexpected, boolean, count, integer, mapped, text, time, uuid

FEEDBACK = "helicone-score-feedback"


def request(given: Given) -> Row:
    """The row of `helicone/requests`. Raises BadRow.

    The API names some columns otherwise than ClickHouse does, and gives the cost in USD where the
    table has nano-USD: a row with `response_status` is the API's.
    """
    api = "response_status" in given.fields
    row = {
        "request_id": given.need("request_id", uuid),
        "organization_id": given.take("organization_id", uuid),
        "provider": given.take("provider", text),
        "model": _model(given),
        "user_id": given.take("request_user_id" if api else "user_id", text),
        "status": given.take("response_status" if api else "status", integer),
        "request_created_at": given.need("request_created_at", time),
        "response_created_at": given.take("response_created_at", time),
        "latency": given.take("delay_ms" if api else "latency", count),
        "time_to_first_token": given.take("time_to_first_token", count),
        "prompt_tokens": given.take("prompt_tokens", count),
        "completion_tokens": given.take("completion_tokens", count),
        "prompt_cache_read_tokens": given.take("prompt_cache_read_tokens", count),
        "prompt_cache_write_tokens": given.take("prompt_cache_write_tokens", count),
        "cost": _cost(given) if api else given.take("cost", count),
        "properties": _properties(given),
        "scores": _scores(given),
        "country_code": given.take("country_code", text),
        "request_body": given.take("request_body", _body),
        "response_body": given.take("response_body", _body),
        "cache_reference_id": given.take("cache_reference_id", uuid),
        "cache_enabled": given.take("cache_enabled", boolean),
        "threat": given.take("threat", boolean),
        "target_url": given.take("target_url", text),
        "prompt_id": given.take("prompt_id", text),
        "prompt_version": given.take("prompt_version", text),
        "request_referrer": given.take("request_referrer", text),
        "is_passthrough_billing": given.take("is_passthrough_billing", boolean),
    }
    begun, ended = row["request_created_at"], row["response_created_at"]
    if ended is not None and ended < begun:
        raise BadRow(f"response_created_at: found {ended}, expected none before {begun}")
    return row


def _model(given: Given) -> str | None:
    """As Helicone's own pages do: the override, else what answered, else what was asked."""
    named = ("model_override", "response_model", "request_model", "model")
    found = [given.take(field, text) for field in named]
    return next((model for model in found if model), None)


def _cost(given: Given) -> int | None:
    cost, older = given.money("cost"), given.money("costUSD")
    return older if cost is None else cost


def _properties(given: Given) -> dict[str, str] | None:
    names = ("request_properties", "properties")
    older, newer = (given.take(name, mapped(_written)) for name in names)
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


def _scores(given: Given) -> dict[str, int] | None:
    scores: dict[str, int] | None = given.take("scores", mapped(_score))
    rating = given.take("feedback_rating", boolean)
    return scores if rating is None else {FEEDBACK: int(rating)} | (scores or {})


def _body(value: Any) -> str:
    if not isinstance(value, str | dict | list):
        raise Unexpected("a text, an object or an array")
    return _written(value)


_UNUSED = """
    response_id request_path helicone_user total_tokens feedback_created_at feedback_id
    request_feedback signed_body_url llmSchema asset_ids asset_urls assets ai_gateway_body_mapping
    updated_at storage_location node_id job_id
"""
# Known fields that a dataset has no column for.
REQUEST_UNUSED = frozenset(_UNUSED.split())
