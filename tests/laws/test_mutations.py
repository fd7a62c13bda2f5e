"""A broken dataset is never served as if it were a good one: a corpus of mutations.

Each format has a reader of its own for files and types, and so all of their cases run. What rows
say is looked at once they are read: such a mutation runs in one format, the two in turn, and its
case in the other is `long`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.datasets.findings import Finding
from locum.exceptions import DatasetError
from tests.conftest import KEY, world_of
from tests.oracles import mutations
from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.file_mutations import FILE_MUTATIONS
from tests.oracles.mutations import DOUBT, ERROR, FINE, FORMATS, FileMutation, Mutation
from tests.oracles.requests_of_tiny import OPERATIONS, request
from tests.oracles.row_mutations import ROW_MUTATIONS
from tests.oracles.type_mutations import TYPE_MUTATIONS
from tests.oracles.value_mutations import VALUE_MUTATIONS

BASE = mutations.base()
OF_ROWS = [*ROW_MUTATIONS, *VALUE_MUTATIONS]


def requests() -> Iterator[dict[str, Any]]:
    """A handful, over every table."""
    world = world_of(BASE.__getitem__)
    yield from (request(operation, world) for operation in OPERATIONS)
    for project in BASE["langsmith/sessions"]:
        if project["tenant_id"] != world["tenant"]:
            continue
        yield {
            "method": "POST",
            "url": "/api/v1/runs/group/stats",
            "json": {"session_id": project["id"], "group_by": "conversation"},
            "headers": {"X-API-Key": KEY},
        }


class Served:
    """An application that answers from one dataset after the other."""

    def __init__(self, folder: Path) -> None:
        self._scenarios = scenarios_of([find(folder)])
        self._client = TestClient(application_of(self._scenarios), raise_server_exceptions=False)

    def load(self, folder: Path) -> tuple[str, list[Finding]]:
        """What loading the dataset in the folder says: how bad it is, and each finding."""
        self._scenarios._loaded = {}
        try:
            self._scenarios._datasets = {folder.name: find(folder)}
            scenario = self._scenarios.load(folder.name)
        except DatasetError as error:
            findings = [each for each in error.findings if isinstance(each, Finding)]
            return ERROR if error.fix and "\n" not in f"{error}{error.fix}" else "", findings
        return DOUBT if scenario.doubts else FINE, list(scenario.doubts)

    def answers(self) -> list[Any]:
        """What is answered from the dataset that was loaded."""
        asked = [self._client.request(**each) for each in requests()]
        return [(response.status_code, response.content) for response in asked]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The dataset as it should be, in each format."""
    folders = {format_: tmp_path_factory.mktemp(format_) / "mine" for format_ in FORMATS}
    for format_, folder in folders.items():
        mutations.write(folder, BASE, format_)
    return folders


@pytest.fixture(scope="module")
def served(written: dict[str, Path]) -> Served:
    return Served(written["jsonl"])


@pytest.fixture(scope="module")
def right(written: dict[str, Path], served: Served) -> list[Any]:
    """What is answered from the dataset as it should be."""
    assert served.load(written["jsonl"]) == (FINE, [])
    found = served.answers()
    assert {status for status, _ in found} == {200}
    return found


def cases(corpus: Iterable[Mutation | FileMutation], *, in_turn: bool) -> list[Any]:
    """Each mutation in each of its formats; `in_turn`: all but one of its cases are long."""
    found = []
    for place, mutation in enumerate(corpus):
        first = mutation.formats[place % len(mutation.formats)]
        for format_ in mutation.formats:
            name = f"{mutation.name}-{format_}".replace("/", ".")
            marks = [pytest.mark.long] if in_turn and format_ != first else []
            found.append(pytest.param(mutation, format_, id=name, marks=marks))
    return found


CASES = [*cases(OF_ROWS, in_turn=True), *cases(TYPE_MUTATIONS, in_turn=False)]


@pytest.mark.parametrize(("mutation", "format_"), CASES)
def test_a_mutation_is_named(
    mutation: Mutation,
    format_: str,
    tmp_path: Path,
    written: dict[str, Path],
    served: Served,
    right: list[Any],
) -> None:
    """With file, row and column; what is not named changes no answer."""
    folder = tmp_path / "mine"
    shutil.copytree(written[format_], folder)
    rows = mutations.copied(BASE)
    row = mutation.change(rows)
    changed = {table for table in rows if rows[table] != BASE[table]}
    for table in changed | {mutation.table} - {""}:
        types = mutation.types if table == mutation.table else {}
        (folder / f"{table}.{format_}").unlink()
        mutations.write_table(folder, table, rows[table], format_, types)
    mutations.write_manifest(folder, rows)
    severity, findings = served.load(folder)
    told = "\n".join(map(str, findings))
    assert severity == mutation.expected, told
    if severity == FINE:
        assert served.answers() == right
        return
    assert all(each.fix and each.message for each in findings)
    file = folder / f"{mutation.table}.{format_}"
    named = [each for each in findings if each.file == file]
    named = [each for each in named if mutation.column in (None, each.column)]
    assert [each for each in named if mutation.word in each.message], told
    if row is not None and any(each.row for each in named):
        assert [each for each in named if row in (each.row, *each.also)], (row, told)


FILE_CASES = cases(FILE_MUTATIONS, in_turn=False)


@pytest.mark.parametrize(("mutation", "format_"), FILE_CASES)
def test_a_mutation_of_files_is_named(
    mutation: FileMutation,
    format_: str,
    tmp_path: Path,
    written: dict[str, Path],
    served: Served,
    right: list[Any],
) -> None:
    """With the file; what is not named changes no answer."""
    folder = tmp_path / "mine"
    shutil.copytree(written[format_], folder)
    mutation.change(folder, format_)
    severity, findings = served.load(folder)
    told = "\n".join(map(str, findings))
    assert severity == mutation.expected, told
    if severity == FINE:
        assert served.answers() == right
        return
    assert all(each.fix and each.message for each in findings)
    name = mutation.file.format(format_)
    files = {folder / name, folder / f"{name}.{format_}"}
    assert [e for e in findings if e.file in files and mutation.word in e.message], told


def test_there_are_many() -> None:
    """Those that are not long; each mutation by a name of its own."""
    assert sum(not case.marks for case in [*CASES, *FILE_CASES]) >= 225
    names = [mutation.name for mutation in [*OF_ROWS, *TYPE_MUTATIONS]]
    assert len(set(names)) == len(names)
