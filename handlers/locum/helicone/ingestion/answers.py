"""What is answered to a log, and the rows that come of it.

The vendor's logging servers (worker/, AsyncLogManager) answer a text, and check a log; its tracing
endpoints (valhalla/jawn, TraceController) answer nothing, and fail where they cannot make a row of
it. Who may write is decided before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from attrs import frozen

from locum.exceptions import (
    LocumError,
    MayOnlyRead,
    StoreFull,
    Unauthenticated,
    UnreadableBody,
)
from locum.helicone.ingestion import json_texts, rows, spans, validation
from locum.helicone.ingestion.changes import is_id
from locum.helicone.ingestion.loggers import MOST_LOG
from locum.helicone.ingestion.rows import Row, Setting
from locum.helicone.ingestion.spans import Span
from locum.provider import Answer, Failure

Headers = Mapping[str, str]  # of the HTTP request, by names in lower case
Decode = Callable[[bytes], Sequence[Span]]  # raises LocumError for what is none of spans

TEXT = "text/plain;charset=UTF-8"

_ID = "helicone-id"
_NOTHING, _FAILED = Answer(200), Answer(500)
_TOO_LARGE = Answer(400, "Payload too large", media_type=TEXT)
_UNAUTHORIZED = Answer(401, "Unauthorized", media_type=TEXT)


@frozen
class Outcome:
    """An answer, and the rows of `helicone/requests` that are to be written before it is given."""

    answer: Answer
    rows: tuple[Row, ...] = ()


def worker(content: bytes, headers: Headers, provider: str, setting: Setting) -> Outcome:
    """POST /custom/v1/log and its like: take a log of the provider that the path names.

    The first fault alone is told. A key without the word Bearer is refused last, as by the vendor,
    which looks for the word then.
    """
    try:
        log = json_texts.read(content)
    except json_texts.NoJSON as error:
        return Outcome(_told(400, f"The body is no JSON: {error}"))
    if len(content) > MOST_LOG and json_texts.length(log) > MOST_LOG:
        return Outcome(_TOO_LARGE)
    if fault := validation.first_fault(log):
        return Outcome(_told(400, fault))
    if not headers.get("authorization", "Bearer ").startswith("Bearer "):
        return Outcome(_told(401, "Must included Bearer in API Key"))
    try:
        row = rows.of_worker(log, headers, provider, setting)
    except (rows.NoLog, json_texts.NoJSON) as error:
        return Outcome(_told(400, str(error)))
    return Outcome(Answer(200, "ok", {_ID: row["request_id"]}, TEXT), (row,))


def jawn(content: bytes, headers: Headers, setting: Setting) -> Outcome:
    """POST /v1/trace/custom/log: take a log, unchecked. Raises UnreadableBody."""
    return _taken(_json(content), headers, setting)


def typed(content: bytes, headers: Headers, setting: Setting) -> Outcome:
    """POST /v1/trace/custom/log/typed: take a log, all its faults told at once. Raises
    UnreadableBody."""
    log = _json(content)
    if faults := validation.typed_faults(log):
        return Outcome(Answer(400, {"isValid": False, "errors": faults}))
    return _taken(log, headers, setting)


def spans_of(content: bytes, decode: Decode, setting: Setting) -> Outcome:
    """POST /v1/trace/log and /v1/trace/log-python: take spans, decoded by what the media type
    says."""
    try:
        found = decode(content)
    except LocumError:
        return Outcome(_FAILED)
    return Outcome(_NOTHING, tuple(spans.rows(found, setting)))


def is_protobuf(operation: str, media_type: str) -> bool:
    """Return whether spans come as protobuf, and not in JSON: by the media type, else by which of
    the two operations they are sent to (our choice: at the vendor's each takes one alone)."""
    for word in ("json", "protobuf"):
        if word in media_type.lower():
            return word == "protobuf"
    return operation == "LogPythonTrace"


def _json(content: bytes) -> Any:
    try:
        return json_texts.read(content)
    except json_texts.NoJSON as error:
        raise UnreadableBody(f"The body is no JSON: {error}") from None


def _taken(log: Any, headers: Headers, setting: Setting) -> Outcome:
    try:
        return Outcome(_NOTHING, (rows.of_jawn(log, headers, setting),))
    except (rows.NoLog, json_texts.NoJSON):
        return Outcome(_FAILED)


@frozen
class Thumb:
    """What is thought of a request."""

    request_id: str
    rating: bool

    def answer(self, *, found: bool) -> Answer:
        """Return what is answered where there is such a request, and where there is none."""
        if found:
            body = {"message": "Feedback added successfully.", "helicone_id": self.request_id}
            return Answer(200, body)
        error = f'Error: Request not found for heliconeId "{self.request_id}".'
        return Answer(500, error, media_type=TEXT)


def thumb(content: bytes) -> Thumb | Answer:
    """POST /v1/feedback: read what is thought of which request, else what is answered (worker/,
    FeedbackManager)."""
    try:
        body = json_texts.read(content)
    except json_texts.NoJSON as refused:
        return _told(400, f"The body is no JSON: {refused}")
    named = body.get(_ID) if isinstance(body, dict) else None
    if not (isinstance(named, str) and is_id(named)):
        return Answer(400, "Invalid helicone-id format.", media_type=TEXT)
    if not isinstance(rating := body.get("rating"), bool):
        error = "Invalid rating format. Expected a boolean."
        return Answer(400, error, media_type=TEXT)
    return Thumb(named, rating)


def of_failure(failed: Failure) -> Answer:
    """Return what a logging server answers to a request that did not come so far: no key, one that
    nobody has or that may only read, a body that is too large."""
    if failed.status == HTTPStatus.UNAUTHORIZED:
        is_presented = isinstance(failed.error, Unauthenticated)
        return _told(401, "No API key found") if is_presented else _UNAUTHORIZED
    if isinstance(failed.error, MayOnlyRead):
        return _told(401, failed.detail)
    is_full = isinstance(failed.error, StoreFull)
    if failed.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and not is_full:
        return _TOO_LARGE
    return _told(failed.status, failed.detail)


def _told(status: int, error: str) -> Answer:
    return Answer(status, {"error": error})
