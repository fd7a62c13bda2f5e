"""Helicone as a provider: its credential, its sample, and that it is all of one piece."""

from __future__ import annotations

from starlette.testclient import TestClient

from locum.helicone import PROVIDER
from locum.helicone.provider import sample
from locum.openapi import documents
from locum.provider import Presented, Sample
from tests.conftest import KEY
from tests.oracles.bundled import data_of, find

FIRST, *FURTHER = PROVIDER.documents


def test_every_operation_of_the_document_has_a_handler_and_no_other() -> None:
    """But those that are refused."""
    operations = documents.operations(documents.load(FIRST, further=FURTHER))
    names = {each["operationId"] for _, _, each in operations}
    assert names == PROVIDER.handlers.keys() | PROVIDER.refused.keys()
    assert PROVIDER.handlers.keys().isdisjoint(PROVIDER.refused)


def test_the_key_is_that_of_either_of_two_schemes() -> None:
    """It stands in Authorization, and where that is empty in another header."""
    effective = documents.load(FIRST, further=FURTHER).effective
    schemes = effective["components"]["securitySchemes"]
    places = [(scheme["in"], scheme["name"].lower()) for scheme in schemes.values()]
    assert places == [("header", "authorization"), ("header", "helicone-authorization")]
    assert PROVIDER.credential(dict.fromkeys(schemes, "k")) == Presented("k")
    for _, _, operation in documents.operations(documents.load(FIRST, further=FURTHER)):
        assert operation["security"] == [{name: []} for name in schemes]


def test_its_paths_are_called_by_no_other_name() -> None:
    assert list(PROVIDER.aliases("/v1/session/metrics/query")) == []


def test_its_tables_bear_its_name() -> None:
    assert all(name.startswith("helicone/") for name in PROVIDER.tables)
    assert PROVIDER.counted.keys() <= PROVIDER.tables.keys()
    assert all(each.name.startswith("helicone_") for each in PROVIDER.derived)


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
