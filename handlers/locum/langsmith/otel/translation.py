"""From a span to the run that is made of it: what POST /runs/batch would say of it."""

from __future__ import annotations

from base64 import b64decode
from functools import partial
from typing import Any

import orjson
from attrs import evolve, frozen

from locum.langsmith.ingestion.dotted_orders import Place
from locum.langsmith.ingestion.payloads import Attachment, Payload
from locum.langsmith.otel import contents, descriptions, metadata, usage
from locum.langsmith.otel.attributes import SpanAttributes
from locum.langsmith.otel.events import happened
from locum.langsmith.otel.identity import Identity, example_id, identity
from locum.langsmith.otel.values import an_array, plain
from locum.langsmith.timestamps import text
from locum.otlp.spans import Link, Span

_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"  # seconds from the start
_LONGEST_SECONDS = 10**9


@frozen
class SpanRun:
    """The run of a span.

    - `payload` is the create of the run, with its fields as LangSmith's clients send them, but for
      `trace_id`, `parent_run_id` and `dotted_order`, which follow when it is placed; its usage is
      there where attributes tell it.
    - `session_id` is the project that it names by id, "" where it does not.
    """

    identity: Identity
    payload: Payload
    attachments: tuple[Attachment, ...] = ()

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.identity.run_id

    @property
    def span_id(self) -> str:
        """The span's id in hexadecimal digits."""
        return self.identity.span[1].hex()

    @property
    def bytes(self) -> int:
        """How many bytes of JSON it is."""
        return len(orjson.dumps(self.payload.fields))

    @property
    def awaited(self) -> str:
        """The run that it waits for where it has no place."""
        return self.identity.parent or ""

    @property
    def start_time(self) -> str:
        """When it began, ISO-8601 in UTC with six decimals and Z."""
        return str(self.payload.fields["start_time"])

    def at(self, place: Place) -> SpanRun:
        """Return the run at its place."""
        where = {
            "trace_id": place.trace_id,
            "parent_run_id": place.parent_run_id,
            "dotted_order": place.dotted_order,
        }
        return evolve(self, payload=evolve(self.payload, fields=self.payload.fields | where))

    @property
    def session_id(self) -> str:
        """The id of the project, "" where it is named."""
        return str(self.payload.fields.get("session_id", ""))


def run_of(span: Span, header_project: str = "") -> SpanRun:
    """Return the run of a span; `header_project` is the request's. Raises Rejected."""
    attributes = SpanAttributes(span.attributes)
    its = identity(span, attributes)
    of_events = happened(span, attributes.first(_FIRST_CHUNK, read=_seconds))
    is_tool = descriptions.is_openinference_tool(attributes)
    fields: dict[str, Any] = {
        "id": its.run_id,
        "name": descriptions.name(attributes, span.name, is_tool=is_tool),
        "run_type": descriptions.run_type(attributes),
        "start_time": text(span.start_ns // 1000),
        "end_time": text(span.end_ns // 1000) if span.end_ns else None,
        "error": of_events.error,
        "events": of_events.others,
        "tags": descriptions.tags(attributes),
        "reference_example_id": example_id(attributes),
        **descriptions.project(attributes, header_project),
    }
    fields["inputs"], fields["outputs"] = contents.contents(attributes, of_events)
    given = usage.given(attributes, fields["run_type"])
    attachments = attributes.first("langsmith.attachments", read=partial(_attachments, its.run_id))
    fields["extra"] = _extra(span, attributes)
    own = usage.usage(given, fields["outputs"], fields["extra"]["metadata"])
    return SpanRun(its, Payload("post", its.run_id, fields, own), attachments or ())


def _seconds(value: Any) -> float | None:
    if type(value) not in (int, float) or not 0 <= value <= _LONGEST_SECONDS:
        return None
    return float(value)


def _extra(span: Span, attributes: SpanAttributes) -> dict[str, Any]:
    runtime = metadata.runtime(attributes)
    of_model, model = metadata.models(attributes)
    parameters = metadata.invocation_params(attributes, model)
    conversation = metadata.thread(attributes)
    kept = {"runtime": runtime, "invocation_params": parameters, "otel": _otel(span)}
    return {
        "metadata": metadata.metadata(attributes, span.resource.attributes, conversation, of_model),
        **{name: value for name, value in kept.items() if value},
    }


def _otel(span: Span) -> dict[str, Any]:
    """What of a span has no effect on its run: kept, as far as it is there."""
    scope = {
        "name": span.scope.name,
        "version": span.scope.version,
        "attributes": plain(span.scope.attributes),
    }
    kept = {
        "parent_span_id": span.parent_span_id.hex(),
        "kind": span.kind,
        "trace_state": span.trace_state,
        "flags": span.flags,
        "scope": _present(scope),
        "links": [_link(each) for each in span.links],
        "dropped_attributes_count": span.dropped_attributes,
        "dropped_events_count": span.dropped_events,
        "dropped_links_count": span.dropped_links,
    }
    return {"trace_id": span.trace_id.hex(), "span_id": span.span_id.hex(), **_present(kept)}


def otel_trace(extra: Any) -> bytes | None:
    """Return the id of the trace that the span of a run is of, by the run's `extra`; None where it
    is no span's."""
    kept = extra.get("otel") if isinstance(extra, dict) else None
    trace_id = kept.get("trace_id") if isinstance(kept, dict) else None
    try:
        return bytes.fromhex(trace_id) if isinstance(trace_id, str) else None
    except ValueError:
        return None


def _link(link: Link) -> dict[str, Any]:
    kept = {
        "trace_state": link.trace_state,
        "flags": link.flags,
        "attributes": plain(link.attributes),
        "dropped_attributes_count": link.dropped_attributes,
    }
    return {"trace_id": link.trace_id.hex(), "span_id": link.span_id.hex(), **_present(kept)}


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _attachments(run_id: str, value: Any) -> tuple[Attachment, ...] | None:
    """Files of a JSON array of {name, content in base64, mime_type}; None where one is no file."""
    files = []
    for each in an_array(value) or ():
        try:
            content = b64decode(each["content"], validate=True)
            files.append(Attachment(run_id, str(each["name"]), str(each["mime_type"]), content))
        except (KeyError, TypeError, ValueError):
            return None
    return tuple(files) or None
