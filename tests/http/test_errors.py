"""Each family of paths answers failures in its own shape, naming what is at fault."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import KEY
from tests.oracles.requests_of_tiny import OPERATIONS, request


def send(client: TestClient, asked: dict[str, Any], **changes: Any) -> tuple[int, Any]:
    answer = client.request(**asked | changes)
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()


def test_v1_lists_every_fault(client: TestClient, world: dict[str, str]) -> None:
    """Three faults in one body, as FastAPI would list them."""
    body = {"session_id": "x", "group_by": "day", "limit": 0}
    status, answer = send(client, request("group_stats", world), json=body)
    assert status == 422
    assert {(tuple(fault["loc"]), fault["type"]) for fault in answer["detail"]} == {
        (("body", "session_id"), "uuid_parsing"),
        (("body", "group_by"), "enum"),
        (("body", "limit"), "greater_than_equal"),
    }


def test_v1_names_a_missing_field(client: TestClient, world: dict[str, str]) -> None:
    body = {"group_by": "conversation"}
    assert send(client, request("group_stats", world), json=body) == (
        422,
        {
            "detail": [
                {
                    "type": "missing",
                    "loc": ["body", "session_id"],
                    "msg": "Field required",
                    "input": body,
                }
            ]
        },
    )


def test_v1_names_a_path_parameter(client: TestClient) -> None:
    asked = {"method": "POST", "url": "/api/v1/public/nobody/datasets/runs/stats", "json": {}}
    status, answer = send(client, asked)
    assert status == 422
    assert answer["detail"][0]["loc"] == ["path", "share_token"]


@pytest.mark.parametrize(
    ("params", "status", "word"),
    [
        ({}, 400, "selects"),
        ({"selects": "TURNS"}, 400, "session_id"),
        ({"selects": "EVERYTHING"}, 400, "selects"),
        ({"selects": "TURNS", "session_id": "x"}, 422, "session_id"),
    ],
)
def test_v2_gives_problem_details(
    client: TestClient, world: dict[str, str], params: dict[str, str], status: int, word: str
) -> None:
    """400 for a missing or invalid parameter, 422 for an invalid project UUID, as documented."""
    found, answer = send(client, request("thread_stats", world), params=params)
    assert found == answer["status"] == status
    assert word in answer["detail"]
    assert word in answer["remedy"]


def test_helicone_lists_faults_under_their_paths(client: TestClient, world: dict[str, str]) -> None:
    assert send(client, request("session_metrics", world), json={}) == (
        422,
        {
            "message": "Validation Failed",
            "details": {
                "requestBody.nameContains": {"message": "'nameContains' is required"},
                "requestBody.timezoneDifference": {"message": "'timezoneDifference' is required"},
            },
        },
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_wrong_method_names_the_right_one(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    asked = request(operation, world)
    answer = client.request("DELETE", asked["url"])
    assert answer.status_code == 405
    assert asked["method"] in answer.headers["allow"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/nothing", {"detail": "Not Found"}),
        ("/v1/nothing", {"error": "Not Found"}),
    ],
)
def test_unknown_path(client: TestClient, path: str, body: dict[str, str]) -> None:
    assert send(client, {"method": "GET", "url": path}) == (404, body)


def test_unknown_path_of_v2(client: TestClient) -> None:
    status, answer = send(client, {"method": "GET", "url": "/v2/nothing"})
    assert (status, answer["status"], answer["title"]) == (404, 404, "Not Found")


POSTS = [operation for operation in OPERATIONS if operation != "thread_stats"]


@pytest.mark.parametrize("operation", POSTS)
@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"content-type": "text/plain"}, b"{}", 415),
        ({"content-type": "application/json", "content-encoding": "gzip"}, b"{}", 415),
        ({"content-type": "application/json"}, b"[" + b" " * 1_048_576 + b"]", 413),
        ({"content-type": "application/json"}, b"", 422),
        ({"content-type": "application/json"}, b"{", 422),
        ({"content-type": "application/json"}, b'{"a": NaN}', 422),
        ({"content-type": "application/json"}, b'{"a": "\\ud800"}', 422),
        ({"content-type": "application/json"}, b"[" * 1000 + b"]" * 1000, 422),
        ({"content-type": "application/json"}, b'{"filter": ' * 300 + b"1" + b"}" * 300, 422),
        ({"content-type": "application/json"}, b"null", 422),
    ],
)
def test_bodies_that_are_no_request(
    client: TestClient,
    world: dict[str, str],
    operation: str,
    headers: dict[str, str],
    content: bytes,
    status: int,
) -> None:
    asked = request(operation, world)
    del asked["json"]
    found = client.request(**asked | {"headers": asked["headers"] | headers, "content": content})
    assert found.status_code == status, found.text


@pytest.mark.parametrize("media_type", ["Application/JSON", "application/json; charset=utf-8"])
def test_media_types_that_mean_json(
    client: TestClient, world: dict[str, str], media_type: str
) -> None:
    asked = request("group_stats", world)
    asked["headers"] = asked["headers"] | {"Content-Type": media_type}
    assert send(client, asked)[0] == 200


def test_body_in_chunks_is_read_whole(client: TestClient, world: dict[str, str]) -> None:
    asked = request("session_metrics", world)
    expected = client.request(**asked).json()
    del asked["json"]
    chunks = iter([b'{"nameContains": "",', b' "timezoneDifference": 0}'])
    asked["headers"] = asked["headers"] | {"Content-Type": "application/json"}
    assert client.request(**asked, content=chunks).json() == expected


def test_a_fault_of_the_client_is_one_line_of_the_log(
    client: TestClient, world: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        client.request(**request("group_stats", world) | {"json": {}})
    (record,) = caplog.records
    assert record.exc_info is None
    assert "422" in record.message
    assert KEY not in caplog.text


def test_integral_numbers_are_integers(client: TestClient, world: dict[str, str]) -> None:
    """JSON does not tell 10.0 from 10, so an integer may be written either way."""
    asked = request("group_stats", world)
    expected = client.request(**asked).json()
    asked["json"] |= {"limit": 10.0, "offset": 0.0}
    assert client.request(**asked).json() == expected
