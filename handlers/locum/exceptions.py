"""What can go wrong, as data. `errors` alone turns these into answers with a status code.

Every exception is frozen and carries what a reader needs to mend the fault: where it is, what was
found, what was expected. attrs, not dataclasses: the interpreter sets `__traceback__` on a raised
exception, which a frozen dataclass forbids.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class LocumError(Exception):
    """Any fault that Locum reports in its own words."""


@frozen
class StartError(LocumError):
    """The server cannot start: a document, dataset or option is at fault (exit code 2)."""

    message: str
    fix: str

    def __str__(self) -> str:
        return self.message


@frozen
class DocumentError(StartError):
    """An OpenAPI or Overlay document is not what it must be."""


@frozen
class DatasetError(StartError):
    """A dataset is missing, or a file, row or value of it is not as the data dictionary says."""


@frozen
class WorkerEnded(StartError):
    """One of several processes that serve has ended by itself: the others do not go on without."""


@frozen
class InvalidValue:
    """One fault in one place of a request.

    `location` is where, outermost first, beginning with body, path, query or header; `kind` is
    the fault's machine-readable name (pydantic's, where it has one); `found` is the value at fault,
    `context` the limits of the rule that it breaks.
    """

    location: tuple[str | int, ...]
    message: str
    kind: str
    found: object = None
    context: Mapping[str, object] = field(factory=dict)


@frozen
class InvalidRequest(LocumError):
    """The request breaks its document; `faults` are all that were found."""

    faults: tuple[InvalidValue, ...]

    def __str__(self) -> str:
        return "; ".join(f"{'.'.join(map(str, f.location))}: {f.message}" for f in self.faults)


@frozen
class UnreadableBody(LocumError):
    """The request's body is no JSON text that could be told more of than that."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@frozen
class FilterError(LocumError):
    """A filter expression that cannot be read or has no meaning.

    `position` counts characters from 1 in the text of the parameter named `parameter`; `found` and
    `expected` are what stands there and what could; `suggestion` is the nearest valid name, if any.
    """

    position: int
    found: str
    expected: str
    suggestion: str | None = None
    parameter: str = "filter"

    def __str__(self) -> str:
        hint = f"; did you mean {self.suggestion}?" if self.suggestion else ""
        where = f"Invalid {self.parameter} at position {self.position}"
        return f"{where}: found {self.found}, expected {self.expected}{hint}"


@frozen
class NotFound(LocumError):
    """The thing named by the request does not exist for this tenant."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} not found"


@frozen
class UnknownScenario(LocumError):
    """The request's Prefer header names a dataset that is not there; `known` are those that are."""

    name: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        known = ", ".join(self.known)
        return f"Prefer: found scenario={self.name:.100}, expected one of {known}"


@frozen
class Unauthenticated(LocumError):
    """No credential, or one that nobody has. `reason` is "missing" or "unknown"."""

    reason: str

    def __str__(self) -> str:
        return f"credential {self.reason}"


@frozen
class Forbidden(LocumError):
    """The credential is good, and not for this tenant."""

    def __str__(self) -> str:
        return "credential not valid for this tenant"


@frozen
class RateLimited(LocumError):
    """The caller has used up what it may ask; it may ask again after so many seconds."""

    seconds: int

    def __str__(self) -> str:
        return f"rate limit used up for {self.seconds} s"


@frozen
class UpstreamFault(LocumError):
    """A fault that the vendor's own server has for a well-formed request, reproduced on purpose.

    `body` is the vendor's answer, whole.
    """

    status: int
    body: dict[str, object] = field(factory=dict)
