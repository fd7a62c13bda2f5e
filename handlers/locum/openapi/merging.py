"""The documents of a provider, put together to one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from locum.exceptions import DocumentError
from locum.openapi.walk import METHODS, Pointer

_HEAD = ("openapi", "security", "servers")  # what operations of both would mean something else by


def merge(document: dict[str, Any], path: Path, others: Sequence[tuple[Path, Any]]) -> None:
    """Add the paths, components, webhooks and tags of the other documents, each with its path, to
    the document at the path, in place. All else of the others is left out.

    Raise DocumentError where two have the same operation or operationId, or say different things
    under one name, and where another has a version, servers or security of its own.
    """
    for other_path, other in others:
        for name in _HEAD:
            if _head(other, name) not in (None, _head(document, name)):
                raise _collision((name,), other_path, path, "the same or nothing")
        ids = {found for _, found in _ids(document)}
        for pointer, found in _ids(other):
            if found in ids:
                raise _collision(pointer, other_path, path, "an operationId that no other has")
        for place in ("paths", "webhooks", "components"):
            _merge(place, document, other.get(place, {}), other_path, path)
        named = {tag["name"] for tag in document.get("tags", ())}
        tags = [tag for tag in other.get("tags", ()) if tag["name"] not in named]
        if tags:
            document.setdefault("tags", []).extend(tags)


def _ids(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Yield each operationId with where it stands."""
    for path, item in document.get("paths", {}).items():
        for method in item.keys() & set(METHODS):
            if "operationId" in item[method]:
                yield ("paths", path, method, "operationId"), item[method]["operationId"]


def _merge(
    place: str, document: dict[str, Any], added: dict[str, Any], other: Path, path: Path
) -> None:
    """Add what is in the place of another document, which is two levels deep: operations by their
    path and method, components by their kind and name."""
    for key, parts in added.items():
        known = document.setdefault(place, {}).setdefault(key, {})
        for name, value in parts.items():
            is_operation = place != "components" and name in METHODS
            if name in known and (is_operation or known[name] != value):
                expected = "an operation in one of both" if is_operation else "the same in both"
                raise _collision((place, key, name), other, path, expected)
            known[name] = value


def _head(document: dict[str, Any], name: str) -> Any:
    """Return what says what all operations have in common, None for nothing: a version's number of
    a mend changes nothing, and no security is none."""
    value = document.get(name)
    return value[:3] if name == "openapi" and isinstance(value, str) else value or None


def _collision(pointer: Pointer, other: Path, path: Path, expected: str) -> DocumentError:
    where = "/".join(map(str, pointer))
    return DocumentError(
        f"found {where} of {other.name} beside another in {path.name}, expected {expected}",
        "give it another name, or leave it out of one of the two",
        other,
        pointer,
        found=where,
        expected=expected,
    )
