"""What LangSmith answers to a request that failed: FastAPI's shape on v1 paths, problem details on
v2 paths, a text named error where runs are taken in and on the platform's paths."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import pytest
from attrs import evolve
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from locum.exceptions import Conflict, FilterError, InvalidRequest, InvalidValue
from locum.langsmith import errors
from locum.provider import Answer, Failure
from tests.oracles.requests_of_tiny import request

V1, V2 = "/api/v1/runs/group/stats", "/v2/threads/t/stats"


def send(client: TestClient, asked: dict[str, Any], **changes: Any) -> tuple[int, Any]:
    answer = client.request(**asked | changes)
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()


def invalid(*faults: InvalidValue, path: str = V1) -> Failure:
    """The failure of a request with these faults."""
    return Failure(422, "what is wrong", InvalidRequest(faults), path, faults)


def other(status: int, path: str) -> Failure:
    """A failure of that status that no value of the request is at fault for."""
    return Failure(status, "what is wrong", HTTPException(status), path)


def failure(failed: Failure) -> tuple[int, Any]:
    """What is answered in JSON."""
    shaped = errors.failure(failed)
    assert not isinstance(shaped, Answer)
    return shaped


# v1.


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


def test_v1_takes_null_for_no_body(client: TestClient, world: dict[str, str]) -> None:
    asked = request("group_stats", world)
    del asked["json"]
    asked["headers"] |= {"Content-Type": "application/json"}
    status, answer = send(client, asked, content=b"null")
    assert (status, answer["detail"][0]["loc"]) == (422, ["body"])


def test_v1_tells_all_else_in_one_sentence() -> None:
    """A filter that cannot be read, too."""
    assert failure(other(404, V1)) == (404, {"detail": "what is wrong"})
    unread = FilterError(3, "')'", "a name")
    assert failure(Failure(400, str(unread), unread, V1)) == (
        400,
        {"detail": "Invalid filter at position 3: found ')', expected a name"},
    )


def test_v1_shows_the_limits_of_the_rule_that_a_value_breaks() -> None:
    """Under `ctx`, and only where the rule has limits."""
    limited = InvalidValue(
        ("body", "limit"), "too large", "less_than_equal", found=101, context={"le": 100}
    )
    plain = InvalidValue(("body", "name"), "no text", "string_type", found=7)
    status, body = failure(invalid(limited, plain))
    assert (status, body["detail"]) == (
        422,
        [
            {
                "type": "less_than_equal",
                "loc": ("body", "limit"),
                "msg": "too large",
                "input": 101,
                "ctx": {"le": 100},
            },
            {"type": "string_type", "loc": ("body", "name"), "msg": "no text", "input": 7},
        ],
    )


def test_v1_repeats_no_long_or_deep_value() -> None:
    """Up to 1,024 bytes of JSON: a text of 1,022 letters in its quotes, and nothing that cannot be
    written."""
    deep: Any = []
    for _ in range(2000):
        deep = [deep]
    values = ["x" * 1022, "x" * 1023, "é" * 600, deep, None]
    faults = [InvalidValue(("body", str(n)), "no", "x", value) for n, value in enumerate(values)]
    _, body = failure(invalid(*faults))
    assert ["input" in fault for fault in body["detail"]] == [True, False, False, False, True]
    assert body["detail"][4]["input"] is None


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/sessions/a/nothing"])
def test_v1_does_not_know_a_path(client: TestClient, path: str) -> None:
    assert send(client, {"method": "GET", "url": path}) == (404, {"detail": "Not Found"})


# Where runs are taken in, and the platform.

RUN = "731dd895-76d2-58a0-8d0f-7c5a3a65751d"
READING = {"X-API-Key": "locum-read-key"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/runs"),
        ("POST", "/api/v1/runs"),
        ("POST", "/runs/batch"),
        ("POST", "/api/v1/runs/batch"),
        ("POST", "/runs/multipart"),
        ("PATCH", f"/runs/{RUN}"),
        ("POST", "/otel/v1/traces"),
        ("POST", "/api/v1/otel/v1/traces"),
        ("POST", "/v1/platform/datasets/examples/delete"),
        ("POST", f"/api/v1/platform/datasets/{RUN}/examples"),
        ("GET", "/commits/owner/repo"),
        ("GET", "/api/v1/commits/owner/repo/latest"),
    ],
)
def test_what_is_not_v1s_own_answers_a_text_named_error(
    client: TestClient, method: str, path: str
) -> None:
    """What is refused, and what a key may not do that only reads; without a key, too."""
    status, answer = send(client, {"method": method, "url": path, "headers": READING})
    assert (status, [*answer]) == (403, ["error"])
    sentence = "The key may only read" if method != "GET" else "Locum has no prompts"
    assert answer["error"].startswith(sentence)
    assert send(client, {"method": method, "url": path}) == (401, {"error": "Invalid token"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", f"/api/v1/runs/{RUN}"),
        ("POST", "/api/v1/sessions"),
        ("POST", "/feedback"),
        ("DELETE", f"/datasets/{RUN}"),
    ],
)
def test_v1_refuses_in_its_own_shape(client: TestClient, method: str, path: str) -> None:
    status, answer = send(client, {"method": method, "url": path, "headers": READING})
    assert (status, answer) == (403, {"detail": "The key may only read"})


@pytest.mark.parametrize(
    ("method", "path", "is_error"),
    [
        ("PUT", "/runs", True),
        ("GET", "/api/v1/runs", True),
        ("PUT", "/runs/batch", True),
        ("GET", "/runs/batch", False),  # v1's run of that id
        ("HEAD", "/runs/multipart", False),
        ("PATCH", "/runs/batch", True),  # the run of that id
        ("PATCH", "/api/v1/runs/batch", False),
        ("GET", f"/runs/{RUN}", False),
        ("PATCH", f"/runs/{RUN}/share", False),
        ("POST", "/runs/query", False),
        ("POST", "/runs/batches", False),
        ("GET", "/v1/platform/nothing", True),
        ("GET", "/v1/nothing", False),
        ("GET", "/commits", False),
    ],
)
def test_a_path_and_a_method_tell_the_shape(method: str, path: str, *, is_error: bool) -> None:
    """Where a path is of both, the method does: without one, it is v1's."""
    status, body = failure(evolve(other(405, path), method=method))
    assert (status, [*body]) == (405, ["error" if is_error else "detail"])


