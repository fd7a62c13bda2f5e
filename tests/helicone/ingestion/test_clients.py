"""What the vendor's clients send, method by method, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from locum.datasets.columns import is_of_type
from locum.helicone import requests, session_rows, tags
from locum.helicone.ingestion import answers, changes
from locum.helicone.ingestion.rows import Row
from locum.helicone.tables import TABLES
from tests.conftest import ROOT
from tests.helicone.ingestion.logs import NOW_US, ORGANIZATION, SETTING
from tests.oracles.helicone_requests import engine_over

SENT = {
    f"{each['client'][:17]}: {each['name']}": each
    for line in (ROOT / "tests/data/helicone/logs.jsonl").read_text().splitlines()
    for each in [json.loads(line)]
}
NPM, PYPI = "@helicone/helpers", "helicone-helpers "
PROVIDERS = {"custom": "CUSTOM", "anthropic": "ANTHROPIC", "googleapis": "GOOGLE"}


def row(sent: dict[str, Any]) -> Row:
    """The row of a log, at the logging server whose path it ends with."""
    provider = PROVIDERS[sent["path"].split("/")[-3]]
    headers = {name.lower(): value for name, value in sent["headers"].items()}
    outcome = answers.worker(json.dumps(sent["body"]).encode(), headers, provider, SETTING)
    assert outcome.answer.body == "ok"
    (made,) = outcome.rows
    return made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            f"{NPM}: vector database",
            {
                "model": "vector_db",
                "status": 200,
                "properties": {
                    "Helicone-Session-Name": "Desk",
                    "Helicone-Session-Id": "trip-1",
                    "Helicone-Session-Path": "/find",
                },
            },
        ),
        (f"{NPM}: data", {"model": "data:tides"}),
        (
            f"{NPM}: stream of Anthropic's, at the custom route",
            {
                "provider": "CUSTOM",
                "model": "claude-sonnet-4-20250514",
                "prompt_tokens": 25,
                "completion_tokens": 7,
            },
        ),
        (
            f"{NPM}: single stream",
            {"model": "pebble-7b", "prompt_tokens": 5, "completion_tokens": 2},
        ),
        (
            f"{NPM}: builder, chunks as lines",
            {"model": "pebble-7b", "prompt_tokens": 5, "completion_tokens": 2, "status": 200},
        ),
        (
            f"{NPM}: builder, left",
            {"model": "pebble-7b", "prompt_tokens": 0, "completion_tokens": 0, "status": -3},
        ),
        (f"{NPM}: builder, failed", {"model": "pebble-7b", "prompt_tokens": 0, "status": 500}),
        (
            f"{NPM}: address of a tracing endpoint, provider google",
            {
                "provider": "GOOGLE",
                "model": "gemini-2.0-flash",
                "prompt_tokens": 12,
                "completion_tokens": 4,
                "prompt_cache_read_tokens": 8,
            },
        ),
        (
            f"{NPM}: address of a route, provider google",
            {"provider": "GOOGLE", "model": "gemini-2.0-flash", "prompt_tokens": 12},
        ),
        (
            f"{NPM}: address of a former tracing endpoint, text, latency",
            {
                "user_id": "call",
                "properties": {"desk": "north"},
                "latency": 250,
                "prompt_tokens": 1,
            },
        ),
        (f"{PYPI}: tool", {"model": "tool:tide_table", "properties": {"desk": "south"}}),
        (f"{PYPI}: data", {"model": "data:undefined"}),
        (f"{PYPI}: vector database", {"model": "vector_db"}),
        (
            f"{PYPI}: anthropic",
            {
                "provider": "ANTHROPIC",
                "prompt_tokens": 9,
                "completion_tokens": 3,
                "prompt_cache_read_tokens": 4,
            },
        ),
        (
            f"{PYPI}: builder, chunks as lines",
            {"prompt_tokens": 3, "completion_tokens": 1, "time_to_first_token": 12},
        ),
        (f"{PYPI}: builder, failed", {"status": 200, "model": "pebble-7b", "prompt_tokens": 0}),
    ],
)
def test_row(name: str, expected: dict[str, Any]) -> None:
    found = row(SENT[name])
    assert {column: found[column] for column in expected} == expected


def test_every_method_is_looked_at() -> None:
    (mark,) = (m for m in test_row.pytestmark if m.name == "parametrize")
    assert {name for name, _ in mark.args[1]} == SENT.keys()


def test_rows_and_tags_are_a_dataset(tmp_path: Path) -> None:
    logs = [row(sent) for sent in SENT.values()]
    tag = changes.tagged(ORGANIZATION, "trip-1", "vip", NOW_US)
    data = engine_over(tmp_path, logs, [tag])
    asked = {"filter": "all", "limit": 100, "sort": {"created_at": "asc"}}
    found = requests.query(data, ORGANIZATION, asked)
    assert [each["request_id"] for each in found] == [each["request_id"] for each in logs]
    assert found[0]["request_created_at"] == "2026-06-15T09:01:00.007Z"
    times = {"startTimeUnixMs": 0, "endTimeUnixMs": 1_900_000_000_000}
    asked = {"search": "", "filter": "all", "timezoneDifference": 0, "timeFilter": times}
    (session,) = session_rows.query(data, ORGANIZATION, asked)
    assert (session["session_id"], session["session_name"]) == ("trip-1", "Desk")
    assert tags.newest(data, ORGANIZATION, "trip-1") == "vip"


def test_what_failed_is_kept_as_a_text_that_is_no_json() -> None:
    body = json.loads(row(SENT[f"{NPM}: builder, failed"])["response_body"])
    assert body["helicone_error"] == "error parsing response"
    assert "Error: upstream refused" in body["parse_response_error"]


ODD: list[Any] = [None, True, 0, -1, 1.5, 1e308, 2**63, "", "5", "\0a", [], [{}], {}, {"a": 1}]
ODD += ["2026-01-01", "[1,2]", 'data: {"choices":[{"index":[1],"delta":{"tool_calls":[{}]}}]}']


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if place:
        yield place
    items = value.items() if isinstance(value, dict) else ()
    for name, inner in enumerate(value) if isinstance(value, list) else items:
        yield from places(inner, (*place, name))


@pytest.mark.parametrize("seed", range(20))
def test_a_log_with_odd_parts_becomes_a_row_or_is_refused(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - no secrets
    columns = TABLES["helicone/requests"].columns
    for sent in SENT.values():
        body = deepcopy(sent["body"])
        for _ in range(random.randint(1, 3)):
            *outer, last = random.choice(list(places(body)))
            holder: Any = body
            for name in outer:
                holder = holder[name]
            holder[last] = deepcopy(random.choice(ODD))
        content = json.dumps(body).encode()
        for outcome in (
            answers.worker(content, {}, "ANTHROPIC", SETTING),
            answers.jawn(content, {}, SETTING),
            answers.typed(content, {}, SETTING),
        ):
            assert outcome.answer.status in (200, 400, 500)
            assert len(outcome.rows) == (outcome.answer.status == 200)
            for made in outcome.rows:
                assert all(is_of_type(kind, made[name]) for name, kind in columns.items())
                assert "\\u0000" not in json.dumps(
                    {**made, "request_body": "", "response_body": ""}
                )
