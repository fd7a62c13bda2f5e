"""The public methods of an installed SDK, and why some are not called."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.clients.sdks import environments
from tests.clients.sdks.run import NODE
from tests.clients.sdks.serving import ROOT

# Why a method is not called, by what is in its name; the first that fits. Node's names are read as
# Python's.
_NOWHERE = "Prompts, agents, queues, sandboxes, evaluators, insights, settings: no dataset has any."
_NOTHING_KEPT = "Comparisons, tags of versions, feedback tokens: refused as those in the table are."
_NO_SUCH_PATH = "Asks `/v1/platform/examples/multipart`, which the vendor's document does not have."
_FILES = "Files, versions and comparisons of datasets: not built."
_REASONS = (
    (r"^list_shared_runs$", "Asks `/public/{token}/runsshare_token=…`, which no server has."),
    (r"stream", "Answers as a stream of events: not built."),
    (r"prompt|commit|repos|agent|skill|annotation|sandbox|evaluator|insight|issue", _NOWHERE),
    (
        r"webhook|fleet|dashboard|workspace|product_feedback|_config|categories|formula|^ai|^sql",
        _NOWHERE,
    ),
    (r"from_token|presigned|comparative|update_tags", _NOTHING_KEPT),
    (r"^upsert_examples", _NO_SUCH_PATH),
    (r"retrieve_csv|jsonl|openai|version|delta|grouped|diff", _FILES),
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


def reasons(names: Iterable[str], called: Iterable[str]) -> dict[str, list[str]]:
    """The methods that are not called by why they are not, without their class. A resource stands
    for all that it has, where none of it is called or has another reason."""
    taken = {name.partition(".")[2] for name in called}
    every = {name.partition(".")[2] for name in names}
    of_resource = Counter(name.rpartition(".")[0] for name in every)
    found: dict[str, list[str]] = {}
    for name in sorted(every - taken):
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        reason = next(reason for pattern, reason in _REASONS if re.search(pattern, snake))
        found.setdefault(reason, []).append(name)
    order = dict.fromkeys(reason for _, reason in _REASONS)
    return {reason: _together(found[reason], of_resource) for reason in order if reason in found}


def _together(names: list[str], of_resource: Counter[str]) -> list[str]:
    here = Counter(name.rpartition(".")[0] for name in names)
    whole = {name for name, n in here.items() if name and n > 1 and n == of_resource[name]}
    resources = [name.rpartition(".")[0] for name in names]
    shown = [
        f"{resource}.*" if resource in whole else name
        for name, resource in zip(names, resources, strict=True)
    ]
    return list(dict.fromkeys(shown))
