"""Runs as v2 shows them (RunResponse, and the traces of a thread): each value of `selects`, and the
field that it adds.

They are the fields of v1 (`run_schema`) under other names, with numbers for costs. A field of which
nothing is known is absent (our choice), but for the end of a run that has not ended, which is null
(documented).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from locum.engine.data import Data
from locum.langsmith.run_index import run_index
from locum.langsmith.run_schema import run_schemas
from locum.langsmith.tables import RUN_TYPES, STATUSES
from locum.stats.summary import measured

ADDRESS = "https://smith.langchain.com"  # of the vendor's application: our choice
_PREVIEW = 200  # characters of an error's preview: our choice, as of other previews
_LATENCY = "latency_us"  # of no field of v1
_US_PER_SECOND = 10**6


@frozen
class _Select:
    """What a value of `selects` adds: a field, and what it is made of, a field of v1, or None where
    no dataset has such a thing. `value` is asked about null only where it `reads_null`."""

    field: str
    source: str | None
    value: Callable[[Any], Any] = lambda value: value
    reads_null: bool = False


def _raw(amounts: dict[str, Any]) -> dict[str, Any]:
    return {"raw": amounts}


def _raw_usd(amounts: dict[str, str]) -> dict[str, Any]:
    return {"raw": {category: float(usd) for category, usd in amounts.items()}}


def _known(names: Collection[str]) -> Callable[[str], str | None]:
    """Return what writes names of v1 in upper case; one that v2 does not have is nothing."""
    return lambda name: name.upper() if name in names else None


def _op(run_type: str) -> int | None:
    """A number for each type of run, from 1 in the document's order (our choice)."""
    return RUN_TYPES.index(run_type) + 1 if run_type in RUN_TYPES else None


def _paths(attachments: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the path of each attachment by its name."""
    return {
        name.removeprefix("attachment."): each["presigned_url"]
        for name, each in attachments.items()
    }


def _seconds(microseconds: int) -> float:
    return microseconds / _US_PER_SECOND


_AMOUNTS = {
    **{
        name.upper(): _Select(name, name)
        for name in ("total_tokens", "prompt_tokens", "completion_tokens")
    },
    **{
        name.upper(): _Select(name, name, float)
        for name in ("total_cost", "prompt_cost", "completion_cost")
    },
    **{
        name.upper(): _Select(name, name, _raw)
        for name in ("prompt_token_details", "completion_token_details")
    },
    **{
        name.upper(): _Select(name, name, _raw_usd)
        for name in ("prompt_cost_details", "completion_cost_details")
    },
}
_OF_BOTH = {
    **{
        name.upper(): _Select(name, name)
        for name in (
            *("name", "error", "inputs", "inputs_preview", "outputs", "outputs_preview"),
            *("trace_id", "thread_id", "start_time", "end_time", "first_token_time"),
        )
    },
    "ERROR_PREVIEW": _Select("error_preview", "error", lambda error: error[:_PREVIEW]),
    **_AMOUNTS,
}
_OF_RUNS = {
    **_OF_BOTH,
    **{
        name.upper(): _Select(name, name)
        for name in (
            *("id", "extra", "parent_run_ids", "dotted_order", "tags", "app_path"),
            *("reference_example_id", "reference_dataset_id", "parent_run_id"),
        )
    },
    "RUN_TYPE": _Select("run_type", "run_type", _known(RUN_TYPES)),
    "STATUS": _Select("status", "status", _known(STATUSES)),
    "LATENCY_SECONDS": _Select("latency_seconds", _LATENCY, _seconds),
    "METADATA": _Select("metadata", "extra", lambda extra: extra["metadata"]),
    "EVENTS": _Select("events", "events"),
    "PROJECT_ID": _Select("project_id", "session_id"),
    "IS_ROOT": _Select("is_root", "parent_run_id", lambda id_: id_ is None, reads_null=True),
    "IS_IN_DATASET": _Select("is_in_dataset", "in_dataset"),
    "MANIFEST": _Select("manifest", "serialized"),
    "ATTACHMENTS": _Select("attachments", "s3_urls", _paths),
    "SHARE_URL": _Select("share_url", "share_token", lambda token: f"{ADDRESS}/public/{token}/r"),
    "FEEDBACK_STATS": _Select(
        "feedback_stats", "feedback_stats", lambda found: found or {}, reads_null=True
    ),
    **{
        name.upper(): _Select(name, None)
        for name in (
            *("price_model_id", "thread_evaluation_time"),
            *("last_queued_at", "ls_user_id"),
        )
    },
}
_OF_TRACES = {
    **_OF_BOTH,
    "LATENCY": _Select("latency", _LATENCY, _seconds),
    "OP": _Select("op", "run_type", _op),
}


def run_responses(data: Data, runs: Sequence[int], selects: Iterable[str]) -> list[dict[str, Any]]:
    """Return the runs in their order with the selected fields."""
    return _responses(data, runs, [_OF_RUNS[select] for select in selects])


def trace_responses(
    data: Data, runs: Sequence[int], selects: Iterable[str]
) -> list[dict[str, Any]]:
    """Return root runs in their order as traces of a thread, with trace_id and the selected fields
    but turn_number, which is not the run's own."""
    chosen = [_OF_TRACES[select] for select in selects if select != "TURN_NUMBER"]
    return _responses(data, runs, [_OF_TRACES["TRACE_ID"], *chosen])


def _responses(data: Data, runs: Sequence[int], chosen: Sequence[_Select]) -> list[dict[str, Any]]:
    sources = {each.source for each in chosen if each.source is not None}
    fields = sources - {_LATENCY}
    values = run_schemas(data, runs, fields) if fields else [{} for _ in runs]
    if _LATENCY in sources:
        numbers = np.asarray(runs, dtype=np.int64)
        latency, is_known = measured(data.once(run_index).columns, _LATENCY, numbers)
        for row, microseconds, known in zip(values, latency.tolist(), is_known, strict=True):
            row[_LATENCY] = microseconds if known else None
    return [_response(row, chosen) for row in values]


def _response(row: dict[str, Any], chosen: Iterable[_Select]) -> dict[str, Any]:
    shown = {}
    for each in chosen:
        value = None if each.source is None else row.get(each.source)
        if value is not None or each.reads_null:
            value = each.value(value)
        if value is not None or each.field == "end_time":
            shown[each.field] = value
    return shown
