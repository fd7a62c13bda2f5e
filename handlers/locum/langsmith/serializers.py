"""Runs and examples as the API shows them (RunSchemaComparisonView, ExampleWithRunsCH)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from locum.engine.change import Change
from locum.engine.data import Data, Parameters, extends
from locum.langsmith import feedback_rows
from locum.langsmith import timestamps as times
from locum.langsmith.feedback_rows import OfRun
from locum.langsmith.run_index import run_index
from locum.langsmith.run_rows import Row, columns, of_runs, segment, touched, trace_bounds
from locum.langsmith.run_schema import columns_of, document, of_columns
from locum.langsmith.run_stats import feedback_by_run


@frozen
class Example:
    """An example's row: times in microseconds, documents as JSON texts."""

    id: str
    dataset_id: str
    name: str | None
    inputs: str | None
    outputs: str | None
    metadata: str | None
    source_run_id: str | None
    created_us: int | None
    modified_us: int | None


EXAMPLE_COLUMNS = (
    *("id", "dataset_id", "name", "inputs", "outputs", "metadata", "source_run_id"),
    *("created_us", "modified_us"),
)


def examples(data: Data) -> dict[str, dict[str, Example]]:
    """Read the examples of each dataset by id; ask for them by `data.once(examples)`. They are few:
    a join takes longer, and more memory."""
    found: dict[str, dict[str, Example]] = {}
    for row in data.rows(_EXAMPLES):
        example = Example(*row)
        found.setdefault(example.dataset_id, {})[example.id] = example
    return found


_EXAMPLES = f"SELECT {', '.join(EXAMPLE_COLUMNS)} FROM langsmith_examples"


@extends(examples)
def _more_examples(
    before: dict[str, dict[str, Example]], data: Data, change: Change
) -> dict[str, dict[str, Example]]:
    rows, parameters = change.of("langsmith_examples"), Parameters()
    condition = touched(rows, "row", parameters)
    read = [Example(*row) for row in data.rows(f"{_EXAMPLES} WHERE {condition}", parameters)]
    found = dict(before)
    own = set[str]()  # the datasets whose examples are a copy already
    for example in read:
        gone = [id_ for id_, of_it in found.items() if example.id in of_it] if rows.changed else []
        for dataset_id in {*gone, example.dataset_id} - own:
            found[dataset_id] = dict(found.get(dataset_id, {}))
            own.add(dataset_id)
        for dataset_id in gone:
            del found[dataset_id][example.id]
        found[example.dataset_id][example.id] = example
    return found


def examples_with_runs(
    data: Data, groups: Sequence[Mapping[str, Sequence[int]]], dataset_id: str, *, preview: bool
) -> list[list[dict[str, Any]]]:
    """Return each group's examples, each with its runs. A group is its examples' ids, each with the
    numbers of the runs."""
    of_dataset = data.once(examples).get(dataset_id, {})
    runs = runs_with_feedback(
        data,
        [run for group in groups for numbers in group.values() for run in numbers],
        preview=preview,
    )
    return [
        [
            {**example_fields(of_dataset[id_]), "runs": [runs[run] for run in numbers]}
            for id_, numbers in group.items()
        ]
        for group in groups
    ]


def example_fields(row: Example) -> dict[str, Any]:
    """Return the example as the API shows it; no dataset has attachments."""
    example = {
        "id": row.id,
        "dataset_id": row.dataset_id,
        "name": row.name or "",
        "inputs": {} if row.inputs is None else document(row.inputs),
        "outputs": document(row.outputs),
        "metadata": document(row.metadata),
        "source_run_id": row.source_run_id,
        "modified_at": times.text(row.modified_us),
        "attachment_urls": None,
    }
    if row.created_us is not None:  # never null in the document
        example["created_at"] = times.text(row.created_us)
    return example


_COST_OF_RUN = 12_000  # to write and check it, in units of `engine.data.Work`
_FIELDS = (
    *("id", "name", "run_type", "status", "error", "tags", "extra", "start_time", "end_time"),
    *("session_id", "trace_id", "parent_run_id", "reference_example_id"),
    *("total_cost", "prompt_cost", "completion_cost", "app_path"),
)
_DOCUMENTS, _PREVIEWS = ("inputs", "outputs"), ("inputs_preview", "outputs_preview")
_TOKENS = ("total_tokens", "prompt_tokens", "completion_tokens")  # null where the run has none
_TAKEN_IN = ("serialized", "s3_urls")  # what only runs have that were taken in
_COLUMNS = (
    *columns_of((*_FIELDS, *_DOCUMENTS, *_TOKENS, *_TAKEN_IN)),
    *("events", "dotted_order"),
)
# In the document, and in no dataset, but for those.
_UNKNOWN = (
    *("serialized", "manifest_id", "manifest_s3_id"),
    *("inputs_s3_urls", "outputs_s3_urls", "s3_urls"),
)


def runs_with_feedback(
    data: Data, numbers: Iterable[int], *, preview: bool
) -> dict[int, dict[str, Any]]:
    """Return the root runs of these numbers, each with the feedback on it, by number.

    With `preview`, inputs and outputs are null, and inputs_preview and outputs_preview hold the
    first 200 characters of their compact JSON; else the previews are null (our choice).
    """
    index = data.once(run_index)
    chosen = sorted(set(numbers))
    feedbacks = _feedbacks(data, chosen)
    statistics = feedback_by_run(index, np.array(chosen, dtype=np.int64))
    bounds = trace_bounds(index, chosen)
    read = columns(data, chosen, _COLUMNS)
    shown = of_columns(read, (*_FIELDS, *(_PREVIEWS if preview else _DOCUMENTS)))
    shown |= {name: read[name] for name in _TOKENS}
    shown["events"] = list(map(document, read["events"]))
    taken_in = of_columns(read, _TAKEN_IN)
    runs = {}
    for place, (number, (first, last)) in enumerate(zip(chosen, bounds, strict=True)):
        data.spend(_COST_OF_RUN)
        run = {field: values[place] for field, values in shown.items()}
        start = run["start_time"]
        runs[number] = {
            **run,
            **dict.fromkeys(_DOCUMENTS if preview else _PREVIEWS),
            **dict.fromkeys(_UNKNOWN),
            **{field: values[place] for field, values in taken_in.items()},
            "execution_order": 1,  # a root run is the first of its trace
            "dotted_order": read["dotted_order"][place] or (start and segment(start, run["id"])),
            "trace_min_start_time": times.text(first),
            "trace_max_start_time": times.text(last),
            "feedback_stats": statistics.get(number, {}),
            "feedbacks": [
                feedback_rows.shown(
                    {**each, "session_id": run["session_id"]},
                    OfRun(run["trace_id"], read["start_us"][place], is_root=True),
                )
                for each in feedbacks.get(number, ())
            ],
        }
    return runs


def _feedbacks(data: Data, numbers: list[int]) -> dict[int, list[Row]]:
    feedbacks: dict[int, list[Row]] = {}
    rows = of_runs(data, numbers, "feedback", ("run", *feedback_rows.COLUMNS))
    for row in sorted(rows, key=_place):
        feedbacks.setdefault(row["run"], []).append(row)
    return feedbacks


def _place(row: Mapping[str, Any]) -> tuple[bool, int, str]:
    """By time, those without one last, as feedback is numbered."""
    return row["created_us"] is None, row["created_us"] or 0, row["id"]
