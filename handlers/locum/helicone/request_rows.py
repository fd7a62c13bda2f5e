"""Requests as rows: what the vendor's server answers of one.

Its database writes numbers of 64 bits as texts, which are passed on as they are. Columns that a
dataset has not are answered as the database's defaults.
"""

from __future__ import annotations

from typing import Any

import orjson

from locum.engine.data import Data
from locum.helicone import javascript, times
from locum.openapi.reader import levels

_COLUMNS = (
    "row", "request_id", "request_created_us", "response_created_us", "status", "user_id",
    "properties", "provider", "latency", "model", "time_to_first_token", "prompt_tokens",
    "completion_tokens", "prompt_cache_read_tokens", "prompt_cache_write_tokens", "country_code",
    "scores", "target_url", "cache_reference_id", "request_referrer", "cache_enabled", "cost",
    "prompt_id", "prompt_version", "request_body", "response_body",
)  # fmt: skip
_STATEMENT = (
    f"SELECT {', '.join(_COLUMNS)} FROM helicone_requests WHERE row IN (SELECT unnest($rows))"
)
_MOST_LEVELS = 200  # of a body that is shown as JSON: an answer is written to a depth of 254


def of(data: Data, rows: list[int]) -> list[dict[str, Any]]:
    """Return the requests of these rows of the table, in their order."""
    found = {values[0]: values for values in data.rows(_STATEMENT, rows=rows)} if rows else {}
    return [_request(dict(zip(_COLUMNS, found[row], strict=True))) for row in rows]


def _request(row: dict[str, Any]) -> dict[str, Any]:
    """The answer's row of a table's row. `total_tokens` is null where either count is."""
    prompt, completion = row["prompt_tokens"], row["completion_tokens"]
    total = None if prompt is None or completion is None else prompt + completion
    ended_us = row["response_created_us"]
    return {
        "request_id": row["request_id"],
        "request_created_at": times.iso(row["request_created_us"]),
        "request_body": body(row["request_body"]),
        "request_user_id": row["user_id"],
        "request_properties": row["properties"],
        "request_model": row["model"],
        "request_referrer": row["request_referrer"],
        "response_id": None,
        "response_created_at": times.iso(ended_us),
        "response_body": body(row["response_body"]),
        "response_status": row["status"],
        "provider": row["provider"],
        "model": row["model"],
        "target_url": row["target_url"],
        "country_code": row["country_code"],
        "properties": row["properties"],
        "scores": {name: str(score) for name, score in row["scores"].items()},
        "delay_ms": row["latency"],
        "time_to_first_token": _count(row["time_to_first_token"]),
        "prompt_tokens": _count(prompt),
        "completion_tokens": _count(completion),
        "total_tokens": _count(total),
        "prompt_cache_read_tokens": _count(row["prompt_cache_read_tokens"]),
        "prompt_cache_write_tokens": _count(row["prompt_cache_write_tokens"]),
        "reasoning_tokens": "0",
        "cost": javascript.integral(float(row["cost"]) / 1e9),
        "prompt_id": row["prompt_id"],
        "prompt_version": row["prompt_version"],
        "cache_reference_id": row["cache_reference_id"],
        "cache_enabled": row["cache_enabled"],
        "asset_ids": [],
        "ai_gateway_body_mapping": "",
        "feedback_created_at": None,
        # When the row was written last: with its response, else with its request (our choice).
        "updated_at": times.iso(row["request_created_us"] if ended_us is None else ended_us),
        "storage_location": "clickhouse",
    }


def _count(number: int | None) -> str | None:
    return None if number is None else str(number)


def body(text: str) -> Any:
    """Return what a body says: the value of its JSON, a text that is none as it is, and None for
    an empty one. JSON that is false in JavaScript stays a text, as does what is nested deeper than
    an answer can be."""
    if not text:
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value if value and levels(value) <= _MOST_LEVELS else text
