"""Each request is about the scenario that it prefers, and is told so."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import ASGITransport
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from locum.datasets.dataset import Dataset
from locum.engine.data import Data
from locum.http.connexion_app import ServedDocument
from locum.http.control import OwnControl
from locum.http.entry import Entry
from locum.http.sandboxes import Sandboxes
from locum.provider import INTEGER, TEXT, Table
from locum.scenarios import Scenarios
from tests.oracles import bundled
from tests.oracles.small_api import (
    application_of,
    key_row,
    operation,
    scenarios_of,
    served,
    written,
)


def count_items(data: Data, tenant: str | None) -> int:
    """How many items the tenant has."""
    statement = "SELECT count(*) FROM small_items WHERE owner = $tenant"
    return int(data.rows(statement, tenant=tenant)[0][0])


SMALL = served(
    {"/items": {"get": operation(security=[{"key": []}])}},
    {"GET /items": count_items},
    {"key": {"type": "apiKey", "in": "header", "name": "Key"}},
    tables={"small/items": Table({"owner": TEXT, "number": INTEGER})},
)
ANN = {"Key": "ann-key"}


def dataset(folder: Path, name: str, items: int, key: str = ANN["Key"]) -> Dataset:
    """A dataset of one tenant, whom that key opens, with so many items."""
    rows = {
        "keys": [key_row(key, "ann")],
        "small/items": [{"owner": "ann", "number": number} for number in range(items)],
    }
    return written(folder / name, SMALL, rows=rows)


def client_of(scenarios: Scenarios, small: ServedDocument = SMALL) -> TestClient:
    return TestClient(application_of(scenarios, small), raise_server_exceptions=False)


@pytest.fixture
def scenarios(tmp_path: Path) -> Scenarios:
    """Two items in the first, five in the other, which has another key."""
    few, many = dataset(tmp_path, "few", 2), dataset(tmp_path, "many", 5, "another-key")
    return scenarios_of([few, many], SMALL)


@pytest.mark.parametrize(
    ("prefer", "key", "expected"),
    [
        ([], "ann-key", (200, 2, None)),
        (["respond-async"], "ann-key", (200, 2, None)),
        (["scenario=few"], "ann-key", (200, 2, "scenario=few")),
        (["scenario=many"], "another-key", (200, 5, "scenario=many")),
        (["wait=1, Scenario = many"], "another-key", (200, 5, "scenario=many")),
        (["wait=1", "scenario=many", "scenario=few"], "another-key", (200, 5, "scenario=many")),
        (['scenario=""'], "ann-key", (400, None, None)),
        # Each has its own keys: it is that scenario which does not know this one.
        (["scenario=many"], "ann-key", (401, None, "scenario=many")),
        ([], "another-key", (401, None, None)),
    ],
)
def test_each_request_is_about_the_scenario_that_it_prefers(
    scenarios: Scenarios, prefer: list[str], key: str, expected: tuple[int, int | None, str | None]
) -> None:
    headers = [("Key", key), *(("Prefer", each) for each in prefer)]
    answer = client_of(scenarios).get("/items", headers=headers)
    number = answer.json() if answer.status_code == 200 else None
    assert (answer.status_code, number, answer.headers.get("preference-applied")) == expected


def test_the_scenarios_answers_are_cached_apart(scenarios: Scenarios) -> None:
    client = client_of(scenarios)
    for _ in range(3):
        few = client.get("/items", headers=ANN)
        many = client.get("/items", headers={"Key": "another-key", "Prefer": "scenario=many"})
        assert (few.json(), many.json()) == (2, 5)
        assert many.headers["preference-applied"] == "scenario=many"
        assert "preference-applied" not in few.headers


@pytest.mark.parametrize("path", ["/items", "/nothing", "/__locum/health"])
def test_an_unknown_scenario_is_refused_with_those_that_are_there(
    scenarios: Scenarios, path: str
) -> None:
    """The chosen ones first, then the bundled ones; whatever is asked."""
    answer = client_of(scenarios).get(path, headers=ANN | {"Prefer": "scenario=nowhere"})
    detail = answer.json()["detail"]
    assert answer.status_code == 400
    assert detail.startswith("Prefer: found scenario=nowhere, expected one of few, many, ")
    assert "tiny" in detail.split(", ")


def test_a_long_name_is_not_repeated_whole(scenarios: Scenarios) -> None:
    answer = client_of(scenarios).get("/items", headers={"Prefer": f"scenario={'x' * 5000}"})
    assert f"scenario={'x' * 100}, expected" in answer.json()["detail"]


@pytest.mark.parametrize("name", [str(bundled.find("tiny").folder), "../fixtures/tiny", "."])
def test_a_path_is_no_scenario(scenarios: Scenarios, name: str) -> None:
    """A client chooses among what the server was started with, and opens no folder."""
    answer = client_of(scenarios).get("/items", headers={"Prefer": f'scenario="{name}"'})
    assert answer.status_code == 400


def test_a_bundled_dataset_is_loaded_when_it_is_first_preferred(scenarios: Scenarios) -> None:
    scenarios.load_chosen()
    client = client_of(scenarios)

    def loaded() -> list[str]:
        names: list[str] = client.get("/__locum/health").json()["datasets"]
        return names

    assert loaded() == ["few", "many"]
    for _ in range(2):
        assert client.get("/none", headers={"Prefer": "scenario=tiny"}).status_code == 404
    assert loaded() == ["few", "many", "tiny"]


def test_switching_between_loaded_scenarios_loads_nothing(scenarios: Scenarios) -> None:
    scenarios.load_chosen()
    loaded = scenarios.loaded
    client = client_of(scenarios)
    for name in ("many", "few", "many", "few"):
        answer = client.get("/__locum/health", headers={"Prefer": f"scenario={name}"})
        assert answer.headers["preference-applied"] == f"scenario={name}"
    assert scenarios.loaded == loaded


def test_requests_are_answered_while_a_scenario_is_loaded(tmp_path: Path) -> None:
    """And those for the scenario that is being loaded wait for it: it is loaded once."""
    began, asked = threading.Event(), threading.Event()
    found: list[str] = []

    def find(name: str) -> Dataset:
        found.append(name)
        began.set()
        assert asked.wait(timeout=10)
        return bundled.find(name)

    scenarios = scenarios_of([dataset(tmp_path, "few", 2)], SMALL, find=find)
    scenarios.load_chosen()
    transport = ASGITransport(application_of(scenarios, SMALL))

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=transport, base_url="http://locum") as client:
            preferring = {"Prefer": "scenario=tiny"}
            waiting = [
                asyncio.create_task(client.get("/__locum/health", headers=preferring))
                for _ in range(3)
            ]
            await asyncio.to_thread(began.wait, 10)
            answer = await client.get("/items", headers=ANN)
            asked.set()
            return [answer, *await asyncio.gather(*waiting)]

    assert [answer.status_code for answer in asyncio.run(ask())] == [200] * 4
    assert found == ["tiny"]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("a.b_c-1", "a.b_c-1"),
        ("my data", '"my data"'),
        ('my "x"', r'"my \"x\""'),
        ("a\\b", r'"a\\b"'),
        ("a,b;c", '"a,b;c"'),
    ],
)
def test_a_name_of_any_letters_can_be_preferred(tmp_path: Path, name: str, word: str) -> None:
    """In quotes where it is no word; the answer says it in the same way."""
    scenarios = scenarios_of([dataset(tmp_path, "few", 2), dataset(tmp_path, name, 3)], SMALL)
    answer = client_of(scenarios).get("/items", headers=ANN | {"Prefer": f"scenario={word}"})
    assert (answer.status_code, answer.json()) == (200, 3)
    assert answer.headers["preference-applied"] == f"scenario={word}"


def test_a_name_is_utf_8(tmp_path: Path) -> None:
    """In the request and in the answer; what is no UTF-8 is no name that is there."""
    scenarios = scenarios_of([dataset(tmp_path, "few", 2), dataset(tmp_path, "ünï", 3)], SMALL)

    async def ask(prefer: bytes) -> tuple[int, bytes | None]:
        transport = ASGITransport(application_of(scenarios, SMALL))
        async with httpx.AsyncClient(transport=transport, base_url="http://locum") as client:
            headers = [(b"Key", b"ann-key"), (b"Prefer", prefer)]
            answer = await client.get("/items", headers=headers)
            return answer.status_code, dict(answer.headers.raw).get(b"preference-applied")

    prefer = 'scenario="ünï"'.encode()
    assert asyncio.run(ask(prefer)) == (200, prefer)
    assert asyncio.run(ask(b'scenario="\xff"')) == (400, None)


def test_a_dataset_that_cannot_be_made_is_503(
    scenarios: Scenarios,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever serves is to mend it; the answer and one line of the log say what."""
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("LOCUM_CACHE", str(tmp_path / "cache"))
    answer = client_of(scenarios).get("/items", headers={"Prefer": "scenario=many-groups"})
    assert answer.status_code == 503
    assert str(tmp_path / "cache") in answer.json()["detail"]
    assert [record.exc_info for record in caplog.records] == [None]


