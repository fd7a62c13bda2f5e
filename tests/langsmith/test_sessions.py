"""Projects as v1 lists and shows them, over `tiny` as it is served. What the statistics are is for
test_projects and laws/test_projects; which there are is read off `tiny`'s rows:

    start             name                   dataset  runs
    06-30 12:00:00    sql-questions-sonnet   yes      none
    06-29 08:27:57    voice-notes            no
    06-29 01:00:00    sql-questions-o4-mini  yes
    06-28 01:00:00    sql-questions-gpt-4.1  yes
    06-27 15:50:58    doc-tagger             no
    06-27 14:47:58    sql-copilot            no
    06-27 13:03:23    support-bot            no

Project doc-tagger has runs of a single trace each.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.conftest import KEY, Rows

SONNET, VOICE, MINI = "sql-questions-sonnet", "voice-notes", "sql-questions-o4-mini"
GPT, TAGGER, SQL, BOT = "sql-questions-gpt-4.1", "doc-tagger", "sql-copilot", "support-bot"
NEWEST = [SONNET, VOICE, MINI, GPT, TAGGER, SQL, BOT]
SUPPORT_BOT = "b25c46de-99dd-5b80-aba4-91ad745e8df7"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def ask(client: TestClient, path: str = "/api/v1/sessions", **parameters: Any) -> httpx.Response:
    answer: httpx.Response = client.get(path, params=parameters, headers={"X-API-Key": KEY})
    return answer


def names(client: TestClient, **parameters: Any) -> list[str]:
    answer = ask(client, **parameters)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()]


def test_the_newest_come_first(client: TestClient) -> None:
    assert names(client) == NEWEST
    assert names(client, sort_by_desc="false") == NEWEST[::-1]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"name": BOT}, [BOT]),
        ({"name": "Support-bot"}, []),
        ({"name_contains": "SQL"}, [SONNET, MINI, GPT, SQL]),
        ({"reference_free": "true"}, [VOICE, TAGGER, SQL, BOT]),
        ({"reference_free": "false"}, [SONNET, MINI, GPT]),
        ({"reference_free": "False"}, [SONNET, MINI, GPT]),  # as Python's requests writes it
        ({"id": [SUPPORT_BOT.upper(), UNKNOWN]}, [BOT]),
        ({"reference_dataset": UNKNOWN}, []),
        ({"metadata": '{"model": "o4-mini"}'}, [MINI]),
        ({"metadata": '{"dataset_splits": ["base"]}', "name_contains": "gpt"}, [GPT]),
        ({"use_approx_stats": "true"}, NEWEST),
    ],
)
def test_parameters_narrow_the_list(
    client: TestClient, parameters: dict[str, Any], expected: list[str]
) -> None:
    assert names(client, **parameters) == expected


def test_pages_tell_how_many_there_are(client: TestClient) -> None:
    """An SDK asks until a page is short, an older one until it is empty."""
    for offset, expected in ((0, NEWEST[:3]), (3, NEWEST[3:6]), (6, [BOT]), (7, [])):
        answer = ask(client, limit=3, offset=offset)
        assert [row["name"] for row in answer.json()] == expected
        assert answer.headers["X-Pagination-Total"] == "7"
    assert ask(client, name=BOT).headers["X-Pagination-Total"] == "1"


def test_pages_of_other_origins_read_how_many_there_are(client: TestClient) -> None:
    headers = {"X-API-Key": KEY, "Origin": "https://app.example"}
    answer = client.get("/api/v1/sessions", headers=headers)
    assert "X-Pagination-Total" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 101), ("offset", -1)])
def test_pages_have_bounds(client: TestClient, name: str, value: int) -> None:
    answer = ask(client, "/api/v1/sessions", **{name: value})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", name]


def test_statistics_are_null_unless_they_are_asked_for(client: TestClient) -> None:
    asked = {"name": BOT}
    (bare,) = ask(client, **asked).json()
    (whole,) = ask(client, **asked, include_stats="true", facets="true").json()
    computed = {name for name in whole if whole[name] != bare[name]}
    assert {"run_count", "latency_p50", "total_cost", "feedback_stats", "run_facets"} <= computed
    assert [bare[name] for name in computed] == [None] * len(computed)
    (without,) = ask(client, **asked, include_stats="true").json()
    assert without == whole | {"run_facets": None}
    (chosen,) = ask(client, **asked, include_stats="true", stats_select="run_count").json()
    assert chosen == bare | {"run_count": whole["run_count"]}


def test_costs_are_decimal_texts_and_latencies_seconds(client: TestClient, tiny: Rows) -> None:
    """Of voice-notes: root runs report what is below them."""
    (project,) = ask(client, name=VOICE, include_stats="true").json()
    of_it = [run for run in tiny("langsmith/runs") if run["session_id"] == project["id"]]
    roots = [run for run in of_it if run["parent_run_id"] is None]
    nano = sum(run["total_cost_nano"] or 0 for run in roots)
    assert project["total_cost"] == "0.0935975"
    assert nano == 93_597_500
    assert project["latency_p50"] == 0.249452
    assert project["run_count"] == len(of_it) == 5


def test_statistics_of_a_project_without_runs_are_zero_or_null(client: TestClient) -> None:
    (project,) = ask(client, name=SONNET, include_stats="true", facets="true").json()
    assert (project["run_count"], project["total_tokens"], project["total_cost"]) == (0, 0, "0")
    assert (project["feedback_stats"], project["run_facets"]) == ({}, [])
    assert (project["latency_p50"], project["error_rate"]) == (None, None)
    assert project["last_run_start_time"] is None


def test_experiments_on_a_dataset_are_numbered_by_start(client: TestClient) -> None:
    numbers = {row["name"]: row["test_run_number"] for row in ask(client).json()}
    assert numbers == dict.fromkeys(NEWEST) | {GPT: 1, MINI: 2, SONNET: 3}


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"facets": "true"}, ["facets"]),
        ({"stats_select": "run_count"}, ["stats_select"]),
        ({"stats_filter": 'eq(name, "x")'}, ["stats_filter"]),
        (
            {"stats_start_time": "2026-06-29T00:00:00Z", "stats_filter": 'eq(name, "x")'},
            ["stats_start_time", "stats_filter"],
        ),
        ({"sort_by": "feedback"}, ["sort_by_feedback_key"]),
        ({"sort_by_feedback_key": "tone"}, ["sort_by_feedback_key"]),
        ({"metadata": "owner"}, ["metadata"]),
        # Of which no dataset has any.
        ({"tag_value_id": UNKNOWN}, ["tag_value_id"]),
        ({"dataset_version": "2026-06-01"}, ["dataset_version"]),
        ({"filter": 'eq(name, "x")'}, ["filter"]),
        ({"sort_by": "cost"}, ["sort_by"]),
        ({"id": "x"}, ["id"]),
    ],
)
def test_what_changes_nothing_is_refused_by_name(
    client: TestClient, parameters: dict[str, Any], named: list[str]
) -> None:
    answer = ask(client, **parameters)
    assert answer.status_code == 422
    assert [fault["loc"][1] for fault in answer.json()["detail"]] == named


def test_a_scope_tells_the_order_where_a_statistic_does(client: TestClient) -> None:
    """After the 29th of June at noon, voice-notes has a run, and two projects have more."""
    late = {"sort_by": "runs_count", "stats_start_time": "2026-06-29T12:00:00Z"}
    first = names(client, **late)
    with_statistics = ask(client, **late, include_stats="true").json()
    assert [row["name"] for row in with_statistics] == first
    counts = [row["run_count"] for row in with_statistics]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0 < counts[0]


def test_a_filter_that_cannot_be_read_is_refused(client: TestClient) -> None:
    answer = ask(client, stats_filter="eq(", include_stats="true")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Invalid stats_filter at position 4")


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_one_project_is_read_by_its_id(client: TestClient, prefix: str) -> None:
    """With the limit that SDKs send."""
    path = f"{prefix}/sessions/{SUPPORT_BOT}"
    (listed,) = ask(client, id=SUPPORT_BOT, include_stats="true").json()
    assert ask(client, path, limit=1, include_stats="True").json() == listed
    bare = ask(client, path, limit=1, include_stats="False").json()
    assert bare == ask(client, path).json() == ask(client, id=SUPPORT_BOT).json()[0]


def test_one_projects_statistics_begin_where_they_are_asked_to(client: TestClient) -> None:
    since = "2026-06-29T00:00:00Z"
    path = f"/api/v1/sessions/{SUPPORT_BOT}"
    (listed,) = ask(client, id=SUPPORT_BOT, include_stats="true", stats_start_time=since).json()
    assert ask(client, path, include_stats="true", stats_start_time=since).json() == listed
    answer = ask(client, path, stats_start_time=since)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "stats_start_time"]


def test_an_unknown_or_foreign_project_is_not_found(client: TestClient, tiny: Rows) -> None:
    foreign = next(
        row["id"] for row in tiny("langsmith/sessions") if row["tenant_id"].startswith("2222")
    )
    for id_ in (UNKNOWN, foreign):
        answer = ask(client, f"/api/v1/sessions/{id_}")
        assert (answer.status_code, answer.json()) == (404, {"detail": f"Session not found: {id_}"})


def test_the_address_of_an_experiment_names_its_project(client: TestClient) -> None:
    (project,) = ask(client, name=GPT).json()
    path = "/api/v1/sessions/resolutions"
    found = ask(client, path, kind="EXPERIMENT", id=project["id"])
    assert found.json() == {"session_id": project["id"]}
    for parameters in (
        {"kind": "EXPERIMENT", "id": SUPPORT_BOT},  # no experiment
        {"kind": "EXPERIMENT", "id": "x"},
        {"kind": "AGENT", "id": "support", "environment": "LOCAL"},
        {"kind": "EVALUATOR"},
        {"kind": "EXPERIMENT"},
        {"kind": "EXPERIMENT", "id": project["id"], "environment": "LOCAL"},
    ):
        assert ask(client, path, **parameters).status_code == 404
    assert ask(client, path, id=project["id"]).status_code == 422  # of no kind
