"""What feedback says of the runs of a selection, or of a project as a whole.

The fields are those of LangSmith's documents and SDKs (FeedbackStats): n, avg, stdev, errors,
comments, sources, values, min, max.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from understudy.engine import DuckDB, Parameters
from understudy.stats.selection import Selection

_NANO = 10**9
_SAMPLES = 10  # comments, and sources, of a key: the API calls them a sample


@frozen
class _Given:
    """`times` pieces of feedback of one key that say the same; the score is in 1e-9."""

    label: str | None
    score: int | None
    source: str | None
    times: int


def of_runs(engine: DuckDB, selection: Selection) -> dict[int, dict[str, Any]]:
    """The feedback_stats of each group that has feedback on one of its runs."""
    tables = f"{selection.tables} JOIN feedback ON feedback.run = runs.run"
    return _stats(engine, selection.group, tables, selection.condition, selection.parameters)


def of_projects(engine: DuckDB, session_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Of each project, the feedback_stats of the feedback on itself, which names no run."""
    parameters = Parameters()
    names = [parameters.add(session_id) for session_id in session_ids]
    places = " ".join(f"WHEN {name} THEN {place}" for place, name in enumerate(names))
    condition = f"feedback.run_id IS NULL AND feedback.session_id IN ({', '.join(names)})"
    group = f"CASE feedback.session_id {places} END"
    found = _stats(engine, group, "feedback", condition, parameters)
    return [found.get(place, {}) for place in range(len(session_ids))]


def _stats(
    engine: DuckDB, group: str, tables: str, condition: str, parameters: Parameters
) -> dict[int, dict[str, Any]]:
    """{group: {key: statistics}}, keys sorted, of the feedback that a FROM and a WHERE name."""
    given: dict[tuple[int, str], list[_Given]] = {}
    counts = (
        "SELECT counted.grp, opinions.key, opinions.label, opinions.score_nano, opinions.source, "
        "counted.n, counted.comments FROM ("
        f"SELECT {group} AS grp, feedback.opinion, count(*) AS n, "
        "count(nullif(feedback.comment, '')) AS comments "
        f"FROM {tables} WHERE {condition} GROUP BY 1, 2"
        ") counted JOIN opinions ON opinions.opinion = counted.opinion"
    )
    commented = 0
    for grp, key, *same, comments in engine.rows(counts, parameters.values):
        given.setdefault((grp, key), []).append(_Given(*same))
        commented += comments
    said = _comments(engine, group, tables, condition, parameters) if commented else {}
    groups: dict[int, dict[str, Any]] = {}
    for grp, key in sorted(given):
        groups.setdefault(grp, {})[key] = _shown(given[grp, key], said.get((grp, key), []))
    return groups


def _comments(
    engine: DuckDB, group: str, tables: str, condition: str, parameters: Parameters
) -> dict[tuple[int, str], list[str]]:
    """The sample of comments by group and key."""
    place = f"PARTITION BY {group}, feedback.key ORDER BY feedback.created_us, feedback.id"
    statement = (
        "SELECT grp, key, comment FROM ("
        f"SELECT {group} AS grp, feedback.key, feedback.comment, "
        f"row_number() OVER ({place}) AS place "
        f"FROM {tables} WHERE {condition} AND feedback.comment <> ''"
        f") ranked WHERE place <= {_SAMPLES} ORDER BY place"
    )
    said: dict[tuple[int, str], list[str]] = {}
    for grp, key, comment in engine.rows(statement, parameters.values):
        said.setdefault((grp, key), []).append(comment)
    return said


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
