"""Applications that are traced and evaluated by clients as they are: when all is flushed, each
statistic has it, as it is counted here by hand.

Turn n, of thread n modulo 3, asks a model for 100 + n tokens and gets 10; turn 7 fails, and has
none. Example n of 20 costs 200 + n tokens and 10.
"""

from __future__ import annotations

import functools
import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.sdks import environments
from tests.clients.sdks.run import LANGCHAIN, NEWEST, NODE, OLDER
from tests.clients.sdks.serving import served
from tests.clients.sdks.test_sdks import DEPRECATION
from tests.clients.sdks.tracing import BY_OTEL, OTEL, Application, Traced, traced

SDKS = (NEWEST, OLDER, NODE)
ALL = (*SDKS, LANGCHAIN, OTEL, BY_OTEL)
UNRATED = (OTEL, BY_OTEL)  # feedback is none of OpenTelemetry's, whose ids the SDK does not know
UNPAID = (LANGCHAIN, OTEL)  # which tell no costs
# Runs of all turns, with those that fail.
RUNS = dict.fromkeys(ALL, 36) | {LANGCHAIN: 59}  # 5 a turn, and 4 where there is nothing to parse
# The runs of a turn, in their order: depth, name, type.
THREE = ((0, "turn", "chain"), (1, "search", "tool"), (2, "model", "llm"))
TREE = dict.fromkeys(ALL, THREE) | {
    LANGCHAIN: (
        (0, "turn", "chain"),
        (1, "answer", "chain"),
        (2, "ChatPromptTemplate", "prompt"),
        (2, "Model", "llm"),
        (2, "StrOutputParser", "parser"),
    )
}


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """What a client has traced, which is made when it is first asked for."""
    with served(tmp_path_factory.mktemp("served")) as url:

        @functools.cache
        def found(client: str) -> Traced:
            try:
                return traced(client, url)
            except environments.Unavailable as reason:
                if "CI" in os.environ:
                    raise
                pytest.skip(f"not installed: {reason}")

        yield found


def cost(client: str, calls: int, usd: float) -> float | object:
    """What so many calls cost."""
    return pytest.approx(0 if client in UNPAID else calls * usd, abs=1e-12)


def ratings(client: str, stats: dict[str, Any]) -> tuple[int, float] | None:
    """How many turns were called helpful or not, and what share was; None where none is to be."""
    if client in UNRATED:
        assert stats["feedback_stats"] == {}
        return None
    helpful = stats["feedback_stats"]["helpful"]
    return helpful["n"], helpful["avg"]


@pytest.mark.parametrize("client", ALL)
def test_all_is_there_within_a_second(application: Application, client: str) -> None:
    assert application(client).waited < 1


@pytest.mark.parametrize("client", ALL)
def test_the_statistics_of_the_project(application: Application, client: str) -> None:
    project = application(client).project
    assert project["run_count"] == RUNS[client]
    assert project["error_rate"] == pytest.approx(3 / RUNS[client])
    # 12 * 100 + (0 + 1 + … + 11) without turn 7's 107
    assert (project["prompt_tokens"], project["completion_tokens"]) == (1159, 110)
    assert project["total_tokens"] == 1269
    assert float(project["prompt_cost"]) == cost(client, 11, 0.001)
    assert float(project["total_cost"]) == cost(client, 11, 0.0015)
    assert ratings(client, project) in ((12, 0.5), None)


@pytest.mark.parametrize("client", ALL)
def test_the_statistics_of_conversations(application: Application, client: str) -> None:
    turns = application(client).turns
    assert (turns["group_count"], turns["run_count"]) == (3, 12)
    assert turns["error_rate"] == pytest.approx(1 / 12)
    assert (turns["total_tokens"], turns["prompt_tokens"]) == (1269, 1159)
    # Of 110 to 121 without 117 the sixth is 115.
    assert (turns["median_tokens"], turns["completion_tokens_p50"]) == (115, 10)
    assert turns["prompt_token_details"] == {"cache_read": 44}
    assert ratings(client, turns) in ((12, 0.5), None)
    assert 0.019 < turns["latency_p50"] <= turns["latency_p99"] < 10


@pytest.mark.parametrize("client", ALL)
def test_the_statistics_of_each_thread(application: Application, client: str) -> None:
    threads = application(client).threads
    # Turns 0, 3, 6, 9; 1, 4, 10 and 7, which failed; 2, 5, 8, 11.
    prompts = {"thread 0": 418, "thread 1": 315, "thread 2": 426}
    calls = {"thread 0": 4, "thread 1": 3, "thread 2": 4}
    for name, thread in threads.items():
        n = calls[name]
        assert thread["turns"] == 4
        assert thread["prompt_tokens"] == prompts[name]
        assert thread["completion_tokens"] == 10 * n
        assert thread["total_tokens"] == prompts[name] + 10 * n
        assert thread["prompt_token_details"] == {"raw": {"cache_read": 4 * n}}
        assert thread["prompt_cost"] == cost(client, n, 0.001)
        assert thread["completion_cost"] == cost(client, n, 0.0005)
        assert ratings(client, thread) in ((4, 0.5), None)  # two of the four numbers are odd
        assert thread["first_start_time"] < thread["last_start_time"] < thread["last_end_time"]
        assert 0.019 < thread["latency_p50_seconds"] <= thread["latency_p99_seconds"] < 10


