"""What is read of requests in protobuf, and how answers are written: as the format's own library
reads and writes them."""

from __future__ import annotations

import struct
from typing import Any

import attrs
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from locum.otlp import protobuf
from locum.otlp.protobuf import accepted, decode, status
from locum.otlp.spans import Event, Link, Malformed, Resource, Scope, Span, Status
from tests.oracles import otlp

TRACE, SPAN, PARENT = bytes(range(1, 17)), bytes(range(1, 9)), bytes(range(11, 19))


def length(field: int, content: bytes) -> bytes:
    """A field of bytes, of fewer than 16,384."""
    size = len(content)
    return (
        bytes([field << 3 | 2, *([size] if size < 128 else [size % 128 + 128, size // 128])])
        + content
    )


def plain(spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    return [attrs.asdict(span) for span in spans]


def text(value: Any) -> str:
    """As a text in which NaN equals NaN, and tuples are lists."""
    return repr(value).replace("(", "[").replace(",)", "]").replace(")", "]")


def request(span: bytes) -> bytes:
    """A request of one span."""
    return length(1, length(2, length(2, span)))


def test_a_span_is_read_field_by_field() -> None:
    """Written by hand: tags are the number of a field times eight, and the wire type."""
    attribute = length(1, b"n") + length(2, bytes([0x18, 0x05]))
    event = bytes([0x09]) + struct.pack("<Q", 7) + length(2, b"said") + length(3, attribute)
    link = length(1, TRACE) + length(2, SPAN) + length(3, b"c=d") + bytes([0x35, 1, 0, 0, 0])
    span = b"".join(
        [
            length(1, TRACE),
            length(2, SPAN),
            length(3, b"a=b"),
            length(4, PARENT),
            length(5, "né".encode()),
            bytes([0x30, 0x03]),
            bytes([0x39]) + struct.pack("<Q", 1_768_471_200_000_000_001),
            bytes([0x41]) + struct.pack("<Q", 1_768_471_201_000_000_002),
            length(9, attribute),
            bytes([0x50, 0x01]),
            length(11, event),
            bytes([0x60, 0x02]),
            length(13, link),
            bytes([0x70, 0x03]),
            length(15, length(2, b"no") + bytes([0x18, 0x02])),
            bytes([0x85, 0x01, 0x01, 0x03, 0x00, 0x00]),
        ]
    )
    scope_spans = length(1, length(1, b"lib") + length(2, b"1.0")) + length(2, span)
    resource = length(1, length(1, b"k") + length(2, length(1, b"v")))
    body = length(1, length(1, resource) + length(2, scope_spans))
    assert decode(body) == (
        Span(
            trace_id=TRACE,
            span_id=SPAN,
            parent_span_id=PARENT,
            name="né",
            kind=3,
            start_ns=1_768_471_200_000_000_001,
            end_ns=1_768_471_201_000_000_002,
            attributes={"n": 5},
            events=(Event("said", 7, {"n": 5}),),
            links=(Link(TRACE, SPAN, "c=d", flags=1),),
            status=Status("no", 2),
            trace_state="a=b",
            flags=0x301,
            dropped_attributes=1,
            dropped_events=2,
            dropped_links=3,
            resource=Resource({"k": "v"}),
            scope=Scope("lib", "1.0"),
        ),
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", None),
        (length(1, b""), ""),
        (length(1, b"a"), "a"),
        (bytes([0x10, 0x00]), False),
        (bytes([0x10, 0x01]), True),
        (bytes([0x18]) + b"\xff" * 9 + b"\x01", -1),
        (bytes([0x18]) + b"\xff" * 8 + b"\x7f", 2**63 - 1),
        (bytes([0x21]) + struct.pack("<d", -0.5), -0.5),
        (length(7, b"\x00\xff"), b"\x00\xff"),
        (length(5, b""), []),
        (length(5, length(1, length(1, b"a")) + length(1, b"")), ["a", None]),
        (length(6, length(1, length(1, b"k") + length(2, bytes([0x10, 1])))), {"k": True}),
        (length(1, b"a") + bytes([0x10, 0x01]), True),  # of several the last
        (length(5, length(1, length(1, b"a"))) + length(5, length(1, length(1, b"b"))), ["a", "b"]),
        (bytes([0x7A, 0x01, 0x00]) + length(1, b"a"), "a"),  # a field that is not known
    ],
)
def test_a_value_keeps_its_type(value: bytes, expected: Any) -> None:
    body = request(length(9, length(1, b"a") + length(2, value)))
    (span,) = decode(body)
    assert span.attributes == {"a": expected}
    assert type(span.attributes["a"]) is type(expected)
    assert text(plain(decode(body))) == text(otlp.read(body))


def test_a_message_that_comes_in_pieces_is_one() -> None:
    pieces = length(15, length(2, b"no")) + length(15, bytes([0x18, 0x02]))
    (span,) = decode(request(pieces))
    assert span.status == Status("no", 2)


def test_the_scope_may_follow_its_spans() -> None:
    scope_spans = length(2, length(5, b"a")) + length(1, length(1, b"lib"))
    (span,) = decode(length(1, length(2, scope_spans)))
    assert (span.name, span.scope.name) == ("a", "lib")


@pytest.mark.parametrize("body", [b"", length(1, b""), length(1, length(2, b""))])
def test_a_request_may_be_empty(body: bytes) -> None:
    assert decode(body) == ()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"\x0a", "body: found no end of an integer, expected an integer of at most 64 bits"),
        (b"\x0a\x05a", "body: found the end, expected 5 bytes of a field"),
        (b"\x08" + b"\xff" * 10, "found no end of an integer"),
        (b"\x0b", "body: found wire type 3, expected 0, 1, 2 or 5"),
        (b"\x02\x00", "body: found field number 0"),
        (request(length(5, b"\xff")), "body: found a text that is not UTF-8, expected UTF-8"),
        (request(b"\x39\x00"), "body: found the end, expected 8 bytes of a field"),
        (b'{"resourceSpans": []}', "body: found wire type 3"),
    ],
)
def test_what_is_no_protobuf_is_malformed(body: bytes, told: str) -> None:
    with pytest.raises(Malformed) as fault:
        decode(body)
    assert told in str(fault.value)
    with pytest.raises(DecodeError):
        otlp.read(body)


def nested(levels: int) -> bytes:
    """A value in so many arrays, one in the other."""
    message: Any = otlp.ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    value = span.attributes.add(key="a").value
    for _ in range(levels):
        value = value.array_value.values.add()
    value.int_value = 1
    return bytes(message.SerializeToString())


def test_values_are_nested_within_bounds() -> None:
    """31 arrays and what is in the last of them are 32 levels."""
    assert text(plain(decode(nested(31)))) == text(otlp.read(nested(31)))
    with pytest.raises(Malformed, match="nested deeper, expected 32 levels at most"):
        decode(nested(32))
    with pytest.raises(Malformed):
        decode(nested(1000))


def test_what_takes_two_bytes_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two messages to the span, itself, and each empty attribute, event, link and item."""
    monkeypatch.setattr(protobuf, "MOST_PARTS", 20)
    for part in (length(9, b""), length(11, b""), length(13, b"")):
        assert len(decode(request(part * 17))) == 1
        with pytest.raises(Malformed, match="more of them, expected 20 attributes"):
            decode(request(part * 18))
    items = length(9, length(2, length(5, length(1, b"") * 16)))
    assert len(decode(request(items))) == 1
    with pytest.raises(Malformed):
        decode(request(items + length(9, b"")))


# --- as the library reads it

TEXTS = st.text(max_size=8)
VALUES = st.recursive(
    st.none()
    | TEXTS
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ATTRIBUTES = st.dictionaries(TEXTS, VALUES, max_size=4)
UNSIGNED_32, UNSIGNED_64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
NUMBERS = st.integers(-(2**31), 2**31 - 1)


def fill(message: Any, value: Any) -> None:
    match value:
        case None:
            pass
        case bool():
            message.bool_value = value
        case int():
            message.int_value = value
        case float():
            message.double_value = value
        case str():
            message.string_value = value
        case bytes():
            message.bytes_value = value
        case list():
            message.array_value.SetInParent()
            for each in value:
                fill(message.array_value.values.add(), each)
        case _:
            message.kvlist_value.SetInParent()
            fill_all(message.kvlist_value.values, value)


def fill_all(entries: Any, attributes: dict[str, Any]) -> None:
    for key, value in attributes.items():
        entry = entries.add(key=key)
        entry.value.SetInParent()
        fill(entry.value, value)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Requests as the library writes them."""
    message: Any = otlp.ExportTraceServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        of_resource = message.resource_spans.add(schema_url=draw(TEXTS))
        fill_all(of_resource.resource.attributes, draw(ATTRIBUTES))
        for _ in range(draw(st.integers(0, 2))):
            of_scope = of_resource.scope_spans.add()
            of_scope.scope.name, of_scope.scope.version = draw(TEXTS), draw(TEXTS)
            fill_all(of_scope.scope.attributes, draw(ATTRIBUTES))
            for _ in range(draw(st.integers(0, 2))):
                span = of_scope.spans.add(
                    trace_id=draw(st.binary(max_size=17)),
                    span_id=draw(st.binary(max_size=9)),
                    parent_span_id=draw(st.binary(max_size=9)),
                    trace_state=draw(TEXTS),
                    name=draw(TEXTS),
                    kind=draw(NUMBERS),
                    flags=draw(UNSIGNED_32),
                    start_time_unix_nano=draw(UNSIGNED_64),
                    end_time_unix_nano=draw(UNSIGNED_64),
                    dropped_attributes_count=draw(UNSIGNED_32),
                    dropped_events_count=draw(UNSIGNED_32),
                    dropped_links_count=draw(UNSIGNED_32),
                )
                span.status.message, span.status.code = draw(TEXTS), draw(NUMBERS)
                fill_all(span.attributes, draw(ATTRIBUTES))
                if draw(st.booleans()):
                    event = span.events.add(
                        name=draw(TEXTS),
                        time_unix_nano=draw(UNSIGNED_64),
                        dropped_attributes_count=draw(UNSIGNED_32),
                    )
                    fill_all(event.attributes, draw(ATTRIBUTES))
                    link = span.links.add(
                        trace_id=draw(st.binary(max_size=17)),
                        span_id=draw(st.binary(max_size=9)),
                        trace_state=draw(TEXTS),
                        flags=draw(UNSIGNED_32),
                        dropped_attributes_count=draw(UNSIGNED_32),
                    )
                    fill_all(link.attributes, draw(ATTRIBUTES))
    return bytes(message.SerializeToString())


def compare(body: bytes) -> None:
    """What both we and the library read is the same. We read more where a field that no span of
    ours has is at fault, and less where a field is a group, which no field of OTLP is."""
    try:
        spans = decode(body)
        expected = otlp.read(body)
    except (Malformed, DecodeError):
        return
    assert text(plain(spans)) == text(expected)


@settings(max_examples=50, deadline=None)
@given(requests())
def test_every_request_is_read_as_by_the_library(body: bytes) -> None:
    assert text(plain(decode(body))) == text(otlp.read(body))


@settings(max_examples=100, deadline=None)
@given(requests(), st.data())
def test_a_request_that_was_changed_is_read_as_by_the_library_or_malformed(
    body: bytes, data: st.DataObject
) -> None:
    changed = bytearray(body)
    for _ in range(data.draw(st.integers(0, 3)) if changed else 0):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    compare(bytes(changed[: data.draw(st.integers(0, len(changed)))]))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_as_by_the_library_or_malformed(body: bytes) -> None:
    compare(body)


# --- answers


def test_an_answer_is_empty_where_all_was_taken() -> None:
    assert accepted() == b""


@pytest.mark.parametrize(("rejected", "message"), [(1, "span a: né"), (0, "a remark"), (2**40, "")])
def test_an_answer_says_what_was_rejected(rejected: int, message: str) -> None:
    found = otlp.ExportTraceServiceResponse.FromString(accepted(rejected, message))
    assert found.partial_success.rejected_spans == rejected
    assert found.partial_success.error_message == message


def test_a_status_has_its_code_and_message() -> None:
    """Field 1 is an integer, field 2 a text (google/rpc/status.proto)."""
    assert status(3, "no") == bytes([0x08, 0x03, 0x12, 0x02]) + b"no"
    long = status(13, "x" * 300)
    assert long[:6] == bytes([0x08, 13, 0x12, 0xAC, 0x02]) + b"x"
    assert len(long) == 305
