from __future__ import annotations

from typing import Any

import pytest

from locum.generate import resources
from locum.generate.items import Items
from locum.generate.lists import List, Lists, without_effect
from locum.generate.paging import Page
from locum.generate.pool import Pool
from locum.generate.store import Store
from locum.generate.values import Values
from tests.generate.collections_documents import NOTES, SHOP, loaded, shared

CUSTOMERS: list[dict[str, Any]] = [
    {"id": 1, "name": "Ada", "status": "new", "balance": 5},
    {"id": 2, "name": "bob", "status": "bad", "balance": 20},
    {"id": 3, "name": "Cleo", "status": "good", "balance": 12, "note": "late"},
    {"id": 4, "name": "Dan", "status": "bad"},
    {"id": 5, "name": "Eve", "status": "new", "balance": 7},
]
LISTS = Lists(SHOP, resources.found(SHOP))
FRAME = {"customers": [], "total": 99, "next": None, "meta": {"version": 3}}


def shop() -> List:
    found = LISTS.of("/customers")
    assert found is not None
    return found


def asked(query: dict[str, Any]) -> Page:
    return shop().part(shop().selected(CUSTOMERS, query), query)


def ids(query: dict[str, Any]) -> list[int]:
    return [item["id"] for item in asked(query).items]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [1, 2, 3]),  # three a page by default
        ({"page": 2}, [4, 5]),
        ({"page": 3}, []),
        ({"per_page": 2, "page": 2}, [3, 4]),
        ({"per_page": 10**6}, [1, 2, 3, 4, 5]),
        ({"status": ["bad"]}, [2, 4]),
        ({"status": ["bad", "good"]}, [2, 3, 4]),
        ({"min_balance": 7}, [2, 3, 5]),
        ({"q": "LATE"}, [3]),
        ({"q": "d"}, [1, 2, 3]),
        ({"sort": "-balance", "per_page": 9}, [2, 3, 5, 1, 4]),  # none is last
        ({"sort": "balance:desc", "per_page": 9}, [2, 3, 5, 1, 4]),
        ({"sort": "status,-name", "per_page": 9}, [4, 2, 3, 5, 1]),
        ({"sort": "colour"}, [1, 2, 3]),
        ({"status": ["bad"], "sort": "-name", "per_page": 1}, [4]),
        ({"verbose": True}, [1, 2, 3]),
    ],
)
def test_list_is_what_the_query_asks_for(query: dict[str, Any], expected: list[int]) -> None:
    assert ids(query) == expected


def body(query: dict[str, Any]) -> Any:
    page = asked(query)
    url = "https://shop.example/customers"
    return LISTS.answer(shop(), page, page.items, query, frame=FRAME, url=url)


def test_answer_tells_of_the_whole_list() -> None:
    assert body({"status": ["new", "bad"], "per_page": 2}) == {
        "customers": [CUSTOMERS[0], CUSTOMERS[1]],
        "total": 4,
        "next": "https://shop.example/customers?status=new&status=bad&per_page=2&page=2",
        "meta": {"version": 3, "page": 1, "per_page": 2, "total_pages": 2, "has_more": True},
    }
    last = body({"status": ["new", "bad"], "per_page": 2, "page": 2})
    assert (last["next"], last["meta"]["page"], last["meta"]["has_more"]) == (None, 2, False)
    assert FRAME["total"] == 99


def test_pages_have_every_item_once() -> None:
    query: dict[str, Any] = {"per_page": 2}
    seen = []
    for number in range(1, 9):
        page = body({**query, "page": number})
        seen += [item["id"] for item in page["customers"]]
        if page["next"] is None:
            break
    assert seen == [1, 2, 3, 4, 5]


def test_cursor_leads_through_the_list() -> None:
    lists = Lists(NOTES, resources.found(NOTES))
    notes = lists.of("/note")
    assert notes is not None
    items = [
        {"slug": slug, "text": "x"} for slug in ("aaaaaa", "bbbbbb", "cccccc", "dddddd", "eeeeee")
    ]
    query: dict[str, Any] = {}
    seen, pages = [], 0
    while pages < 9:
        page = notes.part(notes.selected(items, query), query)
        answer = lists.answer(
            notes, page, page.items, query, frame={"data": [], "has_more": False, "next_cursor": ""}
        )
        seen += [item["slug"] for item in answer["data"]]
        pages += 1
        assert answer["first_id"] == answer["data"][0]["slug"]
        assert answer["has_more"] == (pages < 3)
        if answer["next_cursor"] is None:
            break
        query = {"starting_after": answer["next_cursor"]}
    assert (seen, pages) == ([item["slug"] for item in items], 3)
    by_id = notes.part(items, {"starting_after": "bbbbbb"})
    assert [item["slug"] for item in by_id.items] == ["cccccc", "dddddd"]
    assert notes.part(items, {"starting_after": "unknown"}) == notes.part(items, {})


