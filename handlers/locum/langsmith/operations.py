"""LangSmith's operations: the handler of each, by its operationId, else by method and path."""

from __future__ import annotations

from locum.langsmith import (
    datasets,
    examples,
    experiment_runs,
    sessions,
    sessions_v2,
    shared_datasets,
    threads,
    v2_runs,
)
from locum.langsmith.attachments import read_attachment
from locum.langsmith.conversation_groups import group_runs
from locum.langsmith.feedback import list_feedback, list_shared_feedback, read_feedback
from locum.langsmith.group_runs import dataset_group_runs
from locum.langsmith.info import server_info
from locum.langsmith.run_stats import group_stats, shared_dataset_stats, stats_of_runs
from locum.langsmith.runs import query_runs, read_run, run_share
from locum.langsmith.shared_runs import (
    query_shared_runs,
    read_run_of_shared_trace,
    read_shared_run,
)
from locum.provider import Handler

HANDLERS: dict[str, Handler] = {
    "stats_group_runs_api_v1_runs_group_stats_post": group_stats,
    "stats_shared_dataset_runs_api_v1_public__share_token__datasets_runs_stats_post": (
        shared_dataset_stats
    ),
    "read_examples_with_runs_grouped_api_v1_datasets__dataset_id__group_runs_post": (
        dataset_group_runs
    ),
    "get_v2_threads_thread_id_stats": threads.thread_stats,
    # runs
    "query_runs_api_v1_runs_query_post": query_runs,
    "read_run_api_v1_runs__run_id__get": read_run,
    "stats_runs_api_v1_runs_stats_post": stats_of_runs,
    "group_runs_api_v1_runs_group_post": group_runs,
    "read_run_share_state_api_v1_runs__run_id__share_get": run_share,
    "get_api_v1_public_runs_run_id_attachments_name": read_attachment,
    "get_shared_run_api_v1_public__share_token__run_get": read_shared_run,
    "get_shared_run_by_id_api_v1_public__share_token__run__id__get": read_run_of_shared_trace,
    "query_shared_runs_api_v1_public__share_token__runs_query_post": query_shared_runs,
    "get_server_info_api_v1_info_get": server_info,
    "read_tracer_sessions_api_v1_sessions_get": sessions.read_sessions,
    "read_tracer_session_api_v1_sessions__session_id__get": sessions.read_session,
    "get_api_v1_sessions_resolutions": sessions.resolve_session,
    "get_v2_sessions": sessions_v2.read_sessions,
    "get_v2_sessions_session_id": sessions_v2.read_session,
    "read_feedbacks_api_v1_feedback_get": list_feedback,
    "read_feedback_api_v1_feedback__feedback_id__get": read_feedback,
    "read_shared_feedbacks_api_v1_public__share_token__feedbacks_get": list_shared_feedback,
    # v2
    "POST /v2/threads/query": threads.query_threads,
    "POST /v2/threads/stats": threads.query_thread_stats,
    "GET /v2/threads/{thread_id}/traces": threads.thread_traces,
    "POST /v2/runs/query": v2_runs.query_runs,
    "GET /v2/runs/{run_id}": v2_runs.read_run,
    "GET /v2/runs/{run_id}/url": v2_runs.run_url,
    "POST /v2/traces/query": v2_runs.query_traces,
    "post_v2_public_share_token_runs_query": v2_runs.query_shared_runs,
    "get_v2_public_share_token_run_run_id": v2_runs.read_shared_run,
    "GET /v2/traces/{trace_id}/runs": v2_runs.trace_runs,
    # datasets
    "read_datasets_api_v1_datasets_get": datasets.read_datasets,
    "read_dataset_api_v1_datasets__dataset_id__get": datasets.read_dataset,
    "get_dataset_splits_api_v1_datasets__dataset_id__splits_get": datasets.read_splits,
    "get_dataset_versions_api_v1_datasets__dataset_id__versions_get": datasets.read_versions,
    "get_dataset_version_api_v1_datasets__dataset_id__version_get": datasets.read_version,
    "diff_dataset_versions_api_v1_datasets__dataset_id__versions_diff_get": datasets.diff_versions,
    "read_dataset_share_state_api_v1_datasets__dataset_id__share_get": datasets.read_share,
    "get_v2_datasets": datasets.query_datasets,
    "read_examples_with_runs_api_v1_datasets__dataset_id__runs_post": (
        experiment_runs.read_examples_with_runs
    ),
    "post_v2_datasets_dataset_id_experiment_runs": experiment_runs.query_experiment_runs,
    # examples
    "read_examples_api_v1_examples_get": examples.read_examples,
    "count_examples_api_v1_examples_count_get": examples.count_examples,
    "read_example_api_v1_examples__example_id__get": examples.read_example,
    # shared datasets
    "read_shared_dataset_api_v1_public__share_token__datasets_get": datasets.read_shared_dataset,
    "read_shared_examples_api_v1_public__share_token__examples_get": examples.read_shared_examples,
    "read_shared_dataset_tracer_sessions_api_v1_public__share_token__datasets_sessions_get": (
        shared_datasets.read_shared_sessions
    ),
    "query_shared_dataset_runs_api_v1_public__share_token__datasets_runs_query_post": (
        shared_datasets.query_shared_dataset_runs
    ),
    "read_shared_dataset_run_api_v1_public__share_token__datasets_runs__run_id__get": (
        shared_datasets.read_shared_dataset_run
    ),
    "read_shared_dataset_feedback_api_v1_public__share_token__datasets_feedback_get": (
        shared_datasets.read_shared_feedback
    ),
    "count_shared_examples_api_v1_public__share_token__examples_count_get": (
        examples.count_shared_examples
    ),
}
