"""Projects as v2 lists and shows them, over `tiny` as it is served (see test_sessions), and over a
few rows where others come between two pages."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from starlette.testclient import TestClient

from locum.langsmith.sessions_v2 import read_sessions
from tests.conftest import KEY
from tests.langsmith.test_sessions import GPT, MINI, NEWEST, SONNET, SUPPORT_BOT, UNKNOWN
from tests.oracles.langsmith_rows import TENANT, at, load, session

EMPTY = dict.fromkeys(
    (
        *("id", "type", "reference_dataset_id", "name", "name_contains", "metadata"),
        *("sort_by_feedback_key", "sort_by_feedback_source", "include_stats", "include_facets"),
        *("stats_select", "stats_start_time", "stats_filter", "cursor"),
    )
) | {"sort_by": "START_TIME", "sort_order": "desc", "page_size": 2, "use_approx_stats": False}


def ask(client: TestClient, path: str = "/v2/sessions", **parameters: Any) -> httpx.Response:
    answer: httpx.Response = client.get(path, params=parameters, headers={"X-API-Key": KEY})
    return answer


def pages(client: TestClient, **parameters: Any) -> Iterator[list[str]]:
    """The names on each page, to the last."""
    cursor: dict[str, str] = {}
    while True:
        answer = ask(client, **parameters, **cursor)
        assert answer.status_code == 200, answer.text
        yield [row["name"] for row in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            return
        cursor = {"cursor": answer.json()["next_cursor"]}


def test_all_pages_together_are_the_list(client: TestClient) -> None:
    assert [*pages(client)] == [NEWEST]
    assert [*pages(client, page_size=7)] == [NEWEST]
    assert [*pages(client, page_size=3)] == [NEWEST[:3], NEWEST[3:6], NEWEST[6:]]
    oldest = NEWEST[::-1]
    assert [*pages(client, page_size=4, sort_order="asc")] == [oldest[:4], oldest[4:]]


@pytest.mark.parametrize("by", ["NAME", "LAST_RUN_START_TIME", "ERROR_RATE", "LATENCY_P50"])
def test_pages_stand_in_v1s_order(client: TestClient, by: str) -> None:
    """One project has no run, and so neither time nor rate."""
    listed = client.get(
        "/sessions", params={"sort_by": by.lower()}, headers={"X-API-Key": KEY}
    ).json()
    found = [name for page in pages(client, sort_by=by, page_size=1) for name in page]
    assert found == [row["name"] for row in listed]
    assert (found[-1] == SONNET) == (by != "NAME")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"type": "EXPERIMENT"}, [SONNET, MINI, GPT]),
        ({"type": ["EXPERIMENT", "PROJECT"]}, NEWEST),
        ({"type": "AGENT"}, []),
        ({"type": ["AGENT", "EXPERIMENT"], "name_contains": "gpt"}, [GPT]),
        ({"id": [SUPPORT_BOT, UNKNOWN]}, ["support-bot"]),
        ({"name": GPT}, [GPT]),
        ({"reference_dataset_id": UNKNOWN}, []),
        ({"metadata": '{"model": "o4-mini"}'}, [MINI]),
    ],
)
def test_parameters_narrow_the_list(
    client: TestClient, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert [*pages(client, **parameters)] == [expected]


def test_what_is_not_known_is_absent(client: TestClient) -> None:
    (bare,) = ask(client, name=SONNET).json()["items"]
    assert bare.keys() == {
        *("id", "tenant_id", "type", "name", "description", "start_time", "extra"),
        *("reference_dataset_id", "test_run_number"),
    }
    (whole,) = ask(client, name=SONNET, include_stats="true").json()["items"]
    assert whole == bare | {
        **{f"{kind}_tokens": 0 for kind in ("total", "prompt", "completion")},
        **{f"{kind}_cost": 0.0 for kind in ("total", "prompt", "completion")},
        "run_count": 0,
        "feedback_stats": {},
        "session_feedback_stats": {},
    }


def test_one_project_is_read_by_its_id_with_the_key_alone(client: TestClient) -> None:
    for prefix in ("/v2", "/api/v2"):
        path = f"{prefix}/sessions/{SUPPORT_BOT}"
        (listed,) = ask(client, id=SUPPORT_BOT, include_stats="true").json()["items"]
        assert ask(client, path, include_stats="true").json() == listed
        assert ask(client, path).json() == ask(client, id=SUPPORT_BOT).json()["items"][0]
    unknown = ask(client, f"/v2/sessions/{UNKNOWN}")
    assert (unknown.status_code, unknown.json()["title"]) == (404, "Not Found")
    assert ask(client, "/v2/sessions/x").status_code == 422


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"include_facets": "true"}, "include_facets"),
        ({"stats_select": "run_count"}, "stats_select"),
        ({"stats_start_time": "2026-06-29T00:00:00Z"}, "stats_start_time"),
        ({"sort_by": "FEEDBACK", "sort_by_feedback_key": "tone"}, "reference_dataset_id"),
        ({"sort_by": "FEEDBACK", "reference_dataset_id": UNKNOWN}, "sort_by_feedback_key"),
        ({"sort_by_feedback_source": "RUN"}, "sort_by_feedback_source"),
        ({"metadata": "[]"}, "metadata"),
        ({"page_size": 101}, "page_size"),
        ({"tag_value_id": UNKNOWN}, "tag_value_id"),
        ({"dataset_version": "2026-06-01T00:00:00Z"}, "dataset_version"),
        ({"filter": 'eq(name, "x")'}, "filter"),
        ({"limit": 1}, "limit"),
    ],
)
def test_what_changes_nothing_is_refused_by_name(
    client: TestClient, parameters: dict[str, Any], named: str
) -> None:
    answer = ask(client, **parameters)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert answer.json()["remedy"] in (f"Correct {named}.", f"Leave out {named}.")


def test_projects_are_sorted_by_their_feedback(client: TestClient) -> None:
    """By the mean score on their runs, as the list itself tells it; without one last."""
    dataset = ask(client, name=GPT).json()["items"][0]["reference_dataset_id"]
    key = {"sort_by": "FEEDBACK", "sort_by_feedback_key": "correctness"}
    asked = {"reference_dataset_id": dataset, "include_stats": "true"}
    items = ask(client, **key, **asked).json()["items"]
    scores = [row["feedback_stats"].get("correctness", {}).get("avg") for row in items]
    assert [row["name"] for row in items][-1] == SONNET
    assert scores[-1] is None
    assert scores[:-1] == sorted(scores[:-1], reverse=True)
    assert len(scores) == 3


def test_a_cursor_is_good_for_the_parameters_that_gave_it(client: TestClient) -> None:
    cursor = ask(client, page_size=2).json()["next_cursor"]
    assert ask(client, page_size=3, include_stats="true", cursor=cursor).status_code == 200
    other = ask(client, page_size=2, type="PROJECT", cursor=cursor)
    assert other.status_code == 400
    assert "this very question" in other.json()["detail"]
    decoded = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for place in (["Alpha", "x"], [[], "x"], [0, 0]):
        forged = urlsafe_b64encode(orjson.dumps([*place, decoded[2]])).decode()
        for text in (forged, "x"):
            assert ask(client, page_size=2, cursor=text).status_code == 400


def test_what_is_added_between_two_pages_leaves_no_gap_and_makes_no_double(tmp_path: Path) -> None:
    """First p0 to p3, of which p2 and p1 have one start; then others before, between and behind,
    and the project of the cursor is gone."""
    rows = [session(f"p{n}", start_time=at(start)) for n, start in enumerate((3, 2, 2, 1))]
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    before = load(tmp_path / "before", sessions=rows)
    first = read_sessions(before, TENANT, **EMPTY)
    assert [row["id"] for row in first["items"]] == ["p0", "p1"]
    added = [session(f"q{n}", start_time=at(start)) for n, start in enumerate((4, 2.5, 1.5, 0.5))]
    after = load(tmp_path / "after", sessions=[*rows[:1], *rows[2:], *added])
    rest = read_sessions(after, TENANT, **EMPTY | {"page_size": 9, "cursor": first["next_cursor"]})
    assert [row["id"] for row in rest["items"]] == ["p2", "q2", "p3", "q3"]
    assert rest["next_cursor"] is None
