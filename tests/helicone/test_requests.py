"""Requests: which of them are found, page by page."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import UpstreamFault
from locum.helicone import requests
from tests.helicone.conftest import Load
from tests.helicone.test_filters_against_oracles import filled, random_tree
from tests.helicone.test_session_rows import call, of_session
from tests.oracles import tree_evaluator
from tests.oracles.helicone_requests import ORGANISATION, Row, engine_over, golden


def numbered(rows: Sequence[Row]) -> list[Row]:
    """Requests of these columns, each a second after the one before; their ids end in their
    numbers."""
    return [
        call(number, None)
        | {"request_id": f"00000000-0000-4000-8000-{number:012d}"}
        | dict(columns)
        for number, columns in enumerate(rows)
    ]


def found(data: Data, **body: Any) -> str:
    """The numbers of the requests, in the answer's order."""
    rows = requests.query(data, ORGANISATION, {"filter": {}} | body)
    return "".join(row["request_id"][-1] for row in rows)


def test_a_page_has_ten_requests_the_latest_first(load: Load) -> None:
    data = load(numbered([{}] * 12))
    assert found(data) == "1098765432"
    assert found(data, limit=3, offset=2) == "987"
    assert found(data, offset=11) == "0"
    assert found(data, offset=12) == found(data, limit=0) == found(data, offset=1e300) == ""


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ({"limit": 1001}, "invalid limit"),
        ({"limit": -1}, "invalid limit"),
        ({"limit": float("nan")}, "Invalid offset or limit"),
        ({"offset": float("nan"), "limit": -1}, "Invalid offset or limit"),
        ({"limit": 1.5}, "invalid limit: found 1.5, expected a whole number from 0 on"),
        ({"offset": -1}, "invalid offset: found -1, expected a whole number from 0 on"),
        ({"offset": 0.5}, "invalid offset: found 0.5, expected a whole number from 0 on"),
        ({"offset": math.inf}, "invalid offset: found Infinity, expected a whole number from 0 on"),
    ],
)
def test_a_page_that_is_none_fails(load: Load, page: dict[str, float], error: str) -> None:
    with pytest.raises(UpstreamFault) as fault:
        found(load(numbered([{}])), **page)
    assert (fault.value.status, fault.value.body) == (500, {"data": None, "error": error})


def test_all_requests_of_the_organization_are_found_and_of_no_other(load: Load) -> None:
    """Those without a session too."""
    other = "22222222-2222-2222-2222-222222222222"
    data = load([*numbered([{}, {"organization_id": other}]), call(2, "s")])
    assert len(found(data)) == 2
    (theirs,) = requests.query(data, other, {"filter": {}})
    assert theirs["request_id"][-1] == "1"


def test_requests_more_than_five_minutes_ahead_of_the_clock_are_left_out(
    tmp_path: Path,
) -> None:
    """The first is made at 00:00:00, the clock stands 5 min 0.5 s before the second."""
    (tmp_path / "manifest.json").write_text(json.dumps({"now": "2025-05-31T23:55:00.500Z"}))
    assert found(engine_over(tmp_path, numbered([{}, {}]), [])) == "0"


def test_scored_requests_are_those_with_scores(load: Load) -> None:
    data = load(numbered([{"scores": {"quality": 0}}, {"scores": {}}, {"scores": None}]))
    assert found(data, isScored=True) == "0"
    assert found(data, isScored=False) == "21"
    ignored = {"isCached": True, "includeInputs": True, "isPartOfExperiment": True}
    assert found(data, **ignored) == found(data) == "210"


def test_of_sessions_the_tag_alone_is_compared(load: Load) -> None:
    tag = {"organization_id": ORGANISATION, "entity_type": "session", "entity_id": "s"}
    rows = [call(0, "s"), call(1, "t")]
    for number, row in enumerate(rows):
        row["request_id"] = f"00000000-0000-4000-8000-{number:012d}"
    data = load(rows, [tag | {"tag": "vip"}])
    assert found(data, filter=of_session(tag={"equals": "vip"})) == "0"
    assert found(data, filter=of_session(total_requests={"gt": 5})) == "10"


TEXT, WHOLE = {"equals": "x"}, {"equals": 1}


@pytest.mark.parametrize(
    "leaf",
    [
        {"request": {"prompt": TEXT}},
        {"response": {"status": WHOLE}},
        {"feedback": {"rating": {"equals": True}}},
        {"properties": {"env": TEXT}},
        {"values": {"5": TEXT}},
        {"request_response_rmt": {"total_tokens": WHOLE}},
        {"request_response_rmt": {"search_properties": {"env": TEXT}}},
        {"request_response_rmt": {"request_id": TEXT}},
        {"request_response_rmt": {"status": WHOLE}, "request": {"id": TEXT}},
    ],
)
def test_what_the_database_does_not_run_finds_nothing(load: Load, leaf: Any) -> None:
    """Its error is dropped, also where an `or` would make it needless."""
    data = load(numbered([{}]))
    tree = {"left": "all", "operator": "or", "right": leaf}
    assert found(data, filter=leaf) == ""
    if "request_id" not in str(leaf):  # a value that is dropped unread beside what is true
        assert found(data, filter=tree) == ""


@pytest.mark.parametrize(
    ("leaf", "details"),
    [
        ({"request_response_rmt": {}}, "Invalid operator undefined"),
        ({"request_response_rmt": {"status": {}}}, "Invalid operator {}"),
        ({"request": {}}, "Invalid operator undefined"),
        ({"properties": {"env": {}}}, "Invalid operator {}"),
        ({"values": {}}, "Invalid operator undefined"),
    ],
)
def test_a_leaf_without_an_operator_is_thrown(load: Load, leaf: Any, details: str) -> None:
    with pytest.raises(UpstreamFault) as fault:
        found(load(numbered([{}])), filter=leaf)
    assert fault.value.body == {"message": "Internal Server Error", "details": details}


def test_two_properties_in_one_leaf_are_one_the_first(load: Load) -> None:
    """As the vendor's page of one session sends them."""
    both = {"Helicone-Session-Id": {"equals": "s"}, "Helicone-Session-Name": {"equals": "zzz"}}
    leaf = {"request_response_rmt": {"properties": both}}
    data = load([call(0, "s", "n"), call(1, "t", "zzz")])
    rows = requests.query(data, ORGANISATION, {"filter": leaf})
    assert [row["properties"]["Helicone-Session-Name"] for row in rows] == ["n"]


def test_a_hundred_random_filters_find_what_plain_python_finds(tmp_path: Path) -> None:
    rows, tags = filled(golden("rows.json")), golden("tags.json")
    data = engine_over(tmp_path, rows, tags)
    mine = [row for row in rows if row["organization_id"] == ORGANISATION]
    latest = sorted(mine, key=lambda row: row["request_id"])
    latest.sort(key=lambda row: str(row["request_created_at"]), reverse=True)
    draw = random.Random(17)  # noqa: S311 -- the same trees every time
    for _ in range(100):
        tree, offset = random_tree(draw, mine, draw.choice([0, 1, 3])), draw.choice([0, 3])
        passing = [
            row["request_id"] for row in latest if tree_evaluator.holds(tree, row, tags) is True
        ]
        answer = requests.query(data, ORGANISATION, {"filter": tree, "limit": 9, "offset": offset})
        assert [row["request_id"] for row in answer] == passing[offset : offset + 9], tree
