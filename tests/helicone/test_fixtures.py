"""Requests and tags of sessions of the bundled datasets fit together.

Every check is plain Python over the files' rows; nothing of the generator takes part.
"""

from __future__ import annotations

from collections import Counter

import pytest

from locum.datasets import dataset as datasets
from locum.generator import plain_tables
from locum.helicone.fixtures import RULES
from tests.oracles.bundled import find
from tests.oracles.fixture_rows import NO_CACHE, Tables, by, instant, read


@pytest.fixture(scope="module", params=datasets.names())
def tables(request: pytest.FixtureRequest) -> Tables:
    return read(find(request.param))


@pytest.fixture(scope="module", params=["tiny", "default"])
def busy(request: pytest.FixtureRequest) -> Tables:
    """Datasets that have something of everything."""
    return read(find(request.param))


def test_tags_are_of_sessions_that_are_there(tables: Tables) -> None:
    sessions_seen = {
        row["properties"].get("Helicone-Session-Id") for row in tables["helicone/requests"]
    }
    for tag in tables["helicone/session_tags"]:
        assert tag["entity_type"] == "session"
        assert tag["entity_id"] in sessions_seen


def test_a_tag_is_given_after_its_session_has_begun(tables: Tables) -> None:
    begun: dict[str, str] = {}
    for row in tables["helicone/requests"]:
        session = row["properties"].get("Helicone-Session-Id")
        begun[session] = min(row["request_created_at"], begun.get(session, "9"))
    for tag in tables["helicone/session_tags"]:
        assert tag["created_at"] >= begun[tag["entity_id"]]


def test_calls_cost_what_the_price_list_says(busy: Tables) -> None:
    """Prices in USD per million tokens, as published: gpt-4o-mini 0.15 in, 0.075 cached, 0.60 out;
    claude-sonnet-4 3 in, 0.30 cache read, 3.75 cache write, 15 out."""
    prices = {"gpt-4o-mini": (150, 75, 0, 600), "claude-sonnet-4": (3000, 300, 3750, 15000)}
    seen: Counter[str] = Counter()
    for row in busy["helicone/requests"]:
        if row["model"] in prices and row["prompt_tokens"] is not None:
            fresh, read, written, out = prices[row["model"]]
            reads, writes = row["prompt_cache_read_tokens"], row["prompt_cache_write_tokens"]
            cost = (row["prompt_tokens"] - reads - writes) * fresh + reads * read + writes * written
            cached = row["cache_reference_id"] != NO_CACHE
            assert row["cost"] == (0 if cached else cost + row["completion_tokens"] * out)
            seen[row["model"]] += 1
    assert set(seen) == set(prices)


def test_traffic_is_by_day_on_weekdays() -> None:
    """Per hour of the default month: working hours are several times as busy as the night, a
    weekday busier than a Saturday."""
    requests = read(find("default"))["helicone/requests"]
    times = [instant(row["request_created_at"]) for row in requests]
    hours = Counter(time.hour for time in times)
    days = Counter(time.weekday() for time in times)
    assert sum(hours[h] for h in range(9, 17)) > 5 * sum(hours[h] for h in range(8))
    assert min(days[d] for d in range(4)) > max(days[5], days[6])


def test_a_cached_answer_was_given_before_in_the_same_project(busy: Tables) -> None:
    requests = by(busy["helicone/requests"], "request_id")
    cached = [row for row in requests.values() if row["cache_reference_id"] != NO_CACHE]
    assert cached
    for row in cached:
        original = requests[row["cache_reference_id"]]
        assert original["status"] == 200
        assert original["request_created_at"] < row["request_created_at"]
        assert original["properties"]["app"] == row["properties"]["app"]
        assert row["cache_enabled"]


def test_a_pending_request_has_no_answer(tables: Tables) -> None:
    for row in tables["helicone/requests"]:
        pending = row["status"] == -2
        assert (row["response_created_at"] is None) == pending
        assert (row["latency"] is None) == pending
        assert (row["response_body"] == "") == pending


def test_some_conversations_have_no_session_name(busy: Tables) -> None:
    """Those whose thread goes by an application's own name; other sessions have one."""
    named = Counter(
        "Helicone-Session-Name" in row["properties"]
        for row in busy["helicone/requests"]
        if "Helicone-Session-Id" in row["properties"]
    )
    assert named[True] > named[False] > 0


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("cache_reference_id", "cache_reference_id = request_id"),
        ("cache_reference_id", "cache_reference_id = 'nowhere'"),
        ("latency", "latency = -1"),
    ],
)
def test_a_row_that_breaks_a_rule_is_found(column: str, change: str) -> None:
    """A request is not answered by itself, nor by one that is not there."""
    (rule,) = (rule for rule in RULES if rule.column == column)
    with plain_tables.connect(find("tiny")) as connection:
        assert connection.execute(rule.select).fetchall() == []
        select = "SELECT request_id FROM helicone_requests ORDER BY request_id LIMIT 1"
        ((id_,),) = connection.execute(select).fetchall()
        connection.execute(
            f"UPDATE helicone_requests SET {change} WHERE request_id = $id", {"id": id_}
        )
        assert [row for row, _ in connection.execute(rule.select).fetchall()] == [id_]