@pytest.mark.parametrize("path", ["/otel/v1/traces", "/api/v1/otel/v1/traces", "/otel/v1/logs"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": "what is wrong"}),
        (403, {"error": "what is wrong"}),
        (404, {"code": 5, "message": "what is wrong"}),
        (405, {"code": 12, "message": "what is wrong"}),
        (413, {"code": 8, "message": "what is wrong"}),
        (503, {"code": 14, "message": "what is wrong"}),
    ],
)
def test_otlp_answers_a_status_and_refuses_as_others_do(
    path: str, status: int, body: dict[str, Any]
) -> None:
    """The codes are those of google/rpc/code.proto."""
    assert failure(evolve(other(status, path), method="POST")) == (status, body)


def test_otlp_answers_in_the_encoding_of_the_request() -> None:
    """Message 1 of google/rpc/status.proto is the code, 2 the message."""
    failed = evolve(other(413, "/otel/v1/traces"), content_type="application/x-protobuf")
    status = b"\x08\x08\x12\x0dwhat is wrong"
    assert errors.failure(failed) == Answer(413, status, media_type="application/x-protobuf")
    json = evolve(failed, content_type="application/json; charset=utf-8")
    assert failure(json) == (413, {"code": 8, "message": "what is wrong"})
    refused = evolve(failed, status=403)
    assert failure(refused) == (403, {"error": "what is wrong"})


def test_otlp_has_no_422() -> None:
    fault = InvalidValue(("query", "x"), "no", "x")
    assert failure(invalid(fault, path="/otel/v1/traces")) == (
        400,
        {"code": 3, "message": "what is wrong"},
    )


def test_faults_are_one_text_where_errors_are_texts() -> None:
    fault = InvalidValue(("body", "id"), "no", "x")
    failed = evolve(invalid(fault, path="/runs"), method="POST")
    assert failure(failed) == (422, {"error": "what is wrong"})


@pytest.mark.parametrize("path", ["/v2/sessions", f"/api/v2/sessions/{RUN}"])
def test_v2_refuses_in_its_own_shape(client: TestClient, path: str) -> None:
    method = "POST" if path.endswith("sessions") else "PATCH"
    status, answer = send(client, {"method": method, "url": path, "headers": READING})
    assert status == answer["status"] == 403
    assert answer["detail"] == "The key may only read"
    assert answer["remedy"].startswith("Use a key that may")


# v2.


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


@pytest.mark.parametrize(
    ("kinds", "status", "title", "remedy"),
    [
        (["missing"], 400, "Bad Request", "Correct session_id."),
        (["uuid_parsing"], 422, "Unprocessable Entity", "Correct session_id."),
        (["uuid_parsing", "enum"], 400, "Bad Request", "Correct session_id, selects."),
        (["uuid_parsing", "uuid_parsing"], 422, "Unprocessable Entity", None),
    ],
)
def test_v2_remedies_a_fault_by_its_parameter(
    kinds: list[str], status: int, title: str, remedy: str | None
) -> None:
    faults = [
        InvalidValue(("query", name), "no", kind)
        for name, kind in zip(("session_id", "selects"), kinds, strict=False)
    ]
    assert failure(invalid(*faults, path=V2)) == (
        status,
        {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": "what is wrong",
            "remedy": remedy or "Correct session_id, selects.",
        },
    )


