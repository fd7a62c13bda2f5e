"""The runs of every trace: which there are, how each ended, and when."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from locum.generator.conversations import FAILED, PENDING, RECOVERED, Threads, Traces
from locum.generator.quantities import numbers, of_models, whole
from locum.generator.random_streams import Flags, Ints, Streams
from locum.generator.recipe import Recipe
from locum.generator.trace_shapes import Shapes

OK, ERROR, OPEN = range(3)


@frozen
class Runs:
    """Runs, trace by trace, each trace in the order of its shape's nodes.

    `node` is an index into the nodes of Shapes; `parent` and `root` are indices of runs (-1: no
    parent).
    """

    trace: Ints
    node: Ints
    parent: Ints
    root: Ints
    status: Ints
    is_llm: Flags


@frozen
class Times:
    """Unix microseconds; `first_token_us` is -1 where nothing was streamed. A pending run has the
    end that it will have."""

    start_us: Ints
    first_token_us: Ints
    end_us: Ints


def expand(traces: Traces, shapes: Shapes) -> Runs:
    """The runs of the traces, with their statuses."""
    first = np.cumsum(traces.length) - traces.length
    trace = np.repeat(np.arange(len(first)), traces.length)
    root = first[trace]
    node = shapes.offsets[traces.shape[trace]] + np.arange(len(trace)) - root
    parent = np.where(shapes.parents[node] < 0, -1, root + shapes.parents[node])
    status = np.where(shapes.fails[node], ERROR, OK)
    for outcome, result, climbs in (
        (FAILED, ERROR, True),
        (RECOVERED, ERROR, False),
        (PENDING, OPEN, True),
    ):
        run = (first + traces.stop)[traces.outcome == outcome]
        while len(run):
            status[run] = result
            run = parent[run][parent[run] >= 0] if climbs else run[:0]
    return Runs(trace, node, parent, root, status, shapes.is_llm[node])


def schedule(
    recipe: Recipe,
    shapes: Shapes,
    threads: Threads,
    traces: Traces,
    runs: Runs,
    completion_tokens: Ints,
    cached: Flags,
    streams: Streams,
) -> Times:
    """When each run starts, streams its first token, and ends.

    A model call takes the time to its first token and a time per token; it starts, streams and ends
    on whole milliseconds, the resolution at which a proxy measures it. A cached one takes a few.
    """
    own_us = _own_us(recipe, shapes, runs, streams)
    first_ms, whole_ms = _calls_ms(recipe, traces, runs, completion_tokens, cached, streams)
    own_us = np.where(runs.is_llm, 1000 * whole_ms, own_us)
    gap_us = 1 + whole(streams, "runs", "gap", recipe.latency.gap_us, len(runs.trace))
    start_us, end_us = _lay_out(shapes, traces, own_us, gap_us)
    base_us = _bases_ms(recipe, threads, traces, runs, end_us, streams)[runs.trace] * 1000
    streamed = runs.is_llm & _streamed(shapes, traces, runs)
    first_us = np.where(streamed, start_us + 1000 * first_ms, -1)
    # What a call streams, its whole trace streams.
    np.maximum.at(first_us, runs.root[streamed], first_us[streamed])
    return Times(
        base_us + start_us, np.where(first_us < 0, -1, base_us + first_us), base_us + end_us
    )


def _own_us(recipe: Recipe, shapes: Shapes, runs: Runs, streams: Streams) -> Ints:
    """Each run's own time in microseconds; calls of a model have none here."""
    size = len(runs.trace)
    run_type = shapes.run_types[runs.node]
    own_us = np.zeros(size, dtype=np.int64)
    for name, usual in recipe.latency.own_us.items():
        took = 1 + whole(streams, "runs", f"own_{name}", usual, size)
        own_us = np.where(run_type == name, took, own_us)
    return own_us


