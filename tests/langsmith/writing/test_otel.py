"""Spans of OpenTelemetry over HTTP, in both encodings, and the runs that are read at once."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from httpx import Response
from starlette.testclient import TestClient

from locum.generate.asked import Manner
from tests.conftest import application_over
from tests.oracles import sandboxes
from tests.oracles.otlp import ExportTraceServiceResponse, in_protobuf

GOLDEN = Path(__file__).parents[2] / "data" / "langsmith" / "otel.json"
CASES: list[dict[str, Any]] = json.loads(GOLDEN.read_bytes())["cases"]
JSON, PROTOBUF = "application/json", "application/x-protobuf"
TRACES = "/otel/v1/traces"
OTHER_KEY, READ_KEY = "locum-other-key", "locum-read-key"
TRACE = "5b8efff798038103d269b633813fc60c"
START_NS = 1_768_471_200_000_000_000  # 2026-01-15 10:00:00
PART = "20260115T100000000000Z"


class Sandbox(sandboxes.Sandbox):
    """One that takes spans."""

    def post(
        self,
        body: Any,
        media_type: str = JSON,
        path: str = TRACES,
        headers: dict[str, str] | None = None,
        *,
        packed: bool = False,
    ) -> Response:
        """Send a request, given in OTLP's JSON or as bytes."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode() if media_type == JSON else in_protobuf(body)
        named = {"Content-Type": media_type, **(headers or {})}
        if packed:
            body, named["Content-Encoding"] = gzip.compress(body), "gzip"
        return self.send("POST", path, content=body, headers=named)

    def spans(self, *spans: dict[str, Any], project: str | None = None) -> dict[str, Any]:
        """Send spans in JSON, which are taken, as far as the answer says."""
        headers = None if project is None else {"langsmith-project": project}
        answer = self.post(of(*spans), headers=headers)
        assert answer.status_code == 200
        return dict(answer.json())

    def run(self, run_id: str) -> dict[str, Any] | None:
        answer = self.send("GET", f"/api/v1/runs/{run_id}")
        assert answer.status_code in (200, 404)
        return answer.json() if answer.status_code == 200 else None

    def project(self, name: str) -> str:
        (found,) = self.send("GET", "/api/v1/sessions", params={"name": name}).json()
        return str(found["id"])

    def runs(self, project: str = "default") -> dict[str, dict[str, Any]]:
        """The runs of a project by name."""
        asked = {"session": [self.project(project)], "limit": 100}
        found = self.send("POST", "/api/v1/runs/query", json=asked).json()["runs"]
        return {run["name"]: run for run in found}


@pytest.fixture
def sandbox(client: TestClient) -> Iterator[Sandbox]:
    sandbox = Sandbox(client)
    yield sandbox
    client.delete(f"/__locum/sandboxes/{sandbox.name}")


def run_id(number: int) -> str:
    return f"00000000-0000-0000-00ab-{number:012x}"


def span(number: int, parent: int = 0, /, **attributes: Any) -> dict[str, Any]:
    """A span of a second, by the numbers of it and its parent; dots are double underscores."""
    kinds = {str: "stringValue", int: "intValue"}
    sent = {
        "traceId": TRACE,
        "spanId": f"00ab{number:012x}",
        "name": f"step {number}",
        "startTimeUnixNano": str(START_NS),
        "endTimeUnixNano": str(START_NS + 10**9),
        "attributes": [
            {"key": name.replace("__", "."), "value": {kinds[type(value)]: value}}
            for name, value in attributes.items()
        ],
    }
    return sent | ({"parentSpanId": f"00ab{parent:012x}"} if parent else {})