def test_what_is_no_request_has_no_scenario(scenarios: Scenarios) -> None:
    seen: list[Scope] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def nothing(*_: Any) -> Any:
        return {}

    asyncio.run(
        Entry(application, scenarios, OwnControl(Sandboxes()), 1)(
            {"type": "lifespan"}, nothing, nothing
        )
    )
    assert (seen, scenarios.loaded) == ([{"type": "lifespan"}], [])


def test_a_scenario_is_waited_for_no_longer_than_the_time_limit(tmp_path: Path) -> None:
    """The loading goes on: later it is there."""
    may_end = threading.Event()

    def find(name: str) -> Dataset:
        assert may_end.wait(timeout=10)
        return bundled.find(name)

    scenarios = scenarios_of([dataset(tmp_path, "few", 2)], SMALL, find=find)
    application = application_of(scenarios, SMALL, time_limit=0.1)
    preferring = ANN | {"Prefer": "scenario=tiny"}

    async def ask() -> list[httpx.Response]:
        transport = ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://locum") as client:
            early = await client.get("/items", headers=preferring)
            may_end.set()
            await asyncio.to_thread(scenarios.load, "tiny")
            return [early, await client.get("/items", headers=preferring)]

    early, later = asyncio.run(ask())
    assert (early.status_code, early.headers["retry-after"]) == (503, "5")
    assert early.json()["detail"] == "The dataset tiny is being loaded: ask again in 5 s"
    assert later.json() == 0


