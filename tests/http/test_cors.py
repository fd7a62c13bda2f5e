"""Pages of other origins may ask the vendors' paths, and never what is Locum's own."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.conftest import application_over
from tests.oracles.requests_of_tiny import OPERATIONS, request

ORIGIN = {"Origin": "https://app.example"}
PREFLIGHT = ORIGIN | {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-api-key",
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_may_be_read_by_any_origin(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    """Refusals too: a page has to see what is wrong."""
    asked = request(operation, world)
    asked["headers"] = asked["headers"] | ORIGIN
    for changed in ({}, {"headers": ORIGIN, "url": asked["url"].replace("-", "!")}):
        answer = client.request(**asked | changed)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


def test_preflight_allows_the_documented_methods_and_any_header(
    client: TestClient, world: dict[str, str]
) -> None:
    answer = client.options(request("session_metrics", world)["url"], headers=PREFLIGHT)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    assert (
        answer.headers["access-control-allow-headers"]
        == PREFLIGHT["Access-Control-Request-Headers"]
    )


def test_preflight_for_another_method_is_refused(client: TestClient, world: dict[str, str]) -> None:
    headers = PREFLIGHT | {"Access-Control-Request-Method": "DELETE"}
    answer = client.options(request("session_metrics", world)["url"], headers=headers)
    assert answer.status_code == 400


def test_an_answer_without_an_origin_is_as_ever(client: TestClient, world: dict[str, str]) -> None:
    """But that it would be another one with an origin."""
    answer = client.request(**request("session_metrics", world))
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "path",
    [
        "/__locum/health",
        "/__locum/openapi/helicone.json",
        "/%5F_locum/health",
        "/__locum/nothing",
    ],
)
def test_admin_prefix_is_not_open_to_other_origins(client: TestClient, path: str) -> None:
    """However the prefix is encoded."""
    for answer in (client.get(path, headers=ORIGIN), client.options(path, headers=PREFLIGHT)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_no_cors_turns_it_off(world: dict[str, str]) -> None:
    client = TestClient(application_over("tiny", cors=False), raise_server_exceptions=False)
    asked = request("session_metrics", world)
    asked["headers"] = asked["headers"] | ORIGIN
    answer = client.request(**asked)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert client.options(asked["url"], headers=PREFLIGHT).status_code == 405
