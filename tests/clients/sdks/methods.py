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
_REASONS = (
    (
        r"stream",
        "Answers as a stream of events: refused where a caller asks for it, as all that Locum does not do.",
    ),
    (
        r"prompt|commit|repos|agent|skill|annotation|sandbox|evaluator|insight|issue|webhook|fleet"
        r"|workspace|product_feedback|_config|categories|formula|ai_search|^sql|assistant",
        "Prompts, agents, annotation queues, sandboxes, evaluators, insights and settings: no "
        "dataset of Locum has any.",
    ),
    (
        r"^(create|update|delete|upload|upsert|add|push|log|share|unshare|clone|move)|(^|\.)(create|"
        r"update|delete|clone|upload)|_tags$|metadata$|evaluate|from_token|^multipart|^batch|presigned",
        "Writes: not built yet, and refused as those in the table are.",
    ),
    (
        r"public\.|thread.*share|share\.",
        "Shared runs and threads of v2: not built.",
    ),
    (
        r"test_results|csv|jsonl|openai|version|delta|grouped|diff",
        "Files, named versions and comparisons of datasets: not built.",
    ),
    (r"", "Asks no server, or has another method of the table ask it."),
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
    return {reason: _together(found[reason]) for _, reason in _REASONS if reason in found}


def _together(names: list[str]) -> list[str]:
    shown = []
    for resource, of_it in groupby(names, key=lambda name: name.rpartition(".")[0]):
        several = list(of_it)
        shown += [f"{resource}.*"] if resource and len(several) > 1 else several
    return shown
