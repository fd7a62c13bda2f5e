"""Who talks to which application, when, and in how many turns; and which turns go wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
from attrs import asdict, frozen

from locum.exceptions import DatasetError
from locum.generator.random_streams import Flags, Floats, Ints, Streams, weighted
from locum.generator.recipe import THREAD_KEYS, Event, Outcomes, Project, Recipe, instant
from locum.generator.trace_shapes import Shapes
from locum.resources import bundled

HOUR_MS = 3_600_000
_EPOCH, _MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
SUCCESS, FAILED, RECOVERED, PENDING = range(4)


@frozen
class Threads:
    """Conversations, one an element of each array.

    `key` is an index into THREAD_KEYS, -1 without a thread; `example` the shared
    dataset's example that an experiment runs on, else -1; `arrival_ms` when it begins, in Unix
    milliseconds.
    """

    project: Ints
    key: Ints
    turns: Ints
    example: Ints
    arrival_ms: Ints


@frozen
class Traces:
    """Turns, in the order of their threads. `stop` is the node of the shape where something fails
    or hangs (-1: nowhere), `length` the number of runs, `model` an index into the recipe's
    models."""

    thread: Ints
    turn: Ints
    shape: Ints
    outcome: Ints
    stop: Ints
    length: Ints
    model: Ints
    streamed: Flags


def converse(recipe: Recipe, shapes: Shapes, streams: Streams) -> tuple[Threads, Traces]:
    """Conversations with exactly the recipe's number of runs.

    Experiments and the other tenant come first, then as many production conversations as fit, then
    single calls for the rest.
    """
    fixed = _experiments(recipe, streams)
    if "other" in recipe.tenants:
        fixed = _joined(Threads, fixed, _others(recipe, streams))
    candidates = _joined(Threads, fixed, _production(recipe, shapes, streams))
    traces = _turns(candidates, recipe, shapes, streams)
    runs_until = np.cumsum(np.bincount(traces.thread, weights=traces.length)).astype(np.int64)
    kept = int(np.searchsorted(runs_until, recipe.runs, side="right"))
    if kept < len(fixed.project):
        least = int(runs_until[len(fixed.project) - 1])
        raise _too_few(recipe, 2 * least)
    rest = recipe.runs - (int(runs_until[kept - 1]) if kept else 0)
    threads = _joined(
        Threads,
        Threads(*(array[:kept] for array in _arrays(candidates))),
        _singles(rest, recipe, streams),
    )
    kept_traces = Traces(*(array[traces.thread < kept] for array in _arrays(traces)))
    return threads, _joined(Traces, kept_traces, _single_turns(kept, rest, recipe, shapes, streams))


def _too_few(recipe: Recipe, enough: int) -> DatasetError:
    fewer = "a lower other_threads"
    if any(project.experiment for project in recipe.projects.values()):
        fewer = f"experiments: false and {fewer}"
    example = bundled("fixtures") / "recipes" / "tiny.yaml"
    return DatasetError(
        f"recipe {recipe.name}: runs: {recipe.runs} are too few for the experiments and the "
        "other tenant",
        f"ask for at least {enough} runs, or write {fewer}; {example} is a small recipe",
    )


def _experiments(recipe: Recipe, streams: Streams) -> Threads:
    """Each experiment runs most examples once, some twice and a few not at all, one by one."""
    projects = enumerate(recipe.projects.values())
    numbers = [i for i, project in projects if project.experiment and project.ran]
    examples = recipe.examples.shared.count
    size = len(numbers) * examples
    times = streams.pick("experiments", "times", recipe.experiments.times, size)
    project = np.repeat(np.repeat(np.array(numbers, dtype=np.int64), examples), times)
    example = np.repeat(np.tile(np.arange(examples), len(numbers)), times)
    order = np.arange(len(project)) - np.searchsorted(project, project)
    experiment = np.searchsorted(numbers, project)
    days_ago = recipe.days * (0.7 - 0.2 * experiment)
    start_ms = recipe.now_ms - (days_ago * 24).astype(np.int64) * HOUR_MS
    nothing = np.full(len(project), -1)
    return Threads(project, nothing, np.ones_like(project), example, start_ms + 1500 * order)


def _others(recipe: Recipe, streams: Streams) -> Threads:
    return _conversations("other", recipe, streams, "other_threads", recipe.other_threads)


def _production(recipe: Recipe, shapes: Shapes, streams: Streams) -> Threads:
    """More conversations than fit: as if each had three quarters of its average number of runs,
    and no more than four."""
    apps = [p for p in recipe.projects.values() if p.tenant == "demo" and not p.experiment]
    runs = sum(p.share * _average_turns(p) * _average_length(p, shapes) for p in apps)
    each = min(4, max(1, int(0.75 * runs / sum(p.share for p in apps))))
    return _conversations("demo", recipe, streams, "threads", recipe.runs // each + 50)


def _average_turns(project: Project) -> float:
    more = sum(turn * weight for turn, weight in enumerate(project.turns)) / sum(project.turns)
    return 1 + project.threaded * more


def _average_length(project: Project, shapes: Shapes) -> float:
    weights = shape_weights(project, shapes)
    return float(np.average(shapes.sizes, weights=weights))


def shape_weights(project: Project, shapes: Shapes) -> list[float]:
    """A weight for each of the shapes."""
    return [project.shapes.get(name, 0.0) for name in shapes.names]


def _conversations(tenant: str, recipe: Recipe, streams: Streams, table: str, size: int) -> Threads:
    projects = tuple(recipe.projects.values())
    shares = [p.share if p.tenant == tenant and not p.experiment else 0.0 for p in projects]
    project = streams.pick(table, "project", shares, size)
    threaded = np.array([p.threaded for p in projects])[project]
    has_thread = streams.of(table, "has_thread").random(size) < threaded
    keys = [recipe.threads.keys[name] for name in THREAD_KEYS]
    key = np.where(has_thread, streams.pick(table, "key", keys, size), -1)
    length = streams.uniform(table, "turns", size)
    turns = np.ones(size, dtype=np.int64)
    for i, each in enumerate(projects):
        chosen = has_thread & (project == i)
        turns[chosen] = 1 + weighted(length[chosen], each.turns)
    arrival_ms = _arrivals(recipe, streams, table, size)
    return Threads(project, key, turns, np.full(size, -1), arrival_ms)


def _arrivals(recipe: Recipe, streams: Streams, table: str, size: int) -> Ints:
    """Unix milliseconds, by the hours of the day and the days of the week; or the given ones."""
    if recipe.volume.arrivals:
        given = [(instant(time) - _EPOCH) // _MS for time in recipe.volume.arrivals]
        return np.resize(np.array(given, dtype=np.int64), size)
    hours = np.arange(recipe.days * 24)
    first = recipe.now_ms // HOUR_MS - recipe.days * 24
    hour_of_day = (first + hours) % 24
    weekday = ((first + hours) // 24 + 3) % 7  # 1970-01-01 was a Thursday
    volume = np.array(recipe.volume.hours)[hour_of_day] * np.array(recipe.volume.weekdays)[weekday]
    for event in recipe.volume.events:
        volume = volume * np.where(_in(event, recipe, (first + hours) * HOUR_MS), event.volume, 1.0)
    if not volume.any():
        raise DatasetError(
            f"no hour of the {recipe.days} days of {recipe.name} has any volume",
            "raise weights of volume.hours, volume.weekdays or volume.events",
        )
    bounds = np.concatenate([[0.0], np.cumsum(volume)])
    bounds = bounds / bounds[-1]
    at = np.interp(streams.uniform(table, "arrival", size), bounds, np.arange(len(bounds)))
    arrivals: Ints = first * HOUR_MS + (at * HOUR_MS).astype(np.int64)
    return arrivals


def _in(event: Event, recipe: Recipe, time_ms: Ints) -> Flags:
    begin_ms = (recipe.now_ms // HOUR_MS - event.hours_ago) * HOUR_MS
    inside: Flags = (time_ms >= begin_ms) & (time_ms < begin_ms + event.hours * HOUR_MS)
    return inside


def _turns(threads: Threads, recipe: Recipe, shapes: Shapes, streams: Streams) -> Traces:
    projects = tuple(recipe.projects.values())
    thread = np.repeat(np.arange(len(threads.turns)), threads.turns)
    size = len(thread)
    turn = np.arange(size) - np.searchsorted(thread, thread)
    which_shape = streams.uniform("traces", "shape", size)
    which_model = streams.uniform("traces", "model", size)
    shape, model = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for i, project in enumerate(projects):
        chosen = threads.project[thread] == i
        shape[chosen] = weighted(which_shape[chosen], shape_weights(project, shapes))
        model[chosen] = weighted(which_model[chosen], _model_weights(project, recipe))
    share = np.array([project.streamed for project in projects])[threads.project[thread]]
    streamed = streams.uniform("traces", "streamed", size) < share
    outcome = _outcomes(threads, thread, recipe, streams.uniform("traces", "outcome", size))
    stop, outcome = _stops(shapes, shape, outcome, streams.uniform("traces", "stop", size))
    ends_early = (outcome == FAILED) | (outcome == PENDING)
    length = np.where(ends_early, stop + 1, shapes.sizes[shape])
    return Traces(thread, turn, shape, outcome, stop, length, model, streamed)


def _model_weights(project: Project, recipe: Recipe) -> list[float]:
    return [project.models.get(name, 0.0) for name in recipe.models]


def _outcomes(threads: Threads, thread: Ints, recipe: Recipe, numbers: Floats) -> Ints:
    outcome = weighted(numbers, recipe.outcomes.weights())
    for event in recipe.volume.events:
        if event.outcomes is not None:
            inside = _in(event, recipe, threads.arrival_ms[thread])
            outcome[inside] = weighted(numbers[inside], event.outcomes.weights())
    if recipe.experiments.over:  # what hangs has failed
        experiment = threads.example[thread] >= 0
        outcome = np.where(experiment & (outcome == PENDING), FAILED, outcome)
    return outcome


def _stops(shapes: Shapes, shape: Ints, outcome: Ints, where: Floats) -> tuple[Ints, Ints]:
    """Where a turn fails (any leaf), recovers (a tool or retriever, else nothing happens) or hangs
    (its last call of a model)."""
    stop = np.full(len(shape), -1)
    for s in range(len(shapes.of)):
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
    project = np.full(size, recipe.place(recipe.singles.project))
    return Threads(project, nothing, np.ones_like(nothing), nothing, arrival_ms)


def _single_turns(
    first: int, size: int, recipe: Recipe, shapes: Shapes, streams: Streams
) -> Traces:
    project, singles = recipe.projects[recipe.singles.project], recipe.singles
    of_one = (s for s, runs in enumerate(shapes.of) if len(runs) == 1)
    shape = next(s for s in of_one if shapes.names[s] in project.shapes)
    rates = Outcomes(singles.failed, 0.0, singles.pending).weights()
    outcome = streams.pick("singles", "outcome", rates, size)
    return Traces(
        thread=first + np.arange(size),
        turn=np.zeros(size, dtype=np.int64),
        shape=np.full(size, shape),
        outcome=outcome,
        stop=np.where(outcome == SUCCESS, -1, 0),
        length=np.ones(size, dtype=np.int64),
        model=streams.pick("singles", "model", _model_weights(project, recipe), size),
        streamed=np.zeros(size, dtype=np.bool_),
    )


Arrays = TypeVar("Arrays", Threads, Traces)


def _joined(kind: type[Arrays], first: Arrays, second: Arrays) -> Arrays:
    pairs = zip(_arrays(first), _arrays(second), strict=True)
    return kind(*(np.concatenate(pair) for pair in pairs))


def _arrays(value: Threads | Traces) -> list[Any]:
    return list(asdict(value, recurse=False).values())
