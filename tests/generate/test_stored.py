"""Operations on resources, over HTTP: what is created reads back, for its tenant, dataset and
sandbox alone."""

from __future__ import annotations

import gc
import sys
import textwrap
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from locum.generate.asked import Manner
from locum.http.control import OwnControl
from locum.http.sandboxes import Sandboxes
from tests.generate.collections_documents import SHOP, loaded
from tests.oracles.serving import process
from tests.oracles.small_api import client_of, key_row, of_provider

ANN, BEN = {"Authorization": "Bearer ann"}, {"Authorization": "Bearer ben"}
SENT = {"id": 500, "name": "Grace", "tags": ["a"], "balance": 7, "own": {"x": [1, None]}}


def client(folder: Path, **options: Any) -> TestClient:
    return client_of(folder, of_provider(SHOP), **options)


def created(shop: TestClient, **headers: str) -> Any:
    answer = shop.post("/customers", json={"customer": SENT}, headers=headers)
    assert answer.status_code == 201
    return answer.json()["customer"]


def ids(shop: TestClient, **headers: str) -> list[int]:
    answer = shop.get("/customers", params={"per_page": 50}, headers=headers)
    return [each["id"] for each in answer.json()["customers"]]


def test_what_is_created_reads_back_changes_and_goes(tmp_path: Path) -> None:
    shop = client(tmp_path)
    customer = created(shop)
    url = f"/customers/{customer['id']}"
    assert customer.items() >= SENT.items()
    assert shop.get(url).json() == {"customer": customer}
    assert customer["id"] in ids(shop)
    merged = shop.patch(url, json={"name": "Joan"}).json()["customer"]
    assert merged["name"] == "Joan"
    assert merged["own"] == SENT["own"]
    patch = [{"op": "replace", "path": "/name", "value": "Ida"}]
    headers = {"Content-Type": "application/json-patch+json"}
    assert shop.patch(url, json=patch, headers=headers).json()["customer"]["name"] == "Ida"
    replaced = shop.put(url, json={"customer": {"id": 500, "name": "Ada"}}).json()["customer"]
    assert (replaced["name"], "own" in replaced) == ("Ada", False)
    assert shop.delete(url).status_code == 204
    assert [shop.get(url).status_code, shop.delete(url).status_code] == [404, 404]
    assert customer["id"] not in ids(shop)


def test_a_patch_whose_test_fails_is_409_and_one_that_cannot_be_422(tmp_path: Path) -> None:
    shop = client(tmp_path)
    headers = {"Content-Type": "application/json-patch+json"}
    failing = [{"op": "test", "path": "/name", "value": "nobody"}]
    wrong = [{"op": "remove", "path": "/nowhere"}]
    found = [shop.patch("/customers/77", json=each, headers=headers) for each in (failing, wrong)]
    assert [each.status_code for each in found] == [409, 422]
    assert "operation 0" in found[1].json()["detail"]


def test_sandboxes_are_apart_and_a_reset_gives_the_first_bytes_again(tmp_path: Path) -> None:
    shop = client(tmp_path)
    first = shop.get("/customers").content
    created(shop, Prefer="sandbox=one")
    assert len(ids(shop, Prefer="sandbox=one")) == len(ids(shop)) + 1
    created(shop)
    assert shop.get("/customers").content != first
    shop.post("/__locum/reset")
    assert shop.get("/customers").content == first
    shop.post("/__locum/sandboxes/one/reset")
    assert shop.get("/customers", headers={"Prefer": "sandbox=one"}).content == first


def test_what_a_reset_forgets_takes_no_room(tmp_path: Path) -> None:
    """Also before the garbage collector comes by."""
    sandboxes = Sandboxes()
    shop = client(tmp_path, control=OwnControl(sandboxes))
    for prefer in ({}, {"Prefer": "sandbox=one"}, {"Prefer": "sandbox=two"}):
        created(shop, **prefer)
    gc.disable()
    try:
        assert sandboxes._pool.used > 0
        shop.post("/__locum/reset")
        shop.post("/__locum/sandboxes/one/reset")
        shop.delete("/__locum/sandboxes/two")
        assert sandboxes._pool.used == 0
    finally:
        gc.enable()


def test_a_body_that_is_too_deep_to_be_kept_is_refused(tmp_path: Path) -> None:
    deep = "[" * 240 + "]" * 240
    answer = client(tmp_path).post(
        "/customers",
        content=f'{{"customer": {{"id": 1, "name": "a", "own": {deep}}}}}',
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, "200 levels" in answer.text) == (400, True)


