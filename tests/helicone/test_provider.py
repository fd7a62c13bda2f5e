"""Helicone as a provider: its credential, its sample, and that it is all of one piece."""

from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from locum.helicone import PROVIDER
from locum.helicone.provider import sample
from locum.openapi import documents
from locum.provider import Answer, Failure, Presented, Sample
from tests.conftest import KEY
from tests.oracles.bundled import data_of, find

FIRST, *FURTHER = PROVIDER.documents
TEXT = "text/plain;charset=UTF-8"
LOGGERS = (
    "/custom/v1/log",
    "/googleapis/v1/log",
    "/v1/trace/custom/log/custom/v1/log",
    "/v1/trace/oai/v1/log",
)


def test_every_operation_of_the_document_has_a_handler_and_no_other() -> None:
    """Or a writer."""
    operations = documents.operations(documents.load(FIRST, further=FURTHER))
    names = {each["operationId"] for _, _, each in operations}
    assert names == PROVIDER.handlers.keys() | PROVIDER.writers.keys()
    assert PROVIDER.handlers.keys().isdisjoint(PROVIDER.writers)


def test_the_key_is_that_of_either_of_two_schemes() -> None:
    """It stands in Authorization, and where that is empty in another header."""
    effective = documents.load(FIRST, further=FURTHER).effective
    schemes = effective["components"]["securitySchemes"]
    places = [(scheme["in"], scheme["name"].lower()) for scheme in schemes.values()]
    assert places == [("header", "authorization"), ("header", "helicone-authorization")]
    assert PROVIDER.credential(dict.fromkeys(schemes, "k")) == Presented("k")
    for _, _, operation in documents.operations(documents.load(FIRST, further=FURTHER)):
        assert operation["security"] == [{name: []} for name in schemes]


def test_paths_of_logs_alone_have_other_names() -> None:
    """As @helicone/helpers makes them of `loggingEndpoint: …/v1/trace/custom/log`, and of
    `…/v1/trace/custom/v1/log` with a provider."""
    assert list(PROVIDER.aliases("/oai/v1/log")) == [
        "/v1/trace/custom/log/oai/v1/log",
        "/v1/trace/oai/v1/log",
    ]
    for path in ("/v1/session/metrics/query", "/v1/trace/custom/v1/log", "/v1/trace/log"):
        assert list(PROVIDER.aliases(path)) == []


@pytest.mark.parametrize(
    "path",
    [
        *LOGGERS,
        "/v1/trace/custom/log",
        "/v1/trace/custom/v1/log",
        "/v1/trace/custom/log/typed",
        "/v1/trace/log-python",
        "/v1/request/6f1c0001-3a2b-4c5d-8e6f-7a8b9c0d1e2f/score",
    ],
)
def test_without_a_key_nothing_is_taken(client: TestClient, path: str) -> None:
    """In the words of the server whose path it is."""
    answer = client.post(path, json={})
    assert answer.status_code == 401
    if path in LOGGERS:
        assert (answer.text, answer.headers["content-type"]) == ("Unauthorized", TEXT)
    else:
        assert answer.json()["error"] == "No authorization header"


def test_too_large_a_log_is_told_in_the_words_of_its_server() -> None:
    for path, expected in (
        ("/oai/v1/log", Answer(400, "Payload too large", media_type=TEXT)),
        ("/v1/trace/custom/log", (413, {"error": "too large"})),
    ):
        failed = Failure(413, "too large", HTTPException(413), path)
        assert PROVIDER.failure(failed) == expected


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
