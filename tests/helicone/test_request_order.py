"""The order of requests: which key of a sort acts, and how."""

from __future__ import annotations

from typing import Any

import pytest

from locum.exceptions import UpstreamFault
from locum.helicone.request_order import order
from tests.helicone.conftest import Load
from tests.helicone.test_requests import found, numbered
from tests.oracles.helicone_requests import Row

# Of 0 to 4, each a second after the one before: what is told apart by each key.
ROWS: list[Row] = [
    {"latency": 5, "cost": 2, "user_id": "b", "properties": {"p": "b"}},
    {"latency": None, "cost": 1, "user_id": "B", "properties": {"p": "a"}},
    {"latency": 7, "cost": 2, "user_id": "", "properties": {}},
    {"latency": 5, "cost": 9, "user_id": "a", "properties": {"p": "c"}},
    {"latency": None, "cost": 0, "user_id": "é", "properties": {"p": ""}},
]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ({}, "43210"),
        ({"created_at": "desc"}, "43210"),
        ({"created_at": "asc"}, "01234"),
        # Equal ones the latest first, null last, whatever the direction.
        ({"latency": "asc"}, "30241"),
        ({"latency": "desc"}, "23041"),
        ({"cost": "asc"}, "41203"),
        ({"cost": "desc"}, "32014"),
        ({"user_id": "asc"}, "21304"),  # by code point
        ({"properties": {"p": "asc"}}, "42103"),  # absent is ''
        ({"properties": {"p": "desc", "q": "asc"}}, "30142"),
        # Keys without an effect.
        ({"cache_created_at": "asc"}, "43210"),
        ({"last_active": "asc", "values": {"v": "asc"}, "properties": {}}, "43210"),
        # One acts, by its precedence and not by its place.
        ({"cost": "asc", "latency": "asc", "created_at": "asc"}, "01234"),
        ({"properties": {"p": "asc"}, "cost": "desc"}, "32014"),
        ({"properties": {"not allowed": "asc"}, "user_id": "asc"}, "21304"),
    ],
)
def test_requests_are_in_the_order_of_the_key_that_acts(
    load: Load, sort: dict[str, Any], expected: str
) -> None:
    assert found(load(numbered(ROWS)), sort=sort) == expected


def test_tokens_are_summed_and_what_is_unknown_comes_last(load: Load) -> None:
    tokens = [(5, 5), (None, 9), (1, 2), (9, None), (8, 8)]
    rows = [{"prompt_tokens": p, "completion_tokens": c} for p, c in tokens]
    rows[0]["time_to_first_token"] = 3
    data = load(numbered(rows))
    assert found(data, sort={"total_tokens": "asc"}) == "20431"
    assert found(data, sort={"total_tokens": "desc"}) == "40231"
    assert found(data, sort={"prompt_tokens": "asc"}) == "20431"
    assert found(data, sort={"completion_tokens": "desc"}) == "14023"
    assert found(data, sort={"time_to_first_token": "desc"}) == "04321"


def test_bodies_are_ordered_by_the_texts_in_them(load: Load) -> None:
    """A prompt that is no text, or of no JSON, is ''."""
    bodies = ['{"prompt": "b"}', '{"prompt": 5}', "no JSON", '{"prompt": "a"}', ""]
    data = load(numbered([{"request_body": body} for body in bodies]))
    assert found(data, sort={"request_prompt": "desc"}) == "03421"
    texts = ['{"choices": [{"text": "b"}]}', '{"choices": []}', '{"choices": [{"text": "c"}]}']
    data = load(numbered([{"response_body": body} for body in texts]))
    assert found(data, sort={"response_text": "asc"}) == "102"


def test_a_random_order_stays_the_same_over_pages(load: Load) -> None:
    data = load(numbered([{} for _ in range(9)]))
    pages = [
        found(data, sort={"random": True, "created_at": "asc"}, limit=2, offset=offset)
        for offset in range(0, 10, 2)
    ]
    assert sorted("".join(pages)) == list("012345678")
    assert "".join(pages) != "012345678"


def test_requests_at_one_time_are_in_the_order_of_their_ids(load: Load) -> None:
    rows = numbered([{"cost": 1}] * 4)
    for row in rows:
        row["request_created_at"] = rows[0]["request_created_at"]
    data = load(rows[::-1])
    assert found(data) == found(data, sort={"cost": "asc"}) == "0123"


def test_a_column_that_the_database_lacks_finds_nothing(load: Load) -> None:
    assert found(load(numbered(ROWS)), sort={"is_cached": "asc", "cost": "asc"}) == ""


@pytest.mark.parametrize("name", ["Helicone-Session-Id", "", "a b", "é", "a\n"])
def test_a_property_of_other_signs_is_thrown(name: str) -> None:
    with pytest.raises(UpstreamFault) as fault:
        order({"properties": {name: "asc"}})
    assert fault.value.body == {
        "message": "Internal Server Error",
        "details": f"Invalid property key: {name}",
    }