def test_v1_refuses_a_parameter_that_it_does_not_know(
    client: TestClient, world: dict[str, str]
) -> None:
    """By name, as FastAPI does where a model forbids what it does not have."""
    found, answer = send(client, request("group_stats", world), params={"limti": "5"})
    assert (found, answer["detail"]) == (
        422,
        [
            {
                "type": "extra_forbidden",
                "loc": ["query", "limti"],
                "msg": "Extra inputs are not permitted",
                "input": "5",
                "ctx": {"expected": "no query parameters"},
            }
        ],
    )


@pytest.mark.parametrize(
    ("operation", "changed", "place"),
    [
        ("group_runs", {"orderr": "asc"}, ["orderr"]),
        ("shared_stats", {"group_by": {"attribute": "name", "max": 1}}, ["group_by", "max"]),
    ],
)
def test_v1_refuses_a_field_of_a_body_that_it_does_not_know(
    client: TestClient,
    world: dict[str, str],
    operation: str,
    changed: dict[str, Any],
    place: list[str],
) -> None:
    asked = request(operation, world)
    found, answer = send(client, asked, json=asked["json"] | changed)
    assert (found, [each["type"] for each in answer["detail"]]) == (422, ["extra_forbidden"])
    assert answer["detail"][0]["loc"] == ["body", *place]


def test_v2_refuses_a_parameter_that_it_does_not_know(
    client: TestClient, world: dict[str, str]
) -> None:
    """With those that it knows, and with what else is wrong."""
    asked = {"session_id": world["session"], "selects": "TURN", "filtre": "eq(name, 1)"}
    found, answer = send(client, request("thread_stats", world), params=asked)
    assert found == answer["status"] == 400
    assert "query.filtre: Extra inputs are not permitted, expected " in answer["detail"]
    assert {"session_id", "selects"} <= set(re.split("[, ]+", answer["detail"]))
    assert answer["remedy"] == "Correct selects. Leave out filtre."


@pytest.mark.parametrize("location", [("body",), ("body", 7), ("body", 0, "name")])
def test_v2_names_the_body_where_it_has_no_field(location: tuple[str | int, ...]) -> None:
    """Of what is no JSON there is a character's number, of an array an item's."""
    fault = InvalidValue(location, "no", "json_invalid")
    assert failure(invalid(fault, path=V2))[1]["remedy"] == "Correct the body."


def test_v2_names_a_parameter_once() -> None:
    """However many of its values are wrong."""
    faults = [InvalidValue(("query", "selects", place), "no", "enum") for place in range(3)]
    assert failure(invalid(*faults, path=V2))[1]["remedy"] == "Correct selects."


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (400, "Correct the request"),
        (401, "X-API-Key"),
        (403, "X-Tenant-Id"),
        (404, "an id of the dataset"),
        (405, "Allow"),
        (406, "Accept application/json"),
        (408, "Correct the request"),
        (429, "Retry-After"),
        (431, "smaller headers"),
        (500, "fault of Locum"),
    ],
)
def test_v2_says_what_to_do(status: int, word: str) -> None:
    found, body = failure(other(status, V2))
    assert found == body["status"] == status
    assert body["title"] == HTTPStatus(status).phrase
    assert word in body["remedy"]


@pytest.mark.parametrize("path", ["/v2/nothing", "/api/v2/threads"])
def test_v2_does_not_know_a_path(client: TestClient, path: str) -> None:
    status, answer = send(client, {"method": "GET", "url": path})
    assert (status, answer["status"], answer["title"]) == (404, 404, "Not Found")


@pytest.mark.parametrize(
    ("path", "is_v2"),
    [
        ("/v2/threads/t/stats", True),
        ("/api/v2/threads/t/stats", True),
        ("/v2", False),
        ("/v20/threads", False),
        ("/api/v1/v2/threads", False),
        ("", False),
    ],
)
def test_a_path_is_of_v2_by_its_beginning(path: str, *, is_v2: bool) -> None:
    _, body = failure(other(404, path))
    assert ("title" in body) == is_v2


# What is taken.


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("session", "Session already exists."),
        ("dataset", "Dataset with this name already exists."),
        ("example", "example x exists already"),
    ],
)
def test_a_name_that_is_taken_is_told_in_the_vendors_words(kind: str, told: str) -> None:
    """As the SDKs look for them, on each path in its shape."""
    error = Conflict(kind, "x")
    asked = [
        ("/api/v1/sessions", {"detail": told}),
        ("/v1/platform/datasets/x/examples", {"error": told}),
    ]
    for path, body in asked:
        assert failure(Failure(409, str(error), error, path, method="POST")) == (409, body)
    status, problem = failure(Failure(409, str(error), error, "/v2/sessions", method="POST"))
    assert (status, problem["detail"], problem["title"]) == (409, told, "Conflict")
    assert problem["remedy"] == "Use another name or id, or ask for upsert=true."
