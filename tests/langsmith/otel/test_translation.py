"""A run that is made of a span, as a whole; each field has tests of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from locum.langsmith.ingestion.dotted_orders import of_root
from locum.langsmith.ingestion.payloads import Attachment
from locum.langsmith.otel.identity import Rejected
from locum.langsmith.otel.translation import otel_trace, run_of
from locum.otlp.spans import Event, Link, Resource, Scope, Status
from tests.oracles.otel_spans import END_NS, RUN, SPAN, START_NS, TRACE, span

EXAMPLE = "e3b0c442-98fc-4c14-9afb-4c8996fb9242"


def fields(attributes: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    return run_of(span(attributes, **given)).payload.fields


def test_a_span_of_nothing_is_a_chain_of_the_default_project() -> None:
    run = run_of(span())
    assert (run.payload.kind, run.payload.id, run.payload.usage, run.attachments) == (
        "post",
        RUN,
        None,
        (),
    )
    assert run.payload.fields == {
        "id": RUN,
        "name": "step",
        "run_type": "chain",
        "start_time": "2026-01-15T10:00:00.000000Z",
        "end_time": "2026-01-15T10:00:01.000000Z",
        "error": None,
        "events": [],
        "tags": [],
        "reference_example_id": None,
        "session_name": "default",
        "inputs": {},
        "outputs": None,
        "extra": {
            "metadata": {},
            "otel": {"trace_id": TRACE.hex(), "span_id": SPAN.hex()},
        },
    }


def test_a_span_with_everything() -> None:
    run = run_of(
        span(
            {
                "langsmith.span.kind": "llm",
                "langsmith.trace.session_id": EXAMPLE,
                "langsmith.reference_example_id": EXAMPLE.upper(),
                "langsmith.span.runtime": '{"sdk": "x"}',
                "langsmith.span.tags": "a",
                "gen_ai.prompt": "q",
                "gen_ai.completion": '{"usage_metadata": {"output_tokens": 2}}',
                "gen_ai.usage.input_tokens": 5,
                "gen_ai.request.model": "m",
                "gen_ai.response.time_to_first_chunk": 0.25,
                "http.route": "/x",
            },
            end_ns=0,
            events=(Event("said", START_NS, {"k": 1}),),
            status=Status("no", 2),
            resource=Resource({"service.name": "api"}),
        ),
        "by-header",
    )
    assert run.session_id == EXAMPLE
    assert run.payload.usage == {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    found = run.payload.fields
    assert "session_name" not in found
    assert found.pop("extra") == {
        "metadata": {"service.name": "api", "http.route": "/x", "ls_model_name": "m"},
        "invocation_params": {"model": "m"},
        "runtime": {"sdk": "x"},
        "otel": {"trace_id": TRACE.hex(), "span_id": SPAN.hex()},
    }
    time = "2026-01-15T10:00:00."
    assert found.pop("events") == [
        {"name": "new_token", "time": f"{time}250000Z", "kwargs": {}},
        {"name": "said", "time": f"{time}000000Z", "kwargs": {"k": 1}},
    ]
    assert found == {
        "id": RUN,
        "name": "step",
        "run_type": "llm",
        "start_time": f"{time}000000Z",
        "end_time": None,
        "error": "no",
        "tags": ["a"],
        "reference_example_id": EXAMPLE,
        "session_id": EXAMPLE,
        "inputs": {"input": "q"},
        "outputs": {"usage_metadata": {"output_tokens": 2}},
    }


def test_times_are_cut_to_microseconds() -> None:
    found = fields(start_ns=START_NS + 1_234_567, end_ns=END_NS + 999)
    assert found["start_time"] == "2026-01-15T10:00:00.001234Z"
    assert found["end_time"] == "2026-01-15T10:00:01.000000Z"


def test_what_has_no_effect_is_kept() -> None:
    found = fields(
        parent_span_id=b"\xff" * 8,
        kind=3,
        trace_state="a=b",
        flags=257,
        scope=Scope("lib", "1.0", {"k": b"a"}),
        links=(Link(TRACE, SPAN, "c=d", {"l": 1}, 2, 1), Link(TRACE, SPAN)),
        dropped_attributes=1,
        dropped_events=2,
        dropped_links=3,
    )
    ids = {"trace_id": TRACE.hex(), "span_id": SPAN.hex()}
    whole = {"trace_state": "c=d", "flags": 1, "attributes": {"l": 1}}
    assert found["extra"]["otel"] == ids | {
        "parent_span_id": "ff" * 8,
        "kind": 3,
        "trace_state": "a=b",
        "flags": 257,
        "scope": {"name": "lib", "version": "1.0", "attributes": {"k": "YQ=="}},
        "links": [ids | whole | {"dropped_attributes_count": 2}, ids],
        "dropped_attributes_count": 1,
        "dropped_events_count": 2,
        "dropped_links_count": 3,
    }


@pytest.mark.parametrize("value", [-1, float("nan"), "0.5", 10**10, True])
def test_a_first_chunk_at_no_time_is_metadata(value: Any) -> None:
    found = fields({"gen_ai.response.time_to_first_chunk": value})
    assert found["events"] == []
    assert found["extra"]["metadata"].keys() == {"gen_ai.response.time_to_first_chunk"}


def test_attachments_are_files() -> None:
    sent = [{"name": "a.txt", "content": "aGk=", "mime_type": "text/plain"}]
    run = run_of(span({"langsmith.attachments": json.dumps(sent)}))
    assert run.attachments == (Attachment(RUN, "a.txt", "text/plain", b"hi"),)
    assert run.payload.fields["extra"]["metadata"] == {}


@pytest.mark.parametrize(
    "sent",
    [
        "x",
        "[]",
        '[{"name": "a", "mime_type": "text/plain"}]',
        '[{"name": "a", "mime_type": "text/plain", "content": "no base64"}]',
        '[{"name": "a", "mime_type": "text/plain", "content": 5}]',
        '["a"]',
    ],
)
def test_what_is_no_file_is_metadata(sent: str) -> None:
    run = run_of(span({"langsmith.attachments": sent}))
    assert run.attachments == ()
    assert run.payload.fields["extra"]["metadata"] == {"langsmith.attachments": sent}


def test_an_example_that_is_no_uuid_is_rejected() -> None:
    with pytest.raises(Rejected, match=r"langsmith.reference_example_id: found 'x'"):
        fields({"langsmith.reference_example_id": "x"})


def test_a_placed_run_has_its_place() -> None:
    run = run_of(span())
    order = f"20260115T100000000000Z{RUN}"
    found = run.at(of_root(order)).payload.fields
    assert found == run.payload.fields | {
        "trace_id": RUN,
        "parent_run_id": None,
        "dotted_order": order,
    }
    assert "trace_id" not in run.payload.fields


def test_a_run_tells_the_trace_of_its_span() -> None:
    assert otel_trace(fields({})["extra"]) == TRACE


@pytest.mark.parametrize(
    "extra", [None, {}, {"otel": "x"}, {"otel": {"trace_id": 5}}, {"otel": {"trace_id": "no hex"}}]
)
def test_a_run_that_is_no_spans_tells_none(extra: Any) -> None:
    assert otel_trace(extra) is None
