"""What is expected under the names that the probes have for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.clients.sdks.comparison import Part
from tests.clients.sdks.expected import (
    ALWAYS,
    LISTED,
    THREAD_LISTED,
    THREAD_LISTED_BY_NODE,
    Expected,
    Row,
)
from tests.clients.sdks.written import WRITTEN
from tests.oracles.experiment_oracle import compared

# What the SDKs take for the address of LangSmith's pages, beside a server of this machine.
HOSTS = {
    "python": "http://localhost",
    "async": "http://localhost",
    "node": "http://localhost:3000",
}
# What a client's run has for `extra` where it was not asked for.
UNASKED: dict[str, Row] = {
    "python": {"extra": {"metadata": {}}},
    "async": {"extra": {"metadata": {}}},
    "node": {},
}
APP = "https://smith.langchain.com"  # what the server takes for it

# What is announced: v1 and v2 are built, and so are all ways to write.
INFO = {
    "version": "0.18.0",  # the SDKs warn of an older one
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "scale_up_qsize_trigger": 1000,
        "scale_up_nthreads_limit": 16,
        "scale_down_nempty_trigger": 4,
        "size_limit": 100,
        "size_limit_bytes": 20971520,
    },
    "instance_flags": {
        "zstd_compression_enabled": True,
        "gzip_body_enabled": True,
        "dataset_examples_multipart_enabled": True,
        "ch_query_enabled": True,
        "sdb_query_enabled": True,
    },
}

Answer = Callable[[Expected, str], Any]  # of the rows, for a client: "python", "async", "node"


def _fields(client: str) -> frozenset[str] | None:
    """What a client's list_runs asks for by default: AsyncClient leaves that to the server."""
    return None if client == "async" else LISTED


def _listed(choose: Callable[[Expected], Any]) -> Answer:
    """These runs, newest first, with the fields that the client asks for."""
    return lambda e, client: e.v1_listed(e.newest_first(choose(e)), _fields(client))


def _v1_chosen(e: Expected, client: str) -> Any:
    fields = ALWAYS | {"inputs", "total_cost", "feedback_stats"}
    return [run | UNASKED[client] for run in e.v1_listed(e.newest_first(e.roots), fields)]


def _oldest_failed(e: Expected, client: str) -> Any:
    failed = [run for run in e.runs if run["status"] == "error"]
    return e.v1_listed(e.newest_first(failed)[::-1], _fields(client))


def _model_calls(e: Expected) -> list[Row]:
    late = [r for r in e.runs if r["run_type"] == "llm" and r["start_time"] >= e.asked["middle"]]
    return e.newest_first(late)[:3]


def _thread(e: Expected, client: str) -> Any:
    runs = [run for run in e.roots if run["thread"] == e.asked["thread"]]
    return e.v1_listed(e.newest_first(runs)[::-1], _fields(client))


def _threads_by_runs(e: Expected, client: str) -> Any:
    """What list_threads puts together of root runs; npm's adds numbers that mean nothing."""
    fields = THREAD_LISTED | (THREAD_LISTED_BY_NODE if client == "node" else set())
    numbers = {"filter": "", "total_tokens": 0, "latency_p50": 0, "latency_p99": 0}
    found = [
        {
            "thread_id": thread,
            "count": len(runs),
            "min_start_time": runs[0]["start_time"],
            "max_start_time": runs[-1]["start_time"],
            "runs": [run | UNASKED[client] for run in e.v1_listed(runs, fields)],
            **(numbers | {"first_inputs": "", "last_outputs": ""} if client == "node" else {}),
        }
        for thread, runs in e.threads(e.roots).items()
    ]
    return sorted(found, key=lambda t: t["max_start_time"], reverse=True)


def _with_children(e: Expected, client: str) -> Any:
    """The run, with those below it as a tree; its children's fields are those of list_runs."""

    def below(run: Row) -> list[Row]:
        children = [r for r in e.world.trees[run["trace_id"]] if r["parent_run_id"] == run["id"]]
        children.sort(key=e.dotted_order)
        return [
            listed | {"child_runs": below(child) or None}
            for child, listed in zip(children, e.v1_listed(children, _fields(client)), strict=True)
        ]

    return e.v1(e.run) | {"child_runs": below(e.run)}


