"""Credentials: who is let in, and whose data is seen."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.datasets import keys
from locum.datasets.keys import Credential, Keyring
from locum.engine.tables import Table
from locum.http.connexion_app import ServedDocument
from locum.http.context import Headers
from locum.http.security import (
    PresentedTexts,
    bearer_token,
    caller,
    challenge,
    reader,
    world_of,
)
from locum.provider import TEXT, Presented
from tests.conftest import KEY, Rows, application_over
from tests.oracles.requests_of_tiny import request
from tests.oracles.small_api import Json, client_of, key_row, operation, served

OTHER_KEY = "locum-other-key"


@pytest.fixture(scope="module")
def other_tenant(tiny: Rows) -> str:
    rows = [(r["key"], r["provider"], r["tenant_id"]) for r in tiny("keys")]
    return next(str(t) for key, provider, t in rows if (key, provider) == (OTHER_KEY, "langsmith"))


def status(client: TestClient, operation: str, world: dict[str, str], headers: object) -> int:
    answer = client.request(**request(operation, world) | {"headers": headers})
    return int(answer.status_code)


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


def test_v2_takes_a_key_or_bearer_with_and_without_its_tenant(
    client: TestClient, world: dict[str, str]
) -> None:
    """As the service does: the tenant of a key need not be named, and no other one may be."""
    tenant = {"X-Tenant-Id": world["tenant"]}
    other = {"X-Tenant-Id": "22222222-2222-4222-8222-222222222222"}
    for key in ({"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}):
        assert status(client, "thread_stats", world, key | tenant) == 200
        assert status(client, "thread_stats", world, key) == 200
        assert status(client, "thread_stats", world, key | other) == 403
    for nobodys in ({}, {"X-API-Key": "nobody's"}, {"Authorization": "Bearer nobody's"}):
        assert status(client, "thread_stats", world, nobodys | tenant) == 401


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
    keyring = Keyring.of([("k", "a", "rw"), ("k", "b", "r")])
    opened = keyring.opens("k")
    assert keyring.credential("k", "", opened).tenant == "a"
    assert keyring.credential("k", "B", opened).tenant == "b"
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
    keyring = Keyring.of([(key, key, "rw") for key in ("a", "bb", "ccc")])
    for key in ("a", "ccc", "nobody"):
        keyring.opens(key)
    assert compared == [(32, 32)] * 9


def test_a_key_is_looked_up_once_a_request(
    client: TestClient, world: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []
    digest = keys.digest

    def digested(key: str) -> bytes:
        looked_up.append(key)
        return digest(key)

    monkeypatch.setattr(keys, "digest", digested)
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


# Schemes of a provider's own.


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("BEARER a b", "a b"),
        ("abc", "abc"),
        ("Bearer", ""),
        ("Bearerabc", "Bearerabc"),
        ("", ""),
    ],
)
def test_a_bearer_token_may_stand_alone(header: str, token: str) -> None:
    assert bearer_token(header) == token


HEADER = {"type": "apiKey", "in": "header", "name": "Toy-Key"}
BASIC = {"type": "http", "scheme": "basic"}
DIGEST = {"type": "http", "scheme": "Digest"}
OAUTH = {"type": "oauth2", "flows": {}}
OPEN_ID = {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"}
TLS = {"type": "mutualTLS"}
OTHER = {"type": "http", "scheme": "AWS4-HMAC-SHA256"}
QUERY = {"type": "apiKey", "in": "query", "name": "api_key"}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "session"}
BEARER = {"type": "http", "scheme": "bearer"}
AUTHORIZATION = {"type": "apiKey", "in": "header", "name": "Authorization"}


@pytest.mark.parametrize(
    ("scheme", "query", "headers", "text"),
    [
        (HEADER, b"", [(b"toy-key", b" k ")], "k"),
        (HEADER, b"", [(b"toy-key", b"k"), (b"toy-key", b"l")], "k"),
        (HEADER, b"", [(b"toy-key", b"Bearer k")], "Bearer k"),
        (HEADER, b"Toy-Key=k", [], ""),
        (QUERY, b"a=b&api_key=k", [], "k"),
        (QUERY, b"api_key=%20k%2B&api_key=l", [], "k+"),
        (QUERY, b"api_key=", [], ""),
        (QUERY, b"API_KEY=k", [(b"api_key", b"k")], ""),
        (COOKIE, b"", [(b"cookie", b"a=b; session=k; c=d")], "k"),
        (COOKIE, b"", [(b"cookie", b"a=b"), (b"cookie", b"session=k")], "k"),
        (COOKIE, b"", [(b"cookie", b'bad[]=1; a b=2; j={"a":1}; session=k')], "k"),
        (COOKIE, b"", [(b"cookie", b'session="k l"')], "k l"),
        (COOKIE, b"", [(b"cookie", b"Session=k; mysession=l")], ""),
        (COOKIE, b"", [(b"cookie", b"\xff\x00;=;;,")], ""),
        (COOKIE, b"session=k", [], ""),
        (BEARER, b"", [(b"authorization", b"Bearer k")], "k"),
        (BEARER, b"", [(b"authorization", b"k")], "k"),
        (BEARER, b"", [], ""),
        (AUTHORIZATION, b"", [(b"authorization", b" bearer  k ")], "k"),
        (AUTHORIZATION, b"", [(b"authorization", b"k")], "k"),
    ],
)
def test_a_credential_is_read_from_where_the_document_says(
    scheme: Json, query: bytes, headers: list[tuple[bytes, bytes]], text: str
) -> None:
    assert reader(scheme)({"query_string": query}, Headers(headers)) == text


# RFC 7617, section 2 and 2.1 (there the password is test£ in UTF-8), and RFC 7616, section 3.9.1.
ALADDIN, TEST = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Basic dGVzdDoxMjPCow=="
MUFASA = (
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", '
    'algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, '
    'response="8ca523f5e9506fed4657c9700eebdbec", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


FIVE = 'username="a b", realm="", nonce="n", uri="/", response="no digits"'
OF_DIGEST = ("username", "realm", "nonce", "uri", "response")


@pytest.mark.parametrize(
    ("scheme", "header", "text"),
    [
        (BASIC, ALADDIN, "Aladdin:open sesame"),
        (BASIC, TEST, "test:123£"),
        (BASIC, ALADDIN.replace("Basic", "bASIC  "), "Aladdin:open sesame"),
        (BASIC, "Basic Og==", ":"),
        (BASIC, "Basic 6To=", "é:"),  # in ISO 8859-1
        (BASIC, "Basic QWxhZGRpbg==", ""),  # without a colon
        (BASIC, "Basic QWxh!", ""),
        (BASIC, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", ""),  # without its padding
        (BASIC, "Basic", ""),
        (BASIC, "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ""),
        (BASIC, "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ""),
        (BASIC, "", ""),
        (BEARER, "Bearer mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM"),
        (BEARER, "bearer  k ", "k"),
        (BEARER, "Bearer", ""),
        (BEARER, "Bearer a b", ""),
        (BEARER, "k", ""),
        (BEARER, ALADDIN, ""),
        (OAUTH, "Bearer k", "k"),
        (OAUTH, "k", ""),
        (OPEN_ID, "Bearer k", "k"),
        (DIGEST, MUFASA, "Mufasa"),
        (DIGEST, f"Digest {FIVE}", "a b"),
        (DIGEST, f"dIGEST  {', '.join(reversed(FIVE.split(', ')))}", "a b"),
        (DIGEST, f"Digest {FIVE.replace('a b', '')}", '""'),
        *((DIGEST, f"Digest {FIVE.replace(name, 'other')}", "") for name in OF_DIGEST),
        (DIGEST, f"Digest {FIVE.replace('=', ':')}", ""),
        (DIGEST, "Digest", ""),
        (DIGEST, FIVE, ""),
        (DIGEST, "Bearer k", ""),
        (OTHER, "AWS4-HMAC-SHA256 Credential=a/b, Signature=c", "Credential=a/b, Signature=c"),
        (OTHER, "AWS4-HMAC-SHA256", ""),
        (AUTHORIZATION, "k", "k"),
        (TLS, "Bearer k", ""),
        ({}, "Bearer k", ""),
    ],
)
def test_a_well_formed_credential_is_read(scheme: Json, header: str, text: str) -> None:
    headers = Headers([(b"authorization", header.encode())] if header else [])
    assert reader(scheme, is_exact=True)({"query_string": b""}, headers) == text


@pytest.mark.parametrize(
    ("scheme", "header"), [(BASIC, ALADDIN), (DIGEST, MUFASA), (OAUTH, "k"), (OPEN_ID, "k")]
)
def test_a_token_may_stand_alone_and_nothing_else(scheme: Json, header: str) -> None:
    read = reader(scheme)
    assert read({}, Headers([(b"authorization", header.encode())])) != ""
    alone = header.partition(" ")[2]
    assert not alone or read({}, Headers([(b"authorization", alone.encode())])) == ""


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ([{"basic": []}], 'Basic realm="*"'),
        ([{"digest": []}], 'Digest realm="*", nonce="abc123"'),
        ([{"bearer": []}], "Bearer"),
        ([{"oauth": ["read"]}], "OAuth2"),
        ([{"openid": []}], "OpenID"),
        ([{"bearer": []}, {"oauth": []}, {"openid": []}], "Bearer,OAuth2,OpenID"),
        ([{"basic": [], "key": []}, {"bearer": []}], 'Basic realm="*",Bearer'),
        ([{"oauth": []}, {"basic": []}, {"oauth": ["b"]}], 'OAuth2,Basic realm="*"'),
        ([{"other": []}], 'Aws4-hmac-sha256 realm="*"'),
        ([{"key": []}], 'ApiKey realm="*", in="header", name="Toy-Key"'),
        ([{"key": []}, {"bearer": []}], "Bearer"),
        ([{"authorization": []}], "Bearer"),
        ([{"tls": []}], "Bearer"),
        ([{"unknown": []}], "Bearer"),
        ([{}, {"basic": []}], 'Basic realm="*"'),
    ],
)
def test_a_challenge_is_for_each_scheme_of_the_operation(
    security: list[Json], expected: str
) -> None:
    schemes: dict[str, Json] = {
        "basic": BASIC,
        "digest": DIGEST,
        "bearer": BEARER,
        "oauth": OAUTH,
        "openid": OPEN_ID,
        "other": OTHER,
        "key": HEADER,
        "authorization": AUTHORIZATION,
        "tls": TLS,
    }
    assert challenge(security, schemes) == expected


def test_a_challenge_is_one_line_whatever_a_key_is_called() -> None:
    found = challenge([{"k": []}], {"k": QUERY | {"name": 'a "key"\n'}})
    assert found == 'ApiKey realm="*", in="query", name="a \\"key\\"?"'


@pytest.mark.parametrize("security", [None, []])
def test_a_public_operation_challenges_by_what_opens_others(security: list[Json] | None) -> None:
    assert challenge(security, {"b": BASIC}) == 'Basic realm="*"'
    assert challenge(security, {}) == "Bearer"


# Ann's key opens her data, the shared one Ann's and Bob's; nobody else has any.
KEYS = {
    "keys": [
        key_row("ann-key", "ann"),
        key_row("bob-key", "bob"),
        key_row("shared-key", "ann"),
        key_row("shared-key", "bob"),
        key_row("foreign-key", "ann", provider="other"),
    ]
}


def whoami(_data: Any, tenant: str | None) -> str:
    """A handler that answers with the tenant whose data it would see."""
    return str(tenant)


def whose(schemes: Json, security: list[Json], **fields: Any) -> ServedDocument:
    """A document whose one operation, GET /whoami, has that security."""
    paths = {"/whoami": {"get": operation(security=security)}}
    return served(paths, {"GET /whoami": whoami}, schemes, **fields)


def seen(client: TestClient, **asked: Any) -> str | int:
    """The tenant whose data the request is about, or the status that refuses it."""
    answer = client.get("/whoami", **asked)
    found: str | int = answer.json() if answer.status_code == 200 else answer.status_code
    return found


def test_a_key_may_be_in_the_query(tmp_path: Path) -> None:
    client = client_of(tmp_path, whose({"q": QUERY}, [{"q": []}]), rows=KEYS)
    assert seen(client, params={"api_key": "ann-key"}) == "ann"
    assert seen(client, params={"api_key": "nobody's"}) == 401
    assert seen(client, headers={"api_key": "ann-key"}) == 401


def test_a_key_may_be_in_a_cookie(tmp_path: Path) -> None:
    client = client_of(tmp_path, whose({"c": COOKIE}, [{"c": []}]), rows=KEYS)
    assert seen(client, headers={"Cookie": "theme=dark; session=bob-key"}) == "bob"
    assert seen(client, headers={"Cookie": "session=nobody's"}) == 401
    assert seen(client, headers={"Cookie": "theme=bob-key"}) == 401


def test_a_key_may_be_a_bearer_token(tmp_path: Path) -> None:
    client = client_of(tmp_path, whose({"b": BEARER}, [{"b": []}]), rows=KEYS)
    assert seen(client, headers={"Authorization": "Bearer ann-key"}) == "ann"
    assert seen(client, headers={"Authorization": "Bearer nobody's"}) == 401
    assert seen(client) == 401


def test_a_key_of_another_provider_opens_nothing(tmp_path: Path) -> None:
    client = client_of(tmp_path, whose({"h": HEADER}, [{"h": []}]), rows=KEYS)
    assert seen(client, headers={"Toy-Key": "foreign-key"}) == 401


def test_any_of_two_alternatives_will_do(tmp_path: Path) -> None:
    """Of two keys the first scheme's counts for whose data is seen; each must be one."""
    client = client_of(
        tmp_path, whose({"h": HEADER, "b": BEARER}, [{"b": []}, {"h": []}]), rows=KEYS
    )
    ann, bob = {"Toy-Key": "ann-key"}, {"Authorization": "Bearer bob-key"}
    assert seen(client, headers=ann) == "ann"
    assert seen(client, headers=bob) == "bob"
    assert seen(client, headers=ann | bob) == "ann"
    assert seen(client, headers=bob | {"Toy-Key": "nobody's"}) == 401
    assert seen(client) == 401


