"""Who talks to which application, when, and in how many turns; and which turns go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
from attrs import asdict, frozen

from understudy.exceptions import DatasetError
from understudy.generator import shapes
from understudy.generator.projects import FILLER, OTHER, Project
from understudy.generator.recipes import NOW, Recipe
from understudy.generator.streams import Flags, Floats, Ints, Streams, weighted

HOUR_MS = 3_600_000
NOW_MS = int(datetime.fromisoformat(NOW).timestamp()) * 1000
SUCCESS, FAILED, RECOVERED, PENDING = range(4)

# Traffic by hour of the day (UTC) and by day of the week (Monday first), relative to the busiest.
_HOURS = np.array(
    [5, 3, 2, 2, 3, 6, 15, 34, 62, 85, 96, 98, 90, 94, 100, 99, 92, 76, 58, 46, 37, 27, 17, 9]
)
_WEEKDAYS = np.array([97, 100, 99, 96, 88, 41, 36])


@frozen
class Threads:
    """Conversations, one an element of each array.

    `key` is an index into THREAD_KEYS, -1 without a thread; `example` the shared dataset's example
    that an experiment runs on, else -1; `arrival_ms` when it begins, in Unix milliseconds.
    """

    project: Ints
    key: Ints
    turns: Ints
    example: Ints
    arrival_ms: Ints


@frozen
class Traces:
    """Turns, in the order of their threads. `stop` is the node of the shape where something fails
    or hangs (-1: nowhere), `length` the number of runs, `model` an index into MODELS."""

    thread: Ints
    turn: Ints
    shape: Ints
    outcome: Ints
    stop: Ints
    length: Ints
    model: Ints
    streamed: Flags


def converse(
    recipe: Recipe, projects: Sequence[Project], streams: Streams
) -> tuple[Threads, Traces]:
    """Conversations with exactly the recipe's number of runs.

    Experiments and the other tenant come first, then as many production conversations as fit, then
    single calls for the rest.
    """
    fixed = _joined(
        Threads, _experiments(recipe, projects, streams), _others(recipe, projects, streams)
    )
    candidates = _joined(Threads, fixed, _production(recipe, projects, streams))
    traces = _turns(candidates, recipe, projects, streams)
    runs_until = np.cumsum(np.bincount(traces.thread, weights=traces.length)).astype(np.int64)
    kept = int(np.searchsorted(runs_until, recipe.runs, side="right"))
    if kept < len(fixed.project):
        least = int(runs_until[len(fixed.project) - 1])
        raise DatasetError(
            f"{recipe.runs} runs are too few for the experiments and the other tenant",
            f"ask for at least {2 * least} runs",
        )
    rest = recipe.runs - int(runs_until[kept - 1])
    threads = _joined(
        Threads,
        Threads(*(array[:kept] for array in _arrays(candidates))),
        _singles(rest, recipe, streams),
    )
    kept_traces = Traces(*(array[traces.thread < kept] for array in _arrays(traces)))
    singles = _single_turns(kept, rest, projects[FILLER], streams)
    return threads, _joined(Traces, kept_traces, singles)


def _experiments(recipe: Recipe, projects: Sequence[Project], streams: Streams) -> Threads:
    """Each experiment runs most examples once, some twice and a few not at all, one by one."""
    numbers = [i for i, project in enumerate(projects) if project.is_experiment]
    examples = recipe.examples[0]
    size = len(numbers) * examples
    times = streams.pick("experiments", "times", (0.08, 0.77, 0.15), size)
    project = np.repeat(np.repeat(numbers, examples), times)
    example = np.repeat(np.tile(np.arange(examples), len(numbers)), times)
    order = np.arange(len(project)) - np.searchsorted(project, project)
    experiment = np.searchsorted(numbers, project)
    days_ago = recipe.days * (0.7 - 0.2 * experiment)
    start_ms = NOW_MS - (days_ago * 24).astype(np.int64) * HOUR_MS
    nothing = np.full(len(project), -1)
    return Threads(project, nothing, np.ones_like(project), example, start_ms + 1500 * order)


def _others(recipe: Recipe, projects: Sequence[Project], streams: Streams) -> Threads:
    project = np.full(recipe.other_threads, OTHER)
    return _conversations(project, recipe, projects, streams, "other_threads")


def _production(recipe: Recipe, projects: Sequence[Project], streams: Streams) -> Threads:
    # More than fit: a conversation has over five runs on average.
    size = recipe.runs // 4 + 50
    shares = [project.share if project.tenant == 0 else 0.0 for project in projects]
    project = streams.pick("threads", "project", shares, size)
    return _conversations(project, recipe, projects, streams, "threads")


def _conversations(
    project: Ints, recipe: Recipe, projects: Sequence[Project], streams: Streams, table: str
) -> Threads:
    size = len(project)
    threaded = np.array([p.threaded for p in projects])[project]
    has_thread = streams.of(table, "has_thread").random(size) < threaded
    key = np.where(has_thread, streams.pick(table, "key", (0.8, 0.12, 0.08), size), -1)
    length = streams.uniform(table, "turns", size)
    turns = np.ones(size, dtype=np.int64)
    for i, each in enumerate(projects):
        chosen = has_thread & (project == i)
        turns[chosen] = 1 + weighted(length[chosen], each.turns)
    arrival_ms = _arrivals(recipe, streams, table, size)
    return Threads(project, key, turns, np.full(size, -1), arrival_ms)


def _arrivals(recipe: Recipe, streams: Streams, table: str, size: int) -> Ints:
    """Unix milliseconds, by the hours of the day and the days of the week."""
    hours = np.arange(recipe.days * 24)
    first = NOW_MS // HOUR_MS - recipe.days * 24
    hour_of_day = (first + hours) % 24
    weekday = ((first + hours) // 24 + 3) % 7  # 1970-01-01 was a Thursday
    bounds = np.cumsum(_HOURS[hour_of_day] * _WEEKDAYS[weekday], dtype=np.float64)
    bounds = np.concatenate([[0.0], bounds / bounds[-1]])
    at = np.interp(streams.uniform(table, "arrival", size), bounds, np.arange(len(bounds)))
    arrivals: Ints = first * HOUR_MS + (at * HOUR_MS).astype(np.int64)
    return arrivals


def _turns(
    threads: Threads, recipe: Recipe, projects: Sequence[Project], streams: Streams
) -> Traces:
    thread = np.repeat(np.arange(len(threads.turns)), threads.turns)
    size = len(thread)
    turn = np.arange(size) - np.searchsorted(thread, thread)
    which_shape = streams.uniform("traces", "shape", size)
    which_model = streams.uniform("traces", "model", size)
    shape, model = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for i, project in enumerate(projects):
        chosen = threads.project[thread] == i
        shape[chosen] = weighted(which_shape[chosen], project.shape_weights())
        model[chosen] = weighted(which_model[chosen], project.model_weights())
    share = np.array([project.streamed for project in projects])[threads.project[thread]]
    streamed = streams.uniform("traces", "streamed", size) < share
    rates = (1.0 - sum(recipe.rates), *recipe.rates)
    outcome = streams.pick("traces", "outcome", rates, size)
    # An experiment is over: what hangs in it has failed.
    experiment = threads.example[thread] >= 0
    outcome = np.where(experiment & (outcome == PENDING), FAILED, outcome)
    stop, outcome = _stops(shape, outcome, streams.uniform("traces", "stop", size))
    ends_early = (outcome == FAILED) | (outcome == PENDING)
    length = np.where(ends_early, stop + 1, shapes.SIZES[shape])
    return Traces(thread, turn, shape, outcome, stop, length, model, streamed)


def _stops(shape: Ints, outcome: Ints, where: Floats) -> tuple[Ints, Ints]:
    """Where a turn fails (any leaf), recovers (a tool or retriever, else nothing happens) or hangs
    (its last call of a model)."""
    stop = np.full(len(shape), -1)
    for s in range(len(shapes.SHAPES)):
        for result, nodes in (
            (FAILED, shapes.leaves(s)),
            (RECOVERED, shapes.of_type(s, "tool", "retriever")),
            (PENDING, shapes.of_type(s, "llm")[-1:]),
        ):
            chosen = (shape == s) & (outcome == result)
            if nodes:
                stop[chosen] = np.array(nodes)[(where[chosen] * len(nodes)).astype(np.int64)]
    return stop, np.where(stop < 0, SUCCESS, outcome)


def _singles(size: int, recipe: Recipe, streams: Streams) -> Threads:
    nothing = np.full(size, -1)
    arrival_ms = _arrivals(recipe, streams, "singles", size)
    return Threads(np.full(size, FILLER), nothing, np.ones_like(nothing), nothing, arrival_ms)


def _single_turns(first: int, size: int, project: Project, streams: Streams) -> Traces:
    return Traces(
        thread=first + np.arange(size),
        turn=np.zeros(size, dtype=np.int64),
        shape=np.full(size, shapes.NAMES.index("tag")),
        outcome=np.full(size, SUCCESS),
        stop=np.full(size, -1),
        length=np.ones(size, dtype=np.int64),
        model=streams.pick("singles", "model", project.model_weights(), size),
        streamed=np.zeros(size, dtype=np.bool_),
    )


Arrays = TypeVar("Arrays", Threads, Traces)


def _joined(kind: type[Arrays], first: Arrays, second: Arrays) -> Arrays:
    pairs = zip(_arrays(first), _arrays(second), strict=True)
    return kind(*(np.concatenate(pair) for pair in pairs))


def _arrays(value: Threads | Traces) -> list[Any]:
    return list(asdict(value, recurse=False).values())
