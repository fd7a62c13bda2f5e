"""Runs as v2 shows them: what each selected field is made of, and which are absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.langsmith.run_responses import run_responses, trace_responses
from locum.openapi import documents
from tests.conftest import ROOT
from tests.oracles.langsmith_rows import DATASET, PROJECT, TENANT, at, feedback, load, run, session
from tests.oracles.v2_oracle import RUN_SELECTS, TRACE_SELECTS


def data_with(folder: Path, *runs: dict[str, Any], **tables: Any) -> Data:
    return load(folder, runs=list(runs), sessions=[session()], **tables)


def test_a_run_has_all_that_is_known_of_it(tmp_path: Path) -> None:
    root = run("root", metadata={"thread_id": "t"}, start_time=at(0))
    full = run(
        "full",
        root,
        name="call",
        run_type="llm",
        status="error",
        error="no answer: " + "x" * 200,
        start_time=at(1),
        first_token_time=at(1.5),
        end_time=at(3.25),
        tags=["a", "b"],
        metadata={"conversation_id": 7},
        runtime={"sdk": "langsmith-py"},
        events=[{"name": "new_token", "time": at(1.5)}],
        inputs={"q": "é" * 300},
        outputs={"a": [1]},
        reference_example_id="x",
        share_token="abc",  # noqa: S106 - of a run that is made up
        prompt_tokens=2,
        completion_tokens=1,
        total_tokens=3,
        prompt_cost_nano=1,
        completion_cost_nano=2_000_000_000,
        total_cost_nano=2_000_000_001,
        prompt_token_details={"cached": 1},
        completion_cost_details_nano={"thought": 5},
    )
    data = data_with(
        tmp_path,
        root,
        full,
        datasets=[{"id": DATASET, "tenant_id": TENANT, "name": "d"}],
        examples=[{"id": "x", "dataset_id": DATASET, "source_run_id": "full"}],
        feedback=[feedback(full, "tone", value="calm")],
    )
    (found,) = run_responses(data, [1], RUN_SELECTS)
    extra = {"metadata": {"conversation_id": 7}, "runtime": {"sdk": "langsmith-py"}}
    assert found == {
        "id": "full",
        "name": "call",
        "run_type": "LLM",
        "status": "ERROR",
        "start_time": at(1),
        "end_time": at(3.25),
        "latency_seconds": 2.25,
        "first_token_time": at(1.5),
        "error": "no answer: " + "x" * 200,
        "error_preview": "no answer: " + "x" * 189,
        "extra": extra,
        "metadata": {"conversation_id": 7},
        "events": [{"name": "new_token", "time": at(1.5)}],
        "inputs": {"q": "é" * 300},
        "inputs_preview": '{"q":"' + "é" * 194,
        "outputs": {"a": [1]},
        "outputs_preview": '{"a":[1]}',
        "parent_run_ids": ["root"],
        "project_id": PROJECT,
        "trace_id": "root",
        "thread_id": "7",
        "dotted_order": "20260601T120000000000Zroot.20260601T120001000000Zfull",
        "is_root": False,
        "reference_example_id": "x",
        "reference_dataset_id": DATASET,
        "total_tokens": 3,
        "prompt_tokens": 2,
        "completion_tokens": 1,
        "total_cost": 2.000000001,
        "prompt_cost": 0.000000001,
        "completion_cost": 2.0,
        "prompt_token_details": {"raw": {"cached": 1}},
        "completion_cost_details": {"raw": {"thought": 0.000000005}},
        "tags": ["a", "b"],
        "app_path": f"/o/tenant/projects/p/project/r/full?trace_id=root&start_time={at(1)}",
        "is_in_dataset": True,
        "share_url": "https://smith.langchain.com/public/abc/r",
        "feedback_stats": {
            "tone": {
                "n": 1,
                "avg": None,
                "stdev": None,
                "errors": 0,
                "comments": [],
                "sources": [],
                "values": {"calm": 1},
                "min": None,
                "max": None,
            }
        },
    }


def test_what_a_run_has_not_is_absent(tmp_path: Path) -> None:
    """But for tokens, which are counted, and the end of what has not ended."""
    bare = run("bare", name=None, end_time=None, status="pending")
    (found,) = run_responses(data_with(tmp_path, bare), [0], RUN_SELECTS)
    assert found == {
        "id": "bare",
        "run_type": "CHAIN",
        "status": "PENDING",
        "start_time": at(0),
        "end_time": None,
        "extra": {"metadata": {}},
        "metadata": {},
        "parent_run_ids": [],
        "project_id": PROJECT,
        "trace_id": "bare",
        "dotted_order": "20260601T120000000000Zbare",
        "is_root": True,
        "total_tokens": 0,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "tags": [],
        "app_path": f"/o/tenant/projects/p/project/r/bare?trace_id=bare&start_time={at(0)}",
        "is_in_dataset": False,
        "feedback_stats": {},
    }


def test_a_type_or_status_that_the_document_does_not_know_is_absent(tmp_path: Path) -> None:
    odd = run("odd", run_type="robot", status="lost")
    data = data_with(tmp_path, odd)
    assert run_responses(data, [0], ["RUN_TYPE", "STATUS"]) == [{}]
    assert trace_responses(data, [0], ["OP"]) == [{"trace_id": "odd"}]


def test_runs_stand_in_the_order_that_is_asked_for(tmp_path: Path) -> None:
    """Each with its own latency, which no row has."""
    data = data_with(tmp_path, *(run(f"r{n}", end_time=at(n)) for n in (1, 2, 3)))
    found = run_responses(data, [2, 0], ["LATENCY_SECONDS", "ID", "ID"])
    assert found == [{"latency_seconds": 3.0, "id": "r3"}, {"latency_seconds": 1.0, "id": "r1"}]
    assert run_responses(data, [], ["NAME"]) == []


@pytest.mark.parametrize(
    ("known", "path"),
    [
        (RUN_SELECTS, "/v2/runs/{run_id}"),
        (RUN_SELECTS, "/v2/traces/{trace_id}/runs"),
        (TRACE_SELECTS, "/v2/threads/{thread_id}/traces"),
    ],
)
def test_every_value_that_the_document_selects_is_known(known: tuple[str, ...], path: str) -> None:
    specs = ROOT / "specs"
    further = [specs / "langsmith-more.json", specs / "langsmith-newer.yaml"]
    document = documents.load(specs / "langsmith.yaml", further=further).effective
    parameters = document["paths"][path]["get"]["parameters"]
    (selects,) = (each for each in parameters if each["name"] == "selects")
    assert sorted(selects["schema"]["items"]["enum"]) == sorted(known)
    public = document["components"]["schemas"]["public.RunSelectField"]["enum"]
    assert set(public) - set(RUN_SELECTS) == {"PARENT_RUN_ID"}
    fields = document["components"]["schemas"]["query.RunSelectField"]
    assert sorted(fields["enum"]) == sorted(RUN_SELECTS)
    assert len(fields["x-enum-varnames"]) == len(fields["enum"])


def test_what_was_sent_with_a_run_has_its_place(tmp_path: Path) -> None:
    sent = run("a", serialized={"k": 1}, attachments={"x.png": {}}, dotted_order="no place")
    found = run_responses(
        data_with(tmp_path, sent, run("b")), [0, 1], ["MANIFEST", "ATTACHMENTS", "DOTTED_ORDER"]
    )
    assert found == [
        {
            "manifest": {"k": 1},
            "attachments": {"x.png": "/api/v1/public/runs/a/attachments/x.png"},
            "dotted_order": "20260601T120000000000Za",
        },
        {"dotted_order": "20260601T120000000000Zb"},
    ]
