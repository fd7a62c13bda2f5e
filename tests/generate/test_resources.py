from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from locum.generate import resources
from locum.generate.resources import Resource, Role
from tests.generate.collections_documents import CALLS, NOTES, SHOP, loaded, shared


def roles(resource: Resource) -> dict[str, str]:
    return {f"{each.method} {each.path}": each.role.value for each in resource.operations}


def test_shop_has_customers_and_their_orders() -> None:
    customers, orders = resources.found(SHOP)
    assert (customers.name, customers.kind, customers.id_property) == (
        "/customers",
        "customer",
        "id",
    )
    assert roles(customers) == {
        "get /customers": "list",
        "post /customers": "create",
        "get /customers/{customerId}": "read",
        "put /customers/{customerId}": "replace",
        "patch /customers/{customerId}": "update",
        "delete /customers/{customerId}": "delete",
    }
    assert (orders.name, orders.id_property) == ("/customers/{}/orders", "order_no")
    assert orders.parents == ("customer_id",)
    assert customers.has_integer_ids
    assert orders.has_integer_ids


def test_item_may_stand_under_one_property() -> None:
    customers, orders = resources.found(SHOP)
    create = customers.operation("/customers", "post")
    assert create is not None
    assert create.answer is not None
    assert (create.answer.path, create.is_item) == (("customer",), True)
    assert create.sent["application/json"].path == ("customer",)
    assert customers.item[-2:] == ("properties", "customer")
    listed = customers.operation("/customers", "get")
    assert listed is not None
    assert listed.answer is not None
    assert listed.answer.path == ("customers",)
    deleted = orders.operation("/customers/{customerId}/orders/{order_no}", "delete")
    assert deleted is not None
    assert deleted.answer is None  # it says what was deleted, and not the order


def test_a_json_patch_is_sent_as_it_is() -> None:
    customers, _ = resources.found(SHOP)
    update = customers.operation("/customers/{customerId}", "patch")
    assert update is not None
    assert set(update.sent) == {"application/merge-patch+json", "application/json"}


def test_scope_and_id_are_the_path_s_values() -> None:
    customers, orders = resources.found(SHOP)
    path = "/customers/{customerId}/orders/{order_no}"
    assert orders.scope(path, {"customerId": 7, "order_no": 3}) == ("7",)
    assert orders.id(path, {"customerId": 7, "order_no": 3}) == "3"
    assert orders.id("/customers/{customerId}/orders", {"customerId": 7}) is None
    assert customers.scope("/customers", {}) == ()


def test_slashes_json_and_the_singular_make_no_difference() -> None:
    (notes,) = resources.found(NOTES)
    assert notes.id_property == "slug"
    assert roles(notes) == {
        "post /note/": "create",
        "get /note": "list",
        "get /notes/{note_slug}.json": "read",
    }


def test_calls_singletons_and_places_on_a_board_are_no_resources() -> None:
    assert resources.found(CALLS) == ()


@pytest.mark.parametrize(
    ("parameter", "properties", "expected"),
    [
        ("petId", ["name", "id", "petId"], "petId"),
        ("petId", ["name", "id", "pet_id"], "pet_id"),
        ("petId", ["name", "id"], "id"),
        ("pet_uuid", ["name", "uuid"], "uuid"),
        ("username", ["id", "username"], "username"),
        ("pet", ["slug", "colour"], "slug"),
        ("id", ["petId", "name"], "petId"),
        ("pet_name", ["id", "name"], "name"),
        ("petId", ["owner", "colour"], None),
    ],
)
def test_id_is_the_property_that_the_parameter_names(
    parameter: str, properties: list[str], expected: str | None
) -> None:
    text = ", ".join(f"{name}: {{type: string}}" for name in properties)
    document = loaded(f"""
openapi: 3.1.0
paths:
  /pets/{{{parameter}}}:
    parameters: [{{name: {parameter}, in: path, required: true, schema: {{type: string}}}}]
    get:
      responses:
        '200':
          content: {{application/json: {{schema: {{type: object, properties: {{{text}}}}}}}}}
    delete: {{responses: {{'204': {{description: ''}}}}}}
""")
    assert [each.id_property for each in resources.found(document)] == (
        [expected] if expected else []
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "train31.yaml",
            {"/bookings": ["create", "delete", "list", "read"]},
        ),
        ("museum31.yaml", {"/special-events": ["create", "delete", "list", "read", "update"]}),
        (
            "swagger-petstore3.yaml",
            {
                "/pet": ["create", "delete", "list", "read", "replace", "update"],
                "/store/order": ["create", "delete", "read"],
                "/user": ["create", "delete", "read", "replace"],
            },
        ),
        ("tictactoe31.yaml", {}),
    ],
)
def test_published_documents(name: str, expected: dict[str, list[str]]) -> None:
    found = resources.found(shared(name))
    assert {each.name: sorted(role.value for role in _roles(each)) for each in found} == expected


