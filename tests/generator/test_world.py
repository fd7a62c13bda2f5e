"""The generated world: what is drawn of a recipe, whoever sees it."""

from __future__ import annotations

import re
import uuid

import numpy as np
import pytest
from attrs import evolve

from locum.exceptions import DatasetError
from locum.generator import recipe_loader
from locum.generator.runs import ERROR, OK, OPEN
from locum.generator.world import World, build, dataset_ids, iso, world_ids
from tests.oracles.drawn import TINY


@pytest.fixture(scope="module")
def world() -> World:
    return build(TINY)


def test_another_seed_gives_another_world(world: World) -> None:
    assert build(TINY).times.start_us.tolist() == world.times.start_us.tolist()
    other = build(evolve(TINY, seed=TINY.seed + 1))
    assert other.times.start_us.tolist() != world.times.start_us.tolist()


@pytest.mark.parametrize("count", [100, 333, 1000])
def test_a_world_has_exactly_the_runs_that_were_asked_for(count: int) -> None:
    assert len(build(evolve(TINY, runs=count)).run_ids) == count


def test_too_few_runs_are_refused_with_a_number_that_is_enough() -> None:
    with pytest.raises(DatasetError) as refused:
        build(evolve(TINY, runs=10))
    (enough,) = map(int, re.findall(r"at least (\d+) runs", refused.value.fix))
    assert len(build(evolve(TINY, runs=enough)).run_ids) == enough


def test_a_world_that_would_begin_before_1970_is_refused() -> None:
    """An hour and a half of thought between turns, of which the clock has not had enough."""
    early = evolve(TINY, now="1970-01-01T00:00:01Z", days=1)
    with pytest.raises(DatasetError, match="begins before 1970"):
        build(early)


def test_ids_are_version_5_uuids_of_row_numbers_or_names() -> None:
    """With the standard library's uuid5; 2,000 ids meet every digit in every place."""
    root = uuid.UUID("6d1f1c0e-6d3b-5b8e-9f63-2f3f7a1c9d10")
    namespace = uuid.uuid5(root, "tiny/runs")
    expected = [str(uuid.uuid5(namespace, str(number))) for number in range(2000)]
    assert dataset_ids(TINY, "runs", 2000) == expected
    namespace = uuid.uuid5(root, "default/projects")
    expected = [str(uuid.uuid5(namespace, name)) for name in ("a", "ä b")]
    assert world_ids(TINY, "projects", ["a", "ä b"]) == expected


def test_the_ids_of_projects_are_of_their_keys(world: World) -> None:
    """Not of their names, their order, or what else there is."""
    copilot, bot = TINY.projects["sql-copilot"], TINY.projects["support-bot"]
    others = {"sql-copilot": evolve(copilot, name="renamed"), "support-bot": bot}
    keys = list(TINY.projects)
    fewer = build(evolve(TINY, projects=others | {"doc-tagger": TINY.projects["doc-tagger"]}))
    expected = [world.project_ids[keys.index(key)] for key in fewer.recipe.projects]
    assert fewer.project_ids == expected
    assert len(set(world.project_ids)) == len(keys)


def test_times_are_written_in_utc_with_six_digits() -> None:
    """date -u -d @1748739646.783 has 2025-06-01 01:00:46.783."""
    assert iso(np.array([1_748_739_646_783_000, 0])) == [
        "2025-06-01T01:00:46.783000Z",
        "1970-01-01T00:00:00.000000Z",
    ]


def test_each_call_of_a_model_has_the_status_that_fits_its_run(world: World) -> None:
    statuses, runs = world.http_statuses, world.runs
    errors = {int(code) for code in TINY.model_errors}
    assert set(statuses[runs.is_llm & (runs.status == OK)]) == {200}
    assert set(statuses[runs.is_llm & (runs.status == ERROR)]) <= errors
    assert set(statuses[runs.is_llm & (runs.status == OPEN)]) == {0}


def test_a_thread_has_a_uuid_or_a_name_of_the_applications_own(world: World) -> None:
    """The names are under the second and third key. The demo thread, support-bot's first, is no
    exception here: it is under the first key."""
    for key, id_ in zip(world.threads.key.tolist(), world.thread_ids, strict=True):
        named = id_.startswith("chat-")
        assert named == (key > 0)
        assert named or uuid.UUID(id_).version == 5


def test_runs_arrive_by_the_start_of_their_trace(world: World) -> None:
    """Those of a trace together, in the order in which they start."""
    starts, root = world.times.start_us, world.runs.root
    arrived = [(starts[root[run]], run) for run in world.order]
    assert sorted(world.order) == list(range(250))
    assert [start for start, _ in arrived] == sorted(start for start, _ in arrived)
    begun: dict[int, int] = {}
    for run in world.order:
        assert starts[run] >= begun.get(int(root[run]), 0)
        begun[int(root[run])] = int(starts[run])


def test_late_traces_arrive_after_traces_that_began_later() -> None:
    late = build(recipe_loader.find("late-data"))
    starts = late.times.start_us[late.runs.root[late.order]]
    assert (np.diff(starts) < 0).any()


def test_a_run_is_of_its_threads_project(world: World) -> None:
    of_run = world.project_of_run
    for run, trace in enumerate(world.runs.trace.tolist()):
        thread = world.traces.thread[trace]
        assert of_run[run] == world.threads.project[thread]
