"""`locum serve` of a document that is nobody's: its provider, its handlers, its data."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from locum.cli.main import main
from locum.cli.serving import Built, Wanted, build, sources_of
from locum.exceptions import DatasetError, DocumentError
from locum.http.control import OwnControl
from locum.http.sandboxes import Sandboxes
from locum.provider_code import imported_anew
from locum.resources import bundled
from locum.server.run import greeting, json_greeting

KEY = {"X-Shop-Key": "k"}
SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: '1'}
security: [{key: []}]
paths:
  /v1/revenue:
    get:
      operationId: getRevenue
      responses:
        '200': {description: ok, content: {application/json: {schema: {type: object}}}}
  /v1/customers/{id}:
    get:
      operationId: getCustomer
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: integer}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Shop-Key}}
"""
ORDERS = '{"country": "DE", "cents": 5}\n{"country": "FR", "cents": 2}\n'
HANDLER = """\
def get_revenue(data, tenant):
    rows = data.rows("SELECT country, sum(cents) FROM orders GROUP BY 1")
    return {"tenant": tenant, **dict(rows)}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a document, a handler and a table. What is imported is forgotten at the end."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "handlers").mkdir()
    (tmp_path / "shop.yaml").write_text(SHOP)
    (tmp_path / "data" / "orders.jsonl").write_text(ORDERS)
    (tmp_path / "handlers" / "revenue.py").write_text(HANDLER)
    with imported_anew():
        yield tmp_path


def wanted(*spec: str, **options: Any) -> Wanted:
    given = {
        "host": "127.0.0.1",
        "port": 0,
        "auth": "auto",
        "clock": "fixed",
        "faults": dict.fromkeys(("rate_limit", "delay", "errors", "fault")),
        "time_limit": 10.0,
        **dict.fromkeys(("strict", "static", "stateless", "read_only", "watch"), False),
        "cors": True,
        "workers": 1,
        "shutdown_seconds": 8.0,
        "admin_token": "token",
        "sandbox_idle": 30.0,
        "max_sandboxes": 10,
        "port_file": None,
        "form": "text",
        **dict.fromkeys(("verbose", "unchecked"), False),
    }
    return Wanted(spec=spec, **{**given, **options})


def built(*spec: str, **options: Any) -> Built:
    return build(wanted(*spec, **options), OwnControl(Sandboxes()))


@contextmanager
def client(one: Built) -> Iterator[TestClient]:
    with TestClient(one.application, raise_server_exceptions=False) as found:
        yield found


def test_a_foreign_document_is_served_without_a_vendors_data(shop: Path) -> None:
    """In one empty scenario, and no other can be asked for."""
    one = built("shop.yaml")
    assert [provider.name for provider in one.scenarios.providers] == ["shop"]
    assert one.scenarios.names == ("default",)
    data = one.scenarios.load("default").data
    tables = data.rows("SELECT table_name FROM information_schema.tables")
    assert tables == [("keys",)]
    with client(one) as asking:
        assert asking.get("/v1/customers/7", headers=KEY).json()["id"] == 7
        assert asking.get("/v1/customers/7").status_code == 401
        unknown = asking.get("/v1/customers/7", headers={**KEY, "Prefer": "scenario=tiny"})
        assert unknown.status_code >= 400
        page = asking.get("/__locum/datasets").json()
        assert page == {
            "first": "default",
            "datasets": [{"name": "default", "description": "", "loaded": True}],
        }
        assert asking.get("/__locum/ready").status_code == 200
        assert asking.get("/").json()["scenarios"]["names"] == ["default"]


def test_a_vendors_dataset_may_stand_beside_a_foreign_document(shop: Path) -> None:
    one = built("shop.yaml", data=("tiny",))
    assert one.scenarios.first == "tiny"
    assert "empty" in one.scenarios.names
    with client(one) as asking:
        assert asking.get("/v1/customers/7", headers=KEY).status_code == 200


def test_a_foreign_document_may_stand_beside_a_vendors(shop: Path) -> None:
    one = built("shop.yaml", str(Path(__file__).parents[2] / "specs" / "helicone.yaml"))
    names = [provider.name for provider in one.scenarios.providers]
    assert names == ["langsmith", "helicone", "shop"]
    assert one.scenarios.first == "default"


def test_handlers_compute_of_the_folders_tables(shop: Path) -> None:
    """5 cents and 2 cents; the other operation is generated, and its tenant is the key's digest."""
    one = built("shop.yaml", handlers=("handlers",), data=("data",))
    with client(one) as asking:
        answer = asking.get("/v1/revenue", headers=KEY).json()
        assert answer.pop("tenant")
        assert answer == {"DE": 5, "FR": 2}
        assert asking.get("/v1/customers/7", headers=KEY).json()["id"] == 7
    (doubt,) = one.scenarios.loaded[0].doubts
    assert "orders: {columns: {country: text, cents: integer}}" in str(doubt)


def test_keys_make_credentials_exact(shop: Path) -> None:
    """A key that names no provider is every provider's."""
    (shop / "data" / "keys.jsonl").write_text('{"key": "good", "tenant_id": "ann"}\n')
    one = built("shop.yaml", handlers=("handlers",), data=("data",))
    with client(one) as asking:
        assert asking.get("/v1/revenue", headers=KEY).status_code == 401
        good = asking.get("/v1/revenue", headers={"X-Shop-Key": "good"}).json()
        assert good == {"tenant": "ann", "DE": 5, "FR": 2}


