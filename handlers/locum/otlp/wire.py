"""Protobuf's encoding: the fields of a message, and fields written
(https://protobuf.dev/programming-guides/encoding/).

A field is its tag, which is its number and wire type in one integer, and its part: an integer of
64 bits without a sign, or the bytes of anything else. Groups, which no message of today has, are
not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack
from typing import Any

from locum.otlp.spans import Malformed

VARINT, FIXED_64, LENGTH, FIXED_32 = 0, 1, 2, 5  # wire types
Data = bytes | memoryview
Part = Any

_SIZES = {FIXED_64: 8, FIXED_32: 4}
_MORE = 128  # the bit that says that another byte of the integer follows
_LOWEST_TAG, _HIGHEST_TAG = 1 << 3, (1 << 32) - 1
_SHIFTS = range(0, 70, 7)  # of the bytes of an integer of 64 bits


def tag(number: int, wire: int = LENGTH) -> int:
    """Return the tag of a field."""
    return number << 3 | wire


def fields(data: Data) -> Iterator[tuple[int, Part]]:
    """Give the fields of a message as they come, by their tags. Raises Malformed."""
    at, end = 0, len(data)
    part: Part
    while at < end:
        its, at = data[at], at + 1
        if its >= _MORE:
            its, at = _varint(data, at - 1)
        wire = its & 7
        if wire == VARINT:
            part, at = _varint(data, at)
        else:
            size = _SIZES.get(wire)
            if size is None:
                if wire != LENGTH:
                    raise Malformed(f"wire type {wire}", "0, 1, 2 or 5")
                size, at = _varint(data, at)
            part = data[at : at + size]
            at += size
            if at > end:
                raise Malformed("the end", f"{size} bytes of a field")
        if not _LOWEST_TAG <= its <= _HIGHEST_TAG:
            raise Malformed(f"field number {its >> 3}", "a number from 1 to 536870911")
        yield its, part


def _varint(data: Data, at: int) -> tuple[int, int]:
    """An integer of up to 64 bits, and the place after it."""
    if at < len(data) and data[at] < _MORE:  # nearly all of them
        return data[at], at + 1
    value = 0
    for shift, byte in zip(_SHIFTS, data[at : at + len(_SHIFTS)], strict=False):
        at += 1
        if byte < _MORE:
            value |= byte << shift
            if value >> 64:
                break
            return value, at
        value |= (byte - _MORE) << shift
    raise Malformed("no end of an integer", "an integer of at most 64 bits")


def _written(number: int) -> bytes:
    written = bytearray()
    while number >= _MORE:
        written.append(number % _MORE + _MORE)
        number >>= 7
    return bytes([*written, number])


def integer_field(number: int, value: int) -> bytes:
    """Return a field that is an integer of 0 or more; 0 is left out."""
    return _written(tag(number, VARINT)) + _written(value) if value else b""


def bytes_field(number: int, value: bytes) -> bytes:
    """Return a field of bytes, such as a text or a message; none are left out."""
    return _written(tag(number)) + _written(len(value)) + value if value else b""


def text(part: Part) -> str:
    """Return a text. Raises UnicodeDecodeError."""
    return str(part, "utf-8")


def signed_64(part: Part) -> int:
    """Return an int64."""
    return int(part - (1 << 64) if part >> 63 else part)


def signed_32(part: Part) -> int:
    """Return an int32 or a member of an enumeration."""
    return int.from_bytes((part & 0xFFFFFFFF).to_bytes(4), signed=True)


def unsigned_32(part: Part) -> int:
    """Return a uint32."""
    return int(part & 0xFFFFFFFF)


def fixed(part: Part) -> int:
    """Return a fixed64 or fixed32."""
    return int.from_bytes(part, "little")


def double(part: Part) -> float:
    """Return a double."""
    return float(unpack("<d", part)[0])
