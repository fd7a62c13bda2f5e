"""Inputs, outputs and metadata of runs: small JSON documents as an SDK would have sent them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import orjson
from attrs import frozen

from locum.generator import failures, texts
from locum.generator.dialogues import Document
from locum.generator.recipe import THREAD_KEYS
from locum.generator.runs import OK
from locum.generator.trace_shapes import Node
from locum.generator.world import HOUR_US, World

# Shares of the conversations.
_STAGING = 0.12
_EACH_OS = 0.1
# The role of a call that writes a statement, and how models say it and write it.
_WRITES = "draft"
_SPOKEN = (
    "{}",
    "```sql\n{}\n```",
    "Here is the query:\n```sql\n{}\n```",
    "{}\n-- not tested",
    "```\n{}\n```",
)
_KEYWORD = re.compile(r"\b(SELECT|FROM|WHERE|AND|OR|JOIN|GROUP BY|ORDER BY|HAVING|LIMIT|ON)\b")
_CLAUSE = re.compile(r" (FROM|WHERE|AND|JOIN|GROUP BY|ORDER BY|HAVING|LIMIT) ")
_DIMENSIONS = 1536


@frozen
class _Part:
    """What a run of a shape has to do with calls of models: the tool that a call asks for, whether
    a parser reads what it says, and whether it writes a statement (itself, or the last call of a
    chain or before a parser). `told` are the runs before it that a call is told of: how many runs
    ago, and their types."""

    tool: str
    parsed: bool
    writes: bool
    told: tuple[tuple[int, str], ...]


def _parts(shape: Sequence[Node]) -> Iterator[_Part]:
    for place, node in enumerate(shape):
        below = [each for each in shape[place + 1 :] if each.depth > node.depth]
        after = next((each for each in shape[place + 1 :] if each.parent == node.parent), None)
        calls = [node] if node.run_type == "llm" else []
        if node.run_type == "chain":
            calls = [each for each in below if each.run_type == "llm"]
        if node.run_type == "parser":
            calls = [each for each in shape[:place] if each.run_type == "llm"]
        asks = node.run_type == "llm" and after is not None and after.run_type == "tool"
        yield _Part(
            tool=after.name if asks and after else "",
            parsed=node.run_type == "llm" and after is not None and after.run_type == "parser",
            writes=bool(calls) and calls[-1].name == _WRITES,
            told=tuple(
                (place - before, each.run_type)
                for before, each in enumerate(shape[:place])
                if each.run_type in ("llm", "tool", "retriever")
            ),
        )


class Payloads:
    """What the runs of a world are given, and what they return."""

    def __init__(self, world: World) -> None:
        self._world, self._talk, self._errors = world, world.talks.of, failures.messages(world)
        runs, shapes = world.runs, world.shapes
        self._trace, self._root = runs.trace.tolist(), runs.root.tolist()
        self._node, self._status = runs.node.tolist(), runs.status.tolist()
        self._first = np.flatnonzero(runs.parent < 0).tolist()
        self._turn = world.traces.turn.tolist()
        self._parts = [part for shape in shapes.of for part in _parts(shape)]
        self._project = world.threads.project[world.traces.thread].tolist()
        examples = world.recipe.projects[world.recipe.examples.shared.project]
        self._systems = [(examples if p.experiment else p).system for p in world.projects]

    def messages(self, run: int) -> list[Document]:
        """Return what a call of a model is asked: instructions with what was found, the earlier
        turns that were answered, the question, and what its own trace has said and done before."""
        trace = self._trace[run]
        system, talk, done = (
            self._systems[self._project[trace]],
            self._talk(trace),
            list[Document](),
        )
        for ago, run_type in self._parts[self._node[run]].told:
            earlier = run - ago
            if run_type == "tool":
                done.append(self._told(earlier))
            elif self._status[earlier] != OK:
                continue
            elif run_type == "llm":
                done.append(self.said(earlier))
            else:
                system += "".join(
                    [f"\n{each['title']}: {each['content']}" for each in talk.documents]
                )
        question = {"role": "user", "content": talk.question}
        return [{"role": "system", "content": system}, *self._history(trace), question, *done]

    def said(self, run: int) -> Document:
        """Return what a call of a model says; one that is followed by a tool asks for it."""
        part, trace = self._parts[self._node[run]], self._trace[run]
        if part.tool:
            args = self._talk(trace).calls[part.tool].args
            call = {"id": f"call_{zlib.crc32(b'%d' % run):08x}", "name": part.tool, "args": args}
            return {"role": "assistant", "content": "", "tool_calls": [call]}
        content = self._answer(trace, part)
        if part.writes:
            content = _SPOKEN[self._style(trace) % len(_SPOKEN)].format(content)
        elif part.parsed:
            content = orjson.dumps({"answer": content}).decode()
        return {"role": "assistant", "content": content}

    def inputs(self, run: int) -> Document:
        """Return what a run is given."""
        node, trace = self._world.shapes.nodes[self._node[run]], self._trace[run]
        if node.run_type == "llm":
            return {"messages": self.messages(run)}
        if node.run_type == "tool":
            return {"tool": node.name, "args": self._talk(trace).calls[node.name].args}
        if node.run_type == "parser":
            return {"text": self._heard(run)}
        talk = self._talk(trace)
        if node.run_type == "chain":
            return {"question": talk.question, "topic": talk.topic}
        if node.run_type == "embedding":
            return {"texts": [talk.question]}
        return {"question" if node.run_type == "prompt" else "query": talk.question}

    def outputs(self, run: int) -> Document:
        """Return what a run that succeeds returns."""
        node, trace = self._world.shapes.nodes[self._node[run]], self._trace[run]
        if node.run_type == "llm":
            message = self.said(run)
            reason = "tool_calls" if "tool_calls" in message else "stop"
            return {"message": message, "finish_reason": reason}
        if node.run_type in ("chain", "parser"):
            return {"answer": self._answer(trace, self._parts[self._node[run]])}
        if node.run_type == "tool":
            return {"result": self._talk(trace).calls[node.name].result}
        if node.run_type == "embedding":
            return {"dimensions": _DIMENSIONS}
        if node.run_type == "prompt":
            return {"template": node.name, "variables": ["question"]}
        return {"documents": list(self._talk(trace).documents)}

    def _history(self, trace: int) -> list[Document]:
        messages: list[Document] = []
        for earlier in range(trace - self._turn[trace], trace):
            first = self._first[earlier]
            if self._status[first] == OK:
                answer = self._answer(earlier, self._parts[self._node[first]])
                messages += (
                    {"role": "user", "content": self._talk(earlier).question},
                    {"role": "assistant", "content": answer},
                )
        return messages

    def _answer(self, trace: int, part: _Part) -> str:
        """What the part of the trace comes to: a statement, or the answer."""
        talk = self._talk(trace)
        if not (part.writes and talk.statement):
            return talk.answer
        if talk.user >= 0:
            return talk.statement
        written = talk.mistake if trace in self._world.mistaken else talk.statement
        return _styled(written, self._style(trace) // len(_SPOKEN))

    def _style(self, trace: int) -> int:
        """How a model says and writes statements."""
        return self._world.talks.slots(trace).number("style", 8 * len(_SPOKEN))

    def _heard(self, run: int) -> str:
        """What the last call before a parser has said."""
        told = reversed(self._parts[self._node[run]].told)
        said = next((run - ago for ago, run_type in told if run_type == "llm"), None)
        content: str = "" if said is None else self.said(said)["content"]
        return content

    def _told(self, run: int) -> Document:
        """The message by which a model is told what a tool has found, or that it has failed."""
        node = self._world.shapes.nodes[self._node[run]]
        failed = {"error": self._errors[run]}
        call = self._talk(self._trace[run]).calls[node.name]
        found = call.result if self._status[run] == OK else failed
        content = orjson.dumps(found).decode()
        if run > self._root[run] and self._parts[self._node[run] - 1].tool:
            called = f"call_{zlib.crc32(b'%d' % (run - 1)):08x}"
            return {"role": "tool", "tool_call_id": called, "name": node.name, "content": content}
        return {"role": "user", "content": f"{node.name}: {content}"}


def _styled(statement: str, number: int) -> str:
    """The statement as this or that model writes it."""
    if number & 1:
        statement = _CLAUSE.sub(r"\n\1 ", statement)
    if number & 2:
        statement = _KEYWORD.sub(lambda word: word[0].lower(), statement)
    return f"{statement};" if number & 4 else statement


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
        if (user := world.talks.user(t)) >= 0:
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
