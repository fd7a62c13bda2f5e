"""Documents and overlays looked at as a whole, each finding with its line.

Serving a document checks it too, quickly and up to the first fault; here the official rules are
gone through in full by openapi-spec-validator, which takes longer to load than the server to start.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from jsonpath_rfc9535 import find

from locum.exceptions import DocumentError, StartError
from locum.openapi import documents, metaschema, overlay
from locum.openapi import walk as structure
from locum.openapi.walk import Pointer

ERROR, WARNING = "error", "warning"


@frozen
class Finding:
    """What is wrong at a line (from 1) of a file."""

    path: Path
    line: int
    severity: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.message}"


def lint(path: Path) -> list[Finding]:
    """What is wrong with the document at the path and with `<stem>.overlay.yaml` beside it.

    Raises StartError where a file cannot be opened, or openapi-spec-validator is not installed.
    """
    validators = _validators()
    beside = path.with_name(f"{path.stem}.overlay.yaml")
    files = [path, beside] if beside.exists() else [path]
    texts = {file: _text(file) for file in files}
    findings: list[Finding] = []
    try:
        published = documents.read(path)
        findings += _tolerated(path, texts[path], published)
        if str(published.get("openapi"))[:3] in validators:
            findings += _invalid(path, texts[path], published, validators)
        if beside in texts:
            effective = overlay.apply(documents.read(beside), published, str(beside))
            findings += _broken_by(beside, texts[beside], effective, validators, findings)
        documents.load(path)
    except DocumentError as error:
        refused = _refused(error, texts)
        if all(
            (finding.path, finding.line) != (refused.path, refused.line) for finding in findings
        ):
            findings.append(refused)
    return findings


def _validators() -> dict[str, Any]:
    """By OpenAPI version, what yields the faults of a document."""
    try:
        import openapi_spec_validator as validator  # noqa: PLC0415  # optional, and slow to load
    except ImportError:
        raise StartError(
            "lint needs openapi-spec-validator, which is not installed",
            "pip install 'locum[lint]'",
        ) from None
    return {"3.0": validator.OpenAPIV30SpecValidator, "3.1": validator.OpenAPIV31SpecValidator}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StartError(f"{path}: {reason}", "name a file that can be read") from None


def _tolerated(path: Path, text: str, document: dict[str, Any]) -> Iterator[Finding]:
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    for name in sorted(metaschema.TOLERATED_SCHEMES.intersection(schemes or ())):
        line = documents.line(text, ("components", "securitySchemes", name))
        message = f"the name {name!r} breaks OpenAPI's pattern ^[a-zA-Z0-9._-]+$; it is tolerated"
        yield Finding(path, line, WARNING, message)


def _faults(document: dict[str, Any], validators: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Place and message of each fault; the names that are tolerated are none.

    Of a document whose schemas are malformed these faults alone: the validator would stumble over
    them. It does not tell the place of a default that breaks its schema.
    """
    malformed = {
        fault.pointer: f"found {fault.found}, expected {fault.expected}"
        for pointer, kind, node in structure.walk(document)
        if kind == "schema" and str(document["openapi"]).startswith("3.1")
        for fault in metaschema.schema_faults(pointer, node)
    }
    if malformed:
        yield from malformed.items()
        return
    text = json.dumps(document)
    named_well = {name.replace(" ", ""): name for name in metaschema.TOLERATED_SCHEMES}
    for other, name in named_well.items():
        text = text.replace(json.dumps(name), json.dumps(other))
    for error in validators[str(document["openapi"])[:3]](json.loads(text)).iter_errors():
        place = tuple(named_well.get(token, token) for token in error.absolute_path)
        named = re.search(r"in '(/[^']*)'", str(error.message))
        if not place and named:
            place = ("paths", named[1])
        yield place, str(error.message).splitlines()[0]


def _invalid(
    path: Path, text: str, document: dict[str, Any], validators: dict[str, Any]
) -> Iterator[Finding]:
    for place, message in _faults(document, validators):
        yield Finding(path, documents.line(text, place), ERROR, _told(place, message))


def _told(place: Pointer, message: str) -> str:
    return f"{structure.json_pointer(place)}: {message}" if place else message


def _broken_by(
    beside: Path,
    text: str,
    effective: dict[str, Any],
    validators: dict[str, Any],
    known: Sequence[Finding],
) -> Iterator[Finding]:
    """Faults of the effective document that the published one does not have, at the last action
    that had to do with their place."""
    if str(effective.get("openapi"))[:3] not in validators:
        return
    actions = documents.read(beside)["actions"]
    for place, message in _faults(effective, validators):
        told = _told(place, message)
        if any(finding.message == told for finding in known):
            continue
        tokens = [*map(str, place)]
        at: tuple[str | int, ...] = ()
        for number, action in enumerate(actions):
            for node in find(action["target"], effective):
                if tokens[: len(node.location)] == [*map(str, node.location)]:
                    at = ("actions", number)
        yield Finding(beside, documents.line(text, at), ERROR, f"in effect, {told}")


def _refused(error: DocumentError, texts: dict[Path, str]) -> Finding:
    """What the server itself would refuse, at the line that its message tells of."""
    told = str(error)
    path = next(file for file in reversed(texts) if told.startswith(str(file)))
    message = told[len(str(path)) :].lstrip(": ")
    line = re.match(r"line (\d+)", message)
    action = re.match(r"action (\d+)", message)
    pointer = re.match(r"#(/\S*):", message)
    if line:
        at = int(line[1])
    elif action:
        at = documents.line(texts[path], ("actions", int(action[1]) - 1))
    elif pointer:
        at = documents.line(texts[path], structure.tokens("#" + pointer[1]))
    else:
        at = 1
    return Finding(path, at, ERROR, message)
