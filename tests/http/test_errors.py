"""What went wrong, with its status by default, told in the words of the provider of its path.

What the vendors' words are is for their own tests.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from connexion.exceptions import OAuthProblem, ProblemException
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from locum import exceptions
from locum.exceptions import InvalidRequest, InvalidValue
from locum.generate.asked import Manner
from locum.http.errors import failure
from locum.provider import Failure
from tests.conftest import KEY
from tests.oracles.requests_of_tiny import request
from tests.oracles.small_api import client_of, operation, served

# Each failure.


def busy(seconds: int) -> str:
    return f"Too many requests are waiting: ask again in {seconds} s"


def loading(name: str, seconds: int) -> str:
    return f"The dataset {name} is being loaded: ask again in {seconds} s"


def late(seconds: str) -> str:
    return f"Not answered within the time limit of {seconds} s: ask for less"


@pytest.mark.parametrize(
    ("error", "status", "detail", "headers"),
    [
        (
            exceptions.FilterError(3, "'x'", "a name", parameter="trace_filter"),
            400,
            "Invalid trace_filter at position 3: found 'x', expected a name",
            {},
        ),
        (exceptions.UnreadableBody("no JSON"), 400, "no JSON", {}),
        (
            exceptions.UnknownScenario("x", ("a", "b")),
            400,
            "Prefer: found scenario=x, expected one of a, b",
            {},
        ),
        (
            exceptions.Unauthenticated("missing"),
            401,
            "Invalid token",
            {"www-authenticate": "Bearer"},
        ),
        (OAuthProblem(), 401, "Invalid token", {"www-authenticate": "Bearer"}),
        (exceptions.Forbidden(), 403, "Forbidden", {}),
        (exceptions.Refused("It is secret."), 403, "It is secret.", {}),
        (exceptions.NotFound("shop", "7"), 404, "Shop not found: 7", {}),
        (HTTPException(404), 404, "Not Found", {}),
        (
            HTTPException(405, headers={"Allow": "GET"}),
            405,
            "Method Not Allowed",
            {"Allow": "GET"},
        ),
        (HTTPException(413, "too large"), 413, "too large", {}),
        (ProblemException(status=415, detail="no JSON"), 415, "no JSON", {}),
        (exceptions.RateLimited(7), 429, "Rate limit exceeded", {"retry-after": "7"}),
        (exceptions.Overloaded(2), 503, busy(2), {"retry-after": "2"}),
        (exceptions.NotReady("tiny", 5), 503, loading("tiny", 5), {"retry-after": "5"}),
        (exceptions.TimeLimitExceeded(0.5), 504, late("0.5"), {}),
        (exceptions.DatasetError("no such file", "make it"), 503, "no such file", {}),
        (
            exceptions.UpstreamFault(502, {"error": "boom"}),
            502,
            "as the vendor's own server: boom",
            {},
        ),
        (
            exceptions.UpstreamFault(500, {"data": None, "error": None, "details": "x"}),
            500,
            "as the vendor's own server: x",
            {},
        ),
        # Whatever is none of these is our own fault, and nothing of it is told.
        (ValueError("a secret"), 500, "Internal Server Error", {}),
        (exceptions.StartError("a secret", "mend it"), 500, "Internal Server Error", {}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_failure_has_a_status_and_a_sentence(
    error: Exception, status: int, detail: str, headers: dict[str, str]
) -> None:
    assert failure(error, "/a", "PUT") == Failure(status, detail, error, "/a", (), headers, "PUT")


def test_an_invalid_request_names_ten_faults_and_holds_all() -> None:
    faults = tuple(InvalidValue(("body", "n", place), "wrong", "x") for place in range(12))
    failed = failure(InvalidRequest(faults), "/a")
    assert (failed.status, failed.faults) == (422, faults)
    assert failed.detail == "; ".join(f"body.n.{place}: wrong" for place in range(10))


# Its answer.


def failing(folder: Path, error: Exception, **fields: Any) -> TestClient:
    """A client of `GET /a`, which fails so."""

    def handler(*_: Any, **__: Any) -> Any:
        raise error

    return client_of(folder, served({"/a": {"get": operation()}}, {"GET /a": handler}, **fields))


def test_a_provider_shapes_what_went_wrong(tmp_path: Path) -> None:
    """The status, too; it is told the path, and what it answers need not be JSON's types alone."""

    def shaped(failed: Failure) -> tuple[int, Any]:
        return 418, {"at": failed.path, "was": failed.status, "error": failed.error}

    answer = failing(tmp_path, exceptions.NotFound("shop", "7"), failure=shaped).get("/a?b=c")
    assert (answer.status_code, answer.headers["content-type"]) == (418, "application/json")
    assert answer.json() == {"at": "/a", "was": 404, "error": "shop 7 not found"}


