"""A dataset's examples with the runs of experiments on them.

Such a run is a root run, in one of the named projects, whose reference_example_id is an example of
the dataset.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from attrs import astuple, frozen

from locum.engine.data import Data, Parameters
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith import cursors, selection
from locum.langsmith.run_index import run_index
from locum.langsmith.run_responses import run_responses
from locum.langsmith.run_stats import feedback_of_runs
from locum.langsmith.serializers import Example, example_fields, examples, examples_with_runs

_COST_OF_ROW = 500  # to put a run to its example, in units of `engine.data.Work`
_COST_OF_SCORE = 10_000  # to compute an example's
_PAGE = 20  # where limit is null: what the vendor's SDK says of v2


@frozen
class ExperimentRun:
    """A run on an example, by its number; `metadata` is a JSON text, times in microseconds."""

    run: int
    id: str
    session_id: str
    start_us: int | None
    example_id: str
    metadata: str | None

    @property
    def place(self) -> tuple[bool, int, str]:
        """Return what its project's runs are in the order of: start, then id; those without a start
        are first, as in the order of all runs."""
        return self.start_us is not None, self.start_us or 0, self.id


def experiment_runs(
    data: Data, session_ids: Sequence[str], filters: Mapping[str, Iterable[str]]
) -> list[ExperimentRun]:
    """Return the root runs of these projects that name an example, whichever dataset it is of, and
    that pass all filters of their project's; one without any has all of its runs.

    `filters` are by id in lower case. Raises FilterError.
    """
    parameters = Parameters()
    chosen = []
    for session_id in session_ids:
        conditions = [f"runs.session_id = {parameters.add(session_id)}"]
        conditions += [
            selection.filtered(text, parameters, "filters")
            for text in filters.get(session_id.lower(), ())
        ]
        chosen.append(f"({' AND '.join(conditions)})")
    found = data.rows(
        "SELECT run, id, session_id, start_us, reference_example_id, CAST(metadata AS VARCHAR) "
        "FROM runs WHERE is_root AND reference_example_id IS NOT NULL "
        f"AND ({' OR '.join(chosen) or 'FALSE'})",
        parameters,
    )
    data.spend(_COST_OF_ROW * len(found))
    return [ExperimentRun(*row) for row in found]


def filters_of(
    filters: Mapping[str, list[str]] | None, session_ids: Iterable[str], name: str = "session_ids"
) -> dict[str, list[str]]:
    """Return the filters of a body by the id of their project in lower case. Raises InvalidRequest
    where they name a project that is not among the ids, which the body calls by that name."""
    found = {key.lower(): texts for key, texts in (filters or {}).items()}
    for key in found.keys() - {session_id.lower() for session_id in session_ids}:
        fault = InvalidValue(("body", "filters", key), f"Not one of {name}", "value_error", key)
        raise InvalidRequest((fault,))
    return found


@frozen
class Asked:
    """Which examples and runs are asked for: the projects, the filters of their runs by id in lower
    case, the examples (null: all), and the feedback that they are sorted by (null: none), a key
    with or without "feedback." before it."""

    session_ids: Sequence[str]
    filters: Mapping[str, list[str]]
    example_ids: Sequence[str] | None
    sort_by: str | None
    is_descending: bool


@frozen
class Listed:
    """An example, the numbers of the runs on it, and where it stands in the list."""

    example: Example
    runs: list[int]
    place: cursors.Key


def listed(data: Data, tenant: str, dataset_id: str, asked: Asked) -> list[Listed]:
    """Return the dataset's examples that are asked for, each with the runs on it: in the order of
    the projects, then by start and id. NotFound for an unknown dataset or project.

    Examples are by creation, then id, those without a time last. Where they are sorted by feedback,
    the mean score of that key on their runs comes first, those without one last. An example without
    runs is listed with none (our choices). Raises FilterError and InvalidRequest.
    """
    of_dataset = data.once(examples).get(selection.dataset_of(data, tenant, dataset_id), {})
    session_ids = [
        selection.project_of(data, tenant, session_id).id
        for session_id in dict.fromkeys(map(str.lower, asked.session_ids))
    ]
    order = {session_id: place for place, session_id in enumerate(session_ids)}
    runs_of: dict[str, list[int]] = {}
    for run in sorted(
        experiment_runs(data, session_ids, asked.filters),
        key=lambda run: (order[run.session_id], *run.place),
    ):
        runs_of.setdefault(run.example_id, []).append(run.run)
    wanted = None if asked.example_ids is None else {*map(str.lower, asked.example_ids)}
    found = []
    for example in of_dataset.values():
        data.spend(_COST_OF_ROW)
        if wanted is None or example.id.lower() in wanted:
            runs = runs_of.get(example.id, [])
            score = None if asked.sort_by is None else _score(data, runs, asked.sort_by)
            created = [example.created_us is None, example.created_us or 0, example.id]
            found.append(Listed(example, runs, (score, created)))
    return cursors.in_order(found, attrgetter("place"), descending=asked.is_descending)


def _score(data: Data, runs: list[int], sort_by: str) -> float | None:
    data.spend(_COST_OF_SCORE)
    if not runs:
        return None
    stats = feedback_of_runs(data.once(run_index), np.array(runs, dtype=np.int64))
    mean: float | None = stats.get(sort_by.removeprefix("feedback."), {}).get("avg")
    return mean


def read_examples_with_runs(
    data: Data, tenant: str, dataset_id: str, body: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Answer with the page of the dataset's examples, each with the runs of the named projects on
    it, as `listed` says: 404 for an unknown dataset or project. A null limit is 20. Raises
    FilterError and InvalidRequest."""
    session_ids, sort = body["session_ids"], body.get("sort_params") or {}
    asked = Asked(
        session_ids,
        filters_of(body.get("filters"), session_ids),
        body.get("example_ids"),
        sort.get("sort_by"),
        is_descending=sort.get("sort_order") != "ASC",
    )
    limit, first = body.get("limit") or _PAGE, body.get("offset", 0)
    page = listed(data, tenant, dataset_id, asked)[first : first + limit]
    return examples_with_runs(
        data,
        [{each.example.id: each.runs for each in page}],
        selection.dataset_of(data, tenant, dataset_id),
        preview=body.get("preview", False),
    )[0]


def query_experiment_runs(
    data: Data, tenant: str, dataset_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Answer, in v2, with a page of the dataset's examples, each with the selected fields of the
    runs of the named experiments on it, as `listed` says, and the cursor of the next page, null at
    the end: 404 for an unknown dataset or experiment. Raises FilterError, InvalidRequest, and
    Unanswerable for a cursor of another question."""
    session_ids, sort = body["experiment_ids"], body.get("sort") or {}
    asked = Asked(
        session_ids,
        filters_of(body.get("filters"), session_ids, "experiment_ids"),
        body.get("example_ids"),
        sort.get("by"),
        is_descending=sort.get("order") != "ASC",
    )
    question = ["experiment-runs", tenant, dataset_id.lower(), astuple(asked)]
    page, next_cursor = cursors.page(
        listed(data, tenant, dataset_id, asked),
        attrgetter("place"),
        question,
        after=body.get("cursor"),
        size=body.get("page_size", _PAGE),
        descending=asked.is_descending,
    )
    numbers = [run for each in page for run in each.runs]
    selects = body.get("selects") or ("ID",)
    runs = dict(zip(numbers, run_responses(data, numbers, selects), strict=True))
    return {
        "items": [
            _known(example_fields(each.example)) | {"runs": [runs[run] for run in each.runs]}
            for each in page
        ],
        "next_cursor": next_cursor,
    }


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
