"""Inputs, outputs and metadata of runs: small JSON documents as an SDK would have sent them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from locum.generator import query_results, texts
from locum.generator.dialogues import Talk
from locum.generator.recipe import THREAD_KEYS
from locum.generator.world import HOUR_US, World

Document = dict[str, Any]

# Shares of the conversations.
_STAGING = 0.12
_EACH_OS = 0.1


def messages(world: World, trace: int) -> list[Document]:
    """What a call of a model in the trace is asked."""
    project = world.projects[world.threads.project[world.traces.thread[trace]]]
    if project.experiment:
        project = world.recipe.projects[world.recipe.examples.shared.project]
    return [
        {"role": "system", "content": project.system},
        {"role": "user", "content": world.talks[trace].question},
    ]


def answer(talk: Talk, role: str) -> Document:
    """What a call of a model says; one that plans asks for a tool."""
    if role != "plan":
        return {"role": "assistant", "content": talk.answer}
    call = {"name": "lookup_order", "args": {"order_id": talk.order}}
    return {"role": "assistant", "content": "", "tool_calls": [call]}


def inputs(run_type: str, name: str, talk: Talk, asked: list[Document]) -> Document:
    """A run's inputs."""
    if run_type == "llm":
        return {"messages": asked}
    if run_type == "chain":
        return {"question": talk.question, "topic": talk.topic}
    if run_type == "tool":
        return {"tool": name, "args": _arguments(name, talk)}
    if run_type == "parser":
        return {"text": talk.answer}
    if run_type == "embedding":
        return {"texts": [talk.question]}
    return {"query": talk.question}


def _arguments(tool: str, talk: Talk) -> Document:
    if tool == "run_query":
        return {"sql": talk.answer, "limit": 100}
    return {"note_id" if tool == "fetch_audio" else "order_id": talk.order}


def outputs(run_type: str, name: str, talk: Talk, number: int) -> Document:
    """Return a successful run's outputs; `number` (0 to 999) varies what was found. A tool that is
    none of `_RESULTS` has a plain one."""
    if run_type == "llm":
        return {"message": answer(talk, name), "finish_reason": "stop"}
    if run_type in ("chain", "parser"):
        return {"answer": talk.answer}
    if run_type == "tool":
        return {"result": _RESULTS[name](talk, number) if name in _RESULTS else {"status": "ok"}}
    if run_type == "embedding":
        return {"dimensions": 1536}
    if run_type == "prompt":
        return {"template": name, "variables": ["question"]}
    found = [
        {"id": f"kb-{(number + 17 * i) % 400}", "score": (99 - number % 40 - 9 * i) / 100}
        for i in range(number % 4)
    ]
    return {"documents": found}


_BYTES_PER_SECOND = 4000  # 32 kbit/s, as Opus takes for speech
# What the tools of the base world's shapes find.
_RESULTS: dict[str, Callable[[Talk, int], Document]] = {
    "lookup_order": lambda _, n: {"status": ("shipped", "packed", "lost")[n % 3], "items": n % 7},
    "run_query": lambda talk, n: query_results.table(talk.answer, n),
    "fetch_audio": lambda _, n: {
        "format": "opus",
        "seconds": (20 + n) / 10,
        "bytes": (20 + n) * _BYTES_PER_SECOND // 10,
    },
}


def trace_metadata(world: World) -> list[Document]:
    """Per trace, the metadata that all of its runs carry, as the SDKs hand it down."""
    streams, threads, traces = world.streams, world.threads, world.traces
    size = len(traces.thread)
    tiers, devices, staging = (streams.of("traces", c).random(size) for c in ("tier", "os", "env"))
    beta = streams.flags("traces", "beta", 0.2, size)
    variants = streams.pick("traces", "variants", (0.8, 0.12, 0.08), size)
    campaign = streams.pick("traces", "campaign", (0.85, 0.1, 0.05), size)
    temperature = streams.pick("traces", "temperature", (0.5, 0.5), size)
    shots = streams.pick("traces", "shots", (0.6, 0.4), size)
    revision = _revisions(world)
    found = []
    for t in range(size):
        thread = int(traces.thread[t])
        project = world.projects[threads.project[thread]]
        document: Document = {}
        if (key := int(threads.key[thread])) >= 0:
            document[THREAD_KEYS[key]] = world.thread_ids[thread]
        if project.experiment:
            document["env"] = "ci"
            document["model"] = next(iter(project.models))
            document["temperature"] = (0, 0.7)[temperature[t]]
            document["shots"] = (0, 3)[shots[t]]
            found.append(document)
            continue
        document["env"] = "staging" if staging[t] < _STAGING else "production"
        document["revision"] = f"1.{revision[t]}.0"
        if (user := world.talks[t].user) >= 0:
            document["user_tier"] = texts.TIERS[user % 3]
        document["turn"] = int(traces.turn[t]) + 1
        document["beta"] = bool(beta[t])
        if devices[t] < 2 * _EACH_OS:
            os = "ios" if devices[t] < _EACH_OS else "android"
            document["device"] = {"os": os, "version": 14 + int(tiers[t] * 5)}
        if variants[t]:
            document["variants"] = [["short-prompt"], ["short-prompt", "rerank"]][variants[t] - 1]
        if campaign[t]:
            document["campaign"] = ("summer", None)[campaign[t] - 1]
        found.append(document)
    return found


def _revisions(world: World) -> list[int]:
    """Four deployments, one at the beginning of each quarter of the dataset's time."""
    roots = np.flatnonzero(world.runs.parent < 0)
    span_us = world.recipe.days * 24 * HOUR_US
    passed_us = world.times.start_us[roots] - (world.recipe.now_ms * 1000 - span_us)
    revisions: list[int] = (4 * passed_us // span_us).tolist()
    return revisions