def test_the_path_form_has_the_same_store(tmp_path: Path) -> None:
    shop = client(tmp_path)
    customer = created(shop, Prefer="sandbox=one")
    url = f"/__locum/with/sandbox=one/customers/{customer['id']}"
    assert shop.get(url).json() == {"customer": customer}


def test_nothing_is_kept_without_a_store_and_nothing_written_to_a_read_only_one(
    tmp_path: Path,
) -> None:
    stateless = client(tmp_path / "a", manner=Manner(is_stateless=True))
    before = stateless.get("/customers").content
    assert stateless.post("/customers", json={"customer": SENT}).status_code == 201
    assert stateless.get("/customers").content == before
    reading = client(tmp_path / "b", manner=Manner(is_read_only=True))
    refused = reading.post("/customers", json={"customer": SENT})
    assert (refused.status_code, "read-only" in refused.json()["detail"]) == (403, True)
    assert reading.get("/customers").status_code == 200


def test_the_ordinary_status_is_no_preference_for_another_answer(tmp_path: Path) -> None:
    shop = client(tmp_path)
    created(shop, Prefer="code=201")
    assert 500 in ids(shop, Prefer="code=200")


def test_placeholders_are_not_stored(tmp_path: Path) -> None:
    shop = client(tmp_path, manner=Manner(is_static=True))
    shop.post("/customers", json={"customer": SENT})
    assert [each["name"] for each in shop.get("/customers").json()["customers"]] == ["string"]


def test_a_key_that_may_only_read_writes_nothing(tmp_path: Path) -> None:
    rows = {"keys": [key_row("ann", "a", "notes", "r"), key_row("ben", "a", "notes", "rw")]}
    notes = client_of(tmp_path, of_provider(loaded(KEYED, "notes")), rows=rows)
    found = [notes.post("/notes", json={"text": "a"}, headers=each) for each in (ANN, BEN)]
    assert [each.status_code for each in found] == [403, 201]
    assert [notes.get("/notes", headers=each).status_code for each in (ANN, BEN)] == [200, 200]


# What is said of an id: a text in the path, an integer in the item.
BOOKS = """
openapi: 3.1.0
info: {{title: Books, version: '1'}}
paths:
  /books:
    get:
      parameters:
      - {{name: page_size, in: query, schema: {{type: integer}}}}
      - {{name: sort, in: query, schema: {{type: string}}}}
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema:
                type: object
                required: [items, total]
                properties:
                  items: {{type: array, items: {{$ref: '#/components/schemas/Book'}}}}
                  total: {{type: integer}}
                  has_more: {{type: boolean}}
                  next: {{type: [string, 'null']}}
    post: &write
      requestBody:
        content: {{application/json: {{schema: {{$ref: '#/components/schemas/New'}}}}}}
      responses:
        '201': &one
          description: ''
          content: {{application/json: {{schema: {{$ref: '#/components/schemas/Book'}}}}}}
  /books/{{id}}:
    parameters: [{{name: id, in: path, required: true, schema: {{type: {type}}}}}]
    get: {{responses: {{'200': *one}}}}
    put:
      requestBody:
        content: {{application/json: {{schema: {{$ref: '#/components/schemas/New'}}}}}}
      responses: {{'201': *one, {again}}}
    patch:
      requestBody:
        content:
          application/json: {{schema: {{type: object}}}}
          application/merge-patch+json: {{schema: {{type: object}}}}
      responses: {{'200': *one}}
    delete: {{responses: {{'204': {{description: ''}}}}}}
components:
  schemas:
    New:
      type: object
      required: [title]
      properties: {{title: {{type: string}}, pages: {{type: integer}}}}
    Book:
      type: object
      required: [id, title, created_at]
      properties:
        id: {{type: integer}}
        title: {{type: string}}
        pages: {{type: integer, minimum: 1}}
        created_at: {{type: string, format: date-time}}
"""


def books(folder: Path, kind: str = "integer", again: str = "'200': *one") -> TestClient:
    document = loaded(BOOKS.format(type=kind, again=again), "books")
    return client_of(folder, of_provider(document))


@pytest.mark.parametrize(("again", "status"), [("'200': *one", 200), ("'204': {}", 204)])
def test_put_that_creates_is_201_and_the_next_one_is_not(
    tmp_path: Path, again: str, status: int
) -> None:
    api = books(tmp_path, again=again)
    first = api.put("/books/900", json={"title": "Faust"})
    assert (first.status_code, first.json()["title"]) == (201, "Faust")
    second = api.put("/books/900", json={"title": "Faust II"})
    assert second.status_code == status
    assert api.get("/books/900").json()["title"] == "Faust II"


