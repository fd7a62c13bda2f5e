"""Ids: those of spans, those that override them, and what is not taken."""

from __future__ import annotations

from typing import Any

import pytest

from locum.langsmith.otel.attributes import SpanAttributes
from locum.langsmith.otel.identity import Identity, Rejected, identity, padded
from tests.oracles.otel_spans import END_NS, RUN, SPAN, START_NS, TRACE, span

PARENT_SPAN = bytes.fromhex("00000000000000ff")
PARENT = "00000000-0000-0000-0000-0000000000ff"
A, B, C = (f"{digit * 8}-2222-4333-8444-555555555555" for digit in "abc")
TIME = "20260115T100000000000Z"


def of(attributes: dict[str, Any] | None = None, **fields: Any) -> Identity:
    sent = {f"langsmith.{name}": value for name, value in (attributes or {}).items()}
    return identity(span(sent, **fields), SpanAttributes(sent))


def test_a_span_id_is_padded_to_a_uuid() -> None:
    """As the example of the vendor's clients: 0102030405060708."""
    assert padded(bytes(range(1, 9))) == "00000000-0000-0000-0102-030405060708"


def test_a_run_has_the_id_of_its_span_and_its_parent_likewise() -> None:
    root = of()
    assert (root.run_id, root.parent, root.place, root.is_given) == (RUN, None, None, False)
    assert root.span == (TRACE, SPAN)
    child = of(parent_span_id=PARENT_SPAN)
    assert (child.parent, child.parent_span) == (PARENT, PARENT_SPAN)
    assert of(parent_span_id=bytes(8)).parent is None  # zeros are no id


@pytest.mark.parametrize(
    ("attributes", "parent_span", "parent", "is_by_span"),
    [
        ({"span.parent_id": A}, PARENT_SPAN, A, False),
        ({"span.parent_id": A.upper().replace("-", "")}, b"", A, False),
        ({"span.parent_id": ""}, PARENT_SPAN, PARENT, True),
        ({"is_root": True}, PARENT_SPAN, None, False),
        ({"is_root": "true"}, PARENT_SPAN, None, False),
        ({"root_span": True}, PARENT_SPAN, None, False),
        ({"is_root": False, "root_span": False}, PARENT_SPAN, PARENT, True),
        ({"is_root": 1}, PARENT_SPAN, PARENT, True),
        ({"is_root": True, "span.parent_id": A}, b"", A, False),
        ({"trace.id": B}, b"", B, False),  # the child of that root
        ({"trace.id": RUN}, b"", None, False),
        ({"trace.id": B}, PARENT_SPAN, PARENT, True),
        ({"trace.id": B, "span.parent_id": A}, b"", A, False),
        ({"trace.id": B, "is_root": True}, b"", None, False),
    ],
)
def test_the_parent_is_given_or_the_spans(
    attributes: dict[str, Any],
    parent_span: bytes,
    parent: str | None,
    is_by_span: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    found = of(attributes, parent_span_id=parent_span)
    assert (found.parent, bool(found.parent_span), found.place) == (parent, is_by_span, None)


def test_a_given_id_overrides_the_spans() -> None:
    found = of({"span.id": A})
    assert (found.run_id, found.is_given, found.span) == (A, True, (TRACE, SPAN))


@pytest.mark.parametrize(
    ("attributes", "parent"),
    [
        ({"span.dotted_order": f"{TIME}{RUN}"}, None),
        ({"span.dotted_order": f"{TIME}{RUN}", "trace.id": RUN}, None),
        ({"span.dotted_order": f"{TIME}{A}.{TIME}{RUN}"}, A),
        ({"span.dotted_order": f"{TIME}{A}.{TIME}{RUN}", "span.parent_id": A, "trace.id": A}, A),
        ({"span.dotted_order": f"{TIME}{A}.{TIME}{RUN}", "is_root": True}, A),
        ({"span.dotted_order": f"{TIME}{A}.{TIME}{B}.{TIME}{C}", "span.id": C}, B),
    ],
)
def test_a_dotted_order_tells_the_place(attributes: dict[str, Any], parent: str | None) -> None:
    found = of(attributes, parent_span_id=PARENT_SPAN)
    assert found.place is not None
    assert found.place.dotted_order == attributes["span.dotted_order"]
    assert (found.parent, found.place.parent_run_id, found.parent_span) == (parent, parent, b"")


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        (
            {"span.dotted_order": f"{TIME}{RUN}", "span.parent_id": A},
            "dotted_order must contain at least two parts for child runs",
        ),
        (
            {"span.dotted_order": f"{TIME}{A}.{TIME}{RUN}", "trace.id": B},
            f"trace_id {B} does not match first part of dotted_order {A}",
        ),
        ({"span.dotted_order": f"{TIME}{A}"}, "does not match last part of dotted_order"),
        (
            {"span.dotted_order": f"{TIME}{A}.{TIME}{RUN}", "span.parent_id": B},
            "does not match second to last part of dotted_order",
        ),
        (
            {"span.dotted_order": f"{TIME}{A}.20260115T095959999999Z{RUN}"},
            "is earlier than that of the part before it",
        ),
        ({"span.dotted_order": "x"}, "is not YYYYMMDDThhmmssffffffZ and a UUID"),
        ({"span.dotted_order": 5}, "is not YYYYMMDDThhmmssffffffZ and a UUID"),
    ],
)
def test_a_dotted_order_that_breaks_the_rules_is_rejected(
    attributes: dict[str, Any], why: str
) -> None:
    with pytest.raises(Rejected) as rejected:
        of(attributes)
    reason = rejected.value.reason
    assert reason.startswith("Bad request: invalid 'dotted_order': ")
    assert why in reason
    assert f"run_id:{RUN}" in reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"trace_id": bytes(16)}, "trace id: found zeros, expected 16 bytes that are not all zero"),
        ({"trace_id": b"a" * 15}, "trace id: found 15 bytes"),
        ({"trace_id": b""}, "trace id: found 0 bytes"),
        ({"span_id": bytes(8)}, "span id: found zeros, expected 8 bytes"),
        ({"span_id": b"a" * 16}, "span id: found 16 bytes"),
        ({"parent_span_id": b"a" * 7}, "parent span id: found 7 bytes"),
        ({"parent_span_id": SPAN}, "its parent is itself"),
        ({"start_ns": 0}, "start time: found none"),
        ({"end_ns": START_NS - 1}, f"end time: found {START_NS - 1}, expected none before"),
    ],
)
def test_what_is_no_span_is_rejected(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Rejected) as rejected:
        of(**fields)
    assert rejected.value.reason.startswith(reason)


@pytest.mark.parametrize("name", ["span.id", "span.parent_id", "trace.id"])
@pytest.mark.parametrize("value", ["x", "5b8efff798038103d269b633813fc60", 5, ["a"]])
def test_an_id_that_is_no_uuid_is_rejected(name: str, value: Any) -> None:
    with pytest.raises(Rejected, match=f"langsmith.{name}: found .*, expected a UUID"):
        of({name: value})


def test_a_span_may_end_when_it_begins_or_not_at_all() -> None:
    assert of(end_ns=START_NS) == of(end_ns=0) == of(end_ns=END_NS)
