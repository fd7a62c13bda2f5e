"""The two encodings of OTLP over HTTP: which one a request has, and is answered in.

An answer has the encoding of its request (opentelemetry-proto, docs/specification.md): 200 with a
message that is empty where every span was accepted, and a google.rpc.Status for what failed.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from locum.openapi.media_types import essence
from locum.otlp import json_form, protobuf
from locum.otlp.spans import Span


@frozen
class Form:
    """An encoding: what reads requests (raising Malformed), and what writes answers."""

    media_type: str
    decode: Callable[[bytes], tuple[Span, ...]]
    accepted: Callable[[int, str], bytes]
    status: Callable[[int, str], bytes]


JSON = Form("application/json", json_form.decode, json_form.accepted, json_form.status)
PROTOBUF = Form("application/x-protobuf", protobuf.decode, protobuf.accepted, protobuf.status)
FORMS = (PROTOBUF, JSON)


def form_of(content_type: str) -> Form | None:
    """Return the encoding that a Content-Type names, None where it is none of OTLP's."""
    its = essence(content_type)
    return next((form for form in FORMS if form.media_type == its), None)
