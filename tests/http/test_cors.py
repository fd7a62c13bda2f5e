"""Pages of other origins may ask the providers' paths, and only read what is Locum's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.provider import CORS
from tests.conftest import application_over
from tests.oracles.requests_of_tiny import OPERATIONS, request
from tests.oracles.small_api import client_of, operation, served

ORIGIN = {"Origin": "https://app.example"}
PREFLIGHT = ORIGIN | {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-api-key",
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_may_be_read_by_any_origin(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    """Refusals too: a page has to see what is wrong. Helicone's server names the origin and admits
    credentials, LangSmith's does neither."""
    asked = request(operation, world)
    asked["headers"] = asked["headers"] | ORIGIN
    for changed in ({}, {"headers": ORIGIN, "url": asked["url"].replace("-", "!")}):
        answer = client.request(**asked | changed)
        found = {name: granted(answer).get(name) for name in ("allow-origin", "allow-credentials")}
        assert answer.headers["vary"] == "Origin"
        if operation == "session_metrics":
            assert found == {"allow-origin": ORIGIN["Origin"], "allow-credentials": "true"}
        else:
            assert found == {"allow-origin": "*", "allow-credentials": None}


def test_preflight_allows_the_documented_methods_and_any_header(
    client: TestClient, world: dict[str, str]
) -> None:
    for name, methods, origin in (
        ("session_metrics", "GET, HEAD, POST, PUT", ORIGIN["Origin"]),
        ("group_stats", "DELETE, GET, HEAD, PATCH, POST, PUT", "*"),
    ):
        answer = client.options(request(name, world)["url"], headers=PREFLIGHT)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers.keys().isdisjoint({"content-type", "content-length"})
        assert granted(answer)["allow-methods"] == methods
        assert granted(answer)["allow-origin"] == origin
        assert granted(answer)["allow-headers"] == PREFLIGHT["Access-Control-Request-Headers"]


def test_preflight_for_another_method_is_refused(client: TestClient, world: dict[str, str]) -> None:
    headers = PREFLIGHT | {"Access-Control-Request-Method": "DELETE"}
    answer = client.options(request("session_metrics", world)["url"], headers=headers)
    assert answer.status_code == 400


def test_an_answer_without_an_origin_is_as_ever(client: TestClient, world: dict[str, str]) -> None:
    """But that it would be another one with an origin."""
    answer = client.request(**request("session_metrics", world))
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


READABLE = (
    "/__locum/health",
    "/__locum/ready",
    "/__locum/openapi/helicone.json",
    "/__locum/datasets",
    "/__locum/journal",
    "/%5F_locum/health",
)
NOT_READABLE = ("/__locum", "/__locum/nothing", "/__locum/resets", "/__locum/openapi/a/b")


@pytest.mark.parametrize("path", READABLE)
def test_what_tells_of_the_server_may_be_read_by_any_origin(client: TestClient, path: str) -> None:
    """And read only, without cookies, however the prefix is encoded."""
    for method in ("GET", "HEAD"):
        answer = client.request(method, path, headers=ORIGIN)
        assert granted(answer)["allow-origin"] == "*"
        assert "allow-credentials" not in granted(answer)
        asking = PREFLIGHT | {"Access-Control-Request-Method": method}
        allowed = client.options(path, headers=asking)
        assert (allowed.status_code, granted(allowed)["allow-methods"]) == (204, "GET, HEAD")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.request(method, path, headers=ORIGIN)
        asking = PREFLIGHT | {"Access-Control-Request-Method": method}
        assert granted(answer) == granted(client.options(path, headers=asking)) == {}


@pytest.mark.parametrize("path", NOT_READABLE)
def test_nothing_else_of_locums_own_is_open_to_other_origins(client: TestClient, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "DELETE"):
        answer = client.request(method, path, headers=ORIGIN)
        asking = PREFLIGHT | {"Access-Control-Request-Method": method}
        assert granted(answer) == granted(client.options(path, headers=asking)) == {}


def test_no_cors_turns_it_off(world: dict[str, str]) -> None:
    client = TestClient(application_over("tiny", cors=False), raise_server_exceptions=False)
    asked = request("session_metrics", world)
    asked["headers"] = asked["headers"] | ORIGIN
    answer = client.request(**asked)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert client.options(asked["url"], headers=PREFLIGHT).status_code == 405


