"""Hostile input: a clear answer in the family's shape, never a 500, and the server lives on."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.http import body as bodies
from tests.oracles.requests_of_tiny import OPERATIONS, request

POSTS = [operation for operation in OPERATIONS if operation != "thread_stats"]
V1 = [operation for operation in POSTS if operation != "session_metrics"]


def send_bytes(client: TestClient, asked: dict[str, Any], content: bytes, **headers: str) -> Any:
    """The operation's request with another body."""
    rest = {name: value for name, value in asked.items() if name != "json"}
    rest["headers"] = asked["headers"] | {"Content-Type": "application/json"} | headers
    return client.request(**rest, content=content)


# What is JSON to nobody, with the place that Python's parser tells. None: nowhere in particular,
# which FastAPI answers with 400.
NO_JSON: list[tuple[bytes, int | None]] = [
    (b"{", 1),
    (b"{}x", 2),
    (b"[1,x]", 3),
    (b"nul", 0),
    (b"{'a': 1}", 1),
    (b'"open', 0),
    (b"\x00", 0),
    (b"[NaN]", 1),
    (b"[Infinity]", 1),
    (b"[1e999]", 1),
    (b'["\\ud800"]', 2),
    (b'{"\\ud800": 1}', 2),
    (b'{"a": "\xff"}', None),
    (b"\xff\xfe{\x00}\x00", None),
    (b"[" * 100_000, None),
    (b"[" * 100_000 + b"]" * 100_000, None),
    (b"1" * 5000, None),
    (b'{"limit": 1' + b"0" * 5000 + b"}", None),
]


@pytest.mark.parametrize("operation", POSTS)
@pytest.mark.parametrize(("content", "position"), NO_JSON, ids=[str(c[:12]) for c, _ in NO_JSON])
def test_what_is_no_json_is_told_as_the_vendor_does(
    client: TestClient, world: dict[str, str], operation: str, content: bytes, position: int | None
) -> None:
    """FastAPI (routing.py): a JSONDecodeError is a 422 with its position, anything else a 400."""
    answer = send_bytes(client, request(operation, world), content)
    if operation == "session_metrics":
        assert answer.status_code == 422
        assert answer.json()["details"]["requestBody"]["message"]
    elif position is None:
        assert (answer.status_code, answer.json()) == (
            400,
            {"detail": "There was an error parsing the body"},
        )
    else:
        assert answer.status_code == 422
        (fault,) = answer.json()["detail"]
        assert (fault["type"], fault["loc"]) == ("json_invalid", ["body", position])


@pytest.mark.parametrize("operation", POSTS)
@pytest.mark.parametrize("content", [b"", b" \n"])
def test_missing_body_is_a_missing_field(
    client: TestClient, world: dict[str, str], operation: str, content: bytes
) -> None:
    answer = send_bytes(client, request(operation, world), content)
    assert answer.status_code == 422
    assert "Field required" in answer.text


@pytest.mark.parametrize("operation", POSTS)
def test_deep_bodies_are_refused(client: TestClient, world: dict[str, str], operation: str) -> None:
    for content in (b"[" * 1000 + b"]" * 1000, b'{"filter": ' * 300 + b"1" + b"}" * 300):
        assert send_bytes(client, request(operation, world), content).status_code == 422


@pytest.mark.parametrize("number", ["1e20", "9223372036854775808", "1" + "0" * 300, "1e300"])
def test_integers_beyond_64_bits_are_integers(
    client: TestClient, world: dict[str, str], number: str
) -> None:
    """An offset beyond every group is an empty page; a limit as large is no limit."""
    asked = request("group_runs", world)
    whole = client.request(**asked).json()
    body = (
        f'{{"session_ids": ["{world["experiment"]}"], "group_by": "run_metadata",'
        f' "metadata_key": "model", "%s": {number}}}'
    )
    assert send_bytes(client, asked, (body % "offset").encode()).json() == {"groups": []}
    assert send_bytes(client, asked, (body % "limit").encode()).json() == whole