def test_each_folder_has_its_own_tables(shop: Path) -> None:
    """A table that another one has is empty in it."""
    (shop / "other").mkdir()
    (shop / "other" / "visits.csv").write_text("page,count\n/,3\n")
    one = built("shop.yaml", data=("data", "other"))
    data = one.scenarios.load("other").data
    assert data.rows("SELECT page, count FROM visits") == [("/", 3)]
    assert data.rows("SELECT count(*) FROM orders") == [(0,)]
    assert one.scenarios.load("data").data.rows("SELECT count(*) FROM orders") == [(2,)]


def test_a_declared_folder_is_as_its_tables_yaml_says(shop: Path) -> None:
    declared = "orders:\n  columns: {country: text, cents: number}\n  known: {country: [DE]}\n"
    (shop / "data" / "tables.yaml").write_text(declared)
    one = built("shop.yaml", data=("data",))
    scenario = one.scenarios.load("data")
    assert scenario.data.rows("SELECT cents FROM orders ORDER BY row") == [(5.0,), (2.0,)]
    (doubt,) = scenario.doubts
    assert str(doubt).startswith("data/orders.jsonl:2: country is 'FR', expected ")
    (shop / "data" / "visits.csv").write_text("page\n/\n")
    with pytest.raises(DatasetError, match="is the table visits, which no provider declares"):
        built("shop.yaml", data=("data",))


def test_files_of_a_provider_that_is_not_served_are_doubted(shop: Path) -> None:
    (shop / "data" / "langsmith").mkdir()
    (shop / "data" / "langsmith" / "runs.jsonl").touch()
    one = built("shop.yaml", data=("data",))
    told = [str(doubt) for doubt in one.scenarios.loaded[0].doubts]
    assert (
        "data/langsmith/runs.jsonl is a table of langsmith, which is not served: it is not read"
        in told
    )


def test_the_clock_may_be_live_where_there_are_no_times(shop: Path) -> None:
    built("shop.yaml", clock="live")
    built("shop.yaml", clock="live", data=("data",))


def test_a_live_clock_shifts_the_folders_own_times(shop: Path) -> None:
    """Its latest one is on the current day."""
    (shop / "data" / "orders.jsonl").write_text('{"at": "2020-01-01T00:00:00Z"}\n')
    scenario = built("shop.yaml", clock="live", data=("data",)).scenarios.load("data")
    ((is_today,),) = scenario.data.rows(
        "SELECT make_timestamp(at_us)::DATE = current_date FROM orders"
    )
    assert is_today
    assert scenario.days > 0


def test_a_folder_of_prices_alone_is_watched(tmp_path: Path) -> None:
    """As one of tables is."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "prices.json").write_text("[]")
    folder = str(tmp_path / "own")
    for name, expected in ((folder, Path(folder)), ("tiny", bundled("fixtures") / "tiny")):
        chosen = wanted(data=(name,))
        one = build(chosen, OwnControl(Sandboxes()))
        assert sources_of(chosen, one.scenarios, one.served).folders == {expected}


def test_a_strict_start_refuses_what_is_without_effect(shop: Path) -> None:
    webhooks = SHOP + "webhooks: {a: {post: {responses: {'200': {description: ok}}}}}\n"
    (shop / "shop.yaml").write_text(webhooks)
    (doubt,) = built("shop.yaml").doubts
    assert "#/webhooks" in str(doubt)
    with pytest.raises(DocumentError, match="webhooks"):
        built("shop.yaml", strict=True)


def test_the_greeting_tells_of_the_document(shop: Path) -> None:
    one = built("shop.yaml")
    assert greeting("http://here:1", one.scenarios, "t", one.served) == textwrap.dedent("""\
        Locum listens on http://here:1
        document: shop (2 operations: 2 generated)
        credential: any value as X-Shop-Key (header)
        admin token: t
        try:
          curl -s http://here:1/v1/revenue \\
            -H 'X-Shop-Key: any-key'""")
    told = json.loads(json_greeting("http://here:1", one.scenarios, "t", one.served))
    assert (told["documents"], told["keys"], told["scenarios"]) == (["shop"], [], ["default"])


def test_the_greeting_tells_of_handlers_tables_and_a_key(shop: Path) -> None:
    (shop / "data" / "keys.jsonl").write_text('{"key": "good", "tenant_id": "ann"}\n')
    one = built("shop.yaml", handlers=("handlers",), data=("data",))
    assert greeting("http://here:1", one.scenarios, "", one.served).splitlines()[1:] == [
        "document: shop (2 operations: 1 computed, 1 generated)",
        "dataset: data (2 rows of orders)",
        "key: good",
        "try:",
        "  curl -s http://here:1/v1/revenue \\",
        "    -H 'X-Shop-Key: good'",
    ]


def test_warnings_are_at_most_ten_and_a_count(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twelve functions that compute nothing; then the port is what ends the command."""
    source = "".join(f"def x{number}(data, tenant): pass\n" for number in range(12))
    (shop / "handlers" / "revenue.py").write_text(source)
    arguments = ["shop.yaml", "--handlers", "handlers", "--port-file", "nowhere/port"]
    assert main(["serve", *arguments, "--host", "203.0.113.1"]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning:")]
    assert len(lines) == 11
    assert lines[0] == "warning: handlers/revenue.py:1: the function x0 computes no operation"
    assert lines[-1] == "warning: and 2 more"