PLAIN = {"description": "", "content": {"text/plain": {"schema": {"type": "string"}}}}
TEXTS: dict[str, Any] = {
    "text/plain": {"examples": {name: {"value": name} for name in ("cat", "dog")}}
}
PARAMETERS = [
    {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("q", "__seed")
]
PREFERRED = served(
    {
        "/pets": {
            "get": operation(
                responses={
                    "200": {"description": "", "content": TEXTS},
                    "202": PLAIN,
                    "404": {"description": ""},
                }
            )
        },
        "/echo": {"get": operation(*PARAMETERS)},
    },
    {"GET /echo": lambda *_, **arguments: arguments},
)


@pytest.mark.parametrize(
    ("query", "prefer", "status", "text", "applied"),
    [
        ("", "", 200, "cat", None),
        ("__example=dog", "", 200, "dog", "example=dog"),
        ("q=1&__example=dog", "example=cat", 200, "cat", "example=cat"),
        ("__code=404", "", 404, "", "code=404"),
        ("__code=202&__dynamic=false", "", 202, "string", "dynamic=false, code=202"),
        ("__dynamic=false", "code=202", 202, "string", "dynamic=false, code=202"),
        ("__sandbox=x", "", 200, "cat", None),
        ("__code=abc", "", 400, None, None),
        ("__code=403", "", 400, None, None),
    ],
)
def test_a_preference_may_stand_in_the_query(
    tmp_path: Path, query: str, prefer: str, status: int, text: str | None, applied: str | None
) -> None:
    """It means what it does in the header, which counts before it, and is told as there."""
    client = client_of(scenarios_of([written(tmp_path, PREFERRED)], PREFERRED), PREFERRED)
    headers = {"Prefer": prefer} if prefer else {}
    for _ in range(3):
        answer = client.get(f"/pets?{query}", headers=headers)
        assert (answer.status_code, answer.headers.get("preference-applied")) == (status, applied)
        assert text is None or answer.text == text
    assert client.get("/pets").text == "cat"


def test_what_an_operation_calls_so_itself_is_its_own(tmp_path: Path) -> None:
    client = client_of(scenarios_of([written(tmp_path, PREFERRED)], PREFERRED), PREFERRED)
    answer = client.get("/echo?q=a&__seed=b")
    assert (answer.status_code, answer.json()) == (200, {"q": "a", "seed": "b"})
    assert "preference-applied" not in answer.headers