def test_of_a_key_that_comes_twice_the_last_value_counts(
    client: TestClient, world: dict[str, str]
) -> None:
    content = b'{"nameContains": 5, "timezoneDifference": 0, "nameContains": ""}'
    asked = request("session_metrics", world)
    assert send_bytes(client, asked, content).json() == client.request(**asked).json()


def test_byte_order_mark_is_left_out(client: TestClient, world: dict[str, str]) -> None:
    content = b'\xef\xbb\xbf{"nameContains": "", "timezoneDifference": 0}'
    assert send_bytes(client, request("session_metrics", world), content).status_code == 200


@pytest.mark.parametrize("operation", POSTS)
@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"Content-Type": "text/plain"}, "text/plain"),
        ({"Content-Type": "application/problem+json"}, "application/problem"),
        ({"Content-Type": "application/json; charset=utf-16"}, "utf-16"),
        ({"Content-Type": 'application/json; charset="nonsense"'}, "nonsense"),
        ({"Content-Encoding": "gzip"}, "gzip"),
    ],
)
def test_other_media_types_charsets_and_encodings_are_415(
    client: TestClient, world: dict[str, str], operation: str, headers: dict[str, str], word: str
) -> None:
    answer = send_bytes(client, request(operation, world), b"{}", **headers)
    assert answer.status_code == 415
    assert word in answer.text


@pytest.mark.parametrize("operation", POSTS)
def test_too_large_a_body_is_413_at_its_length(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    """The last with the length alone, before a byte of it has come."""
    asked = request(operation, world)
    assert send_bytes(client, asked, b"[" + b" " * bodies.MOST_BYTES).status_code == 413
    chunks = (b" " * 65_536 for _ in range(17))
    assert client.request(**{**asked, "json": None}, content=chunks).status_code == 413
    length = {"Content-Length": str(bodies.MOST_BYTES + 1)}
    assert send_bytes(client, asked, b"", **length).status_code == 413


@pytest.mark.parametrize("segment", ["a%2Fb", "%0A", "%00", "%C3%A9", "a%252Fb", "%2e%2e", "%"])
def test_any_text_may_be_a_thread(client: TestClient, world: dict[str, str], segment: str) -> None:
    """No thread of that name: 200 with zero turns, as for any other unknown name."""
    asked = request("thread_stats", world) | {"url": f"/v2/threads/{segment}/stats"}
    answer = client.request(**asked)
    assert (answer.status_code, answer.json()["turns"]) == (200, 0)


def test_path_that_is_no_utf_8_is_a_fault_of_its_parameter(
    client: TestClient, world: dict[str, str]
) -> None:
    answer = client.request(**request("thread_stats", world) | {"url": "/v2/threads/%FF/stats"})
    assert answer.status_code == 400
    assert answer.json()["remedy"] == "Correct thread_id."


@pytest.mark.parametrize("segment", ["%0A", "%2F", "x%2Fy", "%FF", "%00", "x%0A"])
def test_what_is_no_uuid_in_a_path_is_422(client: TestClient, segment: str) -> None:
    answer = client.post(f"/api/v1/public/{segment}/datasets/runs/stats", json={})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["path", "share_token"]


def test_uuid_with_a_newline_behind_it_is_none(client: TestClient, world: dict[str, str]) -> None:
    url = f"/api/v1/public/{world['share_token']}%0A/datasets/runs/stats"
    assert client.post(url, json={}).status_code == 422


@pytest.mark.parametrize("operation", OPERATIONS)
def test_trailing_slash_is_another_path(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    asked = request(operation, world)
    assert client.request(**asked | {"url": asked["url"] + "/"}).status_code == 404


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "QUERY"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_methods_that_are_not_documented_are_405(
    client: TestClient, world: dict[str, str], operation: str, method: str
) -> None:
    asked = request(operation, world)
    answer = client.request(method, asked["url"])
    allowed = "GET, HEAD" if asked["method"] == "GET" else asked["method"]
    if operation == "shared_stats":  # its path is that of a run of the shared dataset too
        allowed = "GET, HEAD, POST"
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("selects=&session_id={session}", "selects"),
        ("selects=TURNS&selects=&session_id={session}", "selects"),
        ("selects=TURNS,TOTAL_COST&session_id={session}", "selects"),
        ("selects=%FF&session_id={session}", "selects"),
        ("selects=TURNS&session_id={session}&session_id={session}", "session_id"),
        ("selects=TURNS&session_id=", "session_id"),
        ("selects=TURNS&session_id=%00", "session_id"),
        ("selects=TURNS&session_id={session}%0A", "session_id"),
        ("selects[]=TURNS&session_id={session}", "selects. Leave out selects[]"),
    ],
)
def test_odd_queries_name_their_parameter(
    client: TestClient, world: dict[str, str], query: str, word: str
) -> None:
    asked = request("thread_stats", world)
    del asked["params"]
    asked["url"] += "?" + query.format(**world)
    answer = client.request(**asked)
    assert answer.status_code in (400, 422)
    assert answer.json()["remedy"] == f"Correct {word}."