def test_the_vendors_own_fault_is_answered_whole(tmp_path: Path) -> None:
    """As its server answers it: no words of ours about it."""
    fault = exceptions.UpstreamFault(500, {"data": None, "error": "boom"})
    answer = failing(tmp_path, fault, failure=lambda _: (400, {})).get("/a")
    assert (answer.status_code, answer.json()) == (500, {"data": None, "error": "boom"})


@pytest.mark.parametrize(
    ("error", "name", "value"),
    [
        (exceptions.Unauthenticated("unknown"), "www-authenticate", "Bearer"),
        (exceptions.RateLimited(7), "retry-after", "7"),
    ],
)
def test_a_failure_has_its_headers(tmp_path: Path, error: Exception, name: str, value: str) -> None:
    assert failing(tmp_path, error).get("/a").headers[name] == value


def test_each_path_is_told_in_its_providers_words(tmp_path: Path) -> None:
    """A path that no document has is the nearest one's, and so is a refused method."""
    documents = [
        served(
            {f"/{name}/x/{{y}}": {"get": operation()}},
            {f"GET /{name}/x/{{y}}": lambda *_: 1},
            name=name,
            failure=lambda failed, name=name: (failed.status, {name: failed.detail}),
        )
        for name in ("one", "two")
    ]
    client = client_of(tmp_path, *documents)
    assert client.get("/two/x").json() == {"two": "Not Found"}
    assert client.get("/one/nothing").json() == {"one": "Not Found"}
    assert client.get("/three").json() == {"one": "Not Found"}
    assert client.delete("/two/x/7").json() == {"two": "Method Not Allowed"}


def test_no_failure_of_ours_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log has it, with its traceback; the server answers on."""
    client = failing(tmp_path, ValueError("a secret"))
    with caplog.at_level(logging.WARNING):
        answers = [client.get("/a") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [500, 500]
    assert all("secret" not in answer.text for answer in answers)
    for record in caplog.records:
        assert (record.levelname, record.message) == ("ERROR", "GET /a 500: Internal Server Error")
        assert record.exc_info
        assert str(record.exc_info[1]) == "a secret"
    assert len(caplog.records) == 2


# Its line in the log.


@pytest.mark.parametrize(
    "error",
    [
        exceptions.NotFound("shop", "7"),
        exceptions.UpstreamFault(500, {"error": "boom"}),
        InvalidRequest((InvalidValue(("body", "n"), "wrong", "x"),)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_no_fault_of_ours_is_one_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    failed = failure(error)
    with caplog.at_level(logging.WARNING):
        failing(tmp_path, error).get("/a")
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert record.message == f"GET /a {failed.status}: {failed.detail}"


def test_the_path_is_logged_as_it_came_without_its_query(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        failing(tmp_path, ValueError()).get("/%61%0A/b?key=secret")
    assert [record.message for record in caplog.records] == ["GET /%61%0A/b 404: Not Found"]


def test_what_came_with_the_request_is_logged_printable_and_cut(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each part of 500 characters at most, a control character by its escape."""
    error = exceptions.NotFound("shop", "\n\x1b[31m" + "é" * 600)
    with caplog.at_level(logging.WARNING):
        failing(tmp_path, error).get("/a")
    (record,) = caplog.records
    told = "Shop not found: "
    letters = "é" * (500 - len(told) - len("\n\x1b[31m"))
    assert record.message == rf"GET /a 404: {told}\n\x1b[31m{letters}..."


