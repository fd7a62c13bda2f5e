"""hey-api's openapi-ts: types, a client, and schemas of zod that parse live answers."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.clients.generators import generated
from tests.clients.generators.conftest import NAMES
from tests.clients.generators.live_answers import Live


@pytest.mark.parametrize("name", NAMES)
def test_it_makes_clean_code_whose_schemas_parse_live_answers(
    folder: Path,
    made: dict[str, Future[generated.Made]],
    answers: dict[str, list[Live]],
    name: str,
) -> None:
    code = made[f"hey-api {name}"].result()
    assert code.done.status == 0, code.done.output
    assert code.told == ""
    schemas = generated.zod_schemas_of_hey_api(folder, name)
    file = f"hey-api/{name}/zod.gen.ts"
    assert generated.parsed_by_zod(folder, file, schemas, answers[name]) == []
