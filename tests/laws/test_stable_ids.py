"""The bundled datasets are states of one world: what they share has the same ids in each, so that a
request of one is answered by all.

Ids are read from the files, and drawn with the standard library's uuid5.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid5

import pytest
from starlette.testclient import TestClient

from locum.datasets import dataset as datasets
from tests.conftest import ROOT
from tests.docs.pages import ADDRESS, PORT, blocks, commands, split
from tests.oracles.bare_rows import Row, rows_of
from tests.oracles.bundled import application_of, find, scenarios_of

NAMES = datasets.names()
IDS = UUID("6d1f1c0e-6d3b-5b8e-9f63-2f3f7a1c9d10")
DEMO, OTHER = (f"{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}" for n in "12")
PROJECTS = {
    "support-bot": DEMO,
    "sql-copilot": DEMO,
    "voice-notes": DEMO,
    "doc-tagger": DEMO,
    "notes-app": OTHER,
    "sql-questions-gpt-4.1": DEMO,
    "sql-questions-o4-mini": DEMO,
    "sql-questions-sonnet": DEMO,
}
DATASETS = {"sql-questions": DEMO, "support-regressions": DEMO, "other-golden": OTHER}
THREAD_KEYS = ("thread_id", "session_id", "conversation_id")
# What docs/scenarios.md tells, and pages ask for.
DEMO_PROJECT = "b25c46de-99dd-5b80-aba4-91ad745e8df7"
DEMO_THREAD = "8bea399b-ea49-5322-9b24-24e176b3f803"


def world_id(kind: str, name: str) -> str:
    return str(uuid5(uuid5(IDS, f"default/{kind}"), name))


@cache
def table(dataset: str, name: str) -> list[Row]:
    return rows_of(find(dataset).folder)(name)


def thread(run: Row) -> Any:
    return next((run["metadata"][key] for key in THREAD_KEYS if key in run["metadata"]), None)


@pytest.mark.parametrize("name", NAMES)
def test_projects_and_experiments_have_the_same_ids(name: str) -> None:
    """Some datasets give them other names."""
    found = {row["id"]: row["tenant_id"] for row in table(name, "langsmith/sessions")}
    assert found == {world_id("projects", key): tenant for key, tenant in PROJECTS.items()}
    shared = world_id("datasets", "sql-questions")
    experiments = [r for r in table(name, "langsmith/sessions") if r["reference_dataset_id"]]
    assert {row["reference_dataset_id"] for row in experiments} == {shared}
    assert {row["id"] for row in experiments} == {
        world_id("projects", key) for key in PROJECTS if key.startswith("sql-questions-")
    }


@pytest.mark.parametrize("name", NAMES)
def test_datasets_and_share_tokens_are_the_same(name: str) -> None:
    token = world_id("share tokens", "sql-questions")
    columns = ("id", "tenant_id", "name", "share_token")
    assert [tuple(row[c] for c in columns) for row in table(name, "langsmith/datasets")] == [
        (world_id("datasets", key), tenant, key, token if key == "sql-questions" else None)
        for key, tenant in DATASETS.items()
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "empty"])
def test_the_first_turn_of_the_demo_thread_is_shared(name: str) -> None:
    """And no other run."""
    turns = [
        row
        for row in table(name, "langsmith/runs")
        if thread(row) == DEMO_THREAD and row["parent_run_id"] is None
    ]
    shared = [row for row in table(name, "langsmith/runs") if row["share_token"] is not None]
    assert [(row["id"], row["share_token"]) for row in shared] == [
        (
            min(turns, key=lambda row: row["start_time"])["id"],
            world_id("share tokens", "support-bot"),
        )
    ]


@pytest.mark.parametrize("name", NAMES)
def test_examples_have_the_same_ids(name: str) -> None:
    """The first of a dataset, the second, and so on, however many of others there are."""
    of_dataset = defaultdict(list)
    for row in table(name, "langsmith/examples"):
        of_dataset[row["dataset_id"]].append(row["id"])
    for key in DATASETS:
        found = of_dataset.pop(world_id("datasets", key), [])
        assert found == [world_id(f"examples/{key}", str(n)) for n in range(len(found))]
        assert found or key == "support-regressions"
    assert not of_dataset


@pytest.mark.parametrize("name", [name for name in NAMES if name != "empty"])
def test_the_demo_thread_and_the_demo_session_are_there(name: str) -> None:
    """A conversation with support-bot, seen by both vendors."""
    assert world_id("projects", "support-bot") == DEMO_PROJECT
    assert world_id("threads", "support-bot") == DEMO_THREAD
    runs = [row for row in table(name, "langsmith/runs") if thread(row) == DEMO_THREAD]
    assert {row["session_id"] for row in runs} == {DEMO_PROJECT}
    requests = [
        row["request_id"]
        for row in table(name, "helicone/requests")
        if dict(row["properties"]).get("Helicone-Session-Id") == DEMO_THREAD
    ]
    assert requests
    assert set(requests) == {row["id"] for row in runs if row["run_type"] == "llm"}


def test_runs_and_other_threads_belong_to_one_dataset() -> None:
    """But for names like chat-00012, which two applications may both give."""
    runs = [row["id"] for name in NAMES for row in table(name, "langsmith/runs")]
    assert len(set(runs)) == len(runs)
    threads = [
        id_
        for name in NAMES
        for id_ in {thread(row) for row in table(name, "langsmith/runs")} - {None, DEMO_THREAD}
        if not id_.startswith("chat-")
    ]
    assert len(set(threads)) == len(threads)


# The pages' requests.


def requests_of(page: str) -> list[dict[str, Any]]:
    """The page's requests as keyword arguments of httpx's `request`."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for block in blocks(text):
        for command in commands(block.text) if block.language == "sh" else ():
            words, _ = split(command)
            if words[:1] == ["curl"]:
                given = list(pairwise(words))
                headers = dict(value.split(": ", 1) for flag, value in given if flag == "-H")
                body = next((value for flag, value in given if flag == "-d"), None)
                (url,) = (word for word in words if word.startswith(ADDRESS))
                found.append(
                    {
                        "method": "GET" if body is None else "POST",
                        "url": url.removeprefix(f"{ADDRESS}:{PORT}"),
                        "headers": headers,
                        "content": body,
                    }
                )
    return found


