"""Documented examples count where they fit their schemas."""

from __future__ import annotations

from typing import Any

import pytest

from locum.generate import examples
from locum.openapi.responses import Response, Responses
from locum.openapi.schemas import Schemas


def response(media_type: str, content: dict[str, Any]) -> Response:
    operation = {"responses": {"200": {"description": "", "content": {media_type: content}}}}
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": operation}}}
    found = Responses(Schemas(document), "/a", "get", operation).of(200)
    assert found is not None
    return found


INTEGER = {"type": "integer"}


@pytest.mark.parametrize(
    ("content", "fitting"),
    [
        ({"schema": INTEGER, "example": 1}, {"": 1}),
        ({"schema": INTEGER, "example": "x"}, {}),
        ({"schema": INTEGER, "example": "12"}, {"": 12}),
        ({"schema": {"type": "string"}, "example": "12"}, {"": "12"}),
        ({"example": {"any": "thing"}}, {"": {"any": "thing"}}),
        (
            {
                "schema": INTEGER,
                "examples": {
                    "a": {"value": 1},
                    "b": {"value": "x"},
                    "c": {"externalValue": "http://a"},
                },
            },
            {"a": 1},
        ),
        ({"schema": INTEGER}, {}),
    ],
)
def test_an_example_counts_where_it_fits(content: Any, fitting: dict[str, Any]) -> None:
    assert examples.fitting(response("application/json", content), "application/json") == fitting


def test_what_is_for_requests_alone_is_no_part_of_an_answer() -> None:
    secret = {"type": "string", "writeOnly": True}
    card = {"type": "object", "properties": {"name": {"type": "string"}, "cvc": secret}}
    schema = {"type": "array", "items": {"oneOf": [card, {"type": "integer"}]}}
    content = {"schema": schema, "example": [{"name": "a", "cvc": "123"}, 5]}
    for media_type in ("application/json", "application/xml"):
        found = examples.fitting(response(media_type, content), media_type)
        assert found == {"": [{"name": "a"}, 5]}


def test_an_example_of_another_kind_than_json_may_be_its_text() -> None:
    content = {"schema": {"type": "object"}, "example": "<a>1</a>"}
    assert examples.fitting(response("application/xml", content), "application/xml") == {
        "": "<a>1</a>"
    }
