"""What is drawn for the generators' schemas to parse."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from locum.providers import bundled
from tests.clients.generators.conftest import NAMES, SEED
from tests.clients.generators.live_answers import Drawn, Live, operations
from tests.oracles import fixture_rows
from tests.oracles.bundled import find

# No dataset has an agent, or a file of a run.
WITHOUT_ROWS = {
    "GET /api/v1/sessions/resolutions",
    "GET /api/v1/public/runs/{}/attachments/{}",
}


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_that_reads_is_answered(
    documents: dict[str, dict[str, Any]], answers: dict[str, list[Live]], name: str
) -> None:
    (provider,) = (each for each in bundled() if each.name == name)
    others = provider.refused.keys() | provider.writers.keys()
    tables = fixture_rows.read(find("tiny"))
    drawn = Drawn(documents[name], tables, Random(SEED))  # noqa: S311 - examples, no secrets
    built = {
        operation.shape
        for operation in operations(documents[name])
        if operation.name not in others and drawn.knows(operation)
    }
    assert built - {live.operation.shape for live in answers[name]} <= WITHOUT_ROWS
