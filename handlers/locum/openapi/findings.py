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

ERROR, WARNING, STRICT = "error", "warning", "strict"


@frozen
class Fault:
    """`found` stands at `pointer`, where `expected` should; `rule` is the name of what it breaks,
    which never changes. `fix` tells what to do about it where the usual does not help."""

    pointer: Pointer
    found: str
    expected: str
    rule: str = "meta-schema"
    level: str = WARNING
    fix: str = ""

    @property
    def message(self) -> str:
        """The fault in a sentence, without its place."""
        return f"found {self.found}, expected {self.expected}"


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

    @property
    def text(self) -> str:
        """The message, after the pointer where there is one."""
        return f"{json_pointer(self.pointer)}: {self.message}" if self.pointer else self.message

    def __str__(self) -> str:
        place = [str(each) for each in (self.path, self.line, self.column) if each is not None]
        return f"{':'.join(place)}: {self.level}: {self.text} [{self.rule}]"


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


def raise_first(faults: Iterable[Fault], path: Path) -> None:
    """Raise DocumentError for the first fault of the document at the path, if there is one."""
    for fault in faults:
        raise refusal(fault, path)
