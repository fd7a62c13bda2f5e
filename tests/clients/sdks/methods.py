"""The public methods of an installed SDK, and why some are not called."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from tests.clients.sdks import environments
from tests.clients.sdks.run import NODE
from tests.clients.sdks.serving import ROOT

# Why a method is not called, by what is in its name; the first that fits. Node's names are read as
# Python's.
_NOWHERE = "Prompts, agents, queues, sandboxes, evaluators, insights, settings: no dataset has any."
_WRITES = "Writes: not built yet, and refused as those in the table are."
_FILES = "Files, versions and comparisons of datasets: not built."
_REASONS = (
    (r"^list_shared_runs$", "Asks `/public/{token}/runsshare_token=…`, which no server has."),
    (r"stream", "Answers as a stream of events: not built."),
    (r"prompt|commit|repos|agent|skill|annotation|sandbox|evaluator|insight|issue", _NOWHERE),
    (r"webhook|fleet|workspace|product_feedback|_config|categories|formula|^ai|^sql", _NOWHERE),
    (r"^(create|update|delete|upload|upsert|add|push|log|share|unshare|clone)", _WRITES),
    (r"\.(create|update|delete|clone|upload)|evaluate|from_token|ingest|presigned", _WRITES),
    (r"csv|jsonl|openai|version|delta|grouped|diff", _FILES),
    (r"", "Asks no server, or asks what another method of the table asks."),
)


def methods(client: str, pins: Path = environments.PINS) -> list[str]:
    """All public methods, as the classes and resources that have them name them."""
    if client == NODE:
        asking = ["node", "tests/clients/sdks/node_methods.mjs", str(environments.node(pins))]
    else:
        module = "tests.clients.sdks.python_methods"
        asking = [str(environments.python(client, pins)), "-m", module]
    done = subprocess.run(asking, cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


def reasons(names: Iterable[str]) -> dict[str, list[str]]:
    """The methods by why they are not called, without their class; of a resource all as one."""
    plain = sorted({name.partition(".")[2] for name in names})
    found: dict[str, list[str]] = {}
    for name in plain:
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        reason = next(reason for pattern, reason in _REASONS if re.search(pattern, snake))
        found.setdefault(reason, []).append(name)
    order = dict.fromkeys(reason for _, reason in _REASONS)
    return {reason: _together(found[reason]) for reason in order if reason in found}


def _together(names: list[str]) -> list[str]:
    shown: list[str] = []
    for resource, of_it in groupby(names, key=lambda name: name.rpartition(".")[0]):
        several = list(of_it)
        shown += [f"{resource}.*"] if resource and len(several) > 1 else several
    return list(dict.fromkeys(shown))
