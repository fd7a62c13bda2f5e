"""Credentials: who is let in, and whose data is seen."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum import scenarios
from locum.cli import main as cli
from locum.http import keys
from locum.http.headers import Headers
from tests.conftest import KEY, Rows, application_over
from tests.oracles.requests_of_tiny import request

OTHER_KEY = "locum-other-key"


@pytest.fixture(scope="module")
def other_tenant(tiny: Rows) -> str:
    rows = [(r["key"], r["provider"], r["tenant_id"]) for r in tiny("keys")]
    return next(str(t) for key, provider, t in rows if (key, provider) == (OTHER_KEY, "langsmith"))


def status(client: TestClient, operation: str, world: dict[str, str], headers: object) -> int:
    answer = client.request(**request(operation, world) | {"headers": headers})
    return int(answer.status_code)


def test_choices_of_the_command_line_are_those_of_the_server() -> None:
    assert cli.AUTH_MODES == keys.MODES
    assert cli.CLOCKS == scenarios.CLOCKS


@pytest.mark.parametrize("header", ["X-API-Key", "x-api-key", "X-API-KEY"])
def test_v1_takes_an_api_key_in_a_header_of_any_case(
    client: TestClient, world: dict[str, str], header: str
) -> None:
    assert status(client, "group_stats", world, {header: KEY}) == 200


def test_v1_takes_a_bearer_token_or_a_tenant_alone(
    client: TestClient, world: dict[str, str]
) -> None:
    """The document's security is API Key OR Tenant ID OR Bearer Auth."""
    assert status(client, "group_stats", world, {"Authorization": f"Bearer {KEY}"}) == 200
    assert status(client, "group_stats", world, {"X-Tenant-Id": world["tenant"]}) == 200


def test_v2_takes_a_key_or_bearer_only_with_a_tenant(
    client: TestClient, world: dict[str, str]
) -> None:
    """The document's security is (API Key AND Tenant ID) OR (Bearer Auth AND Tenant ID)."""
    tenant = {"X-Tenant-Id": world["tenant"]}
    for key in ({"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}):
        assert status(client, "thread_stats", world, key | tenant) == 200
        assert status(client, "thread_stats", world, key) == 401
    assert status(client, "thread_stats", world, tenant) == 401


@pytest.mark.parametrize("value", [KEY, f"Bearer {KEY}"])
def test_helicone_takes_a_bare_key_as_well(
    client: TestClient, world: dict[str, str], value: str
) -> None:
    assert status(client, "session_metrics", world, {"Authorization": value}) == 200


@pytest.mark.parametrize("operation", ["group_stats", "group_runs", "thread_stats"])
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}, {"X-API-Key": ""}])
def test_langsmith_without_a_good_key_is_401(
    client: TestClient, world: dict[str, str], operation: str, headers: dict[str, str]
) -> None:
    answer = client.request(**request(operation, world) | {"headers": headers})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Invalid token"


def test_helicone_tells_a_missing_header_from_an_unknown_key(
    client: TestClient, world: dict[str, str]
) -> None:
    """The two bodies of semantics: seen in Helicone's own answers."""
    asked = request("session_metrics", world)
    missing = client.request(**asked | {"headers": {}})
    unknown = client.request(**asked | {"headers": {"Authorization": "Bearer wrong"}})
    assert (missing.status_code, missing.json()) == (
        401,
        {"error": "No authorization header", "trace": "isAuthenticated.error"},
    )
    assert (unknown.status_code, unknown.json()) == (
        401,
        {"error": "No API key found", "trace": "isAuthenticated.error"},
    )


def test_a_share_token_needs_no_key(client: TestClient, world: dict[str, str]) -> None:
    assert status(client, "shared_stats", world, {}) == 200


@pytest.mark.parametrize("operation", ["group_stats", "thread_stats"])
def test_a_key_with_another_tenant_is_forbidden(
    client: TestClient, world: dict[str, str], other_tenant: str, operation: str
) -> None:
    headers = {"X-API-Key": KEY, "X-Tenant-Id": other_tenant}
    assert status(client, operation, world, headers) == 403


def test_another_tenants_project_answers_as_an_unknown_one(
    client: TestClient, world: dict[str, str], other_tenant: str
) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    asked = request("group_stats", world) | {"headers": {"X-API-Key": OTHER_KEY}}
    assert other_tenant != world["tenant"]
    foreign = client.request(**asked)
    asked["json"]["session_id"] = nobody
    unknown = client.request(**asked)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text.replace(world["session"], nobody) == unknown.text


@pytest.fixture(scope="module", params=["any", "off"])
def lenient(request: pytest.FixtureRequest) -> Iterator[tuple[str, TestClient]]:
    application = application_over("tiny", request.param)
    with TestClient(application, raise_server_exceptions=False) as client:
        yield request.param, client


