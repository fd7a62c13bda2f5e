"""Of a request that is wrong in one field, the answer names that field."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.contract.wrong_requests import wrong_requests
from tests.oracles.requests_of_tiny import OPERATIONS

COUNT = 500


def named(operation: str, answer: dict[str, Any]) -> list[str]:
    """The fields that the answer's own structure names, or the text that has to."""
    if operation == "session_metrics":
        return [place.split(".")[1] for place in answer["details"]]
    if operation == "thread_stats":
        return [*answer["remedy"].removeprefix("Correct ").removesuffix(".").split(", ")]
    if isinstance(answer["detail"], str):  # a filter that cannot be read: Invalid FILTER at …
        return [answer["detail"].split()[1]]
    return [fault["loc"][1] for fault in answer["detail"]]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answer_names_the_field_at_fault(
    client: TestClient, world: dict[str, str], operation: str
) -> None:
    for asked, name in wrong_requests(operation, world, COUNT):
        answer = client.request(**asked)
        assert answer.status_code in (400, 422), (asked, answer.text)
        assert set(named(operation, answer.json())) == {name}, (asked, answer.text)
