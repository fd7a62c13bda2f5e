"""All findings in a document, its overlay and its other files, each with its place.

`documents` stops at the first error and looks only at what the server needs. Here everything is
gone through: the official meta-schemas, and the defaults and examples by their schemas.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from locum.exceptions import DocumentError
from locum.openapi import (
    checks,
    documents,
    meaning,
    metaschema,
    overlay,
    reader,
    structure,
)
from locum.openapi.findings import ERROR, NOTE, STRICT, WARNING, Fault, Finding, finding
from locum.openapi.places import Places
from locum.openapi.schemas import Schemas
from locum.openapi.walk import Pointer, inline, json_copy

__all__ = ["ERROR", "NOTE", "WARNING", "Finding", "lint", "placed"]


def lint(path: Path, *, strict: bool = False) -> list[Finding]:
    """Return the findings in the document at the path, in the overlays beside it and in the files
    that they refer to, in the order of their places: those in the document for clients, and those
    that `<stem>.tolerated.yaml` brings in. What `serve` refuses is an error, of a strict document
    all that it has no use for.

    Raise DocumentError where the document or an overlay cannot be opened.
    """
    texts = _Texts()
    texts.of(path)
    beside, tolerated = overlay.beside(path), overlay.tolerated(path)
    found: list[Finding] = []
    try:
        document = reader.parse(texts.of(path).text, path, wide=not strict)
        if beside.is_file():
            before, document = document, _overlaid(document, beside, texts)
            for each in _with_overlay(path, beside, before, document, texts, strict=strict):
                found += each
        else:
            found += _findings(path, json_copy(document), texts, strict=strict)
        if tolerated.is_file():
            effective = _overlaid(document, tolerated, texts)
            _, brought = _with_overlay(path, tolerated, document, effective, texts, strict=strict)
            found += brought
    except DocumentError as error:
        found.append(_refusal(error, path, (beside, tolerated)))
    return [*dict.fromkeys(sorted(map(texts.placed, found), key=_order))]


def placed(found: Iterable[Finding]) -> list[Finding]:
    """Return further findings with their lines and columns, in the order of their places."""
    texts = _Texts()
    return sorted(map(texts.placed, found), key=_order)


@frozen
class _Text:
    """A file's text, and the places of its values."""

    text: str

    @cached_property
    def places(self) -> Places:
        return Places(self.text)


@frozen
class _Texts:
    """The texts of files, each read once."""

    _known: dict[Path, _Text] = field(factory=dict)

    def of(self, path: Path) -> _Text:
        """Raise DocumentError for a file that cannot be opened."""
        if path not in self._known:
            self._known[path] = _Text(reader.text_of(path))
        return self._known[path]

    def placed(self, found: Finding) -> Finding:
        """Return the finding with its line and column."""
        if found.line is not None:
            return found
        line, column = self.of(found.path).places.position(found.pointer or ())
        return evolve(found, line=line, column=column)


def _order(found: Finding) -> tuple[str, int, int, str, str]:
    place = found.line or 0, found.column or 0
    return str(found.path), *place, found.rule, found.message


def _refusal(error: DocumentError, path: Path, overlays: Collection[Path]) -> Finding:
    """Return what stopped everything, as a finding."""
    file = error.path or path
    rule = "overlay" if file in overlays else "size"
    if error.pointer is None:
        rule = "unreadable"
    elif error.pointer == ("openapi",):
        rule = "version"
    return Finding(file, rule, ERROR, error.message, error.pointer, error.line, names_place=True)


def _overlaid(document: dict[str, Any], file: Path, texts: _Texts) -> dict[str, Any]:
    return overlay.apply(reader.parse(texts.of(file).text, file), document, file)


def _with_overlay(
    path: Path,
    file: Path,
    before: dict[str, Any],
    after: dict[str, Any],
    texts: _Texts,
    *,
    strict: bool,
) -> tuple[list[Finding], list[Finding]]:
    """Return the findings in the document after the overlay: those that it had before, in its file,
    and those that the overlay brings, at its last action whose target holds the place."""
    last_action = _LastAction(reader.parse(texts.of(file).text, file), after)
    known = {(each.pointer, each.message) for each in _before(path, before, strict=strict)}
    kept, brought = [], []
    for each in _findings(path, json_copy(after), texts, strict=strict):
        if each.path != path or (each.pointer, each.message) in known:
            kept.append(each)
        else:
            text = f"in effect, {each.text}"
            place = last_action.of(each.pointer or ())
            brought.append(evolve(each, path=file, message=text, pointer=place, names_place=True))
    return kept, brought