def test_only_the_schemes_of_the_operation_count(tmp_path: Path) -> None:
    """What else a request presents neither opens the operation nor spoils it."""
    client = client_of(tmp_path, whose({"h": HEADER, "b": BEARER}, [{"b": []}]), rows=KEYS)
    bob = {"Authorization": "Bearer bob-key"}
    assert seen(client, headers=bob | {"Toy-Key": "ann-key"}) == "bob"
    assert seen(client, headers=bob | {"Toy-Key": "nobody's"}) == "bob"
    assert seen(client, headers={"Toy-Key": "ann-key"}) == 401


# SHA-256, computed with sha256sum.
DIGESTS = {
    "whatever": "85738f8f9a7f1b04b5329c590ebcb9e425925c6d0984089c43a022de4f19c281",
    "ann:secret": "816f9bf0766e9b74f04ecb467e9977d9b3c0ac5af8b6373246d575de00d2c8ad",
    "ann": "49915e0d7d4b402e3017d010bc1c0e83cac6c797d6c16e66340fe3268693a6a1",
}


def test_without_keys_any_will_do_and_each_is_a_tenant(tmp_path: Path) -> None:
    client = client_of(tmp_path, whose({"h": HEADER}, [{"h": []}]))
    assert seen(client, headers={"Toy-Key": "whatever"}) == DIGESTS["whatever"]
    assert seen(client, headers={"Toy-Key": "ann"}) == DIGESTS["ann"]
    assert seen(client) == 401


