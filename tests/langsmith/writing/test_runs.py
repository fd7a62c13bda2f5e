"""Runs taken in over HTTP, whichever way they come, and read back at once."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from backports import zstd
from httpx import Response
from starlette.testclient import TestClient

from tests.oracles import sandboxes
from tests.oracles.form_bodies import form, part

A, B, C = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
NOON, LATER = "2026-06-01T12:00:00.000000Z", "2026-06-01T12:00:02.500000Z"
_PART = "20260601T120000000000Z"
ROOT: dict[str, Any] = {
    "id": A,
    "trace_id": A,
    "dotted_order": f"{_PART}{A}",
    "name": "agent",
    "run_type": "chain",
    "start_time": NOON,
    "session_name": "mine",
    "inputs": {"question": "?"},
}
CHILD: dict[str, Any] = {
    "id": B,
    "trace_id": A,
    "parent_run_id": A,
    "dotted_order": f"{_PART}{A}.{_PART}{B}",
    "name": "model",
    "run_type": "llm",
    "start_time": NOON,
    "end_time": LATER,
    "session_name": "mine",
    "outputs": {"usage_metadata": {"input_tokens": 5, "output_tokens": 3}},
}
PLACE = ("trace_id", "dotted_order")
END = {"id": A, "end_time": LATER, "outputs": {"answer": 1}} | {n: ROOT[n] for n in PLACE}
RECEIVED = {"message": "Runs received"}


class Sandbox(sandboxes.Sandbox):
    """One that takes runs."""

    def batch(self, **sent: list[dict[str, Any]]) -> Response:
        return self.send("POST", "/runs/batch", json=sent)

    def runs(self) -> dict[str, dict[str, Any]]:
        """The runs of the project `mine` by name."""
        (project,) = self.send("GET", "/api/v1/sessions", params={"name": "mine"}).json()
        asked = {"session": [project["id"]], "limit": 100}
        found = self.send("POST", "/api/v1/runs/query", json=asked).json()["runs"]
        return {run["name"]: run for run in found}


@pytest.fixture
def sandbox(client: TestClient) -> Iterator[Sandbox]:
    sandbox = Sandbox(client)
    yield sandbox
    client.delete(f"/__locum/sandboxes/{sandbox.name}")


def packed_parts(*, packer: Any = None) -> tuple[bytes, dict[str, str]]:
    """The root, its update and the child as one body of parts, and its headers."""
    body = form(
        part(f"post.{B}", {k: v for k, v in CHILD.items() if k != "outputs"}),
        part(f"post.{B}.outputs", CHILD["outputs"]),
        part(f"patch.{A}", END),
        part(f"post.{A}", ROOT),
    )
    content, headers = body.content, {"Content-Type": body.headers["content-type"]}
    if packer is None:
        return content, headers
    name = "zstd" if packer is zstd.compress else "gzip"
    return packer(content), headers | {"Content-Encoding": name}


@pytest.mark.parametrize("way", ["alone", "batch", "parts", "gzip", "zstd", "v1"])
def test_a_trace_is_the_same_by_every_way(sandbox: Sandbox, way: str) -> None:
    if way == "alone":
        bare = {k: v for k, v in ROOT.items() if k not in PLACE}
        child = {k: v for k, v in CHILD.items() if k not in PLACE}
        assert sandbox.send("POST", "/runs", json=bare).status_code == 202
        assert sandbox.send("POST", "/api/v1/runs", json=child).json() == RECEIVED
        answer = sandbox.send("PATCH", f"/runs/{A.replace('-', '')}", json=END)
    elif way == "v1":
        sandbox.send("POST", "/runs", json=ROOT)
        sandbox.send("POST", "/runs", json=CHILD)
        answer = sandbox.send("PATCH", f"/api/v1/runs/{A}", json=END)
        assert answer.status_code == 200
    elif way == "batch":
        answer = sandbox.batch(post=[CHILD, ROOT], patch=[END])
    else:
        packer = {"gzip": gzip.compress, "zstd": zstd.compress}.get(way)
        content, headers = packed_parts(packer=packer)
        answer = sandbox.send("POST", "/runs/multipart", content=content, headers=headers)
    assert answer.json() == RECEIVED
    assert answer.status_code == (200 if way == "v1" else 202)
    runs = sandbox.runs()
    agent, model = runs["agent"], runs["model"]
    assert agent["status"] == model["status"] == "success"
    assert (agent["outputs"], agent["end_time"][:22]) == ({"answer": 1}, LATER[:22])
    assert (agent["dotted_order"], model["dotted_order"]) == (
        ROOT["dotted_order"],
        CHILD["dotted_order"],
    )
    for run in (agent, model):
        assert [run[f"{name}_tokens"] for name in ("prompt", "completion", "total")] == [5, 3, 8]
        assert run["total_cost"] is None


def test_statistics_follow_each_write(sandbox: Sandbox) -> None:
    def counts() -> tuple[int, float]:
        (project,) = sandbox.send("GET", "/api/v1/sessions", params={"name": "mine"}).json()
        asked = {"session": [project["id"]]}
        found = sandbox.send("POST", "/api/v1/runs/stats", json=asked).json()
        return found["run_count"], found["error_rate"]

    sandbox.batch(post=[ROOT])
    assert counts() == (1, 0.0)
    sandbox.batch(patch=[END | {"error": "it broke"}])
    assert counts() == (1, 1.0)
    sandbox.batch(post=[CHILD])
    assert counts() == (2, 0.5)


def test_what_came_before_is_a_conflict(sandbox: Sandbox) -> None:
    received = {"error": "Conflict: payload already received: payloads already received"}
    sandbox.batch(post=[ROOT])
    for again in (
        sandbox.send("POST", "/runs", json=ROOT),
        sandbox.batch(post=[ROOT]),
        sandbox.send("POST", "/runs", json=ROOT | {"name": "another"}),
    ):
        assert (again.status_code, again.json()) == (409, received)
    assert sandbox.batch(post=[ROOT, CHILD]).status_code == 202
    assert sorted(sandbox.runs()) == ["agent", "model"]


def test_an_update_may_come_first(sandbox: Sandbox) -> None:
    assert sandbox.batch(patch=[END]).status_code == 202
    assert sandbox.send("GET", "/api/v1/sessions", params={"name": "mine"}).json() == []
    sandbox.batch(post=[ROOT])
    assert sandbox.runs()["agent"]["outputs"] == {"answer": 1}


def test_an_update_of_nothing_is_not_found(sandbox: Sandbox) -> None:
    answer = sandbox.send("PATCH", f"/runs/{A}", json={"end_time": LATER})
    assert (answer.status_code, list(answer.json())) == (404, ["error"])


def test_one_bad_run_leaves_nothing_of_its_body(sandbox: Sandbox) -> None:
    wrong = CHILD | {"dotted_order": f"{_PART}{C}.{_PART}{B}"}
    answer = sandbox.batch(post=[ROOT, wrong])
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Bad request: invalid 'dotted_order': trace_id")
    nameless = sandbox.batch(post=[CHILD, {k: v for k, v in ROOT.items() if k != "run_type"}])
    assert (nameless.status_code, "run_type" in nameless.json()["error"]) == (422, True)
    assert sandbox.send("GET", "/api/v1/sessions", params={"name": "mine"}).json() == []
    assert sandbox.batch(post=[ROOT, CHILD]).status_code == 202


def test_feedback_comes_among_runs(sandbox: Sandbox) -> None:
    given = {"id": C, "trace_id": A, "run_id": B, "key": "quality", "score": 0.5}
    body = form(part(f"feedback.{C}", given), part(f"post.{A}", ROOT), part(f"post.{B}", CHILD))
    sandbox.send(
        "POST",
        "/runs/multipart",
        content=body.content,
        headers={"Content-Type": body.headers["content-type"]},
    )
    assert sandbox.runs()["model"]["feedback_stats"]["quality"]["avg"] == 0.5
    listed = sandbox.send("GET", "/api/v1/feedback", params={"run": B}).json()
    assert [(each["id"], each["run_id"]) for each in listed] == [(C, B)]


@pytest.mark.parametrize("media_type", ["image/png", "application/json", "text/plain"])
def test_a_file_is_read_as_it_was_sent(sandbox: Sandbox, media_type: str) -> None:
    """By anybody, at the address that the run tells."""
    content, name = b'{"a":  1}\x00\xff', "a file/of mine.png"
    head = f'Content-Disposition: form-data; name="attachment.{A}.{name}"\r\n'
    head += f"Content-Type: {media_type}\r\nContent-Length: {len(content)}\r\n\r\n"
    body = form(part(f"post.{A}", ROOT), head.encode() + content)
    headers = {"Content-Type": body.headers["content-type"]}
    sent = sandbox.send("POST", "/runs/multipart", content=body.content, headers=headers)
    assert sent.status_code == 202
    run = sandbox.send("GET", f"/api/v1/runs/{A}").json()
    told = run["s3_urls"][f"attachment.{name}"]
    sandbox.headers.pop("X-API-Key")
    read = sandbox.send("GET", told["presigned_url"])
    assert (read.status_code, read.headers["content-type"]) == (200, media_type)
    assert (told["mime_type"], read.content) == (media_type, content)
    missing = sandbox.send("GET", told["presigned_url"] + "x")
    assert (missing.status_code, "not found" in missing.json()["detail"]) == (404, True)


def test_no_other_tenant_sees_or_changes_a_run(client: TestClient, sandbox: Sandbox) -> None:
    sandbox.batch(post=[ROOT])
    other = Sandbox(client, sandbox.name, "locum-other-key")
    assert other.send("GET", "/api/v1/sessions", params={"name": "mine"}).json() == []
    assert other.send("GET", f"/api/v1/runs/{A}").status_code == 404
    taken = other.batch(post=[ROOT])
    assert (taken.status_code, taken.json()) == (409, {"error": f"run {A} exists already"})
    assert other.send("PATCH", f"/runs/{A}", json={"end_time": LATER}).status_code == 409


def test_a_key_that_may_only_read_is_refused(client: TestClient, sandbox: Sandbox) -> None:
    answer = Sandbox(client, sandbox.name, "locum-read-key").batch(post=[ROOT])
    assert (answer.status_code, answer.json()) == (403, {"error": "The key may only read"})


def test_a_reset_gives_back_the_bytes_of_before(client: TestClient, sandbox: Sandbox) -> None:
    asked = {"params": {"include_stats": True, "limit": 100}}
    before = sandbox.send("GET", "/api/v1/sessions", **asked).content
    sandbox.batch(post=[ROOT, CHILD])
    assert sandbox.send("GET", "/api/v1/sessions", **asked).content != before
    client.post(f"/__locum/sandboxes/{sandbox.name}/reset")
    assert sandbox.send("GET", "/api/v1/sessions", **asked).content == before


def test_prices_of_the_dataset_cost_what_tells_no_cost(
    client: TestClient, sandbox: Sandbox
) -> None:
    """`tiny` has no prices: what is not told costs nothing that is known, what is told is kept."""
    told = CHILD["outputs"]["usage_metadata"] | {"input_cost": 0.25, "output_cost": 0.5}
    sandbox.batch(post=[ROOT, CHILD | {"outputs": {"usage_metadata": told}}])
    costs = ("prompt_cost", "completion_cost", "total_cost")
    for run in sandbox.runs().values():
        assert [float(run[name]) for name in costs] == [0.25, 0.5, 0.75]
        assert json.dumps(run["total_tokens"]) == "8"


def test_what_is_too_large_for_a_row_is_413(sandbox: Sandbox) -> None:
    """A row is 16 MiB at most, as in a dataset's files."""
    answer = sandbox.batch(post=[ROOT | {"inputs": {"text": "x" * 2**24}}])
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("found 16,777,")
    assert sandbox.batch(post=[ROOT]).status_code == 202
