"""What feedback says of the runs of a selection, or of a project as a whole.

The fields are those of LangSmith's documents and SDKs (FeedbackStats): n, avg, stdev, errors,
comments, sources, values, min, max.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from attrs import frozen

from locum.engine.duckdb import DuckDB
from locum.langsmith import derived_tables as derived
from locum.stats import facet_index as codes
from locum.stats.column_store import among_first
from locum.stats.ragged import Ints
from locum.stats.scores import Scores, Sums

_NANO = 10**9
_NO_SOURCE = ""  # which no JSON text is
_SAMPLES = 10  # comments, and sources, of a key: the API calls them a sample


@frozen(eq=False)
class Index:
    """All opinions and comments, as they are numbered.

    An opinion is an index into `labels`, `sources`, `key`, the number of its key in `keys`, and
    the rows of `scores`; `comments` are those that are not empty, each with its key in
    `comment_key`. Both are sorted by key. `of_project` is what feedback says of a project as a
    whole, which names no run.
    """

    labels: list[str | None]
    sources: list[str]
    scores: Scores
    key: Ints
    keys: list[str]
    comments: list[str]
    comment_key: Ints
    of_project: dict[str, tuple[list[int], list[int] | None]]


def indexed(engine: DuckDB) -> Index:
    """The opinions and comments of the dataset, read when first asked for."""
    return engine.once(_read)


def _read(engine: DuckDB) -> Index:
    opinions = engine.rows(derived.OPINIONS)
    keys = list(dict.fromkeys(key for key, *_ in opinions))
    number = {key: number for number, key in enumerate(keys)}
    comments = engine.rows(derived.COMMENTS)
    return Index(
        [label for _, label, _, _ in opinions],
        [_NO_SOURCE if source in (None, "null") else source for *_, source in opinions],
        Scores.of([(label is not None, score) for _, label, score, _ in opinions]),
        np.array([number[key] for key, *_ in opinions], dtype=np.int64),
        keys,
        [text for _, text in comments],
        np.array([number[key] for key, _ in comments], dtype=np.int64),
        {
            project: (said, commented)
            for project, said, commented in engine.rows(derived.PROJECT_FEEDBACK)
        },
    )


def of_runs(engine: DuckDB, runs: Ints) -> dict[str, Any]:
    """The feedback_stats of the feedback on the runs: {key: statistics}, keys sorted."""
    return of_occurrences(engine, codes.of_runs(engine, runs))


def of_occurrences(engine: DuckDB, found: codes.Occurrences) -> dict[str, Any]:
    """The same of what was found of runs before."""
    return stats(engine, found.opinions, found.opinion_counts, found.comments)


def of_project(engine: DuckDB, session_id: str) -> dict[str, Any]:
    """The feedback_stats of the feedback on the project itself, which names no run."""
    index = indexed(engine)
    opinions, comments = index.of_project.get(session_id, ([], None))
    of_each = codes.occurring(np.array(opinions, dtype=np.int64), len(index.labels))
    return stats(engine, *of_each, np.sort(np.array(comments or [], dtype=np.int64)))


def stats(engine: DuckDB, opinions: Ints, counts: Ints, comments: Ints) -> dict[str, Any]:
    """The feedback_stats of feedback that says these opinions, each so many times, and these
    comments; both ascending."""
    index = indexed(engine)
    of_key = index.key.take(opinions)
    first = among_first(of_key, 1).nonzero()[0]
    keys = of_key.take(first)
    said, times, start = opinions.tolist(), counts.tolist(), first.tolist()
    return {
        index.keys[key]: _shown(index, said[start:end], times[start:end], sums, samples)
        for key, start, end, sums, samples in zip(
            keys.tolist(),
            start,
            [*start, len(said)][1:],
            index.scores.sums(opinions, counts, first),
            _samples(index, comments, keys),
            strict=True,
        )
    }


def _samples(index: Index, comments: Ints, keys: Ints) -> list[list[str]]:
    """The first comments of each of these keys."""
    of_key = index.comment_key.take(comments)
    is_sample = among_first(of_key, _SAMPLES)
    texts = [index.comments[comment] for comment in comments[is_sample].tolist()]
    of_key = of_key[is_sample]
    start, end = of_key.searchsorted(keys).tolist(), of_key.searchsorted(keys, "right").tolist()
    return [texts[first:last] for first, last in zip(start, end, strict=True)]


def _shown(
    index: Index, opinions: list[int], times: list[int], sums: Sums, comments: list[str]
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
    count, total = sums.scored, sums.total
    values: dict[str, int] = {}
    for opinion, n in zip(opinions, times, strict=True):
        label = index.labels[opinion]
        if label is None:  # labels ascend, and opinions without one are last
            break
        values[label] = values.get(label, 0) + n
    sources = {index.sources[opinion] for opinion in opinions}
    sources.discard(_NO_SOURCE)
    return {
        "n": count + sums.unscored,
        "avg": total / (count * _NANO) if count else None,
        "stdev": _deviation(count, total, sums.squares),
        "errors": 0,
        "comments": comments,
        "sources": sorted(sources)[:_SAMPLES],
        "values": values,
        "min": sums.least / _NANO if count else None,
        "max": sums.most / _NANO if count else None,
    }


def _deviation(n: int, total: int, squares: int) -> float | None:
    """The sample standard deviation, from the sums of n scores and of their squares in 1e-9."""
    if n < 2:  # noqa: PLR2004 - one score has no deviation
        return None
    return math.sqrt((n * squares - total * total) / (n * (n - 1) * _NANO**2))
