"""The examples of the endpoint, in JSON and in protobuf: answers, and the runs that come of them.

What a run reports with its descendants is added up here; the rest is what was taken.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum.exceptions import Unanswerable
from locum.langsmith.otel.transport import answer
from locum.langsmith.tables import THREAD_KEYS
from locum.otlp.forms import FORMS
from locum.provider import Answer, RawBody
from tests.oracles.otel_spans import Store
from tests.oracles.otlp import ExportTraceServiceResponse, in_protobuf

GOLDEN = Path(__file__).parents[2] / "data" / "langsmith" / "otel.json"
CASES: list[dict[str, Any]] = json.loads(GOLDEN.read_bytes())["cases"]
PROTOBUF, JSON = (form.media_type for form in FORMS)
TOKENS = {"input_tokens": "prompt_tokens", "output_tokens": "completion_tokens"}
DETAILS = {
    "input_token_details": "prompt_token_details",
    "output_token_details": "completion_token_details",
}
COSTS = {"input_cost": "prompt_cost", "output_cost": "completion_cost", "total_cost": "total_cost"}


def send(store: Store, request: dict[str, Any], media_type: str) -> Answer:
    is_json = media_type == JSON
    body = json.dumps(request["body"]).encode() if is_json else in_protobuf(request["body"])
    headers = {name.lower(): value for name, value in request["headers"].items()}
    project = headers.get("langsmith-project", "")
    try:
        return answer(
            RawBody(body, headers | {"content-type": media_type}),
            lambda spans: store.send(*spans, project=project),
        )
    except Unanswerable:
        return Answer(400, media_type=media_type)


def told(reply: Answer) -> dict[str, Any]:
    """The answer's partial success, without its message."""
    if reply.media_type == JSON:
        partial = reply.body.get("partialSuccess", {})
        assert not partial or partial.pop("errorMessage")
        return dict(reply.body)
    partial = ExportTraceServiceResponse.FromString(reply.body).partial_success
    rejected = str(partial.rejected_spans)
    return {"partialSuccess": {"rejectedSpans": rejected}} if partial.rejected_spans else {}


def reported(store: Store, run_id: str) -> dict[str, Any]:
    """A run as it is read: its own fields, and tokens with those of its descendants."""
    fields = store.runs[run_id]
    usages = [
        taken.payload.usage or {}
        for taken in store.taken.values()
        if run_id in taken.payload.fields["dotted_order"]
    ]
    own = store.taken[run_id].payload.usage or {}
    metadata = fields["extra"]["metadata"]
    threads = [metadata[key] for key in THREAD_KEYS if key in metadata]
    status = "error" if fields["error"] else "success" if fields["end_time"] else "pending"
    return {
        **fields,
        **{name: sum(each.get(key, 0) for each in usages) for key, name in TOKENS.items()},
        "total_tokens": sum(each.get("total_tokens", 0) for each in usages),
        **{name: own.get(key) for key, name in DETAILS.items()},
        **{name: own.get(key) for key, name in COSTS.items()},
        "metadata": metadata,
        "invocation_params": fields["extra"].get("invocation_params"),
        "thread_id": threads[0] if threads else None,
        "status": status,
        "start_time": fields["start_time"].removesuffix("Z"),
        "end_time": (fields["end_time"] or "").removesuffix("Z") or None,
    }


EACH = [
    pytest.param(case, media_type, id=f"{case['id']} {case['rule']} ({media_type})")
    for case in CASES
    for media_type in ([JSON] if case.get("json_only") else [JSON, PROTOBUF])
]


@pytest.mark.parametrize(("case", "media_type"), EACH)
def test_an_example_ends_in_its_runs(case: dict[str, Any], media_type: str) -> None:
    store = Store()
    for request in case["requests"]:
        reply = send(store, request, media_type)
        assert (reply.status, reply.media_type) == (request["status"], media_type)
        if "answer" in request:
            assert told(reply) == request["answer"]
    for run_id, expected in case["runs"].items():
        found = reported(store, run_id)
        for name, value in expected.items():
            if name == "metadata":
                assert {key: found[name].get(key) for key in value} == value
            elif name.endswith("_cost"):
                assert found[name] == float(value)
            else:
                assert found[name] == value, name
    assert store.runs.keys() == case["runs"].keys()
    assert not store.runs.keys() & case.get("absent", ())


def test_all_examples_are_there() -> None:
    assert (len(CASES), len(EACH)) == (12, 23)
