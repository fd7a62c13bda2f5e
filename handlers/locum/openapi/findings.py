"""Findings: what is wrong with a document, at three levels.

    error    the document cannot be served
    warning  it is served, and something of it has no effect, or not the one that is written
    strict   it is served as it is written; only a strict document may not have it

A strict document has none of these: everything in it is what the bundled providers answer by, and
each fault is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from locum.exceptions import DocumentError
from locum.openapi.walk import Pointer, json_pointer

ERROR, WARNING, NOTE, STRICT = "error", "warning", "note", "strict"

# By the name that findings have, which never changes.
RULES = {
    "allow-empty-value": "allowEmptyValue has no effect.",
    "allow-reserved": "allowReserved has no effect.",
    "argument": "Two parameters have one name in Python.",
    "callbacks": "Callbacks are not called.",
    "default": "A default is valid by its schema.",
    "dialect": "Schemas are read as JSON Schema 2020-12.",
    "empty-value": "An object has a value.",
    "example": "An example is valid by its schema.",
    "http-scheme": "A strict document has no scheme but bearer.",
    "idle-parameter": "A parameter of a list pages, sorts or filters it.",
    "info": "A document has info.",
    "keyword": "A keyword of a schema has an effect.",
    "keyword-value": "The value of a keyword means something.",
    "media-type": "A strict document answers with JSON, plain text, protobuf or any file.",
    "meta-schema": "The document is valid by the official meta-schema.",
    "no-paths": "A document has paths.",
    "no-responses": "An operation has responses.",
    "no-schema": "A parameter has a schema; of a strict document, answers and bodies too.",
    "operation-id": "An operationId is there once.",
    "overlay": "An overlay is well-formed, and finds what it acts upon.",
    "parameter": "A strict document has no objects as parameters, and none in cookies.",
    "parameter-twice": "A parameter is declared once.",
    "path": "A path begins with a slash, and its {names} are different ones.",
    "path-parameter": "The parameters in the path are those that are declared, and required.",
    "pattern": "A pattern is a regular expression.",
    "reference": "A reference leads somewhere.",
    "reference-kind": "A reference leads to an object of the kind that belongs there.",
    "required": "A required property is among the properties.",
    "required-one-way": "A required property is neither readOnly nor writeOnly.",
    "same-shape": "A request can be told by its path and method.",
    "schema": "A schema can be compiled.",
    "schema-size": "A value can be checked by a schema in a bounded time.",
    "scheme-name": "The name of a component has no blank.",
    "scopes": "Scopes are not asked for.",
    "security": "A security requirement names a scheme that is there.",
    "security-flow": "Flows of OAuth, OpenID Connect and TLS certificates are not run.",
    "servers": "A strict document has no servers of one path or operation.",
    "size": "The document with what it refers to is within bounds.",
    "status": "A response is for a status, a range of them or default.",
    "structure": "The document has the structure of OpenAPI.",
    "style": "A strict document has parameters in the styles form and simple.",
    "tag": "A tag is declared once.",
    "unreadable": "A file is YAML or JSON.",
    "version": "The document is one of OpenAPI 3.0 or 3.1.",
    "webhooks": "Webhooks are not called.",
}


@frozen
class Fault:
    """`found` stands at `pointer`, where `expected` should; `rule` is the name of what it breaks,
    one of RULES. `fix` tells what to do about it where the usual does not help, and `text` is the
    whole message where it is another's."""

    pointer: Pointer
    found: str
    expected: str
    rule: str = "meta-schema"
    level: str = WARNING
    fix: str = ""
    text: str = ""

    @property
    def message(self) -> str:
        """The fault in a sentence, without its place."""
        return self.text or f"found {self.found}, expected {self.expected}"


@frozen
class Finding:
    """A fault as users are told of it.

    `path` is the file, `line` and `column` (from 1) the place in it, None where they are not known.
    `pointer` is the place in the document, None where there is no document.
    """

    path: Path
    rule: str
    level: str
    message: str
    pointer: Pointer | None = None
    line: int | None = None
    column: int | None = None
    names_place: bool = False
    """Whether the message itself tells where."""

    @property
    def text(self) -> str:
        """The message, after the pointer where there is one."""
        if not self.pointer or self.names_place:
            return self.message
        return f"{json_pointer(self.pointer)}: {self.message}"

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line is not None else f"{self.path}"
        return f"{place}: {self.level}: {self.text} [{self.rule}]"


def finding(fault: Fault, path: Path) -> Finding:
    """Return the fault of the document at the path as a finding."""
    return Finding(path, fault.rule, fault.level, fault.message, fault.pointer)


def refusal(fault: Fault, path: Path) -> DocumentError:
    """Return the error that the document at the path is refused with for the fault."""
    return DocumentError(
        f"{json_pointer(fault.pointer)}: {fault.message}",
        fault.fix
        or f"mend the document, or change it with an action of {path.stem}.overlay.yaml beside it",
        path,
        fault.pointer,
        found=fault.found,
        expected=fault.expected,
    )


def raise_found(found: Iterable[Finding]) -> None:
    """Raise DocumentError for the first finding, if there is one."""
    for each in found:
        fix = "mend the document, or serve it without --strict"
        raise DocumentError(each.text, fix, each.path, each.pointer)


def raise_first(faults: Iterable[Fault], path: Path) -> None:
    """Raise DocumentError for the first fault of the document at the path, if there is one."""
    for fault in faults:
        raise refusal(fault, path)
