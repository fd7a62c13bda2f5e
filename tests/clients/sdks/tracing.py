"""Applications that clients trace and evaluate into a sandbox, and what is read there at once.

Each traces twelve turns of three threads, of which one fails. LangSmith's give feedback on them,
and evaluate over twenty examples: see `python_traced.py`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.clients.sdks import environments
from tests.clients.sdks.asking import Sandbox
from tests.clients.sdks.run import LANGCHAIN, NEWEST, NODE, OLDER
from tests.clients.sdks.serving import speaking

HERE = Path(__file__).parent
THREADS = ("thread 0", "thread 1", "thread 2")
OTEL, BY_OTEL = "otel", "python-newest by otel"
# By client: the environment, the program, and what else it is told.
_PROGRAMS: dict[str, tuple[str, str, dict[str, str]]] = {
    NEWEST: (NEWEST, "python_traced", {}),
    OLDER: (OLDER, "python_traced", {}),
    LANGCHAIN: (LANGCHAIN, "langchain_traced", {}),
    OTEL: ("otel", "otel_traced", {}),
    BY_OTEL: (
        "otel",
        "python_traced",
        {"LANGSMITH_OTEL_ENABLED": "true", "LANGSMITH_OTEL_ONLY": "true"},
    ),
}
_ALL_OF_THREAD = (
    *("TURNS", "FIRST_START_TIME", "LAST_START_TIME", "LAST_END_TIME", "LATENCY_P50"),
    *("LATENCY_P99", "PROMPT_TOKENS", "PROMPT_COST", "COMPLETION_TOKENS", "COMPLETION_COST"),
    *("TOTAL_TOKENS", "TOTAL_COST", "PROMPT_TOKEN_DETAILS", "FEEDBACK_STATS"),
)


@frozen
class Traced:
    """What a client has made, and what was read when it had flushed it."""

    made: dict[str, Any]
    waited: float  # seconds from the flush until the first was asked
    project: dict[str, Any]
    turns: dict[str, Any]  # of all conversations
    threads: dict[str, Any]
    experiment: dict[str, Any]
    public: dict[str, Any]  # what a token shows of the experiment
    topics: dict[str, dict[str, Any]]
    runs: list[dict[str, Any]]
    evaluated: list[dict[str, Any]]
    log: list[str]
    warnings: list[str]
    journal: list[dict[str, Any]]


def command(client: str) -> tuple[list[str], dict[str, str]]:
    """What runs the application of a client, and what its environment tells it. Raises
    Unavailable."""
    if client == NODE:
        return ["node", str(HERE / "node_traced.mjs"), str(environments.node())], {}
    name, program, told = _PROGRAMS[client]
    return [str(environments.python(name)), "-m", f"tests.clients.sdks.{program}"], told


def traced(client: str, url: str) -> Traced:
    """Run the application of a client, and read when it says that all is flushed. Raises
    Unavailable."""
    sandbox = Sandbox(url, f"of-{client.replace(' ', '-')}")
    running, told = command(client)
    with speaking(running, url, sandbox.prefix, **told) as lines:
        made = json.loads(next(lines))
        waited = time.time() - made["flushed"]
        (project,) = sandbox.ask("GET", "/api/v1/sessions?name=application&include_stats=true")
        question = {"session_id": project["id"], "group_by": "conversation"}
        turns = sandbox.ask("POST", "/api/v1/runs/group/stats", question)
        threads = {name: _thread(sandbox, project["id"], name) for name in THREADS}
        evaluation = _evaluation(sandbox, made) if "experiment" in made else {}
        runs = sandbox.runs(project["id"])
        evaluated = sandbox.runs(made["experiment"]) if "experiment" in made else []
        heard = json.loads(next(lines))
    return Traced(
        made=made,
        waited=waited,
        project=project,
        turns=turns,
        threads=threads,
        experiment=evaluation.get("experiment", {}),
        public=evaluation.get("public", {}),
        topics=evaluation.get("topics", {}),
        runs=runs,
        evaluated=evaluated,
        log=heard["log"],
        warnings=heard["warnings"],
        journal=sandbox.journal(),
    )


def _thread(sandbox: Sandbox, project: str, name: str) -> Any:
    selects = "&".join(f"selects={select}" for select in _ALL_OF_THREAD)
    path = f"/v2/threads/{name.replace(' ', '%20')}/stats?session_id={project}&{selects}"
    return sandbox.ask("GET", path)


def _evaluation(sandbox: Sandbox, made: dict[str, Any]) -> dict[str, Any]:
    dataset, experiment, token = made["dataset"], made["experiment"], made["token"]
    question = {
        "session_ids": [experiment],
        "group_by": "example_metadata",
        "metadata_key": "topic",
        "per_group_limit": 10,
    }
    groups = sandbox.ask("POST", f"/api/v1/datasets/{dataset}/group/runs", question)["groups"]
    stats = f"/api/v1/public/{token}/datasets/runs/stats"
    return {
        "experiment": sandbox.ask("GET", f"/api/v1/sessions/{experiment}?include_stats=true"),
        "topics": {group["group_key"]: group for group in groups},
        "public": sandbox.ask("POST", stats, {}, key=None),
    }


Application = Callable[[str], Traced]