# RFC 3339's outermost dates, and what only looks like one.
@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("2024-06-30T23:59:60Z", 200),
        ("0000-01-01T00:00:00Z", 200),
        ("0001-01-01T00:00:00+23:59", 200),
        ("9999-12-31T23:59:59.999999999-23:59", 200),
        ("2026-01-01t00:00:00z", 200),
        ("2024-02-29T00:00:00Z", 200),
        ("2026-02-29T00:00:00Z", 422),
        ("2026-01-01T24:00:00Z", 422),
        ("10000-01-01T00:00:00Z", 422),
        ("2026-01-01T00:00:00", 422),
        ("2026-01-01T00:00:00Z\n", 422),
        ("٢٠٢٦-01-01T00:00:00Z", 422),
    ],
)
@pytest.mark.parametrize("operation", ["group_stats", "shared_stats"])
def test_dates_at_the_edges(
    client: TestClient, world: dict[str, str], operation: str, text: str, status: int
) -> None:
    asked = request(operation, world)
    asked["json"] |= {"start_time": text, "end_time": text}
    assert client.request(**asked).status_code == status


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ("shared_stats", "query"),
        ("group_runs", "metadata_key"),
        ("session_metrics", "nameContains"),
    ],
)
@pytest.mark.parametrize("text", ["\x00", "'; DROP TABLE runs; --", "%", "_", "\\", "\uffff", "🎭"])
def test_any_text_is_a_value(
    client: TestClient, world: dict[str, str], operation: str, field: str, text: str
) -> None:
    asked = request(operation, world)
    asked["json"] |= {field: text}
    assert client.request(**asked).status_code == 200
    assert client.request(**request(operation, world)).status_code == 200


def test_values_of_a_request_are_not_repeated_without_limit(
    client: TestClient, world: dict[str, str]
) -> None:
    """A million bytes in wrong items come back as a few thousand."""
    asked = request("shared_stats", world)
    asked["json"] = {"id": ["x"] * 200_000, "query": ["y" * 100_000]}
    answer = client.request(**asked)
    assert answer.status_code == 422
    assert len(answer.content) < 50_000


def test_what_the_log_tells_of_a_request_is_one_short_line(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        client.get("/v2/threads/%0Aforged%1B[31m/stats" + "x" * 5000)
    (record,) = caplog.records
    assert record.message.isprintable()
    assert len(record.message) < 1500


@pytest.mark.parametrize("operation", POSTS)
def test_integers_beyond_64_bits_are_refused_as_they_are(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    large = "1" + "23456789" * 5
    answer = send_bytes(client, request(operation, world), f"[{large}]".encode())
    assert answer.status_code == 422
    assert large in answer.text
