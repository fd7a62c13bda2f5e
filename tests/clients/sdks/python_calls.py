"""What is called of the LangSmith SDK for Python: a line for each call, as its users write it.

Each is (method, what is expected, the call of a client with the ids of `asked.py`). "refused" is
expected of what no dataset has. What writes is in `python_changes.py` and
`python_dataset_changes.py`. Of a method that has several calls all must be right. These modules are
imported in a client's environment: they need nothing of ours.
"""

from __future__ import annotations

from typing import Any

from langsmith import AsyncClient

from tests.clients.sdks import python_changes, python_dataset_changes
from tests.clients.sdks.python_changes import Asked, Call, Probe, when

ALL_RUN = [
    *("ID", "NAME", "RUN_TYPE", "STATUS", "START_TIME", "END_TIME", "LATENCY_SECONDS"),
    *("FIRST_TOKEN_TIME", "ERROR", "ERROR_PREVIEW", "METADATA", "INPUTS", "OUTPUTS"),
    *("PARENT_RUN_IDS", "PROJECT_ID", "TRACE_ID", "THREAD_ID", "DOTTED_ORDER", "IS_ROOT"),
    *("REFERENCE_EXAMPLE_ID", "REFERENCE_DATASET_ID", "TOTAL_TOKENS", "PROMPT_TOKENS"),
    *("COMPLETION_TOKENS", "TOTAL_COST", "PROMPT_COST", "COMPLETION_COST", "TAGS"),
    *("PROMPT_TOKEN_DETAILS", "COMPLETION_TOKEN_DETAILS", "PROMPT_COST_DETAILS"),
    *("COMPLETION_COST_DETAILS", "IS_IN_DATASET", "FEEDBACK_STATS"),
]
# What of it is seen by a token.
PUBLIC = [
    name
    for name in ALL_RUN
    if name not in ("INPUTS", "OUTPUTS", "REFERENCE_EXAMPLE_ID", "IS_IN_DATASET")
]
ALL_TRACE = [
    *("THREAD_ID", "TRACE_ID", "PROMPT_TOKENS", "COMPLETION_TOKENS", "TOTAL_TOKENS", "START_TIME"),
    *("END_TIME", "LATENCY", "FIRST_TOKEN_TIME", "PROMPT_COST", "COMPLETION_COST", "TOTAL_COST"),
    *("PROMPT_TOKEN_DETAILS", "COMPLETION_TOKEN_DETAILS", "PROMPT_COST_DETAILS"),
    *("COMPLETION_COST_DETAILS", "NAME"),
]
ALL_THREAD_STATS = [
    *("TURNS", "FIRST_START_TIME", "LAST_START_TIME", "LAST_END_TIME", "LATENCY_P50"),
    *("LATENCY_P99", "PROMPT_TOKENS", "PROMPT_COST", "COMPLETION_TOKENS", "COMPLETION_COST"),
    *("TOTAL_TOKENS", "TOTAL_COST", "PROMPT_TOKEN_DETAILS", "COMPLETION_TOKEN_DETAILS"),
    *("PROMPT_COST_DETAILS", "COMPLETION_COST_DETAILS"),
]
ALL_THREADS_STATS = [
    *("THREAD_COUNT", "TRACE_COUNT", "TOTAL_TOKENS", "TOTAL_COST", "ERROR_RATE", "STREAMING_RATE"),
    *("LATENCY_P50", "LATENCY_P99", "MEDIAN_TOKENS", "FIRST_TOKEN_P50", "FIRST_TOKEN_P99"),
    *("PROMPT_TOKENS", "COMPLETION_TOKENS", "PROMPT_COST", "COMPLETION_COST"),
    *("PROMPT_TOKEN_DETAILS", "COMPLETION_TOKEN_DETAILS", "PROMPT_COST_DETAILS"),
    "COMPLETION_COST_DETAILS",
]


def experiment_results(client: Any, a: Asked) -> Any:
    found = client.get_experiment_results(project_id=a.experiment)
    return {**found, "examples_with_runs": list(found["examples_with_runs"])}


def window(a: Asked) -> dict[str, str]:
    return {"min_start_time": a.first, "max_start_time": a.now}


