from __future__ import annotations

from typing import Any

import pytest

from locum.generate import resources
from locum.generate.items import SEEDS, Items, integer, later
from locum.generate.resources import Operation, Resource, Role
from locum.generate.values import NoValue, Values
from tests.generate.collections_documents import NOTES, SHOP, loaded

CUSTOMERS, ORDERS = resources.found(SHOP)
(NOTE,) = resources.found(NOTES)
ITEMS = Items(SHOP, Values(SHOP.schemas))


def operation(resource: Resource, role: Role) -> Operation:
    return next(each for each in resource.operations if each.role is role)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31T23:59:30Z", "2026-02-01T00:00:30Z"),
        ("2026-01-31T23:59:30+02:00", "2026-02-01T00:00:30+02:00"),
        ("2026-01-31T23:59:30.250Z", "2026-02-01T00:00:30.250Z"),
        ("2026-01-31T23:59:30.000001Z", "2026-02-01T00:00:30.000001Z"),
        ("2026-01-31", "2026-01-31"),
        (1_700_000_000, 1_700_000_060),
        (1_700_000_000_000, 1_700_000_060_000),
        ("9999-12-31T23:59:59Z", None),
        ("yesterday", None),
        (True, None),
        (None, None),
    ],
)
def test_a_minute_later(value: Any, expected: Any) -> None:
    assert later(value, 60) == expected


def test_seeds_are_valid_and_the_same_for_all() -> None:
    schema = SHOP.schemas.at(*CUSTOMERS.item)
    seeds = ITEMS.seeds(CUSTOMERS, ())
    assert len(seeds) == SEEDS
    assert all(map(schema.is_valid, seeds))
    assert Items(SHOP, Values(SHOP.schemas)).seeds(CUSTOMERS, ()) == seeds
    assert Items(SHOP, Values(SHOP.schemas), b"other").seeds(CUSTOMERS, ()) != seeds


def test_ids_of_texts_follow_the_property_s_pattern() -> None:
    items = Items(NOTES, Values(NOTES.schemas))
    new = items.new_id(NOTE, (), 1, 0, set[str]().__contains__)
    assert (len(new), new.islower()) == (6, True)
    assert items.new_id(NOTE, (), 1, 0, set[str]().__contains__) == new
    assert items.new_id(NOTE, (), 1, 0, {new}.__contains__) != new
    made = items.created(NOTE, operation(NOTE, Role.CREATE), (), new, {"text": "x"})
    assert made.items() >= {"slug": new, "text": "x"}.items()


def test_made_item_has_the_id_of_the_path_where_it_can() -> None:
    assert ITEMS.made(CUSTOMERS, (), "31")["id"] == 31
    assert isinstance(ITEMS.made(CUSTOMERS, (), "thirty-one")["id"], int)
    assert ITEMS.made(ORDERS, ("31",), "5").items() >= {"order_no": 5, "customer_id": 31}.items()


def test_what_is_sent_stands_in_the_body_at_its_place() -> None:
    create = operation(CUSTOMERS, Role.CREATE)
    sent = {"name": "a"}
    assert ITEMS.sent(create, "application/json", {"customer": sent}, {}) == sent
    assert ITEMS.sent(create, "application/json", None, {"name": "b"}) == {"name": "b"}
    patch = [{"op": "remove", "path": "/note"}]
    update = operation(CUSTOMERS, Role.UPDATE)
    assert ITEMS.sent(update, "application/json-patch+json", patch, {}) == patch


def test_id_that_is_sent() -> None:
    assert ITEMS.sent_id(CUSTOMERS, {"id": 5}) == "5"
    assert ITEMS.sent_id(CUSTOMERS, {"id": "five"}) is None
    assert ITEMS.sent_id(CUSTOMERS, {"id": True}) is None
    assert ITEMS.sent_id(CUSTOMERS, {"name": "a"}) is None
    assert ITEMS.sent_id(ORDERS, {"order_no": 5}) is None  # it is readOnly
    assert ITEMS.sent_id(CUSTOMERS, ["id"]) is None


def test_answer_has_the_item_at_its_place() -> None:
    item = ITEMS.made(CUSTOMERS, (), "5")
    assert ITEMS.answer(CUSTOMERS, operation(CUSTOMERS, Role.READ), (), item) == {"customer": item}
    assert ITEMS.answer(CUSTOMERS, operation(CUSTOMERS, Role.DELETE), (), item) is None
    order = ITEMS.made(ORDERS, ("5",), "7")
    read, delete = operation(ORDERS, Role.READ), operation(ORDERS, Role.DELETE)
    assert ITEMS.answer(ORDERS, read, ("5",), order) == order
    deleted = ITEMS.answer(ORDERS, delete, ("5",), order)
    assert deleted.items() >= {"order_no": 7, "deleted": True}.items()


THINGS = loaded("""
openapi: 3.1.0
paths:
  /things:
    get:
      responses:
        '200':
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  additionalProperties: false
                  required: [id, size]
                  properties:
                    id: {type: string}
                    size: {type: object, required: [x], properties: {x: {type: string}}}
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                id: {type: string}
                size: {type: object, properties: {x: {type: integer}, y: {type: integer}}}
                colour: {}
                where: {}
      responses:
        '201': {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
  /things/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
components:
  schemas:
    Thing:
      type: object
      additionalProperties: false
      required: [id, size, colour]
      properties:
        id: {type: string}
        colour: {type: string}
        size:
          type: object
          required: [x, z]
          properties: {x: {type: integer}, y: {type: integer}, z: {type: integer}}
""")


