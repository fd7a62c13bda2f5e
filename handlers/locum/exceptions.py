"""The exceptions of Locum, as data.

    LocumError
    ├── StartError           the command ends with exit code 2, an error: line and a fix: line
    │   ├── DocumentError
    │   ├── DatasetError
    │   ├── ProviderError
    │   └── WorkerEnded
    ├── InvalidRequest       holds an InvalidValue for each fault
    ├── UnreadableBody
    ├── UnsupportedMediaType
    ├── Unanswerable
    ├── FilterError
    ├── NotFound
    ├── Conflict
    ├── StoreFull
    ├── RowTooLarge
    ├── NotRecorded
    ├── PatchFault
    ├── UnknownScenario
    ├── InvalidPreference
    │   └── Undocumented
    ├── Unauthenticated
    ├── Forbidden
    ├── Refused
    │   └── MayOnlyRead
    ├── NotAcceptable
    ├── NotGenerated
    ├── NotBuilt
    ├── RateLimited
    ├── Overloaded
    ├── TimeLimitExceeded
    ├── NotReady
    └── UpstreamFault

`http.errors` alone turns those below StartError into responses with a status code.

Every exception is frozen and carries what a reader needs to mend the fault: where it is, what was
found, what was expected. attrs, not dataclasses: the interpreter sets `__traceback__` on a raised
exception, which a frozen dataclass forbids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import field, frozen


def nearest(found: str, known: Iterable[str]) -> str | None:
    """Return the known name that is nearest to the one found, None where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415  # only where there is a fault

    return next(iter(get_close_matches(found.lower()[:100], known, 1)), None)


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return the end of a message that suggests the known name nearest to the one found, "" where
    none is near."""
    near = nearest(found, known)
    return f"; did you mean {near}?" if near else ""


@frozen
class LocumError(Exception):
    """Any fault that Locum reports in its own words."""


@frozen
class StartError(LocumError):
    """The server cannot start: a document, dataset or option is at fault (exit code 2).

    `fix` tells what the user can do about it.
    """

    message: str
    fix: str

    def __str__(self) -> str:
        return self.message


@frozen
class DocumentError(StartError):
    """An OpenAPI or Overlay document is not what it must be.

    `path` is the document's file; where it is known, `message` leaves it out. `pointer` holds the
    tokens of a JSON Pointer (RFC 6901) to the object or value at fault, in an overlay as written or
    in an OpenAPI document after its overlay: () is the outermost object; None, no place, as where
    the file cannot be read. `line` (from 1) is set for faults of the file's syntax. `found` is what
    stands there and `expected` what should; both are None where `message` is free text.
    """

    path: Path | None = None
    pointer: tuple[str | int, ...] | None = None
    line: int | None = None
    found: str | None = None
    expected: str | None = None

    def __str__(self) -> str:
        if self.path is None:
            return self.message
        # A message that begins with a fragment makes a URI reference with the path before it.
        separator = "" if self.message.startswith("#") else ": "
        return f"{self.path}{separator}{self.message}"


@frozen
class DatasetError(StartError):
    """A dataset is missing, or a file, row or value of it is not as the data dictionary says.

    `findings` are all that was found, where it is more than the message tells.
    """

    findings: tuple[object, ...] = ()


@frozen
class ProviderError(StartError):
    """A provider cannot be loaded, or what it declares does not fit together."""


@frozen
class WorkerEnded(StartError):
    """One of several worker processes has ended by itself; the others are stopped."""


@frozen
class InvalidValue:
    """One fault in one place of a request.

    `location` is the place, outermost first, beginning with body, path, query or header; `kind` is
    the machine-readable name of the fault, as the operation's documented errors have it; `found` is
    the value at fault, `context` the limits of the rule that it breaks.
    """

    location: tuple[str | int, ...]
    message: str
    kind: str
    found: object = None
    context: Mapping[str, object] = field(factory=dict)


@frozen
class InvalidRequest(LocumError):
    """The request does not match its document; `faults` are all that were found."""

    faults: tuple[InvalidValue, ...]

    def __str__(self) -> str:
        return "; ".join(f"{'.'.join(map(str, f.location))}: {f.message}" for f in self.faults)


@frozen
class UnreadableBody(LocumError):
    """The request's body is not JSON; `reason` is the sentence to answer with."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@frozen
class UnsupportedMediaType(LocumError):
    """The request's body is of another media type than its reader takes."""

    found: str
    expected: str

    def __str__(self) -> str:
        return f"Unsupported media type: {self.found:.100}, not {self.expected}"


@frozen
class Unanswerable(LocumError):
    """The request fits its document, and what it asks cannot be answered; `sentence` says why, and
    names the parameter at fault."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence


@frozen
class FilterError(LocumError):
    """A filter expression that cannot be read or has no meaning.

    `position` counts characters from 1 in the value of the parameter named `parameter`; `found` is
    what stands there and `expected` what could; `suggestion` is the nearest valid name, if any.
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
    """The resource that the request names does not exist for this tenant."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} not found"


@frozen
class Conflict(LocumError):
    """The request would make a resource of an id that another one has."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} exists already"


