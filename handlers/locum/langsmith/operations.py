"""LangSmith's operations. Each handler reads like its paragraph in the API's description."""

from __future__ import annotations

from typing import Any

from locum.engine.duckdb import DuckDB, Parameters
from locum.exceptions import InvalidRequest, InvalidValue
from locum.langsmith import group_runs as comparisons
from locum.langsmith import projects, threads
from locum.langsmith import run_stats as stats
from locum.langsmith.selection import matching


def stats_group_runs_api_v1_runs_group_stats_post(
    engine: DuckDB, tenant: str | None, body: dict[str, Any]
) -> dict[str, Any]:
    """The statistics of a project's conversations: 404 for an unknown project."""
    project = projects.project(engine, tenant, body["session_id"])
    return threads.conversation_stats(engine, project, body)


def stats_shared_dataset_runs_api_v1_public_share_token_datasets_runs_stats_post(
    engine: DuckDB,
    tenant: str | None,  # noqa: ARG001 - public: the token says whose dataset it is
    share_token: str,
    body: dict[str, Any],
) -> dict[str, Any]:
    """The statistics of the runs in every project over a shared dataset: 404 for an unknown token.

    All of their runs count, root or child, unless the body says otherwise.
    """
    dataset_id, owner = projects.shared_dataset(engine, share_token)
    parameters = Parameters()
    experiments = parameters.add(projects.experiments(engine, owner, dataset_id))
    scope = f"list_contains(CAST({experiments} AS VARCHAR[]), runs.session_id)"
    return stats.asked(engine, matching(engine, body, owner, scope, parameters), body)


def read_examples_with_runs_grouped_api_v1_datasets_dataset_id_group_runs_post(
    engine: DuckDB, tenant: str | None, dataset_id: str, body: dict[str, Any]
) -> dict[str, Any]:
    """A dataset's examples with the runs of several experiments on them, grouped by metadata.

    404 for an unknown dataset or project.
    """
    dataset_id = projects.dataset_id(engine, tenant, dataset_id)
    session_ids = dict.fromkeys(session_id.lower() for session_id in body["session_ids"])
    sessions = [projects.project(engine, tenant, session_id) for session_id in session_ids]
    return comparisons.compared(engine, dataset_id, sessions, body)


def get_v2_threads_thread_id_stats(
    engine: DuckDB,
    tenant: str | None,
    thread_id: str,
    session_id: str,
    selects: list[str] | None = None,
) -> dict[str, Any]:
    """The selected statistics of one thread: 404 for an unknown project, zeros for a thread."""
    if not selects:
        fault = InvalidValue(("query", "selects"), "At least one value is required", "missing")
        raise InvalidRequest((fault,))
    project = projects.project(engine, tenant, session_id)
    return threads.thread_stats(engine, project, thread_id, selects)
