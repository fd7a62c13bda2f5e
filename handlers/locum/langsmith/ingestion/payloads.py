"""Payloads: what clients send of runs, whichever way it comes in.

    POST /runs           created(body)
    PATCH /runs/{id}     updated(run_id, body)
    POST /runs/batch     batch(body)
    POST /runs/multipart multipart.multipart(body)

Each returns a Batch, all of it or nothing. Here only the form is checked: that there are runs, and
which. Fields are as they were sent, null and unknown ones too: `fields` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from locum.exceptions import InvalidRequest, InvalidValue, UnreadableBody, UnsupportedMediaType
from locum.langsmith.ingestion import json_values
from locum.langsmith.ingestion.uuids import uuid_text
from locum.openapi.media_types import JSON, MediaType
from locum.provider import Location, RawBody

Kind = Literal["post", "patch"]
KINDS: tuple[Kind, Kind] = ("post", "patch")

UTF_8 = ("", "utf-8", "utf8", "us-ascii")  # as a media type names it, which is also the default
_SHOWN = 80  # characters of a value at fault
# Where several runs come together, the vendor derives neither (docs.langchain.com/langsmith,
# "Trace with API").
_PLACED_BY = ("trace_id", "dotted_order")


@frozen
class Payload:
    """A create (`post`) or an update (`patch`) of the run of that id, a UUID in lower case with its
    dashes: its fields as they were sent. `usage` is what the run itself uses, in the form of
    `usage_metadata`, where something else than its fields tells it."""

    kind: Kind
    id: str
    fields: dict[str, Any]
    usage: Mapping[str, Any] | None = None


@frozen
class Attachment:
    """A file of the run of that id (as of a payload), by its name."""

    run_id: str
    name: str
    media_type: str
    content: bytes


@frozen
class Batch:
    """What one request brings: payloads in their order, of a run there may be several of a kind;
    feedback as it was sent, but with `id`, `trace_id` and `run_id` in lower case with their dashes;
    attachments in their order, none of them twice."""

    payloads: list[Payload] = field(factory=list)
    feedback: list[dict[str, Any]] = field(factory=list)
    attachments: list[Attachment] = field(factory=list)


def created(body: RawBody) -> Batch:
    """Return the create of one run. Raises as `batch`."""
    return Batch([_payload("post", json_of(body), ("body",))])


def updated(run_id: str, body: RawBody) -> Batch:
    """Return the update of the run that the path names. Raises as `batch`."""
    named = uuid_text(run_id)
    if named is None:
        raise fault(("path", "run_id"), "uuid_parsing", shown(run_id), "a UUID", run_id)
    fields = checked(json_of(body), ("body",))
    check_id(fields.get("id"), named, ("body", "id"), "the path")
    return Batch([Payload("patch", named, fields)])


def batch(body: RawBody) -> Batch:
    """Return the payloads of `{"post": […], "patch": […]}`.

    Raises UnsupportedMediaType where it does not say that it is JSON, UnreadableBody where it is
    none, and InvalidRequest where it holds anything else than runs, all that have an id and say
    where in which trace they stand.
    """
    both = checked(json_of(body), ("body",))
    for name in both:
        if name not in KINDS:
            expected = f"only {' and '.join(KINDS)}"
            raise fault(("body", name), "extra_forbidden", "found another field", expected)
    payloads = []
    for kind in KINDS:
        runs = both.get(kind)
        if not isinstance(runs, list | None):
            raise fault(("body", kind), "list_type", shown(runs), "an array of runs", runs)
        for number, run in enumerate(runs or ()):
            where = ("body", kind, number)
            payloads.append(_payload(kind, run, where))
            check_place(run, where)
    return Batch(payloads)


def _payload(kind: Kind, value: object, where: Location) -> Payload:
    fields = checked(value, where)
    return Payload(kind, id_of(fields, "id", where), fields)


# What else reads payloads asks the same of them.


def json_of(body: RawBody) -> Any:
    """Return the value of a body of JSON. Raises UnsupportedMediaType and UnreadableBody."""
    said = body.headers.get("content-type", JSON)
    media_type = MediaType.of_body(said)
    charset = media_type.parameters.get("charset", "").lower() if media_type else ""
    if media_type is None or not media_type.is_json or charset not in UTF_8:
        raise UnsupportedMediaType(said, f"{JSON} in UTF-8")
    try:
        return json_values.loads(body.content)
    except ValueError as error:
        raise UnreadableBody(f"The body is not JSON: {error}") from None


def checked(value: object, where: Location) -> dict[str, Any]:
    """Return the value, which must be an object. Raises InvalidRequest."""
    if not isinstance(value, dict):
        raise fault(where, "dict_type", shown(value), "an object", value)
    return value


def id_of(fields: dict[str, Any], name: str, where: Location) -> str:
    """Return the UUID of that name in its usual form. Raises InvalidRequest."""
    value = fields.get(name)
    if value is None:
        raise fault((*where, name), "missing", "found nothing", "a UUID")
    canonical = uuid_text(value) if isinstance(value, str) else None
    if canonical is None:
        raise fault((*where, name), "uuid_parsing", shown(value), "a UUID", value)
    return canonical


def check_id(value: object, named: str, where: Location, by: str) -> None:
    """Raise InvalidRequest where a value is neither null nor the UUID that something else names."""
    if value is None or value == named:
        return
    if not isinstance(value, str) or uuid_text(value) != named:
        raise fault(where, "value_error", shown(value), f"{named}, as {by} says", value)


def check_place(fields: dict[str, Any], where: Location) -> None:
    """Raise InvalidRequest where a run that came together with others does not say where it
    stands."""
    for name in _PLACED_BY:
        if not fields.get(name):
            raise fault((*where, name), "missing", "found nothing", "it in a batch")


def fault(
    where: Location, kind: str, found: str, expected: str, value: object = None
) -> InvalidRequest:
    """Return what refuses a body for what was found in that place."""
    return InvalidRequest((InvalidValue(where, f"{found}, expected {expected}", kind, value),))


def shown(value: object) -> str:
    """Return what a message says was found."""
    if isinstance(value, dict):
        return "found an object"
    if isinstance(value, list):
        return "found an array"
    if value is None or isinstance(value, bool):
        return f"found {str(value).lower().replace('none', 'null')}"
    text = repr(value)
    return f"found {text}" if len(text) <= _SHOWN else f"found {text[:_SHOWN]}…"
