"""A request of OTLP over HTTP to LangSmith, and its answer, in the encoding that the request has.

The body's own content coding is undone before; only whether it is one that the protocol knows is
looked at here. What fails is shaped elsewhere (`locum.langsmith.errors`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from locum.exceptions import Unanswerable, UnsupportedMediaType
from locum.langsmith.otel.waiting import Rejection
from locum.openapi.media_types import essence
from locum.otlp.forms import FORMS, JSON, form_of
from locum.otlp.spans import Malformed, Span
from locum.provider import Answer, RawBody

MOST_BYTES = 20 * 2**20  # of a body, unpacked
# They address an agent of the vendor's, which there is none of here.
AGENT_HEADERS = ("langsmith-agent-id", "langsmith-agent-environment")
_CODINGS = ("", "identity", "gzip")

# Takes the spans of a request, and returns those that were rejected.
Intake = Callable[[Sequence[Span]], Sequence[Rejection]]


def answer(body: RawBody, take: Intake) -> Answer:
    """Answer a request. Raises UnsupportedMediaType for another encoding or content coding, and
    Unanswerable, which is 400, for a body that cannot be read, and for an agent."""
    headers = body.headers
    form = form_of(headers.get("content-type", ""))
    if form is None:
        found = essence(headers.get("content-type", "")) or "none"
        raise UnsupportedMediaType(found, " or ".join(each.media_type for each in FORMS))
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise UnsupportedMediaType(f"Content-Encoding {coding}", "gzip or none")
    agent = [name for name in AGENT_HEADERS if headers.get(name)]
    if agent:
        named = " and ".join(agent)
        raise Unanswerable(f"{named}: there are no agents here; name a Langsmith-Project")
    try:
        spans = form.decode(body.content)
    except Malformed as fault:
        raise Unanswerable(str(fault)) from None
    rejections = take(spans)
    content = form.accepted(len(rejections), told(rejections))
    told_so = orjson.loads(content) if form is JSON else content
    return Answer(200, told_so, media_type=form.media_type)


def told(rejections: Sequence[Rejection]) -> str:
    """Return the error message of a partial success, "" where all was taken: the first that was
    rejected, and how many more."""
    if not rejections:
        return ""
    first, *others = rejections
    more = f" (and {len(others)} more)" if others else ""
    return f"span {first.span_id or 'without an id'}: {first.reason}{more}"
