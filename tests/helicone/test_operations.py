"""Helicone's operations over HTTP, on rows from outside: the answers of the vendor's server.

`data/helicone` holds rows, 55 requests for session metrics and 58 for what stands beside them, with
status and body as Helicone's own code answered them over ClickHouse (see data/README.md). The rows
become a dataset folder, as a user's would.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from locum.datasets import dataset as datasets
from tests.conftest import KEY, application_over
from tests.oracles.bundled import application_of, find, scenarios_of
from tests.oracles.helicone_requests import ORGANISATION, golden

CASES = golden("cases.json")
NEIGHBOURS = [*golden("neighbours.json"), *golden("neighbours-requests.json")]
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


# What stands beside session metrics.

KEYS = {ORGANISATION: "mine", "22222222-2222-2222-2222-222222222222": "theirs"}
Serve = Callable[[str, str], TestClient]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """The application over the rows of that name, with that `now`."""
    clients: dict[tuple[str, str], TestClient] = {}
    with ExitStack() as stack:

        def served(rows: str, now: str) -> TestClient:
            if (rows, now) not in clients:
                folder = tmp_path_factory.mktemp("neighbours")
                (folder / "helicone").mkdir()
                (folder / "manifest.json").write_text(json.dumps({"now": now}))
                tables = {
                    "helicone/requests": golden(f"{rows}.json"),
                    "helicone/session_tags": golden(f"{rows.replace('rows', 'tags')}.json"),
                    "keys": [
                        {"key": key, "provider": "helicone", "tenant_id": tenant, "access": "r"}
                        for tenant, key in KEYS.items()
                    ],
                }
                for table, lines in tables.items():
                    text = "".join(json.dumps(line) + "\n" for line in lines)
                    (folder / f"{table}.jsonl").write_text(text, encoding="utf-8")
                application = application_of(scenarios_of([find(str(folder))]))
                client = TestClient(application, raise_server_exceptions=False)
                clients[rows, now] = stack.enter_context(client)
            return clients[rows, now]

        yield served


def answered(client: TestClient, case: dict[str, Any]) -> tuple[int, Any]:
    key = KEYS[case["org"]]
    headers = case.get("headers", {"Authorization": "Bearer {KEY}"})
    answer = client.request(
        case.get("method", "POST"),
        case["path"],
        headers={name: value.replace("{KEY}", key) for name, value in headers.items()},
        **({} if case["body"] is None else {"json": case["body"]}),
    )
    return answer.status_code, answer.json()


def comparable(case: dict[str, Any], data: Any, of: Any) -> Any:
    """The answer's data, as far as the case says: which lists are sets, which sequence is fixed,
    and that no other members are compared than those `of` the expected answer."""
    if not isinstance(data, list):
        return data
    order = case.get("order")
    rows = [
        {
            name: sorted(value) if name in case.get("sets", ()) else value
            for name, value in row.items()
            if not case.get("only") or name in of[0]
        }
        for row in data
    ]
    if isinstance(order, list):  # the fields whose sequence is fixed
        return [[row[name] for name in order] for row in rows], sorted(rows, key=str)
    if order == "created_at":
        return [row["created_at"] for row in rows], sorted(rows, key=sortable)
    return sorted(rows, key=sortable)


def sortable(row: dict[str, Any]) -> str:
    names = "session_id", "session_name", "name", "property"
    return json.dumps([row.get(name) for name in names])


@pytest.mark.parametrize("case", NEIGHBOURS, ids=[case["id"] for case in NEIGHBOURS])
def test_golden_case_of_a_neighbour(serve: Serve, case: dict[str, Any]) -> None:
    status, body = answered(serve(case["rows"], case["now"]), case)
    expected = case["answer"]
    assert status == case["status"], body
    match case.get("compare"):
        case "fields":
            assert body["details"].keys() == expected["details"].keys()
        case "thrown":
            assert body["message"] == expected["message"]
        case "error":
            assert body.keys() == {"data", "error"}
            assert body["data"] is None
        case _ if "data" in expected:
            found = comparable(case, body["data"], expected["data"])
            assert equal(found, comparable(case, expected["data"], expected["data"])), body
            assert body["error"] == expected["error"]
        case _:
            assert body == expected


def test_there_are_58_cases_of_each_neighbour() -> None:
    paths = {case["path"].split("/")[-1] for case in NEIGHBOURS}
    assert len(NEIGHBOURS) == 58
    assert paths == {"query", "count", "tag", "query-clickhouse"}


EVERYTHING: dict[str, Any] = {
    "/v1/session/query": {
        "search": "",
        "timeFilter": {"startTimeUnixMs": 0, "endTimeUnixMs": 4e12},
        "timezoneDifference": 0,
        "filter": "all",
        "limit": 1000,
    },
    "/v1/session/name/query": {"nameContains": "", "timezoneDifference": 0},
    "/v1/property/query": {},
    "/v1/request/query-clickhouse": {"filter": "all", "limit": 30},
}


@pytest.mark.parametrize("name", datasets.names())
def test_answers_about_every_dataset_fit_the_document(name: str) -> None:
    """A server checks each answer, and answers 500 where it does not fit."""
    headers = {"Authorization": KEY}
    everything = {"/v1/session/count": EVERYTHING["/v1/session/query"], **EVERYTHING}
    with TestClient(application_over(name)) as client:
        for path, body in everything.items():
            answer = client.post(path, json=body, headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (200, None), path
        for row in answer.json()["data"]:
            session = row["properties"].get("Helicone-Session-Id", "none")
            tag = client.get(f"/v1/session/{quote(session, safe='')}/tag", headers=headers)
            assert (tag.status_code, tag.json()["error"]) == (200, None)


def test_what_is_sent_is_read_as_the_vendors_server_reads_it(client: TestClient) -> None:
    """Numbers and booleans from their texts; and where each fault is."""
    headers = {"Authorization": KEY}
    base = EVERYTHING["/v1/session/query"]
    texts = base | {"limit": "2", "offset": ["1"], "timezoneDifference": "0"}
    texts["timeFilter"] = {"startTimeUnixMs": "0", "endTimeUnixMs": "4e12"}
    answers = [
        client.post("/v1/session/query", json=body, headers=headers).json()
        for body in (texts, base | {"limit": 2, "offset": 1})
    ]
    assert answers[0] == answers[1]
    scored: dict[str, Any] = {"filter": {}, "limit": "1", "isScored": "TRUE", "isCached": None}
    answer = client.post("/v1/request/query-clickhouse", json=scored, headers=headers)
    assert len(answer.json()["data"]) == 1

    for path, body, places in (
        ("/v1/session/query", {}, ["filter", "search", "timeFilter", "timezoneDifference"]),
        ("/v1/session/count", base | {"limit": "many"}, ["limit"]),
        ("/v1/session/query", base | {"more": 1}, ["more"]),
        (
            "/v1/session/query",
            base | {"timeFilter": {"a": 1}},
            ["timeFilter", "timeFilter.endTimeUnixMs", "timeFilter.startTimeUnixMs"],
        ),
        ("/v1/session/query", base | {"search": 5, "nameEquals": None}, ["nameEquals", "search"]),
        ("/v1/session/name/query", {"nameContains": ""}, ["timezoneDifference"]),
        (
            "/v1/session/name/query",
            {"nameContains": "", "timezoneDifference": 0, "pSize": "p1"},
            ["pSize"],
        ),
        ("/v1/request/query-clickhouse", {}, ["filter"]),
        ("/v1/request/query-clickhouse", {"filter": {}, "sort": {"cost": "up"}}, ["sort.cost"]),
        (
            "/v1/request/query-clickhouse",
            {"filter": {}, "sort": {"random": False}},
            ["sort.random"],
        ),
        ("/v1/request/query-clickhouse", {"filter": {}, "sort": {"price": "asc"}}, ["sort.price"]),
        ("/v1/request/query-clickhouse", {"filter": {"job": {}}}, ["filter"]),
    ):
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code == 422
        details = answer.json()["details"]
        assert sorted(details) == [f"requestBody.{place}" for place in places], body
    for body in ({"a": 1}, [], None, "x"):
        answer = client.post("/v1/property/query", json=body, headers=headers)
        assert (answer.status_code, list(answer.json()["details"])) == (422, ["requestBody"])