def test_what_the_schema_does_not_admit_gives_way_and_the_rest_stays() -> None:
    """The request may send `where`, and a colour of any type; the item has no such thing. Its size
    has more than was sent."""
    (things,) = resources.found(THINGS)
    items = Items(THINGS, Values(THINGS.schemas))
    create = operation(things, Role.CREATE)
    made = items.created(things, create, (), "a", {"size": {"x": 5, "y": 6}, "colour": "red"})
    assert (made["id"], made["colour"]) == ("a", "red")
    assert made["size"].items() >= {"x": 5, "y": 6}.items()
    made = items.created(things, create, (), "a", {"colour": 5, "where": "here", "size": {"x": 5}})
    assert THINGS.schemas.at(*things.item).is_valid(made)
    assert "where" not in made


def test_fitted_item_shares_what_it_can() -> None:
    """In the list an item has a size of another type, and no colour."""
    (things,) = resources.found(THINGS)
    items = Items(THINGS, Values(THINGS.schemas))
    listed = operation(things, Role.LIST)
    assert listed.answer is not None
    pointer = (*listed.answer.pointer, "items")
    item = items.made(things, (), "a")
    fitted = items.fitted(things, pointer, (), item)
    assert fitted["id"] == "a"
    assert THINGS.schemas.at(*pointer).is_valid(fitted)
    assert set(fitted) == {"id", "size"}


ANSWERS = loaded("""
openapi: 3.1.0
paths:
  /answers:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {question: {}, tone: {}, length: {}, model: {}}}
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Answer'}}}}
  /answers/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Answer'}}}}
components:
  schemas:
    Answer: {type: object, properties: {id: {type: string}, text: {type: string}, model: {}}}
""")


def test_every_field_that_is_sent_is_kept() -> None:
    """Also one that the item's schema does not name, but admits."""
    (answers,) = resources.found(ANSWERS)
    items = Items(ANSWERS, Values(ANSWERS.schemas))
    create = operation(answers, Role.CREATE)
    made = items.created(answers, create, (), "a", {"question": "why?", "model": "m"})
    assert (made["model"], made["question"]) == ("m", "why?")


def test_schema_without_meaning_has_no_items() -> None:
    document = loaded("""
openapi: 3.1.0
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200':
          content:
            application/json:
              example: {id: a}
              schema:
                type: object
                properties: {id: {type: string}, size: {type: number, exclusiveMinimum: true}}
    delete: {responses: {'204': {description: ''}}}
""")
    (things,) = resources.found(document)
    with pytest.raises(NoValue, match="expected a schema that can be compiled"):
        Items(document, Values(document.schemas)).seeds(things, ())


BOOKS = """
openapi: {version}
paths:
  /books:
    get:
      responses:
        '200': {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Books'}}}}}}}}
    post:
      requestBody:
        content: {{application/json: {{schema: {{$ref: '#/components/schemas/Book'}}}}}}
      responses:
        '201': {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Book'}}}}}}}}
  /books/{{id}}:
    get:
      parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
      responses:
        '200':
          content:
            application/json: {{schema: {{allOf: [{{$ref: '#/components/schemas/Book'}}]}}}}
components:
  schemas:
    Books:
      type: object
      properties: {{items: {{type: array, items: {{$ref: '#/components/schemas/Short'}}}}}}
      example: {{items: [{{id: 7, title: Persuasion}}, {{id: 8}}]}}
    Short:
      type: object
      required: [id, title]
      properties: {{id: {{type: integer}}, title: {{type: string}}}}
      example: {{id: 9, title: Emma}}
    Book:
      type: object
      required: [id, title]
      properties:
        id: {{type: integer}}
        title: {{type: string}}
        secret: {{type: string, writeOnly: true}}
      {examples}
"""


@pytest.mark.parametrize(
    ("version", "examples", "expected"),
    [
        ("3.0.3", "example: {id: 5, title: Faust, secret: x}", {5: "Faust"}),
        (
            "3.1.0",
            "examples: [{id: 5, title: 6}, {id: 6, title: Faust}, {title: Lenz}]",
            {6: "Faust"},
        ),
    ],
)
def test_examples_of_schemas_are_seeds(
    version: str, examples: str, expected: dict[int, str]
) -> None:
    """Those of the whole list, of what it lists and of what an answer has; valid ones with ids."""
    document = loaded(BOOKS.format(version=version, examples=examples))
    (books,) = resources.found(document)
    seeds = Items(document, Values(document.schemas)).seeds(books, ())
    titles = {item["id"]: item["title"] for item in seeds}
    assert len(titles) == SEEDS
    assert titles.items() >= ({7: "Persuasion", 9: "Emma"} | expected).items()
    assert 8 not in titles
    assert not any("secret" in item for item in seeds if item["id"] in (5, 6))


def test_the_newer_item_says_the_later_time() -> None:
    old, new = {"created_at": "2026-01-01T01:00:00+02:00"}, {"created_at": "2026-01-01T00:00:00Z"}
    same = {"created_at": "2026-01-01T00:00:00Z", "id": 2}
    nameless = {"id": 1}
    assert ITEMS.newer(None, old) is ITEMS.newer(old, None) is old
    assert ITEMS.newer(old, new) is ITEMS.newer(new, old) is new
    assert ITEMS.newer(new, same) is same
    assert ITEMS.newer(nameless, old) is ITEMS.newer(old, nameless) is old


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("-12", -12),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 2**63),
        ("99999999999999999999999", 99_999_999_999_999_999_999_999),
        ("18446744073709551616", 2.0**64),
        ("1e+23", 1e23),
        ("012", None),
        ("-0", None),
        ("1.0", None),
        ("\u0661", None),
        ("", None),
        ("1" * 309, None),
    ],
)
def test_integer_of_a_text(text: str, expected: float | None) -> None:
    assert integer(text) == expected
    assert type(integer(text)) is type(expected)