def _v2_page(choose: Callable[[Expected], Any]) -> Answer:
    return lambda e, _: [e.v2(run) for run in e.newest_first(choose(e))]


def _traces(e: Expected, _: str) -> Any:
    """Each trace's totals stand beside its root run, not in it."""
    apart = ("total_tokens", "total_cost", "first_token_time")
    return [
        {
            "root_run": {k: v for k, v in e.v2(run).items() if k not in apart},
            "trace_aggregates": {
                "total_tokens": run["total_tokens"] or 0,
                "total_cost": e.usage(run)["total_cost"],
                "first_token_time": run["first_token_time"],
            },
        }
        for run in e.newest_first(e.roots)
    ]


def _trace_v2(e: Expected, client: str) -> Any:
    runs = sorted(e.world.trees[e.run["trace_id"]], key=e.dotted_order)
    return {"items": [e.v2(run) for run in runs]}


def _shared(e: Expected) -> Row:
    assert e.shared is not None, "no run is shared"
    return e.shared


def _shared_trace(e: Expected, _: str) -> Any:
    runs = e.newest_first(e.world.trees[_shared(e)["trace_id"]])
    return [e.public(run) for run in runs[::-1]]


def _link(client: str, kind: str, token: str) -> str:
    return f"{HOSTS[client]}/public/{token}/{kind}"


def _experiment_rows(e: Expected) -> list[tuple[Row, list[Row]]]:
    """The dataset's examples by age, each with the experiment's runs on it."""
    examples = sorted(e.examples, key=lambda row: (row["created_at"], row["id"]))
    roots = e.world.roots(e.asked["experiment"])
    return [
        (example, [run for run in roots if run["reference_example_id"] == example["id"]])
        for example in examples
    ]


def _results(e: Expected, _: str) -> Any:
    stats = e.session_with_statistics(e.world.sessions[e.asked["experiment"]])
    names = (
        *("run_count", "latency_p50", "latency_p99", "total_tokens", "prompt_tokens"),
        *("completion_tokens", "last_run_start_time", "total_cost", "prompt_cost"),
        *("completion_cost", "first_token_p50", "first_token_p99", "error_rate"),
    )
    return {
        "feedback_stats": stats["feedback_stats"],
        "run_stats": {name: stats[name] for name in names},
        "examples_with_runs": [
            example | {"runs": e.compared(runs)} for example, runs in _experiment_rows(e)
        ],
    }


def _experiment_v2(e: Expected, _: str) -> Any:
    return [
        example | {"runs": [e.v2(run) for run in runs]} for example, runs in _experiment_rows(e)
    ]


def _topics(e: Expected, _: str) -> Any:
    """The experiment by topic: the numbers of each group, and which runs are in it."""
    groups = compared(
        e.world,
        e.dataset,
        [e.asked["experiment"]],
        by="example_metadata",
        key="topic",
        filters={},
        page=slice(10),
        most=5,
        preview=False,
    )
    for group in groups:
        group["sessions"] = [Part(part) for part in group["sessions"]]
        group["examples"] = [
            Part(id=example["id"], runs=[Part(id=run["id"]) for run in example["runs"]])
            for example in group["examples"]
        ]
    return {"groups": [Part(group) for group in groups]}


def _url(e: Expected, client: str) -> str:
    run = e.run
    return (
        f"{HOSTS[client]}/o/{run['tenant_id']}/projects/p/{run['session_id']}/r/{run['id']}"
        "?poll=true"
    )


def _projects(choose: Callable[[Expected], Any], *, statistics: bool = False) -> Answer:
    def answer(e: Expected, _: str) -> Any:
        shown = e.session_with_statistics if statistics else e.session
        return [shown(row) for row in e.newest_sessions(choose(e))]

    return answer


def _experiments(e: Expected) -> list[Row]:
    return [s for s in e.sessions if s["reference_dataset_id"] == e.dataset]


def _one_project(e: Expected) -> Row:
    return e.world.sessions[e.project]


def _one_dataset(e: Expected) -> Row:
    return next(row for row in e.datasets if row["id"] == e.dataset)


def _versions(e: Expected, _: str) -> Any:
    """The newest is the one that is called latest."""
    times = sorted({row["modified_at"] for row in e.examples}, reverse=True)
    return [{"as_of": time, "tags": None if n else ["latest"]} for n, time in enumerate(times)]