def _before(path: Path, document: dict[str, Any], *, strict: bool) -> list[Finding]:
    try:
        return [*_findings(path, json_copy(document), _Texts(), strict=strict)]
    except DocumentError:  # which the overlay mends, or not
        return []


class _LastAction:
    """The last action of an overlay whose target holds a place of the effective document."""

    def __init__(self, changes: dict[str, Any], effective: dict[str, Any]) -> None:
        self._actions, self._effective = changes["actions"], effective

    @cached_property
    def _of_target(self) -> dict[tuple[str, ...], int]:
        return {
            tuple(map(str, node.location)): index
            for index, action in enumerate(self._actions)
            for node in overlay.targets(action["target"], self._effective)
        }

    def of(self, pointer: Pointer) -> Pointer:
        """Return its pointer in the overlay; without any, that of the overlay itself."""
        place = tuple(map(str, pointer))
        around = (self._of_target.get(place[:length], -1) for length in range(len(place) + 1))
        last = max(around)
        return ("actions", last) if last >= 0 else ()


# The findings in one document.


def _findings(
    path: Path, document: dict[str, Any], texts: _Texts, *, strict: bool
) -> Iterator[Finding]:
    """Yield the findings in the document that was read at the path, which is changed. Raise
    DocumentError where nothing more can be found."""
    version, faults, origins = documents.understood(document, path, strict=strict)
    faults += _faults(document, version, path, strict=strict)
    told: set[tuple[Pointer, str]] = set()
    for fault in faults:
        if (fault.pointer, fault.rule) in told or (fault.level == STRICT and not strict):
            continue
        told.add((fault.pointer, fault.rule))
        level = _STRICT_LEVELS.get(fault.rule, ERROR) if strict else fault.level
        found = evolve(finding(fault, path), level=level)
        origin = origins.of(fault.pointer)
        if origin is not None:
            file = _as_named(origin[0], path)
            line, column = texts.of(origin[0]).places.position(origin[1])
            found = evolve(found, path=file, pointer=origin[1], line=line, column=column)
        yield found


# Of what the server does not look at: an example, say.
_STRICT_LEVELS = dict.fromkeys(("default", "example", "required", "tag"), WARNING) | {
    "scheme-name": NOTE
}


def _as_named(file: Path, path: Path) -> Path:
    """Return the file's path as one from where the document's is, if it is near."""
    folder = path.parent.resolve()
    return path.parent / file.relative_to(folder) if file.is_relative_to(folder) else file


def _faults(document: dict[str, Any], version: str, path: Path, *, strict: bool) -> list[Fault]:
    of_rules = [*metaschema.all_faults(document, version)]
    faults = [*_names(document)]
    faults += structure.mend(document, is_3_0=version == "3.0")
    faults += _unless_told(of_rules, faults)
    faults += meaning.faults(document)
    faults += checks.faults(document, version)
    inline(document, path)
    faults += checks.mend_operations(document)
    schemas = Schemas(document, path)
    faults += checks.operation_faults(document, schemas, strict=strict)
    return faults


def _names(document: dict[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each name of a security scheme that the meta-schema would refuse."""
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    names = schemes.keys() if isinstance(schemes, dict) else ()
    for name in sorted(metaschema.TOLERATED_SCHEMES.intersection(names)):
        text = f"the name {name!r} breaks OpenAPI's pattern ^[a-zA-Z0-9._-]+$; it is tolerated"
        yield Fault(("components", "securitySchemes", name), "", "", "scheme-name", text=text)


def _unless_told(of_rules: Iterable[Fault], told: list[Fault]) -> Iterator[Fault]:
    """Yield the faults by the meta-schemas, but for those that were told of in other words."""
    found = {(fault.pointer, fault.found.split(", which ")[0]) for fault in told}
    places = {fault.pointer for fault in told if fault.pointer}
    for fault in of_rules:
        around = (fault.pointer[:length] for length in range(1, len(fault.pointer) + 1))
        if (fault.pointer, fault.found) not in found and places.isdisjoint(around):
            yield fault
