"""A request of OTLP over HTTP to LangSmith, and its answer, as bytes.

What comes in is a body and its headers; what goes out is a status, a media type and a body, in the
encoding that the request has. The body's own content coding is undone before; only whether it is
one that the protocol knows is looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from locum.langsmith.otel.waiting import Rejection
from locum.openapi.media_types import essence
from locum.otlp.codes import code
from locum.otlp.forms import FORMS, JSON, Form, form_of
from locum.otlp.spans import Malformed, Span

MOST_BYTES = 20 * 2**20  # of a body, unpacked
PROJECT_HEADER = "langsmith-project"
# They address an agent of the vendor's, which there is none of here.
AGENT_HEADERS = ("langsmith-agent-id", "langsmith-agent-environment")
_CODINGS = ("", "identity", "gzip")

# Takes the spans of a request, for the project that its header names ("" for none), and returns
# those that were rejected.
Intake = Callable[[Sequence[Span], str], Sequence[Rejection]]


@frozen
class Reply:
    """What a request is answered."""

    status: int
    media_type: str
    content: bytes


def answer(content: bytes, headers: Mapping[str, str], take: Intake) -> Reply:
    """Answer a request: its body without its content coding, and its headers by their names in
    lower case."""
    form = form_of(headers.get("content-type", ""))
    if form is None:
        names = " or ".join(each.media_type for each in FORMS)
        found = essence(headers.get("content-type", "")) or "none"
        return failed(JSON, 415, f"Content-Type: found {found:.100}, expected {names}")
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        return failed(form, 415, f"Content-Encoding: found {coding:.100}, expected gzip or none")
    if len(content) > MOST_BYTES:
        return failed(form, 413, f"Body: found {len(content)} bytes, expected {MOST_BYTES} at most")
    agent = [name for name in AGENT_HEADERS if headers.get(name)]
    if agent:
        named = " and ".join(agent)
        return failed(form, 400, f"{named}: there are no agents here; name a Langsmith-Project")
    try:
        spans = form.decode(content)
    except Malformed as fault:
        return failed(form, 400, str(fault))
    rejections = take(spans, headers.get(PROJECT_HEADER, "").strip())
    return Reply(200, form.media_type, form.accepted(len(rejections), told(rejections)))


def failed(form: Form, status: int, message: str) -> Reply:
    """Return the answer to a request that failed, in an encoding."""
    return Reply(status, form.media_type, form.status(code(status), message))


def told(rejections: Sequence[Rejection]) -> str:
    """Return the error message of a partial success, "" where all was taken: the first that was
    rejected, and how many more."""
    if not rejections:
        return ""
    first, *others = rejections
    more = f" (and {len(others)} more)" if others else ""
    return f"span {first.span_id or 'without an id'}: {first.reason}{more}"
