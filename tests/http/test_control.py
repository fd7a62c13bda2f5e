"""Sandboxes over HTTP: made, set, reset, ended; apart from each other; and who may do so."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from locum.http.control import OwnControl
from locum.http.sandboxes import Sandboxes
from tests.oracles import small_api
from tests.oracles.small_api import ANY_JSON, operation, served, written

SMALL = served(
    {"/one": {"get": operation(responses={"200": ANY_JSON, "500": ANY_JSON, "503": ANY_JSON})}},
    {"GET /one": lambda data, _: data.name},
)
TOKEN = "the-token"  # noqa: S105 - of the tests


class Clock:
    """Tells seconds."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> TestClient:
    """Of a server with the scenarios `first` and `other`, and room for three sandboxes, which end
    after a minute."""
    datasets = [written(tmp_path / name, SMALL) for name in ("first", "other")]
    scenarios = small_api.scenarios_of(datasets, SMALL)
    scenarios.load_chosen()
    control = OwnControl(Sandboxes(most=3, idle_seconds=60, clock=clock))
    application = small_api.application_of(scenarios, SMALL, control=control, admin_token=TOKEN)
    return TestClient(application, raise_server_exceptions=False, base_url="http://127.0.0.1:4010")


def test_a_sandbox_is_made_and_its_url_is_an_address_for_clients(client: TestClient) -> None:
    made = client.post("/__locum/sandboxes", json={"scenario": "other"})
    name, url = made.json()["name"], made.json()["url"]
    assert (made.status_code, made.json()["settings"]) == (201, {"scenario": "other"})
    assert url == f"http://127.0.0.1:4010/__locum/with/sandbox={name}"
    by_path = client.get(f"{url}/one")
    by_header = client.get("/one", headers={"Prefer": f"sandbox={name}"})
    assert by_path.json() == by_header.json() == "other"
    assert by_path.headers["preference-applied"] == f"sandbox={name}"
    assert client.post("/__locum/sandboxes").json()["name"] != name
    assert client.get("/one").json() == "first"


@pytest.mark.parametrize("name", ["a#b", "a%b", "a|b^`c`"])
def test_the_url_of_any_name_is_an_address(client: TestClient, name: str) -> None:
    page = f"/__locum/sandboxes/{quote(name)}"
    url = client.put(page, json={"code": 503}).json()["url"]
    answer = client.get(f"{url}/one")
    assert (answer.status_code, client.get(page).json()["name"]) == (503, name)
    assert answer.headers["preference-applied"].startswith("sandbox=")


def test_a_sandbox_is_made_by_what_comes_in_pieces(client: TestClient) -> None:
    made = client.post("/__locum/sandboxes", content=iter([b'{"code":', b" 503}"]))
    assert (made.status_code, made.json()["settings"]) == (201, {"code": 503})


def test_a_sandbox_is_what_it_was_set_to_last(client: TestClient) -> None:
    """All of it: what is not said is as if it had never been; null is no setting."""
    settings = {"scenario": "other", "code": 503, "delay": None}
    answer = client.put("/__locum/sandboxes/mine", json=settings)
    shown = {"scenario": "other", "code": 503}
    assert (answer.status_code, answer.json()["settings"]) == (200, shown)
    assert client.get("/__locum/sandboxes/mine").json() == answer.json()
    asked = {"Prefer": "sandbox=mine"}
    assert client.get("/one", headers=asked).status_code == 503
    client.put("/__locum/sandboxes/mine", json={"scenario": "other"})
    assert client.get("/one", headers=asked).json() == "other"
    preferring = {"Prefer": "sandbox=mine, scenario=first"}  # a request's own goes before
    assert client.get("/one", headers=preferring).json() == "first"
    assert client.post("/__locum/sandboxes/mine/reset").status_code == 204
    assert client.get("/one", headers=asked).json() == "first"
    assert client.get("/__locum/sandboxes/mine").json()["settings"] == {}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"codes": 503},
            "found codes, expected one of scenario, clock, delay, fault, code, errors",
        ),
        ({"sandbox": "x"}, "found sandbox"),
        ({"delay": "x"}, "found delay=x, expected seconds"),
        ({"scenario": "nowhere"}, "found scenario=nowhere, expected one of first, other"),
        ({"rate_limit": 3}, "expected REQUESTS/SECONDS"),
        ([], "expected names and values"),
    ],
)
def test_a_setting_that_is_none_is_refused(client: TestClient, body: Any, words: str) -> None:
    answer = client.put("/__locum/sandboxes/mine", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]
    assert client.get("/__locum/sandboxes/mine").status_code == 404


