"""A started server, its documents and live answers, and the generators' packages. What cannot be
installed is skipped by its name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.generators import generated
from tests.clients.generators.live_answers import Live, live_answers
from tests.clients.sdks import environments
from tests.oracles import fixture_rows
from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.serving import listening

NAMES = ("langsmith", "helicone")
# The first has an answer to every example; the others are odd.
DATASETS = ("tiny", "null-heavy", "unicode", "extreme-values")
SEED = 1
# Of each document; at length 1,000: LOCUM_LIVE_ANSWERS=1000.
COUNT = int(os.environ.get("LOCUM_LIVE_ANSWERS", "150"))


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    scenarios = scenarios_of([find(name) for name in DATASETS])
    with listening(application_of(scenarios), scenarios) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture(scope="session")
def documents(url: str) -> dict[str, dict[str, Any]]:
    """Those for clients."""
    return {name: httpx.get(f"{url}/__locum/openapi/{name}.json").json() for name in NAMES}


@pytest.fixture(scope="session")
def answers(url: str, documents: dict[str, dict[str, Any]]) -> dict[str, list[Live]]:
    tables = {name: fixture_rows.read(find(name)) for name in DATASETS}
    with httpx.Client(base_url=url, timeout=60) as client:
        return {
            name: live_answers(client, document, tables, seed=SEED, count=COUNT)
            for name, document in documents.items()
        }


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, documents: dict[str, dict[str, Any]]) -> Path:
    """A project with the documents and the pinned packages."""
    try:
        packages = environments.node(generated.PINS)
    except environments.Unavailable as error:
        pytest.skip(f"generators of TypeScript: {error}")
    project = tmp_path_factory.mktemp("generated")
    (project / "node_modules").symlink_to(packages / "node_modules")
    (project / "package.json").write_text('{"type": "module"}')
    for name, document in documents.items():
        (project / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    return project


@pytest.fixture(scope="session")
def made(
    folder: Path, documents: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Future[generated.Made]]]:
    """The code of each generator of TypeScript, by its name; two are made at a time."""
    with ThreadPoolExecutor(2) as pool:
        jobs = {"orval": pool.submit(generated.with_orval, folder, NAMES)}
        for name, document in documents.items():
            jobs[f"hey-api {name}"] = pool.submit(generated.with_hey_api, folder, name)
            jobs[f"openapi-typescript {name}"] = pool.submit(
                generated.with_openapi_typescript, folder, name, document
            )
        yield jobs
