"""What feedback says of the runs of a selection, or of a project as a whole.

The fields are those of LangSmith's documents and SDKs (FeedbackStats): n, avg, stdev, errors,
comments, sources, values, min, max.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from understudy import derived
from understudy.engine import DuckDB
from understudy.stats.columns import Ints, Lists

_NANO = 10**9
_SAMPLES = 10  # comments, and sources, of a key: the API calls them a sample


@frozen
class _Given:
    """`times` pieces of feedback of one key that say the same; the score is in 1e-9."""

    label: str | None
    score: int | None
    source: str | None
    times: int


@frozen(eq=False)
class _Index:
    """All feedback, numbered by time from 0.

    `opinion` is what each says, an index into `opinions`: (key, label, score, source), `comment`
    the comments that are not empty, by the numbers in `commented`. `lists` and `number` are the
    feedback on each run, `of_project` that on a project as a whole, which names no run.
    """

    opinion: Ints
    opinions: list[tuple[str, str | None, int | None, str | None]]
    comment: dict[int, str]
    commented: Ints
    lists: Lists
    number: Ints
    of_project: dict[str, Ints]


def _read(engine: DuckDB) -> _Index:
    given = engine.arrays(derived.RUN_FEEDBACK)
    ((size,),) = engine.rows("SELECT count(*) FROM runs")
    comments = dict(engine.rows(derived.COMMENTS))
    return _Index(
        engine.arrays(derived.FEEDBACK_OPINIONS)["opinion"][0],
        engine.rows(derived.OPINIONS),
        comments,
        np.array(list(comments), dtype=np.int64),
        Lists.of_owners(given["run"][0], size),
        given["feedback"][0],
        {project: np.array(numbers) for project, numbers in engine.rows(derived.PROJECT_FEEDBACK)},
    )


def of_runs(engine: DuckDB, runs: Ints) -> dict[str, Any]:
    """The feedback_stats of the feedback on the runs: {key: statistics}, keys sorted."""
    index = engine.once(_read)
    _, item = index.lists.of(runs)
    return _stats(index, index.number[item])


def of_project(engine: DuckDB, session_id: str) -> dict[str, Any]:
    """The feedback_stats of the feedback on the project itself, which names no run."""
    index = engine.once(_read)
    numbers = index.of_project.get(session_id)
    return {} if numbers is None else _stats(index, numbers)


def _stats(index: _Index, numbers: Ints) -> dict[str, Any]:
    times = np.bincount(index.opinion[numbers], minlength=len(index.opinions))
    given: dict[str, list[_Given]] = {}
    for code in np.flatnonzero(times).tolist():
        key, label, score, source = index.opinions[code]
        given.setdefault(key, []).append(_Given(label, score, source, int(times[code])))
    comments: dict[str, list[str]] = {}
    for number in np.intersect1d(numbers, index.commented).tolist():
        key = index.opinions[index.opinion[number]][0]
        comments.setdefault(key, []).append(index.comment[number])
    return {key: _shown(given[key], comments.get(key, [])[:_SAMPLES]) for key in sorted(given)}


def _shown(given: Sequence[_Given], comments: list[str]) -> dict[str, Any]:
    """The statistics of one key's feedback.

    n counts feedback that has a score or a label (documented: "for numeric feedback the sample size
    behind avg, min, max and stdev; for categorical feedback the sum of the values counts"), so one
    that is only a comment adds a comment alone. A label is a value that is a text. avg, min and max
    are null without a score; stdev is the sample's, null below two scores; values counts labels, {}
    where there are only scores; errors is 0, for no dataset holds failed evaluations. comments are
    the first ten that are not empty, by time; sources are the first ten distinct ones by their
    text, as JSON texts (as seen on the wire).
    """
    scores: Counter[int] = Counter()
    values: Counter[str] = Counter()
    n = 0
    for same in given:
        if same.score is not None:
            scores[same.score] += same.times
        if same.label is not None:
            values[same.label] += same.times
        if same.score is not None or same.label is not None:
            n += same.times
    scored = scores.total()
    total = sum(score * times for score, times in scores.items())
    squares = sum(score * score * times for score, times in scores.items())
    sources = {same.source for same in given if same.source not in {None, "null"}}
    return {
        "n": n,
        "avg": total / (scored * _NANO) if scored else None,
        "stdev": _deviation(scored, total, squares),
        "errors": 0,
        "comments": comments,
        "sources": sorted(sources)[:_SAMPLES],
        "values": dict(sorted(values.items())),
        "min": min(scores) / _NANO if scored else None,
        "max": max(scores) / _NANO if scored else None,
    }


def _deviation(n: int, total: int, squares: int) -> float | None:
    """The sample standard deviation, from the sums of n scores and of their squares in 1e-9."""
    if n < 2:  # noqa: PLR2004 - one score has no deviation
        return None
    return math.sqrt((n * squares - total * total) / (n * (n - 1) * _NANO**2))
