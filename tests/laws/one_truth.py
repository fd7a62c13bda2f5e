"""One truth: a number that LangSmith's API shows at several places is the same at each, and is what
the rules make of the rows that the API shows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from attrs import define, field
from starlette.testclient import TestClient

from tests.conftest import application_over
from tests.oracles.answered_rows import COSTS, Reader, Row
from tests.oracles.langsmith_answers import same, without_queries
from tests.oracles.project_oracle import FIELDS, Projects
from tests.oracles.run_oracle import World

KEYS = ("locum-demo-key", "locum-other-key")
STATS = {"include_stats": True, "facets": True}
# Of RunStats, which all of a project's statistics are compared in. Those of feedback on the project
# itself are in none.
SHARED = tuple(name for name in FIELDS if name != "session_feedback_stats")


@define
class Truth:
    """What was compared of a dataset, and what differs."""

    dataset: str
    projects: int = 0
    runs: int = 0
    pages: int = 0
    figures: int = 0
    differences: list[str] = field(factory=list)

    def compare(self, what: str, expected: Row, found: Row) -> None:
        self.figures += len(expected)
        try:
            same(expected, found)
        except AssertionError as error:
            self.differences.append(f"{self.dataset}: {what}: {error}"[:1000])


def truth_of(dataset: str) -> Truth:
    """Of a bundled dataset, for each key and each of its projects, field by field: the statistics
    in the list of projects, of the project alone, by v2 and of /runs/stats, beside those of all its
    runs, paged to the end; and those of an experiment over a shared dataset beside what is public.
    """
    truth = Truth(dataset)
    with TestClient(application_over(dataset)) as client:
        for key in KEYS:
            reader = Reader(client, key)
            projects = Projects(World(reader.rows))
            truth.runs += len(projects.world.runs)
            _compare_projects(truth, reader, projects)
            _compare_shared(truth, reader)
            truth.pages += reader.pages
    return truth


def _compare_projects(truth: Truth, reader: Reader, projects: Projects) -> None:
    of_v2 = {row["id"]: row for row in reader.get("/v2/sessions", page_size=100, **V2)["items"]}
    for row in reader.projects(**STATS):
        truth.projects += 1
        id_ = row["id"]
        one = reader.get(f"/api/v1/sessions/{id_}", include_stats=True)
        expected = projects.v1(id_)
        truth.compare(f"GET /sessions, {id_}", expected, _of(row, expected))
        del expected["run_facets"]  # which nobody asked for of one
        truth.compare(f"GET /sessions/{id_}", expected, _of(one, expected))
        v2 = projects.v2(id_)
        truth.compare(f"GET /v2/sessions, {id_}", v2, _of(of_v2.pop(id_), FIELDS))
        stats = reader.post("/api/v1/runs/stats", {"session": [id_]})
        truth.compare(f"POST /runs/stats, {id_}", _as_numbers(_of(row, SHARED)), _of(stats, SHARED))
    assert of_v2 == {}


V2 = {"include_stats": True, "include_facets": True}


def _compare_shared(truth: Truth, reader: Reader) -> None:
    """The experiments over a dataset and its public ones are the same, and so are their numbers."""
    for token, dataset in _shared(reader):
        own = {row["id"]: row for row in reader.projects(reference_dataset=dataset, **STATS)}
        shown = reader.get(f"/api/v1/public/{token}/datasets/sessions", limit=100, facets=True)
        assert {row["id"] for row in shown} == own.keys()
        for row in shown:
            id_ = row["id"]
            expected = _of(own[id_], FIELDS)
            truth.compare(f"GET /public/datasets/sessions, {id_}", expected, _of(row, FIELDS))
            path = f"/api/v1/public/{token}/datasets/runs/stats"
            stats = reader.post(path, {"session": [id_]})
            expected = _as_numbers(_of(row, SHARED))
            truth.compare(f"POST /public/datasets/runs/stats, {id_}", expected, _of(stats, SHARED))


def _shared(reader: Reader) -> Iterator[tuple[str, str]]:
    for dataset in reader.get("/api/v1/datasets", limit=100):
        share = reader.get(f"/api/v1/datasets/{dataset['id']}/share")
        if share is not None:
            yield share["share_token"], dataset["id"]


def _of(shown: Row, names: Any) -> Row:
    """What is shown of these names, facets without queries."""
    return without_queries({name: shown[name] for name in names if name in shown})


def _as_numbers(row: Row) -> Row:
    """Costs as RunStats has them, of which the project has texts."""
    return row | {name: float(Decimal(row[name])) for name in COSTS}
