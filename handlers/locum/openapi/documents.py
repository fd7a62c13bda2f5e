"""OpenAPI documents in effect: read, changed by the overlay beside them, checked, mended where they
can be, their references resolved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from attrs import evolve, field, frozen

from locum.openapi import checks, files, merging, overlay, scheme_names, servers, structure
from locum.openapi.findings import (
    ERROR,
    STRICT,
    Fault,
    Finding,
    finding,
    raise_first,
    refusal,
)
from locum.openapi.reader import read
from locum.openapi.schemas import Schemas
from locum.openapi.walk import inline


@frozen(eq=False)
class Document:
    """An OpenAPI document: its file's stem and path, and the document in effect.

    `effective` is the published document after its overlays, checked and mended, in which every
    reference outside schemas is replaced by its target, and the parameters of a path stand in its
    operations. `schemas` are its schemas. `warnings` tell what of it has no effect, and what was
    mended; a strict document has none. `files` are the other files that it refers to. `untolerant`
    is the document, as JSON, before the overlay of what is merely tolerated; None where there is
    no such overlay.
    """

    name: str
    path: Path
    effective: dict[str, Any]
    schemas: Schemas = field(repr=False)
    warnings: tuple[Finding, ...] = field(default=(), repr=False)
    files: frozenset[Path] = frozenset()
    untolerant: bytes | None = field(default=None, repr=False)

    @schemas.default
    def _default_schemas(self) -> Schemas:
        return Schemas(self.effective, self.path)

    def for_clients(self) -> dict[str, Any]:
        """Return the document in effect without what is merely tolerated, with names that OpenAPI
        allows, made anew at each call unless that is the same. Raise DocumentError where it cannot
        be served."""
        if self.untolerant is None:
            return scheme_names.allowed(self.effective)
        return scheme_names.allowed(of(self.path, orjson.loads(self.untolerant)).effective)

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The paths of the document's `servers`, without the slash at their ends; "" left out."""
        return servers.prefixes(self.effective.get("servers", ()))

    def prefixes_of(self, path: str, method: str) -> tuple[str, ...]:
        """Return the same for one operation, whose servers, else its path's, are meant instead."""
        item = self.effective["paths"][path]
        for holder in (item[method], item):
            if holder.get("servers"):
                return servers.prefixes(holder["servers"])
        return self.prefixes


def load(
    path: Path,
    *,
    further: Sequence[Path] = (),
    like: Iterable[Path] = (),
    strict: bool = False,
    checked: bool = False,
) -> Document:
    """Return the document at the path, with those at further ones merged into it, and
    `<stem>.overlay.yaml` beside each applied to the whole if it exists; then those of the documents
    that it is like, as far as it has their targets. Last, in the same way, `<stem>.tolerated.yaml`,
    which the document for clients goes without.

    Raise DocumentError for a file that cannot be read, and for what cannot be served; where it is
    strict, for all that the server would have to ignore too (see `checks`). `checked` is one that
    was found to be strict before, and is not gone through again.
    """
    strict = strict or checked
    document = read(path, wide=not strict)
    merging.merge(document, path, [(each, read(each, wide=not strict)) for each in further])
    own = (path, *further)
    others = [each for each in like if each not in own]
    _change(document, _overlays(overlay.beside, own, others))
    tolerated = _overlays(overlay.tolerated, own, others)
    untolerant = orjson.dumps(document) if tolerated else None
    _change(document, tolerated)
    found = _as_checked(path, document) if checked else of(path, document, strict=strict)
    return evolve(found, untolerant=untolerant)


def _overlays(
    kind: Callable[[Path], Path], own: Iterable[Path], others: Iterable[Path]
) -> list[tuple[Path, bool]]:
    """Return the files of overlays of the kind, each with whether the document must have its
    targets: it need not for those of others."""
    beside = [
        (kind(path), must_find)
        for paths, must_find in ((own, True), (others, False))
        for path in paths
    ]
    return [(file, must_find) for file, must_find in beside if file.is_file()]


def _change(document: dict[str, Any], overlays: Iterable[tuple[Path, bool]]) -> None:
    """Apply the overlays to the document, in place."""
    for file, must_find in overlays:
        overlay.change(document, read(file), file, must_find=must_find)


