"""Runs and the feedback on them, as the API shows them in comparisons (RunSchemaComparisonView)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson

from locum.engine.duckdb import DuckDB, Parameters
from locum.langsmith import feedback
from locum.langsmith import timestamps as times
from locum.langsmith.costs import usd
from locum.stats.column_store import columns, flags

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


def shown(engine: DuckDB, numbers: Iterable[int], *, preview: bool) -> dict[int, dict[str, Any]]:
    """The root runs of these numbers in the engine's table, each with the feedback on it.

    With `preview`, inputs and outputs are null, and inputs_preview and outputs_preview hold the
    first 200 characters of their compact JSON; else the previews are null (our choice).
    """
    chosen = list(dict.fromkeys(numbers))
    feedbacks = _feedbacks(engine, chosen)
    traces = _traces(engine, chosen)
    runs = {}
    for row in _table(engine, chosen, "runs", _COLUMNS):
        number = row["run"]
        runs[number] = {
            **_run(row, preview=preview),
            **traces[number],
            "feedback_stats": feedback.of_runs(engine, np.array([number])),
            "feedbacks": [_feedback(given, row) for given in feedbacks.get(number, ())],
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
    given = {
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
            given[field] = times.text(row[column])
    return given


def _feedbacks(engine: DuckDB, numbers: list[int]) -> dict[int, list[dict[str, Any]]]:
    feedbacks: dict[int, list[dict[str, Any]]] = {}
    rows = _table(engine, numbers, "feedback", _FEEDBACK_COLUMNS)
    for row in sorted(rows, key=_place):
        feedbacks.setdefault(row["run"], []).append(row)
    return feedbacks


def _place(row: Mapping[str, Any]) -> tuple[bool, int, str]:
    """By time, those without one last, as feedback is numbered."""
    return row["created_us"] is None, row["created_us"] or 0, row["id"]


def _table(
    engine: DuckDB, numbers: list[int], table: str, names: tuple[str, ...]
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
    rows = engine.rows(statement, parameters.values)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _traces(engine: DuckDB, numbers: list[int]) -> dict[int, dict[str, Any]]:
    """When the first and the last run of each run's trace began, by the number of the run."""
    known = columns(engine)
    wanted = dict(zip(numbers, known.trace[numbers].tolist(), strict=True))
    starts: dict[int, list[int]] = {trace: [] for trace in wanted.values()}
    of_them = np.flatnonzero(flags(list(starts), len(known.trace) + 1)[known.trace])
    start, is_known = known.one("start_us", of_them)
    for trace, begun in zip(known.trace[of_them][is_known], start[is_known].tolist(), strict=True):
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
