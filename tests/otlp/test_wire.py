"""Fields as protobuf's encoding has them (protobuf.dev/programming-guides/encoding)."""

from __future__ import annotations

import struct

import pytest

from locum.otlp import wire
from locum.otlp.spans import Malformed


def test_fields_come_with_their_tags() -> None:
    """The guide's own examples: 150 as an integer of field 1, "testing" as a text of field 2."""
    body = bytes.fromhex("089601") + bytes.fromhex("120774657374696e67")
    assert [*wire.fields(body)] == [(wire.tag(1, wire.VARINT), 150), (wire.tag(2), b"testing")]
    assert [*wire.fields(memoryview(body))] == [*wire.fields(body)]
    fixed = bytes([0x09]) + bytes(range(8)) + bytes([0x85, 0x01]) + bytes(range(4))
    assert [*wire.fields(fixed)] == [
        (wire.tag(1, wire.FIXED_64), bytes(range(8))),
        (wire.tag(16, wire.FIXED_32), bytes(range(4))),
    ]
    assert [*wire.fields(b"")] == []


@pytest.mark.parametrize(
    "body",
    [
        b"\x08",
        b"\x08\xff",
        b"\x08" + b"\xff" * 9 + b"\x02",
        b"\x08" + b"\xff" * 10 + b"\x01",
        b"\x12\x02a",
        b"\x09\x00",
        b"\x0d\x00\x00\x00",
        b"\x0b",
        b"\x0c",
        b"\x0e",
        b"\x00\x00",
        b"\x80\x80\x80\x80\x10\x00",
    ],
)
def test_what_is_no_field_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        list(wire.fields(body))


def test_the_largest_numbers_are_read() -> None:
    largest = b"\xff" * 9 + b"\x01"
    assert [*wire.fields(b"\x08" + largest)] == [(8, 2**64 - 1)]
    assert [*wire.fields(b"\xf8\xff\xff\xff\x0f\x00")] == [(wire.tag(2**29 - 1, wire.VARINT), 0)]


def test_parts_are_values_of_their_types() -> None:
    assert (wire.signed_64(2**64 - 1), wire.signed_64(2**63 - 1)) == (-1, 2**63 - 1)
    assert (wire.signed_32(2**64 - 1), wire.signed_32(2**31 - 1)) == (-1, 2**31 - 1)
    assert wire.unsigned_32(2**32 + 5) == 5
    assert wire.fixed(bytes([1, 2, 0, 0])) == 513
    assert wire.double(struct.pack("<d", -0.5)) == -0.5
    assert wire.text(memoryview("né".encode())) == "né"


def test_fields_are_written_and_empty_ones_left_out() -> None:
    assert wire.integer_field(1, 150) == bytes.fromhex("089601")
    assert wire.bytes_field(2, b"testing") == bytes.fromhex("120774657374696e67")
    assert wire.integer_field(1, 0) == wire.bytes_field(2, b"") == b""
    body = wire.integer_field(5, 2**40) + wire.bytes_field(6, b"x" * 300)
    assert [*wire.fields(body)] == [(wire.tag(5, wire.VARINT), 2**40), (wire.tag(6), b"x" * 300)]
