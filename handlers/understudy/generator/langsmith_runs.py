"""The rows of langsmith/runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from understudy.datasets import TABLES
from understudy.generator import documents, texts
from understudy.generator.runs import ERROR, OK, OPEN, STATUSES
from understudy.generator.streams import Flags, Ints
from understudy.generator.tenants import TENANTS
from understudy.generator.world import Row, World, client, ids, iso


def rows(world: World) -> Iterator[Row]:
    """The runs by the start of their trace, within a trace in the order in which they started."""
    columns = _columns(world)
    names = list(TABLES["langsmith/runs"])
    values = [columns.get(name) for name in names]
    carried = documents.trace_metadata(world)
    found = world.streams.of("runs", "found").integers(0, 1000, len(world.run_ids))
    for run in world.order:
        row = {
            name: column[run] if column else None
            for name, column in zip(names, values, strict=True)
        }
        # Made only now: the documents of a million runs at once would take gigabytes.
        row |= _documents(world, run, carried, int(found[run]))
        yield row


def _columns(world: World) -> dict[str, list[Any]]:
    runs, times, ids_ = world.runs, world.times, world.run_ids
    nodes = [world.shapes.nodes[n] for n in runs.node.tolist()]
    project = world.project_of_run
    model = world.traces.model[runs.trace].tolist()
    tenant = [TENANTS[world.projects[p].tenant] for p in project.tolist()]
    usage = world.usage
    return {
        "id": ids_,
        "tenant_id": tenant,
        "session_id": [world.project_ids[p] for p in project.tolist()],
        "trace_id": [ids_[root] for root in runs.root.tolist()],
        "parent_run_id": [None if p < 0 else ids_[p] for p in runs.parent.tolist()],
        "name": [
            client(world.models[m]) if node.run_type == "llm" else node.name
            for node, m in zip(nodes, model, strict=True)
        ],
        "run_type": [node.run_type for node in nodes],
        "status": [STATUSES[s] for s in runs.status.tolist()],
        "start_time": iso(times.start_us),
        "first_token_time": _known(iso(times.first_token_us), times.first_token_us >= 0),
        "end_time": _known(iso(times.end_us), runs.status != OPEN),
        "error": _errors(world),
        "tags": _tags(world),
        "reference_example_id": _examples(world),
        "prompt_tokens": _known(usage.prompt_tokens.tolist(), usage.reports),
        "completion_tokens": _known(usage.completion_tokens.tolist(), usage.reports),
        "total_tokens": _known(
            (usage.prompt_tokens + usage.completion_tokens).tolist(), usage.reports
        ),
        "prompt_cost_nano": _known(usage.prompt_cost.tolist(), usage.reports),
        "completion_cost_nano": _known(usage.completion_cost.tolist(), usage.reports),
        "total_cost_nano": _known(
            (usage.prompt_cost + usage.completion_cost).tolist(), usage.reports
        ),
        "prompt_token_details": _details(usage.prompt_token_details),
        "completion_token_details": _details(usage.completion_token_details),
        "prompt_cost_details_nano": _details(usage.prompt_cost_details),
        "completion_cost_details_nano": _details(usage.completion_cost_details),
    }


def _known(values: list[Any], known: Flags) -> list[Any]:
    return [value if k else None for value, k in zip(values, known.tolist(), strict=True)]


def _details(categories: dict[str, Ints]) -> list[dict[str, int] | None]:
    """Maps of the categories that are not zero, null where all are."""
    amounts = np.stack(list(categories.values()), axis=1)
    maps: list[dict[str, int] | None] = [None] * len(amounts)
    for run in np.flatnonzero(amounts.any(axis=1)).tolist():
        named = zip(categories, amounts[run].tolist(), strict=True)
        maps[run] = {category: amount for category, amount in named if amount}
    return maps


def _errors(world: World) -> list[str | None]:
    """A failed run's message; one that failed because of a child has the child's."""
    runs, statuses = world.runs, world.runs.status.tolist()
    codes = world.recipe.model_errors
    messages: list[str | None] = [None] * len(statuses)
    # Children come after their parents, so the cause is known before the ancestors are reached.
    for run in np.flatnonzero(runs.status == ERROR)[::-1].tolist():
        node = world.shapes.nodes[runs.node[run]]
        message = messages[run] or (
            codes[str(world.http_statuses[run])].message
            if node.run_type == "llm"
            else texts.ERRORS[node.run_type]
        )
        messages[run] = message
        parent = int(runs.parent[run])
        if parent >= 0 and statuses[parent] == ERROR:
            messages[parent] = message
    return messages


def _tags(world: World) -> list[list[str]]:
    size, tags = len(world.run_ids), world.recipe.tags
    count = world.streams.pick("runs", "tags", world.recipe.tag_counts, size).tolist()
    first = world.streams.of("runs", "first_tag").integers(0, len(tags), size).tolist()
    twice = tags * 2
    return [list(twice[f : f + c]) for f, c in zip(first, count, strict=True)]


def _documents(world: World, run: int, carried: list[Row], found: int) -> Row:
    """A run's metadata, inputs and outputs; a call of a model adds its own metadata."""
    trace = int(world.runs.trace[run])
    node, talk = world.shapes.nodes[world.runs.node[run]], world.talks[trace]
    metadata, asked = carried[trace], []
    if node.run_type == "llm":
        model = world.models[world.traces.model[trace]]
        metadata = metadata | {
            "ls_provider": model.provider.lower(),
            "ls_model_name": model.name,
        }
        asked = documents.messages(world, trace)
    answered = world.runs.status[run] == OK
    return {
        "metadata": metadata,
        "inputs": documents.inputs(node.run_type, node.name, talk, asked),
        "outputs": documents.outputs(node.run_type, node.name, talk, found) if answered else None,
    }


def _examples(world: World) -> list[str | None]:
    """The example that an experiment's root run is on."""
    known = ids(world.recipe, "langsmith/examples", world.recipe.examples.shared.count)
    example = world.threads.example[world.traces.thread[world.runs.trace]]
    is_on_one = (example >= 0) & (world.runs.parent < 0)
    return [
        known[e] if on else None for e, on in zip(example.tolist(), is_on_one.tolist(), strict=True)
    ]