def test_a_preference_alone_shows_each_state_of_the_pages_requests() -> None:
    """Those of the README, and of the tour before it comes to mistakes: of all five operations. By
    the path the answers are the same, byte for byte.

    The README's first is about the demo thread, whose turns are counted here.
    """
    asked = requests_of("README.md") + requests_of("docs/tour.md")[:7]
    asked = [each for each in asked if "Toy-Key" not in each["headers"]]  # of one's own document
    paths = {
        re.sub(r"[0-9a-f-]{36}", "{id}", request["url"].partition("?")[0]) for request in asked
    }
    assert paths == {
        "/v2/threads/{id}/stats",
        "/api/v1/runs/group/stats",
        "/api/v1/public/{id}/datasets/runs/stats",
        "/api/v1/datasets/{id}/group/runs",
        "/v1/session/metrics/query",
    }
    turns: dict[str, int] = {}
    application = application_of(scenarios_of([find(name) for name in NAMES]))
    with TestClient(application) as client:
        for name in NAMES:
            for request in asked:
                prefer = {"Prefer": f"scenario={name}"}
                answer = client.request(**request | {"headers": request["headers"] | prefer})
                assert answer.status_code == 200, (name, request, answer.text)
                assert answer.headers["Preference-Applied"] == prefer["Prefer"]
                headers = {n: v for n, v in request["headers"].items() if n != "Prefer"}
                url = f"/__locum/with/scenario={name}{request['url']}"
                by_path = request | {"url": url, "headers": headers}
                assert client.request(**by_path).content == answer.content
                turns[name] = answer.json().get("turns", turns.get(name))
    assert turns == {
        name: sum(
            row["parent_run_id"] is None and thread(row) == DEMO_THREAD
            for row in table(name, "langsmith/runs")
        )
        for name in NAMES
    }
    assert turns["empty"] == 0
