"""Schemathesis at a server of anybody's document: every phase, every check, no exclusions but
those of foreign.toml."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import schemathesis
from attrs import define, field
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation import GenerationMode

from tests.oracles.foreign_documents import ForeignDocument
from tests.oracles.served_document import LOCUM, running

CONFIGURATION = Path(__file__).with_name("foreign.toml")
SECRET = "a-key-of-the-judge"  # noqa: S105  # of nobody


def allowed() -> dict[str, list[dict[str, str]]]:
    """Which failures are none, by the document's name: title, pattern and reason."""
    told = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))
    return {name: each.get("allowed", []) for name, each in told.items()}


@define
class Contract:
    """What a run found: failures in words, the checks that ran, statuses of positive cases."""

    failures: Counter[str] = field(factory=Counter)
    excused: Counter[str] = field(factory=Counter)  # by reason
    samples: dict[str, str] = field(factory=dict)  # of each failure, how it is had again
    checks: Counter[str] = field(factory=Counter)
    positive: Counter[int] = field(factory=Counter)
    refused: Counter[str] = field(factory=Counter)  # positive cases: operation and status
    phases: set[str] = field(factory=set)

    @property
    def share(self) -> float:
        """Of positive cases that were answered 2xx."""
        good = sum(count for status, count in self.positive.items() if 200 <= status < 300)
        return good / max(1, self.positive.total())


def contract(
    path: Path,
    log: Path,
    *,
    examples: int,
    seconds: int,
    seed: int = 1,
    command: Sequence[str] = LOCUM,
) -> Contract:
    """All phases at a server of the document that knows one key, for Schemathesis tries others.
    Raises NotServed."""
    document = ForeignDocument(path)
    found, excuses = Contract(), allowed().get(document.name, [])
    data = log.parent / "data"
    data.mkdir(exist_ok=True)
    keys = (SECRET, f"judge:{SECRET}")  # of a scheme with a key, and of basic authentication
    rows = [json.dumps({"key": key, "tenant_id": "judge"}) for key in keys]
    (data / "keys.jsonl").write_text("\n".join(rows))
    with running([*command, "--data", str(data)], path, log) as server:
        told = _configuration(document, server.port, examples, seconds, seed)
        schema = schemathesis.openapi.from_path(path, config=told)
        for event in from_schema(schema).execute():
            match event:
                case events.ScenarioFinished():
                    found.phases.add(event.phase.value)
                    _add(found, event.recorder, event.label or event.recorder.label, excuses)
                case events.NonFatalError():
                    found.failures[f"{event.label}: {event.value!r}"[:300]] += 1
                case events.FatalError():
                    raise event.exception
    return found


def _configuration(
    document: ForeignDocument, port: int, examples: int, seconds: int, seed: int
) -> Any:
    schemes = document.content.get("components", {}).get("securitySchemes", {})
    told: dict[str, Any] = {
        "seed": seed,
        "continue-on-failure": True,
        "suppress-health-check": ["all"],
        "base-url": f"http://127.0.0.1:{port}",
        "max-time": seconds,
        "output": {"sanitization": {"enabled": False}},
        "generation": {"max-examples": examples, "database": "none"},
    }
    if schemes:
        told["auth"] = {"openapi": {name: _credential(schemes[name]) for name in schemes}}
    return schemathesis.Config.from_dict(told, base_dir=str(CONFIGURATION.parent))


def _credential(scheme: dict[str, Any]) -> dict[str, str]:
    if scheme["type"] == "apiKey":
        return {"api_key": SECRET}
    if scheme["type"] == "http" and scheme["scheme"].lower() == "basic":
        return {"username": "judge", "password": SECRET}
    return {"bearer": SECRET}


def _excuse(excuses: list[dict[str, str]], title: str, text: str) -> str:
    """The reason why a failure is none; empty where it is one."""
    for each in excuses:
        if each["title"] == title and re.search(each["pattern"], text):
            return each["reason"]
    return ""


def _add(
    found: Contract, recorder: ScenarioRecorder, label: str, excuses: list[dict[str, str]]
) -> None:
    for checks in recorder.checks.values():
        for check in checks:
            found.checks[check.name] += 1
            if check.status == Status.FAILURE and check.failure_info is not None:
                failure = check.failure_info.failure
                name = f"{label}: {failure.title}"
                sample = f"{failure.message}\n{check.failure_info.code_sample}"
                excuse = _excuse(excuses, failure.title, f"{label}\n{sample}")
                if excuse:
                    found.excused[excuse] += 1
                    continue
                found.failures[name] += 1
                found.samples.setdefault(name, sample)
    for key, node in recorder.cases.items():
        interaction = recorder.interactions.get(key)
        meta = node.value.meta
        if interaction is None or interaction.response is None or meta is None:
            continue
        if meta.generation.mode == GenerationMode.POSITIVE:
            status = interaction.response.status_code
            found.positive[status] += 1
            if not 200 <= status < 300:
                found.refused[f"{node.value.operation.label} {status}"] += 1