def of(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


# --- the golden examples


def told(answer: Response, media_type: str) -> dict[str, Any]:
    """The answer's partial success, without its message."""
    assert answer.headers["content-type"] == media_type
    if media_type == JSON:
        found: dict[str, Any] = answer.json()
        partial = found.get("partialSuccess", {})
        assert not partial or partial.pop("errorMessage")
        return found
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    rejected = str(partial.rejected_spans)
    return {"partialSuccess": {"rejectedSpans": rejected}} if partial.rejected_spans else {}


EACH = [
    pytest.param(case, media_type, packed, id=f"{case['id']} ({media_type}, {packed})")
    for case in CASES
    for media_type in ([JSON] if case.get("json_only") else [JSON, PROTOBUF])
    for packed in (False, True)
]


@pytest.mark.parametrize(("case", "media_type", "packed"), EACH)
def test_an_example_ends_in_its_runs(
    sandbox: Sandbox, case: dict[str, Any], media_type: str, *, packed: bool
) -> None:
    for request in case["requests"]:
        body = request.get("body", request.get("raw", b""))
        headers = {k: v for k, v in request["headers"].items() if k.lower() != "content-type"}
        answer = sandbox.post(body, media_type, request["path"], headers, packed=packed)
        assert answer.status_code == request["status"], answer.content
        if "answer" in request:
            assert told(answer, media_type) == request["answer"]
    for each, expected in case["runs"].items():
        found = sandbox.run(each)
        assert found is not None
        project = sandbox.send("GET", f"/api/v1/sessions/{found['session_id']}").json()
        found |= {"session_name": project["name"], "metadata": found["extra"]["metadata"]}
        found["invocation_params"] = found["extra"].get("invocation_params")
        for name, value in expected.items():
            if name == "metadata":
                assert {key: found[name].get(key) for key in value} == value
            elif name.endswith("_cost"):
                assert float(found[name]) == float(value)
            elif name.endswith("_time"):
                assert (found[name] or "").removesuffix("Z") == (value or ""), name
            else:
                assert found.get(name) == value, name
    for each in case.get("absent", ()):
        assert sandbox.run(each) is None


def test_all_examples_are_there() -> None:
    assert (len(CASES), len(EACH)) == (12, 46)


# --- what the examples do not show


@pytest.mark.parametrize("path", [TRACES, f"/api/v1{TRACES}"])
def test_protobuf_is_answered_in_protobuf(sandbox: Sandbox, path: str) -> None:
    answer = sandbox.post(of(span(1)), PROTOBUF, path, {"Accept": PROTOBUF})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == PROTOBUF
    assert answer.headers["content-length"] == "0"
    assert sandbox.post(b"", PROTOBUF, path).status_code == 200


def test_a_body_may_come_in_pieces(sandbox: Sandbox) -> None:
    """Exporters of Node send no Content-Length."""
    content = iter([in_protobuf(of(span(1)))[:20], in_protobuf(of(span(1)))[20:]])
    answer = sandbox.send("POST", TRACES, content=content, headers={"Content-Type": PROTOBUF})
    assert answer.status_code == 200
    assert [*sandbox.runs()] == ["step 1"]


def test_statistics_follow_each_request(sandbox: Sandbox) -> None:
    def tokens() -> tuple[int, int]:
        asked = {"session": [sandbox.project("default")], "is_root": True}
        found = sandbox.send("POST", "/api/v1/runs/stats", json=asked).json()
        return found["run_count"], found["total_tokens"]

    used: dict[str, Any] = {"langsmith__span__kind": "llm", "gen_ai__usage__input_tokens": 5}
    assert sandbox.spans(span(1)) == {}
    assert tokens() == (1, 0)
    sandbox.spans(span(2, 1, **used))
    assert tokens() == (1, 5)
    sandbox.spans(span(2, 1, **used))  # as a client that has heard no answer
    assert tokens() == (1, 5)
    sandbox.spans(span(3, **used))
    assert tokens() == (2, 10)


def test_attributes_tell_the_usage_whatever_the_outputs_say(sandbox: Sandbox) -> None:
    usage = json.dumps({"usage_metadata": {"input_tokens": 99, "output_tokens": 7}})
    sandbox.spans(
        span(1, langsmith__span__kind="llm", gen_ai__completion=usage, llm__token_count__prompt=5),
        span(2, langsmith__span__kind="llm", gen_ai__completion=usage),
        span(3, gen_ai__completion=usage, langsmith__usage_metadata='{"input_tokens": 1}'),
    )
    assert {
        name: [run["prompt_tokens"], run["completion_tokens"], run["total_tokens"]]
        for name, run in sandbox.runs().items()
    } == {"step 1": [5, 7, 12], "step 2": [99, 7, 106], "step 3": [1, 0, 1]}
    sandbox.send("PATCH", f"/runs/{run_id(1)}", json={"outputs": {"a": 1}})
    found = sandbox.runs()["step 1"]
    assert (found["total_tokens"], found["outputs"]) == (12, {"a": 1})


def test_a_span_at_fault_leaves_the_others(sandbox: Sandbox) -> None:
    unknown = "aaaaaaaa-0000-4000-8000-000000000000"
    found = sandbox.spans(
        span(1),
        span(2, 1) | {"startTimeUnixNano": "0"},
        span(3, 2),
        span(4, 1, langsmith__trace__session_id=unknown),
        span(5, 1),
    )
    reason = "start time: found none, expected nanoseconds since 1970 (and 1 more)"
    assert found == {
        "partialSuccess": {
            "rejectedSpans": "2",
            "errorMessage": f"span 00ab000000000002: {reason}",
        }
    }
    assert sorted(sandbox.runs()) == ["step 1", "step 5"]
    assert sandbox.spans(span(2, 1)) == {}
    assert sorted(sandbox.runs()) == ["step 1", "step 2", "step 3", "step 5"]


def test_a_child_waits_for_its_parent_across_requests(sandbox: Sandbox) -> None:
    sandbox.spans(span(3, 2, langsmith__span__kind="llm", gen_ai__usage__input_tokens=5))
    sandbox.spans(span(2, 1))
    assert (sandbox.run(run_id(2)), sandbox.run(run_id(3))) == (None, None)
    sandbox.spans(span(1))
    runs = sandbox.runs()
    assert {name: run["total_tokens"] for name, run in runs.items()} == {
        "step 1": 5,
        "step 2": 5,
        "step 3": 5,
    }
    order = ".".join(f"{PART}{run_id(number)}" for number in (1, 2, 3))
    assert runs["step 3"]["dotted_order"] == order


ROOT = "aaaaaaaa-1111-4000-8000-000000000000"
POSTED = {
    "id": ROOT,
    "trace_id": ROOT,
    "dotted_order": PART + ROOT,
    "name": "posted",
    "run_type": "chain",
    "start_time": "2026-01-15T10:00:00Z",
}
BARE = {name: POSTED[name] for name in ("id", "name", "run_type", "start_time")}


@pytest.mark.parametrize(
    ("path", "body"), [("/runs", BARE), ("/runs/batch", {"post": [POSTED]}), ("/runs", POSTED)]
)
def test_a_parent_may_come_by_another_way(sandbox: Sandbox, path: str, body: Any) -> None:
    below: dict[str, Any] = {"langsmith__span__parent_id": ROOT}
    used: dict[str, Any] = {"langsmith__span__kind": "llm", "gen_ai__usage__input_tokens": 5}
    sandbox.spans(span(1, **below), span(2, 1, **used))
    assert sandbox.run(run_id(1)) is None
    assert sandbox.send("POST", path, json=body).status_code == 202
    runs = sandbox.runs()
    assert sorted(runs) == ["posted", "step 1", "step 2"]
    assert {run["trace_id"] for run in runs.values()} == {ROOT}
    assert {run["total_tokens"] for run in runs.values()} == {5}
    sandbox.spans(span(3, **below))
    assert sandbox.runs()["step 3"]["parent_run_id"] == ROOT


def test_spans_and_other_runs_may_wait_for_each_other(sandbox: Sandbox) -> None:
    """A span below a run that is below a span, the last of which comes last."""
    sandbox.spans(span(2, langsmith__span__parent_id=ROOT))
    bare = BARE | {"parent_run_id": run_id(1)}
    assert sandbox.send("POST", "/runs", json=bare).status_code == 202
    assert sandbox.run(ROOT) is None
    sandbox.spans(span(1))
    runs = sandbox.runs()
    assert sorted(runs) == ["posted", "step 1", "step 2"]
    assert runs["step 2"]["parent_run_ids"] == [run_id(1), ROOT]


def test_a_waiting_span_at_fault_refuses_no_other_run(client: TestClient, sandbox: Sandbox) -> None:
    """Another tenant takes the id of the span's run while it waits."""
    sandbox.spans(span(2, 1))
    other = Sandbox(client, sandbox.name, OTHER_KEY)
    other.spans(span(2))
    assert sandbox.spans(span(1)) == {}
    assert [*sandbox.runs()] == ["step 1"]
    assert [*other.runs()] == ["step 2"]


def test_tenants_are_apart(client: TestClient, sandbox: Sandbox) -> None:
    other = Sandbox(client, sandbox.name, OTHER_KEY)
    sandbox.spans(span(1), span(3, 2))
    found = other.spans(span(1), span(4, 1), span(2))
    assert found == {
        "partialSuccess": {
            "rejectedSpans": "1",
            "errorMessage": f"span 00ab000000000001: its run {run_id(1)} is another's",
        }
    }
    assert ([*sandbox.runs()], [*other.runs()]) == (["step 1"], ["step 2"])
    assert other.run(run_id(1)) is None


def test_a_deleted_run_may_come_again(sandbox: Sandbox) -> None:
    sandbox.spans(span(1), span(2, 1))
    sandbox.send("DELETE", f"/api/v1/sessions/{sandbox.project('default')}")
    assert sandbox.run(run_id(1)) is None
    sandbox.spans(span(1), span(2, 1))
    assert sorted(sandbox.runs()) == ["step 1", "step 2"]


def test_files_are_attached(sandbox: Sandbox) -> None:
    sent = [{"name": "a.txt", "content": "aGk=", "mime_type": "text/plain"}]
    sandbox.spans(span(1, langsmith__attachments=json.dumps(sent)))
    ((name, file),) = (sandbox.run(run_id(1)) or {})["s3_urls"].items()
    assert name == "attachment.a.txt"
    content = sandbox.send("GET", file["presigned_url"])
    assert (content.text, content.headers["content-type"]) == ("hi", "text/plain")


def test_the_header_names_the_project(sandbox: Sandbox) -> None:
    sandbox.spans(span(1), project=" haiku ")
    sandbox.spans(span(2), project="haiku")
    assert sorted(sandbox.runs("haiku")) == ["step 1", "step 2"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("søk".encode(), "søk"),
        ("søk".encode("latin-1"), "søk"),
        ("日本".encode(), "日本"),
        (b"plain", "plain"),
    ],
)
def test_the_header_is_in_utf_8_or_in_latin_1(sandbox: Sandbox, header: bytes, name: str) -> None:
    content = in_protobuf(of(span(1)))
    headers = {"Content-Type": PROTOBUF.encode(), "Langsmith-Project": header}
    sandbox.send("POST", TRACES, content=content, headers=headers)
    assert [*sandbox.runs(name)] == ["step 1"]


