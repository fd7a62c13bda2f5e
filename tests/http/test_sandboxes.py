"""What is written over HTTP: into the sandbox of the request, by whom, and what is seen of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.engine.data import Data
from locum.engine.layer import Transaction
from locum.engine.tables import Table
from locum.exceptions import NotFound
from locum.generate.asked import Manner
from locum.http.connexion_app import Application
from locum.http.control import OwnControl
from locum.http.sandboxes import Sandboxes
from locum.provider import INTEGER, TEXT, Answer, Constraints
from tests.oracles import small_api
from tests.oracles.small_api import ANY_JSON, key_row, operation, served, written

SALES = "small/sales"
TABLE = Table(
    {"id": TEXT, "owner": TEXT, "cents": INTEGER},
    constraints=Constraints(unique=(("id",),), tenant="owner"),
)
KEYED: Any = {"security": [{"key": []}]}
SCHEMES: Any = {"key": {"type": "apiKey", "in": "header", "name": "Key"}}


def sales(data: Data, tenant: str | None) -> Any:
    return data.rows(
        "SELECT id, cents FROM small_sales WHERE owner = $owner ORDER BY row", owner=tenant
    )


def untold(data: Data, tenant: str | None) -> Any:
    """Not budgeted: it runs in a thread."""
    return sales(data, tenant)


def sell(transaction: Transaction, tenant: str | None, body: Any) -> Any:
    for sale in body:
        if sale["cents"] < 0:
            raise NotFound("sale", sale["id"])
        transaction.put(SALES, [{"id": sale["id"], "owner": tenant, "cents": sale["cents"]}])
    return Answer(202, {"rows": len(body)})


def refund(transaction: Transaction, _: str | None, sale: str) -> Any:
    if not transaction.rows(SALES, [sale]):
        raise NotFound("sale", sale)
    transaction.delete(SALES, [sale])
    return {}


def note(_: Transaction, _tenant: str | None, body: Any) -> Any:
    return Answer(202, {"noted": repr(body)})


SALE_ID: Any = {"name": "sale", "in": "path", "required": True, "schema": {"type": "string"}}
SALE: Any = {
    "type": "object",
    "required": ["id", "cents"],
    "properties": {"id": {"type": "string"}, "cents": {"type": "integer"}},
}
ANSWERS: Any = {"200": ANY_JSON, "404": ANY_JSON}
SMALL = served(
    {
        "/sales": {
            "get": operation(responses=ANSWERS, **KEYED),
            "post": operation(
                body={"type": "array", "items": SALE},
                responses={"202": ANY_JSON, "500": ANY_JSON},
                **KEYED,
            ),
        },
        "/untold": {"get": operation(responses=ANSWERS, **KEYED)},
        "/sales/{sale}": {"delete": operation(SALE_ID, responses=ANSWERS, **KEYED)},
        "/notes": {"post": operation(body={}, responses={"202": ANY_JSON}, **KEYED)},
    },
    {"GET /sales": sales, "GET /untold": untold},
    SCHEMES,
    writers={"POST /sales": sell, "DELETE /sales/{sale}": refund, "POST /notes": note},
    budgeted=["GET /sales"],
    tables={SALES: TABLE},
)
ROWS: Any = {
    "keys": [key_row("k", "me"), key_row("o", "other"), key_row("r", "me", access="r")],
    SALES: [{"id": "a", "owner": "me", "cents": 1}, {"id": "b", "owner": "other", "cents": 2}],
}
OF_ME: Any = {"Key": "k"}


def application(folder: Path, control: OwnControl | None = None, **options: Any) -> Application:
    datasets = [written(folder / name, SMALL, rows=ROWS) for name in ("first", "second")]
    scenarios = small_api.scenarios_of(datasets, SMALL)
    scenarios.load_chosen()
    return small_api.application_of(scenarios, SMALL, control=control, **options)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with client_of(tmp_path) as client:
        yield client


def client_of(folder: Path, **options: Any) -> TestClient:
    made = application(folder, **options)
    return TestClient(made, raise_server_exceptions=False, headers=OF_ME)


def sale(id_: str, cents: int = 5) -> list[dict[str, Any]]:
    return [{"id": id_, "cents": cents}]


def ids(client: TestClient, sandbox: str = "", path: str = "/sales", key: str = "k") -> str:
    headers = {"Key": key} | ({"Prefer": f"sandbox={sandbox}"} if sandbox else {})
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return "".join(id_ for id_, _ in answer.json())


def post(client: TestClient, rows: Any, sandbox: str = "", **headers: str) -> Any:
    headers |= {"Prefer": f"sandbox={sandbox}"} if sandbox else {}
    return client.post("/sales", json=rows, headers=headers)


@pytest.mark.parametrize("path", ["/sales", "/untold"])
def test_an_answer_after_a_write_has_it(client: TestClient, path: str) -> None:
    """Also where the one before was answered from memory."""
    assert [ids(client, path=path) for _ in range(4)] == ["a"] * 4
    for number, id_ in enumerate("cdef"):
        answer = post(client, sale(id_))
        assert (answer.status_code, answer.json()) == (202, {"rows": 1})
        assert "etag" not in answer.headers
        expected = "a" + "cdef"[: number + 1]
        assert [ids(client, path=path) for _ in range(4)] == [expected] * 4
    assert ids(client, path=path, key="o") == "b"


def test_a_writer_is_given_numbers_that_rows_can_hold(client: TestClient) -> None:
    sent = f'{{"a": 18446744073709551615, "b": [1e30, {10**30}, {2**70 + 1}], "c": 10.0}}'
    answer = client.post("/notes", content=sent, headers={"Content-Type": "application/json"})
    expected = {"a": 2**64 - 1, "b": [1e30, 1e30, float(2**70)], "c": 10}
    assert answer.json() == {"noted": repr(expected)}


def test_a_write_is_seen_in_its_sandbox_and_its_scenario_alone(client: TestClient) -> None:
    post(client, sale("c"), "mine")
    post(client, sale("d"), "yours")
    post(client, sale("e"))
    assert (ids(client, "mine"), ids(client, "yours"), ids(client)) == ("ac", "ad", "ae")
    second = {"Prefer": "sandbox=mine, scenario=second"}
    assert client.get("/sales", headers=second).json() == [["a", 1]]
    client.post("/sales", json=sale("f"), headers=second)
    assert client.get("/sales", headers=second).json() == [["a", 1], ["f", 5]]
    assert ids(client, "mine") == "ac"


def test_reset_gives_back_the_same_bytes(client: TestClient) -> None:
    asked = {"headers": {"Prefer": "sandbox=mine"}}
    before = client.get("/sales", **asked)
    for _ in range(3):
        post(client, sale("c"), "mine")
        post(client, sale("d"), "yours")
        assert ids(client, "mine") == "ac"
        assert client.post("/__locum/sandboxes/mine/reset").status_code == 204
        after = client.get("/sales", **asked)
        assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
        assert ids(client, "yours") == "ad"
    client.delete("/__locum/sandboxes/yours")
    assert ids(client, "yours") == "a"
    post(client, sale("c"))
    client.post("/__locum/reset")
    assert ids(client) == "a"


def test_a_sandbox_that_ends_by_itself_forgets_what_was_written(tmp_path: Path) -> None:
    now = [0.0]
    control = OwnControl(Sandboxes(idle_seconds=60, clock=lambda: now[0]))
    client = client_of(tmp_path, control=control)
    post(client, sale("c"), "mine")
    assert ids(client, "mine") == "ac"
    now[0] = 61
    assert ids(client, "mine") == "a"


def test_a_writer_that_raises_has_written_nothing(client: TestClient) -> None:
    answer = post(client, [*sale("c"), *sale("d", -1)])
    assert (answer.status_code, answer.json()["detail"]) == (404, "Sale not found: d")
    assert ids(client) == "a"


def test_rows_are_deleted(client: TestClient) -> None:
    post(client, sale("c"))
    assert client.delete("/sales/a").status_code == 200
    assert ids(client) == "c"
    assert client.delete("/sales/a").status_code == 404


def test_an_invalid_request_writes_nothing(client: TestClient) -> None:
    assert post(client, [{"id": "c"}]).status_code == 422
    assert ids(client) == "a"


def test_a_key_that_may_only_read_is_refused(client: TestClient) -> None:
    answer = post(client, sale("c"), Key="r")
    assert (answer.status_code, answer.json()["detail"]) == (403, "The key may only read")
    assert client.get("/sales", headers={"Key": "r"}).json() == [["a", 1]]


def test_a_read_only_server_refuses_at_once(tmp_path: Path) -> None:
    client = client_of(tmp_path, manner=Manner(is_read_only=True))
    for answer in (post(client, [{"not": "valid"}]), client.delete("/sales/nobody")):
        method = answer.request.method
        told = f"The server is read-only: {method} is refused"
        assert (answer.status_code, answer.json()["detail"]) == (403, told)
    assert ids(client) == "a"


def test_what_is_written_is_bounded(tmp_path: Path) -> None:
    client = client_of(tmp_path, control=OwnControl(Sandboxes(most_rows=2)))
    assert post(client, [*sale("c"), *sale("d")]).status_code == 202
    answer = post(client, sale("e"))
    assert (answer.status_code, "2 rows" in answer.json()["detail"]) == (413, True)
    assert post(client, sale("e"), "mine").status_code == 202
    assert ids(client) == "acd"


def test_what_is_preferred_instead_writes_nothing(client: TestClient) -> None:
    answer = client.post("/sales", json=sale("c"), headers={"Prefer": "code=500"})
    assert answer.status_code == 500
    assert ids(client) == "a"


def test_many_sandboxes_at_once_know_nothing_of_each_other(client: TestClient) -> None:
    def write(number: int) -> None:
        name = f"s{number}"
        for n in range(3):
            post(client, sale(f"{number}.{n};"), name)
            ids(client, name)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(50)))
    for number in range(50):
        assert ids(client, f"s{number}") == f"a{number}.0;{number}.1;{number}.2;"
    assert ids(client) == "a"


def test_each_write_that_was_answered_is_there_at_once(client: TestClient) -> None:
    """Many write into one sandbox, and each looks for its own."""

    def write(number: int) -> None:
        for n in range(10):
            mine = f"{number}.{n};"
            assert post(client, sale(mine), "mine").status_code == 202
            assert mine in ids(client, "mine", path=("/sales", "/untold")[n % 2])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert ids(client, "mine").count(";") == 60
