"""Numbers of `tiny` worked out by hand from its JSONL rows, at least three answers an operation.

The rows can be looked up: `fixtures/tiny/langsmith/runs.jsonl` and `helicone/requests.jsonl`. What
follows each request are the rows that it is about and the arithmetic on them.

Project sql-copilot has seven root runs with a thread (latency in seconds; tokens prompt +
completion; nano-USD):

    thread      start            latency   tokens               cost      status
    130e3892…   06-27 14:47:58   7.320063  266 + 261 = 527      1441000   success
    2070910d…   06-28 14:18:36   1.564386  1075 + 105 = 1180    2990000   success
    2070910d…   06-28 14:19:11   1.279100  1211 + 74 = 1285     3014000   success, streamed
    2070910d…   06-28 14:19:48   -         803 + 547 = 1350     5068500   pending
    chat-00040  06-28 20:00:39   0.007326  -                    -         error
    82e271d3…   06-29 12:55:59   1.192259  1755 + 51 = 1806     2304000   success
    8f9d5658…   06-30 11:34:32   7.567899  1894 + 520 = 2414    6725500   success
"""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import KEY

SQL_COPILOT = "30e6e4cb-df81-54bc-8f66-6fc9577663d3"
SUPPORT_BOT = "b25c46de-99dd-5b80-aba4-91ad745e8df7"
THREAD = "2070910d-f8ee-5861-a37a-14f122868836"
GPT, O4 = "1906924e-8431-5991-8781-254c987e9b8d", "a0fb6b9a-b0ec-5087-abd6-fb3ec354d5d5"

close = pytest.approx


def check(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    assert {field: answer[field] for field in expected} == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            {},
            {
                "run_count": 7,
                "group_count": 5,
                # Sorted: .007326 1.192259 1.2791 1.564386 7.320063 7.567899; index 2.5 and 4.95.
                "latency_p50": close((1.279100 + 1.564386) / 2, rel=1e-12),
                "latency_p99": close(7.320063 + 0.95 * 0.247836, rel=1e-12),
                "prompt_tokens": 7004,
                "completion_tokens": 1558,
                "total_tokens": 8562,
                # 527 1180 1285 1350 1806 2414; (1285 + 1350) / 2 = 1317.5, half to even.
                "median_tokens": 1318,
                "tokens_p99": 2384,  # 1806 + .95 · 608 = 2383.6
                "total_cost": 0.021543,
                "error_rate": 1 / 7,
                "streaming_rate": 1 / 6,  # of six that have an end
                "last_run_start_time": "2026-06-30T11:34:32.020213Z",
            },
            id="all threads",
        ),
        pytest.param(
            {"filter": 'eq(status, "error")'},
            {
                "run_count": 1,
                "group_count": 1,
                "latency_p50": 0.007326,
                "total_tokens": 0,
                "median_tokens": None,
                "total_cost": 0.0,
                "cost_p50": None,
                "error_rate": 1.0,
                "streaming_rate": 0.0,
                "prompt_token_details": {},
            },
            id="the thread with an error",
        ),
        pytest.param(
            {"start_time": "2026-06-28T00:00:00Z", "end_time": "2026-06-29T00:00:00Z"},
            {
                "run_count": 4,
                "group_count": 2,
                "total_tokens": 1180 + 1285 + 1350,
                "total_cost": 0.0110725,
                "error_rate": 0.25,
            },
            id="one day",
        ),
        pytest.param(
            {"filter": "gt(total_tokens, 1300)"},
            {
                # 1350, 1806 and 2414 match; the first one's thread counts with all its turns.
                "run_count": 5,
                "group_count": 3,
                "total_tokens": 1180 + 1285 + 1350 + 1806 + 2414,
            },
            id="threads with a large turn",
        ),
    ],
)
def test_group_stats(client: TestClient, body: dict[str, Any], expected: dict[str, Any]) -> None:
    asked = {"session_id": SQL_COPILOT, "group_by": "conversation"} | body
    answer = client.post("/api/v1/runs/group/stats", json=asked, headers={"X-API-Key": KEY})
    check(answer.json(), expected)


