"""Inputs, answers and metadata of runs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from locum.generator import payloads
from locum.generator.payloads import Payloads
from locum.generator.runs import OK
from locum.generator.world import World, build
from tests.oracles.drawn import TINY

KEYS = ("thread_id", "session_id", "conversation_id")


@pytest.fixture(scope="module")
def world() -> World:
    """tiny, where all succeeds."""
    return build(evolve(TINY, outcomes=evolve(TINY.outcomes, failed=0, pending=0, recovered=0)))


def first(world: World, shape: str, name: str) -> int:
    """The first run of that name in a first turn of that shape."""
    node = next(
        world.shapes.offsets[s] + k
        for s, of in enumerate(world.shapes.names)
        if of == shape
        for k, each in enumerate(world.shapes.of[s])
        if each.name == name
    )
    turn = world.traces.turn[world.runs.trace]
    return int(np.flatnonzero((world.runs.node == node) & (turn == 0))[0])


def of(world: World, shape: str, name: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """What is said in the trace of that run, its inputs and its outputs."""
    run, said = first(world, shape, name), Payloads(world)
    return world.talks[int(world.runs.trace[run])], said.inputs(run), said.outputs(run)


def test_a_call_is_asked_with_its_projects_instructions(world: World) -> None:
    """Those of an experiment are the project's whose questions its examples ask."""
    said = Payloads(world)
    for run in np.flatnonzero(world.runs.is_llm).tolist():
        project = world.projects[world.project_of_run[run]]
        owner = TINY.projects["sql-copilot"] if project.experiment else project
        system, *others = said.messages(run)
        assert system["role"] == "system"
        assert system["content"].startswith(owner.system)
        question = world.talks[int(world.runs.trace[run])].question
        assert {"role": "user", "content": question} in others


def test_a_call_that_plans_asks_for_the_tool(world: World) -> None:
    talk, inputs, outputs = of(world, "support-order", "plan")
    (call,) = outputs["message"]["tool_calls"]
    assert (call["name"], call["args"]) == ("lookup_order", talk.calls["lookup_order"].args)
    assert outputs["message"]["content"] == ""
    assert outputs["finish_reason"] == "tool_calls"
    assert [message["role"] for message in inputs["messages"]] == ["system", "user"]


def test_the_call_after_a_tool_is_told_what_was_asked_and_found(world: World) -> None:
    talk, inputs, outputs = of(world, "support-order", "reply")
    planned, told = inputs["messages"][-2:]
    assert told["tool_call_id"] == planned["tool_calls"][0]["id"]
    assert (told["role"], told["name"]) == ("tool", "lookup_order")
    assert json.loads(told["content"]) == talk.calls["lookup_order"].result
    assert json.loads(outputs["message"]["content"]) == {"answer": talk.answer}


def test_a_tool_that_no_call_asked_for_is_told_by_the_user(world: World) -> None:
    talk, inputs, outputs = of(world, "voice-note", "reply")
    result = json.dumps(talk.calls["fetch_audio"].result, separators=(",", ":"))
    assert inputs["messages"][-1] == {"role": "user", "content": f"fetch_audio: {result}"}
    assert outputs == {
        "message": {"role": "assistant", "content": talk.answer},
        "finish_reason": "stop",
    }


def test_a_draft_says_a_statement_that_the_parser_takes_out(world: World) -> None:
    talk, inputs, outputs = of(world, "sql-query", "sql-parser")
    assert talk.statement in inputs["text"]
    assert outputs == {"answer": talk.statement}
    _, _, drafted = of(world, "sql-query", "draft")
    assert drafted["message"]["content"] == inputs["text"]
    assert of(world, "sql-query", "write-sql")[2] == {"answer": talk.statement}
    assert of(world, "sql-query", "sql-copilot")[2] == {"answer": talk.answer}


@pytest.mark.parametrize(
    ("shape", "name", "inputs", "outputs"),
    [
        ("support-order", "support-agent", ["question", "topic"], ["answer"]),
        ("support-order", "lookup_order", ["tool", "args"], ["result"]),
        ("support-order", "reply-parser", ["text"], ["answer"]),
        ("support-answer", "embed-question", ["texts"], ["dimensions"]),
        ("support-answer", "answer-prompt", ["question"], ["template", "variables"]),
        ("support-answer", "search-help-center", ["query"], ["documents"]),
        ("tag", "tag", ["messages"], ["message", "finish_reason"]),
    ],
)
def test_documents_are_of_their_runs_type(
    world: World, shape: str, name: str, inputs: list[str], outputs: list[str]
) -> None:
    _, given, returned = of(world, shape, name)
    assert (list(given), list(returned)) == (inputs, outputs)


def test_what_was_found_stands_with_the_instructions(world: World) -> None:
    talk, inputs, _ = of(world, "support-answer", "reply")
    system = inputs["messages"][0]["content"]
    assert system.splitlines()[1:] == [f"{d['title']}: {d['content']}" for d in talk.documents]


def test_a_model_in_an_experiment_writes_in_its_style_and_may_be_wrong(world: World) -> None:
    """Case and spaces are the style; what is judged to be wrong is another statement."""
    said, styles = Payloads(world), set()
    on_example = world.threads.example[world.traces.thread[world.runs.trace]] >= 0
    roots = np.flatnonzero(on_example & (world.runs.parent < 0) & (world.runs.status == OK))
    for run in roots.tolist():
        trace = int(world.runs.trace[run])
        talk, answer = world.talks[trace], said.outputs(run)["answer"]
        expected = talk.mistake if trace in world.mistaken else talk.statement
        assert " ".join(answer.rstrip(";").split()).lower() == expected.lower()
        styles.add(answer == expected)
    assert styles == {True, False}


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
