"""What people, evaluators and the application think of runs, before any provider writes it down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from locum.generator.conversations import Threads, Traces
from locum.generator.dialogues import Talks
from locum.generator.random_streams import Flags, Ints, Streams
from locum.generator.recipe import Recipe
from locum.generator.runs import OK, OPEN, Runs

# A quality below this gets a correction.
_POOR = 0.4


@frozen
class Opinion:
    """One opinion of a run. `key` says of what; `source` is api, app or model."""

    run: int
    key: str
    score: float | bool | None
    value: str | None
    source: str
    comment: str | None = None
    correction: Any = None


@frozen
class _Judged:
    """Runs of which some are judged."""

    recipe: Recipe
    streams: Streams
    runs: Runs
    talks: Talks
    chosen: Ints

    def some(self, key: str, among: Flags) -> list[tuple[int, float]]:
        """Return, at the key's rate, those of the runs that are `among`, each with a number in
        [0, 1)."""
        size = len(self.chosen)
        rate = getattr(self.recipe.feedback.rates, key)
        given = self.streams.flags("feedback", f"{key}.given", rate, size) & among
        numbers = self.streams.of("feedback", key).random(size)
        return list(zip(self.chosen[given].tolist(), numbers[given].tolist(), strict=True))

    def is_ok(self, run: int) -> bool:
        """Return whether the run has succeeded."""
        return bool(self.runs.status[run] == OK)

    def trace(self, run: int) -> int:
        """Return the run's trace."""
        return int(self.runs.trace[run])


def draw(
    recipe: Recipe,
    threads: Threads,
    traces: Traces,
    runs: Runs,
    talks: Talks,
    streams: Streams,
) -> list[Opinion]:
    """Draw all opinions, key by key: of root runs that ended, and of some calls of a model."""
    roots = np.flatnonzero(runs.parent < 0)
    calls = np.flatnonzero(runs.is_llm & (runs.status == OK) & (runs.parent >= 0))
    ended = runs.status[roots] != OPEN
    experiment = threads.example[traces.thread] >= 0
    judged = _Judged(recipe, streams, runs, talks, roots)
    return [
        *_ratings(judged, ended & ~experiment),
        *_judgements(judged, ended & ~experiment, runs.status[roots] == OK),
        *_groundedness(_Judged(recipe, streams, runs, talks, calls)),
        *_marks(judged, ended & experiment),
    ]


def mistaken(opinions: Sequence[Opinion], runs: Runs) -> frozenset[int]:
    """Return the traces of experiments whose answer is judged to be wrong."""
    wrong = (o.run for o in opinions if o.key == "correctness" and not o.score)
    return frozenset(int(runs.trace[run]) for run in wrong)


def _ratings(judged: _Judged, among: Flags) -> Iterator[Opinion]:
    """A thumb up (1) or down (0) by the user, by some twice; on some with a comment."""
    habits = judged.recipe.feedback
    words = judged.streams.of("feedback", "comment").random(len(judged.runs.trace))
    for column in ("user_score", "user_score_again"):
        for run, number in judged.some(column, among):
            liked = number < (habits.liked if judged.is_ok(run) else habits.liked_failure)
            share = float(words[run]) / habits.commented
            comment = _comment(judged, run, share, liked=liked) if share < 1 else None
            yield Opinion(run, "user_score", int(liked), None, "app", comment)


def _comment(judged: _Judged, run: int, share: float, *, liked: bool) -> str:
    """One of the comments on anything, and on what the run is about; `share` is from 0 to 1."""
    comments, trace = judged.recipe.feedback.comments, judged.trace(run)
    if not judged.is_ok(run):
        choices = comments.forgiven if liked else comments.failed
    elif liked:
        choices = (*comments.liked, *judged.talks.comments(trace, "liked"))
    else:
        choices = (*comments.disliked, *judged.talks.comments(trace, "disliked"))
    return str(judged.talks.slots(trace).fill(choices[int(share * len(choices))]))


def _judgements(judged: _Judged, among: Flags, answered: Flags) -> Iterator[Opinion]:
    """A score with two decimals, a label, a boolean, and a score that has a label."""
    for run, number in judged.some("quality", among & answered):
        score = round(1 - number**2, 2)
        better = None
        if score < _POOR:
            better = {"answer": f"{judged.talks[judged.trace(run)].answer} Anything else?"}
        yield Opinion(run, "quality", score, None, "model", correction=better)
    for run, _ in judged.some("topic", among):
        yield Opinion(run, "topic", None, judged.talks.topic(judged.trace(run)), "model")
    for run, number in judged.some("resolved", among):
        yield Opinion(run, "resolved", number < judged.recipe.feedback.resolved, None, "api")
    for run, number in judged.some("tone", among & answered):
        tone = int(number * 3)
        yield Opinion(run, "tone", tone - 1, ("rude", "neutral", "kind")[tone], "model")


def _groundedness(judged: _Judged) -> Iterator[Opinion]:
    everyone = np.ones(len(judged.chosen), dtype=np.bool_)
    for run, number in judged.some("groundedness", everyone):
        yield Opinion(run, "groundedness", round(0.4 + 0.6 * number, 2), None, "model")


def _marks(judged: _Judged, among: Flags) -> Iterator[Opinion]:
    """An evaluator's marks on the runs of experiments; a failed run is wrong."""
    for run, number in judged.some("correctness", among):
        right = judged.is_ok(run) and number < judged.recipe.feedback.correct
        yield Opinion(run, "correctness", int(right), ("wrong", "correct")[right], "model")
    for run, number in judged.some("conciseness", among):
        yield Opinion(run, "conciseness", round(1 - 0.6 * number, 2), None, "model")
