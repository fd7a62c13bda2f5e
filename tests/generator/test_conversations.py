"""Who talks to which application, when, and in how many turns; and which turns go wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pytest
import yaml
from attrs import evolve

from locum.exceptions import DatasetError
from locum.generator import recipe_loader
from locum.generator.conversations import (
    FAILED,
    HOUR_MS,
    PENDING,
    RECOVERED,
    SUCCESS,
    Threads,
    Traces,
    converse,
)
from locum.generator.random_streams import Streams
from locum.generator.recipe import Event, Outcomes, Recipe
from locum.generator.trace_shapes import Shapes
from tests.oracles.drawn import TINY

PROJECTS = list(TINY.projects.values())


def drawn(recipe: Recipe) -> tuple[Threads, Traces]:
    return converse(recipe, Shapes(recipe.shapes), Streams(recipe.seed))


@pytest.mark.parametrize("runs", [100, 101, 250])
def test_all_runs_are_in_turns(runs: int) -> None:
    """Those of a thread stand together, and are counted from 0."""
    threads, traces = drawn(evolve(TINY, runs=runs))
    assert traces.length.sum() == runs
    expected = [(t, n) for t, turns in enumerate(threads.turns.tolist()) for n in range(turns)]
    assert list(zip(traces.thread.tolist(), traces.turn.tolist(), strict=True)) == expected


def test_experiments_come_first_each_run_on_an_example() -> None:
    threads, _ = drawn(TINY)
    experiment = np.array([project.experiment for project in PROJECTS])[threads.project]
    count = int(experiment.sum())
    assert experiment[:count].all()
    assert ((threads.example >= 0) == experiment).all()
    assert set(threads.example[:count]) <= set(range(TINY.examples.shared.count))
    assert set(threads.turns[:count]) == {1}
    assert set(threads.key[:count]) == {-1}


def test_a_recipe_says_how_often_examples_are_run() -> None:
    """All of them twice: 10 examples in two experiments."""
    recipe = evolve(TINY, experiments=evolve(TINY.experiments, times=(0.0, 0.0, 1.0)))
    threads, _ = drawn(recipe)
    on = threads.example[threads.example >= 0].tolist()
    assert sorted(on) == sorted(list(range(10)) * 4)


def test_the_other_tenant_has_its_conversations() -> None:
    threads, _ = drawn(evolve(TINY, other_threads=7))
    tenants = [PROJECTS[project].tenant for project in threads.project.tolist()]
    assert tenants.count("other") == 7


def test_conversations_arrive_within_the_days() -> None:
    threads, _ = drawn(TINY)
    plain = threads.arrival_ms[threads.example < 0]
    assert np.min(plain) >= TINY.now_ms - 3 * 24 * HOUR_MS
    assert np.max(plain) < TINY.now_ms


def test_arrivals_of_the_recipe_are_taken_in_turn() -> None:
    times = ("2026-06-29T00:00:00Z", "2026-06-29T12:00:00.5Z")
    volume = evolve(TINY.volume, arrivals=times)
    threads, _ = drawn(evolve(TINY, volume=volume, other_threads=3))
    first = int(datetime(2026, 6, 29, tzinfo=UTC).timestamp()) * 1000
    others = threads.arrival_ms[threads.example < 0][:3]
    assert others.tolist() == [first, first + 12 * HOUR_MS + 500, first]


def test_an_event_takes_its_part_of_the_volume() -> None:
    """All other hours are without any: everybody arrives in the two hours of the event."""
    event = Event(hours_ago=5, hours=2, volume=10.0)
    hours = [0.0] * 24
    hours[7] = hours[8] = 1.0  # now is 12:00
    volume = evolve(TINY.volume, hours=tuple(hours), weekdays=(1.0,) * 7, events=(event,))
    threads, _ = drawn(evolve(TINY, volume=volume, days=1))
    plain = threads.arrival_ms[threads.example < 0]
    assert np.min(plain) >= TINY.now_ms - 5 * HOUR_MS
    assert np.max(plain) < TINY.now_ms - 3 * HOUR_MS


def test_days_without_any_volume_are_refused() -> None:
    volume = evolve(TINY.volume, weekdays=(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0))  # now is a Tuesday
    with pytest.raises(DatasetError, match="no hour of the 1 days of tiny has any volume"):
        drawn(evolve(TINY, volume=volume, days=1))


def test_too_few_runs_are_told_how_to_get_along_with_them() -> None:
    """What the fix says can be pasted into the recipe: then the runs are enough."""
    recipe = evolve(TINY, runs=12)
    with pytest.raises(DatasetError) as error:
        drawn(recipe)
    assert str(error.value).startswith("recipe tiny: runs: 12 are too few for ")
    found = re.search(r"at least (\d+) runs, or write (experiments: false) and", error.value.fix)
    assert found is not None
    drawn(evolve(TINY, runs=int(found[1])))
    drawn(recipe_loader.find("tiny", {"runs": 12, **yaml.safe_load(found[2])}))


def test_too_few_runs_without_experiments_are_too_few_for_the_other_tenant() -> None:
    apps = {key: project for key, project in TINY.projects.items() if not project.experiment}
    with pytest.raises(DatasetError) as error:
        drawn(evolve(TINY, runs=1, projects=apps, other_threads=20))
    assert "or write a lower other_threads; " in error.value.fix
    drawn(evolve(TINY, runs=1, projects=apps, other_threads=0))


@pytest.mark.parametrize(
    ("rates", "outcome"),
    [
        (Outcomes(failed=1.0), FAILED),
        (Outcomes(pending=1.0), PENDING),
        (Outcomes(), SUCCESS),
    ],
)
def test_all_turns_go_as_the_rates_say(rates: Outcomes, outcome: int) -> None:
    """Not the single calls, which have rates of their own; and an experiment that is over has
    failed where it would hang."""
    threads, traces = drawn(evolve(TINY, outcomes=rates))
    experiment = threads.example[traces.thread] >= 0
    single = threads.project[traces.thread] == TINY.place(TINY.singles.project)
    assert set(traces.outcome[~experiment & ~single]) == {outcome}
    assert set(traces.outcome[experiment]) == {FAILED if outcome == PENDING else outcome}
    stops = traces.stop[traces.outcome != SUCCESS]
    assert (stops >= 0).all()
    assert (traces.stop[traces.outcome == SUCCESS] == -1).all()


def test_a_turn_recovers_from_a_failed_tool_or_retriever_and_goes_on() -> None:
    shapes = Shapes(TINY.shapes)
    _, traces = drawn(evolve(TINY, outcomes=Outcomes(recovered=1.0)))
    recovered = np.flatnonzero(traces.outcome == RECOVERED)
    assert len(recovered) > 10
    for trace in recovered.tolist():
        nodes = shapes.of[traces.shape[trace]]
        assert nodes[traces.stop[trace]].run_type in ("tool", "retriever")
        assert traces.length[trace] == len(nodes)


def test_what_fails_or_hangs_ends_there() -> None:
    shapes = Shapes(TINY.shapes)
    _, traces = drawn(TINY)
    for trace in np.flatnonzero(traces.stop >= 0).tolist():
        nodes, stop = shapes.of[traces.shape[trace]], traces.stop[trace]
        if traces.outcome[trace] == PENDING:
            assert nodes[stop].run_type == "llm"
            assert "llm" not in [node.run_type for node in nodes[stop + 1 :]]
        if traces.outcome[trace] in (FAILED, PENDING):
            assert traces.length[trace] == stop + 1
