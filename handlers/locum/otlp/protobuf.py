"""OTLP in protobuf: a request's spans read from its bytes, and answers written.

Protobuf's own library would read them too, for 38 ms and 6 MB of a process, 3 MB of a disk, and a
version that the exporters of an application in the same environment pin. And it cannot be held
within bounds: of a body of 20 MiB that is spans of nothing it makes 1.8 GB. The eleven
messages of a trace need little of the format; tests hold what is read here to what the library
reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from locum.otlp import wire
from locum.otlp.spans import (
    DEEPEST,
    MOST_PARTS,
    Event,
    Link,
    Malformed,
    Resource,
    Scope,
    Span,
    Status,
    Value,
)
from locum.otlp.wire import FIXED_32, FIXED_64, VARINT, Data, Part, tag

_Fields = Mapping[int, tuple[str, Callable[[Part], Any]]]  # by tag: a field's name, and its reader


def decode(body: bytes) -> tuple[Span, ...]:
    """Return the spans of an ExportTraceServiceRequest. Raises Malformed where it is none."""
    try:
        return tuple(_Reader().spans(memoryview(body)))
    except UnicodeDecodeError:
        raise Malformed("a text that is not UTF-8", "UTF-8") from None


def accepted(rejected: int = 0, message: str = "") -> bytes:
    """Return an ExportTraceServiceResponse: how many spans were rejected, and why."""
    return wire.bytes_field(1, status(rejected, message))  # whose partial success is alike


def status(code: int, message: str) -> bytes:
    """Return a google.rpc.Status."""
    return wire.integer_field(1, code) + wire.bytes_field(2, message.encode())


# --- messages


def _pieces(part: Part) -> Part:
    """A field that is a message, of which there may be several; those of one that is not repeated
    are one message, put together."""
    return part


def _attribute(part: Part) -> Part:
    """A field whose messages are names with their values."""
    return part


def _unknown(part: Part) -> Part:
    """A field that newer senders may have, or whose wire type is not its own."""
    return part


_UNKNOWN = ("", _unknown)
_REQUEST: _Fields = {tag(1): ("resource_spans", _pieces)}
_RESOURCE_SPANS: _Fields = {tag(1): ("resource", _pieces), tag(2): ("scope_spans", _pieces)}
_SCOPE_SPANS: _Fields = {tag(1): ("scope", _pieces), tag(2): ("spans", _pieces)}
_RESOURCE: _Fields = {tag(1): ("attributes", _attribute)}
_SCOPE: _Fields = {
    tag(1): ("name", wire.text),
    tag(2): ("version", wire.text),
    tag(3): ("attributes", _attribute),
}
_SPAN: _Fields = {
    tag(1): ("trace_id", bytes),
    tag(2): ("span_id", bytes),
    tag(3): ("trace_state", wire.text),
    tag(4): ("parent_span_id", bytes),
    tag(5): ("name", wire.text),
    tag(6, VARINT): ("kind", wire.signed_32),
    tag(7, FIXED_64): ("start_ns", wire.fixed),
    tag(8, FIXED_64): ("end_ns", wire.fixed),
    tag(9): ("attributes", _attribute),
    tag(10, VARINT): ("dropped_attributes", wire.unsigned_32),
    tag(11): ("events", _pieces),
    tag(12, VARINT): ("dropped_events", wire.unsigned_32),
    tag(13): ("links", _pieces),
    tag(14, VARINT): ("dropped_links", wire.unsigned_32),
    tag(15): ("status", _pieces),
    tag(16, FIXED_32): ("flags", wire.fixed),
}
_EVENT: _Fields = {
    tag(1, FIXED_64): ("time_ns", wire.fixed),
    tag(2): ("name", wire.text),
    tag(3): ("attributes", _attribute),
    tag(4, VARINT): ("dropped_attributes", wire.unsigned_32),
}
_LINK: _Fields = {
    tag(1): ("trace_id", bytes),
    tag(2): ("span_id", bytes),
    tag(3): ("trace_state", wire.text),
    tag(4): ("attributes", _attribute),
    tag(5, VARINT): ("dropped_attributes", wire.unsigned_32),
    tag(6, FIXED_32): ("flags", wire.fixed),
}
_STATUS: _Fields = {tag(2): ("message", wire.text), tag(3, VARINT): ("code", wire.signed_32)}
_NAME, _VALUE = tag(1), tag(2)  # of an attribute
_ITEM = tag(1)  # of an array, and of an object: one of its attributes
_ARRAY, _OBJECT = tag(5), tag(6)
_SCALARS: Mapping[int, Callable[[Part], Value]] = {
    tag(1): wire.text,
    tag(2, VARINT): bool,
    tag(3, VARINT): wire.signed_64,
    tag(4, FIXED_64): wire.double,
    tag(7): bytes,
}


class _Reader:
    """Reads one request."""

    def __init__(self) -> None:
        self.left = MOST_PARTS

    def spans(self, data: memoryview) -> Iterator[Span]:
        for resource_spans in self.fields(data, _REQUEST).get("resource_spans", ()):
            of_resource = self.fields(resource_spans, _RESOURCE_SPANS)
            resource = Resource(**self.whole(of_resource.get("resource", ()), _RESOURCE))
            for scope_spans in of_resource.get("scope_spans", ()):
                of_scope = self.fields(scope_spans, _SCOPE_SPANS)
                scope = Scope(**self.whole(of_scope.get("scope", ()), _SCOPE))
                for span in of_scope.get("spans", ()):
                    yield self.span(span, resource, scope)

    def span(self, data: memoryview, resource: Resource, scope: Scope) -> Span:
        found = self.fields(bytes(data), _SPAN)  # bytes are read sooner; larger ones not copied
        found["events"] = tuple(
            Event(**self.fields(each, _EVENT)) for each in found.get("events", ())
        )
        found["links"] = tuple(Link(**self.fields(each, _LINK)) for each in found.get("links", ()))
        found["status"] = Status(**self.whole(found.get("status", ()), _STATUS))
        return Span(**found, resource=resource, scope=scope)

    def whole(self, pieces: Sequence[Data], fields: _Fields) -> dict[str, Any]:
        return self.fields(pieces[0] if len(pieces) == 1 else b"".join(pieces), fields)

    def fields(self, data: Data, fields: _Fields) -> dict[str, Any]:
        """The fields of a message that are known, by name."""
        found: dict[str, Any] = {}
        for its, part in wire.fields(data):
            name, read = fields.get(its, _UNKNOWN)
            if read is _attribute:
                key, value = self.attribute(part, DEEPEST)
                found.setdefault(name, {})[key] = value
            elif read is _pieces:
                self.count()
                found.setdefault(name, []).append(part)
            elif read is not _unknown:
                found[name] = read(part)
        return found

    def attribute(self, data: Data, deepest: int) -> tuple[str, Value]:
        self.count()
        name, values = "", []
        for its, part in wire.fields(data):
            if its == _NAME:
                name = wire.text(part)
            elif its == _VALUE:
                values.append(part)
        whole = values[0] if len(values) == 1 else b"".join(values)
        return name, self.value(whole, deepest)

    def value(self, data: Data, deepest: int) -> Value:
        """A value of whichever type: the last that is there, since there should be one."""
        if not deepest:
            raise Malformed("a value nested deeper", f"{DEEPEST} levels at most")
        value: Value = None
        for its, part in wire.fields(data):
            if its in _SCALARS:
                value = _SCALARS[its](part)
            elif its == _ARRAY:
                items = [self.value(each, deepest - 1) for each in self.items(part)]
                value = [*value, *items] if isinstance(value, list) else items
            elif its == _OBJECT:
                entries = dict(self.attribute(each, deepest - 1) for each in self.items(part))
                value = {**value, **entries} if isinstance(value, dict) else entries
        return value

    def items(self, data: Data) -> Iterator[Data]:
        for its, part in wire.fields(data):
            if its == _ITEM:
                self.count()
                yield part

    def count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Malformed("more of them", f"{MOST_PARTS:,} attributes, events and spans at most")