@frozen
class StoreFull(LocumError):
    """What the request would store is more than may be stored: `limit` is how much that is, in
    words. Deleting, or a reset, makes room."""

    limit: str

    def __str__(self) -> str:
        return f"The store is full: it holds {self.limit}. Delete resources, or reset it"


@frozen
class RowTooLarge(LocumError):
    """What the request would write of one thing is more than a row of its table may have: so many
    `bytes`, of `most`."""

    table: str
    bytes: int
    most: int

    def __str__(self) -> str:
        found = f"found {self.bytes:,} bytes for one row of {self.table}"
        return f"{found}, expected {self.most:,} at most"


@frozen
class NotRecorded(LocumError):
    """What the request would write cannot be recorded, and is not written: says why, and what to
    do."""

    reason: str
    fix: str

    def __str__(self) -> str:
        return f"Nothing was written, because it could not be recorded: {self.reason}; {self.fix}"


@frozen
class PatchFault(LocumError):
    """An operation of a JSON Patch (RFC 6902) that cannot be applied.

    `number` counts the operations from 0; it is None where the patch is no array. `member` is the
    operation's member at fault, "" for all of it. `is_test` is set where a test has failed: the
    patch is well-formed, and the resource another one than was thought.
    """

    number: int | None
    member: str
    found: str
    expected: str
    is_test: bool = False

    def __str__(self) -> str:
        where = "patch" if self.number is None else f"operation {self.number}"
        where += f", {self.member}" if self.member else ""
        return f"{where}: found {self.found}, expected {self.expected}"


@frozen
class UnknownScenario(LocumError):
    """The request's Prefer header names an unknown dataset; `known` are the datasets."""

    name: str
    known: tuple[str, ...]

    def __str__(self) -> str:
        known = ", ".join(self.known)
        return f"Prefer: found scenario={self.name:.100}, expected one of {known}"


@frozen
class InvalidPreference(LocumError):
    """A preference, or a setting of a sandbox, is not as it should be: what was found, what was
    expected, and where."""

    found: str
    expected: str
    where: str = "Prefer"

    def __str__(self) -> str:
        return f"{self.where}: found {self.found:.100}, expected {self.expected}"


@frozen
class Undocumented(InvalidPreference):
    """A preference asks for an answer that the document does not have."""


@frozen
class Unauthenticated(LocumError):
    """The request has no credential ("missing"), one that nobody has ("unknown", or of a tenant
    alone "unknown tenant"), or one that cannot be read: then `reason` says why."""

    reason: str

    def __str__(self) -> str:
        return f"credential {self.reason}"


@frozen
class Forbidden(LocumError):
    """The credential is valid, but not for this tenant."""

    def __str__(self) -> str:
        return "credential not valid for this tenant"


@frozen
class Refused(LocumError):
    """The operation is documented and not served; `sentence` says why."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence


@frozen
class MayOnlyRead(Refused):
    """The key may read, and the request would write."""

    sentence: str = "The key may only read"


@frozen
class NotAcceptable(LocumError):
    """The request accepts none of the media types that the answer may have."""

    offered: tuple[str, ...]

    def __str__(self) -> str:
        names = " or ".join(self.offered)
        return f"Only {names} is served"


@frozen
class NotGenerated(LocumError):
    """No handler computes the answer, and none could be made of the document; says why."""

    reason: str

    def __str__(self) -> str:
        return f"No answer is made: {self.reason}"


@frozen
class NotBuilt(LocumError):
    """The request asks by `parameter` for what the vendor has and Locum has not; `reason` is a
    sentence."""

    parameter: str
    reason: str

    def __str__(self) -> str:
        return f"{self.parameter} is not served: {self.reason}"


@frozen
class RateLimited(LocumError):
    """The caller has used up its rate limit; it may ask again after `seconds`."""

    seconds: int

    def __str__(self) -> str:
        return f"rate limit used up for {self.seconds} s"


@frozen
class Overloaded(LocumError):
    """Too many questions wait already; the caller may ask again in so many seconds."""

    seconds: int

    def __str__(self) -> str:
        return f"Too many requests are waiting: ask again in {self.seconds} s"


@frozen
class TimeLimitExceeded(LocumError):
    """The question was not answered within so many seconds."""

    seconds: float

    def __str__(self) -> str:
        return f"Not answered within the time limit of {self.seconds:g} s: ask for less"


@frozen
class NotReady(LocumError):
    """The dataset of that name is being loaded; the caller may ask again in so many seconds."""

    dataset: str
    seconds: int

    def __str__(self) -> str:
        return f"The dataset {self.dataset} is being loaded: ask again in {self.seconds} s"


@frozen
class UpstreamFault(LocumError):
    """A fault of the real service for a well-formed request, reproduced on purpose.

    `body` is the whole body of the real service's response.
    """

    status: int
    body: dict[str, object] = field(factory=dict)