def test_without_keys_rows_of_a_providers_tables_are_nobodys(tmp_path: Path) -> None:
    """As they ever were: no digest is the tenant of a row."""
    tables = {"small/rows": Table({"owner": TEXT})}
    small = whose({"h": HEADER}, [{"h": []}], tables=tables)
    client = client_of(tmp_path, small, rows={"small/rows": []})
    assert seen(client, headers={"Toy-Key": "whatever"}) == "None"
    assert seen(client) == 401


@pytest.mark.parametrize(
    ("auth", "without", "unknown"),
    [("any", 401, DIGESTS["whatever"]), ("off", "", DIGESTS["whatever"]), ("strict", 401, 401)],
)
def test_without_keys_a_mode_holds(
    tmp_path: Path, auth: str, without: str | int, unknown: str | int
) -> None:
    """strict lets nobody in."""
    client = client_of(tmp_path, whose({"h": HEADER}, [{"h": []}]), auth=auth)
    assert seen(client) == without
    assert seen(client, headers={"Toy-Key": "whatever"}) == unknown


def key_and_shop(texts: Any) -> Presented:
    """The key is the one in Toy-Key, which the shop chooses a tenant of."""
    return Presented(texts["h"], texts["shop"])


SHOP = {"type": "apiKey", "in": "header", "name": "Shop"}


