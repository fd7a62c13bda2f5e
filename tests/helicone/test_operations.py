"""Helicone's session metrics over HTTP, on rows from outside: the answers of the vendor's server.

`data/helicone` holds rows and 55 requests with status and body as Helicone's own code answered
them over ClickHouse (see data/README.md). The rows become a dataset folder, as a user's would.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.helicone_requests import ORGANISATION, golden

CASES = golden("cases.json")
OTHERS = "33333333-3333-3333-3333-333333333333"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over requests.jsonl, session_tags.jsonl and keys.jsonl, no manifest. Another
    organisation has the same rows, under ids and sessions of its own, twice as dear."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "helicone").mkdir()
    rows = golden("rows.json")
    foreign = [
        row
        | {"request_id": "9" + row["request_id"][1:], "organization_id": OTHERS}
        | {"cost": 2 * row["cost"]}
        for row in rows
        if row["organization_id"] == ORGANISATION
    ]
    keys = [
        {"key": key, "provider": "helicone", "tenant_id": tenant, "access": "rw"}
        for key, tenant in (("mine", ORGANISATION), ("theirs", OTHERS))
    ]
    tables = {
        "helicone/requests": rows + foreign,
        "helicone/session_tags": golden("tags.json"),
        "keys": keys,
    }
    for table, lines in tables.items():
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{table}.jsonl").write_text(text, encoding="utf-8")
    application = application_of(scenarios_of([find(str(folder))]))
    with TestClient(application, raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient, body: Any, key: str = "mine") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    answer = client.post("/v1/session/metrics/query", json=body, headers=headers)
    return answer.status_code, answer.json()


def equal(found: Any, expected: Any) -> bool:
    """The same JSON, numbers to a relative 1e-12."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(equal(found[k], expected[k]) for k in found)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(equal, found, expected))
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        return math.isclose(found, expected, rel_tol=1e-12)
    return bool(found == expected)


@pytest.mark.parametrize("number", range(len(CASES)))
def test_golden_case(outside: TestClient, number: int) -> None:
    case = CASES[number]
    status, body = ask(outside, case["request"])
    assert status == case["status"], body
    if status == 422:
        assert body["message"] == case["response"]["message"]
        assert body["details"].keys() == case["response"]["details"].keys()
    else:
        assert equal(body, case["response"]), body


def test_there_are_55_golden_cases() -> None:
    statuses = [case["status"] for case in CASES]
    assert (len(statuses), set(statuses)) == (55, {200, 422, 500})


def test_organisations_never_see_each_others_rows(outside: TestClient) -> None:
    """The other organisation's requests cost twice as much each, and nothing else differs: were
    rows mixed, neither average would be what it is alone."""
    everything = {"nameContains": "", "timezoneDifference": 0}
    _, mine = ask(outside, everything)
    _, theirs = ask(outside, everything, "theirs")
    cost = mine["data"]["average"]["session_cost"][0]["average"]
    assert cost == pytest.approx(0.014578646294117648, rel=1e-12)  # golden case 1
    assert theirs["data"]["average"]["session_cost"][0]["average"] == pytest.approx(2 * cost)
    named = {"request_response_rmt": {"organization_id": {"equals": OTHERS}}}
    _, none = ask(outside, everything | {"filter": named})
    assert none["data"]["session_count"] == []


def test_deep_trees_answer_and_deeper_ones_are_refused(outside: TestClient) -> None:
    """A tree of 200 branches, each true, selects what "all" selects; 300 are too many."""

    def tree(depth: int) -> Any:
        node: Any = "all"
        for _ in range(depth):
            node = {"left": node, "operator": "and", "right": "all"}
        return node

    everything = {"nameContains": "", "timezoneDifference": 0}
    assert ask(outside, everything | {"filter": tree(200)}) == ask(outside, everything)
    status, body = ask(outside, everything | {"filter": tree(300)})
    assert status == 422
    assert body["details"].keys() == {"requestBody.filter"}
