"""Inputs, answers and metadata of runs."""

from __future__ import annotations

import pytest

from locum.generator import payloads
from locum.generator.dialogues import Talk
from locum.generator.world import World, build
from tests.oracles.bundled import find
from tests.oracles.drawn import TINY
from tests.oracles.fixture_rows import read

TOTALS = Talk("totals", "How much?", "SELECT sum(amount) FROM orders", "A-1234", 0)
TALK = Talk("delivery", "Where is A-1?", "On its way.", "A-1", 3)
KEYS = ("thread_id", "session_id", "conversation_id")


@pytest.fixture(scope="module")
def world() -> World:
    return build(TINY)


def test_a_call_is_asked_with_its_projects_instructions(world: World) -> None:
    """Those of an experiment are the project's whose questions its examples ask."""
    for trace, thread in enumerate(world.traces.thread.tolist()):
        project = world.projects[world.threads.project[thread]]
        system, user = payloads.messages(world, trace)
        owner = TINY.projects["sql-copilot"] if project.experiment else project
        assert system == {"role": "system", "content": owner.system}
        assert user == {"role": "user", "content": world.talks[trace].question}


def test_a_call_that_plans_asks_for_a_tool() -> None:
    assert payloads.answer(TALK, "reply") == {"role": "assistant", "content": "On its way."}
    assert payloads.answer(TALK, "plan") == {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"name": "lookup_order", "args": {"order_id": "A-1"}}],
    }


@pytest.mark.parametrize(
    ("run_type", "name", "expected"),
    [
        ("llm", "reply", {"messages": [{"role": "user"}]}),
        ("chain", "turn", {"question": "Where is A-1?", "topic": "delivery"}),
        ("tool", "lookup_order", {"tool": "lookup_order", "args": {"order_id": "A-1"}}),
        ("tool", "run_query", {"tool": "run_query", "args": {"sql": "On its way.", "limit": 100}}),
        ("tool", "fetch_audio", {"tool": "fetch_audio", "args": {"note_id": "A-1"}}),
        ("parser", "parse", {"text": "On its way."}),
        ("embedding", "embed", {"texts": ["Where is A-1?"]}),
        ("retriever", "search", {"query": "Where is A-1?"}),
    ],
)
def test_inputs_are_of_their_runs_type(run_type: str, name: str, expected: object) -> None:
    assert payloads.inputs(run_type, name, TALK, [{"role": "user"}]) == expected


def test_metadata_name_the_thread_under_its_key(world: World) -> None:
    carried = payloads.trace_metadata(world)
    assert len(carried) == len(world.talks)
    for thread, metadata in zip(world.traces.thread.tolist(), carried, strict=True):
        key = int(world.threads.key[thread])
        expected = {KEYS[key]: world.thread_ids[thread]} if key >= 0 else {}
        assert {name: metadata[name] for name in KEYS if name in metadata} == expected


def test_metadata_count_turns_from_1_and_experiments_have_none(world: World) -> None:
    carried = payloads.trace_metadata(world)
    for trace, metadata in enumerate(carried):
        project = world.projects[world.threads.project[world.traces.thread[trace]]]
        if project.experiment:
            assert metadata["env"] == "ci"
            assert metadata["model"] == next(iter(project.models))
            assert "turn" not in metadata
        else:
            assert metadata["env"] in ("production", "staging")
            assert metadata["turn"] == world.traces.turn[trace] + 1


def test_revisions_are_the_quarters_of_the_time(world: World) -> None:
    """Of three days: a trace of the first 18 hours has revision 1.0.0, of the last ones 1.3.0."""
    starts_us = world.times.start_us[world.runs.root]
    first_us = TINY.now_ms * 1000 - 3 * 24 * 3_600_000_000
    for trace, metadata in zip(
        range(len(world.talks)), payloads.trace_metadata(world), strict=True
    ):
        if "revision" in metadata:
            passed_us = int(starts_us[world.runs.trace == trace][0]) - first_us
            assert metadata["revision"] == f"1.{passed_us // (18 * 3_600_000_000)}.0"


@pytest.mark.parametrize(
    ("tool", "number", "result"),
    [
        ("lookup_order", 4, {"status": "packed", "items": 4}),
        ("lookup_order", 999, {"status": "shipped", "items": 5}),
        # 100,000 cents and 4 times 1,237.
        ("run_query", 4, {"columns": ["sum"], "rows": [[1049.48]]}),
        # 2.4 s at 4,000 bytes a second.
        ("fetch_audio", 4, {"format": "opus", "seconds": 2.4, "bytes": 9600}),
        ("注文を調べる", 4, {"status": "ok"}),
    ],
)
def test_a_tool_finds_what_it_looks_for(tool: str, number: int, result: payloads.Document) -> None:
    assert payloads.outputs("tool", tool, TOTALS, number) == {"result": result}


@pytest.mark.parametrize(
    ("run_type", "name", "keys"),
    [
        ("llm", "reply", ["message", "finish_reason"]),
        ("chain", "agent", ["answer"]),
        ("parser", "parser", ["answer"]),
        ("embedding", "embed", ["dimensions"]),
        ("prompt", "prompt", ["template", "variables"]),
        ("retriever", "search", ["documents"]),
    ],
)
def test_other_runs_return_what_is_of_their_type(run_type: str, name: str, keys: list[str]) -> None:
    assert list(payloads.outputs(run_type, name, TOTALS, 7)) == keys


@pytest.mark.parametrize("name", ["tiny", "default"])
def test_the_tools_of_a_dataset_return_what_is_theirs(name: str) -> None:
    keys = {
        "lookup_order": {"status", "items"},
        "run_query": {"columns", "rows"},
        "fetch_audio": {"format", "seconds", "bytes"},
    }
    seen = set()
    for run in read(find(name))["langsmith/runs"]:
        if run["run_type"] == "tool" and run["status"] == "success":
            result = run["outputs"]["result"]
            assert set(result) == keys[run["name"]]
            seen.add(run["name"])
    assert seen == set(keys)