@pytest.mark.parametrize("client", ALL)
def test_the_tree_of_each_turn(application: Application, client: str) -> None:
    found = application(client)
    runs: dict[str, list[dict[str, Any]]] = {}
    for run in found.runs:
        runs.setdefault(run["trace_id"], []).append(run)
    assert len(found.runs) == RUNS[client]
    if client != BY_OTEL:  # whose exporter gives other ids than its functions have
        assert list(runs) == found.made["turns"]
    for number, trace in enumerate(runs.values()):
        shown = [(len(run["parent_run_ids"]), run["name"], run["run_type"]) for run in trace]
        assert tuple(shown) == TREE[client][: len(shown)]
        assert trace[0]["thread_id"] == f"thread {number % 3}"
        names = {run["name"]: run for run in trace}
        if number == 7:
            failed = [run for run in trace if run["status"] == "error"]
            assert [run["run_type"] for run in failed] == [
                kind for _, _, kind in TREE[client] if kind not in ("prompt", "parser")
            ]
            assert all("no answer" in run["error"] for run in failed)
            assert sum(run["total_tokens"] for run in trace) == 0
        else:
            assert len(shown) == len(TREE[client])
            assert {run["status"] for run in trace} == {"success"}
            model = names["Model" if client == LANGCHAIN else "model"]
            assert model["prompt_tokens"] == trace[0]["prompt_tokens"] == 100 + number
            assert model["prompt_token_details"] == {"cache_read": 4}


@pytest.mark.parametrize("client", SDKS)
def test_inputs_outputs_and_tags_are_those_of_the_calls(
    application: Application, client: str
) -> None:
    turn, search, model = application(client).runs[:3]
    inputs = {"input": 0} if client == NODE else {"number": 0}
    assert [run["inputs"] for run in (turn, search, model)] == [inputs] * 3
    assert turn["outputs"] == search["outputs"]
    assert list(turn["outputs"].values()) == ["answer 0"]
    assert model["outputs"]["text"] == "answer 0"
    assert (turn["tags"], model["tags"]) == ([], ["small"])


def test_a_model_that_streams_has_a_first_token(application: Application) -> None:
    """Those of thread 1, but for turn 7, which fails before it has one."""
    models = [run for run in application(LANGCHAIN).runs if run["name"] == "Model"]
    streamed = [run["first_token_time"] is not None for run in models]
    assert streamed == [number in (1, 4, 10) for number in range(12)]
    assert application(LANGCHAIN).project["streaming_rate"] == pytest.approx(3 / 59)


@pytest.mark.parametrize("client", SDKS)
def test_the_statistics_of_the_experiment(application: Application, client: str) -> None:
    found = application(client)
    for stats in (found.experiment, found.public):
        assert stats["run_count"] == 40
        assert stats["error_rate"] == 0
        # 20 * 200 + (0 + 1 + … + 19)
        assert (stats["prompt_tokens"], stats["completion_tokens"]) == (4190, 200)
        assert float(stats["total_cost"]) == cost(client, 20, 0.0015)
        # Every fourth is wrong.
        exact = stats["feedback_stats"]["exact"]
        assert (exact["n"], exact["avg"]) == (20, 0.75)
        assert 0.019 < stats["latency_p50"] <= stats["latency_p99"] < 10
    assert found.experiment["name"].startswith("first-")
    assert found.experiment["test_run_number"] == 1
    assert found.experiment["reference_dataset_id"] == found.made["dataset"]
    answers = found.experiment["session_feedback_stats"]["answers"]
    assert (answers["n"], answers["avg"]) == (1, 1)


@pytest.mark.parametrize("client", SDKS)
def test_the_experiment_by_topic(application: Application, client: str) -> None:
    found = application(client)
    assert found.topics.keys() == {"even", "odd"}
    # Of the even ones every second is wrong, of the odd ones none.
    for topic, tokens, right in (("even", 2090, 0.5), ("odd", 2100, 1)):
        group = found.topics[topic]
        (session,) = group["sessions"]
        assert session["id"] == found.made["experiment"]
        for stats in (group, session):
            assert (stats["prompt_tokens"], stats["completion_tokens"]) == (tokens, 100)
            exact = stats["feedback_stats"]["exact"]
            assert (exact["n"], exact["avg"]) == (10, right)
        assert len(group["examples"]) == group["count"] == 10
        assert all(len(example["runs"]) == 1 for example in group["examples"])


@pytest.mark.parametrize("client", SDKS)
def test_a_root_run_on_each_example(application: Application, client: str) -> None:
    roots = [run for run in application(client).evaluated if run["parent_run_id"] is None]
    assert len(roots) == 20
    examples = Counter(run["reference_example_id"] for run in roots)
    assert len(examples) == 20
    found = {run["inputs"]["number"]: run["outputs"]["answer"] for run in roots}
    assert found == {n: f"answer {n + 100}" if n % 4 else "none" for n in range(20)}


@pytest.mark.parametrize("client", ALL)
def test_nothing_is_refused_asked_twice_or_warned_of(application: Application, client: str) -> None:
    found = application(client)
    said = [line for line in (*found.log, *found.warnings) if not DEPRECATION.search(line)]
    assert said == []
    assert [entry for entry in found.journal if not 200 <= (entry["status"] or 0) < 300] == []
    assert len(found.journal) < 200  # all of them: the journal keeps no more
    ways = {e["path"] for e in found.journal if re.match("/(runs|otel)/", e["path"])}
    assert ways == ({"/otel/v1/traces"} if client in UNRATED else {"/runs/multipart"})
