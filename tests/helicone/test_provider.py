"""Helicone as a provider: its credential, its sample, and that it is all of one piece."""

from __future__ import annotations

from starlette.testclient import TestClient

from locum.helicone import PROVIDER
from locum.helicone.provider import sample
from locum.openapi import documents
from locum.provider import Presented, Sample
from tests.conftest import KEY
from tests.oracles.bundled import data_of, find


def test_every_operation_of_the_document_has_a_handler_and_no_other() -> None:
    (path,) = PROVIDER.documents
    names = {each["operationId"] for _, _, each in documents.operations(documents.load(path))}
    assert names == PROVIDER.handlers.keys()
    assert path.with_name("helicone.overlay.yaml").is_file()


def test_the_key_is_the_one_of_the_documents_only_scheme() -> None:
    """It stands in Authorization; there is no choice of a tenant."""
    (path,) = PROVIDER.documents
    schemes = documents.load(path).effective["components"]["securitySchemes"]
    assert [scheme["name"].lower() for scheme in schemes.values()] == ["authorization"]
    assert PROVIDER.credential(dict.fromkeys(schemes, "k")) == Presented("k")


def test_its_paths_are_called_by_no_other_name() -> None:
    assert list(PROVIDER.aliases("/v1/session/metrics/query")) == []


def test_its_tables_bear_its_name() -> None:
    assert all(name.startswith("helicone/") for name in PROVIDER.tables)
    assert PROVIDER.counted.keys() <= PROVIDER.tables.keys()
    assert PROVIDER.derived == ()


def test_the_sample_works_as_it_stands(client: TestClient, world: dict[str, str]) -> None:
    asked = sample(data_of(find("tiny")), KEY, world["tenant"])
    assert asked == Sample(
        "/v1/session/metrics/query",
        {"Authorization": f"Bearer {KEY}"},
        '{"nameContains": "", "timezoneDifference": 0}',
    )
    answer = client.post(
        asked.path,
        content=asked.body,
        headers={**asked.headers, "Content-Type": "application/json"},
    )
    assert answer.status_code == 200
    assert answer.json()["data"]["session_count"]