# Methods of the handwritten clients that Client and AsyncClient both have.
BOTH: list[Probe] = [
    ("info", "info", lambda c, _: c.info() if callable(c.info) else c.info),
    ("list_runs", "runs of the project", lambda c, a: c.list_runs(project_id=a.project)),
    (
        "list_runs",
        "root runs of the project",
        lambda c, a: c.list_runs(project_name=a.project_name, is_root=True),
    ),
    ("list_runs", "runs of the trace", lambda c, a: c.list_runs(trace_id=a.trace)),
    ("list_runs", "runs by id", lambda c, a: c.list_runs(run_ids=[a.child, a.run])),
    ("list_runs", "children of the run", lambda c, a: c.list_runs(parent_run_id=a.run)),
    (
        "list_runs",
        "runs on the example",
        lambda c, a: c.list_runs(reference_example_id=a.example),
    ),
    (
        "list_runs",
        "three model calls",
        lambda c, a: c.list_runs(
            project_id=a.project, filter='eq(run_type, "llm")', start_time=when(a.middle), limit=3
        ),
    ),
    (
        "list_runs",
        "failed runs, oldest first",
        lambda c, a: c.list_runs(project_id=a.project, error=True, order="asc"),
    ),
    (
        "list_runs",
        "selected fields",
        lambda c, a: c.list_runs(
            project_id=a.project, is_root=True, select=["inputs", "total_cost", "feedback_stats"]
        ),
    ),
    ("read_run", "run", lambda c, a: c.read_run(a.run)),
    ("run_is_shared", "not shared", lambda c, a: c.run_is_shared(a.run)),
    ("read_run_shared_link", "no link", lambda c, a: c.read_run_shared_link(a.run)),
    ("read_project", "project", lambda c, a: c.read_project(project_id=a.project)),
    ("read_project", "project", lambda c, a: c.read_project(project_name=a.project_name)),
    ("read_dataset", "dataset", lambda c, a: c.read_dataset(dataset_id=a.dataset)),
    ("read_dataset", "dataset", lambda c, a: c.read_dataset(dataset_name=a.dataset_name)),
    ("list_datasets", "datasets", lambda c, _: c.list_datasets()),
    ("list_datasets", "dataset alone", lambda c, a: c.list_datasets(limit=1, **named(c, a))),
    ("read_example", "example", lambda c, a: c.read_example(a.example)),
    ("list_examples", "examples", lambda c, a: c.list_examples(dataset_id=a.dataset)),
    ("list_examples", "examples", lambda c, a: c.list_examples(dataset_name=a.dataset_name)),
    (
        "list_examples",
        "examples of the split",
        lambda c, a: c.list_examples(dataset_id=a.dataset, splits=[a.split]),
    ),
    ("read_feedback", "feedback", lambda c, a: c.read_feedback(a.feedback)),
    ("list_feedback", "feedback of the run", lambda c, a: c.list_feedback(run_ids=[a.run])),
    (
        "list_feedback",
        "feedback of the key",
        lambda c, a: c.list_feedback(feedback_key=[a.key], limit=7),
    ),
]

SHARED: list[Probe] = [
    ("run_is_shared", "shared", lambda c, a: c.run_is_shared(a.shared_run)),
    ("read_run_shared_link", "link", lambda c, a: c.read_run_shared_link(a.shared_run)),
]

