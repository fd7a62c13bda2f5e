"""Requests and answers, in both encodings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from locum.exceptions import Unanswerable, UnsupportedMediaType
from locum.langsmith.otel.transport import answer, told
from locum.langsmith.otel.waiting import Rejection
from locum.otlp.spans import Span
from locum.provider import Answer, RawBody
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
        self.taken: list[list[str]] = []

    def __call__(self, spans: Sequence[Span]) -> Sequence[Rejection]:
        self.taken.append([span.name for span in spans])
        return self.rejections


def sent(media_type: str, **headers: str) -> RawBody:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawBody(BODIES.get(media_type, b""), {"content-type": media_type} | named)


@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_spans_are_taken(media_type: str) -> None:
    take = Taker()
    body = RawBody(BODIES[media_type], {"content-type": f"{media_type}; charset=utf-8"})
    taken: Any = {} if media_type == JSON else b""
    assert answer(body, take) == Answer(200, taken, media_type=media_type)
    assert take.taken == [["a", "b"]]


def test_a_partial_success_says_how_many_and_why() -> None:
    take = Taker(Rejection("0a", "no start"), Rejection("0b", "no end"), Rejection("", "no id"))
    expected = "span 0a: no start (and 2 more)"
    reply = answer(sent(JSON), take)
    assert (reply.status, reply.body) == (
        200,
        {"partialSuccess": {"rejectedSpans": "3", "errorMessage": expected}},
    )
    reply = answer(sent(PROTOBUF), take)
    partial = ExportTraceServiceResponse.FromString(reply.body).partial_success
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
def test_what_is_no_otlp_is_refused(media_type: str, body: bytes, expected: str) -> None:
    take = Taker()
    with pytest.raises(Unanswerable) as refused:
        answer(RawBody(body, {"content-type": media_type}), take)
    assert str(refused.value).startswith(expected)
    assert take.taken == []


def test_agents_are_refused_by_name() -> None:
    with pytest.raises(Unanswerable, match=r"^langsmith-agent-id: there are no agents here"):
        answer(sent(JSON, langsmith_agent_id="a"), Taker())
    both = {"langsmith_agent_id": "a", "langsmith_agent_environment": "b"}
    with pytest.raises(
        Unanswerable, match=r"^langsmith-agent-id and langsmith-agent-environment: "
    ):
        answer(sent(PROTOBUF, langsmith_project="c", **both), Taker())


@pytest.mark.parametrize("found", ["text/plain", "application/grpc", ""])
def test_another_media_type_is_refused(found: str) -> None:
    with pytest.raises(UnsupportedMediaType) as refused:
        answer(RawBody(BODIES[JSON], {"content-type": found} if found else {}), Taker())
    expected = "not application/x-protobuf or application/json"
    assert str(refused.value) == f"Unsupported media type: {found or 'none'}, {expected}"


@pytest.mark.parametrize("coding", ["gzip", "identity", "GZIP"])
def test_codings_are_gzip_or_none(coding: str) -> None:
    """The body comes unpacked; the header says how it was sent."""
    assert answer(sent(PROTOBUF, content_encoding=coding), Taker()).status == 200


@pytest.mark.parametrize("coding", ["zstd", "x"])
def test_another_coding_is_refused(coding: str) -> None:
    with pytest.raises(UnsupportedMediaType, match=f"Content-Encoding {coding}, not gzip or none"):
        answer(sent(PROTOBUF, content_encoding=coding), Taker())
