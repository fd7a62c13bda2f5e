"""Random requests to POST /runs/query, followed to the last page: no run is left out, none comes
twice, and each is shown as the oracle shows it. `scripts/verify` asks more of them."""

from __future__ import annotations

import pytest

from tests.oracles.run_verification import RunVerification


@pytest.fixture(scope="module")
def tiny() -> RunVerification:
    return RunVerification("tiny")


@pytest.fixture(scope="module")
def time_edges() -> RunVerification:
    """Runs of which several began in the same microsecond."""
    return RunVerification("time-edges")


@pytest.mark.parametrize("seed", range(50))
def test_pages_have_the_runs_of_the_oracle(tiny: RunVerification, seed: int) -> None:
    assert tiny.faults(seed) == []


@pytest.mark.parametrize("seed", range(10))
def test_pages_have_runs_of_one_time_by_id(time_edges: RunVerification, seed: int) -> None:
    assert time_edges.faults(seed) == []


def test_most_of_the_requests_are_about_something(tiny: RunVerification) -> None:
    queries = [tiny.query(seed) for seed in range(50)]
    assert sum(len(query.runs) > query.body["limit"] for query in queries) >= 10
    assert sum(not query.runs for query in queries) <= 15
