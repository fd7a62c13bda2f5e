"""What is a fault of a call: retries, warnings, refusals that clients take for something else."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.clients.sdks.asked import asked
from tests.clients.sdks.expected import Expected
from tests.clients.sdks.judgement import faults, result
from tests.clients.sdks.run import NEWEST, world
from tests.clients.sdks.serving import Told

SENTENCE = "Locum has no prompts: it is refused"


def asks(status: int | None, reason: str | None = None) -> dict[str, Any]:
    return {"method": "POST", "path": "/feedback", "status": status, "reason": reason}


READ = Told(
    client="Client",
    method="has_project",
    expected="is there",
    seconds=0.1,
    type="bool",
    value=True,
    error=None,
    requests=[asks(200)],
    log=[],
    warnings=[],
)
REFUSED = attrs.evolve(
    READ, expected="refused", value=None, error=f"403: {SENTENCE}", requests=[asks(403, SENTENCE)]
)


@pytest.fixture(scope="module")
def expected() -> Expected:
    rows = world()
    return Expected(rows, asked(rows))


@pytest.mark.parametrize("told", [READ, REFUSED, attrs.evolve(REFUSED, error=None, log=[SENTENCE])])
def test_what_is_as_it_should_be_has_no_faults(told: Told, expected: Expected) -> None:
    assert faults(NEWEST, told, expected) == []


@pytest.mark.parametrize(
    "told",
    [
        attrs.evolve(READ, value=False),
        attrs.evolve(READ, error="NotFound: no such project"),
        attrs.evolve(READ, log=["langsmith.client: the server is too old"]),
        attrs.evolve(READ, requests=[asks(503), asks(503), asks(200)]),
        attrs.evolve(REFUSED, error="404: Not Found", requests=[asks(404, "Not Found")]),
        attrs.evolve(REFUSED, error=None, requests=[asks(200)]),
        attrs.evolve(REFUSED, error="Forbidden"),
        attrs.evolve(REFUSED, requests=[asks(403, SENTENCE)] * 2),
    ],
)
def test_a_fault_is_found(told: Told, expected: Expected) -> None:
    assert len(faults(NEWEST, told, expected)) == 1


def test_the_page_says_what_is_refused() -> None:
    assert result(READ) == "works"
    assert result(REFUSED) == "refused: Locum has no prompts"
