"""The generated world: everything that providers see parts of."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import frozen

from locum.exceptions import DatasetError
from locum.generator import conversations, opinions, usage
from locum.generator.dialogues import Talks
from locum.generator.opinions import Opinion
from locum.generator.quantities import numbers
from locum.generator.random_streams import Ints, Streams
from locum.generator.recipe import Model, Project, Recipe
from locum.generator.runs import ERROR, OK, OPEN, Runs, Times, expand, schedule
from locum.generator.trace_shapes import Shapes

Row = dict[str, Any]
HOUR_US = 3_600_000_000
_ROOT = uuid.UUID("6d1f1c0e-6d3b-5b8e-9f63-2f3f7a1c9d10")
# The project whose first thread is the demo thread: a conversation that each dataset has.
DEMO_PROJECT = "support-bot"


@frozen
class World:
    """All that has been drawn. Arrays and lists are by project, thread, trace and run; `mistaken`
    are the traces whose statement is found wrong."""

    recipe: Recipe
    streams: Streams
    shapes: Shapes
    projects: tuple[Project, ...]
    models: tuple[Model, ...]
    threads: conversations.Threads
    traces: conversations.Traces
    runs: Runs
    times: Times
    drawn: usage.Drawn
    usage: usage.Usage
    project_ids: list[str]
    thread_ids: list[str]
    run_ids: list[str]
    talks: Talks
    opinions: list[Opinion]
    mistaken: frozenset[int]
    http_statuses: Ints
    order: list[int]

    @property
    def project_of_run(self) -> Ints:
        """Each run's index into `projects`."""
        return self.threads.project[self.traces.thread[self.runs.trace]]


def world_ids(recipe: Recipe, kind: str, names: Iterable[str]) -> list[str]:
    """Return the ids of what every dataset of the recipe's world has: the version 5 UUIDs of its
    names, under the world's name and the kind's. They do not depend on what else there is."""
    return _uuids(f"{recipe.world}/{kind}", names)


def dataset_ids(recipe: Recipe, table: str, count: int) -> list[str]:
    """Return so many ids of what the dataset alone has: the version 5 UUIDs of 0, 1, 2, … under the
    dataset's name and the table's."""
    return _uuids(f"{recipe.name}/{table}", map(str, range(count)))


def _uuids(namespace: str, names: Iterable[str]) -> list[str]:
    """str(uuid.uuid5(namespace, name)) of each, in a third of the time (RFC 9562, 5.5)."""
    found, around = [], uuid.uuid5(_ROOT, namespace).bytes
    for name in names:
        digits = hashlib.sha1(around + name.encode(), usedforsecurity=False).hexdigest()
        version, variant = f"5{digits[13:16]}", f"{_VARIANTS[digits[16]]}{digits[17:20]}"
        found.append(f"{digits[:8]}-{digits[8:12]}-{version}-{variant}-{digits[20:32]}")
    return found


# A hexadecimal digit with its two highest bits made 10.
_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def iso(times_us: Ints) -> list[str]:
    """Unix microseconds as ISO-8601 in UTC, with six digits."""
    written = np.datetime_as_string(times_us.astype("datetime64[us]"))
    return [f"{text}Z" for text in written.tolist()]


def build(recipe: Recipe, streams: Streams | None = None) -> World:
    """Draw the recipe's world. `streams` other than the seed's own are for tests."""
    streams = streams or Streams(recipe.seed)
    shapes = Shapes(recipe.shapes)
    threads, traces = conversations.converse(recipe, shapes, streams)
    all_runs = expand(traces, shapes)
    drawn = usage.draw(recipe, traces, all_runs, streams)
    project = threads.project[traces.thread[all_runs.trace]]
    while True:
        tokens, cached = drawn.completion, drawn.cached
        times = schedule(recipe, shapes, threads, traces, all_runs, tokens, cached, streams)
        first = _first_answers(all_runs, times, project)
        if not cached[first].any():
            break
        drawn.cached[first] = False  # there is nothing yet that could be used again
    if np.min(times.start_us, initial=0) < 0:
        raise DatasetError(
            f"{recipe.name} takes so long that it begins before 1970", "lower latencies or pauses"
        )
    talks = Talks(recipe, shapes, threads, traces, streams)
    judged = opinions.draw(recipe, threads, traces, all_runs, talks, streams)
    return World(
        recipe=recipe,
        streams=streams,
        shapes=shapes,
        projects=tuple(recipe.projects.values()),
        models=tuple(recipe.models.values()),
        threads=threads,
        traces=traces,
        runs=all_runs,
        times=times,
        drawn=drawn,
        usage=usage.report(recipe, shapes, traces, all_runs, drawn, streams),
        project_ids=world_ids(recipe, "projects", recipe.projects),
        thread_ids=_thread_ids(recipe, threads),
        run_ids=dataset_ids(recipe, "runs", len(all_runs.trace)),
        talks=talks,
        opinions=judged,
        mistaken=opinions.mistaken(judged, all_runs),
        http_statuses=_http_statuses(recipe, all_runs, streams),
        order=_order(recipe, all_runs, times, streams),
    )


def _first_answers(all_runs: Runs, times: Times, project: Ints) -> Ints:
    """Each project's first successful call of a model."""
    calls = np.flatnonzero(all_runs.is_llm & (all_runs.status == OK))
    begun = calls[np.argsort(times.start_us[all_runs.root[calls]], kind="stable")]
    _, first = np.unique(project[begun], return_index=True)
    runs: Ints = begun[first]
    return runs


def _order(recipe: Recipe, all_runs: Runs, times: Times, streams: Streams) -> list[int]:
    """The runs as they arrived: by the start of their trace, or late."""
    begin_us = times.start_us[np.flatnonzero(all_runs.parent < 0)]
    late = streams.flags("traces", "late", recipe.late.share, len(begin_us))
    hours = numbers(streams, "traces", "hours_late", recipe.late.hours, len(begin_us))
    arrived_us = begin_us + (late * hours * HOUR_US).astype(np.int64)
    order: list[int] = np.argsort(arrived_us[all_runs.trace], kind="stable").tolist()
    return order


def _http_statuses(recipe: Recipe, all_runs: Runs, streams: Streams) -> Ints:
    """What the model's provider answered to each call: 0 while there is no answer."""
    statuses = np.where(all_runs.status == OPEN, 0, 200)
    failed = np.flatnonzero(all_runs.is_llm & (all_runs.status == ERROR))
    weights = [error.weight for error in recipe.model_errors.values()]
    kind = streams.pick("runs", "model_error", weights, len(failed))
    statuses[failed] = np.array([int(code) for code in recipe.model_errors])[kind]
    return statuses


def _thread_ids(recipe: Recipe, threads: conversations.Threads) -> list[str]:
    """UUIDs under the key thread_id, an application's own names under the other two. The demo
    thread, which is the first of its project, has the world's id for it under any key."""
    uuids = dataset_ids(recipe, "threads", len(threads.key))
    found = [
        each if key <= 0 else f"chat-{number:05d}"
        for number, (each, key) in enumerate(zip(uuids, threads.key.tolist(), strict=True))
    ]
    if DEMO_PROJECT in recipe.projects:
        of_project = threads.project == recipe.place(DEMO_PROJECT)
        for first in np.flatnonzero(of_project & (threads.key >= 0))[:1].tolist():
            (found[first],) = world_ids(recipe, "threads", [DEMO_PROJECT])
    return found