def _roles(resource: Resource) -> set[Role]:
    return {each.role for each in resource.operations}


def test_put_of_a_collection_has_its_id_in_the_body() -> None:
    pet = resources.found(shared("swagger-petstore3.yaml"))[0]
    operation = pet.operation("/pet", "put")
    assert operation is not None
    assert (operation.role, operation.has_id) == (Role.REPLACE, False)


def test_openai_s_resources_are_found() -> None:
    """Counted by eye in what the document describes: each has a list and items by id."""
    found = {each.name: each for each in resources.found(shared("openai.yaml"))}
    assert len(found) >= 45
    assert _roles(found["/vector_stores"]) == {
        Role.LIST, Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE,
    }  # fmt: skip
    assert found["/threads/{}/messages"].parents == ("thread_id",)
    assert "/embeddings" not in found
    assert "/moderations" not in found
    assert "/images/generations" not in found


THING = "{type: object, properties: {id: {type: string}, object: {}, name: {}, size: {}}}"
PLACES = loaded(f"""
openapi: 3.1.0
paths:
  /things:
    post:
      requestBody: {{content: {{application/json: {{schema: {THING}}}}}}}
      responses: {{'200': {{content: {{application/json: {{schema: {THING}}}}}}}}}
  /things/{{id}}:
    parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]
    get: {{responses: {{'200': {{content: {{application/json: {{schema: {THING}}}}}}}}}}}
    delete:
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                properties: {{id: {{type: string}}, object: {{}}, deleted: {{type: boolean}}}}
  /things/findBySize:
    get:
      responses:
        '200': {{content: {{application/json: {{schema: {{type: array, items: {THING}}}}}}}}}
  /things/search:
    get:
      responses:
        '200':
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  properties: {{id: {{type: string}}, name: {{}}, score: {{}}}}
""")


def test_what_says_that_an_item_is_deleted_is_not_the_item() -> None:
    (things,) = resources.found(PLACES)
    delete = things.operation("/things/{id}", "delete")
    assert delete is not None
    assert delete.answer is None


def test_paths_that_find_items_list_those_of_the_very_schema() -> None:
    (things,) = resources.found(PLACES)
    assert things.role("/things/findBySize", "get") is Role.LIST
    assert things.role("/things/search", "get") is None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("integer", True), ("number", True), ("string", False), ("[integer, string]", False)],
)
def test_ids_are_integers_where_they_are_numbers(kind: str, *, expected: bool) -> None:
    item = f"{{type: object, properties: {{id: {{type: {kind}}}, name: {{type: string}}}}}}"
    (things,) = resources.found(
        loaded(f"""
openapi: 3.1.0
paths:
  /things:
    get:
      responses:
        '200': {{content: {{application/json: {{schema: {{type: array, items: {item}}}}}}}}}
    post:
      requestBody: {{content: {{application/json: {{schema: {item}}}}}}}
      responses: {{'201': {{content: {{application/json: {{schema: {item}}}}}}}}}
""")
    )
    assert things.has_integer_ids is expected


def test_many_paths_are_looked_at_once() -> None:
    """Four times as many collections, with their items under the singular, take four times as
    many calls; where each path is held to every other it is sixteen times."""

    def asked(count: int) -> int:
        item = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {}}}
        answer = {"200": {"content": {"application/json": {"schema": item}}}}
        several = {"200": {"content": {"application/json": {"schema": {"items": item}}}}}
        identifier = {"name": "id", "in": "path", "schema": {"type": "integer"}}
        paths: dict[str, Any] = {}
        for number in range(count):
            paths[f"/{number}/cats"] = {"get": {"responses": several}}
            paths[f"/{number}/cat/{{id}}"] = {
                "get": {"parameters": [identifier], "responses": answer}
            }
        document = loaded(json.dumps({"openapi": "3.1.0", "paths": paths}))
        calls = 0

        def count_calls(_frame: Any, event: str, _argument: Any) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count_calls)
        try:
            assert len(resources.found(document)) == count
        finally:
            sys.setprofile(None)
        return calls

    assert asked(200) < 5 * asked(50)