def test_all_schemes_of_an_alternative_are_needed(tmp_path: Path) -> None:
    """And the provider says which of them is the key, and which chooses the tenant."""
    both = whose({"h": HEADER, "shop": SHOP}, [{"h": [], "shop": []}], credential=key_and_shop)
    client = client_of(tmp_path, both, rows=KEYS)

    def asked(key: str, shop: str) -> str | int:
        return seen(client, headers={"Toy-Key": key, "Shop": shop})

    assert asked("ann-key", "ann") == "ann"
    assert asked("shared-key", "bob") == "bob"
    assert asked("shared-key", "BOB") == "bob"
    assert asked("ann-key", "bob") == 403
    assert asked("nobody's", "ann") == 401
    assert asked("ann-key", "") == 401
    assert asked("", "ann") == 401
    assert seen(client, headers={"Toy-Key": "ann-key"}) == 401
    assert seen(client, headers={"Shop": "ann"}) == 401


def test_a_tenant_may_be_enough(tmp_path: Path) -> None:
    """Where the document has it as an alternative: it is one that somebody's key opens."""
    either = whose({"h": HEADER, "shop": SHOP}, [{"h": []}, {"shop": []}], credential=key_and_shop)
    client = client_of(tmp_path, either, rows=KEYS)
    assert seen(client, headers={"Shop": "bob"}) == "bob"
    assert seen(client, headers={"Shop": "nobody's"}) == 401
    assert seen(client, headers={"Toy-Key": "shared-key"}) == "ann"
    assert seen(client, headers={"Toy-Key": "ann-key", "Shop": "bob"}) == 403


