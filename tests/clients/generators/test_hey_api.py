"""hey-api's openapi-ts: types, a client, and schemas of zod that parse live answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.generators import generated
from tests.clients.generators.conftest import NAMES
from tests.clients.generators.live_answers import Live


@pytest.mark.parametrize("name", NAMES)
def test_it_makes_clean_code_whose_schemas_parse_live_answers(
    folder: Path, answers: dict[str, list[Live]], name: str
) -> None:
    done = generated.with_hey_api(folder, name)
    assert done.status == 0, done.output
    assert generated.compiled(folder, f"hey-api/{name}/**/*").output == ""
    schemas = generated.zod_schemas_of_hey_api(folder, name)
    code = f"hey-api/{name}/zod.gen.ts"
    assert generated.parsed_by_zod(folder, code, schemas, answers[name]) == []