# --- refusals


def status(answer: Response) -> tuple[int, str]:
    """The google.rpc.Status of an answer: code and message."""
    if answer.headers["content-type"] == JSON:
        found = answer.json()
        assert [*found] == ["code", "message"]
        return found["code"], found["message"]
    assert answer.headers["content-type"] == PROTOBUF
    assert (answer.content[0], answer.content[2]) == (0x08, 0x12)  # the fields' tags
    return answer.content[1], answer.content[4:].decode()


@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_a_body_that_cannot_be_read_is_400(sandbox: Sandbox, media_type: str) -> None:
    answer = sandbox.post(b"{\x0a", media_type)
    assert (answer.status_code, status(answer)[0]) == (400, 3)
    assert status(answer)[1].startswith("body: found ")


@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_a_body_that_is_not_packed_as_it_says_is_400(sandbox: Sandbox, media_type: str) -> None:
    answer = sandbox.post(b"no gzip", media_type, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, status(answer)[0]) == (400, 3)


@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
@pytest.mark.parametrize("packed", [False, True])
def test_a_body_has_20_mib_at_most(sandbox: Sandbox, media_type: str, *, packed: bool) -> None:
    answer = sandbox.post(b" " * (20 * 2**20 + 1), media_type, packed=packed)
    assert (answer.status_code, status(answer)[0]) == (413, 8)
    whole = json.dumps(of(span(1))).encode()
    assert sandbox.post(whole + b" " * (20 * 2**20 - len(whole))).status_code == 200


