"""Three small documents with collections, and what they are loaded by."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from locum.openapi.documents import Document
from locum.openapi.walk import inline

SHARED = Path(__file__).parents[3] / "shared" / "documents"


def loaded(text: str, name: str = "small") -> Document:
    """The document of that YAML text, without the checks of a file."""
    effective = yaml.load(text, yaml.CSafeLoader)  # ten times as fast as safe_load
    inline(effective)
    return Document(name, Path(f"{name}.yaml"), effective)


@cache
def shared(name: str) -> Document:
    """A document that somebody publishes."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"no {name} beside this repository")
    return loaded(path.read_text(), path.stem)


def json_of(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


# Integer ids, wrappers, a nested collection, PUT that creates, both kinds of patches, pages.
SHOP = loaded(
    """
openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /customers:
    get:
      parameters:
      - {name: page, in: query, schema: {type: integer, minimum: 1}}
      - {name: per_page, in: query, schema: {type: integer, default: 3, maximum: 50}}
      - {name: status, in: query, schema: {type: array, items: {type: string}}}
      - {name: min_balance, in: query, schema: {type: number}}
      - {name: sort, in: query, schema: {type: string}}
      - {name: q, in: query, schema: {type: string}}
      - {name: verbose, in: query, schema: {type: boolean}}
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema:
                type: object
                required: [customers, total, next]
                properties:
                  customers: {type: array, items: {$ref: '#/components/schemas/Customer'}}
                  total: {type: integer}
                  next: {type: [string, 'null'], format: uri}
                  meta:
                    type: object
                    properties:
                      page: {type: integer}
                      per_page: {type: integer}
                      total_pages: {type: integer}
                      has_more: {type: boolean}
                      version: {type: integer, const: 3}
    post:
      requestBody: {$ref: '#/components/requestBodies/Customer'}
      responses: {'201': {$ref: '#/components/responses/Customer'}, '409': {description: ''}}
  /customers/{customerId}:
    parameters: [{name: customerId, in: path, required: true, schema: {type: integer}}]
    get: {responses: {'200': {$ref: '#/components/responses/Customer'}}}
    put:
      requestBody: {$ref: '#/components/requestBodies/Customer'}
      responses: {'200': {$ref: '#/components/responses/Customer'}}
    patch:
      requestBody:
        content:
          application/merge-patch+json: {schema: {$ref: '#/components/schemas/Change'}}
          application/json: {schema: {$ref: '#/components/schemas/Change'}}
          application/json-patch+json: {schema: {type: array}}
      responses: {'200': {$ref: '#/components/responses/Customer'}}
    delete: {responses: {'204': {description: ''}}}
  /customers/{customerId}/orders:
    parameters: [{name: customerId, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Order'}}
    post:
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
      responses:
        '201':
          description: ''
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
  /customers/{customerId}/orders/{order_no}:
    parameters:
    - {name: customerId, in: path, required: true, schema: {type: integer}}
    - {name: order_no, in: path, required: true, schema: {type: integer}}
    get:
      responses:
        '200':
          description: ''
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}
    delete:
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema:
                type: object
                required: [order_no, deleted]
                properties: {order_no: {type: integer}, deleted: {type: boolean}}
components:
  requestBodies:
    Customer:
      required: true
      content:
        application/json:
          schema:
            type: object
            required: [customer]
            properties: {customer: {$ref: '#/components/schemas/Customer'}}
  responses:
    Customer:
      description: ''
      content:
        application/json:
          schema:
            type: object
            required: [customer]
            properties: {customer: {$ref: '#/components/schemas/Customer'}}
          examples:
            one:
              value:
                customer: {id: 77, name: Ada, balance: 5, created_at: '2026-01-01T00:00:00Z'}
            invalid: {value: {customer: {id: 78, name: 5}}}
  schemas:
    Customer:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, minimum: 1}
        name: {type: string}
        balance: {type: number, default: 0}
        status: {type: string, enum: [new, good, bad], default: new}
        note: {type: [string, 'null']}
        nickname: {type: string}
        tags: {type: array, items: {type: string}}
        password: {type: string, writeOnly: true}
        rank: {type: integer, readOnly: true}
        created_at: {type: string, format: date-time, readOnly: true}
        updated_at: {type: string, format: date-time, readOnly: true}
    Change:
      type: object
      properties:
        name: {type: string}
        note: {type: [string, 'null']}
        nickname: {type: [string, 'null']}
        tags: {type: array, items: {type: string}}
        id: {type: integer}
    Order:
      type: object
      required: [order_no, customer_id, lines]
      properties:
        order_no: {type: integer, readOnly: true}
        customer_id: {type: integer}
        lines: {type: array, items: {type: object, properties: {article: {type: string}}}}
""",
    "shop",
)

# 3.0, texts as ids, one name in the singular, `.json`, a cursor, no examples.
NOTES = loaded(
    """
openapi: 3.0.3
info: {title: Notes, version: '1'}
paths:
  /note/:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [text]
              properties: {text: {type: string}, slug: {type: string}}
      responses: {'201': {description: ''}}
  /note:
    get:
      parameters:
      - {name: limit, in: query, schema: {type: integer, default: 2}}
      - {name: starting_after, in: query, schema: {type: string}}
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema:
                type: object
                required: [data, has_more, next_cursor]
                properties:
                  object: {type: string, enum: [list]}
                  data: {type: array, items: {$ref: '#/components/schemas/Note'}}
                  has_more: {type: boolean}
                  first_id: {type: string, nullable: true}
                  next_cursor: {type: string, nullable: true}
  /notes/{note_slug}.json:
    get:
      parameters: [{name: note_slug, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: ''
          content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}
components:
  schemas:
    Note:
      type: object
      required: [slug, text]
      properties:
        slug: {type: string, pattern: '^[a-z]{6}$'}
        text: {type: string}
        words: {type: integer, nullable: true}
""",
    "notes",
)

# Nothing here is a collection.
CALLS = loaded(
    """
openapi: 3.1.0
info: {title: Calls, version: '1'}
paths:
  /me: &me
    get:
      responses:
        '200': &user
          description: ''
          content:
            application/json:
              schema: &schema {type: object, properties: {id: {type: string}, name: {type: string}}}
    put:
      requestBody: {content: {application/json: {schema: *schema}}}
      responses: {'200': *user}
  /login:
    post:
      requestBody: {content: {application/json: {schema: *schema}}}
      responses: {'200': *user}
    get: {responses: {'200': *user}}
  /users/search:
    post:
      requestBody: {content: {application/json: {schema: *schema}}}
      responses:
        '200':
          description: ''
          content: {application/json: {schema: {type: array, items: *schema}}}
  /jobs/{id}:cancel:
    post:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': *user}
  /board/{row}/{column}:
    get:
      parameters:
      - {name: row, in: path, required: true, schema: {type: integer}}
      - {name: column, in: path, required: true, schema: {type: integer}}
      responses: {'200': {description: '', content: {application/json: {schema: {type: string}}}}}
    put:
      parameters:
      - {name: row, in: path, required: true, schema: {type: integer}}
      - {name: column, in: path, required: true, schema: {type: integer}}
      requestBody: {content: {application/json: {schema: {type: string}}}}
      responses: {'200': {description: '', content: {application/json: {schema: {type: string}}}}}
  /reports/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': *user}
  /getUser/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {'200': *user}}
    delete: {responses: {'204': {description: ''}}}
  /weather/{city}:
    get:
      parameters: [{name: city, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: ''
          content:
            application/json: {schema: {type: object, properties: {degrees: {type: number}}}}
    delete:
      parameters: [{name: city, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: ''}}
""",
    "calls",
)
