"""Runs, the feedback on them, and examples, as the API shows them (RunSchemaComparisonView,
FeedbackSchema, ExampleWithRunsCH)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from attrs import frozen

from locum.engine.data import Data, Parameters
from locum.langsmith import timestamps as times
from locum.langsmith.run_index import RunIndex, run_index
from locum.langsmith.run_stats import feedback_of_runs
from locum.stats.summary import marked, measured

_NANO = 10**9


def usd(nano: int) -> str:
    """Return the USD of nano-USD as the API writes them where it does not write numbers: exactly,
    in plain notation, no exponent, no zeros at the end ("0" for none)."""
    whole, rest = divmod(abs(nano), _NANO)
    sign = "-" if nano < 0 else ""
    return f"{sign}{whole}.{rest:09}".rstrip("0").rstrip(".")


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


def examples(data: Data) -> dict[str, dict[str, Example]]:
    """Read the examples of each dataset by id; ask for them by `data.once(examples)`. They are few:
    a join takes longer, and more memory."""
    found: dict[str, dict[str, Example]] = {}
    for row in data.rows(
        "SELECT id, dataset_id, name, inputs, outputs, metadata, source_run_id, created_us, "
        "modified_us FROM langsmith_examples"
    ):
        example = Example(*row)
        found.setdefault(example.dataset_id, {})[example.id] = example
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
            {**_example(of_dataset[id_]), "runs": [runs[run] for run in numbers]}
            for id_, numbers in group.items()
        ]
        for group in groups
    ]


def _example(row: Example) -> dict[str, Any]:
    example = {
        "id": row.id,
        "dataset_id": row.dataset_id,
        "name": row.name or "",
        "inputs": {} if row.inputs is None else orjson.loads(row.inputs),
        "outputs": _json(row.outputs),
        "metadata": _json(row.metadata),
        "source_run_id": row.source_run_id,
        "modified_at": times.text(row.modified_us),
        "attachment_urls": None,
    }
    if row.created_us is not None:  # never null in the document
        example["created_at"] = times.text(row.created_us)
    return example


_COST_OF_RUN = 12_000  # to write and check it, in units of `engine.data.Work`
_PREVIEW = 200  # characters of a preview: our choice

_COLUMNS = (
    *("run", "id", "name", "run_type", "status", "error", "tags", "metadata", "inputs", "outputs"),
    *("start_us", "end_us", "session_id", "trace_id", "parent_run_id", "reference_example_id"),
    *("total_tokens", "prompt_tokens", "completion_tokens"),
    *("total_cost_nano", "prompt_cost_nano", "completion_cost_nano"),
)
_FEEDBACK_COLUMNS = (
    *("run", "id", "key", "score", "value", "comment", "correction", "source", "run_id"),
    *("session_id", "created_us", "modified_us"),
)
# In the document, and in no dataset.
_UNKNOWN = (
    *("serialized", "manifest_id", "manifest_s3_id", "events", "inputs_s3_urls", "outputs_s3_urls"),
    *("s3_urls", "app_path"),
)
_UNKNOWN_OF_FEEDBACK = (
    *("feedback_group_id", "comparative_experiment_id", "extra", "feedback_thread_id"),
)


def runs_with_feedback(
    data: Data, numbers: Iterable[int], *, preview: bool
) -> dict[int, dict[str, Any]]:
    """Return the root runs of these numbers, each with the feedback on it, by number.

    With `preview`, inputs and outputs are null, and inputs_preview and outputs_preview hold the
    first 200 characters of their compact JSON; else the previews are null (our choice).
    """
    index = data.once(run_index)
    chosen = list(dict.fromkeys(numbers))
    feedbacks = _feedbacks(data, chosen)
    traces = _traces(index, chosen)
    runs = {}
    for row in _table(data, chosen, "runs", _COLUMNS):
        data.spend(_COST_OF_RUN)
        number = row["run"]
        runs[number] = {
            **_run(row, preview=preview),
            **traces[number],
            "feedback_stats": feedback_of_runs(index, np.array([number])),
            "feedbacks": [_feedback(each, row) for each in feedbacks.get(number, ())],
        }
    return runs


def _run(row: Mapping[str, Any], *, preview: bool) -> dict[str, Any]:
    inputs, outputs, metadata = (_json(row[name]) for name in ("inputs", "outputs", "metadata"))
    start = times.text(row["start_us"])
    run = {
        "id": row["id"],
        "name": row["name"],
        "run_type": row["run_type"],
        "status": row["status"],
        "error": row["error"],
        "tags": row["tags"],
        "extra": {"metadata": metadata or {}},  # where the SDKs put a run's metadata
        "inputs": None if preview else inputs,
        "outputs": None if preview else outputs,
        "inputs_preview": _preview(inputs) if preview else None,
        "outputs_preview": _preview(outputs) if preview else None,
        "start_time": start,
        "end_time": times.text(row["end_us"]),
        "execution_order": 1,  # a root run is the first of its trace
        "session_id": row["session_id"],
        "trace_id": row["trace_id"],
        "parent_run_id": row["parent_run_id"],
        "reference_example_id": row["reference_example_id"],
        "dotted_order": _dotted_order(start, row["id"]),
        "total_tokens": row["total_tokens"],
        "prompt_tokens": row["prompt_tokens"],
        "completion_tokens": row["completion_tokens"],
        **dict.fromkeys(_UNKNOWN),
    }
    for cost in ("total_cost", "prompt_cost", "completion_cost"):
        nano = row[f"{cost}_nano"]
        run[cost] = None if nano is None else usd(nano)
    return run


def _feedback(row: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    feedback = {
        "id": row["id"],
        "key": row["key"],
        "score": _json(row["score"]),
        "value": _json(row["value"]),
        "comment": row["comment"],
        "correction": _json(row["correction"]),
        "feedback_source": _json(row["source"]),
        "run_id": row["run_id"],
        "session_id": row["session_id"],
        "trace_id": run["trace_id"],
        "start_time": times.text(run["start_us"]),
        "is_root": True,
        **dict.fromkeys(_UNKNOWN_OF_FEEDBACK),
    }
    # These two are never null in the document.
    for field, column in (("created_at", "created_us"), ("modified_at", "modified_us")):
        if row[column] is not None:
            feedback[field] = times.text(row[column])
    return feedback


def _feedbacks(data: Data, numbers: list[int]) -> dict[int, list[dict[str, Any]]]:
    feedbacks: dict[int, list[dict[str, Any]]] = {}
    rows = _table(data, numbers, "feedback", _FEEDBACK_COLUMNS)
    for row in sorted(rows, key=_place):
        feedbacks.setdefault(row["run"], []).append(row)
    return feedbacks


def _place(row: Mapping[str, Any]) -> tuple[bool, int, str]:
    """By time, those without one last, as feedback is numbered."""
    return row["created_us"] is None, row["created_us"] or 0, row["id"]


def _table(
    data: Data, numbers: list[int], table: str, names: tuple[str, ...]
) -> list[dict[str, Any]]:
    if not numbers:
        return []
    parameters = Parameters()
    first, last = parameters.add(min(numbers)), parameters.add(max(numbers))
    # No IN: it is a join, which takes longer for a few.
    statement = (
        f"SELECT {', '.join(names)} FROM {table} WHERE run BETWEEN {first} AND {last} "
        f"AND list_contains(CAST({parameters.add(numbers)} AS INTEGER[]), run)"
    )
    rows = data.rows(statement, parameters)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _traces(index: RunIndex, numbers: list[int]) -> dict[int, dict[str, Any]]:
    """When the first and the last run of each run's trace began, by the number of the run."""
    trace_of_run = index.columns.ids["trace"]
    wanted = dict(zip(numbers, trace_of_run[numbers].tolist(), strict=True))
    starts: dict[int, list[int]] = {trace: [] for trace in wanted.values()}
    of_them = np.flatnonzero(marked(list(starts), len(trace_of_run) + 1)[trace_of_run])
    start, is_known = measured(index.columns, "start_us", of_them)
    traces = trace_of_run[of_them][is_known]
    for trace, begun in zip(traces, start[is_known].tolist(), strict=True):
        starts[trace].append(begun)
    return {
        number: {
            "trace_min_start_time": times.text(min(starts[trace], default=None)),
            "trace_max_start_time": times.text(max(starts[trace], default=None)),
        }
        for number, trace in wanted.items()
    }


def _dotted_order(start: str | None, run_id: str) -> str | None:
    """The start, without punctuation but the Z, and the id: how the SDKs make a root run's."""
    return start and "".join(c for c in start if c not in "-:.") + run_id


def _preview(document: Any) -> str | None:
    return None if document is None else orjson.dumps(document).decode()[:_PREVIEW]


def _json(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
