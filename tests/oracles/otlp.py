"""OTLP by OpenTelemetry's own messages and protobuf's own library: what ours is compared with."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

__all__ = ["ExportTraceServiceRequest", "ExportTraceServiceResponse", "in_protobuf", "read"]
_IDS = ("traceId", "spanId", "parentSpanId")


def in_protobuf(body: dict[str, Any]) -> bytes:
    """Return a request, given in OTLP's JSON, in protobuf."""
    request = ExportTraceServiceRequest()
    ParseDict(_with_base64(body), request)
    return request.SerializeToString()


def _with_base64(value: Any, name: str = "") -> Any:
    """In JSON as protobuf has it, where ids are in base64 as all bytes are."""
    match value:
        case dict():
            return {key: _with_base64(each, key) for key, each in value.items()}
        case list():
            return [_with_base64(each) for each in value]
        case str() if name in _IDS:
            return b64encode(bytes.fromhex(value)).decode()
    return value


def read(body: bytes) -> list[dict[str, Any]]:
    """Return the spans of a request, each with its resource and scope, by our names of fields.
    Raises protobuf's DecodeError."""
    request = ExportTraceServiceRequest.FromString(body)
    return [
        {
            "trace_id": span.trace_id,
            "span_id": span.span_id,
            "parent_span_id": span.parent_span_id,
            "name": span.name,
            "kind": span.kind,
            "start_ns": span.start_time_unix_nano,
            "end_ns": span.end_time_unix_nano,
            "attributes": _attributes(span.attributes),
            "events": [
                {
                    "name": event.name,
                    "time_ns": event.time_unix_nano,
                    "attributes": _attributes(event.attributes),
                    "dropped_attributes": event.dropped_attributes_count,
                }
                for event in span.events
            ],
            "links": [
                {
                    "trace_id": link.trace_id,
                    "span_id": link.span_id,
                    "trace_state": link.trace_state,
                    "attributes": _attributes(link.attributes),
                    "dropped_attributes": link.dropped_attributes_count,
                    "flags": link.flags,
                }
                for link in span.links
            ],
            "status": {"message": span.status.message, "code": span.status.code},
            "trace_state": span.trace_state,
            "flags": span.flags,
            "dropped_attributes": span.dropped_attributes_count,
            "dropped_events": span.dropped_events_count,
            "dropped_links": span.dropped_links_count,
            "resource": {"attributes": _attributes(of_resource.resource.attributes)},
            "scope": {
                "name": of_scope.scope.name,
                "version": of_scope.scope.version,
                "attributes": _attributes(of_scope.scope.attributes),
            },
        }
        for of_resource in request.resource_spans
        for of_scope in of_resource.scope_spans
        for span in of_scope.spans
    ]


def _attributes(entries: Any) -> dict[str, Any]:
    return {entry.key: _value(entry.value) for entry in entries}


def _value(value: AnyValue) -> Any:
    match value.WhichOneof("value"):
        case None | "string_value_strindex":  # of profiles alone
            return None
        case "array_value":
            return [_value(each) for each in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case name:
            return getattr(value, name)
