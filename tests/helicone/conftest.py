"""Engines over rows of Helicone's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from locum.engine.data import Data
from tests.oracles.helicone_requests import Row, engine_over

Load = Callable[..., Data]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """An engine over request rows and session tags, the same one for the same."""
    made: dict[str, Data] = {}

    def loaded(rows: list[Row], tags: Sequence[Row] = ()) -> Data:
        key = json.dumps([rows, tags])
        if key not in made:
            made[key] = engine_over(tmp_path_factory.mktemp("data"), rows, list(tags))
        return made[key]

    return loaded
