"""orval: a client, and schemas of zod that parse live answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.generators import generated
from tests.clients.generators.conftest import NAMES
from tests.clients.generators.live_answers import Live


@pytest.fixture(scope="module")
def made(folder: Path) -> generated.Done:
    return generated.with_orval(folder, NAMES)


def test_it_makes_clean_code(folder: Path, made: generated.Done) -> None:
    assert made.status == 0, made.output
    assert "⚠" not in made.output, made.output
    assert generated.compiled(folder, "orval/**/*").output == ""


@pytest.mark.parametrize("name", NAMES)
def test_its_schemas_parse_live_answers(
    folder: Path, made: generated.Done, answers: dict[str, list[Live]], name: str
) -> None:
    assert made.status == 0, made.output
    schemas = generated.zod_schemas_of_orval(folder, name)
    assert generated.parsed_by_zod(folder, f"orval/{name}/zod.ts", schemas, answers[name]) == []
