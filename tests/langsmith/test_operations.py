"""LangSmith's four operations over `tiny`: what an answer gives to ask further with, and whose data
it is about. What the numbers are is for test_statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from locum.engine.data import Data
from locum.exceptions import NotFound
from locum.langsmith.operations import HANDLERS as OPERATIONS
from locum.langsmith.provider import PROVIDER
from locum.openapi import documents
from tests.conftest import ROOT, Rows
from tests.oracles.bundled import data_of, find
from tests.oracles.langsmith_answers import HANDLERS
from tests.oracles.langsmith_requests import SELECTABLE, SELECTS, Requests
from tests.oracles.run_oracle import World

UNKNOWN = "00000000-0000-4000-8000-000000000000"

group_stats = HANDLERS["group_stats"]
shared_dataset_stats = HANDLERS["shared_stats"]
group_runs = HANDLERS["group_runs"]
thread_stats = HANDLERS["thread_stats"]


@pytest.fixture(scope="module")
def engine() -> Data:
    return data_of(find("tiny"))


@pytest.fixture(scope="module")
def oracle(tiny: Rows) -> World:
    return World(tiny)


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.safe_load((ROOT / "specs" / "langsmith.yaml").read_text(encoding="utf-8"))


def shared(oracle: World) -> tuple[str, list[str]]:
    """The shared dataset's token, and the projects over it."""
    requests = Requests(oracle)
    return requests.shared["share_token"], requests.experiments


def test_every_facets_query_selects_exactly_its_runs(engine: Data, oracle: World) -> None:
    token, _ = shared(oracle)
    answer = shared_dataset_stats(engine, None, token, {"select": ["run_facets"]})
    keys = {facet["key"] for facet in answer["run_facets"]}
    assert {"name", "run_type", "status", "tag", "metadata.temperature"} <= keys
    for facet in answer["run_facets"]:
        body = {"filter": facet["query"], "select": ["run_count"]}
        assert shared_dataset_stats(engine, None, token, body) == {"run_count": facet["n"]}, facet


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("run_metadata", "env"),
        ("run_metadata", "shots"),
        ("run_metadata", "temperature"),
        ("example_metadata", "topic"),
    ],
)
def test_the_filters_of_a_comparison_give_back_its_runs(
    engine: Data, oracle: World, by: str, key: str
) -> None:
    """Sent to the shared dataset's statistics, with the projects it is about."""
    token, over = shared(oracle)
    project = oracle.sessions[over[0]]
    body = {"session_ids": over, "group_by": by, "metadata_key": key}
    groups = group_runs(engine, project["tenant_id"], project["reference_dataset_id"], body)[
        "groups"
    ]
    assert groups
    for group in groups:
        parts = [(over, group["filter"], group["count"])]
        parts += [([s["id"]], s["filter"], s["run_count"]) for s in group["sessions"]]
        for sessions, text, count in parts:
            asked = {
                "session": sessions,
                "filter": text,
                "select": ["run_count", "last_run_start_time"],
            }
            found = shared_dataset_stats(engine, None, token, asked)
            assert found["run_count"] == count
        assert found["last_run_start_time"] == group["sessions"][-1]["max_start_time"]


def test_what_is_not_the_tenants_is_not_found(engine: Data, oracle: World) -> None:
    """A project of one tenant, asked for by the other; and what is nobody's."""
    session = next(iter(oracle.sessions.values()))
    other = next(
        s["tenant_id"] for s in oracle.sessions.values() if s["tenant_id"] != session["tenant_id"]
    )
    _, over = shared(oracle)
    mine, dataset = session["tenant_id"], oracle.sessions[over[0]]["reference_dataset_id"]
    conversations = {"session_id": session["id"], "group_by": "conversation"}
    comparison = {"session_ids": [UNKNOWN], "group_by": "run_metadata", "metadata_key": "model"}
    asks: list[Callable[[], object]] = [
        lambda: group_stats(engine, other, conversations),
        lambda: thread_stats(engine, other, "thread", session["id"], ["TURNS"]),
        lambda: group_runs(engine, other, dataset, comparison | {"session_ids": over}),
        lambda: group_runs(engine, mine, UNKNOWN, comparison),
        lambda: group_runs(engine, mine, dataset, comparison),
        lambda: shared_dataset_stats(engine, None, UNKNOWN, {}),
    ]
    for ask in asks:
        with pytest.raises(NotFound):
            ask()


def test_every_select_is_known(document: dict[str, Any]) -> None:
    """The names that the random requests draw from are those of the document."""
    schema = document["components"]["schemas"]["RunStatsSelect"]
    assert sorted(SELECTABLE) == sorted(schema["enum"])
    parameters = document["paths"]["/v2/threads/{thread_id}/stats"]["get"]["parameters"]
    selects = next(p["schema"] for p in parameters if p["name"] == "selects")
    assert sorted(SELECTS) == sorted(selects["items"]["enum"])


def test_every_operation_of_the_documents_is_computed_or_refused() -> None:
    """And none is both."""
    first, *further = PROVIDER.documents
    document = documents.load(first, further=further, strict=True)
    names = {documents.operation_name(*each) for each in documents.operations(document)}
    served = OPERATIONS.keys() | PROVIDER.writers.keys()
    assert names - served == names & PROVIDER.refused.keys()
    assert served <= names
    assert served.isdisjoint(PROVIDER.refused)
    assert OPERATIONS.keys().isdisjoint(PROVIDER.writers)


def test_each_of_the_first_four_operations_has_its_handler() -> None:
    ids = {
        definition["operationId"]: path
        for path, _, definition in documents.operations(documents.load(PROVIDER.documents[0]))
    }
    named = {path: OPERATIONS[name] for name, path in ids.items()}
    assert len(set(named.values())) == 4
    assert named["/api/v1/runs/group/stats"] is group_stats
    assert named["/v2/threads/{thread_id}/stats"] is thread_stats
