"""A small document, good in every part, for tests that break one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import DocumentError
from locum.openapi import documents
from locum.openapi.documents import Document

JSON = {"application/json": {"schema": {"type": "object"}}}
SMALL: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/a/{id}": {
            "post": {
                "operationId": "a",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": {"required": True, "content": JSON},
                "responses": {"200": {"description": "ok", "content": JSON}},
            }
        }
    },
    "components": {
        "schemas": {"S": {"type": "object", "properties": {"p": {"type": "string"}}}},
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "k"}},
    },
}
OPERATION = "paths", "/a/{id}", "post"
SCHEMA = "components", "schemas", "S"


def with_part(document: dict[str, Any], *where_and_value: Any) -> dict[str, Any]:
    """A copy of the document with another value at a place; `...` takes the place away."""
    changed = copy.deepcopy(document)
    *where, last, value = where_and_value
    node: Any = changed
    for token in where:
        node = node.setdefault(token, {}) if isinstance(node, dict) else node[token]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return changed


def load(
    folder: Path,
    document: Any,
    *,
    overlay: Any = None,
    name: str = "d.yaml",
    strict: bool = True,
) -> Document:
    """The document (a text, or what becomes JSON) as a file of that name, loaded."""
    text = document if isinstance(document, str) else json.dumps(document)
    (folder / name).write_text(text, encoding="utf-8")
    if overlay is not None:
        (folder / "d.overlay.yaml").write_text(json.dumps(overlay), encoding="utf-8")
    return documents.load(folder / name, strict=strict)


def refusal(folder: Path, document: Any, *, name: str = "d.yaml", strict: bool = True) -> str:
    """The message of the document's refusal: one line, with a way to mend it."""
    with pytest.raises(DocumentError) as raised:
        load(folder, document, name=name, strict=strict)
    assert "\n" not in str(raised.value)
    assert raised.value.fix
    return str(raised.value).removeprefix(str(folder / "d."))
