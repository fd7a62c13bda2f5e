"""The findings in a document and its overlay by all of OpenAPI's rules, each with its line.

Serving a document checks it too, quickly and up to the first fault; here the official rules are
gone through in full by openapi-spec-validator, which takes longer to load than the server to start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from jsonpath_rfc9535 import find

from locum.exceptions import DocumentError, StartError
from locum.openapi import checks, documents, metaschema, overlay
from locum.openapi.walk import Pointer, json_copy, json_pointer, resolve, tokens, walk

ERROR, WARNING = "error", "warning"
_Validators = dict[str, Any]  # by OpenAPI version, the classes of openapi-spec-validator


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
    beside = path.with_name(f"{path.stem}.overlay.yaml")
    files = [path, beside] if beside.exists() else [path]
    texts = {file: _text(file) for file in files}
    findings: list[Finding] = []
    try:
        published = documents.read(path)
        findings += _tolerated(path, texts[path], published)
        for pointer, message in _faults(published, validators):
            line = documents.line(texts[path], pointer)
            findings.append(Finding(path, line, ERROR, _with_place(pointer, message)))
        if beside in texts:
            changes = documents.read(beside)
            effective = overlay.apply(changes, published, beside)
            for pointer, message in _new_faults(effective, validators, findings):
                line = documents.line(texts[beside], _last_action(changes, effective, pointer))
                findings.append(Finding(beside, line, ERROR, f"in effect, {message}"))
        documents.load(path)
    except DocumentError as error:
        refusal = _refusal(error, texts)
        errors = [(each.path, each.line) for each in findings if each.severity == ERROR]
        if (refusal.path, refusal.line) not in errors:
            findings.append(refusal)
    return findings


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(reason, "name a file that can be read", path) from None


def _tolerated(path: Path, text: str, document: dict[str, Any]) -> Iterator[Finding]:
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    names = schemes.keys() if isinstance(schemes, dict) else ()
    for name in sorted(metaschema.TOLERATED_SCHEMES.intersection(names)):
        line = documents.line(text, ("components", "securitySchemes", name))
        message = f"the name {name!r} breaks OpenAPI's pattern ^[a-zA-Z0-9._-]+$; it is tolerated"
        yield Finding(path, line, WARNING, message)


def _refusal(error: DocumentError, texts: dict[Path, str]) -> Finding:
    """Return what the server itself refuses, at the line in the file that the error is about."""
    path = next(file for file in texts if file == error.path)
    line = error.line or documents.line(texts[path], error.pointer or ())
    return Finding(path, line, ERROR, error.message)


def _new_faults(
    effective: dict[str, Any], validators: _Validators, findings: Sequence[Finding]
) -> Iterator[tuple[Pointer, str]]:
    """Yield pointer and message of each fault that the published document does not have."""
    published = {finding.message for finding in findings}
    for pointer, fault in _faults(effective, validators):
        message = _with_place(pointer, fault)
        if message not in published:
            yield pointer, message


def _last_action(changes: dict[str, Any], effective: dict[str, Any], pointer: Pointer) -> Pointer:
    """Return the pointer in the overlay of the last action whose target holds that place of the
    effective document; without any, of the overlay itself."""
    place = tuple(map(str, pointer))
    last: Pointer = ()
    for index, action in enumerate(changes["actions"]):
        for node in find(action["target"], effective):
            target = tuple(map(str, node.location))
            if place[: len(target)] == target:
                last = ("actions", index)
    return last


def _with_place(pointer: Pointer, message: str) -> str:
    return f"{json_pointer(pointer)}: {message}" if pointer else message


# The faults of one document, as pointer and message.


def _faults(document: dict[str, Any], validators: _Validators) -> Iterator[tuple[Pointer, str]]:
    version = str(document.get("openapi"))[:3]
    if version not in validators:
        return
    validator = validators[version](_without_extensions(metaschema.with_valid_names(document)))
    structure = [*_structure_faults(document, version, validator)]
    yield from structure
    # The validator takes the structure for granted, and would stumble over any of these faults.
    if not structure:
        yield from _meaning_faults(document, validator)


def _without_extensions(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy without the extensions beside paths and responses, which the validator takes
    for a path and a response."""
    copied: dict[str, Any] = json_copy(document)
    for _, kind, node in walk(copied):
        field = {"document": "paths", "operation": "responses"}.get(kind)
        members = node.get(field) if isinstance(node, dict) else None
        if isinstance(members, dict):
            for name in [name for name in members if name.startswith("x-")]:
                del members[name]
    return copied