# A provider with a rule of its own, beside one without.

OWN = CORS(
    origins=("https://app.example", "https://other.example"),
    methods=("PUT",),
    headers=("X-Key",),
    exposed=("X-Toys",),
    credentials=True,
)


@pytest.fixture
def small(tmp_path: Path) -> TestClient:
    """A client of `own`, whose rule is OWN, and of `open`, which has the rule by default."""
    rules: dict[str, dict[str, Any]] = {"own": {"cors": OWN}, "open": {}}
    own, by_default = (
        served(
            {f"/{name}/a": {"put": operation(), "get": operation()}},
            {f"PUT /{name}/a": lambda *_: 1, f"GET /{name}/a": lambda *_: 1},
            name=name,
            **fields,
        )
        for name, fields in rules.items()
    )
    return client_of(tmp_path, own, by_default)


def granted(answer: Any) -> dict[str, str]:
    """What a page may do and read, by the header that says so."""
    prefix = "access-control-"
    return {
        name.removeprefix(prefix): value
        for name, value in answer.headers.items()
        if name.startswith(prefix)
    }


@pytest.mark.parametrize("origin", OWN.origins)
def test_a_rule_lets_its_origins_read_what_it_exposes(small: TestClient, origin: str) -> None:
    """With cookies, the answer is for that origin alone."""
    answer = small.put("/own/a", headers={"Origin": origin})
    assert (answer.status_code, answer.headers["vary"]) == (200, "Origin")
    assert granted(answer) == {
        "allow-origin": origin,
        "allow-credentials": "true",
        "expose-headers": "X-Toys",
    }


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://app.example", "null"])
def test_a_rule_lets_no_other_origin_read(small: TestClient, origin: str) -> None:
    """The answer is there, but the browser keeps it from the page."""
    answer = small.put("/own/a", headers={"Origin": origin})
    assert answer.status_code == 200
    assert "allow-origin" not in granted(answer)


def test_a_preflight_is_answered_by_the_rule(small: TestClient) -> None:
    def asked(**changes: str) -> Any:
        headers = {
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "x-key",
        }
        changed = {name.replace("_", "-"): value for name, value in changes.items()}
        return small.options("/own/a", headers=headers | changed)

    allowed = asked()
    assert (allowed.status_code, granted(allowed)["allow-origin"]) == (204, "https://app.example")
    assert granted(allowed)["allow-methods"] == "PUT"
    assert "X-Key" in granted(allowed)["allow-headers"].split(", ")
    assert asked(Origin="https://elsewhere.example").status_code == 400
    assert asked(Access_Control_Request_Method="GET").status_code == 400
    assert asked(Access_Control_Request_Headers="x-other").status_code == 400


def test_another_providers_rule_stays_as_it_is(small: TestClient) -> None:
    answer = small.put("/open/a", headers={"Origin": "https://elsewhere.example"})
    assert granted(answer) == {
        "allow-origin": "*",
        "expose-headers": "ETag, Preference-Applied, Retry-After",
    }


def test_without_methods_a_rule_allows_those_of_the_documents(small: TestClient) -> None:
    headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
    allowed = small.options("/open/a", headers=headers)
    assert granted(allowed)["allow-methods"] == "GET, HEAD, PUT"
    refused = headers | {"Access-Control-Request-Method": "DELETE"}
    assert small.options("/open/a", headers=refused).status_code == 400


def test_a_failure_is_given_by_the_rule_of_its_path(small: TestClient) -> None:
    """A path that no document has is the nearest provider's."""
    for path, origin in (("/own/nothing", "https://app.example"), ("/open/nothing", "*")):
        answer = small.get(path, headers={"Origin": "https://app.example"})
        assert (answer.status_code, granted(answer)["allow-origin"]) == (404, origin)


def test_answers_of_the_cache_are_for_their_origin(small: TestClient) -> None:
    """From the third time on they are as they were sent, to that origin."""
    for _ in range(4):
        for origin in OWN.origins:
            answer = small.put("/own/a", headers={"Origin": origin})
            assert granted(answer)["allow-origin"] == origin
        assert granted(small.put("/own/a")) == {}