def of(path: Path, effective: dict[str, Any], *, strict: bool = False) -> Document:
    """Return the document that was read at the path and overlaid, which becomes the one in effect.

    Raise DocumentError as `load` does.
    """
    if strict:
        checks.check(effective, path)
    version, faults, origins = understood(effective, path, strict=strict)
    faults += structure.mend(effective, is_3_0=version == "3.0")
    _raise_errors(faults, path, strict=strict)
    faults += checks.faults(effective, version)
    inline(effective, path)
    if not strict:
        faults += checks.mend_operations(effective)
    schemas = Schemas(effective, path)
    schemas.are_integers_bounded = not strict
    faults += checks.operation_faults(effective, schemas, strict=strict)
    _raise_errors(faults, path, strict=strict)
    warnings = tuple(finding(fault, path) for fault in faults if fault.level != STRICT)
    return Document(path.stem, path, effective, schemas, warnings, frozenset(origins.files))


def _as_checked(path: Path, effective: dict[str, Any]) -> Document:
    """Return what `of` does of a document in which it finds nothing."""
    inline(effective, path)
    return Document(path.stem, path, effective)


def understood(
    document: dict[str, Any], path: Path, *, strict: bool
) -> tuple[str, list[Fault], files.Origins]:
    """Return the version of the document, "3.0" or "3.1", its faults so far, and where its parts
    came from: what other files have is brought into it, in place, unless it is strict.

    Raise DocumentError for what is no document of OpenAPI 3, with what makes it one, and for
    another file that cannot be read.
    """
    faults = [*_version_faults(document, path)]
    origins = files.Origins()
    if not strict:
        of_references, origins = files.bundle(document, path)
        faults += of_references
    return document["openapi"][:3], faults, origins


def _raise_errors(faults: Sequence[Fault], path: Path, *, strict: bool) -> None:
    raise_first((fault for fault in faults if strict or fault.level == ERROR), path)


_VERSION = re.compile(r"(3\.[01])(\.\d+)?(-.+)?")


def _version_faults(document: dict[str, Any], path: Path) -> Iterator[Fault]:
    """Yield the fault of a version that can be understood, and mend it. Raise DocumentError for a
    document of another kind, with what makes it one of OpenAPI."""
    version = document.get("openapi")
    text = version if isinstance(version, str) else f"{version:.1f}" if _is_3(version) else ""
    match = _VERSION.fullmatch(text)
    if match is None:
        fault = Fault(("openapi",), _found(document), "OpenAPI 3.0.x or 3.1.x", "version", ERROR)
        raise refusal(evolve(fault, fix=_conversion(document, path)), path)
    if match[2] is None or not isinstance(version, str):
        yield Fault(("openapi",), repr(version), f"a text as {match[1]}.0", "version")
        document["openapi"] = f"{match[1]}.0"


def _is_3(version: Any) -> bool:
    return isinstance(version, float)


def _found(document: dict[str, Any]) -> str:
    if "openapi" in document:
        return repr(document["openapi"])
    if "swagger" in document:
        return f"swagger {document['swagger']}"
    return "a Postman collection" if _is_postman(document) else "no field openapi"


def _is_postman(document: dict[str, Any]) -> bool:
    info = document.get("info")
    schema = info.get("schema") if isinstance(info, dict) else None
    return "item" in document and (isinstance(schema, str) or "_postman_id" in (info or {}))


def _conversion(document: dict[str, Any], path: Path) -> str:
    """Return how the document becomes one of OpenAPI 3, "" where that is not known."""
    converted = f"{path.stem}.openapi.yaml"
    if "swagger" in document:
        return f"convert it: npx swagger2openapi --patch --yaml --outfile {converted} {path}"
    if _is_postman(document):
        return "convert it to OpenAPI 3 first, as npm's postman-to-openapi does"
    return ""


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method in lower case and definition of each operation in effect, in the order of
    the document."""
    return checks.operations(document.effective)


def operation_name(path: str, method: str, definition: Mapping[str, Any]) -> str:
    """Return the name by which a provider knows an operation: its operationId, else "GET /path"."""
    return definition.get("operationId") or f"{method.upper()} {path}"
