"""What the greeting tells of a document."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from locum import app
from locum.http.connexion_app import ServedDocument
from locum.provider import Sample
from locum.server import samples

OK = {"responses": {"200": {"description": "ok"}}}
SCHEMES = {
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "bearer": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"},
}


def served(folder: Path, paths: dict[str, Any], *scheme: str) -> ServedDocument:
    file = folder / "shop.json"
    chosen = {name: SCHEMES[name] for name in scheme}
    content = {
        "openapi": "3.1.0",
        "info": {"title": "a", "version": "1"},
        "paths": paths,
        "security": [{name: []} for name in scheme],
        "components": {"securitySchemes": chosen},
    }
    file.write_text(json.dumps(content))
    (found,) = app.read((), [file])
    return found


def needing(name: str, where: str, **fields: Any) -> dict[str, Any]:
    parameter = {"name": name, "in": where, "required": True, "schema": {}, **fields}
    return {"get": {**OK, "parameters": [parameter]}}


def test_a_line_tells_how_operations_are_answered(tmp_path: Path) -> None:
    shop = served(tmp_path, {"/a": {"get": OK, "post": OK}, "/b": {"get": OK}})
    assert samples.line(shop) == "document: shop (3 operations: 3 generated)"
    provider = evolve(shop.provider, handlers={"GET /a": print}, refused={"POST /a": "no"})
    told = samples.line(evolve(shop, provider=provider))
    assert told == "document: shop (3 operations: 1 computed, 1 generated, 1 refused)"
    one = served(tmp_path, {"/a": {"get": OK}})
    computed = evolve(one, provider=evolve(one.provider, handlers={"GET /a": print}))
    assert samples.line(computed) == "document: shop (1 operation: 1 computed)"
    assert (samples.is_computed(computed), samples.is_computed(one)) == (True, False)


@pytest.mark.parametrize(
    ("scheme", "hint", "sample"),
    [
        ("header", "any value as X-Key (header)", Sample("/a", {"X-Key": "k"})),
        ("query", "any value as key (query)", Sample("/a?key=k")),
        ("cookie", "any value as sid (cookie)", Sample("/a", {"Cookie": "sid=k"})),
        (
            "bearer",
            "any value as Authorization: Bearer",
            Sample("/a", {"Authorization": "Bearer k"}),
        ),
        (
            "basic",
            "any value as Authorization: Basic",
            Sample("/a", {"Authorization": f"Basic {base64.b64encode(b'k:').decode()}"}),
        ),
    ],
)
def test_a_request_presents_the_key_as_the_document_wants_it(
    tmp_path: Path, scheme: str, hint: str, sample: Sample
) -> None:
    shop = served(tmp_path, {"/a": {"get": OK}}, scheme)
    assert samples.credential(shop) == hint
    assert samples.first_get(shop, "k") == sample


def test_the_first_get_that_needs_no_value_is_asked(tmp_path: Path) -> None:
    shop = served(tmp_path, {"/a/{id}": needing("id", "path"), "/b": {"post": OK, "get": OK}})
    assert samples.first_get(shop, "k") == Sample("/b")
    assert samples.credential(shop) == ""


@pytest.mark.parametrize(
    ("operation", "sample"),
    [
        (needing("id", "path", schema={"type": "integer"}), Sample("/a/1")),
        (needing("id", "path", example="x/y"), Sample("/a/x%2Fy")),
        (needing("id", "path", schema={"enum": ["p", "q"]}), Sample("/a/p")),
        (needing("id", "path", schema={"default": 5}), Sample("/a/5")),
        (needing("id", "path", examples={"one": {"value": "z"}}), Sample("/a/z")),
        (needing("id", "path"), Sample("/a/example")),
    ],
)
def test_a_value_is_one_that_the_document_shows(
    tmp_path: Path, operation: dict[str, Any], sample: Sample
) -> None:
    assert samples.first_get(served(tmp_path, {"/a/{id}": operation}), "k") == sample


def test_parameters_stand_where_they_must(tmp_path: Path) -> None:
    shop = served(tmp_path, {"/a": needing("q", "query", example="x y")}, "query")
    assert samples.first_get(shop, "k") == Sample("/a?key=k&q=x+y")
    shop = served(tmp_path, {"/a": needing("X-At", "header", example="now")})
    assert samples.first_get(shop, "k") == Sample("/a", {"X-At": "now"})
    assert samples.first_get(served(tmp_path, {"/a": {"post": OK}}), "k") is None


def test_what_cannot_succeed_is_asked_last(tmp_path: Path) -> None:
    gone = {"get": {"responses": {"410": {"description": "gone"}}}}
    shop = served(tmp_path, {"/a": gone, "/b/{id}": needing("id", "path", example=3)})
    assert samples.first_get(shop, "k") == Sample("/b/3")


def test_a_refused_operation_is_not_asked(tmp_path: Path) -> None:
    shop = served(tmp_path, {"/a": {"get": OK}, "/b": {"get": OK}})
    refusing = evolve(shop, provider=evolve(shop.provider, refused={"GET /a": "no"}))
    assert samples.first_get(refusing, "k") == Sample("/b")
