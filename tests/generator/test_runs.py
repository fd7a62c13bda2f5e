"""The runs of traces, worked out by hand on a shape of three: root, a call of a model, a tool."""

from __future__ import annotations

import numpy as np
import pytest

from locum.generator.conversations import FAILED, PENDING, RECOVERED, SUCCESS, Traces
from locum.generator.runs import ERROR, OK, OPEN, _lay_out, expand
from locum.generator.trace_shapes import Shapes
from locum.generator.world import build
from tests.oracles.drawn import TINY

SHAPES = Shapes({"turn": "chain root\n  llm ask\n  tool look up\n"})


def traces(*each: tuple[int, int, int]) -> Traces:
    """Traces of the shape, each with its outcome, the node where it stops, and its length."""
    outcome, stop, length = (np.array(column) for column in zip(*each, strict=True))
    zeros = np.zeros(len(each), dtype=np.int64)
    return Traces(zeros, zeros, zeros, outcome, stop, length, zeros, zeros > 0)


@pytest.mark.parametrize(
    ("outcome", "stop", "length", "statuses"),
    [
        (SUCCESS, -1, 3, [OK, OK, OK]),
        (FAILED, 1, 2, [ERROR, ERROR]),
        (FAILED, 2, 3, [ERROR, OK, ERROR]),
        (RECOVERED, 2, 3, [OK, OK, ERROR]),
        (PENDING, 1, 2, [OPEN, OPEN]),
    ],
)
def test_a_failure_climbs_to_the_root_unless_the_turn_recovers(
    outcome: int, stop: int, length: int, statuses: list[int]
) -> None:
    assert expand(traces((outcome, stop, length)), SHAPES).status.tolist() == statuses


def test_runs_of_several_traces_follow_each_other() -> None:
    """The first trace ends after its call of a model."""
    runs = expand(traces((FAILED, 1, 2), (SUCCESS, -1, 3)), SHAPES)
    assert runs.trace.tolist() == [0, 0, 1, 1, 1]
    assert runs.node.tolist() == [0, 1, 0, 1, 2]
    assert runs.root.tolist() == [0, 0, 2, 2, 2]
    assert runs.parent.tolist() == [-1, 0, -1, 2, 2]
    assert runs.is_llm.tolist() == [False, True, False, True, False]


def test_a_node_that_always_fails_takes_nobody_with_it() -> None:
    shapes = Shapes({"turn": "chain root\n  llm! try\n  llm again\n"})
    runs = expand(traces((SUCCESS, -1, 3)), shapes)
    assert runs.status.tolist() == [OK, ERROR, OK]


def test_one_run_follows_another_within_its_parent() -> None:
    """Gaps of 5 µs; own times of 10, 2,000 and 30 µs. The call begins at the next millisecond, the
    tool 5 µs after its end, and the root ends 10 µs after the tool."""
    own_us, gap_us = np.array([10, 2000, 30]), np.array([5, 5, 5])
    start_us, end_us = _lay_out(SHAPES, traces((SUCCESS, -1, 3)), own_us, gap_us)
    assert start_us.tolist() == [5, 1000, 3005]
    assert end_us.tolist() == [3045, 3000, 3035]


def test_a_trace_that_ended_early_ends_with_its_last_run() -> None:
    own_us, gap_us = np.array([10, 2000]), np.array([5, 5])
    start_us, end_us = _lay_out(SHAPES, traces((FAILED, 1, 2)), own_us, gap_us)
    assert start_us.tolist() == [5, 1000]
    assert end_us.tolist() == [3010, 3000]


def test_the_turns_of_a_thread_do_not_overlap() -> None:
    """And none ends after now, save those that hang."""
    world = build(TINY)
    roots = np.flatnonzero(world.runs.parent < 0)
    thread, turn = world.traces.thread, world.traces.turn
    assert (turn > 0).any()
    for trace in np.flatnonzero(turn > 0).tolist():
        assert thread[trace] == thread[trace - 1]
        pause_us = world.times.start_us[roots[trace]] - world.times.end_us[roots[trace - 1]]
        assert 0 < pause_us <= TINY.threads.longest_pause_ms * 1000
    assert np.max(world.times.end_us) <= TINY.now_ms * 1000


def test_what_a_call_streams_its_whole_trace_streams() -> None:
    world = build(TINY)
    first_us, runs = world.times.first_token_us, world.runs
    streamed = np.flatnonzero(runs.is_llm & (first_us >= 0))
    assert len(streamed) > 10
    assert (first_us[runs.root[streamed]] >= first_us[streamed]).all()
    assert not np.min(world.traces.streamed[runs.trace[first_us >= 0]]) < 1
