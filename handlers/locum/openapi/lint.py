"""The findings in a document and its overlay by all of OpenAPI's rules, each with its line.

Serving a document checks it too, quickly and up to the first fault; here the official rules are
gone through in full by openapi-spec-validator, which takes longer to load than the server to start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import frozen

from locum.exceptions import DocumentError, StartError
from locum.openapi import checks, documents, meaning, metaschema, overlay, reader
from locum.openapi.findings import raise_first
from locum.openapi.places import Places
from locum.openapi.walk import Pointer, json_copy, json_pointer, walk

ERROR, WARNING = "error", "warning"
_LONGEST_MESSAGE = 1000  # characters: it may quote a whole document
_Validators = dict[str, Any]  # by OpenAPI version, those of openapi-spec-validator


@frozen
class Finding:
    """A fault at a line (from 1) of a file."""

    path: Path
    line: int
    severity: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.message}"


def lint(path: Path) -> list[Finding]:
    """Return the faults of the document at the path and of `<stem>.overlay.yaml` beside it.

    Raise StartError where a file cannot be opened, or openapi-spec-validator is not installed.
    """
    validators = _validators()
    beside = overlay.beside(path)
    files = {file: _File(file) for file in (path, beside) if file == path or file.is_file()}
    findings: list[Finding] = []
    try:
        published = reader.parse(files[path].text, path)
        findings += _tolerated(files[path], published)
        for pointer, message in _faults(published, validators):
            line = files[path].line(pointer)
            findings.append(Finding(path, line, ERROR, _with_place(pointer, message)))
        effective = published
        if beside in files:
            changes = reader.parse(files[beside].text, beside)
            effective = overlay.apply(changes, published, beside)
            last_action = _LastAction(changes, effective)
            for pointer, message in _new_faults(effective, validators, findings):
                line = files[beside].line(last_action.of(pointer))
                findings.append(Finding(beside, line, ERROR, f"in effect, {message}"))
        in_effect = documents.of(path, effective, strict=True)
        raise_first(checks.compile_all(in_effect.effective, in_effect.schemas), path)
    except DocumentError as error:
        refusal = _refusal(error, files[error.path or path])
        errors = [(each.path, each.line) for each in findings if each.severity == ERROR]
        if (refusal.path, refusal.line) not in errors:
            findings.append(refusal)
    return findings


class _File:
    """A file's text, and the lines of its places."""

    def __init__(self, path: Path) -> None:
        self.path, self.text = path, reader.text_of(path)

    @cached_property
    def _places(self) -> Places:
        return Places(self.text)

    def line(self, pointer: Pointer) -> int:
        return self._places.line(pointer)


def _tolerated(file: _File, document: dict[str, Any]) -> Iterator[Finding]:
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    names = schemes.keys() if isinstance(schemes, dict) else ()
    for name in sorted(metaschema.TOLERATED_SCHEMES.intersection(names)):
        line = file.line(("components", "securitySchemes", name))
        message = f"the name {name!r} breaks OpenAPI's pattern ^[a-zA-Z0-9._-]+$; it is tolerated"
        yield Finding(file.path, line, WARNING, message)


def _refusal(error: DocumentError, file: _File) -> Finding:
    """Return what the server itself refuses, at the line in the file that the error is about."""
    line = error.line or file.line(error.pointer or ())
    return Finding(file.path, line, ERROR, error.message)


def _new_faults(
    effective: dict[str, Any], validators: _Validators, findings: Sequence[Finding]
) -> Iterator[tuple[Pointer, str]]:
    """Yield pointer and message of each fault that the published document does not have."""
    published = {finding.message for finding in findings}
    for pointer, fault in _faults(effective, validators):
        message = _with_place(pointer, fault)
        if message not in published:
            yield pointer, message


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


def _with_place(pointer: Pointer, message: str) -> str:
    return f"{json_pointer(pointer)}: {message}" if pointer else message


# The faults of one document, as pointer and message.


def _faults(document: dict[str, Any], validators: _Validators) -> Iterator[tuple[Pointer, str]]:
    version = str(document.get("openapi"))[:3]
    if version not in validators:
        return
    structure = [*_structure_faults(document, version, validators[version])]
    yield from structure
    # What a document means is only clear where its structure is.
    if not structure:
        yield from meaning.faults(document)


def _without_extensions(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without the extensions beside paths and responses, which the validator
    takes for a path and a response; a copy where there are any."""
    extensions = [
        (*pointer, field, name)
        for pointer, kind, node in walk(document, into_schemas=False)
        if (field := _EXTENSIBLE.get(kind)) and isinstance(node, dict)
        if isinstance(members := node.get(field), dict)
        for name in members
        if name.startswith("x-")
    ]
    if not extensions:
        return document
    copied: dict[str, Any] = json_copy(document)
    for *way, name in extensions:
        holder: Any = copied
        for token in way:
            holder = holder[token]
        del holder[name]
    return copied


_EXTENSIBLE = {"document": "paths", "operation": "responses"}


def _structure_faults(
    document: dict[str, Any], version: str, validator: Any
) -> Iterator[tuple[Pointer, str]]:
    """Yield what the meta-schemas refuse, and references that name nothing of their kind."""
    reported: set[Pointer] = set()
    for error in validator.iter_errors(_without_extensions(metaschema.with_valid_names(document))):
        pointer = metaschema.as_published(tuple(error.absolute_path))
        reported.add(pointer)
        yield pointer, _first_line(error)
    schema_validator = metaschema.schema_validator()
    kinds = checks.Kinds(document)
    fine: Pointer = ("",)  # of a schema without fault, in which none has one; first, of nothing
    for pointer, kind, node in walk(document):
        faults: list[metaschema.Fault] = []
        if kind == "schema" and version == "3.1" and pointer[: len(fine)] != fine:
            faults += metaschema.schema_faults(schema_validator, pointer, node)
            fine = fine if faults else pointer
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            faults += checks.reference_faults(document, pointer, kind, node["$ref"], kinds)
        for fault in faults:
            if fault.pointer not in reported:  # by OpenAPI's rules, or of a schema around this one
                reported.add(fault.pointer)
                yield fault.pointer, f"found {fault.found}, expected {fault.expected}"


def _first_line(error: Any) -> str:
    return str(error.message).splitlines()[0][:_LONGEST_MESSAGE]


# openapi-spec-validator, which is optional.


def _validators() -> _Validators:
    try:
        from openapi_spec_validator import schemas  # noqa: PLC0415  # optional
    except ImportError:
        raise StartError(
            "lint needs openapi-spec-validator, which is not installed",
            "pip install 'locum[lint]'",
        ) from None
    return {
        "3.0": schemas.openapi_v30_schema_validator,
        "3.1": schemas.openapi_v31_schema_validator,
    }