def _structure_faults(
    document: dict[str, Any], version: str, validator: Any
) -> Iterator[tuple[Pointer, str]]:
    """Yield what the meta-schemas refuse, and references that name nothing of their kind."""
    reported: set[Pointer] = set()
    for error in validator.schema_validator.iter_errors(validator.schema):
        pointer = metaschema.as_published(tuple(error.absolute_path))
        reported.add(pointer)
        yield pointer, _first_line(error)
    schema_validator = metaschema.schema_validator()
    kinds = checks.kinds_of(document)
    for pointer, kind, node in walk(document):
        faults: list[metaschema.Fault] = []
        if kind == "schema" and version == "3.1":
            faults += metaschema.schema_faults(schema_validator, pointer, node)
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            faults += checks.reference_faults(document, pointer, kind, node["$ref"], kinds)
        for fault in faults:
            if fault.pointer not in reported:  # by OpenAPI's rules, or of a schema around this one
                reported.add(fault.pointer)
                yield fault.pointer, f"found {fault.found}, expected {fault.expected}"


def _meaning_faults(document: dict[str, Any], validator: Any) -> Iterator[tuple[Pointer, str]]:
    """Yield the faults that no schema can tell: of defaults, names of parameters, operationIds."""
    from referencing.exceptions import Unresolvable  # noqa: PLC0415  # the validator's

    try:
        for error in validator.root_validator(validator.schema_path):
            yield _definition(document, error.place), _first_line(error)
    except (RecursionError, ValueError, Unresolvable, re.error) as error:
        # A schema that is only a reference to itself; a path with a brace that has no partner; a
        # default that looks like a reference; a default's pattern that Python cannot read.
        yield (), f"not everything could be checked: {error!s:.100}"


def _first_line(error: Any) -> str:
    return str(error.message).splitlines()[0]


def _definition(document: dict[str, Any], place: Pointer) -> Pointer:
    """Return the pointer of what the place leads to when the references on its way are followed."""
    pointer: Pointer = ()
    node: Any = document
    for token in place:
        while isinstance(node, dict) and token not in node and "$ref" in node:
            pointer, node = tokens(node["$ref"]), resolve(document, node["$ref"])
        pointer, node = (*pointer, token), node[token]
    return pointer


# openapi-spec-validator, which is optional.


def _validators() -> _Validators:
    try:
        import openapi_spec_validator as validator  # noqa: PLC0415  # optional, and slow to load
    except ImportError:
        raise StartError(
            "lint needs openapi-spec-validator, which is not installed",
            "pip install 'locum[lint]'",
        ) from None
    return {
        "3.0": _with_places(validator.OpenAPIV30SpecValidator),
        "3.1": _with_places(validator.OpenAPIV31SpecValidator),
    }


def _with_places(validator: Any) -> Any:
    """Return the class with keyword validators whose errors have a `place` in the document: by
    itself, an error only knows its path within the value that the keyword validator looked at."""
    placed = {
        name: _placed(keyword, ("default",) if name == "default" else ())
        for name, keyword in validator.keyword_validators.items()
    }
    return type(validator.__name__, (validator,), {"keyword_validators": placed})


def _placed(keyword: Any, field: Pointer) -> Any:
    class Placed(keyword):  # type: ignore[misc]
        def __call__(self, *arguments: Any, **options: Any) -> Iterator[Any]:
            looked_at = next(argument for argument in arguments if hasattr(argument, "parts"))
            for error in super().__call__(*arguments, **options):
                if not hasattr(error, "place"):  # else a keyword validator further in has set it
                    error.place = (*looked_at.parts, *field, *error.absolute_path)
                yield error

    return Placed