def _calls_ms(
    recipe: Recipe, traces: Traces, runs: Runs, tokens: Ints, cached: Flags, streams: Streams
) -> tuple[Ints, Ints]:
    """As if each run were a call of a model: milliseconds to its first token, and to its end."""
    size, model, usual = len(runs.trace), traces.model[runs.trace], recipe.latency
    first = of_models(recipe, "first_token_ms", usual.first_token_ms, model)
    each = of_models(recipe, "ms_per_token", usual.ms_per_token, model)
    first_ms = 1 + whole(streams, "runs", "first_token", first, size)
    per_token = numbers(streams, "runs", "per_token", each, size)
    tokens = np.where(runs.status == ERROR, 0, tokens)
    rest_ms = 1 + (tokens * per_token).astype(np.int64)
    first_ms = np.where(cached, 2 + first_ms % 30, first_ms)
    rest_ms = np.where(cached, 1 + rest_ms % 20, rest_ms)
    return first_ms, first_ms + rest_ms


def _lay_out(shapes: Shapes, traces: Traces, own_us: Ints, gap_us: Ints) -> tuple[Ints, Ints]:
    """Start and end of each run in microseconds from its trace's base.

    Within a trace one thing follows another: a run starts after a gap, and ends its own time after
    its last child has ended.
    """
    start_us, end_us = np.zeros_like(own_us), np.zeros_like(own_us)
    first = np.cumsum(traces.length) - traces.length
    for s, nodes in enumerate(shapes.of):
        these = np.flatnonzero(traces.shape == s)
        # A trace that ended early lacks the last nodes: they take no time, and go nowhere.
        exists = np.arange(len(nodes)) < traces.length[these, None]
        row = np.where(exists, first[these, None] + np.arange(len(nodes)), first[these, None])
        own, gap = own_us[row] * exists, gap_us[row] * exists
        start, end = np.zeros_like(own), np.zeros_like(own)
        clock = np.zeros(len(these), dtype=np.int64)
        running: list[int] = []
        for k, node in enumerate((*nodes, None)):
            while running and (node is None or nodes[running[-1]].depth >= node.depth):
                ended = running.pop()
                clock = clock + own[:, ended]
                end[:, ended] = clock
            if node is not None:
                clock = clock + gap[:, k]
                if node.run_type == "llm":
                    clock = -(-clock // 1000) * 1000
                start[:, k] = clock
                running.append(k)
        start_us[row[exists]], end_us[row[exists]] = start[exists], end[exists]
    return start_us, end_us


def _streamed(shapes: Shapes, traces: Traces, runs: Runs) -> Flags:
    """The last call of a turn's shape streams, in those turns that stream, unless it failed."""
    last = np.array([max(shapes.of_type(s, "llm")) for s in range(len(shapes.of))])
    node = runs.node - shapes.offsets[traces.shape[runs.trace]]
    is_last = node == last[traces.shape[runs.trace]]
    streams_here: Flags = is_last & (runs.status != ERROR) & traces.streamed[runs.trace]
    return streams_here


def _bases_ms(
    recipe: Recipe, threads: Threads, traces: Traces, runs: Runs, end_us: Ints, streams: Streams
) -> Ints:
    """Unix milliseconds at which each trace begins: a turn follows its predecessor's end after some
    thinking. A conversation that would run past now is moved to end within the minute before it."""
    took_ms = -(-end_us[np.flatnonzero(runs.parent < 0)] // 1000)
    pause = numbers(streams, "traces", "thinking", recipe.threads.pause_ms, len(took_ms))
    pause_ms = np.minimum(pause, recipe.threads.longest_pause_ms).astype(np.int64)
    step_ms = took_ms + pause_ms
    before_ms = np.cumsum(step_ms) - step_ms
    opening = np.searchsorted(traces.thread, np.arange(len(threads.turns)))
    offset_ms = before_ms - before_ms[opening][traces.thread]
    closing = opening + threads.turns - 1
    whole_ms = offset_ms[closing] + took_ms[closing]
    spare_ms = streams.of("threads", "spare").integers(1, 60_000, len(whole_ms))
    arrival_ms = np.minimum(threads.arrival_ms, recipe.now_ms - whole_ms - spare_ms)
    bases: Ints = arrival_ms[traces.thread] + offset_ms
    return bases
