"""Every project of every bundled dataset: its statistics are those of all its runs, in every way
that they are asked for; and one of them added up from its rows is what the list of all says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.datasets import dataset as datasets
from tests.conftest import application_over
from tests.oracles.bare_rows import rows_of
from tests.oracles.bundled import find
from tests.oracles.langsmith_answers import same, without_queries
from tests.oracles.langsmith_filters import Filters
from tests.oracles.langsmith_requests import draws
from tests.oracles.project_oracle import COSTS, FIELDS, Projects
from tests.oracles.run_oracle import World, micros, within

KEYS = {
    "locum-demo-key": "11111111-1111-4111-8111-111111111111",
    "locum-other-key": "22222222-2222-4222-8222-222222222222",
}
STATS = {"include_stats": "true"}


class Asked:
    """A bundled dataset as it is served, and its oracle."""

    def __init__(self, name: str, client: TestClient) -> None:
        self.name, self.client = name, client
        self.projects = Projects(World(rows_of(find(name).folder)))

    def get(self, key: str, path: str, **parameters: Any) -> Any:
        answer = self.client.get(path, params=parameters, headers={"X-API-Key": key})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def stats(self, key: str, project: str) -> dict[str, Any]:
        """What /runs/stats tells of a project."""
        answer = self.client.post(
            "/runs/stats", json={"session": [project]}, headers={"X-API-Key": key}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module", params=datasets.names())
def asked(request: pytest.FixtureRequest) -> Iterator[Asked]:
    with TestClient(application_over(request.param)) as client:
        yield Asked(request.param, client)


@pytest.mark.parametrize("key", KEYS)
def test_v1_shows_the_statistics_of_all_runs_of_each_project(asked: Asked, key: str) -> None:
    """In the list, with facets, and one by one, without; and what /runs/stats tells of its id."""
    listed = asked.get(key, "/api/v1/sessions", facets="true", **STATS)
    assert {row["id"] for row in listed} == {*asked.projects.of_tenant(KEYS[key])}
    for row in listed:
        expected = asked.projects.v1(row["id"])
        same(expected, without_queries({name: row[name] for name in expected}))
        one = asked.get(key, f"/api/v1/sessions/{row['id']}", **STATS)
        assert one == row | {"run_facets": None}
        stats = asked.stats(key, row["id"])
        shared = {name: row[name] for name in row.keys() & stats.keys() - {*COSTS}}
        assert shared == {name: stats[name] for name in shared}
        assert len(shared) == len(FIELDS) - len(COSTS) - 1  # session_feedback_stats
        assert [float(row[cost]) for cost in COSTS] == [stats[cost] for cost in COSTS]


@pytest.mark.parametrize("key", KEYS)
def test_v2_shows_the_same_statistics(asked: Asked, key: str) -> None:
    listed = asked.get(key, "/v2/sessions", include_facets="true", **STATS)["items"]
    assert {row["id"] for row in listed} == {*asked.projects.of_tenant(KEYS[key])}
    for row in listed:
        expected = asked.projects.v2(row["id"])
        computed = {name: value for name, value in row.items() if name in FIELDS}
        same(expected, without_queries(computed))
        one = asked.get(key, f"/v2/sessions/{row['id']}", **STATS)
        assert one == {name: value for name, value in row.items() if name != "run_facets"}


def test_statistics_are_over_the_runs_that_start_late_enough_and_pass_the_filter(
    asked: Asked,
) -> None:
    """Four random filters, each that some run of the dataset passes, from the start of another run;
    one statement selects the runs of all projects."""
    world = asked.projects.world
    key, tenant = next(iter(KEYS.items()))
    pool = [run for run in world.runs.values() if run["tenant_id"] == tenant]
    if not pool:
        return
    chance = draws(asked.name)
    for _ in range(4):
        text, passes = Filters(world, pool).true_of(chance, chance.choice(pool))
        start = chance.choice(pool)["start_time"]
        scope = {"stats_filter": text, "stats_start_time": start}
        for row in asked.get(key, "/api/v1/sessions", **scope, **STATS):
            of_it = world.of_session[row["id"]]
            late = [run for run in of_it if passes(run) and within(run, micros(start), None)]
            expected = asked.projects.v1(row["id"], late)
            del expected["run_facets"]
            same(expected, {name: row[name] for name in expected})
