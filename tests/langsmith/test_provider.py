"""LangSmith as a provider: its paths, credentials and sample, and that it is all of one piece."""

from __future__ import annotations

from functools import partial

import pytest
from starlette.testclient import TestClient

from locum.engine.data import Work
from locum.langsmith import PROVIDER
from locum.langsmith.provider import aliases, credential, prepare, sample
from locum.langsmith.run_index import run_index
from locum.langsmith.run_order import run_order
from locum.langsmith.selection import runs_of_projects
from locum.openapi import documents
from locum.openapi.documents import Document
from locum.provider import Presented, Sample
from tests.conftest import KEY, Rows
from tests.oracles.bundled import data_of, find
from tests.oracles.requests_of_tiny import request


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/runs/group/stats", ["/runs/group/stats"]),
        ("/v2/threads/{thread_id}/stats", ["/api/v2/threads/{thread_id}/stats"]),
        ("/api/v1/repos", ["/repos", "/api/v1/repos/", "/repos/"]),
        ("/api/v2/threads", []),
        ("/runs", ["/api/v1/runs"]),
        ("/v1/platform/datasets", ["/api/v1/platform/datasets"]),
        ("/v20/x", ["/api/v1/v20/x"]),
    ],
)
def test_paths_have_the_aliases_that_sdks_use(path: str, expected: list[str]) -> None:
    """/api/v1 left out where the endpoint has none, put before what has none, and /api before
    /v2."""
    assert list(aliases(path)) == expected


@pytest.mark.parametrize(
    ("published", "alias"),
    [
        ("/api/v1/runs/group/stats", "/runs/group/stats"),
        ("/v2/threads", "/api/v2/threads"),
    ],
)
def test_paths_that_sdks_use_answer_alike(
    client: TestClient, world: dict[str, str], published: str, alias: str
) -> None:
    operation = "group_stats" if "group" in published else "thread_stats"
    asked = request(operation, world)
    expected = client.request(**asked).json()
    assert (
        expected == client.request(**asked | {"url": asked["url"].replace(published, alias)}).json()
    )


@pytest.mark.parametrize(
    ("key", "bearer", "tenant", "expected"),
    [
        ("k", "", "", Presented("k")),
        ("", "b", "", Presented("b")),
        ("k", "b", "t", Presented("k", "t")),
        ("", "b", "t", Presented("b", "t")),
        ("", "", "t", Presented("", "t")),
        ("", "", "", Presented("")),
    ],
)
def test_the_key_is_the_api_key_else_the_bearer_token(
    key: str, bearer: str, tenant: str, expected: Presented
) -> None:
    """The tenant is chosen beside it, or alone."""
    assert credential({"API Key": key, "Bearer Auth": bearer, "Tenant ID": tenant}) == expected


def test_its_credentials_are_the_documents_schemes() -> None:
    schemes = merged().effective["components"]["securitySchemes"]
    assert credential(dict.fromkeys(schemes, "")) == Presented("")


def merged() -> Document:
    """The provider's documents as one."""
    first, *further = PROVIDER.documents
    return documents.load(first, further=further, strict=True)


def test_its_tables_bear_its_name() -> None:
    """What it counts is among them, and what it derives bears no name of theirs."""
    assert all(name.startswith("langsmith/") for name in PROVIDER.tables)
    assert PROVIDER.counted.keys() <= PROVIDER.tables.keys()
    relations = {table.name(name) for name, table in PROVIDER.tables.items()}
    assert relations.isdisjoint(each.name for each in PROVIDER.derived)


def test_the_sample_asks_of_the_tenants_first_project(tiny: Rows) -> None:
    data = data_of(find("tiny"))
    for tenant in dict.fromkeys(row["tenant_id"] for row in tiny("keys")):
        first = next(row for row in tiny("langsmith/sessions") if row["tenant_id"] == tenant)
        assert sample(data, "some-key", tenant) == Sample(
            "/api/v1/runs/group/stats",
            {"X-API-Key": "some-key"},
            f'{{"session_id": "{first["id"]}", "group_by": "conversation"}}',
        )


def test_a_tenant_without_projects_has_no_sample() -> None:
    assert sample(data_of(find("empty")), "k", "nobody") is None
    assert sample(data_of(find("tiny")), "k", "nobody") is None


def test_the_sample_works_as_it_stands(client: TestClient, world: dict[str, str]) -> None:
    asked = sample(data_of(find("tiny")), KEY, world["tenant"])
    assert asked is not None
    answer = client.post(
        asked.path,
        content=asked.body,
        headers={**asked.headers, "Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["run_count"] > 0) == (200, True)


def test_what_most_requests_ask_for_is_there_before_them() -> None:
    """So that the event loop need not wait until it is made, which raises TakesLong there."""
    data = data_of(find("tiny"))
    prepare(data)
    for make in (run_index, run_order, runs_of_projects):
        work = Work(in_loop=True)
        assert work.run(partial(data.once, make)) is data.once(make)
