"""The names of sessions, worked out by hand and beside plain Python."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import UpstreamFault
from locum.helicone import session_names
from tests.helicone.test_session_rows import bodies, call, close, of_session, some_nulls
from tests.oracles import helicone_sessions as oracle
from tests.oracles.helicone_requests import ORGANISATION, Row, engine_over, golden

Load = Callable[..., Data]
LEAST: dict[str, Any] = {"nameContains": "", "timezoneDifference": 0}
NOW = datetime(2025, 6, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """An engine over request rows; `now` is written into the manifest."""

    def loaded(rows: list[Row], now: datetime = NOW) -> Data:
        folder = tmp_path_factory.mktemp("data")
        (folder / "manifest.json").write_text(json.dumps({"now": now.isoformat()}))
        return engine_over(folder, rows, [])

    return loaded


def names(data: Data, **body: Any) -> list[dict[str, Any]]:
    return session_names.query(data, ORGANISATION, LEAST | body)


def test_a_name_has_the_figures_of_its_sessions(load: Load) -> None:
    """Three requests of two ids under one name; two have a latency, of 1 and 4 ms."""
    rows = [
        call(1, "a", "n", latency=1),
        call(0.25, "b", "n", latency=4),
        call(9, "a", "n"),
        call(5, "a", "other"),
        call(99, None, "n"),
    ]
    assert names(load(rows)) == [
        {
            "name": "n",
            "created_at": "2025-06-01 00:00:00.250",
            "first_used": "2025-06-01 00:00:00.250",
            "last_used": "2025-06-01 00:00:09.000",
            "session_count": "2",
            "avg_latency": 2.5,
        },
        {
            "name": "other",
            "created_at": "2025-06-01 00:00:05.000",
            "first_used": "2025-06-01 00:00:05.000",
            "last_used": "2025-06-01 00:00:05.000",
            "session_count": "1",
            "avg_latency": 0,
        },
    ]


@pytest.mark.parametrize("difference", [90.9, -90.9])
def test_times_are_earlier_whatever_the_sign(load: Load, difference: float) -> None:
    (row,) = names(load([call(0, "s", "n")]), timezoneDifference=difference)
    assert row["created_at"] == row["last_used"] == "2025-05-31 22:30:00.000"


@pytest.mark.parametrize("difference", [1440.5, -1441, float("nan")])
def test_a_difference_beyond_a_day_fails(load: Load, difference: float) -> None:
    with pytest.raises(UpstreamFault) as fault:
        names(load([]), timezoneDifference=difference)
    assert fault.value.body == {"data": None, "error": "Invalid timezone difference"}


@pytest.mark.parametrize(
    ("searched", "found"),
    [
        ("", ["", "a_b", "Plan"]),
        ("LA", ["Plan"]),
        ("_", ["a_b", "Plan"]),
        ("%", ["", "a_b", "Plan"]),
    ],
)
def test_the_name_contains_what_is_searched_in_any_case(
    load: Load, searched: str, found: list[str]
) -> None:
    rows = [call(0, "1", "Plan"), call(1, "2", "a_b"), call(2, "3")]
    assert [row["name"] for row in names(load(rows), nameContains=searched)] == found


def test_requests_of_the_last_150_days_count(load: Load) -> None:
    """The clock, 0.9 s after midnight, is cut to whole seconds; 150 days before it is not within
    them. 2025-06-01 and 150 days are 2025-10-29."""
    rows = [call(0, "s", "at"), call(0.001, "s", "after")]
    now = datetime(2025, 10, 29, 0, 0, 0, 900_000, tzinfo=UTC)
    assert [row["name"] for row in names(load(rows, now))] == ["after"]


def test_leaves_of_finished_sessions_are_true(load: Load) -> None:
    data = load([call(0, "s", "n")])
    assert len(names(data, filter=of_session(total_requests={"gt": 8}))) == 1
    assert names(data, filter=of_session(tag={"equals": "gold"})) == []


def test_at_most_fifty_names_and_those_that_were_used_last(load: Load) -> None:
    rows = [call(second // 2, f"s{second}", f"n{second:02d}") for second in range(60)]
    for number, row in enumerate(rows):
        row["request_id"] = f"00000000-0000-4000-8000-{number:012d}"
    found = [row["name"] for row in names(load(rows))]
    assert found[:4] == ["n58", "n59", "n56", "n57"]  # two at once are in their own order
    assert (len(found), found[-1]) == (50, "n11")


def test_a_hundred_random_requests_are_answered_as_in_plain_python(tmp_path: Path) -> None:
    now = datetime(2025, 10, 29, 6, tzinfo=UTC)  # some requests are too old
    (tmp_path / "manifest.json").write_text(json.dumps({"now": now.isoformat()}))
    rows, tags = some_nulls(golden("rows.json")), golden("tags.json")
    data = engine_over(tmp_path, rows, tags)
    draw = random.Random(13)  # noqa: S311 -- the same requests every time
    some = 0
    for drawn, _ in zip(bodies(draw, rows, mixed=True), range(100), strict=False):
        body = {name: drawn[name] for name in ("timeFilter", "timezoneDifference", "filter")}
        body["nameContains"] = drawn["search"]
        expected = oracle.names(rows, tags, ORGANISATION, body, now)
        found = session_names.query(data, ORGANISATION, body)
        assert found == list(map(close, expected)), body
        some += len(expected) > 1
    assert some > 25