ORDERS = loaded("""
openapi: 3.1.0
paths:
  /shipments:
    get:
      parameters:
      - {name: offset, in: query, schema: {type: integer}}
      - {name: limit, in: query, schema: {type: integer}}
      - {name: state, in: query, schema: {type: string}}
      - {name: min_weight, in: query, schema: {type: integer}}
      - {name: ids, in: query, schema: {type: array, items: {type: string}}}
      - {name: fields, in: query, schema: {type: string}}
      - {name: sort_by, in: query, schema: {type: string, enum: [weight, state]}}
      - {name: order, in: query, schema: {type: string, enum: [asc, desc]}}
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                required: [items, count]
                properties:
                  count: {type: integer}
                  items:
                    type: array
                    maxItems: 8
                    items:
                      type: object
                      required: [id, state, weight]
                      properties:
                        id: {type: string, format: uuid}
                        state: {type: string}
                        weight: {type: integer, minimum: 1, maximum: 100}
""")


def test_list_that_no_store_holds_is_paged_honestly() -> None:
    lists, values = Lists(ORDERS, ()), Values(ORDERS.schemas)
    found = lists.of("/shipments")
    assert found is not None
    assert not found.is_stored

    def made(query: dict[str, Any]) -> Page:
        return lists.made(found, values, b"seed", query)

    whole = made({})
    assert 7 <= whole.total == len(whole.items) <= 8
    first, second = made({"limit": 4}), made({"limit": 4, "offset": 4})
    assert (*first.items, *second.items) == whole.items
    assert first.total == second.total == whole.total
    assert len({item["id"] for item in whole.items}) == whole.total
    assert {item["state"] for item in made({"state": "lost"}).items} == {"lost"}
    heavy = made({"min_weight": 50})
    assert [*heavy.items] == [item for item in whole.items if item["weight"] >= 50]
    wanted = ["6e0d1a4e-9f9b-4d52-8d2c-000000000001", "6e0d1a4e-9f9b-4d52-8d2c-000000000002"]
    assert [item["id"] for item in made({"ids": wanted}).items] == wanted
    answer = lists.answer(found, first, first.items, {"limit": 4}, frame={"items": [], "count": 0})
    assert (answer["count"], len(answer["items"])) == (whole.total, 4)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sort_by": "weight"}, "cab"),
        ({"sort_by": "weight", "order": "asc"}, "cab"),
        ({"sort_by": "weight", "order": "desc"}, "bac"),
        ({"sort_by": "-weight", "order": "desc"}, "cab"),
        ({"order": "desc"}, "cba"),
        ({"ids": ["c", "a"]}, "ac"),
        ({"ids": "b,c"}, "bc"),
        ({"state": "x,z", "order": "desc"}, "ca"),
    ],
)
def test_direction_and_ids(query: dict[str, Any], expected: str) -> None:
    items = [
        {"id": "a", "weight": 5, "state": "x"},
        {"id": "b", "weight": 9, "state": "y"},
        {"id": "c", "weight": 1, "state": "z"},
    ]
    found = Lists(ORDERS, ()).of("/shipments")
    assert found is not None
    assert "".join(item["id"] for item in found.selected(items, query)) == expected


def test_what_cannot_be_said_validly_stays_as_it_was() -> None:
    document = loaded("""
openapi: 3.1.0
paths:
  /things:
    get:
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                properties:
                  total: {type: integer, const: 0}
                  count: {type: integer}
                  items: {type: array, items: {type: object, properties: {id: {type: string}}}}
""")
    lists = Lists(document, ())
    things = lists.of("/things")
    assert things is not None
    page = things.part([{"id": "a"}], {})
    answer = lists.answer(things, page, page.items, {}, frame={"total": 0, "items": []})
    assert answer == {"total": 0, "count": 1, "items": [{"id": "a"}]}


def test_parameters_without_effect_are_told() -> None:
    (found,) = without_effect(SHOP, resources.found(SHOP))
    assert found.pointer is not None
    assert found.pointer[:3] == ("paths", "/customers", "get")
    assert found.message.startswith("found 'verbose', expected a parameter that pages")
    (found,) = without_effect(ORDERS, ())
    assert found.message.startswith("found 'fields'")
    assert not without_effect(ORDERS, (), ["GET /shipments"])


def test_what_reads_an_item_is_no_list_of_its_parts() -> None:
    assert LISTS.of("/customers/{customerId}/orders/{order_no}") is None
    assert LISTS.of("/customers/{customerId}/orders") is not None


@pytest.mark.parametrize(
    ("name", "path", "effective"),
    [
        ("museum31.yaml", "/special-events", {"startDate", "endDate", "page", "limit"}),
        ("train31.yaml", "/bookings", {"page", "limit"}),
        ("swagger-petstore3.yaml", "/pet/findByStatus", {"status"}),
        ("swagger-petstore3.yaml", "/pet/findByTags", {"tags"}),
        ("openai.yaml", "/files", {"purpose", "limit", "order", "after"}),
    ],
)
def test_published_documents(name: str, path: str, effective: set[str]) -> None:
    document = shared(name)
    found = Lists(document, resources.found(document)).of(path)
    assert found is not None
    assert found.effective == effective