@pytest.mark.parametrize("security", [[{}, {"h": []}], [{"h": []}, {}]])
def test_a_credential_may_be_left_out_where_the_document_says_so(
    tmp_path: Path, security: list[Json]
) -> None:
    """Then the request is nobody's; a key that it gives must be one all the same."""
    client = client_of(tmp_path, whose({"h": HEADER}, security), rows=KEYS)
    assert seen(client) == "None"
    assert seen(client, headers={"Toy-Key": "ann-key"}) == "ann"
    assert seen(client, headers={"Toy-Key": "nobody's"}) == 401
    off = client_of(tmp_path, whose({"h": HEADER}, security), rows=KEYS, auth="off")
    assert seen(off) == "ann"


def test_a_public_operation_asks_for_no_key_and_sees_nobodys(tmp_path: Path) -> None:
    """Whatever the document says of its others."""
    public = whose({"h": HEADER}, [])
    public.document.effective["security"] = [{"h": []}]
    client = client_of(tmp_path, public, rows=KEYS)
    assert seen(client) == "None"
    assert seen(client, headers={"Toy-Key": "ann-key"}) == "None"
    assert seen(client, headers={"Toy-Key": "nobody's"}) == "None"


def test_what_the_document_says_of_all_operations_holds(tmp_path: Path) -> None:
    paths = {"/whoami": {"get": operation()}}
    every = served(paths, {"GET /whoami": whoami}, {"h": HEADER})
    every.document.effective["security"] = [{"h": []}]
    client = client_of(tmp_path, every, rows=KEYS)
    assert seen(client) == 401
    assert seen(client, headers={"Toy-Key": "bob-key"}) == "bob"


