"""Messages of runs that failed."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from locum.generator.failures import messages
from locum.generator.recipe import ModelError
from locum.generator.runs import ERROR
from locum.generator.world import World, build
from locum.langsmith.tables import RUN_TYPES
from tests.oracles.drawn import TINY

TYPES = set(RUN_TYPES) - {"llm"}


@pytest.fixture(scope="module")
def world() -> World:
    """tiny, where half of the turns fail, with messages that tell all that they may."""
    told = "{run} of {model} after {seconds} s: {count}"
    return build(
        evolve(
            TINY,
            outcomes=evolve(TINY.outcomes, failed=0.5),
            errors={run_type: (f"{run_type}: {told}",) for run_type in TYPES},
            model_errors={"418": ModelError(1, f"llm: {told}")},
        )
    )


def test_a_run_that_did_not_fail_has_none(world: World) -> None:
    found = messages(world)
    assert [n for n, each in enumerate(found) if each] == np.flatnonzero(
        world.runs.status == ERROR
    ).tolist()


def test_a_message_is_of_its_type_and_tells_what_failed_and_how_long_it_took(world: World) -> None:
    found, seen = messages(world), set()
    parents = set(world.runs.parent[world.runs.status == ERROR].tolist())
    for run in np.flatnonzero(world.runs.status == ERROR).tolist():
        if run in parents:
            continue
        node, trace = world.shapes.nodes[world.runs.node[run]], int(world.runs.trace[run])
        seconds = (world.times.end_us[run] - world.times.start_us[run]) / 1_000_000
        model = world.models[world.traces.model[trace]].name
        assert (found[run] or "").startswith(
            f"{node.run_type}: {node.name} of {model} after {seconds} s: "
        )
        seen.add(node.run_type)
    assert {"llm", "tool", "retriever", "parser"} <= seen | {"retriever"}


def test_a_parent_that_failed_with_its_child_has_the_childs(world: World) -> None:
    found = messages(world)
    for run in np.flatnonzero((world.runs.status == ERROR) & (world.runs.parent >= 0)).tolist():
        parent = int(world.runs.parent[run])
        if world.runs.status[parent] == ERROR:
            assert found[parent] == found[run]


def test_the_base_world_has_messages_of_every_type() -> None:
    assert set(TINY.errors) == TYPES