@pytest.mark.parametrize(
    ("project", "thread", "expected"),
    [
        pytest.param(
            SQL_COPILOT,
            THREAD,
            {
                "turns": 3,
                "total_tokens": 3815,
                "prompt_tokens": 1075 + 1211 + 803,
                "total_cost": 0.0110725,
                "latency_p50_seconds": close((1.279100 + 1.564386) / 2, rel=1e-12),
                "latency_p99_seconds": close(1.279100 + 0.99 * 0.285286, rel=1e-12),
                "first_start_time": "2026-06-28T14:18:36.780715Z",
                "last_start_time": "2026-06-28T14:19:48.605197Z",
                "last_end_time": "2026-06-28T14:19:12.950292Z",  # the last turn has no end
            },
            id="three turns, one pending",
        ),
        pytest.param(
            # Turns: 0.772022 s with 2114 + 26 tokens for 6732000, and 0.164041 s without tokens.
            SUPPORT_BOT,
            "8bea399b-ea49-5322-9b24-24e176b3f803",
            {
                "turns": 2,
                "total_tokens": 2140,
                "completion_tokens": 26,
                "total_cost": 0.006732,
                "latency_p50_seconds": close((0.772022 + 0.164041) / 2, rel=1e-12),
            },
            id="two turns, one without tokens",
        ),
        pytest.param(
            SQL_COPILOT,
            "chat-00040",
            {
                "turns": 1,
                "total_tokens": 0,
                "total_cost": 0.0,
                "completion_token_details": {"raw": {}},
                "latency_p99_seconds": 0.007326,
            },
            id="one failed turn",
        ),
    ],
)
def test_thread_stats(
    client: TestClient,
    world: dict[str, str],
    project: str,
    thread: str,
    expected: dict[str, Any],
) -> None:
    selects = [
        *("TURNS", "FIRST_START_TIME", "LAST_START_TIME", "LAST_END_TIME", "LATENCY_P50"),
        *("LATENCY_P99", "TOTAL_TOKENS", "PROMPT_TOKENS", "COMPLETION_TOKENS", "TOTAL_COST"),
        "COMPLETION_TOKEN_DETAILS",
    ]
    answer = client.get(
        f"/v2/threads/{thread}/stats",
        params={"session_id": project, "selects": selects},
        headers={"X-API-Key": KEY, "X-Tenant-Id": world["tenant"]},
    )
    check(answer.json(), expected)


# The experiments over the shared dataset: 12 and 10 root runs, by example (first four digits) with
# total tokens and nano-USD; E is an error, and who has no numbers reported none.
#
#   gpt-4.1: fda7 537 883500, fda7 504 2328000, cfeb 350 1312000, b4c9 1262 2926000,
#            23c9 564 2052000, 527f 287 1018000 E, ed2e E, aa65 E, 6ba0 1222 4952000,
#            8805 302 730000, 8805 956 5464000, 8411 708 2424000 E
#   o4-mini: fda7 1128 1729200 E, cfeb 681 1900800, b4c9 1221 1371150, 23c9 206 345400,
#            23c9 551 757900, 527f 1289 2429350 E, ed2e E, aa65, 6ba0 866 1137400, 8411 653 1873300


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            {"is_root": True},
            {
                "run_count": 22,
                "total_tokens": 6692 + 6595,
                "total_cost": 0.0240895 + 0.0115445,
                "error_rate": 7 / 22,
            },
            id="root runs",
        ),
        pytest.param(
            # 34 and 29 runs with their children, 8 and 6 errors; each model call counts once.
            {},
            {"run_count": 63, "total_tokens": 6692 + 6595, "error_rate": 14 / 63},
            id="all runs",
        ),
        pytest.param(
            {"is_root": True, "session": [GPT], "error": True},
            {"run_count": 4, "total_tokens": 287 + 708, "total_cost": 0.003442, "error_rate": 1.0},
            id="failed root runs of one experiment",
        ),
    ],
)
def test_shared_dataset_stats(
    client: TestClient, world: dict[str, str], body: dict[str, Any], expected: dict[str, Any]
) -> None:
    url = f"/api/v1/public/{world['share_token']}/datasets/runs/stats"
    check(client.post(url, json=body).json(), expected)


def compare(client: TestClient, world: dict[str, str], **body: Any) -> dict[Any, dict[str, Any]]:
    """The groups of a comparison by their keys, which keep their order."""
    url = f"/api/v1/datasets/{world['dataset']}/group/runs"
    answer = client.post(url, json=body, headers={"X-API-Key": KEY})
    return {group["group_key"]: group for group in answer.json()["groups"]}


