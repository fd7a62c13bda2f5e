"""The pages of Locum's own: health, and the documents as they are served."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from locum import __version__, providers
from locum.engine.data import Data
from locum.http.admin import Reloads
from locum.openapi import documents
from locum.provider import Provider
from tests.conftest import ROOT
from tests.oracles import small_api
from tests.oracles.small_api import client_of, document, operation, served

SECURED = operation(security=[{"key": []}])
SCHEMES = {"key": {"type": "apiKey", "in": "header", "name": "Key"}}


@pytest.fixture
def small(tmp_path: Path) -> TestClient:
    """A client of two documents whose operations need a key, over a dataset that is named here."""
    one = served({"/a": {"get": SECURED}}, {"GET /a": lambda *_: 1}, SCHEMES, name="one")
    two = served({"/b": {"get": SECURED}}, {"GET /b": lambda *_: 2}, SCHEMES, name="two")
    return client_of(tmp_path / "here", one, two)


def test_the_front_page_tells_what_this_is_and_what_there_is(client: TestClient) -> None:
    """Each link leads somewhere."""
    answer = client.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    front = answer.json()
    assert (front["name"], front["version"]) == ("locum", __version__)
    assert front["documents"] == [f"/__locum/openapi/{n}.json" for n in ("langsmith", "helicone")]
    for link in (front["health"], front["ready"], *front["documents"]):
        assert client.get(link).status_code == 200
    names = front["scenarios"]["names"]
    assert (names[0], len(names), len(set(names))) == ("tiny", 15, 15)
    chosen = front["scenarios"]["choose"].replace("NAME", "tiny").split(": ")
    assert client.get("/", headers=dict([chosen])).headers["preference-applied"] == "scenario=tiny"


def test_health(client: TestClient) -> None:
    answer = client.get("/__locum/health")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "status": "ok",
        "version": __version__,
        "dataset": "tiny",
        "datasets": ["tiny"],
    }


def test_health_tells_of_reloads_where_files_are_watched(tmp_path: Path) -> None:
    reloads = Reloads()
    small = served({"/a": {"get": operation()}}, {"GET /a": lambda *_: 1})
    client = client_of(tmp_path, small, reloads=reloads)
    assert client.get("/__locum/health").json()["reload"] == {"count": 0}
    reloads.count, reloads.failed = 2, "no JSON"
    assert client.get("/__locum/health").json()["reload"] == {"count": 2, "failed": "no JSON"}


def test_health_names_the_datasets_in_the_order_in_which_they_were_loaded(tmp_path: Path) -> None:
    """The first that was chosen is that of a request without preference, loaded or not."""
    small = served({"/a": {"get": SECURED}}, {"GET /a": lambda *_: 1}, SCHEMES)
    datasets = [small_api.written(tmp_path / name, small) for name in ("first", "second")]
    scenarios = small_api.scenarios_of(datasets, small)
    scenarios.load("second")
    client = TestClient(small_api.application_of(scenarios, small))
    preferring = {"Prefer": "scenario=second"}
    health = client.get("/__locum/health", headers=preferring).json()
    assert (health["dataset"], health["datasets"]) == ("first", ["second"])
    scenarios.load("first")
    health = client.get("/__locum/health").json()
    assert (health["dataset"], health["datasets"]) == ("first", ["second", "first"])


def test_the_server_is_ready_unless_a_dataset_is_being_loaded(tmp_path: Path) -> None:
    """Neither page waits for that."""
    loading, may_end = threading.Event(), threading.Event()

    def prepare(data: Data) -> None:
        if data.name == "slow":
            loading.set()
            assert may_end.wait(10)

    paths = {"/a": {"get": operation()}}
    small = served(paths, {"GET /a": lambda *_: 1}, prepare=prepare)
    datasets = [small_api.written(tmp_path / name, small) for name in ("quick", "slow")]
    client = TestClient(small_api.application_of(small_api.scenarios_of(datasets, small), small))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.get, "/a", headers={"Prefer": "scenario=slow"})
        assert loading.wait(10)
        answer = client.get("/__locum/ready")
        assert client.get("/__locum/health").status_code == 200
        may_end.set()
        assert asked.result().status_code == 200
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json() == {"status": "loading", "loading": ["slow"]}
    ready = client.get("/__locum/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


def test_no_template_of_a_document_stands_before_a_page(tmp_path: Path) -> None:
    paths = {"/{a}/{b}": {"get": operation(*(name_in_path(name) for name in "ab"))}}
    client = client_of(tmp_path, served(paths, {"GET /{a}/{b}": lambda *_, **__: "document"}))
    assert client.get("/__locum/health").json()["status"] == "ok"
    assert client.get("/__locum/nothing").status_code == 404
    assert client.get("/locum/health").json() == "document"


def name_in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def in_effect(files: tuple[Path, ...]) -> dict[str, Any]:
    first, *further = files
    return documents.load(first, further=further).effective


@pytest.mark.parametrize("provider", providers.bundled(), ids=lambda each: each.name)
def test_effective_documents_are_served(client: TestClient, provider: Provider) -> None:
    answer = client.get(f"/__locum/openapi/{provider.name}.json?effective")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == in_effect(provider.documents)
    published = yaml.safe_load(provider.documents[0].read_text(encoding="utf-8"))
    assert answer.json()["openapi"] == published["openapi"]


@pytest.mark.parametrize("provider", providers.bundled(), ids=lambda each: each.name)
def test_the_document_for_clients_goes_without_the_last_overlay(
    client: TestClient, tmp_path: Path, provider: Provider
) -> None:
    """As if there was none: it is not copied. Names of schemes have no blanks there."""
    for file in (ROOT / "specs").iterdir():
        if ".tolerated." not in file.name:
            shutil.copy(file, tmp_path)
    text = json.dumps(in_effect(tuple(tmp_path / file.name for file in provider.documents)))
    for name in ("API Key", "Tenant ID", "Bearer Auth"):
        text = text.replace(f'"{name}"', f'"{name.replace(" ", "")}"')
    expected = json.loads(text)
    for _ in range(2):
        answer = client.get(f"/__locum/openapi/{provider.name}.json")
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == expected


def test_what_is_merely_tolerated_is_not_told_to_clients(client: TestClient) -> None:
    """A number is one, where the server also takes its text; both have the same answers."""
    shown, held_to = (
        client.get(f"/__locum/openapi/helicone.json{query}").json() for query in ("", "?effective")
    )
    numbers = [
        document["components"]["schemas"]["TimeFilterMs"]["properties"]["startTimeUnixMs"]
        for document in (shown, held_to)
    ]
    assert numbers == [
        {"type": "number", "format": "double"},
        {"$ref": "#/components/schemas/CoercedDouble"},
    ]
    responses = [
        document["paths"]["/v1/session/metrics/query"]["post"]["responses"]
        for document in (shown, held_to)
    ]
    assert responses[0] == responses[1]


@pytest.mark.parametrize("query", ["", "?effective", "?effective="])
def test_a_document_is_asked_for_its_head(small: TestClient, query: str) -> None:
    answers = [small.request(each, f"/__locum/openapi/one.json{query}") for each in ("GET", "HEAD")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [len(answer.content) for answer in answers] == [
        int(answers[1].headers["content-length"]),
        0,
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("efective", "?efective"),
        ("effective=false", "?effective=false"),
        ("effective&more=1", "?more=1"),
    ],
)
def test_an_unknown_query_of_a_document_is_refused(
    small: TestClient, query: str, found: str
) -> None:
    answer = small.get(f"/__locum/openapi/one.json?{query}")
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        f"found {found}, expected ?effective or nothing",
    )


def test_a_document_of_any_provider_is_served(small: TestClient) -> None:
    assert small.get("/__locum/openapi/two.json").json() == document(
        {"/b": {"get": SECURED}}, SCHEMES
    )


def test_no_page_needs_a_credential(small: TestClient) -> None:
    assert small.get("/a").status_code == 401
    for page in ("health", "openapi/one.json", "openapi/two.json"):
        assert small.get(f"/__locum/{page}").status_code == 200


@pytest.mark.parametrize("name", ["other.json", "one.yaml", "one", "ONE.json", ".json"])
def test_an_unknown_document_is_told_those_that_are_there(small: TestClient, name: str) -> None:
    answer = small.get(f"/__locum/openapi/{name}")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "Not found: the documents are one.json, two.json",
    )


@pytest.mark.parametrize(
    "path",
    [
        "/__locum",
        "/__locum/",
        "/__locum/health/",
        "/__locum/healthy",
        "/__locum/openapi",
        "/__locum/openapi/",
        "/__locum/openapi/one.json/more",
        "/__LOCUM/health",
        "/health",
    ],
)
def test_any_other_path_is_not_found(small: TestClient, path: str) -> None:
    answer = small.get(path, follow_redirects=False)
    assert (answer.status_code, answer.json()["detail"]) == (404, "Not Found")


@pytest.mark.parametrize("page", ["health", "openapi/one.json"])
def test_pages_are_only_read(small: TestClient, page: str) -> None:
    assert small.head(f"/__locum/{page}").status_code == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = small.request(method, f"/__locum/{page}")
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_the_prefix_may_be_encoded(small: TestClient) -> None:
    assert small.get("/%5F_locum/health").json()["status"] == "ok"
