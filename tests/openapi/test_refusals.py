"""Every refusal, of every operation, is one that its document has: status, body and headers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.engine.data import Data
from locum.http import body as bodies
from locum.http.control import OwnControl
from locum.http.sandboxes import Sandboxes
from locum.openapi import documents
from tests.conftest import ROOT, application_over
from tests.contract.contract import Exchange
from tests.contract.second_opinion import Judge
from tests.oracles.requests_of_tiny import OPERATIONS, request

NOBODY = "00000000-0000-4000-8000-000000000000"


@cache
def judge(name: str) -> Judge:
    return Judge(documents.load(ROOT / "specs" / f"{name}.yaml").effective)


def documented(operation: str, asked: dict[str, Any], answer: Any) -> None:
    """Lets openapi-core hold the answer to its place in the effective document."""
    name = "helicone" if operation == "session_metrics" else "langsmith"
    url, method = f"http://testserver{asked['url']}", request_method(operation)
    told = Exchange(
        "", method, url, {}, b"", answer.status_code, dict(answer.headers), answer.content
    )
    assert judge(name).of(told).response is None


def request_method(operation: str) -> str:
    """Of the documented operation, which an answer to another method belongs to as well."""
    return "GET" if operation == "thread_stats" else "POST"


def changed(asked: dict[str, Any], **headers: str) -> dict[str, Any]:
    return asked | {"headers": asked["headers"] | headers}


def with_body(asked: dict[str, Any], content: bytes, **headers: str) -> dict[str, Any]:
    typed = changed(asked, **{"Content-Type": "application/json"} | headers)
    return {key: value for key, value in typed.items() if key != "json"} | {"content": content}


def unknown(asked: dict[str, Any], world: dict[str, str]) -> dict[str, Any]:
    """The request with ids that nobody has."""

    def of(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: of(item) for key, item in value.items()}
        if isinstance(value, list):
            return [of(item) for item in value]
        ids = (world["session"], world["dataset"], world["share_token"], world["experiment"])
        for known in ids:
            value = value.replace(known, NOBODY) if isinstance(value, str) else value
        return value

    return {key: of(value) for key, value in asked.items()}


Change = Callable[[dict[str, Any], dict[str, str]], dict[str, Any]]
ANY: dict[int, Change] = {
    405: lambda asked, _: asked | {"method": "DELETE"},
    406: lambda asked, _: changed(asked, Accept="text/html"),
    431: lambda asked, _: changed(asked, X="x" * 70_000),
}
SECURED: dict[int, Change] = {401: lambda asked, _: asked | {"headers": {}}}
POSTED: dict[int, Change] = {
    413: lambda asked, _: with_body(asked, b" " * (bodies.MOST_BYTES + 1)),
    415: lambda asked, _: with_body(asked, b"{}", **{"Content-Type": "text/plain"}),
    422: lambda asked, _: with_body(asked, b"[]"),
}
LANGSMITH: dict[int, Change] = {404: unknown}
CASES: list[tuple[str, int, Change]] = [
    (operation, status, change)
    for operation in OPERATIONS
    for cases, hold in (
        (ANY, True),
        (SECURED, operation != "shared_stats"),
        (POSTED, operation != "thread_stats"),
        (LANGSMITH, operation != "session_metrics"),
    )
    if hold
    for status, change in cases.items()
] + [
    ("group_stats", 400, lambda asked, _: with_body(asked, b"\xff")),
    ("group_stats", 403, lambda asked, _: changed(asked, **{"X-Tenant-Id": NOBODY})),
    ("thread_stats", 403, lambda asked, _: changed(asked, **{"X-Tenant-Id": NOBODY})),
    ("thread_stats", 400, lambda asked, _: asked | {"params": {}}),
    (
        "thread_stats",
        422,
        lambda asked, _: asked | {"params": {"selects": "TURNS", "session_id": "x"}},
    ),
    (
        "session_metrics",
        500,
        lambda asked, _: asked | {"json": {"nameContains": "", "timezoneDifference": 1441}},
    ),
]


@pytest.mark.parametrize(
    ("operation", "status", "change"), CASES, ids=[f"{name}-{status}" for name, status, _ in CASES]
)
def test_refusal_is_documented(
    client: TestClient, world: dict[str, str], operation: str, status: int, change: Change
) -> None:
    asked = change(request(operation, world), world)
    answer = client.request(**asked)
    assert answer.status_code == status, answer.text
    documented(operation, asked, answer)
    if operation == "thread_stats":
        assert answer.json()["remedy"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_refusal_of_one_request_too_many_is_documented(
    world: dict[str, str], operation: str
) -> None:
    application = application_over("tiny", control=OwnControl(Sandboxes({"rate_limit": "1/1000"})))
    client = TestClient(application, raise_server_exceptions=False)
    asked = request(operation, world)
    assert client.request(**asked).status_code == 200
    answer = client.request(**asked)
    assert answer.status_code == 429
    documented(operation, asked, answer)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_fault_of_ours_is_documented_and_has_a_traceback_in_the_log(
    world: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    operation: str,
) -> None:
    client = TestClient(application_over("tiny"), raise_server_exceptions=False)

    def broken(*_: Any) -> Any:
        raise RuntimeError("a secret of the machine")

    monkeypatch.setattr(Data, "rows", broken)
    with caplog.at_level(logging.ERROR):
        asked = request(operation, world)
        answer = client.request(**asked)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "a secret of the machine" in caplog.text
    documented(operation, asked, answer)


PLACES = {
    "group_stats": ("langsmith", "/api/v1/runs/group/stats", "post"),
    "shared_stats": ("langsmith", "/api/v1/public/{share_token}/datasets/runs/stats", "post"),
    "group_runs": ("langsmith", "/api/v1/datasets/{dataset_id}/group/runs", "post"),
    "thread_stats": ("langsmith", "/v2/threads/{thread_id}/stats", "get"),
    "session_metrics": ("helicone", "/v1/session/metrics/query", "post"),
}
WANTED = [
    (operation, int(status))
    for operation, (name, path, method) in PLACES.items()
    for status in documents.load(ROOT / "specs" / f"{name}.yaml").effective["paths"][path][method][
        "responses"
    ]
]


@pytest.mark.parametrize(("operation", "status"), WANTED)
def test_every_documented_status_can_be_had(
    client: TestClient, world: dict[str, str], operation: str, status: int
) -> None:
    """By header and by path, as its document has it; without credentials too, which are looked at
    later, but for the answer that is computed."""
    asked = request(operation, world)
    by_header = client.request(**changed(asked, Prefer=f"code={status}"))
    by_path = client.request(**asked | {"url": f"/__locum/with/code={status}{asked['url']}"})
    for answer in (by_header, by_path):
        assert answer.status_code == status, answer.text
        assert answer.headers["preference-applied"] == f"code={status}"
        assert ("retry-after" in answer.headers) is (status in (429, 503))
        documented(operation, asked, answer)
    assert by_header.content == by_path.content
    if status != 200:
        nobody = asked | {"headers": {"Prefer": f"code={status}"}}
        assert client.request(**nobody).content == by_header.content


@pytest.mark.parametrize(
    ("operation", "status", "words"),
    [
        ("group_stats", 422, "Field required"),
        ("group_stats", 429, "Rate limit exceeded"),
        ("thread_stats", 422, "valid UUID"),
        ("thread_stats", 400, "Field required"),
        ("session_metrics", 401, "No API key found"),
        ("session_metrics", 422, "Validation Failed"),
    ],
)
def test_a_wanted_status_has_the_vendors_words(
    client: TestClient, world: dict[str, str], operation: str, status: int, words: str
) -> None:
    answer = client.request(**changed(request(operation, world), Prefer=f"code={status}"))
    assert words in answer.text


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_status_that_is_not_documented_is_refused_with_those_that_are(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    answer = client.request(**changed(request(operation, world), Prefer="code=418"))
    assert answer.status_code == 400
    assert "preference-applied" not in answer.headers
    for _, status in (each for each in WANTED if each[0] == operation):
        assert str(status) in answer.text