def test_sandboxes_are_apart(client: TestClient) -> None:
    """Settings, rate limit and journal of one are not those of another, nor of the server."""
    client.put("/__locum/sandboxes/a", json={"rate_limit": "1/10"})
    client.put("/__locum/sandboxes/b", json={"rate_limit": "1/10", "scenario": "other"})

    def statuses(prefer: str) -> list[int]:
        asked = [client.get("/one", headers={"Prefer": prefer}) for _ in range(2)]
        return [answer.status_code for answer in asked]

    assert statuses("sandbox=a") == [200, 429]
    assert statuses("sandbox=b") == [200, 429]
    assert statuses("wait=1") == [200, 200]
    client.post("/__locum/sandboxes/a/reset")
    assert statuses("sandbox=a") == [200, 200]
    assert statuses("sandbox=b") == [429, 429]


def test_the_journal_tells_of_the_last_requests(client: TestClient) -> None:
    """Not of Locum's own pages; each sandbox has its own."""
    client.get("/one")
    client.get("/one")  # answered from memory from the third time on
    client.get("/one")
    client.get("/nowhere")
    client.get("/one", headers={"Prefer": "sandbox=a, code=503"})
    client.get("/__locum/health")
    entries = client.get("/__locum/journal").json()["requests"]
    told = [(each["path"], each["operation"], each["status"], each["reason"]) for each in entries]
    assert told == [
        ("/one", "GET /one", 200, None),
        ("/one", "GET /one", 200, None),
        ("/one", "GET /one", 200, None),
        ("/nowhere", None, 404, "Not Found"),
    ]
    assert all(each["milliseconds"] >= 0 and each["time"].endswith("Z") for each in entries)
    (entry,) = client.get("/__locum/journal", params={"sandbox": "a"}).json()["requests"]
    assert (entry["status"], entry["method"]) == (503, "GET")
    assert "waiting" in entry["reason"]
    assert client.post("/__locum/reset").status_code == 204
    assert client.get("/__locum/journal").json() == {"requests": []}
    assert client.get("/__locum/journal", params={"sandbox": "none"}).status_code == 404
    assert client.get("/__locum/journal", params={"box": "a"}).status_code == 400


def test_the_journal_is_bounded(client: TestClient) -> None:
    for number in range(250):
        client.get(f"/{number}/{'x' * 300}")
    entries = client.get("/__locum/journal").json()["requests"]
    assert (len(entries), entries[0]["path"][:4]) == (200, "/50/")
    assert {len(each["path"]) for each in entries} == {200}


def test_a_sandbox_ends_when_it_is_deleted_or_nobody_uses_it(
    client: TestClient, clock: Clock
) -> None:
    for name in ("a", "b"):
        client.put(f"/__locum/sandboxes/{name}", json={"code": 503})
    assert client.delete("/__locum/sandboxes/a").status_code == 204
    assert client.delete("/__locum/sandboxes/a").status_code == 404
    asked = {"Prefer": "sandbox=b"}
    clock.now = 59
    assert client.get("/one", headers=asked).status_code == 503
    clock.now = 118
    assert client.get("/one", headers=asked).status_code == 503
    clock.now = 179
    assert client.get("/__locum/sandboxes/b").status_code == 404
    assert client.get("/one", headers=asked).status_code == 200  # a new one of that name


def test_there_are_no_more_sandboxes_than_fit(client: TestClient, clock: Clock) -> None:
    """Those that nobody uses make room."""
    for name in ("a", "b", "c"):
        assert client.put(f"/__locum/sandboxes/{name}", json={}).status_code == 200
    refused = client.put("/__locum/sandboxes/d", json={})
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    assert client.get("/one", headers={"Prefer": "sandbox=d"}).status_code == 503
    clock.now = 61
    assert client.put("/__locum/sandboxes/d", json={}).status_code == 200


