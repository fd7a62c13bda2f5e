"""A provider's documents become one: what the others have is added to the first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import DocumentError
from locum.openapi.merging import merge

FIRST, OTHER = Path("first.yaml"), Path("other.json")


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "one", "version": "1"}, "paths": paths} | more


def merged(first: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    merge(first, FIRST, [(OTHER, other) for other in others])
    return first


def test_paths_methods_components_and_tags_of_all_are_there() -> None:
    first = document({"/a": {"get": {"operationId": "a"}}}, tags=[{"name": "t"}])
    second = document({"/a": {"post": {}}, "/b": {"get": {}}}, components={"schemas": {"S": {}}})
    third = document({}, tags=[{"name": "t", "description": "another"}, {"name": "u"}])
    assert merged(first, second, third) == {
        "openapi": "3.1.0",
        "info": {"title": "one", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "a"}, "post": {}}, "/b": {"get": {}}},
        "components": {"schemas": {"S": {}}},
        "tags": [{"name": "t"}, {"name": "u"}],
    }


def test_one_component_may_be_in_both_where_it_is_the_same() -> None:
    same = {"schemas": {"S": {"type": "string", "minLength": 0}}}
    first, second = document({}, components=same), document({}, components=same)
    assert merged(first, second)["components"] == same


def test_a_version_that_differs_in_its_last_number_and_no_security_are_no_other() -> None:
    first = document({}, security=[], servers=[{"url": "/"}])
    assert merged(first, document({}) | {"openapi": "3.1.1"})["openapi"] == "3.1.0"


@pytest.mark.parametrize(
    ("other", "where"),
    [
        (document({"/a": {"get": {}}}), "paths//a/get"),
        (document({"/b": {"get": {"operationId": "a"}}}), "paths//b/get/operationId"),
        (document({}, components={"schemas": {"S": {"type": "number"}}}), "components/schemas/S"),
        (document({"/a": {"summary": "another"}}), "paths//a/summary"),
        (document({}) | {"openapi": "3.0.3"}, "openapi"),
        (document({}, servers=[{"url": "/x"}]), "servers"),
        (document({}, security=[{"key": []}]), "security"),
    ],
)
def test_what_cannot_be_both_is_refused_with_its_place(other: dict[str, Any], where: str) -> None:
    first = document(
        {"/a": {"get": {"operationId": "a"}, "summary": "one"}},
        components={"schemas": {"S": {"type": "string"}}},
    )
    with pytest.raises(DocumentError, match=f"found {where} of other.json beside another in first"):
        merged(first, other)
