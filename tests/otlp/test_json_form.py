"""What is read of requests in JSON: as OTLP's document says, and as protobuf's library reads the
same request in protobuf."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locum.otlp import json_form, protobuf
from locum.otlp.json_form import decode
from locum.otlp.spans import Event, Link, Malformed, Resource, Scope, Span, Status
from tests.oracles.otlp import in_protobuf

TRACE, SPAN = "5B8EFFF798038103D269b633813FC60C", "EEE19B7EC3c1b174"
SPANS_AT = "resourceSpans.0.scopeSpans.0.spans.0"


def request(**span: Any) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


def read(body: Any) -> tuple[Span, ...]:
    return decode(json.dumps(body).encode())


def attribute(**value: Any) -> Any:
    """What an attribute of that value is read as."""
    (span,) = read(request(attributes=[{"key": "a", "value": value}]))
    return span.attributes["a"]


WHOLE = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "api"}}]},
            "schemaUrl": "https://opentelemetry.io/schemas/1.44.0",
            "scopeSpans": [
                {
                    "scope": {"name": "lib", "version": "1.0"},
                    "spans": [
                        {
                            "traceId": TRACE,
                            "spanId": SPAN,
                            "parentSpanId": "eee19b7ec3c1b173",
                            "traceState": "a=b",
                            "name": "chat",
                            "kind": 3,
                            "flags": 769,
                            "startTimeUnixNano": "1768471200000000001",
                            "endTimeUnixNano": 1768471201000000002,
                            "attributes": [{"key": "n", "value": {"intValue": 5}}],
                            "droppedAttributesCount": 1,
                            "events": [
                                {
                                    "name": "said",
                                    "timeUnixNano": "7",
                                    "attributes": [{"key": "x", "value": {"boolValue": False}}],
                                    "droppedAttributesCount": 4,
                                }
                            ],
                            "droppedEventsCount": 2,
                            "links": [{"traceId": TRACE, "spanId": SPAN, "flags": 1}],
                            "droppedLinksCount": 3,
                            "status": {"message": "no", "code": 2},
                        }
                    ],
                }
            ],
        }
    ]
}


def test_a_span_is_read_field_by_field() -> None:
    trace, span = bytes.fromhex(TRACE), bytes.fromhex(SPAN)
    assert read(WHOLE) == (
        Span(
            trace_id=trace,
            span_id=span,
            parent_span_id=bytes.fromhex("eee19b7ec3c1b173"),
            name="chat",
            kind=3,
            start_ns=1_768_471_200_000_000_001,
            end_ns=1_768_471_201_000_000_002,
            attributes={"n": 5},
            events=(Event("said", 7, {"x": False}, 4),),
            links=(Link(trace, span, flags=1),),
            status=Status("no", 2),
            trace_state="a=b",
            flags=769,
            dropped_attributes=1,
            dropped_events=2,
            dropped_links=3,
            resource=Resource({"service.name": "api"}),
            scope=Scope("lib", "1.0"),
        ),
    )
    assert read(WHOLE) == protobuf.decode(in_protobuf(WHOLE))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, None),
        ({"stringValue": ""}, ""),
        ({"stringValue": "a"}, "a"),
        ({"boolValue": False}, False),
        ({"intValue": "-9223372036854775808"}, -(2**63)),
        ({"intValue": 3}, 3),
        ({"intValue": 3.0}, 3),
        ({"intValue": "3"}, 3),
        ({"doubleValue": 3}, 3.0),
        ({"doubleValue": 0.5}, 0.5),
        ({"doubleValue": "-1.5e3"}, -1500.0),
        ({"doubleValue": "-Infinity"}, float("-inf")),
        ({"bytesValue": "AP8="}, b"\x00\xff"),
        ({"bytesValue": "-_8"}, b"\xfb\xff"),  # as protobuf's JSON may be, too
        ({"arrayValue": {}}, []),
        ({"arrayValue": {"values": [{"stringValue": "a"}, {}]}}, ["a", None]),
        ({"kvlistValue": {"values": [{"key": "k", "value": {"intValue": 1}}]}}, {"k": 1}),
        ({"stringValue": None, "intValue": 1, "newValue": 2}, 1),  # null is absent, new is unknown
    ],
)
def test_a_value_keeps_its_type(value: dict[str, Any], expected: Any) -> None:
    found = attribute(**value)
    assert found == expected
    assert type(found) is type(expected)


def test_unknown_names_are_ignored_and_null_is_absent() -> None:
    body = request(name="a", span_id="x", kind=None, attributes=None, status=None, events=None)
    assert read(body | {"resource_spans": 5}) == (Span(name="a"),)
    assert read({"resourceSpans": None}) == read({}) == read({"resourceSpans": [{}]}) == ()


@pytest.mark.parametrize(
    ("span", "told"),
    [
        ({"traceId": "5b8e-fff7"}, '.traceId: found "5b8e-fff7", expected hexadecimal digits'),
        ({"traceId": "abc"}, '.traceId: found "abc", expected hexadecimal digits, two a byte'),
        ({"spanId": 5}, ".spanId: found 5, expected hexadecimal digits"),
        ({"kind": "SPAN_KIND_CLIENT"}, "expected the number of a member, not its name"),
        ({"kind": True}, ".kind: found true, expected the number"),
        ({"status": {"code": "STATUS_CODE_OK"}}, '.status.code: found "STATUS_CODE_OK"'),
        ({"status": 1}, ".status: found 1, expected an object"),
        ({"name": 1}, ".name: found 1, expected a text"),
        ({"startTimeUnixNano": "1_000"}, '.startTimeUnixNano: found "1_000", expected an integer'),
        ({"startTimeUnixNano": -1}, "expected an integer from 0 to 18446744073709551615"),
        ({"startTimeUnixNano": 1.5}, ".startTimeUnixNano: found 1.5"),
        ({"endTimeUnixNano": str(2**64)}, ".endTimeUnixNano: found"),
        ({"flags": 2**32}, ".flags: found 4294967296, expected an integer from 0 to 4294967295"),
        ({"droppedEventsCount": True}, ".droppedEventsCount: found true"),
        ({"attributes": {"a": 1}}, '.attributes: found {"a":1}, expected an array'),
        ({"attributes": ["a"]}, '.attributes.0: found "a", expected an object'),
        ({"attributes": [{"key": 1}]}, ".attributes.0.key: found 1, expected a text"),
        (
            {"events": [{}, {"attributes": [{"value": {"intValue": "x"}}]}]},
            '.events.1.attributes.0.value.intValue: found "x"',
        ),
        ({"links": [{"traceId": "zz"}]}, '.links.0.traceId: found "zz"'),
        ({"name": "x" * 200, "kind": "y" * 200}, f'.kind: found "{"y" * 79}…, expected'),
    ],
)
def test_what_is_no_otlp_is_malformed_at_its_place(span: dict[str, Any], told: str) -> None:
    with pytest.raises(Malformed) as fault:
        read(request(**span))
    assert str(fault.value).startswith(SPANS_AT)
    assert told in str(fault.value)


@pytest.mark.parametrize(
    "value",
    [
        {"stringValue": 1},
        {"stringValue": "a", "intValue": 1},
        {"boolValue": "true"},
        {"intValue": "x"},
        {"intValue": str(2**63)},
        {"intValue": True},
        {"doubleValue": "x"},
        {"doubleValue": "1_0"},
        {"doubleValue": True},
        {"bytesValue": "a"},
        {"bytesValue": "a b="},
        {"bytesValue": 1},
        {"arrayValue": []},
        {"arrayValue": {"values": {}}},
        {"kvlistValue": {"values": [1]}},
        "a",
    ],
)
def test_a_value_of_another_form_is_malformed(value: Any) -> None:
    with pytest.raises(Malformed, match=r"attributes\.0\.value"):
        read(request(attributes=[{"key": "a", "value": value}]))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"5", b"[" * 5000, b'{"a":"\\ud800"}'])
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match="expected a"):
        decode(body)


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"intValue": 1}
    for _ in range(levels):
        value = {"arrayValue": {"values": [value]}}
    return request(attributes=[{"key": "a", "value": value}])


def test_values_are_nested_within_bounds() -> None:
    assert read(nested(31)) == protobuf.decode(in_protobuf(nested(31)))
    with pytest.raises(Malformed, match="nested deeper, expected 32 levels at most"):
        read(nested(32))
    with pytest.raises(Malformed, match="nested deeper"):
        read(nested(300))


def test_what_takes_two_bytes_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two messages to the span, itself, and each empty event."""
    monkeypatch.setattr(json_form, "MOST_PARTS", 20)
    assert len(read(request(events=[{}] * 17))) == 1
    with pytest.raises(Malformed, match="expected 20 attributes, events and spans"):
        read(request(events=[{}] * 18))


OF_SPANS = ["resourceSpans", "scopeSpans", "spans", "resource", "scope", "traceId", "name", "kind"]
OF_MANY = ["attributes", "events", "links", "status", "code", "startTimeUnixNano", "key", "value"]
OF_VALUES = ["values", "stringValue", "intValue", "doubleValue", "bytesValue", "kvlistValue"]
NAMES = st.sampled_from([*OF_SPANS, *OF_MANY, *OF_VALUES])
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_any_json_is_read_or_malformed(body: Any) -> None:
    try:
        decode(json.dumps(body).encode())
        decode(json.dumps(request(attributes=[{"value": body}], events=body)).encode())
    except Malformed:
        pass
