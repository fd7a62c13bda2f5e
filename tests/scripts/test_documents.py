"""The judge of `scripts/documents`: its requests, by hand from OpenAPI's own examples of styles,
and its verdicts on answers that are known to be good or bad."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.document_judge import Answer, DocumentJudge
from tests.oracles.foreign_documents import ForeignDocument
from tests.oracles.valid_requests import (
    body_in,
    in_cookie,
    in_header,
    in_path,
    in_query,
    valid_request,
)
from tests.oracles.valid_values import Unmakeable, from_pattern, valid_value

# The table "Style Examples" of OpenAPI 3.1.1.
LIST = ["blue", "black", "brown"]
MAP = {"R": 100, "G": 200, "B": 150}


def parameter(style: str) -> dict[str, Any]:
    """A star after the style explodes it."""
    return {"name": "color", "style": style.rstrip("*"), "explode": style.endswith("*")}


@pytest.mark.parametrize(
    ("style", "listed", "mapped"),
    [
        ("matrix", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
        ("matrix*", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
        ("label", ".blue,black,brown", ".R,100,G,200,B,150"),
        ("label*", ".blue.black.brown", ".R=100.G=200.B=150"),
        ("simple", "blue,black,brown", "R,100,G,200,B,150"),
        ("simple*", "blue,black,brown", "R=100,G=200,B=150"),
    ],
)
def test_a_path_has_its_parameters_by_style(style: str, listed: str, mapped: str) -> None:
    assert in_path(parameter(style), LIST) == listed
    assert in_path(parameter(style), MAP) == mapped


@pytest.mark.parametrize(
    ("style", "value", "query"),
    [
        ("form", LIST, "color=blue,black,brown"),
        ("form", MAP, "color=R,100,G,200,B,150"),
        ("form*", LIST, "color=blue&color=black&color=brown"),
        ("form*", MAP, "R=100&G=200&B=150"),
        ("spaceDelimited", LIST, "color=blue%20black%20brown"),
        ("pipeDelimited", LIST, "color=blue%7Cblack%7Cbrown"),
        ("deepObject*", MAP, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
        ("form*", "a b&c", "color=a%20b%26c"),
        ("form*", True, "color=true"),
    ],
)
def test_a_query_has_its_parameters_by_style(style: str, value: Any, query: str) -> None:
    assert "&".join(in_query(parameter(style), value)) == query


def test_headers_and_cookies_have_their_parameters() -> None:
    assert in_header(parameter("simple"), LIST) == "blue,black,brown"
    assert in_header(parameter("simple*"), MAP) == "R=100,G=200,B=150"
    assert in_cookie(parameter("form"), LIST) == ["color=blue,black,brown"]


def test_a_body_is_written_in_its_media_type() -> None:
    value = {"a": "b c", "n": [1, 2]}
    assert body_in("application/x+json", value, {}) == (
        "application/x+json",
        json.dumps(value).encode(),
    )
    assert body_in("application/x-www-form-urlencoded", value, {})[1] == b"a=b%20c&n=1&n=2"
    kind, parts = body_in("multipart/form-data", {"a": "b", "n": [1, 2]}, {})
    boundary = kind.partition("boundary=")[2].encode()
    assert parts.count(b"--" + boundary) == 4
    assert parts.endswith(b"--" + boundary + b"--\r\n")
    assert b'name="a"\r\n\r\nb\r\n' in parts


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{3}-\d{2,4}$",
        r"^(foo|bar)+\.[^@.]+$",
        r"^\w+@\w+\.(com|org)$",
        "abc",
        r"^(?!x)[a-c]?\s*$",
    ],
)
def test_a_text_is_made_for_a_pattern(pattern: str) -> None:
    made = from_pattern(pattern)
    assert made is not None
    assert re.search(pattern, made)


def written(tmp_path: Path, paths: dict[str, Any], **more: Any) -> ForeignDocument:
    content = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths, **more}
    path = tmp_path / "document.json"
    path.write_text(json.dumps(content))
    return ForeignDocument(path)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6),
        ({"type": "integer", "multipleOf": 7, "minimum": 8}, 14),
        ({"type": "string", "minLength": 6, "maxLength": 7}, "textxx"),
        ({"type": "string", "nullable": True, "enum": ["b"]}, "b"),
        ({"type": "string", "example": 5, "format": "date"}, "2024-03-05"),
        (
            {"type": "array", "minItems": 2, "uniqueItems": True, "items": {"type": "integer"}},
            [1, 2],
        ),
        ({"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "boolean"}}}]}, {"a": True}),
    ],
)
def test_a_valid_value_is_made_for_a_schema(
    tmp_path: Path, schema: dict[str, Any], value: Any
) -> None:
    paths = {"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}}
    document = written(tmp_path, paths)
    (operation,) = document.operations()
    converted = operation.definition["requestBody"]["content"]["application/json"]["schema"]
    assert valid_value(document, converted) == value


def test_what_no_value_fits_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unmakeable):
        valid_value(written(tmp_path, {}), {"type": "string", "not": {}})


def test_a_request_has_what_the_operation_asks_for(tmp_path: Path) -> None:
    operation = {
        "security": [{"key": [], "basic": []}],
        "parameters": [
            {"name": "q", "in": "query", "required": True, "schema": {"type": "integer"}},
            {"name": "o", "in": "query", "schema": {"type": "integer"}},
            {"name": "X-H", "in": "header", "required": True, "example": "h", "schema": {}},
        ],
    }
    path = {"parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}]}
    schemes = {
        "key": {"type": "apiKey", "in": "query", "name": "k"},
        "basic": {"type": "http", "scheme": "Basic"},
    }
    document = written(
        tmp_path, {"/a/{id}": path | {"get": operation}}, components={"securitySchemes": schemes}
    )
    (found,) = document.operations()
    request = valid_request(document, found, credential="s", path_values={"id": "x/y"})
    assert request.target == "/a/x%2Fy?q=1&k=s"
    assert request.headers == {"X-H": "h", "Authorization": "Basic anVkZ2U6cw=="}
    assert request.wire("h:1").startswith(b"GET /a/x%2Fy?q=1&k=s HTTP/1.1\r\nHost: h:1\r\n")


def test_an_answer_has_nothing_that_is_for_requests_alone(tmp_path: Path) -> None:
    secret = {"type": "string", "writeOnly": True}
    one = {"type": "object", "required": ["s"], "properties": {"s": secret}}
    document = written(tmp_path, {}, components={"schemas": {"One": one}})
    of_one = {"$ref": "#/components/schemas/One"}
    assert document.faults(of_one, {"s": "a"}) == []
    assert document.faults(of_one, {}, answered=True) == []
    assert document.faults(of_one, {"s": "a"}, answered=True) != []


RESPONSES = {
    "200": {
        "description": "good",
        "headers": {"X-N": {"required": True, "schema": {"type": "integer"}}},
        "content": {"application/json": {"schema": {"type": "integer", "nullable": True}}},
    },
    "204": {"description": "nothing"},
    "4XX": {"description": "bad", "content": {"text/*": {"schema": {"type": "string"}}}},
}
JSON = {"content-type": "application/json", "x-n": "1"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "fault"),
    [
        (200, JSON, b"1", ""),
        (200, JSON, b"null", ""),
        (200, JSON, b'"1"', "not of type"),
        (200, JSON, b"NaN", "not JSON"),
        (200, JSON | {"x-n": "a"}, b"1", "header X-N"),
        (200, {"content-type": "application/json"}, b"1", "header X-N is absent"),
        (200, JSON | {"content-type": "text/plain"}, b"1", "media type"),
        (201, JSON, b"1", "status 201 is not documented"),
        (204, {}, b"", ""),
        (204, {}, b"1", "a body with status 204"),
        (404, {"content-type": "text/plain; charset=utf-8"}, b"no", ""),
        (404, JSON, b"1", "media type"),
    ],
)
def test_an_answer_is_judged(
    tmp_path: Path, status: int, headers: dict[str, str], body: bytes, fault: str
) -> None:
    document = written(tmp_path, {"/a": {"get": {"responses": RESPONSES}}})
    (operation,) = document.operations()
    request = valid_request(document, operation, credential="s")
    verdict = DocumentJudge(document).of(operation, request, Answer(status, headers, body))
    if fault:
        assert fault in "; ".join(verdict.faults)
    else:
        assert verdict.faults == ()
        assert verdict.by == ("jsonschema" if status == 404 else "openapi-core")  # of a range
