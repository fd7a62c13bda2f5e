"""orval: a client, and schemas of zod that parse live answers."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.clients.generators import generated
from tests.clients.generators.conftest import NAMES
from tests.clients.generators.live_answers import Live


def test_it_makes_clean_code(made: dict[str, Future[generated.Made]]) -> None:
    code = made["orval"].result()
    assert code.done.status == 0, code.done.output
    assert "⚠" not in code.done.output, code.done.output
    assert code.told == ""


@pytest.mark.parametrize("name", NAMES)
def test_its_schemas_parse_live_answers(
    folder: Path,
    made: dict[str, Future[generated.Made]],
    answers: dict[str, list[Live]],
    name: str,
) -> None:
    assert made["orval"].result().done.status == 0
    schemas = generated.zod_schemas_of_orval(folder, name)
    assert generated.parsed_by_zod(folder, f"orval/{name}/zod.ts", schemas, answers[name]) == []
