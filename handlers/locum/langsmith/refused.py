"""The operations of LangSmith that are refused, in any document that has them: those of what no
dataset has."""

from __future__ import annotations

_NOT_THERE = (
    "Locum has no {}: no dataset holds them, and an answer would be made up, so it is refused"
)
# What there is none of, by the noun of the sentence.
_NO_DATA = {
    "prebuilt dashboards": (
        "get_tracing_project_prebuilt_dashboard_api_v1_sessions__session_id__dashboard_post",
    ),
    "insights": (
        "_Beta__Get_Insights_Jobs_api_v1_sessions__session_id__insights_get",
        "_Beta__Create_Insights_Job_api_v1_sessions__session_id__insights_post",
        "_Beta__Get_Insights_Job_api_v1_sessions__session_id__insights__job_id__get",
        "_Beta__Update_Insights_Job_api_v1_sessions__session_id__insights__job_id__patch",
        "_Beta__Delete_Insights_Job_api_v1_sessions__session_id__insights__job_id__delete",
        "_Beta__Get_Runs_from_Insights_Job_api_v1_sessions__session_id__insights__job_id__runs_get",
    ),
    "comparative experiments": (
        "read_comparative_experiments_api_v1_datasets__dataset_id__comparative_get",
        "create_comparative_experiment_api_v1_datasets_comparative_post",
        "delete_comparative_experiment_api_v1_datasets_comparative__comparative_experiment_id__delete",
    ),
    "tags of versions": ("update_dataset_version_api_v1_datasets__dataset_id__tags_put",),
    "fine-tuning files": ("download_dataset_openai_ft_api_v1_datasets__dataset_id__openai_ft_get",),
    "shared threads": (
        "get_v2_threads_thread_id_share",
        "post_v2_threads_thread_id_share",
        "delete_v2_threads_thread_id_share",
    ),
    "feedback tokens": (
        "list_feedback_ingest_tokens_api_v1_feedback_tokens_get",
        "create_feedback_ingest_token_api_v1_feedback_tokens_post",
        "create_feedback_with_token_post_api_v1_feedback_tokens__token__post",
        "create_feedback_with_token_get_api_v1_feedback_tokens__token__get",
    ),
    "feedback configurations": (
        "list_feedback_configs_endpoint_api_v1_feedback_configs_get",
        "create_feedback_config_endpoint_api_v1_feedback_configs_post",
        "update_feedback_config_endpoint_api_v1_feedback_configs_patch",
        "delete_feedback_config_endpoint_api_v1_feedback_configs_delete",
    ),
    "annotation queues": (
        "get_annotation_queues_api_v1_annotation_queues_get",
        "create_annotation_queue_api_v1_annotation_queues_post",
        "delete_annotation_queues_api_v1_annotation_queues_delete",
        "delete_annotation_queue_api_v1_annotation_queues__queue_id__delete",
        "update_annotation_queue_api_v1_annotation_queues__queue_id__patch",
        "get_annotation_queue_api_v1_annotation_queues__queue_id__get",
    ),
    "prompts": (
        "list_repos_api_v1_repos_get",
        "create_repo_api_v1_repos_post",
        "delete_repos_api_v1_repos_delete",
        "get_repo_api_v1_repos__owner___repo__get",
        "update_repo_api_v1_repos__owner___repo__patch",
        "delete_repo_api_v1_repos__owner___repo__delete",
        "GET /commits/{owner}/{repo}",
        "POST /commits/{owner}/{repo}",
        "GET /commits/{owner}/{repo}/{commit}",
    ),
}
_NOT_ASKED = {
    "delete_runs_abac_api_v1_runs_delete_traces_post": (
        "Locum deletes traces by POST /api/v1/runs/delete instead"
    ),
    "post_v2_sql_query": "Locum runs no SQL of its clients: ask POST /v2/runs/query instead",
    "post_v2_ai_search_parse": "Locum asks no language model: write a filter instead",
    "upload_experiment_api_v1_datasets_upload_experiment_post": (
        "Locum takes experiments as SDKs send them: make a project with a reference_dataset_id, "
        "then send its runs and their feedback"
    ),
}
REFUSED = {
    **{name: _NOT_THERE.format(noun) for noun, names in _NO_DATA.items() for name in names},
    **_NOT_ASKED,
}
