"""OTLP in JSON: a request's spans read from its bytes, and answers written.

As the protocol says of its JSON encoding (opentelemetry-proto, docs/specification.md): names are in
lowerCamelCase and others are ignored, ids are hexadecimal, integers of 64 bits are texts or
numbers, bytes are in base64, and members of an enumeration are numbers; here the name of one is a
fault (our choice, since the protocol admits none). null is what is absent, as in any JSON encoding
of protobuf.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, TypeVar

import orjson

from locum.otlp.spans import (
    DEEPEST,
    MOST_PARTS,
    Attributes,
    Event,
    Link,
    Malformed,
    Resource,
    Scope,
    Span,
    Status,
    Value,
)

_T = TypeVar("_T")
_Message = Mapping[str, Any]
_DIGITS = re.compile(r"-?\d{1,20}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,5})?", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_URL_SAFE = str.maketrans("-_", "+/")
_SHOWN = 80  # characters of what was found
_NOT_FINITE = {"NaN", "Infinity", "-Infinity"}


def decode(body: bytes) -> tuple[Span, ...]:
    """Return the spans of an ExportTraceServiceRequest. Raises Malformed where it is none."""
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"no JSON ({error})", "a JSON object") from None
    return tuple(_Reader().request(_object(request)))


def accepted(rejected: int = 0, message: str = "") -> bytes:
    """Return an ExportTraceServiceResponse: how many spans were rejected, and why."""
    if not rejected and not message:
        return b"{}"
    partial = {"rejectedSpans": str(rejected), "errorMessage": message}
    return orjson.dumps({"partialSuccess": partial})


def status(code: int, message: str) -> bytes:
    """Return a google.rpc.Status."""
    return orjson.dumps({"code": code, "message": message})


# --- values of fields: None is absent


def _fault(found: Any, expected: str) -> Malformed:
    try:
        shown = orjson.dumps(found).decode()
    except TypeError:  # nested too deeply to be written
        shown = "a nested value"
    return Malformed(shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…", expected)


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _fault(value, "an object")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _fault(value, "a text")
    return value


def _bytes_of_hex(value: Any) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise _fault(value, "hexadecimal digits, two a byte")
    return bytes.fromhex(value)


def _bytes_of_base64(value: Any) -> bytes:
    text = _text(value).translate(_URL_SAFE)
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise _fault(value, "base64") from None


def _integer(lowest: int, highest: int) -> Callable[[Any], int]:
    """A reader of integers within bounds: numbers without a fraction, or their texts."""

    def read(value: Any) -> int:
        number = value
        is_text = isinstance(value, str) and _DIGITS.fullmatch(value)
        if is_text or (isinstance(value, float) and value.is_integer()):
            number = int(value)
        if type(number) is not int or not lowest <= number <= highest:
            raise _fault(value, f"an integer from {lowest} to {highest}")
        return number

    return read


_unsigned_32 = _integer(0, (1 << 32) - 1)
_unsigned_64 = _integer(0, (1 << 64) - 1)
_signed_64 = _integer(-(1 << 63), (1 << 63) - 1)


def _member(value: Any) -> int:
    """A member of an enumeration, known or not."""
    if type(value) is not int or not -(1 << 31) <= value < 1 << 31:
        raise _fault(value, "the number of a member, not its name")
    return value


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _fault(value, "true or false")
    return value


def _double(value: Any) -> float:
    if isinstance(value, str) and (value in _NOT_FINITE or _NUMBER.fullmatch(value)):
        return float(value)
    if type(value) not in (int, float):
        raise _fault(value, "a number")
    return float(value)


# --- messages: by their names in JSON, a field's own name and how it is read

_Fields = Mapping[str, tuple[str, Callable[[Any], Any]]]

_SCOPE: _Fields = {"name": ("name", _text), "version": ("version", _text)}
_SPAN: _Fields = {
    "traceId": ("trace_id", _bytes_of_hex),
    "spanId": ("span_id", _bytes_of_hex),
    "parentSpanId": ("parent_span_id", _bytes_of_hex),
    "traceState": ("trace_state", _text),
    "name": ("name", _text),
    "kind": ("kind", _member),
    "startTimeUnixNano": ("start_ns", _unsigned_64),
    "endTimeUnixNano": ("end_ns", _unsigned_64),
    "flags": ("flags", _unsigned_32),
    "droppedAttributesCount": ("dropped_attributes", _unsigned_32),
    "droppedEventsCount": ("dropped_events", _unsigned_32),
    "droppedLinksCount": ("dropped_links", _unsigned_32),
}
_EVENT: _Fields = {
    "timeUnixNano": ("time_ns", _unsigned_64),
    "name": ("name", _text),
    "droppedAttributesCount": ("dropped_attributes", _unsigned_32),
}
_LINK: _Fields = {
    "traceId": ("trace_id", _bytes_of_hex),
    "spanId": ("span_id", _bytes_of_hex),
    "traceState": ("trace_state", _text),
    "flags": ("flags", _unsigned_32),
    "droppedAttributesCount": ("dropped_attributes", _unsigned_32),
}
_STATUS: _Fields = {"message": ("message", _text), "code": ("code", _member)}
_SCALARS: Mapping[str, Callable[[Any], Value]] = {
    "stringValue": _text,
    "boolValue": _bool,
    "intValue": _signed_64,
    "doubleValue": _double,
    "bytesValue": _bytes_of_base64,
}
_TYPES = (*_SCALARS, "arrayValue", "kvlistValue")


class _Reader:
    """Reads one request."""

    def __init__(self) -> None:
        self.left = MOST_PARTS

    def request(self, message: _Message) -> list[Span]:
        return [*chain(*self.each(message, "resourceSpans", self.resource_spans))]

    def resource_spans(self, message: _Message) -> list[Span]:
        resource = self.inner(message, "resource", lambda each: Resource(self.attributes(each)))
        of_scopes = self.each(message, "scopeSpans", lambda each: self.scope_spans(each, resource))
        return [*chain(*of_scopes)]

    def scope_spans(self, message: _Message, resource: Resource) -> list[Span]:
        scope = self.inner(message, "scope", lambda each: Scope(**self.fields(each, _SCOPE)))
        return self.each(message, "spans", lambda each: self.span(each, resource, scope))

    def span(self, message: _Message, resource: Resource, scope: Scope) -> Span:
        return Span(
            **self.fields(message, _SPAN),
            events=tuple(
                self.each(message, "events", lambda each: Event(**self.fields(each, _EVENT)))
            ),
            links=tuple(self.each(message, "links", lambda each: Link(**self.fields(each, _LINK)))),
            status=self.inner(message, "status", _status),
            resource=resource,
            scope=scope,
        )

    def fields(self, message: _Message, fields: _Fields) -> dict[str, Any]:
        """The fields of a message that are there, and its attributes."""
        return {"attributes": self.attributes(message), **_known(message, fields)}

    def attributes(self, message: _Message) -> Attributes:
        return self.entries(message, DEEPEST, "attributes")

    def value(self, message: _Message, deepest: int) -> Value:
        """A value of whichever type."""
        if not deepest:
            raise Malformed("a value nested deeper", f"{DEEPEST} levels at most")
        present = [name for name in _TYPES if message.get(name) is not None]
        if len(present) > 1:
            raise Malformed(" and ".join(present), "one of them")
        if not present:
            return None
        (name,) = present
        if name in _SCALARS:
            return _inside(_SCALARS[name], message, name, None)
        if name == "arrayValue":
            return self.inner(message, name, lambda array: self.items(array, deepest - 1))
        return self.inner(message, name, lambda entries: self.entries(entries, deepest - 1))

    def items(self, array: _Message, deepest: int) -> list[Value]:
        return self.each(array, "values", lambda each: self.value(each, deepest))

    def entries(self, message: _Message, deepest: int, name: str = "values") -> Attributes:
        def read(entry: _Message) -> tuple[str, Value]:
            value = self.inner(entry, "value", lambda each: self.value(each, deepest))
            return _inside(_text, entry, "key", ""), value

        return dict(self.each(message, name, read))

    def inner(self, message: _Message, name: str, read: Callable[[_Message], _T]) -> _T:
        """A message within a message, an empty one where it is absent."""
        value = message.get(name)
        try:
            return read({} if value is None else _object(value))
        except Malformed as fault:
            raise fault.within(name) from None

    def each(self, message: _Message, name: str, read: Callable[[_Message], _T]) -> list[_T]:
        """The messages of a repeated field."""
        items = message.get(name)
        if items is None:
            return []
        if not isinstance(items, list):
            raise _fault(items, "an array").within(name)
        made = []
        for index, item in enumerate(items):
            self.left -= 1
            if self.left < 0:
                raise Malformed("more", f"{MOST_PARTS:,} attributes, events and spans at most")
            try:
                made.append(read(_object(item)))
            except Malformed as fault:
                raise fault.within(name, index) from None
        return made


def _status(message: _Message) -> Status:
    return Status(**_known(message, _STATUS))


def _known(message: _Message, fields: _Fields) -> dict[str, Any]:
    """The fields of a message that are there, by our names."""
    return {
        own: _inside(read, message, name, None)
        for name, (own, read) in fields.items()
        if message.get(name) is not None
    }


def _inside(read: Callable[[Any], _T], message: _Message, name: str, absent: _T) -> _T:
    value = message.get(name)
    if value is None:
        return absent
    try:
        return read(value)
    except Malformed as fault:
        raise fault.within(name) from None
