"""A dataset's examples with the runs of several experiments on them, in groups by a metadata value.

A row is a run of `experiment_runs`, on an example of the dataset. It has a value where the metadata
of the run (or of its example) has a text, a number, true or false under the key; a list, an object,
null and nothing are no value, for a group_key is a string or a number. true and false become the
texts "true" and "false" (our choice).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from attrs import frozen

from locum.engine.data import Data, Parameters
from locum.langsmith.experiment_runs import ExperimentRun, experiment_runs, filters_of
from locum.langsmith.filters.ast import And, Comparison, Expression, Not, render
from locum.langsmith.run_index import RunIndex, run_index
from locum.langsmith.run_schema import usd
from locum.langsmith.run_stats import feedback_of_project, grouped, run_stats
from locum.langsmith.selection import (
    dataset_of,
    experiment_number,
    project_fields,
    project_of,
)
from locum.langsmith.serializers import examples, examples_with_runs

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


Value = str | int | float


@frozen
class _Row:
    """One run on one example, when that was created, and the value that puts it into a group."""

    of: ExperimentRun
    value: Value
    example_created_us: int | None


@frozen
class _Group:
    """The rows that have one value, on the examples that every project ran with it.

    `examples` are their ids by creation, then id; `rows` stand in the order of the projects as they
    were named, then by start, then by id.
    """

    value: Value
    examples: tuple[str, ...]
    rows: tuple[_Row, ...]


def dataset_group_runs(
    data: Data, tenant: str | None, dataset_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Answer with the GroupedExamplesWithRunsResponse: the page of groups that offset and limit ask
    for. 404 for an unknown dataset or project; raises FilterError, and InvalidRequest where
    `filters` names a project not in session_ids.
    """
    dataset_id = dataset_of(data, tenant, dataset_id)
    session_ids = dict.fromkeys(session_id.lower() for session_id in body["session_ids"])
    projects = [project_of(data, tenant, session_id) for session_id in session_ids]
    sessions = [project_fields(project) for project in projects]
    index = data.once(run_index)
    offset = body.get("offset", 0)
    every = _groups(data, dataset_id, [session["id"] for session in sessions], body)
    page = every[offset : offset + body.get("limit", 10)]
    numbers = _statistics(index, page, sessions)
    filters = _Filters(data, index, sessions, body)
    # What feedback says of a project as a whole is the same in every group.
    of_projects = [feedback_of_project(index, session["id"]) for session in sessions]
    numbers_of_experiments = [experiment_number(data, project) for project in projects]
    most = body.get("per_group_limit", 5)
    listed = examples_with_runs(
        data,
        [
            {
                example: [row.of.run for row in group.rows if row.of.example_id == example]
                for example in group.examples[:most]
            }
            for group in page
        ],
        dataset_id,
        preview=body.get("preview", False),
    )
    return {
        "groups": [
            {
                "group_key": group.value,
                "filter": render(filters.of(group.rows)),
                "count": len(group.rows),
                **_stats_fields(numbers[number, None]),
                "sessions": [
                    {
                        **session,
                        "test_run_number": numbers_of_experiments[place],
                        **_stats_fields(numbers[number, place]),
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


def _of(session: Mapping[str, Any], rows: Iterable[_Row]) -> list[_Row]:
    return [row for row in rows if row.of.session_id == session["id"]]


def _statistics(
    index: RunIndex, page: Sequence[_Group], sessions: Sequence[Mapping[str, Any]]
) -> dict[tuple[int, int | None], dict[str, Any]]:
    """The statistics of each group of the page, and of each project's part of it.

    The key is the place of the group on the page, and that of the project in `sessions` or None.
    """
    found: dict[tuple[int, int | None], dict[str, Any]] = {}
    for number, group in enumerate(page):
        found[number, None] = _of_rows(index, group.rows)
        for place, session in enumerate(sessions):
            found[number, place] = _of_rows(index, _of(session, group.rows))
    return found


def _of_rows(index: RunIndex, rows: Iterable[_Row]) -> dict[str, Any]:
    return run_stats(index, np.array([row.of.run for row in rows], dtype=np.int64), _COMPUTED)


def _stats_fields(numbers: Mapping[str, Any]) -> dict[str, Any]:
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
        self,
        data: Data,
        index: RunIndex,
        sessions: Sequence[Mapping[str, Any]],
        body: Mapping[str, Any],
    ) -> None:
        self._key = body["metadata_key"]
        self._texts: dict[str, str] = {}  # run id: the text of its entry
        self._runs: dict[tuple[str, str], set[str]] = {}  # project, text: ids of its root runs
        if body["group_by"] != "run_metadata":
            return
        parameters = Parameters()
        rows = data.rows(
            "SELECT run, session_id, id FROM runs WHERE is_root "
            f"AND session_id IN ({parameters.list([s['id'] for s in sessions])})",
            parameters,
        )
        found = {run: (session_id, run_id) for run, session_id, run_id in rows}
        numbers = np.array(list(found), dtype=np.int64)
        for text, runs in grouped(index, numbers, "metadata", self._key, None):
            if text is not None:
                for session_id, run_id in map(found.__getitem__, runs.tolist()):
                    self._texts[run_id] = text
                    self._runs.setdefault((session_id, text), set()).add(run_id)

    def of(self, rows: Sequence[_Row]) -> Expression:
        """Return the expression for rows of one value, at least one."""
        roots = Comparison("eq", "is_root", value=True)
        ids = {row.of.id for row in rows}
        exactly = Comparison("in", "id", tuple(sorted(ids)))
        text = self._texts.get(rows[0].of.id)
        if text is None:
            return And((roots, exactly))
        entry = And(
            (Comparison("eq", "metadata_key", self._key), Comparison("eq", "metadata_value", text))
        )
        selected = set[str]()
        for session_id in dict.fromkeys(row.of.session_id for row in rows):
            selected |= self._runs.get((session_id, text), set())
        if selected == ids:
            return And((roots, entry))
        if ids < selected and len(selected) < 2 * len(ids):
            others = Comparison("in", "id", tuple(sorted(selected - ids)))
            return And((roots, entry, Not(others)))
        return And((roots, exactly))


def _groups(
    data: Data, dataset_id: str, session_ids: Sequence[str], body: Mapping[str, Any]
) -> list[_Group]:
    """The groups of a QueryGroupedExamplesWithRuns, numbers before texts; none without examples.

    Raises FilterError, and InvalidRequest where `filters` names a project not in session_ids.
    """
    by_value: dict[Value, list[_Row]] = {}
    for row in _rows(data, dataset_id, session_ids, body):
        by_value.setdefault(row.value, []).append(row)
    found = [
        # Of numbers that are equal, 1 and 1.0, the whole one is shown (our choice).
        _group(next((r.value for r in rows if isinstance(r.value, int)), value), rows, session_ids)
        for value, rows in by_value.items()
    ]
    found.sort(key=lambda group: (isinstance(group.value, str), group.value))
    return [group for group in found if group.examples]


def _group(value: Value, rows: Iterable[_Row], session_ids: Sequence[str]) -> _Group:
    ran = {session_id: set[str]() for session_id in session_ids}
    created: dict[str, tuple[bool, int, str]] = {}
    for row in rows:
        example_id, since = row.of.example_id, row.example_created_us
        ran[row.of.session_id].add(example_id)
        created[example_id] = (since is None, since or 0, example_id)
    shared = set.intersection(*ran.values())
    return _Group(
        value,
        tuple(sorted(shared, key=created.__getitem__)),
        tuple(
            sorted(
                (row for row in rows if row.of.example_id in shared),
                key=lambda row: (session_ids.index(row.of.session_id), *row.of.place),
            )
        ),
    )


def _rows(
    data: Data, dataset_id: str, session_ids: Sequence[str], body: Mapping[str, Any]
) -> list[_Row]:
    filters = filters_of(body.get("filters"), session_ids)
    of_dataset = data.once(examples).get(dataset_id, {})
    rows = []
    for run in experiment_runs(data, session_ids, filters):
        example = of_dataset.get(run.example_id)
        if example is not None:
            by = run.metadata if body["group_by"] == "run_metadata" else example.metadata
            value = _value(by and orjson.loads(by), body["metadata_key"])
            if value is not None:
                rows.append(_Row(run, value, example.created_us))
    return rows


def _value(metadata: Any, key: str) -> Value | None:
    """What stands under a key, or under a path of keys joined by dots, if it makes a group."""
    if not isinstance(metadata, dict):
        return None
    if key in metadata:
        value = metadata[key]
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str | int | float) else None
    for first in sorted((name for name in metadata if key.startswith(f"{name}.")), key=len):
        value = _value(metadata[first], key[len(first) + 1 :])
        if value is not None:
            return value
    return None