@pytest.mark.parametrize(
    ("auth", "without", "unknown"), [("any", 401, "ann"), ("off", "ann", "ann")]
)
def test_lenient_modes_hold_for_any_scheme(
    tmp_path: Path, auth: str, without: str | int, unknown: str | int
) -> None:
    """A key that somebody has still opens that one's data."""
    small = whose({"q": QUERY, "b": BEARER}, [{"q": []}, {"b": []}])
    client = client_of(tmp_path, small, rows=KEYS, auth=auth)
    assert seen(client) == without
    assert seen(client, params={"api_key": "nobody's"}) == unknown
    assert seen(client, params={"api_key": "bob-key"}) == "bob"


def test_each_key_of_a_request_is_looked_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where two schemes give the same one."""
    looked_up: list[str] = []
    opens = Keyring.opens

    def watched(self: Keyring, key: str) -> dict[str, str]:
        looked_up.append(key)
        return opens(self, key)

    monkeypatch.setattr(Keyring, "opens", watched)
    client = client_of(tmp_path, whose({"h": HEADER, "b": BEARER}, [{"h": [], "b": []}]), rows=KEYS)
    same = {"Toy-Key": "ann-key", "Authorization": "Bearer ann-key"}
    assert seen(client, headers=same) == "ann"
    assert looked_up == ["ann-key"]
    looked_up.clear()
    assert seen(client, headers=same | {"Authorization": "Bearer bob-key"}) == "ann"
    assert looked_up == ["ann-key", "bob-key"]


# Schemes of any document.


@pytest.mark.parametrize(
    ("scheme", "good", "bad"),
    [
        (BASIC, "Basic YW5uOnNlY3JldA==", ["Basic YW5u", "Bearer k", "k"]),
        (BEARER, "Bearer ann:secret", ["Bearer", "ann:secret", "Basic YW5uOnNlY3JldA=="]),
        (OAUTH, "Bearer ann:secret", ["Token ann:secret", "ann:secret"]),
        (OPEN_ID, "Bearer ann:secret", ["ann:secret"]),
        (OTHER, "AWS4-HMAC-SHA256 ann:secret", ["Bearer ann:secret"]),
    ],
)
def test_a_well_formed_credential_will_do_and_no_other(
    tmp_path: Path, scheme: Json, good: str, bad: list[str]
) -> None:
    client = client_of(tmp_path, whose({"s": scheme}, [{"s": []}]))
    assert seen(client, headers={"Authorization": good}) == DIGESTS["ann:secret"]
    assert [seen(client, headers={"Authorization": each}) for each in bad] == [401] * len(bad)
    assert seen(client) == 401


def test_user_and_password_may_be_a_key(tmp_path: Path) -> None:
    rows = {"keys": [key_row("ann:secret", "ann"), key_row("Mufasa", "lion")]}
    basic = client_of(tmp_path / "b", whose({"s": BASIC}, [{"s": []}]), rows=rows)
    assert seen(basic, headers={"Authorization": "Basic YW5uOnNlY3JldA=="}) == "ann"
    assert seen(basic, headers={"Authorization": ALADDIN}) == 401
    user = client_of(tmp_path / "d", whose({"s": DIGEST}, [{"s": []}]), rows=rows)
    assert seen(user, headers={"Authorization": MUFASA}) == "lion"


def test_a_bare_token_is_none_beside_other_words(tmp_path: Path) -> None:
    """Where Basic is an alternative, the header tells the two apart by its word."""
    schemes = {"bearer": BEARER, "basic": BASIC}
    rows = {"keys": [key_row("ann:secret", "ann"), key_row("bob-key", "bob")]}
    client = client_of(tmp_path, whose(schemes, [{"bearer": []}, {"basic": []}]), rows=rows)
    assert seen(client, headers={"Authorization": "Basic YW5uOnNlY3JldA=="}) == "ann"
    assert seen(client, headers={"Authorization": "Bearer bob-key"}) == "bob"
    assert seen(client, headers={"Authorization": "bob-key"}) == 401


def test_schemes_of_one_text_are_told_apart_by_name(tmp_path: Path) -> None:
    client = client_of(tmp_path, whose({"a": BEARER, "b": dict(BEARER)}, [{"b": []}]), rows=KEYS)
    assert seen(client, headers={"Authorization": "Bearer bob-key"}) == "bob"


def test_several_of_a_kind_may_all_be_needed(tmp_path: Path) -> None:
    """Two of OAuth are presented by one token."""
    schemes = {"a": OAUTH, "b": OAUTH, "h": HEADER}
    client = client_of(tmp_path, whose(schemes, [{"a": ["x"], "b": ["y"], "h": []}]))
    both = {"Authorization": "Bearer ann", "Toy-Key": "k"}
    assert seen(client, headers=both) == DIGESTS["ann"]
    assert seen(client, headers={"Authorization": "Bearer ann"}) == 401
    assert seen(client, headers={"Toy-Key": "k"}) == 401


@pytest.mark.parametrize("scheme", [TLS, {"type": "unheard-of"}, None])
@pytest.mark.parametrize("auth", ["auto", "strict"])
def test_what_cannot_be_presented_is_taken_for_there(
    tmp_path: Path, scheme: Json | None, auth: str
) -> None:
    """A certificate, a kind that nobody knows, a name that the document does not define."""
    schemes = {"h": HEADER} | ({"t": scheme} if scheme else {})
    alone = client_of(tmp_path / "1", whose(schemes, [{"t": []}]), rows=KEYS, auth=auth)
    assert seen(alone) == "None"
    both = client_of(tmp_path / "2", whose(schemes, [{"t": [], "h": []}]), rows=KEYS, auth=auth)
    assert seen(both, headers={"Toy-Key": "ann-key"}) == "ann"
    assert seen(both) == 401


def test_whose_world_a_request_sees() -> None:
    """Its tenant's; of a public operation that which the key would open, else the digest's."""
    ring = Keyring.of([("ann-key", "ann", "rw")])
    assert world(ring, "ann-key", credential=Credential("ann-key", "bob")) == "bob"
    assert world(ring, "ann-key") == "ann"
    assert world(ring, "whatever") == DIGESTS["whatever"]
    assert world(ring, "") == ""
    none = Keyring.of([])
    assert world(none, "whatever", credential=Credential("whatever", None)) == DIGESTS["whatever"]
    assert world(none, "") == ""


def world(keyring: Keyring, key: str, credential: Credential | None = None) -> str:
    """Whose world a request sees with that key, and with what was decided of it."""
    context: Any = SimpleNamespace(
        credential=credential,
        presented=Presented(key),
        scenario=SimpleNamespace(keyrings={"small": keyring}),
        provider=SimpleNamespace(name="small"),
    )
    return world_of(context)


def test_what_a_key_opens_is_remembered_for_the_request() -> None:
    keyring = Keyring.of([("k", "ann", "rw")])
    texts = PresentedTexts({"h": "k"}, keyring)
    assert texts.opened_by("k") is texts.opened_by("k")
    assert texts.opened_by("other") == {}
    assert texts.credential(Presented("k")).tenant == "ann"


def test_a_caller_is_told_apart_without_telling_the_credential() -> None:
    """By the key, else the tenant, else the address; the port changes with each connection."""
    scope = {"client": ("10.0.0.1", 5000)}
    ann, bob = caller(Presented("ann-key", "ann"), scope), caller(Presented("bob-key"), scope)
    assert ann == caller(Presented("ann-key"), {"client": None})
    tenant = caller(Presented("", "ann"), scope)
    nobody = caller(Presented(""), scope)
    assert nobody == caller(Presented(""), {"client": ("10.0.0.1", 6000)})
    elsewhere = caller(Presented(""), {"client": ("10.0.0.2", 5000)})
    assert len({ann, bob, tenant, nobody, elsewhere}) == 5
    assert b"ann" not in ann
    assert caller(Presented(""), {}) == caller(Presented(""), {"client": None})
