"""Whose request it is, over HTTP: Authorization, else what Helicone-Authorization says in JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.helicone.authorization import credential
from locum.provider import Presented
from tests.conftest import KEY
from tests.oracles.bundled import application_of, find, scenarios_of

UNKNOWN = "11111111-2222-4333-8444-555555555555"


def asked(client: TestClient, **headers: Any) -> tuple[int, str]:
    """Status, and what is wrong, of a request for metrics whose body is wrong too: 422 is that the
    credential is a good one. `_` stands for `-`, and what is no text is written as JSON."""
    texts = {
        name.replace("_", "-"): value if isinstance(value, str) else json.dumps(value)
        for name, value in headers.items()
    }
    answer = client.post("/v1/session/metrics/query", json={}, headers=texts)
    if answer.status_code == 401:
        assert answer.json() == {
            "error": answer.json()["error"],
            "trace": "isAuthenticated.error",
        }
        assert answer.headers["www-authenticate"] == "Bearer"
    return answer.status_code, answer.json().get("error", "")


GOOD = (422, "")


@pytest.mark.parametrize(
    "header",
    [
        {"_type": "bearer", "token": KEY},
        {"_type": "bearer", "token": f"Bearer {KEY}"},
        {"_type": "bearerProxy", "token": KEY},
        {"_type": "bearer", "token": KEY, "orgId": 5, "more": True},
    ],
)
def test_a_key_in_json_opens_as_it_does_in_authorization(client: TestClient, header: Any) -> None:
    assert asked(client, Helicone_Authorization=header) == GOOD


@pytest.mark.parametrize("token", ["", "anything", "expired.jwt.token"])
def test_a_user_of_an_organization_of_the_dataset_is_let_in(
    client: TestClient, world: dict[str, str], token: str
) -> None:
    header = {"_type": "jwt", "token": token, "orgId": world["tenant"].upper(), "more": 1}
    assert asked(client, helicone_authorization=header) == GOOD


def test_an_organization_sees_its_own_data(client: TestClient, world: dict[str, str]) -> None:
    """The same properties as the key of that organization."""
    by_key = {"Authorization": f"Bearer {KEY}"}
    header = json.dumps({"_type": "jwt", "token": "", "orgId": world["tenant"]})
    answers = [
        client.post("/v1/property/query", json={}, headers=headers).json()
        for headers in (by_key, {"Helicone-Authorization": header})
    ]
    assert answers[0] == answers[1]
    assert answers[0]["data"]


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ("", "No authorization header"),
        ("  ", "No authorization header"),
        ("not json", "Invalid auth header"),
        ("{", "Invalid auth header"),
        ("null", "Invalid auth header"),
        ("{}", "Invalid auth header format"),
        ("5", "Invalid auth header format"),
        ("[]", "Invalid auth header format"),
        ('"Bearer key"', "Invalid auth header format"),
        ({"_type": "basic", "token": KEY}, "Invalid auth header format"),
        ({"token": KEY}, "Invalid auth header format"),
        ({"_type": "bearer"}, "Invalid auth header format"),
        ({"_type": "bearer", "token": None}, "Invalid auth header format"),
        ({"_type": "bearer", "token": [KEY]}, "Invalid auth header format"),
        ({"_type": "jwt", "orgId": UNKNOWN}, "Invalid auth header format"),
        ({"_type": "jwt", "token": "t", "orgId": 5}, "Invalid auth header format"),
        ({"_type": "jwt", "token": "t", "orgId": None}, "Invalid auth header format"),
        ({"_type": "bearer", "token": "nobody's"}, "No API key found"),
        ({"_type": "bearer", "token": ""}, "No API key found"),
        ({"_type": "bearer", "token": "Bearer "}, "No API key found"),
        ({"_type": "bearerProxy", "token": "nobody's"}, "No API key found"),
        ({"_type": "jwt", "token": "t"}, "Invalid organization"),
        ({"_type": "jwt", "token": "t", "orgId": ""}, "Invalid organization"),
        ({"_type": "jwt", "token": "t", "orgId": UNKNOWN}, "Invalid organization"),
    ],
)
def test_what_is_wrong_is_said_in_the_vendors_words(
    client: TestClient, header: Any, error: str
) -> None:
    assert asked(client, helicone_authorization=header) == (401, error)


def test_authorization_decides_alone(client: TestClient, world: dict[str, str]) -> None:
    good = {"_type": "jwt", "token": "", "orgId": world["tenant"]}
    both = {"Authorization": "Bearer nobody's", "helicone_authorization": good}
    assert asked(client, **both) == (401, "No API key found")
    assert asked(client, Authorization=KEY, helicone_authorization="not json") == GOOD
    assert asked(client, Authorization="", helicone_authorization=good) == GOOD
    assert asked(client) == (401, "No authorization header")


@pytest.mark.parametrize("mode", ["any", "off"])
def test_with_other_manners_of_authentication(mode: str) -> None:
    """`any` takes every credential, but not what is none; `off` asks for none."""
    application = application_of(scenarios_of([find("tiny")], auth=mode))
    with TestClient(application, raise_server_exceptions=False) as client:
        for header in (
            {"_type": "bearer", "token": "nobody's"},
            {"_type": "jwt", "token": "", "orgId": UNKNOWN},
        ):
            assert asked(client, helicone_authorization=header) == GOOD
        found = [asked(client, helicone_authorization=header) for header in ("not json", "")]
    refused = [(401, "Invalid auth header"), (401, "No authorization header")]
    assert found == (refused if mode == "any" else [GOOD, GOOD])


def test_a_document_without_the_second_header_has_the_first() -> None:
    """As the vendor publishes it."""
    assert credential({"api_key": "k"}) == Presented("k")
    assert credential({"api_key": ""}) == Presented("")


def test_a_page_of_another_origin_may_send_it_with_credentials(client: TestClient) -> None:
    """Helicone's own page fetches with credentials: a browser needs the origin by its name."""
    origin = "https://app.example"
    asked_first = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,helicone-authorization",
    }
    answer = client.options("/v1/session/query", headers=asked_first)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    allowed = answer.headers["access-control-allow-headers"]
    assert allowed == "content-type,helicone-authorization"
    refused = client.post("/v1/session/query", json={}, headers={"Origin": origin})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == origin
    assert refused.headers["access-control-allow-credentials"] == "true"
