"""What feedback says of the runs of a selection, or of a project as a whole.

The fields are those of LangSmith's documents and SDKs (FeedbackStats): n, avg, stdev, errors,
comments, sources, values, min, max.
"""

from __future__ import annotations

import math
from itertools import compress
from operator import mul
from typing import Any

import numpy as np
from attrs import frozen

from understudy import derived
from understudy.engine import DuckDB
from understudy.stats.columns import Flags, Ints, Lists, flags

_NANO = 10**9
_NO_SOURCE = ""  # which no JSON text is
_SAMPLES = 10  # comments, and sources, of a key: the API calls them a sample


@frozen(eq=False)
class _Index:
    """All feedback, numbered by time from 0.

    `opinion` is what each says: an index into `labels`, `scores` (in 1e-9), `sources` and `key`,
    the number of its key in `keys`, which are sorted as opinions are by key. `comment` are the
    comments that are not empty, those of `is_commented`. `lists` and `number` are the feedback on
    each run, `of_project` that on a project as a whole, which names no run.
    """

    opinion: Ints
    labels: list[str | None]
    scores: list[int | None]
    sources: list[str]
    key: Ints
    keys: list[str]
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
    opinions = engine.rows(derived.OPINIONS)
    keys = list(dict.fromkeys(key for key, *_ in opinions))
    number = {key: number for number, key in enumerate(keys)}
    return _Index(
        opinion,
        [label for _, label, _, _ in opinions],
        [score for _, _, score, _ in opinions],
        [_NO_SOURCE if source in (None, "null") else source for *_, source in opinions],
        np.array([number[key] for key, *_ in opinions], dtype=np.int64),
        keys,
        comments,
        flags(np.array(list(comments), dtype=np.int64), len(opinion)),
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
    times = np.bincount(index.opinion[numbers], minlength=len(index.labels))
    used = np.flatnonzero(times > 0)
    opinions, counts = used.tolist(), times[used].tolist()
    comments = _comments(index, numbers)
    bounds = np.searchsorted(index.key[used], np.arange(len(index.keys) + 1)).tolist()
    return {
        key: _shown(index, opinions[start:end], counts[start:end], comments.get(number, []))
        for number, (key, start, end) in enumerate(
            zip(index.keys, bounds[:-1], bounds[1:], strict=True)
        )
        if start < end
    }


def _comments(index: _Index, numbers: Ints) -> dict[int, list[str]]:
    """The first comments of each key, by its number."""
    commented = numbers[index.is_commented[numbers]]
    keys = index.key[index.opinion[commented]]
    order = np.lexsort((commented, keys))
    keys = keys[order]
    first = np.arange(len(keys)) - np.searchsorted(keys, keys) < _SAMPLES
    comments: dict[int, list[str]] = {}
    for key, number in zip(keys[first].tolist(), commented[order][first].tolist(), strict=True):
        comments.setdefault(key, []).append(index.comment[number])
    return comments


def _shown(
    index: _Index, opinions: list[int], times: list[int], comments: list[str]
) -> dict[str, Any]:
    """The statistics of one key's feedback, which says each opinion so many times.

    n counts feedback that has a score or a label (documented: "for numeric feedback the sample size
    behind avg, min, max and stdev; for categorical feedback the sum of the values counts"), so one
    that is only a comment adds a comment alone. A label is a value that is a text. avg, min and max
    are null without a score; stdev is the sample's, null below two scores; values counts labels, {}
    where there are only scores; errors is 0, for no dataset holds failed evaluations. comments are
    the first ten that are not empty, by time; sources are the first ten distinct ones by their
    text, as JSON texts (as seen on the wire).
    """
    scores = [index.scores[opinion] for opinion in opinions]
    is_scored = [score is not None for score in scores]
    known = [score for score in scores if score is not None]
    counts = list(compress(times, is_scored))
    count, total = sum(counts), sum(map(mul, counts, known))
    squares = sum(map(mul, counts, map(mul, known, known)))
    values: dict[str, int] = {}
    unscored = 0
    for opinion, scored, n in zip(opinions, is_scored, times, strict=True):
        label = index.labels[opinion]
        if label is not None:
            values[label] = values.get(label, 0) + n
            unscored += 0 if scored else n
    sources = {index.sources[opinion] for opinion in opinions} - {_NO_SOURCE}
    return {
        "n": count + unscored,
        "avg": total / (count * _NANO) if count else None,
        "stdev": _deviation(count, total, squares),
        "errors": 0,
        "comments": comments,
        "sources": sorted(sources)[:_SAMPLES],
        "values": dict(sorted(values.items())),
        "min": min(known) / _NANO if known else None,
        "max": max(known) / _NANO if known else None,
    }


def _deviation(n: int, total: int, squares: int) -> float | None:
    """The sample standard deviation, from the sums of n scores and of their squares in 1e-9."""
    if n < 2:  # noqa: PLR2004 - one score has no deviation
        return None
    return math.sqrt((n * squares - total * total) / (n * (n - 1) * _NANO**2))
