"""LangSmith's operations that write: the writer of each, by its operationId, else by method and
path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locum.provider_code import Late

Writer = Callable[..., Any]
# Bytes, unpacked: as many as the Python SDK puts into one batch of examples, and of runs some more
# than it is told to (`size_limit_bytes`), since it looks whether a batch is full before it adds.
_MOST_EXAMPLES, _MOST_RUNS, _MOST_SPANS = 20 * 2**20, 24 * 2**20, 20 * 2**20


def _of(place: str) -> Late:
    module, _, name = place.partition(".")
    return Late(f"locum.langsmith.writing.{module}", name)


WRITERS: dict[str, Writer] = {
    # runs
    "POST /runs": _of("runs.create_run"),
    "POST /runs/batch": _of("runs.create_runs"),
    "POST /runs/multipart": _of("runs.create_runs_of_parts"),
    "PATCH /runs/{run_id}": _of("runs.update_run"),
    "post_otel_v1_traces": _of("otel.take_traces"),
    "update_run_api_v1_runs__run_id__patch": _of("runs.update_run_v1"),
    "share_run_api_v1_runs__run_id__share_put": _of("shares.share_run"),
    "unshare_run_api_v1_runs__run_id__share_delete": _of("shares.unshare_run"),
    "post_v2_runs_run_id_share": _of("shares.share_trace"),
    "delete_v2_runs_run_id_share": _of("shares.unshare_trace"),
    "delete_runs_api_v1_runs_delete_post": _of("deletions.delete_runs"),
    # sessions
    "create_tracer_session_api_v1_sessions_post": _of("projects.create_session"),
    "update_tracer_session_api_v1_sessions__session_id__patch": _of("projects.update_session"),
    "delete_tracer_session_api_v1_sessions__session_id__delete": _of("projects.delete_session"),
    "delete_tracer_sessions_api_v1_sessions_delete": _of("projects.delete_sessions"),
    "post_v2_sessions": _of("projects_v2.create_session"),
    "patch_v2_sessions_session_id": _of("projects_v2.update_session"),
    # feedback
    "create_feedback_api_v1_feedback_post": _of("feedback.create_feedback"),
    "eagerly_create_feedback_api_v1_feedback_eager_post": _of("feedback.create_feedback"),
    "update_feedback_api_v1_feedback__feedback_id__patch": _of("feedback.update_feedback"),
    "delete_feedback_api_v1_feedback__feedback_id__delete": _of("feedback.delete_feedback"),
    # datasets
    "create_dataset_api_v1_datasets_post": _of("datasets.create_dataset"),
    "update_dataset_api_v1_datasets__dataset_id__patch": _of("datasets.update_dataset"),
    "delete_dataset_api_v1_datasets__dataset_id__delete": _of("datasets.delete_dataset"),
    "delete_datasets_api_v1_datasets_delete": _of("datasets.delete_datasets"),
    "clone_dataset_api_v1_datasets_clone_post": _of("datasets.clone_dataset"),
    "upload_csv_dataset_api_v1_datasets_upload_post": _of("uploads.upload_dataset"),
    "share_dataset_api_v1_datasets__dataset_id__share_put": _of("shares.share_dataset"),
    "unshare_dataset_api_v1_datasets__dataset_id__share_delete": _of("shares.unshare_dataset"),
    "update_dataset_splits_api_v1_datasets__dataset_id__splits_put": _of("splits.update_splits"),
    # examples
    "create_example_api_v1_examples_post": _of("examples.create_example"),
    "create_examples_api_v1_examples_bulk_post": _of("examples.create_examples"),
    "update_example_api_v1_examples__example_id__patch": _of("examples.update_example"),
    "legacy_update_examples_api_v1_examples_bulk_patch": _of("examples.update_examples"),
    "delete_example_api_v1_examples__example_id__delete": _of("examples.delete_example"),
    "delete_examples_api_v1_examples_delete": _of("examples.delete_examples"),
    "upload_examples_from_csv_api_v1_examples_upload__dataset_id__post": _of(
        "uploads.upload_examples"
    ),
    "POST /v1/platform/datasets/examples/delete": _of("examples.hard_delete_examples"),
    "patch_v1_platform_datasets_dataset_id_examples_metadata": _of("metadata.update_metadata"),
    "delete_v1_platform_datasets_dataset_id_examples_example_id": _of("examples.delete_example_of"),
    "POST /v1/platform/datasets/{dataset_id}/examples": _of("example_parts.upload_examples"),
    "PATCH /v1/platform/datasets/{dataset_id}/examples": _of("example_parts.update_examples"),
}
_OF_RUNS = (
    "POST /runs",
    "POST /runs/batch",
    "POST /runs/multipart",
    "PATCH /runs/{run_id}",
    "update_run_api_v1_runs__run_id__patch",
)
_OF_EXAMPLES = (
    "upload_csv_dataset_api_v1_datasets_upload_post",
    "upload_examples_from_csv_api_v1_examples_upload__dataset_id__post",
    "POST /v1/platform/datasets/{dataset_id}/examples",
    "PATCH /v1/platform/datasets/{dataset_id}/examples",
)
RAW = (*_OF_RUNS, "post_otel_v1_traces", *_OF_EXAMPLES)
"""Those whose body is read as it was sent: its parts have names that no schema knows, or it is read
by rules of its own."""
BODY_LIMITS = {
    **dict.fromkeys((*_OF_EXAMPLES, "create_examples_api_v1_examples_bulk_post"), _MOST_EXAMPLES),
    **dict.fromkeys(_OF_RUNS, _MOST_RUNS),
    "post_otel_v1_traces": _MOST_SPANS,
}