def test_found_pets_are_those_of_the_store() -> None:
    document = shared("swagger-petstore3.yaml")
    pet = resources.found(document)[0]
    store = Store(Items(document, Values(document.schemas)), Pool())
    create = pet.operation("/pet", "post")
    assert create is not None
    tags = [{"id": 7_000_001, "name": "quick"}]
    sent = {"name": "Rex", "photoUrls": [], "status": "sold", "tags": tags}
    rex = store.create(pet, create, (), sent)
    lists = Lists(document, [pet])
    for path, query in (
        ("/pet/findByStatus", {"status": "sold"}),
        ("/pet/findByTags", {"tags": ["quick"]}),
    ):
        found = lists.of(path)
        assert found is not None
        assert found.is_stored
        listed = found.selected(store.list(pet, pet.scope(path, {})), query)
        assert rex in listed
    assert listed == [rex]


PHOTOS = loaded("""
openapi: 3.1.0
paths:
  /users/{id}/photos:
    get:
      parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: photo, in: query, schema: {type: integer}}
      responses:
        '200':
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Photo'}}
  /labels:
    get:
      parameters: [{name: id, in: query, schema: {type: string}}]
      responses:
        '200':
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  required: [id]
                  properties: {id: {type: string, example: first}, text: {type: string}}
  /flags:
    get:
      responses:
        '200':
          content:
            application/json:
              schema:
                type: array
                items: {type: object, required: [id], properties: {id: {type: integer, const: 4}}}
components:
  schemas:
    Photo:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, format: int64, example: 10}
        name: {type: string, example: at sea}
""")


def made(path: str, query: dict[str, Any], pins: dict[str, Any]) -> list[dict[str, Any]]:
    lists = Lists(PHOTOS, ())
    found = lists.of(path)
    assert found is not None
    return [*lists.made(found, Values(PHOTOS.schemas), b"seed", query, pins).items]


def test_items_that_no_store_holds_have_ids_of_their_own() -> None:
    """The first has that of the schema's example; none has the one of the path, its parent's."""
    photos = made("/users/{id}/photos", {}, {"id": 5})
    assert photos[0]["id"] == 10
    assert len({5, *(each["id"] for each in photos)}) == 4
    assert {each["name"] for each in photos} == {"at sea"}
    labels = made("/labels", {}, {})
    assert labels[0]["id"] == "first"
    assert len({each["id"] for each in labels}) == len(labels) == 3


def test_there_is_one_item_of_an_id_that_is_asked_for() -> None:
    assert [each["id"] for each in made("/labels", {"id": "b"}, {})] == ["b"]


def test_ids_of_which_the_schema_admits_one_are_that() -> None:
    assert [each["id"] for each in made("/flags", {}, {})] == [4, 4, 4]


DAYS = loaded("""
openapi: 3.1.0
paths:
  /events:
    get:
      parameters: [{name: sort, in: query, schema: {type: string}}]
      responses:
        '200':
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  properties: {id: {type: integer}, created: {type: string, format: date}}
""")


def test_of_those_of_one_day_the_last_one_is_the_newest() -> None:
    events = Lists(DAYS, ()).of("/events")
    assert events is not None
    days = ["2026-01-02", "2026-01-01", "2026-01-02", "2026-01-01"]
    items = [{"id": number, "created": day} for number, day in enumerate(days, start=1)]
    newest = events.selected(items, {"sort": "-created"})
    assert [each["id"] for each in newest] == [3, 1, 4, 2]
    oldest = events.selected(items, {"sort": "created"})
    assert [each["id"] for each in oldest] == [2, 4, 1, 3]


def test_a_link_that_must_be_whole_has_the_origin() -> None:
    document = loaded("""
openapi: 3.1.0
paths:
  /shows:
    get:
      parameters: [{name: limit, in: query, schema: {type: integer}},
        {name: offset, in: query, schema: {type: integer}}]
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                required: [next, rest, results]
                properties:
                  next: {type: [string, 'null'], format: uri}
                  rest: {type: string}
                  results: {type: array, items: {type: integer}}
""")
    lists = Lists(document, ())
    shows = lists.of("/shows")
    assert shows is not None
    query = {"limit": 2, "offset": 0}
    page = shows.part([1, 2, 3], query)
    frame: dict[str, Any] = {"next": None, "rest": "a", "results": []}
    found = lists.answer(
        shows, page, page.items, query, frame=frame, url="/v1/shows", origin="http://a.example"
    )
    assert found["next"] == "http://a.example/v1/shows?limit=2&offset=2"
    last = shows.part([1, 2, 3], {"limit": 2, "offset": 2})
    found = lists.answer(shows, last, last.items, query, frame=frame, url="/v1/shows")
    assert found["next"] is None
