"""Experiments compared: the groups as the API answers them, with statistics and examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from locum.engine.duckdb import DuckDB, Parameters
from locum.langsmith import examples, feedback, projects
from locum.langsmith import run_stats as stats
from locum.langsmith.costs import usd
from locum.langsmith.experiments import Group, Row, groups
from locum.langsmith.facets import metadata
from locum.langsmith.filters.ast import And, Comparison, Expression, Not, render
from locum.stats.facets import grouped

_SHARED_FIELDS = (
    "total_tokens",
    "prompt_tokens",
    "completion_tokens",
    "latency_p50",
    "latency_p99",
    "feedback_stats",
    "error_rate",
)
_SESSION_FIELDS = (
    "run_count",
    "first_token_p50",
    "first_token_p99",
    "last_run_start_time",
    "run_facets",
    "streaming_rate",
)
_COSTS = ("total_cost", "prompt_cost", "completion_cost")
_COMPUTED = (
    *_SHARED_FIELDS,
    *_SESSION_FIELDS,
    "first_start_time",
    *(f"{cost}_nano" for cost in _COSTS),
)


def compared(
    engine: DuckDB, dataset_id: str, sessions: Sequence[Mapping[str, Any]], body: Mapping[str, Any]
) -> dict[str, Any]:
    """The GroupedExamplesWithRunsResponse: the page of groups that offset and limit ask for."""
    offset = body.get("offset", 0)
    every = groups(engine, dataset_id, [session["id"] for session in sessions], body)
    page = every[offset : offset + body.get("limit", 10)]
    numbers = _statistics(engine, page, sessions)
    filters = _Filters(engine, sessions, body)
    # What feedback says of a project as a whole is the same in every group.
    of_projects = [feedback.of_project(engine, session["id"]) for session in sessions]
    experiment_numbers = projects.experiment_numbers(engine)
    most = body.get("per_group_limit", 5)
    listed = examples.listed(
        engine,
        [(group.examples[:most], group.rows) for group in page],
        preview=body.get("preview", False),
    )
    return {
        "groups": [
            {
                "group_key": group.value,
                "filter": render(filters.of(group.rows)),
                "count": len(group.rows),
                **_shown(numbers[number, None]),
                "sessions": [
                    {
                        **session,
                        "test_run_number": experiment_numbers.get(session["id"]),
                        **_shown(numbers[number, place]),
                        **{field: numbers[number, place][field] for field in _SESSION_FIELDS},
                        "last_run_start_time_live": None,
                        "session_feedback_stats": of_projects[place],
                        "example_count": len(group.examples),
                        "filter": render(filters.of(_of(session, group.rows))),
                    }
                    for place, session in enumerate(sessions)
                ],
                "examples": listed[number],
                "example_count": len(group.examples),
            }
            for number, group in enumerate(page)
        ]
    }


def _of(session: Mapping[str, Any], rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.session_id == session["id"]]


def _statistics(
    engine: DuckDB, page: Sequence[Group], sessions: Sequence[Mapping[str, Any]]
) -> dict[tuple[int, int | None], dict[str, Any]]:
    """The statistics of each group of the page, and of each project's part of it.

    The key is the place of the group on the page, and that of the project in `sessions` or None.
    """
    found: dict[tuple[int, int | None], dict[str, Any]] = {}
    for number, group in enumerate(page):
        found[number, None] = _of_rows(engine, group.rows)
        for place, session in enumerate(sessions):
            found[number, place] = _of_rows(engine, _of(session, group.rows))
    return found


def _of_rows(engine: DuckDB, rows: Iterable[Row]) -> dict[str, Any]:
    return stats.stats(engine, np.array([row.run for row in rows], dtype=np.int64), _COMPUTED)


def _shown(numbers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{field: numbers[field] for field in _SHARED_FIELDS},
        **{cost: usd(numbers[f"{cost}_nano"]) for cost in _COSTS},
        "min_start_time": numbers["first_start_time"],
        "max_start_time": numbers["last_run_start_time"],
    }


class _Filters:
    """The expressions that give back the rows of a group, added to its projects' runs.

    Where the runs were grouped by their own metadata, that is the entry that they share, as in the
    document's example, and the ids that it gives too many of, or those of the rows, whichever are
    fewer: other runs have the entry on examples that not every project ran. Where they were grouped
    by their examples' metadata, which no filter knows, it is the ids.
    """

    def __init__(
        self, engine: DuckDB, sessions: Sequence[Mapping[str, Any]], body: Mapping[str, Any]
    ) -> None:
        self._key = body["metadata_key"]
        self._texts: dict[str, str] = {}  # run id: the text of its entry
        self._runs: dict[tuple[str, str], set[str]] = {}  # project, text: ids of its root runs
        if body["group_by"] != "run_metadata":
            return
        parameters = Parameters()
        rows = engine.rows(
            "SELECT run, session_id, id FROM runs WHERE is_root "
            f"AND session_id IN ({parameters.list([s['id'] for s in sessions])})",
            parameters.values,
        )
        found = {run: (session_id, run_id) for run, session_id, run_id in rows}
        numbers = np.array(list(found), dtype=np.int64)
        for text, runs in grouped(engine, numbers, ("metadata", self._key), None, len(found) + 1):
            if text is not None:
                for session_id, run_id in map(found.__getitem__, runs.tolist()):
                    self._texts[run_id] = text
                    self._runs.setdefault((session_id, text), set()).add(run_id)

    def of(self, rows: Sequence[Row]) -> Expression:
        """The expression for rows of one value, at least one."""
        roots = Comparison("eq", "is_root", value=True)
        ids = {row.run_id for row in rows}
        exactly = Comparison("in", "id", tuple(sorted(ids)))
        text = self._texts.get(rows[0].run_id)
        if text is None:
            return And((roots, exactly))
        entry = metadata(self._key, text)
        given = set[str]()
        for session_id in dict.fromkeys(row.session_id for row in rows):
            given |= self._runs.get((session_id, text), set())
        if given == ids:
            return And((roots, entry))
        if ids < given and len(given) < 2 * len(ids):
            return And((roots, entry, Not(Comparison("in", "id", tuple(sorted(given - ids))))))
        return And((roots, exactly))