SYNC: list[Probe] = [
    ("list_projects", "projects", lambda c, _: c.list_projects()),
    (
        "list_projects",
        "projects with statistics",
        lambda c, _: c.list_projects(include_stats=True),
    ),
    (
        "list_projects",
        "experiments",
        lambda c, a: c.list_projects(reference_dataset_name=a.dataset_name),
    ),
    ("list_projects", "no experiments", lambda c, _: c.list_projects(reference_free=True)),
    ("list_projects", "projects named sql", lambda c, _: c.list_projects(name_contains="SQL")),
    ("list_projects", "project alone", lambda c, a: c.list_projects(project_ids=[a.project])),
    (
        "list_projects",
        "projects of the demo",
        lambda c, _: c.list_projects(metadata={"owner": "demo"}),
    ),
    (
        "read_project",
        "project with statistics",
        lambda c, a: c.read_project(project_id=a.project, include_stats=True),
    ),
    ("has_project", "is there", lambda c, a: c.has_project(a.project_name)),
    ("has_project", "is not there", lambda c, _: c.has_project("nobody's")),
    ("read_run", "run with children", lambda c, a: c.read_run(a.run, load_child_runs=True)),
    ("get_run_stats", "statistics", lambda c, a: c.get_run_stats(project_ids=[a.project])),
    (
        "get_run_stats",
        "statistics of root runs",
        lambda c, a: c.get_run_stats(project_names=[a.project_name], is_root=True),
    ),
    ("get_run_url", "url", lambda c, a: c.get_run_url(run=c.read_run(a.run))),
    (
        "list_threads",
        "threads by runs",
        lambda c, a: c.list_threads(project_id=a.project, start_time=when(a.first)),
    ),
    (
        "read_thread",
        "runs of the thread",
        lambda c, a: c.read_thread(thread_id=a.thread, project_id=a.project),
    ),
    ("read_shared_run", "shared run", lambda c, a: c.read_shared_run(a.run_token)),
    (
        "read_shared_run",
        "run of the shared trace",
        lambda c, a: c.read_shared_run(a.run_token, run_id=a.shared_child),
    ),
    ("list_shared_runs", "runs of the shared trace", lambda c, a: c.list_shared_runs(a.run_token)),
    ("has_dataset", "is there", lambda c, a: c.has_dataset(dataset_name=a.dataset_name)),
    ("has_dataset", "is not there", lambda c, _: c.has_dataset(dataset_name="nobody's")),
    (
        "list_dataset_versions",
        "versions",
        lambda c, a: c.list_dataset_versions(dataset_id=a.dataset),
    ),
    (
        "read_dataset_version",
        "newest version",
        lambda c, a: c.read_dataset_version(dataset_id=a.dataset, tag="latest"),
    ),
    (
        "read_dataset_version",
        "newest version",
        lambda c, a: c.read_dataset_version(dataset_id=a.dataset, as_of=when(a.now)),
    ),
    (
        "diff_dataset_versions",
        "what changed",
        lambda c, a: c.diff_dataset_versions(
            a.dataset, from_version=a.oldest_version, to_version=a.newest_version
        ),
    ),
    ("list_dataset_splits", "splits", lambda c, a: c.list_dataset_splits(dataset_id=a.dataset)),
    (
        "read_dataset_shared_schema",
        "share of the dataset",
        lambda c, a: c.read_dataset_shared_schema(dataset_id=a.dataset),
    ),
    ("read_shared_dataset", "public dataset", lambda c, a: c.read_shared_dataset(a.token)),
    ("list_shared_examples", "public examples", lambda c, a: c.list_shared_examples(a.token)),
    (
        "list_shared_projects",
        "public experiments",
        lambda c, a: c.list_shared_projects(dataset_share_token=a.token),
    ),
    ("list_examples", "two examples", lambda c, a: c.list_examples(a.dataset, offset=1, limit=2)),
    (
        "list_examples",
        "examples by id",
        lambda c, a: c.list_examples(example_ids=[a.example]),
    ),
    (
        "list_examples",
        "examples of the topic",
        lambda c, a: c.list_examples(a.dataset, metadata={"topic": a.topic}),
    ),
    ("get_experiment_results", "results of the experiment", experiment_results),
]


def named(client: Any, a: Asked) -> dict[str, str]:
    """AsyncClient hands its parameters on as the server names them."""
    return {"name" if isinstance(client, AsyncClient) else "dataset_name": a.dataset_name}