def test_a_large_id_is_the_item_s(tmp_path: Path) -> None:
    for kind in ("integer", "string"):
        api = books(tmp_path / kind, kind)
        answer = api.get("/books/99999999999999999999999")
        assert (answer.status_code, answer.json()["id"]) == (200, 10**23 - 1)
        url = f"/books/{2**63 - 1}"
        assert api.put(url, json={"title": "Faust"}).json()["id"] == 2**63 - 1
        assert api.get(url).json()["title"] == "Faust"


def test_an_id_of_another_type_is_read_as_some_item_and_not_written(tmp_path: Path) -> None:
    """By such a document a request with it is valid, and no item can have it."""
    api = books(tmp_path, "string")
    answer = api.get("/books/faust")
    assert (answer.status_code, answer.json()) == (200, api.get("/books/faust").json())
    answer = api.delete("/books/faust")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Book not found: faust")
    assert api.patch("/books/faust", json={}).status_code == 404
    assert api.put("/books/faust", json={"title": "Faust"}).status_code == 404
    assert api.get("/books/12").json()["id"] == 12


def test_a_patch_that_the_item_cannot_have_is_refused_with_its_place(tmp_path: Path) -> None:
    api = books(tmp_path)
    before = api.get("/books/1").json()
    merge = {"Content-Type": "application/merge-patch+json"}
    for headers in (merge, None):
        answer = api.patch("/books/1", json={"pages": 0}, headers=headers)
        assert answer.status_code == 422
        assert "pages" in answer.json()["detail"]
        assert "less than the minimum of 1" in answer.json()["detail"]
    answer = api.patch("/books/1", json={"title": None}, headers=merge)
    assert answer.status_code == 422
    assert '"title" is a required property' in answer.json()["detail"]
    assert api.get("/books/1").json() == before


def test_a_page_of_no_items_and_the_newest_item(tmp_path: Path) -> None:
    api = books(tmp_path)
    made = api.post("/books", json={"title": "Faust"}).json()
    newest = api.get("/books", params={"sort": "-created_at"}).json()["items"][0]
    assert newest == made
    empty = api.get("/books", params={"page_size": 0}).json()
    assert (empty["items"], empty["total"]) == ([], 5)
    assert (empty.get("has_more", False), empty.get("next")) == (False, None)
    assert api.get("/books", params={"page_size": -1}).json() == api.get("/books").json()


KEYED = textwrap.dedent("""
    openapi: 3.1.0
    info: {title: Notes, version: '1'}
    security: [{token: []}]
    paths:
      /notes:
        get: {responses: {'200': {description: '', headers: {X-Total-Count: {schema:
          {type: integer}}}, content: {application/json: {schema:
          {type: array, items: {$ref: '#/components/schemas/Note'}}}}}}}
        post:
          requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
          responses: {'201': {description: '', headers: {Location: {schema: {type: string}}},
            content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}}
      /notes/{id}:
        parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
        get: {responses: {'200': {description: '', content: {application/json: {schema:
          {$ref: '#/components/schemas/Note'}}}}, '404': {description: ''}}}
        delete: {responses: {'204': {description: ''}}}
    components:
      securitySchemes: {token: {type: http, scheme: bearer}}
      schemas:
        Note: {type: object, required: [text], properties: {id: {type: integer, readOnly: true},
          text: {type: string}}}
    """)


@pytest.mark.skipif(sys.platform != "linux", reason="several workers need Linux")
def test_tenants_are_apart_and_workers_are_not(tmp_path: Path) -> None:
    """Whichever process is asked, the first one holds the store."""
    notes = tmp_path / "notes.yaml"
    notes.write_text(KEYED)
    with process(str(notes), "--workers", "2") as server:
        base = "http://{}:{}".format(*server.address)
        made = [httpx.post(f"{base}/notes", json={"text": str(n)}, headers=ANN) for n in range(6)]
        assert [each.status_code for each in made] == [201] * 6
        identities = [each.json()["id"] for each in made]
        assert [each.headers["location"] for each in made] == [f"/notes/{n}" for n in identities]
        for _ in range(6):
            answer = httpx.get(f"{base}/notes", headers=ANN)
            listed = answer.json()
            assert answer.headers["x-total-count"] == str(len(listed))
            assert [each["id"] for each in listed][-6:] == identities
        assert len(httpx.get(f"{base}/notes", headers=BEN).json()) == len(listed) - 6
        assert httpx.get(f"{base}/notes").status_code == 401
        url = f"{base}/notes/{identities[0]}"
        assert httpx.delete(url, headers=ANN).status_code == 204
        assert {httpx.get(url, headers=ANN).status_code for _ in range(6)} == {404}
        httpx.post(f"{base}/__locum/reset")
        again = [len(httpx.get(f"{base}/notes", headers=ANN).json()) for _ in range(4)]
        assert again == [len(listed) - 6] * 4
