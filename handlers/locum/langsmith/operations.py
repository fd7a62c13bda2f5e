"""LangSmith's operations: the handler of each, by its operationId."""

from __future__ import annotations

from locum.langsmith.group_runs import dataset_group_runs
from locum.langsmith.run_stats import group_stats, shared_dataset_stats, thread_stats
from locum.provider import Handler

HANDLERS: dict[str, Handler] = {
    "stats_group_runs_api_v1_runs_group_stats_post": group_stats,
    "stats_shared_dataset_runs_api_v1_public__share_token__datasets_runs_stats_post": (
        shared_dataset_stats
    ),
    "read_examples_with_runs_grouped_api_v1_datasets__dataset_id__group_runs_post": (
        dataset_group_runs
    ),
    "get_v2_threads_thread_id_stats": thread_stats,
}