# Methods of the generated clients, of which there are two: they differ in nothing but `await`.
GENERATED: list[Probe] = [
    ("info.list", "info", lambda c, _: c.info.list()),
    (
        "runs.query_v2",
        "runs of the project, v2",
        lambda c, a: c.runs.query_v2(
            project_ids=[a.project], selects=ALL_RUN, page_size=40, **window(a)
        ),
    ),
    (
        "runs.query_v2",
        "runs of the last day, v2",
        lambda c, a: c.runs.query_v2(project_ids=[a.project]),
    ),
    (
        "runs.query_v2",
        "failed root runs, v2",
        lambda c, a: c.runs.query_v2(
            project_ids=[a.project],
            is_root=True,
            filter='eq(status, "error")',
            selects=ALL_RUN,
            **window(a),
        ),
    ),
    (
        "runs.query",
        "runs of the last day, v2",
        lambda c, a: c.runs.query(project_ids=[a.project]),
    ),
    (
        "runs.retrieve",
        "run, v2",
        lambda c, a: c.runs.retrieve(
            a.run, project_id=a.project, start_time=a.run_start, selects=ALL_RUN
        ),
    ),
    (
        "runs.retrieve_v2",
        "run, v2",
        lambda c, a: c.runs.retrieve_v2(
            a.run, project_id=a.project, start_time=a.run_start, selects=ALL_RUN
        ),
    ),
]
NEWEST_GENERATED: list[Probe] = [
    (
        "runs.get_url",
        "url, v2",
        lambda c, a: c.runs.get_url(a.run, project_id=a.project, trace_id=a.trace),
    ),
    (
        "traces.query",
        "traces, v2",
        lambda c, a: c.traces.query(
            project_id=a.project, selects=ALL_RUN, page_size=20, **window(a)
        ),
    ),
    (
        "traces.list_runs",
        "runs of the trace, v2",
        lambda c, a: c.traces.list_runs(a.trace, project_id=a.project, selects=ALL_RUN),
    ),
    (
        "public.runs.query",
        "runs of the shared trace, v2",
        lambda c, a: c.public.runs.query(a.run_token, selects=PUBLIC),
    ),
    (
        "public.runs.retrieve",
        "run of the shared trace, v2",
        lambda c, a: c.public.runs.retrieve(
            a.shared_child,
            share_token=a.run_token,
            start_time=a.shared_child_start,
            selects=PUBLIC,
        ),
    ),
    (
        "threads.query",
        "threads, v2",
        lambda c, a: c.threads.query(project_id=a.project, page_size=10, **window(a)),
    ),
    (
        "threads.query",
        "threads of the last day, v2",
        lambda c, a: c.threads.query(project_id=a.project),
    ),
    (
        "threads.list_traces",
        "traces of the thread, v2",
        lambda c, a: c.threads.list_traces(
            a.thread, project_id=a.project, selects=ALL_TRACE, page_size=2
        ),
    ),
    (
        "threads.stats",
        "statistics of the thread",
        lambda c, a: c.threads.stats(a.thread, session_id=a.project, selects=ALL_THREAD_STATS),
    ),
    (
        "threads.aggregate_stats",
        "statistics of threads",
        lambda c, a: c.threads.aggregate_stats(
            project_id=a.project, select=ALL_THREADS_STATS, **window(a)
        ),
    ),
    ("sessions.list_v2", "projects, v2", lambda c, _: c.sessions.list_v2()),
    (
        "sessions.list_v2",
        "projects with statistics, v2",
        lambda c, _: c.sessions.list_v2(include_stats=True, page_size=3),
    ),
    (
        "sessions.retrieve_v2",
        "project with statistics, v2",
        lambda c, a: c.sessions.retrieve_v2(a.project, include_stats=True),
    ),
    (
        "sessions.retrieve",
        "project with all statistics",
        lambda c, a: c.sessions.retrieve(a.project, include_stats=True),
    ),
    (
        "sessions.resolve",
        "experiment by its address",
        lambda c, a: c.sessions.resolve(kind="EXPERIMENT", id=a.experiment),
    ),
    ("datasets.list_v2", "datasets, v2", lambda c, _: c.datasets.list_v2()),
    (
        "datasets.experiment_runs.query",
        "experiment's runs, v2",
        lambda c, a: c.datasets.experiment_runs.query(
            a.dataset, experiment_ids=[a.experiment], selects=ALL_RUN
        ),
    ),
]
OLDER_GENERATED: list[Probe] = [
    (
        "sessions.list",
        "projects with all statistics",
        lambda c, _: c.sessions.list(include_stats=True),
    ),
    (
        "sessions.retrieve",
        "project with all statistics",
        lambda c, a: c.sessions.retrieve(a.project, include_stats=True),
    ),
    ("datasets.retrieve", "dataset", lambda c, a: c.datasets.retrieve(a.dataset)),
    ("datasets.list", "datasets", lambda c, _: c.datasets.list()),
    ("datasets.share.retrieve", "share", lambda c, a: c.datasets.share.retrieve(a.dataset)),
    ("datasets.splits.retrieve", "splits", lambda c, a: c.datasets.splits.retrieve(a.dataset)),
    ("datasets.versions.list", "versions", lambda c, a: c.datasets.versions.list(a.dataset)),
    (
        "datasets.runs.create",
        "experiment's runs",
        lambda c, a: c.datasets.runs.create(a.dataset, session_ids=[a.experiment]),
    ),
    (
        "datasets.group.runs",
        "experiments by topic",
        lambda c, a: c.datasets.group.runs(
            a.dataset, group_by="example_metadata", metadata_key="topic", session_ids=[a.experiment]
        ),
    ),
]


