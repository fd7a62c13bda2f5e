"""The vendor's own rows of what real clients sent."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from locum.helicone.ingestion import answers
from locum.helicone.ingestion.rows import Setting
from locum.helicone.tables import TABLES
from tests.oracles.helicone_requests import golden

GOLDEN = golden("ingestion.json")
CASES = GOLDEN["cases"]
PROVIDERS = {
    "/custom/v1/log": "CUSTOM",
    "/oai/v1/log": "OPENAI",
    "/anthropic/v1/log": "ANTHROPIC",
    "/googleapis/v1/log": "GOOGLE",
}
SETTING = Setting(GOLDEN["organization"], 0)
BODIES = ("request_body", "response_body")
TIMES = ("request_created_at", "response_created_at")


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """Bodies as JSON, times as instants."""
    read = {name: json.loads(row[name]) for name in BODIES if name in row}
    return row | read | {name: datetime.fromisoformat(row[name]) for name in TIMES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_row_and_answer_are_the_vendors(case: dict[str, Any]) -> None:
    request = case["request"]
    headers = {name.lower(): value for name, value in request["headers"].items()}
    outcome = answers.worker(
        json.dumps(request["body"]).encode(), headers, PROVIDERS[request["path"]], SETTING
    )
    (row,) = outcome.rows
    expected = comparable(case["row"])
    found = {
        name: value for name, value in comparable(row).items() if name not in case.get("any", ())
    }
    assert found == expected
    assert outcome.answer.status == case["answer"]["status"]
    assert outcome.answer.body == case["answer"]["body"]
    assert outcome.answer.headers == {"helicone-id": row["request_id"]}


def test_a_row_has_every_column_of_the_table_and_no_other() -> None:
    request = CASES[0]["request"]
    (row,) = answers.worker(json.dumps(request["body"]).encode(), {}, "CUSTOM", SETTING).rows
    assert list(row) == list(TABLES["helicone/requests"].columns)
