"""Runs, feedback on them and examples as the API shows them, over rows worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.data import Data
from locum.langsmith import timestamps as times
from locum.langsmith.run_schema import run_schemas
from locum.langsmith.serializers import examples, examples_with_runs, runs_with_feedback
from tests.oracles.langsmith_rows import DATASET, PROJECT, at, feedback, load, run


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Run 0 with two of feedback, its child 1, and 2, which has nothing that it need not have."""
    whole = run(
        "f1",
        start_time=at(3),
        end_time=at(4),
        metadata={"model": "a"},
        inputs={"q": "é" * 300},
        outputs={"a": 1},
        events=[{"name": "new_token"}],
        runtime={"sdk": "x"},
        tags=["x"],
        total_tokens=5,
        total_cost_nano=10**9,
        reference_example_id="e1",
    )
    child = run("s8", whole, start_time=at(0), end_time=at(7))
    bare = run("r", start_time=at(4), end_time=None, status="pending")
    rows = [
        feedback(whole, "ok", score=1, source={"type": "api"}, created_at=at(9)),
        feedback(whole, "ok", score=0, value="no", created_at=at(8), modified_at=at(9)),
        feedback(child, "ok", score=0.5),
    ]
    rows[1]["session_id"] = None  # it came before its run
    example = {"id": "e1", "dataset_id": DATASET, "name": None, "created_at": at(2)}
    documents = {"inputs": {"q": 1}, "metadata": {"level": 2}, "source_run_id": "f1"}
    return load(
        tmp_path_factory.mktemp("serializers"),
        runs=[whole, child, bare],
        feedback=rows,
        examples=[example | documents, {"id": "e2", "dataset_id": DATASET}, {"id": "e3"}],
    )


def one(data: Data, number: int, *, preview: bool = False) -> dict[str, Any]:
    return runs_with_feedback(data, [number], preview=preview)[number]


def test_a_run_is_shown_with_its_trace_and_feedback(data: Data) -> None:
    """Its child began three seconds before it; feedback comes by time."""
    shown = one(data, 0)
    assert (shown["id"], shown["session_id"], shown["trace_id"]) == ("f1", PROJECT, "f1")
    assert shown["dotted_order"] == "20260601T120003000000Zf1"
    assert shown["extra"] == {"metadata": {"model": "a"}, "runtime": {"sdk": "x"}}
    assert (shown["trace_min_start_time"], shown["trace_max_start_time"]) == (at(0), at(3))
    assert (shown["total_cost"], shown["prompt_cost"], shown["total_tokens"]) == ("1", None, 5)
    assert (shown["tags"], shown["execution_order"], shown["serialized"]) == (["x"], 1, None)
    assert shown["feedback_stats"]["ok"]["avg"] == 0.5


def test_a_run_is_shown_as_where_runs_are_read(data: Data) -> None:
    """In all that both schemas have, but for previews and what a run does not have."""
    (read,) = run_schemas(data, [0])
    for shown in (one(data, 0), one(data, 0, preview=True)):
        known = {field for field in read.keys() & shown.keys() if shown[field] is not None}
        assert {"events", "app_path", "extra", "dotted_order", "total_tokens"} <= known
        assert {field: shown[field] for field in known} == {field: read[field] for field in known}


def test_feedback_stands_with_its_run_by_time(data: Data) -> None:
    first, second = one(data, 0)["feedbacks"]
    assert (first["score"], first["value"], first["modified_at"]) == (0, "no", at(9))
    assert (second["score"], second["value"]) == (1, None)
    assert (second["feedback_source"], second["trace_id"]) == ({"type": "api"}, "f1")
    assert (first["start_time"], first["is_root"]) == (at(3), True)
    assert (first["session_id"], second["session_id"]) == (PROJECT, PROJECT)
    assert "modified_at" not in second  # never null in the document


def test_a_preview_is_the_beginning_of_the_json(data: Data) -> None:
    shown = one(data, 0, preview=True)
    assert (shown["inputs"], shown["outputs"]) == (None, None)
    assert shown["inputs_preview"] == '{"q":"' + "é" * 194
    assert shown["outputs_preview"] == '{"a":1}'
    shown = one(data, 0)
    assert (shown["inputs"], shown["inputs_preview"]) == ({"q": "é" * 300}, None)


def test_a_run_without_documents_is_shown(data: Data) -> None:
    shown = one(data, 2, preview=True)
    assert (shown["end_time"], shown["inputs_preview"], shown["feedbacks"]) == (None, None, [])
    assert (shown["extra"], shown["feedback_stats"]) == ({"metadata": {}}, {})


def test_runs_are_shown_once_each(data: Data) -> None:
    assert list(runs_with_feedback(data, [2, 0, 2], preview=False)) == [0, 2]
    assert runs_with_feedback(data, [], preview=False) == {}


def test_examples_stand_with_their_runs(data: Data) -> None:
    """The document admits null for neither name nor inputs, nor for the time of creation."""
    (first, second) = examples_with_runs(
        data, [{"e1": [2, 0], "e2": []}, {"e1": [0]}], DATASET, preview=False
    )
    assert [run["id"] for run in first[0]["runs"]] == ["r", "f1"]
    assert [run["id"] for run in second[0]["runs"]] == ["f1"]
    assert {name: value for name, value in first[0].items() if name != "runs"} == {
        "id": "e1",
        "dataset_id": DATASET,
        "name": "",
        "inputs": {"q": 1},
        "outputs": None,
        "metadata": {"level": 2},
        "source_run_id": "f1",
        "created_at": at(2),
        "modified_at": None,
        "attachment_urls": None,
    }
    assert (first[1]["inputs"], first[1]["runs"]) == ({}, [])
    assert "created_at" not in first[1]


def test_examples_are_those_of_a_dataset(data: Data) -> None:
    found = data.once(examples)
    assert list(found[DATASET]) == ["e1", "e2"]
    assert found[DATASET]["e1"].created_us == times.microseconds(at(2))
    assert found[DATASET]["e1"].metadata == '{"level":2}'
