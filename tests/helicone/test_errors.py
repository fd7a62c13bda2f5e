"""What Helicone answers to a request that failed."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from locum.exceptions import InvalidRequest, InvalidValue, Unauthenticated, UnreadableBody
from locum.helicone.errors import failure
from locum.provider import Failure
from tests.oracles.requests_of_tiny import request

PATH = "/v1/session/metrics/query"


def failed(status: int, error: Exception, *faults: InvalidValue) -> Failure:
    return Failure(status, "what is wrong", error, PATH, faults)


def sent(client: TestClient, world: dict[str, str], **changes: Any) -> tuple[int, Any]:
    """Status and body of the answer to the session metrics' request after these changes."""
    answer = client.request(**request("session_metrics", world) | changes)
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()


def test_faults_are_listed_under_their_paths(client: TestClient, world: dict[str, str]) -> None:
    assert sent(client, world, json={}) == (
        422,
        {
            "message": "Validation Failed",
            "details": {
                "requestBody.nameContains": {"message": "'nameContains' is required"},
                "requestBody.timezoneDifference": {"message": "'timezoneDifference' is required"},
            },
        },
    )


def test_a_fault_is_told_with_its_value_where_there_is_one() -> None:
    """At any depth; null is a value."""
    faults = (
        InvalidValue(("body", "filter", "left", 0), "no object", "object", "x"),
        InvalidValue(("body", "pSize"), "no size", "enum", None),
        InvalidValue(("body", "nameContains"), "'nameContains' is required", "missing"),
        InvalidValue(("body",), "no object", "object", []),
    )
    assert failure(failed(422, InvalidRequest(faults), *faults)) == (
        422,
        {
            "message": "Validation Failed",
            "details": {
                "requestBody.filter.left.0": {"message": "no object", "value": "x"},
                "requestBody.pSize": {"message": "no size", "value": None},
                "requestBody.nameContains": {"message": "'nameContains' is required"},
                "requestBody": {"message": "no object", "value": []},
            },
        },
    )


def test_a_query_parameter_is_refused_since_the_operation_has_none(
    client: TestClient, world: dict[str, str]
) -> None:
    """By its name, as tsoa names parameters."""
    assert sent(client, world, params={"limit": "5"}) == (
        422,
        {
            "message": "Validation Failed",
            "details": {
                "limit": {
                    "message": "Extra inputs are not permitted, expected no query parameters",
                    "value": "5",
                }
            },
        },
    )


def test_what_is_no_json_is_a_fault_of_the_body(client: TestClient, world: dict[str, str]) -> None:
    """With its place where it has one."""
    headers = request("session_metrics", world)["headers"] | {"Content-Type": "application/json"}
    for content, message in (
        (b"{", "JSON decode error: Expecting property name enclosed in double quotes at "),
        (b'"\xff"', "There was an error parsing the body"),
    ):
        status, body = sent(client, world, json=None, content=content, headers=headers)
        assert status == 422
        assert body["message"] == "Validation Failed"
        assert list(body["details"]) == ["requestBody"]
        assert body["details"]["requestBody"]["message"].startswith(message)


def test_an_unreadable_body_is_422_whatever_its_status_would_be() -> None:
    assert failure(failed(400, UnreadableBody("no JSON"))) == (
        422,
        {"message": "Validation Failed", "details": {"requestBody": {"message": "what is wrong"}}},
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Unauthenticated("unknown"), "No API key found"),
        (HTTPException(401), "No authorization header"),
    ],
)
def test_an_unknown_key_is_told_from_none(error: Exception, message: str) -> None:
    """In the words of Helicone's own authentication."""
    assert failure(failed(401, error)) == (
        401,
        {"error": message, "trace": "isAuthenticated.error"},
    )


def test_a_fault_of_the_server_has_a_message() -> None:
    assert failure(failed(500, ValueError())) == (500, {"message": "what is wrong"})


@pytest.mark.parametrize("status", [403, 404, 405, 406, 408, 413, 415, 429, 431, 503])
def test_all_else_is_an_error(status: int) -> None:
    error = HTTPException(status)
    assert failure(failed(status, error)) == (status, {"error": "what is wrong"})


def test_a_path_that_is_not_known(client: TestClient) -> None:
    answer = client.get("/v1/session/nothing/at/all")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
