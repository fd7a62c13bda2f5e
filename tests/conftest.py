"""What several test modules use: the application over `tiny`, and the rows of `tiny` themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.http.connexion_app import Application
from tests.oracles.bundled import application_of, find, scenarios_of

ROOT = Path(__file__).parents[1]
KEY = "locum-demo-key"

Rows = Callable[[str], list[dict[str, Any]]]


def application_over(dataset: str, auth: str = "strict", **options: Any) -> Application:
    """The bundled documents over a dataset, which is loaded."""
    scenarios = scenarios_of([find(dataset)], auth=auth)
    scenarios.load_chosen()
    return application_of(scenarios, **options)


def rows_of_tiny(table: str) -> list[dict[str, Any]]:
    """The rows of a table of `tiny`, read from its file; none where it has none."""
    file = ROOT / "fixtures" / "tiny" / f"{table}.jsonl"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of the tests' own: what they generate is what the code gives today."""
    with pytest.MonkeyPatch.context() as patched:
        cache = tmp_path_factory.mktemp("cache")
        patched.setenv("LOCUM_CACHE", str(cache))
        yield cache


@pytest.fixture(scope="session")
def tiny() -> Rows:
    """`rows_of_tiny`."""
    return rows_of_tiny


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """A client of the bundled documents over `tiny`, with strict authentication."""
    application = application_over("tiny")
    with TestClient(application, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def world(tiny: Rows) -> dict[str, str]:
    """`world_of` tiny."""
    return world_of(tiny)


def world_of(tiny: Rows) -> dict[str, str]:
    """Ids of `tiny` that make requests of: the demo tenant's largest project with threads, one of
    its threads, the shared dataset, its token and one experiment over it."""
    tenant = next(r for r in tiny("keys") if r["key"] == KEY and r["provider"] == "langsmith")
    projects = [s for s in tiny("langsmith/sessions") if s["tenant_id"] == tenant["tenant_id"]]
    threads = [
        (run["session_id"], (run["metadata"] or {})["thread_id"])
        for run in tiny("langsmith/runs")
        if run["parent_run_id"] is None and "thread_id" in (run["metadata"] or {})
    ]
    plain = {s["id"] for s in projects if s["reference_dataset_id"] is None}
    session = max(plain, key=lambda id_: sum(s == id_ for s, _ in threads))
    dataset = next(d for d in tiny("langsmith/datasets") if d["share_token"])
    experiment = next(s["id"] for s in projects if s["reference_dataset_id"] == dataset["id"])
    return {
        "tenant": tenant["tenant_id"],
        "session": session,
        "thread": next(thread for owner, thread in threads if owner == session),
        "dataset": dataset["id"],
        "share_token": dataset["share_token"],
        "experiment": experiment,
    }
