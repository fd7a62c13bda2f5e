"""LangSmith's exports: runs and feedback, as the SDK and the bulk export give them.

Sources: `langsmith.schemas` (Run, Feedback) of the Python SDK 0.15, RunSchema and FeedbackSchema of
the API's OpenAPI document, https://docs.langchain.com/langsmith/run-data-format and, for the bulk
export, where inputs, outputs and extra are texts, https://docs.langchain.com/langsmith/data-export.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from locum.importer.rows import BadRow, ExportRow, Row
from locum.importer.values import (
    Unexpected,
    anything,
    count,
    document,
    mapped,
    one_of,
    text,
    texts,
    time,
    uuid,
)
from locum.langsmith.exported_projects import Gathered
from locum.langsmith.tables import FAILED, PENDING, RUN_TYPES, STATUSES, SUCCESS, THREAD_KEYS
from locum.provider import Export, Exports, Vocabulary


def run(exported: ExportRow) -> Row:
    """The row of `langsmith/runs`, with `session_name` and `reference_dataset_id` beside it.

    Tokens and costs are imported as they are reported, descendants' included. Raises BadRow.
    """
    parent = exported.take("parent_run_id", uuid)
    extra = exported.take("extra", _extra) or {}
    row = {
        "id": exported.need("id", uuid),
        "tenant_id": exported.take("tenant_id", uuid),
        "session_id": exported.take("session_id", uuid) or _project(exported),
        "trace_id": exported.take("trace_id", uuid),
        "parent_run_id": parent,
        "name": exported.need("name", text),
        "run_type": exported.need("run_type", one_of(*RUN_TYPES)),
        "status": exported.take("status", one_of(*STATUSES)),
        "start_time": exported.need("start_time", time),
        "first_token_time": exported.take("first_token_time", time),
        "end_time": exported.take("end_time", time),
        "error": exported.take("error", text),
        "tags": exported.take("tags", texts),
        "metadata": extra.get("metadata") or {},
        "inputs": exported.take("inputs", document) or {},
        "outputs": exported.take("outputs", document),
        "reference_example_id": exported.take("reference_example_id", uuid),
        "prompt_tokens": exported.take("prompt_tokens", count),
        "completion_tokens": exported.take("completion_tokens", count),
        "total_tokens": exported.take("total_tokens", count),
        "prompt_cost_nano": exported.money("prompt_cost"),
        "completion_cost_nano": exported.money("completion_cost"),
        "total_cost_nano": exported.money("total_cost"),
        "prompt_token_details": exported.take("prompt_token_details", mapped(count)),
        "completion_token_details": exported.take("completion_token_details", mapped(count)),
        "prompt_cost_details_nano": exported.money_map("prompt_cost_details"),
        "completion_cost_details_nano": exported.money_map("completion_cost_details"),
        "events": exported.take("events", _list) or None,  # which the SDK has empty where none is
        "runtime": extra.get("runtime"),
        "session_name": exported.take("session_name", text),
        "reference_dataset_id": exported.take("reference_dataset_id", uuid),
    }
    if row["trace_id"] is None:  # as the SDK's Run does for a root
        row["trace_id"] = exported.need("trace_id", uuid) if parent else row["id"]
    row["status"] = row["status"] or _status(row)
    for later in ("first_token_time", "end_time"):
        if row[later] is not None and row[later] < row["start_time"]:
            raise BadRow(f"{later}: found {row[later]}, expected none before {row['start_time']}")
    return row


_NAMED = UUID("5f0c2f5b-6f1e-4c0e-9a53-0d1f6d0a7a11")


def _project(exported: ExportRow) -> str:
    """The id of a project that is only named, as in runs that never were in the API: one made of
    its name."""
    name = exported.take("session_name", text)
    return str(uuid5(_NAMED, name)) if name else str(exported.need("session_id", uuid))


def _extra(value: object) -> Row:
    extra = document(value)
    if not isinstance(extra.get("metadata") or {}, dict):
        raise Unexpected("an object whose metadata is an object")
    if not isinstance(extra.get("runtime") or {}, dict):
        raise Unexpected("an object whose runtime is an object")
    return extra


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Unexpected("an array")
    return value


def _status(row: Row) -> str:
    """The status of a run that comes without: the SDK's Run need not have one."""
    if row["error"] is not None:
        return FAILED
    return PENDING if row["end_time"] is None else SUCCESS


# Known fields that a dataset has no column for.
_UNUSED_OF_RUNS = """
    serialized attachments child_run_ids child_runs direct_child_run_ids parent_run_ids
    feedback_stats app_path manifest_id manifest_s3_id dotted_order in_dataset execution_order
    inputs_preview outputs_preview inputs_s3_urls outputs_s3_urls s3_urls trace_min_start_time
    trace_max_start_time price_model_id messages last_queued_at share_token trace_tier
    trace_first_received_at ttl_seconds trace_upgrade thread_id is_root
"""
_UNUSED_OF_FEEDBACK = """
    trace_id start_time is_root extra feedback_group_id comparative_experiment_id
    feedback_thread_id
"""


def feedback(exported: ExportRow) -> Row:
    """The row of `langsmith/feedback`. Raises BadRow."""
    created = exported.need("created_at", time)
    return {
        "id": exported.need("id", uuid),
        "run_id": exported.need("run_id", uuid),
        "session_id": exported.take("session_id", uuid),
        "key": exported.need("key", text),
        "score": exported.take("score", _score),
        "value": exported.take("value", anything),
        "comment": exported.take("comment", text),
        "correction": exported.take("correction", anything),
        "source": exported.take("feedback_source", document),
        "created_at": created,
        "modified_at": exported.take("modified_at", time) or created,
    }


_LARGEST_SCORE = 9_000_000_000  # the server holds scores in 64 bits, to nine decimals


def _score(value: object) -> bool | int | float:
    if not isinstance(value, bool | int | float) or abs(value) > _LARGEST_SCORE:
        raise Unexpected(f"a number of {_LARGEST_SCORE:,} at most, true, false or null")
    return value


VOCABULARY = Vocabulary(
    columns={"langsmith/runs": ("run_type", "status"), "langsmith/feedback": ("score",)},
    contents={
        "langsmith/runs": (
            *("inputs", "outputs", "events", "runtime"),
            *("extra", "serialized", "attachments"),
        ),
        "langsmith/examples": ("inputs", "outputs"),
        "langsmith/feedback": ("correction",),
    },
    labels={"langsmith/feedback": ("key",)},
    names=(*THREAD_KEYS, "type"),
    # What the SDK's integrations tell of models.
    named_values=("ls_provider", "ls_model_name", "ls_model_type", "model", "model_name"),
    values={"type": ("api", "app", "model", "auto_eval")},  # of feedback_source
    categories=(
        *("cache_read", "cache_creation", "cache_write", "audio", "image", "text", "video"),
        *("reasoning", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"),
    ),
    # Ids in a text, names of categories, and digests of what was said.
    left_out={"langsmith/runs": ("dotted_order", "usage", "received")},
)

EXPORTS = Exports(
    kinds=(
        Export(
            table="langsmith/runs",
            id="id",
            tenant="tenant_id",
            fields=("run_type",),
            noun="a run",
            read=run,
            unused=frozenset(_UNUSED_OF_RUNS.split()),
        ),
        Export(
            table="langsmith/feedback",
            id="id",
            tenant=None,
            fields=("run_id", "key"),
            noun="feedback",
            read=feedback,
            unused=frozenset(_UNUSED_OF_FEEDBACK.split()),
        ),
    ),
    gather=Gathered,
    vocabulary=VOCABULARY,
)
