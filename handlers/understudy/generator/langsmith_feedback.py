"""The rows of langsmith/feedback, from which Helicone's scores are taken as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import evolve, frozen

from understudy.generator.quantities import whole
from understudy.generator.runs import OK, OPEN
from understudy.generator.streams import Flags, Ints
from understudy.generator.world import Row, World, ids, iso

# A quality below this gets a correction.
_POOR = 0.4


@frozen
class Note:
    """One piece of feedback, before it has an id. `source` is api, app or model."""

    run: int
    key: str
    score: float | bool | None
    value: str | None
    source: str
    comment: str | None = None
    correction: Any = None


@frozen
class _Judged:
    """Runs of which some get feedback."""

    world: World
    runs: Ints

    def some(self, key: str, among: Flags) -> list[tuple[int, float]]:
        """At the key's rate, those of the runs that are `among`, each with a number in [0, 1)."""
        streams, size = self.world.streams, len(self.runs)
        rate = getattr(self.world.recipe.feedback.rates, key)
        given = streams.flags("feedback", f"{key}.given", rate, size) & among
        numbers = streams.of("feedback", key).random(size)
        return list(zip(self.runs[given].tolist(), numbers[given].tolist(), strict=True))


def notes(world: World) -> list[Note]:
    """All feedback, key by key: on root runs that ended, and on some calls of a model."""
    runs = world.runs
    roots = np.flatnonzero(runs.parent < 0)
    ended = runs.status[roots] != OPEN
    experiment = world.threads.example[world.traces.thread] >= 0
    judged = _Judged(world, roots)
    return [
        *_ratings(judged, ended & ~experiment),
        *_opinions(judged, ended & ~experiment, runs.status[roots] == OK),
        *_groundedness(world),
        *_marks(judged, ended & experiment),
    ]


def _ratings(judged: _Judged, among: Flags) -> Iterator[Note]:
    """A thumb up (1) or down (0) by the user, by some twice; on some with a comment."""
    world = judged.world
    habits = world.recipe.feedback
    comments = habits.comments
    words = world.streams.of("feedback", "comment").random(len(world.run_ids))
    for column in ("user_score", "user_score_again"):
        for run, number in judged.some(column, among):
            good = world.runs.status[run] == OK
            liked = number < (habits.liked if good else habits.liked_failure)
            share = float(words[run]) / habits.commented
            comment = comments[int(share * len(comments))] if share < 1 else None
            yield Note(run, "user_score", int(liked), None, "app", comment)


def _opinions(judged: _Judged, among: Flags, answered: Flags) -> Iterator[Note]:
    """A score with two decimals, a label, a boolean, and a score that has a label."""
    world = judged.world
    for run, number in judged.some("quality", among & answered):
        score = round(1 - number**2, 2)
        answer = world.talks[world.runs.trace[run]].answer
        better = {"answer": f"{answer} Anything else?"} if score < _POOR else None
        yield Note(run, "quality", score, None, "model", correction=better)
    for run, _ in judged.some("topic", among):
        yield Note(run, "topic", None, world.talks[world.runs.trace[run]].topic, "model")
    for run, number in judged.some("resolved", among):
        yield Note(run, "resolved", number < world.recipe.feedback.resolved, None, "api")
    for run, number in judged.some("tone", among & answered):
        tone = int(number * 3)
        yield Note(run, "tone", tone - 1, ("rude", "neutral", "kind")[tone], "model")


def _groundedness(world: World) -> Iterator[Note]:
    runs = world.runs
    calls = np.flatnonzero(runs.is_llm & (runs.status == OK) & (runs.parent >= 0))
    everyone = np.ones(len(calls), dtype=np.bool_)
    for run, number in _Judged(world, calls).some("groundedness", everyone):
        yield Note(run, "groundedness", round(0.4 + 0.6 * number, 2), None, "model")


def _marks(judged: _Judged, among: Flags) -> Iterator[Note]:
    """An evaluator's marks on the runs of experiments; a failed run is wrong."""
    correct = judged.world.recipe.feedback.correct
    for run, number in judged.some("correctness", among):
        right = bool(judged.world.runs.status[run] == OK) and number < correct
        yield Note(run, "correctness", int(right), ("wrong", "correct")[right], "model")
    for run, number in judged.some("conciseness", among):
        yield Note(run, "conciseness", round(1 - 0.6 * number, 2), None, "model")


def rows(world: World, given: list[Note]) -> Iterator[Row]:
    """The feedback in the order in which it was given, never after now."""
    streams = world.streams
    of_run = np.array([note.run for note in given], dtype=np.int64)
    size, habits = len(given), world.recipe.feedback
    now_us, delay = world.recipe.now_ms * 1000, habits.delay_seconds
    delay = evolve(delay, median=delay.median * 1e6, least=delay.least * 1_000_000)
    delay_us = whole(streams, "feedback", "delay", delay, size)
    edit_us = whole(streams, "feedback", "edit", delay, size)
    edited = streams.flags("feedback", "edited", habits.edited, size)
    end_us = world.times.end_us[of_run]
    created_us = np.minimum(end_us + delay_us, (end_us + now_us) // 2)
    changed_us = np.where(edited, np.minimum(created_us + edit_us, now_us), created_us)
    created, changed = iso(created_us), iso(changed_us)
    numbered = ids(world.recipe, "langsmith/feedback", size)
    project = world.project_of_run[of_run].tolist()
    for n in np.argsort(created_us, kind="stable").tolist():
        note = given[n]
        yield {
            "id": numbered[n],
            "run_id": world.run_ids[note.run],
            "session_id": world.project_ids[project[n]],
            "key": note.key,
            "score": note.score,
            "value": note.value,
            "comment": note.comment,
            "correction": note.correction,
            "source": {"type": note.source},
            "created_at": created[n],
            "modified_at": changed[n],
        }