def _changed(e: Expected, _: str) -> Any:
    """Examples between the oldest version and the newest."""
    times = sorted(row["modified_at"] for row in e.examples)
    later = [row for row in e.examples if row["modified_at"] > times[0]]
    added = sorted(row["id"] for row in later if row["created_at"] > times[0])
    modified = sorted({row["id"] for row in later} - set(added))
    return {"examples_added": added, "examples_modified": modified, "examples_removed": []}


def _share(e: Expected, _: str) -> Row:
    return {"dataset_id": e.dataset, "share_token": e.asked["token"]}


def _public_dataset(e: Expected, _: str) -> Row:
    known = e.dataset_row(_one_dataset(e))
    names = ("id", "name", "description", "data_type", "created_at", "example_count")
    return {name: known[name] for name in (*names, "externally_managed")}


ANSWERS: dict[str, Answer] = WRITTEN | {
    "info": lambda *_: INFO,
    "runs of the project": _listed(lambda e: e.runs),
    "root runs of the project": _listed(lambda e: e.roots),
    "runs of the trace": _listed(lambda e: e.world.trees[e.run["trace_id"]]),
    "runs by id": _listed(lambda e: [e.run, e.world.runs[e.asked["child"]]]),
    "children of the run": _listed(
        lambda e: [r for r in e.world.trees[e.run["trace_id"]] if r["parent_run_id"] == e.run["id"]]
    ),
    "runs on the example": _listed(
        lambda e: [
            r for r in e.world.runs.values() if r["reference_example_id"] == e.asked["example"]
        ]
    ),
    "three model calls": _listed(_model_calls),
    "failed runs, oldest first": _oldest_failed,
    "selected fields": _v1_chosen,
    "run": lambda e, _: e.v1(e.run),
    "run with children": _with_children,
    "runs of the thread": _thread,
    "threads by runs": _threads_by_runs,
    "threads by groups": lambda e, _: [
        e.group(name, runs)
        for name, runs in sorted(
            e.threads(e.roots).items(), key=lambda t: t[1][-1]["start_time"], reverse=True
        )
    ],
    "statistics": lambda e, _: e.world.run_stats(e.runs),
    "statistics of root runs": lambda e, _: e.world.run_stats(e.roots),
    "url": _url,
    "url by the run's path": lambda e, client: HOSTS[client] + e.v1(e.run)["app_path"],
    "url of the project": lambda e, client: (
        f"{HOSTS[client]}/o/{_one_project(e)['tenant_id']}/projects/p/{e.project}"
    ),
    "url of the dataset": lambda e, client: (
        f"{HOSTS[client]}/o/{_one_dataset(e)['tenant_id']}/datasets/{e.dataset}"
    ),
    "traced answer": lambda *_: "WHERE IS MY PARCEL?",
    "url of the traced run": lambda e, _: (
        f"{HOSTS['python']}/o/{e.run['tenant_id']}/projects/p/{e.project}/r/RUN?poll=true"
    ),
    "not shared": lambda *_: False,
    "no link": lambda *_: None,
    "shared": lambda *_: True,
    "link": lambda e, client: _link(client, "r", _shared(e)["share_token"]),
    "shared run": lambda e, _: e.public(_shared(e)),
    "run of the shared trace": lambda e, _: e.public(e.world.runs[e.asked["shared_child"]]),
    "runs of the shared trace": _shared_trace,
    "is there": lambda *_: True,
    "is not there": lambda *_: False,
    "project": lambda e, _: e.session(_one_project(e)),
    "project with statistics": lambda e, _: e.session_with_statistics(_one_project(e)),
    "project with all statistics": lambda e, _: e.session_with_statistics(_one_project(e)),
    "projects": _projects(lambda e: e.sessions),
    "projects with statistics": _projects(lambda e: e.sessions, statistics=True),
    "projects with all statistics": _projects(lambda e: e.sessions, statistics=True),
    "experiments": _projects(_experiments),
    "no experiments": _projects(
        lambda e: [s for s in e.sessions if s["reference_dataset_id"] is None]
    ),
    "projects named sql": _projects(lambda e: [s for s in e.sessions if "sql" in s["name"]]),
    "project alone": _projects(lambda e: [_one_project(e)]),
    "projects of the demo": _projects(
        lambda e: [s for s in e.sessions if s["extra"]["metadata"].get("owner") == "demo"]
    ),
    "public experiments": _projects(_experiments, statistics=True),
    "dataset": lambda e, _: e.dataset_row(_one_dataset(e)),
    "dataset alone": lambda e, _: [e.dataset_row(_one_dataset(e))],
    "datasets": lambda e, _: e.dataset_rows(),
    "datasets, v2": lambda e, _: e.dataset_rows(),
    "versions": _versions,
    "newest version": lambda e, client: _versions(e, client)[0],
    "what changed": _changed,
    "splits": lambda e, _: sorted({e.split(row) for row in e.examples}),
    "share": _share,
    "share of the dataset": lambda e, c: _share(e, c) | {"url": _link(c, "d", e.asked["token"])},
    "public dataset": _public_dataset,
    "example": lambda e, _: e.world.examples[e.asked["example"]],
    "examples": lambda e, _: e.recent(e.examples),
    "public examples": lambda e, client: [
        row | ({"_hostUrl": HOSTS[client]} if client == "node" else {})
        for row in e.recent(e.examples)
    ],
    "examples by id": lambda e, _: [e.world.examples[e.asked["example"]]],
    "two examples": lambda e, _: e.recent(e.examples)[1:3],
    "examples of the split": lambda e, _: e.recent(
        row for row in e.examples if e.split(row) == e.asked["split"]
    ),
    "examples of the topic": lambda e, _: e.recent(
        row for row in e.examples if (row["metadata"] or {}).get("topic") == e.asked["topic"]
    ),
    "feedback": lambda e, _: e.feedback_row(
        next(row for row in e.feedback if row["id"] == e.asked["feedback"])
    ),
    "feedback of the run": lambda e, _: e.newest_feedback(e.world.feedback[e.run["id"]]),
    "feedback of the key": lambda e, _: e.newest_feedback(
        row
        for row in e.feedback
        if row["key"] == e.asked["key"]
        and e.world.runs[row["run_id"]]["tenant_id"] == e.run["tenant_id"]
    )[:7],
    "results of the experiment": _results,
    "experiment's runs": lambda e, _: [
        example | {"runs": e.compared(runs)} for example, runs in _experiment_rows(e)
    ],
    "experiment's runs, v2": _experiment_v2,
    "experiments by topic": _topics,
    "runs of the project, v2": _v2_page(lambda e: e.runs),
    "runs of the last day, v2": lambda e, _: [
        {"id": run["id"]} for run in e.newest_first(e.in_last_day(e.runs))
    ],
    "failed root runs, v2": _v2_page(lambda e: [r for r in e.roots if r["status"] == "error"]),
    "run, v2": lambda e, _: e.v2(e.run),
    "url, v2": lambda e, _: {"url": APP + e.v1(e.run)["app_path"]},
    "traces, v2": _traces,
    "runs of the trace, v2": _trace_v2,
    "runs of the shared trace, v2": lambda e, _: {
        "items": [
            e.v2_public(run)
            for run in sorted(e.world.trees[_shared(e)["trace_id"]], key=e.dotted_order)
        ]
    },
    "run of the shared trace, v2": lambda e, _: e.v2_public(e.world.runs[e.asked["shared_child"]]),
    "threads, v2": lambda e, _: e.v2_threads(e.roots),
    "threads of the last day, v2": lambda e, _: e.v2_threads(e.in_last_day(e.roots)),
    "traces of the thread, v2": lambda e, _: e.v2_traces_of_thread(),
    "statistics of the thread": lambda e, _: e.world.thread_stats(e.project, e.asked["thread"]),
    "statistics of threads": lambda e, _: e.threads_stats(),
    "projects, v2": lambda e, _: [
        e.v2_session(row, statistics=False) for row in e.newest_sessions()
    ],
    "projects with statistics, v2": lambda e, _: [
        e.v2_session(row, statistics=True) for row in e.newest_sessions()
    ],
    "experiment by its address": lambda e, _: {"session_id": e.asked["experiment"]},
    "project with statistics, v2": lambda e, _: e.v2_session(_one_project(e), statistics=True),
}
