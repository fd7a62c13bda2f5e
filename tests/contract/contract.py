"""Schemathesis' engine over an effective document: every phase, every check, and what was said."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from typing import Any

import schemathesis
from attrs import define, field, frozen
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from tests.conftest import ROOT

CONFIGURATION = ROOT / "tests" / "contract" / "schemathesis.toml"


def configuration(seed: int, examples: int, seconds: int | None, **more: Any) -> Any:
    """The file's, for so many examples an operation, and at most so many seconds."""
    told: dict[str, Any] = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))
    told |= {"seed": seed, "continue-on-failure": True, **more}
    told["generation"] = {"max-examples": examples, "database": "none"}
    if seconds is not None:
        told["max-time"] = seconds
    return schemathesis.Config.from_dict(told, base_dir=str(CONFIGURATION.parent))


@frozen
class Exchange:
    """A request as it was sent, and its answer."""

    method: str
    url: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int
    response_headers: dict[str, str]
    response_body: bytes


@define
class Outcome:
    """What a run found: the failures in words, the phases that ran, and the exchanges."""

    failures: list[str] = field(factory=list)
    phases: set[str] = field(factory=set)
    checks: Counter[str] = field(factory=Counter)
    exchanges: list[Exchange] = field(factory=list)


# Helicone's filter has 8,700 covering cases, which take minutes.
MANY_CASES = ("helicone",)


def contract(
    load: Callable[[Any], Any],
    document: str,
    *,
    seed: int,
    examples: int,
    seconds: int | None = None,
    **more: Any,
) -> Outcome:
    """All phases over the document that `load` gives for a configuration; where it has too many
    covering cases, those of so many seconds."""
    if seconds is None or document not in MANY_CASES:
        return run(load(configuration(seed, examples, None, **more)), Outcome())
    outcome = Outcome()
    others = {"phases": {"coverage": {"enabled": False}}}
    coverage = {
        "phases": {name: {"enabled": False} for name in ("examples", "fuzzing", "stateful")}
    }
    run(load(configuration(seed, examples, None, **more, **others)), outcome)
    return run(load(configuration(seed, examples, seconds, **more, **coverage)), outcome)


def run(schema: Any, outcome: Outcome) -> Outcome:
    """Every phase of the engine, as `st run` goes through them, added to the outcome."""
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                outcome.phases.add(event.phase.value)
                _add(outcome, event.recorder, event.label or "")
            case events.NonFatalError():
                outcome.failures.append(f"{event.label}: {event.value!r}")
            case events.FatalError():
                raise event.exception
    return outcome


def _add(outcome: Outcome, recorder: ScenarioRecorder, label: str) -> None:
    for checks in recorder.checks.values():
        for check in checks:
            outcome.checks[check.name] += 1
            if check.status == Status.FAILURE and check.failure_info is not None:
                failure = check.failure_info
                outcome.failures.append(
                    f"{label}: {failure.failure.title}: {failure.failure.message}\n"
                    f"{failure.code_sample}"
                )
    for interaction in recorder.interactions.values():
        request, response = interaction.request, interaction.response
        if response is not None:
            outcome.exchanges.append(
                Exchange(
                    request.method,
                    request.uri,
                    {name.lower(): values[0] for name, values in request.headers.items()},
                    request.body or b"",
                    response.status_code,
                    {name.lower(): values[0] for name, values in response.headers.items()},
                    response.content,
                )
            )
