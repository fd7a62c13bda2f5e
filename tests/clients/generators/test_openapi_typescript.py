"""openapi-typescript, whose types openapi-fetch calls with the documents' own examples."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.clients.generators import generated
from tests.clients.generators.conftest import NAMES, SEED
from tests.clients.generators.live_answers import Drawn, operations
from tests.oracles import fixture_rows
from tests.oracles.bundled import find

# Files in parts whose names are ids: no JSON shows them.
IN_PARTS = {
    "POST /api/v1/datasets/upload",
    "POST /runs/multipart",
    "POST /v1/platform/datasets/{dataset_id}/examples",
    "PATCH /v1/platform/datasets/{dataset_id}/examples",
}


def test_every_operation_with_a_body_has_an_example(documents: dict[str, dict[str, Any]]) -> None:
    without = {
        f"{operation.method.upper()} {operation.path}"
        for document in documents.values()
        for operation in operations(document)
        if "requestBody" in operation.definition and operation.example is None
    }
    assert without <= IN_PARTS


@pytest.mark.parametrize("name", NAMES)
def test_types_are_clean_and_every_example_is_of_them(
    folder: Path, documents: dict[str, dict[str, Any]], name: str
) -> None:
    done = generated.with_openapi_typescript(folder, name, documents[name])
    assert done.status == 0, done.output
    assert generated.compiled(folder, f"openapi-typescript/{name}.*").output == ""


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_example_would_be_seen(folder: Path, name: str) -> None:
    """The types are no `any`: a field that is not there is an error."""
    calls = (folder / "openapi-typescript" / f"{name}.calls.ts").read_text(encoding="utf-8")
    wrong, count = re.subn(
        r"^(const body.* = \{)", r'\1"not_there": 1, ', calls, flags=re.MULTILINE
    )
    (folder / "openapi-typescript" / f"{name}.wrong.ts").write_text(wrong, encoding="utf-8")
    told = generated.compiled(folder, f"openapi-typescript/{name}.wrong.ts").output
    assert len(set(re.findall(r"wrong\.ts\((\d+),", told))) == count > 0


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_answered_or_refused_as_not_built(
    url: str, documents: dict[str, dict[str, Any]], name: str
) -> None:
    drawn = Drawn(documents[name], fixture_rows.read(find("tiny")), Random(SEED))  # noqa: S311
    statuses = {}
    with httpx.Client(base_url=url, timeout=60) as client:
        for operation in operations(documents[name]):
            if operation.example is not None and drawn.knows(operation):
                answer = client.request(**drawn.request(operation, is_plain=True))
                statuses[operation.shape] = answer.status_code
    assert {shape: status for shape, status in statuses.items() if status not in (200, 403)} == {}
    assert 200 in statuses.values()
