"""openapi-typescript, whose types openapi-fetch calls with the documents' own examples."""

from __future__ import annotations

import re
from concurrent.futures import Future
from random import Random
from typing import Any

import httpx
import pytest

from tests.clients.generators.conftest import NAMES, SEED
from tests.clients.generators.generated import Made
from tests.clients.generators.live_answers import Drawn, operations
from tests.oracles import fixture_rows
from tests.oracles.bundled import find

# Files in parts whose names are ids: no JSON shows them.
IN_PARTS = {
    "POST /api/v1/datasets/upload",
    "POST /api/v1/examples/upload/{dataset_id}",
    "POST /runs/multipart",
    "POST /v1/platform/datasets/{dataset_id}/examples",
    "PATCH /v1/platform/datasets/{dataset_id}/examples",
}
TAKEN_OR_REFUSED = (200, 201, 202, 207, 403)
# Examples name runs and examples that `tiny` has not.
OF_OTHERS = {
    "langsmith": {
        "PATCH /api/v1/examples/bulk": 404,
        "POST /api/v1/datasets/clone": 404,
        "PUT /api/v1/datasets/{}/splits": 404,
        "POST /v1/platform/datasets/examples/delete": 404,
        "POST /v2/runs/{}/share": 404,
        "DELETE /v2/runs/{}/share": 404,
    },
    # As the vendor answers for a request that is not there.
    "helicone": {
        "POST /v1/feedback": 500,
        "POST /v1/request/{}/feedback": 500,
        "PUT /v1/request/{}/property": 500,
    },
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
    made: dict[str, Future[Made]], documents: dict[str, dict[str, Any]], name: str
) -> None:
    """The types are no `any`: the same examples with a field that is not there are errors."""
    types = made[f"openapi-typescript {name}"].result()
    assert types.done.status == 0, types.done.output
    lines = [line for line in types.told.splitlines() if "error TS" in line]
    assert [line for line in lines if not re.match(r".*\.wrong\.ts\(", line)] == []
    examples = [o.example for o in operations(documents[name]) if isinstance(o.example, dict)]
    wrong = {line.partition("(")[2].partition(",")[0] for line in lines}
    assert len(wrong) == len(examples) > 0


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
    others = {each: status for each, status in statuses.items() if status not in TAKEN_OR_REFUSED}
    assert others == OF_OTHERS[name]
    assert 200 in statuses.values()
