"""A broken dataset is never served as if it were a good one: a corpus of mutations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.datasets.findings import Finding
from locum.exceptions import DatasetError
from locum.scenarios import Scenarios
from tests.conftest import KEY, world_of
from tests.oracles import mutations
from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.mutations import (
    DOUBT,
    ERROR,
    FINE,
    FORMATS,
    MUTATIONS,
    Mutation,
    Tables,
)
from tests.oracles.requests_of_tiny import OPERATIONS, request

BASE = mutations.base()
WORLD = world_of(BASE.__getitem__)


class Served:
    """An application that is given one dataset after the other."""

    def __init__(self, scenarios: Scenarios) -> None:
        self._scenarios = scenarios
        self._client = TestClient(application_of(scenarios), raise_server_exceptions=False)

    def answers(self, folder: Path) -> list[Any]:
        """What it answers from the dataset in the folder, unchecked."""
        loaded = scenarios_of([find(folder)], unchecked=True).load(folder.name)
        self._scenarios._loaded = {self._scenarios.first: (0, loaded)}
        self._scenarios._newest = loaded.data.version
        return [self._asked(each) for each in requests()]

    def _asked(self, asked: dict[str, Any]) -> Any:
        response = self._client.request(**asked)
        return response.status_code, response.content


def requests() -> Iterator[dict[str, Any]]:
    """A handful, about every table."""
    yield from (request(operation, WORLD) for operation in OPERATIONS)
    headers = {"X-API-Key": KEY}
    for project in BASE["langsmith/sessions"]:
        for group in ("conversation", "run_type", "status"):
            if group == "conversation":
                body = {"session_id": project["id"], "group_by": group}
                yield {
                    "method": "POST",
                    "url": "/api/v1/runs/group/stats",
                    "json": body,
                    "headers": headers,
                }


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    folder = tmp_path_factory.mktemp("served") / "base"
    mutations.write(folder, BASE, "jsonl")
    return Served(scenarios_of([find(folder)]))


@pytest.fixture(scope="module")
def right(served: Served, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What is answered from the dataset as it should be."""
    folder = tmp_path_factory.mktemp("right") / "base"
    mutations.write(folder, BASE, "jsonl")
    return served.answers(folder)


def found(folder: Path) -> tuple[str, list[Finding]]:
    """What loading the dataset says: how bad it is, and each finding."""
    try:
        scenario = scenarios_of([find(folder)]).load(folder.name)
    except DatasetError as error:
        assert error.fix
        assert "\n" not in f"{error}{error.fix}"
        return ERROR, [each for each in error.findings if isinstance(each, Finding)]
    return DOUBT if scenario.doubts else FINE, list(scenario.doubts)


CASES = [(mutation, format_) for mutation in MUTATIONS for format_ in mutation.formats]


@pytest.mark.parametrize(
    ("mutation", "format_"), CASES, ids=[f"{m.name}-{f}".replace("/", ".") for m, f in CASES]
)
def test_a_mutation_is_named(
    mutation: Mutation, format_: str, tmp_path: Path, served: Served, right: list[Any]
) -> None:
    """With file, row and column. What is fine changes no answer, or no mistake could be in it."""
    rows: Tables = mutations.copied(BASE)
    row = mutation.change(rows)
    folder = tmp_path / "mine"
    mutations.write(folder, rows, format_, {mutation.table: mutation.types})
    severity, findings = found(folder)
    told = "\n".join(map(str, findings))
    assert severity == mutation.expected, told
    if severity == FINE:
        return
    assert all(each.fix and each.message for each in findings)
    files = [each for each in findings if each.file == folder / f"{mutation.table}.{format_}"]
    named = [each for each in files if mutation.column in (None, each.column)]
    assert [each for each in named if mutation.word in each.message], told
    if row is not None and any(each.row for each in named):
        assert [each for each in named if row in (each.row, *each.also)], (row, told)


def test_there_are_many() -> None:
    """As many as the requirement asks for, and each by a name of its own."""
    assert len(CASES) >= 225
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
