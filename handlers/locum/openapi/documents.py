"""OpenAPI documents in effect: read, changed by the overlay beside them, checked, their references
resolved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from locum.openapi import checks, overlay
from locum.openapi.reader import read
from locum.openapi.schemas import Schemas
from locum.openapi.walk import inline


@frozen(eq=False)
class Document:
    """An OpenAPI document: its file's stem and path, and the document in effect.

    `effective` is the published document after its overlay, checked, in which every reference
    outside schemas is replaced by its target, and the parameters of a path stand in its operations.
    `schemas` are its schemas.
    """

    name: str
    path: Path
    effective: dict[str, Any]
    schemas: Schemas = field(repr=False)

    @schemas.default
    def _default_schemas(self) -> Schemas:
        return Schemas(self.effective, self.path)


def load(path: Path) -> Document:
    """Return the document at the path, with `<stem>.overlay.yaml` beside it applied if it exists.

    Raise DocumentError for a file that cannot be read, and for what the server would have to ignore
    (see `checks`).
    """
    effective = read(path)
    beside = overlay.beside(path)
    if beside.is_file():
        effective = overlay.apply(read(beside), effective, beside)
    return of(path, effective)


def of(path: Path, effective: dict[str, Any]) -> Document:
    """Return the document that was read at the path and overlaid, which becomes the one in effect.

    Raise DocumentError as `load` does.
    """
    checks.check(effective, path)
    inline(effective, path)
    document = Document(path.stem, path, effective)
    checks.check_operations(effective, document.schemas, path)
    return document


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method in lower case and definition of each operation in effect, in the order of
    the document."""
    return checks.operations(document.effective)


def operation_name(path: str, method: str, definition: Mapping[str, Any]) -> str:
    """Return the name by which a provider knows an operation: its operationId, else "GET /path"."""
    return definition.get("operationId") or f"{method.upper()} {path}"