CHANGES = [
    ("POST", "/__locum/sandboxes"),
    ("PUT", "/__locum/sandboxes/a"),
    ("POST", "/__locum/sandboxes/a/reset"),
    ("DELETE", "/__locum/sandboxes/a"),
    ("POST", "/__locum/reset"),
]


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({}, True),
        ({"Host": "localhost:4010"}, True),
        ({"Host": "[::1]:4010"}, True),
        ({"Host": "locum:4010"}, True),  # as a container's neighbours call it
        ({"Origin": "http://127.0.0.1:4010"}, True),
        ({"Origin": "http://127.0.0.1:5173"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://[x"}, False),
        ({"Origin": "null", "Host": ""}, False),  # as a client of HTTP/1.0 has none
        ({"Host": "evil.example:4010"}, False),  # whose name was made to lead here
        ({"Host": "evil.example:4010", "Origin": "http://evil.example:4010"}, False),
        ({"Origin": "http://evil.example", "Authorization": f"Bearer {TOKEN}"}, True),
        ({"Origin": "http://evil.example", "Authorization": "Bearer another"}, False),
        ({"Host": "evil.example:4010", "Authorization": f"Bearer {TOKEN}"}, True),
    ],
)
def test_a_page_of_another_origin_changes_nothing(
    client: TestClient, headers: dict[str, str], *, is_let_in: bool
) -> None:
    for method, path in CHANGES:
        client.put("/__locum/sandboxes/a", json={"code": 503})
        answer = client.request(method, path, headers=headers, json={})
        assert (answer.status_code != 403) is is_let_in
        if not is_let_in:
            assert "the token" in answer.text
            assert client.get("/__locum/sandboxes/a").json()["settings"] == {"code": 503}


def test_without_a_token_none_is_right(tmp_path: Path) -> None:
    application_client = small_api.client_of(tmp_path, SMALL)
    headers = {"Origin": "http://evil.example", "Authorization": "Bearer "}
    assert application_client.post("/__locum/reset", headers=headers).status_code == 403


@pytest.mark.parametrize("name", ["a b", "ü", "x" * 65])
def test_a_name_that_is_no_word_is_refused(client: TestClient, name: str) -> None:
    assert client.put(f"/__locum/sandboxes/{name}", json={}).status_code == 400


def test_a_page_that_has_the_token_may_ask_for_leave(client: TestClient) -> None:
    """The browser asks before it sends a PUT with a header of its own (CORS)."""
    asked = {
        "Origin": "http://127.0.0.1:5173",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    leave = client.options("/__locum/sandboxes/a", headers=asked)
    assert (leave.status_code, leave.headers["access-control-allow-origin"]) == (204, "*")
    assert "PUT" in leave.headers["access-control-allow-methods"]
    assert "authorization" in leave.headers["access-control-allow-headers"].lower()
    sent = {"Origin": asked["Origin"], "Authorization": f"Bearer {TOKEN}"}
    answer = client.put("/__locum/sandboxes/a", headers=sent, json={"code": 503})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


def test_each_request_is_told_where_that_is_wanted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Those that are answered from memory too; then a refusal is not told twice."""
    told: list[tuple[str, int | None]] = []
    scenarios = small_api.scenarios_of([written(tmp_path, SMALL)], SMALL)
    application = small_api.application_of(
        scenarios, SMALL, tell=lambda entry: told.append(entry[1][1::2])
    )
    client = TestClient(application)
    for path in ("/one", "/one", "/one", "/nowhere", "/__locum/health"):
        client.get(path)
    assert told == [("/one", 200)] * 3 + [("/nowhere", 404)]
    assert caplog.records == []


def test_the_datasets_that_can_be_preferred_are_listed(client: TestClient) -> None:
    page = client.get("/__locum/datasets", headers={"Origin": "http://a.example"})
    assert page.headers["access-control-allow-origin"] == "*"
    assert page.json()["first"] == "first"
    first, other, *bundled = page.json()["datasets"]
    assert (first["name"], other["name"]) == ("first", "other")
    assert first["loaded"] is other["loaded"] is True
    tiny = "250 runs over three days, to be read and worked out by hand"
    assert {"name": "tiny", "description": tiny, "loaded": False} in bundled


@pytest.mark.parametrize("path", ["/__locum/journal", "/__locum/sandboxes/a"])
def test_head_tells_of_a_page_without_its_body(client: TestClient, path: str) -> None:
    client.put("/__locum/sandboxes/a", json={})
    page, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(page.content))
