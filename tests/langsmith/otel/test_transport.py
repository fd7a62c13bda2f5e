"""Requests and answers, as bytes, in both encodings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from locum.langsmith.otel import transport
from locum.langsmith.otel.transport import Reply, answer, told
from locum.langsmith.otel.waiting import Rejection
from locum.otlp.spans import Span
from tests.oracles.otlp import ExportTraceServiceResponse, in_protobuf

JSON, PROTOBUF = "application/json", "application/x-protobuf"
BODY: dict[str, Any] = {
    "resourceSpans": [{"scopeSpans": [{"spans": [{"name": "a"}, {"name": "b"}]}]}]
}
BODIES = {JSON: json.dumps(BODY).encode(), PROTOBUF: in_protobuf(BODY)}


class Taker:
    """Takes spans, or rejects some."""

    def __init__(self, *rejections: Rejection) -> None:
        self.rejections = rejections
        self.taken: list[tuple[list[str], str]] = []

    def __call__(self, spans: Sequence[Span], project: str) -> Sequence[Rejection]:
        self.taken.append(([span.name for span in spans], project))
        return self.rejections


def message(reply: Reply) -> str:
    """Of a failure, which is a google.rpc.Status in the encoding of the answer."""
    if reply.media_type == JSON:
        return str(json.loads(reply.content)["message"])
    tag, code, next_tag, length = reply.content[:4]
    assert (tag, next_tag, len(reply.content) - 4) == (0x08, 0x12, length), code
    return reply.content[4:].decode()


@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_spans_are_taken_for_the_project_of_the_header(media_type: str) -> None:
    take = Taker()
    headers = {"content-type": f"{media_type}; charset=utf-8", "langsmith-project": " haiku "}
    reply = answer(BODIES[media_type], headers, take)
    assert reply == Reply(200, media_type, b"{}" if media_type == JSON else b"")
    assert take.taken == [(["a", "b"], "haiku")]
    answer(BODIES[media_type], {"content-type": media_type}, take)
    assert take.taken[1] == (["a", "b"], "")


def test_a_partial_success_says_how_many_and_why() -> None:
    take = Taker(Rejection("0a", "no start"), Rejection("0b", "no end"), Rejection("", "no id"))
    expected = "span 0a: no start (and 2 more)"
    reply = answer(BODIES[JSON], {"content-type": JSON}, take)
    assert (reply.status, json.loads(reply.content)) == (
        200,
        {"partialSuccess": {"rejectedSpans": "3", "errorMessage": expected}},
    )
    reply = answer(BODIES[PROTOBUF], {"content-type": PROTOBUF}, take)
    partial = ExportTraceServiceResponse.FromString(reply.content).partial_success
    assert (reply.status, partial.rejected_spans, partial.error_message) == (200, 3, expected)


def test_one_rejection_has_no_others() -> None:
    assert told([Rejection("0a", "no start")]) == "span 0a: no start"
    assert told([Rejection("", "no id")]) == "span without an id: no id"
    assert told([]) == ""


@pytest.mark.parametrize(
    ("media_type", "body", "expected"),
    [
        (JSON, b'{"resourceSpans": "no"}', 'resourceSpans: found "no", expected an array'),
        (JSON, b"", "body: found no JSON"),
        (JSON, BODIES[PROTOBUF], "body: found no JSON"),
        (PROTOBUF, b"\x0a\x05", "body: found the end, expected 5 bytes of a field"),
        (PROTOBUF, BODIES[JSON], "body: found wire type 3, expected 0, 1, 2 or 5"),
    ],
)
def test_what_is_no_otlp_is_400(media_type: str, body: bytes, expected: str) -> None:
    take = Taker()
    reply = answer(body, {"content-type": media_type}, take)
    assert (reply.status, reply.media_type, take.taken) == (400, media_type, [])
    assert message(reply).startswith(expected)


@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_agents_are_refused_by_name(media_type: str) -> None:
    headers = {"content-type": media_type, "langsmith-agent-id": "a"}
    reply = answer(BODIES[media_type], headers, Taker())
    assert (reply.status, reply.media_type) == (400, media_type)
    assert message(reply).startswith("langsmith-agent-id: there are no agents here")
    both = headers | {"langsmith-agent-environment": "b", "langsmith-project": "c"}
    told_both = message(answer(BODIES[media_type], both, Taker()))
    assert told_both.startswith("langsmith-agent-id and langsmith-agent-environment: ")


@pytest.mark.parametrize("found", ["text/plain", "application/grpc", ""])
def test_another_media_type_is_415(found: str) -> None:
    reply = answer(BODIES[JSON], {"content-type": found} if found else {}, Taker())
    assert (reply.status, reply.media_type) == (415, JSON)
    expected = "expected application/x-protobuf or application/json"
    assert message(reply) == f"Content-Type: found {found or 'none'}, {expected}"


@pytest.mark.parametrize(
    ("coding", "status"),
    [("gzip", 200), ("identity", 200), ("GZIP", 200), ("zstd", 415), ("x", 415)],
)
def test_codings_are_gzip_or_none(coding: str, status: int) -> None:
    """The body comes unpacked; the header says how it was sent."""
    headers = {"content-type": PROTOBUF, "content-encoding": coding}
    reply = answer(BODIES[PROTOBUF], headers, Taker())
    assert (reply.status, reply.media_type) == (status, PROTOBUF)


def test_a_body_of_more_than_20_mib_is_413(monkeypatch: pytest.MonkeyPatch) -> None:
    assert transport.MOST_BYTES == 20_971_520
    monkeypatch.setattr(transport, "MOST_BYTES", len(BODIES[JSON]))
    headers = {"content-type": JSON}
    assert answer(BODIES[JSON], headers, Taker()).status == 200
    reply = answer(BODIES[JSON] + b" ", headers, Taker())
    assert reply.status == 413
    size = len(BODIES[JSON])
    assert message(reply) == f"Body: found {size + 1} bytes, expected {size} at most"