BOTH_REFUSED: list[tuple[str, Call]] = [
    (
        "create_presigned_feedback_token",
        lambda c, a: c.create_presigned_feedback_token(a.run, "quality"),
    ),
    ("list_feedback_configs", lambda c, _: c.list_feedback_configs()),
    ("list_annotation_queues", lambda c, _: c.list_annotation_queues()),
    ("create_annotation_queue", lambda c, _: c.create_annotation_queue(name="new")),
    ("list_prompts", lambda c, _: c.list_prompts()),
]
SYNC_REFUSED: list[tuple[str, Call]] = [
    (
        "create_comparative_experiment",
        lambda c, a: c.create_comparative_experiment("new", [a.experiment, a.other_experiment]),
    ),
    (
        "get_insights_report",
        lambda c, a: c.get_insights_report(id=a.run, project_id=a.project),
    ),
    (
        "read_dataset_openai_finetuning",
        lambda c, a: c.read_dataset_openai_finetuning(dataset_id=a.dataset),
    ),
    ("list_presigned_feedback_tokens", lambda c, a: c.list_presigned_feedback_tokens(a.run)),
    (
        "create_presigned_feedback_tokens",
        lambda c, a: c.create_presigned_feedback_tokens(a.run, ["quality"]),
    ),
    (
        "update_dataset_tag",
        lambda c, a: c.update_dataset_tag(
            dataset_id=a.dataset, as_of=when(a.newest_version), tag="new"
        ),
    ),
]
NEWEST_REFUSED: list[tuple[str, Call]] = [
    ("threads.share.create", lambda c, a: c.threads.share.create(a.thread, project_id=a.project)),
    ("threads.share.delete", lambda c, a: c.threads.share.delete(a.thread, project_id=a.project)),
    (
        "threads.share.retrieve",
        lambda c, a: c.threads.share.retrieve(a.thread, project_id=a.project),
    ),
    ("sessions.dashboard", lambda c, a: c.sessions.dashboard(a.project)),
]


def _refused(calls: list[tuple[str, Call]]) -> list[Probe]:
    return [(method, "refused", call) for method, call in calls]


Calls = dict[str, list[Probe]]  # by the client that is called


def newest() -> Calls:
    """What is called of 0.15.1. Its generated client is public, and the resources of the one that
    awaits are Client's and AsyncClient's own."""
    generated = [
        *GENERATED,
        *NEWEST_GENERATED,
        *python_changes.NEWEST,
        *python_changes.EXAMPLES,
        *_refused(NEWEST_REFUSED),
    ]
    resources = [probe for probe in generated if probe[0] != "info.list"]
    thread = [probe for probe in resources if probe[0] == "threads.stats"]
    own = _handwritten()
    more = (
        "aread_project",
        "project with statistics",
        lambda c, a: c.aread_project(project_name=a.project_name, include_stats=True),
    )
    return {
        "Client": [*own["Client"], more, *resources],
        "AsyncClient": [*own["AsyncClient"], *thread],
        "Langsmith": generated,
    }


def older() -> Calls:
    """What is called of 0.9.2, whose generated clients are its own affair."""
    generated = [*GENERATED, *OLDER_GENERATED, *python_changes.OLDER]
    return {**_handwritten(), "Langsmith": generated, "AsyncLangsmith": generated}


def _handwritten() -> Calls:
    return {
        "Client": [
            *(*BOTH, *SHARED, *SYNC, *python_changes.BOTH, *python_changes.SYNC),
            *python_dataset_changes.SYNC,
            *(*_refused(BOTH_REFUSED), *_refused(SYNC_REFUSED)),
        ],
        "AsyncClient": [*BOTH, *SHARED, *python_changes.BOTH, *_refused(BOTH_REFUSED)],
    }
