"""Documents are read as the types of JSON, changed by their overlay, their references resolved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import DocumentError
from locum.openapi import documents
from tests.oracles.small_document import JSON, OPERATION, SMALL, load, with_part


def test_document_has_its_name_path_and_content(tmp_path: Path) -> None:
    document = load(tmp_path, SMALL)
    assert (document.name, document.path) == ("d", tmp_path / "d.yaml")
    assert document.effective == SMALL


def overlay_of(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"overlay": "1.0.0", "info": {"title": "o", "version": "1"}, "actions": list(actions)}


def test_overlay_beside_the_document_is_applied(tmp_path: Path) -> None:
    overlay = overlay_of({"target": "$.info", "update": {"title": "changed"}})
    document = load(tmp_path, SMALL, overlay=overlay)
    assert document.effective == with_part(SMALL, "info", "title", "changed")


def test_fault_of_the_overlay_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(
        DocumentError, match=r"d\.overlay\.yaml: action 1 .*found nothing"
    ) as raised:
        load(tmp_path, SMALL, overlay=overlay_of({"target": "$.x", "remove": True}))
    assert raised.value.path == tmp_path / "d.overlay.yaml"
    assert raised.value.pointer == ("actions", 0)


def test_the_effective_document_is_what_is_checked(tmp_path: Path) -> None:
    broken = with_part(SMALL, "webhooks", {"w": {}})
    overlay = overlay_of({"target": "$.webhooks", "remove": True})
    assert load(tmp_path, broken, overlay=overlay).effective == SMALL


def test_references_give_way_to_what_they_name_save_in_schemas(tmp_path: Path) -> None:
    """A parameter, body, response and its header are named; the schema of the response too."""
    named = {"$ref": "#/components/schemas/S"}
    content = {"application/json": {"schema": named}}
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    header = {"schema": {"type": "string"}}
    document = with_part(SMALL, *OPERATION, "parameters", [{"$ref": "#/components/parameters/P"}])
    document["components"] |= {
        "parameters": {"P": parameter},
        "headers": {"H": header},
        "requestBodies": {"B": {"required": True, "content": content}},
        "responses": {
            "R": {
                "description": "r",
                "headers": {"X": {"$ref": "#/components/headers/H"}},
                "content": content,
            }
        },
    }
    operation = document["paths"]["/a/{id}"]["post"]
    operation["requestBody"] = {"$ref": "#/components/requestBodies/B"}
    operation["responses"]["200"] = {"$ref": "#/components/responses/R", "description": "mine"}
    effective = load(tmp_path, document).effective["paths"]["/a/{id}"]["post"]
    assert effective["parameters"] == [parameter]
    assert effective["requestBody"] == {"required": True, "content": content}
    assert effective["responses"]["200"] == {
        "description": "mine",
        "headers": {"X": header},
        "content": content,
    }


def test_parameters_of_a_path_move_to_its_operations_which_may_replace_them(tmp_path: Path) -> None:
    own = {"name": "q", "in": "query", "schema": {"type": "integer"}}
    shared = [{"name": "q", "in": "query", "schema": {"type": "string"}}]
    shared += SMALL["paths"]["/a/{id}"]["post"]["parameters"]
    document = with_part(SMALL, "paths", "/a/{id}", "parameters", shared)
    document["paths"]["/a/{id}"]["post"]["parameters"] = [own]
    item = load(tmp_path, document).effective["paths"]["/a/{id}"]
    assert "parameters" not in item
    assert item["post"]["parameters"] == [own, shared[1]]


def test_extensions_beside_paths_are_no_paths(tmp_path: Path) -> None:
    """Whatever they hold, and though one looks like a path item."""
    extensions = {"x-note": "any text", "x-more": {"get": {"responses": {}}, "parameters": 5}}
    document = SMALL | {"paths": SMALL["paths"] | extensions}
    loaded = load(tmp_path, document)
    assert loaded.effective == document
    assert [path for path, _, _ in documents.operations(loaded)] == ["/a/{id}"]


def test_operations_come_with_path_and_method_in_order(tmp_path: Path) -> None:
    get = {"responses": {"200": {"description": "ok", "content": JSON}}}
    document = with_part(SMALL, "paths", "/b", {"summary": "s", "get": get, "x-note": 1})
    found = [(path, method) for path, method, _ in documents.operations(load(tmp_path, document))]
    assert found == [("/a/{id}", "post"), ("/b", "get")]
