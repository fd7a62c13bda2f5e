"""The operations by which LangSmith is written to: they are refused, in any document that has them.
A made-up 202 would have a client believe that its traces are kept.
"""

from __future__ import annotations

_SENTENCE = (
    "Locum does not take writes yet: nothing would be kept of this request, so it is refused"
)
_NAMES = (
    # runs
    "update_run_api_v1_runs__run_id__patch",
    "share_run_api_v1_runs__run_id__share_put",
    "unshare_run_api_v1_runs__run_id__share_delete",
    "delete_runs_abac_api_v1_runs_delete_traces_post",
    "delete_runs_api_v1_runs_delete_post",
    "POST /runs",
    "POST /runs/batch",
    "POST /runs/multipart",
    "PATCH /runs/{run_id}",
    # sessions
    "update_tracer_session_api_v1_sessions__session_id__patch",
    "delete_tracer_session_api_v1_sessions__session_id__delete",
    "create_tracer_session_api_v1_sessions_post",
    "delete_tracer_sessions_api_v1_sessions_delete",
    # feedback
    "update_feedback_api_v1_feedback__feedback_id__patch",
    "delete_feedback_api_v1_feedback__feedback_id__delete",
    "create_feedback_api_v1_feedback_post",
    "eagerly_create_feedback_api_v1_feedback_eager_post",
    "create_feedback_ingest_token_api_v1_feedback_tokens_post",
    "create_feedback_with_token_post_api_v1_feedback_tokens__token__post",
    "create_feedback_with_token_get_api_v1_feedback_tokens__token__get",
    # datasets
    "create_dataset_api_v1_datasets_post",
    "delete_datasets_api_v1_datasets_delete",
    "delete_dataset_api_v1_datasets__dataset_id__delete",
    "update_dataset_api_v1_datasets__dataset_id__patch",
    "upload_csv_dataset_api_v1_datasets_upload_post",
    "upload_experiment_api_v1_datasets_upload_experiment_post",
    "update_dataset_version_api_v1_datasets__dataset_id__tags_put",
    "share_dataset_api_v1_datasets__dataset_id__share_put",
    "unshare_dataset_api_v1_datasets__dataset_id__share_delete",
    "create_comparative_experiment_api_v1_datasets_comparative_post",
    "delete_comparative_experiment_api_v1_datasets_comparative__comparative_experiment_id__delete",
    "clone_dataset_api_v1_datasets_clone_post",
    "update_dataset_splits_api_v1_datasets__dataset_id__splits_put",
    # examples
    "update_example_api_v1_examples__example_id__patch",
    "delete_example_api_v1_examples__example_id__delete",
    "create_example_api_v1_examples_post",
    "delete_examples_api_v1_examples_delete",
    "create_examples_api_v1_examples_bulk_post",
    "legacy_update_examples_api_v1_examples_bulk_patch",
    "upload_examples_from_csv_api_v1_examples_upload__dataset_id__post",
    "POST /v1/platform/datasets/examples/delete",
    "POST /v1/platform/datasets/{dataset_id}/examples",
    "PATCH /v1/platform/datasets/{dataset_id}/examples",
)
REFUSED = dict.fromkeys(_NAMES, _SENTENCE)