def test_lenient_modes(lenient: tuple[str, TestClient], world: dict[str, str]) -> None:
    """any takes every non-empty credential, off needs none; both see the demo tenant's data."""
    mode, client = lenient
    assert status(client, "group_stats", world, {"X-API-Key": "whatever"}) == 200
    assert status(client, "session_metrics", world, {"Authorization": "whatever"}) == 200
    without = 401 if mode == "any" else 200
    assert status(client, "group_stats", world, {}) == without
    assert status(client, "session_metrics", world, {}) == without


def test_a_key_of_several_tenants_opens_the_chosen_one() -> None:
    rows = [("k", "langsmith", "a"), ("k", "langsmith", "b"), ("k", "helicone", "c")]
    keyring = keys.Keyring.of("langsmith", rows, "strict")
    assert keyring.tenant(Headers([(b"x-api-key", b"k")])) == "a"
    assert keyring.tenant(Headers([(b"x-api-key", b"k"), (b"x-tenant-id", b"B")])) == "b"
    assert keyring.tenants == ("a", "b")


NOBODYS = "locum-key-that-nobody-has"


@pytest.mark.parametrize(
    "operation", ["group_stats", "group_runs", "thread_stats", "session_metrics"]
)
@pytest.mark.parametrize("key", [KEY, NOBODYS])
def test_keys_are_neither_logged_nor_repeated(
    client: TestClient,
    world: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    operation: str,
    key: str,
) -> None:
    """In no answer, be it 200, 401, 403, 404, 405, 415 or 422."""
    asked = request(operation, world)
    headers = {"X-API-Key": key, "Authorization": f"Bearer {key}", "X-Tenant-Id": world["tenant"]}
    statuses = set()
    changes: list[dict[str, Any]] = [
        {},
        {"headers": headers | {"X-Tenant-Id": key}},
        {"headers": headers | {"Content-Type": "text/plain"}},
        {"method": "DELETE"},
        {"url": asked["url"] + "x"},
        {"json": {}, "params": {}},
        {"json": [], "params": {"session_id": "x"}},
    ]
    with caplog.at_level(logging.DEBUG):
        for changed in changes:
            answer = client.request(**asked | {"headers": headers} | changed)
            statuses.add(answer.status_code)
            assert key not in answer.text
            assert key not in str(answer.headers)
    assert key not in caplog.text
    assert len(statuses) > 2


def test_every_known_key_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, by digest: neither a key's place nor its beginning changes how long it takes."""
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    rows = [(key, "langsmith", key) for key in ("a", "bb", "ccc")]
    keyring = keys.Keyring.of("langsmith", rows, "strict")
    for key in ("a", "ccc", "nobody"):
        keyring.tenants_of(key)
    assert compared == [(32, 32)] * 9


def test_a_key_is_looked_up_once_a_request(
    client: TestClient, world: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []
    digest = keys._digest

    def digested(key: str) -> bytes:
        looked_up.append(key)
        return digest(key)

    monkeypatch.setattr(keys, "_digest", digested)
    headers = {"X-API-Key": KEY, "X-Note": "not asked before"}
    assert status(client, "group_stats", world, headers) == 200
    assert looked_up == [KEY]


def test_what_one_key_opens_is_not_given_to_another(
    client: TestClient, world: dict[str, str]
) -> None:
    """A bearer token lets the request in; whose data it sees is the API key's matter."""
    bearer = {"Authorization": f"Bearer {KEY}"}
    assert status(client, "group_stats", world, {"X-API-Key": NOBODYS} | bearer) == 401
    assert status(client, "group_stats", world, {"X-API-Key": OTHER_KEY} | bearer) == 404


@pytest.mark.parametrize("operation", ["group_stats", "group_runs", "thread_stats"])
def test_another_tenants_ids_answer_as_unknown_ones_everywhere(
    client: TestClient, world: dict[str, str], other_tenant: str, operation: str
) -> None:
    """Byte for byte, but for the id itself: an answer must not tell what exists."""
    nobody = "00000000-0000-4000-8000-000000000000"
    asked = request(operation, world)
    asked["headers"] = {"X-API-Key": OTHER_KEY, "X-Tenant-Id": other_tenant}
    foreign = client.request(**asked)
    for known in (world["session"], world["experiment"], world["dataset"]):
        text = json.dumps({k: v for k, v in asked.items() if k != "headers"}).replace(known, nobody)
        asked |= json.loads(text)
    unknown = client.request(**asked)
    assert foreign.status_code == unknown.status_code == 404
    told = foreign.text
    for known in (world["session"], world["experiment"], world["dataset"]):
        told = told.replace(known, nobody)
    assert told == unknown.text