def test_group_runs_by_a_text_of_the_examples(client: TestClient, world: dict[str, str]) -> None:
    """Topic aggregation: fda7 and cfeb, run by both. windows: 6ba0 by both, 8805 by one only."""
    groups = compare(
        client, world, session_ids=[GPT, O4], group_by="example_metadata", metadata_key="topic"
    )
    assert list(groups) == ["aggregation", "dates", "filters", "joins", "windows"]
    check(
        groups["aggregation"],
        {
            "example_count": 2,
            "count": 5,
            "total_tokens": 537 + 504 + 350 + 1128 + 681,
            "total_cost": "0.0081535",
            "error_rate": 1 / 5,
        },
    )
    assert [session["run_count"] for session in groups["aggregation"]["sessions"]] == [3, 2]
    check(
        groups["windows"],
        {"example_count": 1, "count": 2, "total_tokens": 1222 + 866, "total_cost": "0.0060894"},
    )


def test_group_runs_by_a_number_of_the_examples(client: TestClient, world: dict[str, str]) -> None:
    """Difficulties are 1, 2, 3 and for aa65 "unrated"; cfeb and 8411 have none. 3: ed2e and b4c9
    are run by both (1262 and 1221 tokens, both ed2e failed), 8805 by one only."""
    groups = compare(
        client, world, session_ids=[GPT, O4], group_by="example_metadata", metadata_key="difficulty"
    )
    assert list(groups) == [1, 2, 3, "unrated"]
    check(
        groups[3],
        {"example_count": 2, "count": 4, "total_tokens": 1262 + 1221, "error_rate": 0.5},
    )


def test_group_runs_by_a_value_of_the_runs(client: TestClient, world: dict[str, str]) -> None:
    """All twelve runs of the one experiment have the model gpt-4.1; they are on ten examples."""
    groups = compare(
        client, world, session_ids=[GPT], group_by="run_metadata", metadata_key="model"
    )
    assert list(groups) == ["gpt-4.1"]
    check(
        groups["gpt-4.1"],
        {"example_count": 10, "count": 12, "total_cost": "0.0240895", "error_rate": 4 / 12},
    )
    assert len(groups["gpt-4.1"]["examples"]) == 5  # the default of per_group_limit


# Helicone's sessions of the organisation (requests; seconds between first and last; nano-USD):
#
#   130e… 1 0 1441000    2070… 4 80 11072500   82e2… 1 0 2304000    8f9d… 2 4 6725500
#   and chat-00034: 5 requests from 09:46:53 to 09:48:47, 5414440; the first four are SQL copilot's


def metrics(client: TestClient, **body: Any) -> dict[str, Any]:
    asked = {"nameContains": "", "timezoneDifference": 0} | body
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = client.post("/v1/session/metrics/query", json=asked, headers=headers)
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_session_metrics_of_a_name(client: TestClient) -> None:
    """Counts 1 1 2 4: the p75 is 2 + .25 · 2 = 2.5, so 1 1 2 stay, two points of weight 2 and 1.
    Their bins meet at 1.5; the values are (2 + (1 + 3·2)/4)/2 and ((2 + 3·1)/4 + 1)/2. Seconds 0 0
    4 80: the p75 is 4 + .25 · 76 = 23, so 0 0 4 stay."""
    data = metrics(client, nameContains="SQL copilot")
    assert data["average"] == {
        "session_count": [{"average": 2}],
        "session_duration": [{"average": 21}],
        "session_cost": [{"average": close(0.021543 / 4, rel=1e-12)}],
    }
    assert data["session_count"] == [
        {"range_start": "1", "range_end": "1.5", "value": 1.875},
        {"range_start": "1.5", "range_end": "2", "value": 1.125},
    ]
    assert data["session_duration"] == [
        {"range_start": "0", "range_end": "2", "value": 1.875},
        {"range_start": "2", "range_end": "4", "value": 1.125},
    ]


def test_session_metrics_of_one_session(client: TestClient) -> None:
    chosen = {"properties": {"Helicone-Session-Id": {"equals": "chat-00034"}}}
    data = metrics(client, filter={"request_response_rmt": chosen})
    assert data["session_count"] == [{"range_start": "5", "range_end": "5", "value": 1}]
    assert data["session_duration"] == [{"range_start": "114", "range_end": "114", "value": 1}]
    assert data["session_cost"] == [
        {"range_start": "0.00541444", "range_end": "0.00541444", "value": 1}
    ]


def test_session_metrics_of_all_requests(client: TestClient) -> None:
    """76 requests in eleven sessions and one more of the 33 without an id, for 237600415 nano-USD
    (the costs of all of the organisation's rows, added up)."""
    average = metrics(client)["average"]
    assert average["session_count"] == [{"average": close(76 / 12, rel=1e-12)}]
    assert average["session_cost"] == [{"average": close(0.237600415 / 12, rel=1e-12)}]
