"""Which answer describes a status, and which media type a body."""

from __future__ import annotations

from typing import Any

import pytest

from locum.openapi.responses import Responses
from locum.openapi.schemas import Schemas


def responses(described: dict[str, Any]) -> Responses:
    operation = {"responses": described}
    document = {"openapi": "3.1.0", "paths": {"/a": {"get": operation}}}
    return Responses(Schemas(document), "/a", "get", operation)


def json(schema: Any) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


@pytest.mark.parametrize(
    ("names", "status", "name"),
    [
        (["200", "2XX", "default"], 200, "200"),
        (["200", "2XX", "default"], 201, "2XX"),
        (["200", "2XX", "default"], 404, "default"),
        (["200", "4xx"], 404, "4xx"),
        (["200"], 404, None),
    ],
)
def test_a_status_is_described_by_itself_else_by_its_range_else_by_default(
    names: list[str], status: int, name: str | None
) -> None:
    found = responses({each: {"description": ""} for each in names}).of(status)
    assert (found and found.name) == name


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["404", "201", "200"], 200),
        (["202", "2XX"], 202),
        (["2XX", "404"], 200),
        (["default"], 200),
        (["404", "default"], 200),
        (["404", "307", "302"], 302),
        (["503", "405", "404"], 503),
        (["4XX", "404"], 400),
        (["5xx", "4XX"], 500),
        ([], None),
    ],
)
def test_the_ordinary_status_is_the_least_that_succeeds(
    names: list[str], status: int | None
) -> None:
    assert responses({each: {"description": ""} for each in names}).ordinary == status


@pytest.mark.parametrize(
    ("documented", "found", "name"),
    [
        (["text/plain", "application/json"], "application/json", "application/json"),
        (
            ["application/json; charset=utf-8"],
            "application/json",
            "application/json; charset=utf-8",
        ),
        (["text/*", "*/*"], "text/csv", "text/*"),
        (["*/*"], "text/csv", "*/*"),
        (["application/problem+json"], "application/json", "application/problem+json"),
        (["text/plain"], "application/json", None),
    ],
)
def test_a_body_is_described_by_the_nearest_media_type(
    documented: list[str], found: str, name: str | None
) -> None:
    content: dict[str, Any] = {each: {} for each in documented}
    (status,) = [responses({"200": {"description": "", "content": content}}).of(200)]
    assert status is not None
    assert status.media_type(found) == name


def test_an_answer_without_a_schema_has_none() -> None:
    described = responses({"200": json({"type": "integer"}), "202": {"description": ""}})
    ok, accepted = described.of(200), described.of(202)
    assert ok is not None
    assert accepted is not None
    schema = ok.schema("application/json")
    assert schema is not None
    assert (schema.accepts(1), schema.accepts("1")) == (True, False)
    assert accepted.content == {}