@pytest.mark.parametrize(
    ("coding", "content"), [("zstd", zstd.compress(in_protobuf(of(span(1))))), ("br", b"")]
)
def test_other_codings_are_415(sandbox: Sandbox, coding: str, content: bytes) -> None:
    answer = sandbox.post(content, PROTOBUF, headers={"Content-Encoding": coding})
    assert (answer.status_code, status(answer)[0]) == (415, 3)


def test_other_media_types_are_415(sandbox: Sandbox) -> None:
    answer = sandbox.post(b"x", "text/plain")
    assert answer.status_code == 415
    told_so = "Unsupported media type: text/plain, not application/x-protobuf or application/json"
    assert status(answer) == (3, told_so)


@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_agents_are_refused(sandbox: Sandbox, media_type: str) -> None:
    answer = sandbox.post(of(span(1)), media_type, headers={"Langsmith-Agent-Id": "a"})
    assert (answer.status_code, status(answer)[0]) == (400, 3)


@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_a_refusal_has_the_body_of_others(
    client: TestClient, sandbox: Sandbox, media_type: str
) -> None:
    reading = Sandbox(client, sandbox.name, READ_KEY).post(of(span(1)), media_type)
    assert (reading.status_code, reading.json()) == (403, {"error": "The key may only read"})
    unknown = Sandbox(client, sandbox.name, "nobody").post(of(span(1)), media_type)
    assert (unknown.status_code, unknown.json()) == (401, {"error": "Invalid token"})
    assert sandbox.run(run_id(1)) is None


def test_other_methods_and_paths(sandbox: Sandbox) -> None:
    assert sandbox.send("GET", TRACES).status_code == 405
    for path in ("/otel/v1/metrics", "/otel/v1/logs", f"{TRACES}/v1/traces"):
        answer = sandbox.post(of(span(1)), path=path)
        assert (answer.status_code, status(answer)[0]) == (404, 5)


def test_a_server_that_is_read_only_takes_no_spans() -> None:
    application = application_over("tiny", manner=Manner(is_read_only=True))
    with TestClient(application, raise_server_exceptions=False) as client:
        answer = Sandbox(client).post(of(span(1)), PROTOBUF)
    told_so = {"error": "The server is read-only: POST is refused"}
    assert (answer.status_code, answer.json()) == (403, told_so)


@pytest.mark.parametrize("media_type", [JSON, PROTOBUF])
def test_a_server_that_is_busy_is_told_in_the_encoding(sandbox: Sandbox, media_type: str) -> None:
    headers = {"Prefer": f"sandbox={sandbox.name}, code=503", "Content-Type": media_type}
    answer = sandbox.send("POST", TRACES, content=b"", headers=headers)
    assert (answer.status_code, status(answer)[0]) == (503, 14)
