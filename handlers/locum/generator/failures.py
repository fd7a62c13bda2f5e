"""Messages of runs that failed."""

from __future__ import annotations

from collections import ChainMap

import numpy as np

from locum.generator.runs import ERROR
from locum.generator.world import World

_SECOND_US = 1_000_000


def messages(world: World) -> list[str | None]:
    """Return each failed run's message, null of all others; one that failed because of a child has
    the child's."""
    runs, statuses = world.runs, world.runs.status.tolist()
    found: list[str | None] = [None] * len(statuses)
    # Children come after their parents, so the cause is known before the ancestors are reached.
    for run in np.flatnonzero(runs.status == ERROR)[::-1].tolist():
        message = found[run] = found[run] or _message(world, run)
        parent = int(runs.parent[run])
        if parent >= 0 and statuses[parent] == ERROR:
            found[parent] = message
    return found


def _message(world: World, run: int) -> str:
    """The message of what failed by itself: of its kind, with what it is about and how long it
    took."""
    node, trace = world.shapes.nodes[world.runs.node[run]], int(world.runs.trace[run])
    slots = world.talks.slots(trace)
    took_us = int(world.times.end_us[run] - world.times.start_us[run])
    about = {
        "run": node.name,
        "model": world.models[world.traces.model[trace]].name,
        "seconds": str(took_us / _SECOND_US),
    }
    if node.run_type == "llm":
        text = world.recipe.model_errors[str(world.http_statuses[run])].message
    else:
        text = slots.choose("errors", world.recipe.errors[node.run_type])
    return text.format_map(ChainMap(about, slots))
