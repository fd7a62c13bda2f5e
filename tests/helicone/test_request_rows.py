"""Requests as rows of an answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum.helicone import request_rows
from tests.helicone.test_session_rows import call
from tests.oracles.helicone_requests import engine_over

NOTHING = "00000000-0000-0000-0000-000000000000"


def row(tmp_path: Path, **columns: Any) -> dict[str, Any]:
    """The answer's row of a request of these columns, made at 2025-06-01T00:00:00.250Z."""
    (found,) = request_rows.of(engine_over(tmp_path, [call(0.25, "s", **columns)], []), [1])
    return found


def test_what_a_request_leaves_out_is_the_databases_default(tmp_path: Path) -> None:
    assert row(tmp_path) == {
        "request_id": "00000000-0000-4000-8000-000000000250",
        "request_created_at": "2025-06-01T00:00:00.250Z",
        "request_body": None,
        "request_user_id": "",
        "request_properties": {"Helicone-Session-Id": "s"},
        "request_model": "",
        "request_referrer": "",
        "response_id": None,
        "response_created_at": None,
        "response_body": None,
        "response_status": 0,
        "provider": "",
        "model": "",
        "target_url": None,
        "country_code": None,
        "properties": {"Helicone-Session-Id": "s"},
        "scores": {},
        "delay_ms": None,
        "time_to_first_token": None,
        "prompt_tokens": None,
        "completion_tokens": None,
        "total_tokens": None,
        "prompt_cache_read_tokens": "0",
        "prompt_cache_write_tokens": "0",
        "reasoning_tokens": "0",
        "cost": 0,
        "prompt_id": "",
        "prompt_version": "",
        "cache_reference_id": NOTHING,
        "cache_enabled": False,
        "asset_ids": [],
        "ai_gateway_body_mapping": "",
        "feedback_created_at": None,
        "updated_at": "2025-06-01T00:00:00.250Z",
        "storage_location": "clickhouse",
    }


def test_counts_and_scores_are_texts_and_the_rest_are_numbers(tmp_path: Path) -> None:
    """5 + 7 tokens; 1,500,000 nano-USD are 0.0015 USD."""
    columns = {
        "status": 500,
        "latency": 12,
        "time_to_first_token": 3,
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "prompt_cache_read_tokens": 2,
        "cost": 1_500_000,
        "scores": {"b": -1, "a": 10},
        "response_created_at": "2025-06-01T00:00:00.262Z",
    }
    found = row(tmp_path, **columns)
    expected = {
        "response_status": 500,
        "delay_ms": 12,
        "time_to_first_token": "3",
        "prompt_tokens": "5",
        "completion_tokens": "7",
        "total_tokens": "12",
        "prompt_cache_read_tokens": "2",
        "cost": 0.0015,
        "scores": {"b": "-1", "a": "10"},
        "response_created_at": "2025-06-01T00:00:00.262Z",
        "updated_at": "2025-06-01T00:00:00.262Z",
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("known", ["prompt_tokens", "completion_tokens"])
def test_the_total_is_unknown_where_either_count_is(tmp_path: Path, known: str) -> None:
    found = row(tmp_path, **{known: 5})
    assert (found[known], found["total_tokens"]) == ("5", None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", None),
        ('{"a": [1, "é"]}', {"a": [1, "é"]}),
        ("[1]", [1]),
        ("hello WORLD", "hello WORLD"),
        ("{", "{"),
        ("5", 5),
        ("0", "0"),
        ("null", "null"),
        ("false", "false"),
        ('""', '""'),
        ("[" * 300 + "]" * 300, "[" * 300 + "]" * 300),
        ("[" * 5000, "[" * 5000),
    ],
)
def test_a_body_is_shown_as_its_json(text: str, shown: Any) -> None:
    """What is false in JavaScript, or too deep for an answer, stays a text."""
    assert request_rows.body(text) == shown


def test_rows_are_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    data = engine_over(tmp_path, [call(0, "a"), call(1, "b"), call(2, "c")], [])
    found = [each["properties"]["Helicone-Session-Id"] for each in request_rows.of(data, [3, 1])]
    assert found == ["c", "a"]
    assert request_rows.of(data, []) == []
    assert json.dumps(request_rows.of(data, [2]))
