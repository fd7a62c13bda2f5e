"""What feedback says of the runs of a selection, or of a project as a whole.

The fields are those of LangSmith's documents and SDKs (FeedbackStats): n, avg, stdev, errors,
comments, sources, values, min, max.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen

from understudy import derived
from understudy.engine import DuckDB
from understudy.stats.columns import Flags, Ints, Lists

_NANO = 10**9
_SAMPLES = 10  # comments, and sources, of a key: the API calls them a sample


# What feedback of one key says, and how often: label, score in 1e-9, source, times.
_Given = tuple[str | None, int | None, str | None, int]


@frozen(eq=False)
class _Index:
    """All feedback, numbered by time from 0.

    `opinion` is what each says, an index into `opinions`: (key, label, score, source), `comment`
    the comments that are not empty, those of `is_commented`. `lists` and `number` are the feedback
    on each run, `of_project` that on a project as a whole, which names no run.
    """

    opinion: Ints
    opinions: list[tuple[str, str | None, int | None, str | None]]
    comment: dict[int, str]
    is_commented: Flags
    lists: Lists
    number: Ints
    of_project: dict[str, Ints]


def _read(engine: DuckDB) -> _Index:
    given = engine.arrays(derived.RUN_FEEDBACK)
    ((size,),) = engine.rows("SELECT count(*) FROM runs")
    comments = dict(engine.rows(derived.COMMENTS))
    opinion, _ = engine.arrays(derived.FEEDBACK_OPINIONS)["opinion"]
    is_commented = np.zeros(len(opinion), dtype=np.bool_)
    is_commented[list(comments)] = True
    return _Index(
        opinion,
        engine.rows(derived.OPINIONS),
        comments,
        is_commented,
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
        given.setdefault(key, []).append((label, score, source, int(times[code])))
    comments: dict[str, list[str]] = {}
    for number in sorted(numbers[index.is_commented[numbers]].tolist()):
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
    n = count = total = squares = 0
    scores: list[int] = []
    values: dict[str, int] = {}
    sources: set[str] = set()
    for label, score, source, times in given:
        if score is not None:
            scores.append(score)
            count += times
            total += times * score
            squares += times * score * score
        if label is not None:
            values[label] = values.get(label, 0) + times
        if score is not None or label is not None:
            n += times
        if source is not None and source != "null":
            sources.add(source)
    return {
        "n": n,
        "avg": total / (count * _NANO) if count else None,
        "stdev": _deviation(count, total, squares),
        "errors": 0,
        "comments": comments,
        "sources": sorted(sources)[:_SAMPLES],
        "values": dict(sorted(values.items())),
        "min": min(scores) / _NANO if scores else None,
        "max": max(scores) / _NANO if scores else None,
    }


def _deviation(n: int, total: int, squares: int) -> float | None:
    """The sample standard deviation, from the sums of n scores and of their squares in 1e-9."""
    if n < 2:  # noqa: PLR2004 - one score has no deviation
        return None
    return math.sqrt((n * squares - total * total) / (n * (n - 1) * _NANO**2))
