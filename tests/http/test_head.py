"""HEAD is answered wherever GET is, as GET but without the body (RFC 9110, section 9.3.2)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import ASGIApp, Message

from locum.provider import Answer, Failure
from tests.conftest import application_over
from tests.oracles.requests_of_tiny import request
from tests.oracles.small_api import application_of, operation, scenarios_of, served, written

Headers = list[tuple[bytes, bytes]]


def asked(
    application: ASGIApp, method: str, target: str, headers: dict[str, str] | None = None
) -> tuple[int, Headers, bytes]:
    """What the application itself sends, before any server has its hands in it."""
    path, _, query = target.partition("?")
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(n.lower().encode(), v.encode()) for n, v in (headers or {}).items()],
    }

    async def ask() -> None:
        await application(scope, receive, send)

    asyncio.run(ask())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return sent[0]["status"], sorted(sent[0]["headers"]), sent[1].get("body", b"")


@pytest.fixture(scope="module")
def bundled() -> ASGIApp:
    return application_over("tiny")


def thread_stats(world: dict[str, str]) -> tuple[str, dict[str, str]]:
    found = request("thread_stats", world)
    return f"{found['url']}?{urlencode(found['params'], doseq=True)}", found["headers"]


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/__locum/health",
        "/__locum/ready",
        "/__locum/openapi/helicone.json",
        "/__locum/openapi/nothing.json",
        "/nothing",
        "/v2/threads/x/stats",
    ],
)
def test_pages_and_refusals_are_as_to_get_without_the_body(bundled: ASGIApp, target: str) -> None:
    status, headers, body = asked(bundled, "GET", target)
    assert asked(bundled, "HEAD", target) == (status, headers, b"")
    assert dict(headers)[b"content-length"] == str(len(body)).encode()
    assert body


def test_an_operation_is_as_to_get_without_the_body(
    bundled: ASGIApp, world: dict[str, str]
) -> None:
    """Its entity tag too, by which HEAD may be conditional; computed, or from either cache."""
    target, headers = thread_stats(world)
    for _ in range(3):
        status, named, body = asked(bundled, "GET", target, headers)
        assert (status, dict(named)[b"content-length"]) == (200, str(len(body)).encode())
        assert asked(bundled, "HEAD", target, headers) == (200, named, b"")
    tag = dict(named)[b"etag"].decode()
    for method in ("HEAD", "GET"):
        conditional = headers | {"If-None-Match": tag}
        assert asked(bundled, method, target, conditional)[::2] == (304, b"")


def test_where_no_get_is_there_is_no_head(bundled: ASGIApp) -> None:
    status, headers, body = asked(bundled, "HEAD", "/v1/session/metrics/query")
    assert (status, dict(headers)[b"allow"], body) == (405, b"POST", b"")


def small(folder: Path, *documents: Any) -> ASGIApp:
    scenarios = scenarios_of([written(folder, *documents)], *documents)
    return application_of(scenarios, *documents)


def test_a_documents_own_head_is_answered_by_itself(tmp_path: Path) -> None:
    """Be it of another document than GET, or come before or after it."""
    empty = {"responses": {"204": {"description": "there"}}}
    get = served({"/a": {"get": operation()}}, {"GET /a": lambda *_: "get"}, name="one")
    head = served({"/a": {"head": empty}}, {"HEAD /a": lambda *_: Answer(204)}, name="two")
    for documents in ((get, head), (head, get)):
        application = small(tmp_path, *documents)
        assert asked(application, "HEAD", "/a")[::2] == (204, b"")
        assert asked(application, "GET", "/a")[::2] == (200, b'"get"')
        status, headers, _ = asked(application, "PUT", "/a")
        assert (status, dict(headers)[b"allow"]) == (405, b"GET, HEAD")


def test_a_documents_own_root_is_answered_by_itself(tmp_path: Path) -> None:
    own = served({"/": {"get": operation()}}, {"GET /": lambda *_: "own"})
    application = small(tmp_path, own)
    assert asked(application, "GET", "/")[::2] == (200, b'"own"')
    status, headers, body = asked(application, "HEAD", "/")
    assert (status, dict(headers)[b"content-length"], body) == (200, b"5", b"")


def test_a_refused_head_is_told_by_the_provider_that_has_get(tmp_path: Path) -> None:
    """Of two that share a path."""

    def failing(name: str, method: str) -> Any:
        def fail(failure: Failure) -> tuple[int, Any]:
            return failure.status, name

        paths = {"/a": {method: operation(security=[{"key": []}])}}
        schemes = {"key": {"type": "apiKey", "in": "header", "name": "Key"}}
        handlers = {f"{method.upper()} /a": lambda *_: 1}
        return served(paths, handlers, schemes, name=name, failure=fail)

    application = small(tmp_path, failing("poster", "post"), failing("getter", "get"))
    assert asked(application, "GET", "/a")[::2] == (401, b'"getter"')
    status, headers, body = asked(application, "HEAD", "/a")
    assert (status, dict(headers)[b"content-length"], body) == (401, b"8", b"")
