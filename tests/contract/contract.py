"""Schemathesis' engine over an effective document: every phase, every check, and what was said."""

from __future__ import annotations

import random
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
    """A request as it was sent, and its answer; `operation` is the one that it was made of."""

    operation: str
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


# The first operations: all their covering cases are always asked. Of the others there are too many,
# and Helicone's filter alone has 8,700.
FIRST = (
    "POST /api/v1/runs/group/stats",
    "POST /api/v1/public/{share_token}/datasets/runs/stats",
    "POST /api/v1/datasets/{dataset_id}/group/runs",
    "GET /v2/threads/{thread_id}/stats",
    "POST /v1/session/metrics/query",
)
SAMPLE = 6  # of the others
_COVERAGE = ("coverage",)
_WITHOUT_COVERAGE = ("examples", "fuzzing", "stateful")


def contract(
    load: Callable[[Any], Any],
    *,
    seed: int,
    examples: int,
    seconds: int | None = None,
    whole: bool = True,
    **more: Any,
) -> Outcome:
    """All phases over the document that `load` gives for a configuration. Where it has too many
    covering cases, those of the first operations and of a sample of the others that the seed draws,
    for so many seconds; and where not the whole is asked, the other phases of these alone too."""
    if seconds is None:
        return run(load(configuration(seed, examples, None, **more)), Outcome())
    outcome = Outcome()
    others = load(configuration(seed, examples, None, **more, **_phases(_WITHOUT_COVERAGE)))
    drawn = sample(others, seed)
    run(others if whole else others.include(name=drawn), outcome)
    covering = load(configuration(seed, examples, seconds, **more, **_phases(_COVERAGE)))
    return run(covering.include(name=drawn), outcome)


def sample(schema: Any, seed: int) -> list[str]:
    """The first operations, and some of the others."""
    labels = [found.ok().label for found in schema.get_all_operations()]
    others = sorted({*labels} - {*FIRST})
    chance = random.Random(seed)  # noqa: S311 - repeatable, and no secret
    return [*({*labels} & {*FIRST}), *chance.sample(others, min(SAMPLE, len(others)))]


def _phases(wanted: tuple[str, ...]) -> dict[str, Any]:
    rest = {*_COVERAGE, *_WITHOUT_COVERAGE} - {*wanted}
    return {"phases": {name: {"enabled": False} for name in rest}}


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
                    label,
                    request.method,
                    request.uri,
                    {name.lower(): values[0] for name, values in request.headers.items()},
                    request.body or b"",
                    response.status_code,
                    {name.lower(): values[0] for name, values in response.headers.items()},
                    response.content,
                )
            )
