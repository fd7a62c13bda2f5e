"""Spans as a request of OTLP holds them, whichever its encoding, and the fault of one that holds
none.

Names are those of opentelemetry-proto 1.10 (trace.proto, common.proto), whose comments say what
they mean. What is absent in a request is the empty value of its type.
"""

from __future__ import annotations

from typing import TypeAlias

from attrs import evolve, field, frozen

from locum.exceptions import LocumError

DEEPEST = 32  # arrays and objects in one another, as deep as protobuf's own library reads them
# Attributes, events, links, spans and items of arrays in one request: bounds what a body of two
# bytes each would become in memory. Requests of 20 MiB that mean something have half as many.
MOST_PARTS = 1_000_000

# A value of an attribute: None is one of no type (an empty AnyValue).
Value: TypeAlias = "str | bool | int | float | bytes | list[Value] | dict[str, Value] | None"
Attributes: TypeAlias = dict[str, Value]  # of two with one name the last counts (our choice)


@frozen
class Malformed(LocumError):
    """A request is not OTLP: what was found, what was expected, and the place of it, outermost
    first; () where the whole, or an encoding without names, is at fault."""

    found: str
    expected: str
    place: tuple[str | int, ...] = ()

    def within(self, *place: str | int) -> Malformed:
        """Return the same fault, further inside."""
        return evolve(self, place=(*place, *self.place))

    def __str__(self) -> str:
        where = ".".join(map(str, self.place))
        return f"{where or 'body'}: found {self.found}, expected {self.expected}"


@frozen
class Resource:
    """What has made the spans: a service, a process."""

    attributes: Attributes = field(factory=dict)


@frozen
class Scope:
    """The library by which spans were made."""

    name: str = ""
    version: str = ""
    attributes: Attributes = field(factory=dict)


@frozen
class Event:
    """What happened in a span, at a time in nanoseconds since 1970; 0 where none is given."""

    name: str = ""
    time_ns: int = 0
    attributes: Attributes = field(factory=dict)
    dropped_attributes: int = 0


@frozen
class Link:
    """Another span that a span is about."""

    trace_id: bytes = b""
    span_id: bytes = b""
    trace_state: str = ""
    attributes: Attributes = field(factory=dict)
    dropped_attributes: int = 0
    flags: int = 0


UNSET, OK, ERROR = range(3)  # the codes of a status


@frozen
class Status:
    """How a span has ended, by its own account."""

    message: str = ""
    code: int = UNSET


@frozen
class Span:
    """A span, with the resource and the scope that the request has it under.

    Ids are as they were sent: a valid trace id has 16 bytes and a span id 8, not all of them zero;
    `parent_span_id` is b"" for a root. Times are nanoseconds since 1970, 0 where none is given.
    """

    trace_id: bytes = b""
    span_id: bytes = b""
    parent_span_id: bytes = b""
    name: str = ""
    kind: int = 0
    start_ns: int = 0
    end_ns: int = 0
    attributes: Attributes = field(factory=dict)
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    status: Status = Status()
    trace_state: str = ""
    flags: int = 0
    dropped_attributes: int = 0
    dropped_events: int = 0
    dropped_links: int = 0
    resource: Resource = field(factory=Resource)
    scope: Scope = field(factory=Scope)