def test_no_key_is_logged(
    client: TestClient, world: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        client.request(**request("group_stats", world) | {"json": {}})
    (record,) = caplog.records
    assert "422" in record.message
    assert KEY not in caplog.text


def test_a_failure_is_told_in_the_words_of_the_operations_provider(tmp_path: Path) -> None:
    """Whatever other provider has a path that looks alike."""

    def words(name: str) -> Any:
        return lambda failed: (failed.status, {name: failed.status})

    schemes = {"key": {"type": "apiKey", "in": "header", "name": "Key"}}
    number = {"name": "n", "in": "query", "schema": {"type": "integer"}}
    one = served(
        {"/v1/session/metrics/query": {"post": operation()}},
        {"POST /v1/session/metrics/query": lambda *_: 1},
        name="one",
        failure=words("one"),
    )
    identified = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    other = served(
        {"/v1/session/{id}": {"get": operation(identified, number, security=[{"key": []}])}},
        {"GET /v1/session/{id}": lambda *_, **__: 2},
        schemes,
        name="other",
        failure=words("other"),
    )
    client = client_of(tmp_path, one, other)
    assert client.get("/v1/session/metrics").json() == {"other": 401}
    key = {"Key": "any"}
    assert client.get("/v1/session/metrics?n=x", headers=key).json() == {"other": 422}
    assert client.get("/v1/session/metrics?n=1", headers=key).json() == 2
    assert client.get("/v1/session/metrics/query").json() == {"one": 405}


def test_a_failure_that_nobody_can_tell_is_a_plain_500(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A provider whose own words for a failure fail."""
    small = served({"/a": {"get": operation()}}, {"GET /a": lambda *_: 1}, failure=lambda _: 1 // 0)
    answer = client_of(tmp_path, small).get("/nothing")
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
    }
    assert "GET /nothing: the provider's answer to a failure failed" in caplog.text


PLAIN = {"text/plain": {"examples": {name: {"value": name} for name in ("cat", "dog")}}}
WANTS_BODY = operation(
    body={"type": "object", "required": ["n"]},
    responses={"200": {"description": ""}, "422": {"description": "", "content": PLAIN}},
)


@pytest.mark.parametrize(
    ("prefer", "of_placeholders", "ordinary"),
    [
        ("", (422, "cat"), (422, None)),
        ("example=dog", (422, "dog"), (422, None)),
        ("example=rat", (404, None), (422, None)),
        ("code=422", (422, "cat"), (422, "cat")),
        ("code=422, example=dog", (422, "dog"), (422, "dog")),
        ("code=422, example=rat", (404, None), (422, "cat")),
        ("code=503", (404, None), (400, None)),
        ("code=abc", (400, None), (400, None)),
    ],
)
def test_among_placeholders_what_the_document_does_not_have_is_not_found(
    tmp_path: Path, prefer: str, of_placeholders: Any, ordinary: Any
) -> None:
    """As Prism answers; where values are made it is what is wrong with the preference."""
    small = served({"/a": {"post": WANTS_BODY}}, {})
    for is_static, (status, text) in ((True, of_placeholders), (False, ordinary)):
        manner = Manner(is_static=is_static)
        client = client_of(tmp_path / str(is_static), small, manner=manner)
        answer = client.post("/a", json={}, headers={"Prefer": prefer} if prefer else {})
        assert answer.status_code == status
        assert text is None or answer.text == text
        if status == 404:
            assert answer.headers["content-type"] == "application/problem+json"
            assert "expected" in answer.json()["detail"]


def test_among_placeholders_what_cannot_be_made_is_500(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As Prism answers, with the reason, which is no fault of ours."""
    content = {"text/plain": {"schema": {"type": "object"}}}
    responses = {"200": {"description": "", "content": content}}
    small = served({"/a": {"get": operation(responses=responses)}}, {})
    answer = client_of(tmp_path, small, manner=Manner(is_static=True)).get("/a")
    assert (answer.status_code, answer.json()["title"]) == (500, "Internal Server Error")
    assert "an object or array is no text/plain" in answer.json()["detail"]
    assert all(record.exc_info is None for record in caplog.records)
