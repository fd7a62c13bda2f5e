"""Runs as the v1 API shows them, over rows worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locum.engine.data import Data
from locum.engine.layer import Layer
from locum.langsmith.run_schema import FIELDS, PUBLIC_FIELDS, REQUIRED, run_schemas, selected, usd
from locum.resources import bundled
from tests.oracles.bundled import data_of, find
from tests.oracles.langsmith_rows import DATASET, PROJECT, TENANT, at, feedback, load, run

WHOLE, CHILD, BARE = range(3)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """A run that has all there is, its child, and one that has nothing that it need not have."""
    whole = run(
        "f1",
        start_time=at(3),
        first_token_time=at(3.5),
        end_time=at(4),
        metadata={"thread_id": "t", "n": 1},
        runtime={"sdk": "x"},
        events=[{"name": "new_token"}],
        inputs={"q": "é" * 300},
        outputs={"a": 1},
        tags=["x"],
        prompt_tokens=2,
        completion_tokens=3,
        total_tokens=5,
        prompt_cost_nano=1,
        completion_cost_nano=10**9 + 500,
        total_cost_nano=10**9 + 501,
        prompt_token_details={"audio": 2},
        completion_cost_details_nano={"reasoning": 500_000_000},
        reference_example_id="e1",
        share_token="token",  # noqa: S106 - of a test
    )
    child = run("s8", whole, start_time=at(5), end_time=at(7))
    bare = run("r", start_time=None, end_time=None, status="pending", tags=None)
    example = {"id": "e1", "dataset_id": DATASET, "source_run_id": "s8"}
    return load(
        tmp_path_factory.mktemp("schema"),
        runs=[whole, child, bare],
        feedback=[feedback(whole, "ok", score=1), feedback(whole, "ok", score=0)],
        examples=[example],
    )


def test_no_run_is_told_of_another_tenants_below_it(tmp_path: Path) -> None:
    above = run("a")
    own = run("b", above)
    rows = [above, own, run("c", above, tenant_id="other"), run("d", own, tenant_id="other")]
    shown = run_schemas(load(tmp_path, runs=rows), range(4))
    assert [(each["child_run_ids"], each["direct_child_run_ids"]) for each in shown] == [
        (["b"], ["b"]),
        ([], []),
        ([], []),
        ([], []),
    ]


def test_a_run_is_shown_with_all_it_has(data: Data) -> None:
    (shown,) = run_schemas(data, [WHOLE])
    stats = shown.pop("feedback_stats")
    assert (stats["ok"]["n"], stats["ok"]["avg"]) == (2, 0.5)
    assert shown == {
        "id": "f1",
        "name": "agent",
        "run_type": "chain",
        "status": "success",
        "start_time": at(3),
        "end_time": at(4),
        "first_token_time": at(3.5),
        "error": None,
        "extra": {"metadata": {"thread_id": "t", "n": 1}, "runtime": {"sdk": "x"}},
        "events": [{"name": "new_token"}],
        "inputs": {"q": "é" * 300},
        "inputs_preview": '{"q":"' + "é" * 194,
        "outputs": {"a": 1},
        "outputs_preview": '{"a":1}',
        "session_id": PROJECT,
        "trace_id": "f1",
        "parent_run_id": None,
        "parent_run_ids": [],
        "child_run_ids": ["s8"],
        "direct_child_run_ids": ["s8"],
        "dotted_order": "20260601T120003000000Zf1",
        "execution_order": 1,
        "trace_min_start_time": at(3),
        "trace_max_start_time": at(5),
        "thread_id": "t",
        "reference_example_id": "e1",
        "reference_dataset_id": DATASET,
        "in_dataset": False,
        "total_tokens": 5,
        "prompt_tokens": 2,
        "completion_tokens": 3,
        "prompt_token_details": {"audio": 2},
        "completion_token_details": None,
        "total_cost": "1.000000501",
        "prompt_cost": "0.000000001",
        "completion_cost": "1.0000005",
        "prompt_cost_details": None,
        "completion_cost_details": {"reasoning": "0.5"},
        "tags": ["x"],
        "app_path": f"/o/{TENANT}/projects/p/{PROJECT}/r/f1?trace_id=f1&start_time={at(3)}",
        "share_token": "token",
        "trace_upgrade": False,
        **dict.fromkeys(
            (
                *("inputs_s3_urls", "outputs_s3_urls", "s3_urls", "manifest_id", "manifest_s3_id"),
                *("serialized", "price_model_id", "last_queued_at", "messages", "trace_tier"),
                *("trace_first_received_at", "ttl_seconds"),
            )
        ),
    }


def test_what_a_run_does_not_have_is_null_and_its_counts_are_0(data: Data) -> None:
    """The document does not let start_time be null."""
    (shown,) = run_schemas(data, [BARE])
    assert "start_time" not in shown
    assert (shown["total_tokens"], shown["prompt_tokens"], shown["completion_tokens"]) == (0, 0, 0)
    assert (shown["child_run_ids"], shown["tags"], shown["extra"]) == ([], [], {"metadata": {}})
    assert shown["app_path"] == f"/o/{TENANT}/projects/p/{PROJECT}/r/r?trace_id=r"
    for field in ("end_time", "total_cost", "inputs", "inputs_preview", "events", "feedback_stats"):
        assert shown[field] is None, field


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-06-01T00:00:01.5Z", "2026-06-03T00:00:01.500000Z"),
        ("2026-06-01T00:00:01.5+01:00", "2026-06-02T23:00:01.500000Z"),
        ("2026-06-01 00:00:01", "2026-06-03T00:00:01.000000Z"),
        ("2026-02-30T00:00:01Z", "2026-02-30T00:00:01Z"),
        ("9999-12-31T00:00:00Z", "9999-12-31T00:00:00Z"),
        ("yesterday", "yesterday"),
        (5, 5),
        (None, None),
    ],
)
def test_what_happened_in_a_run_is_as_much_later_as_the_run(
    tmp_path: Path, time: Any, expected: Any
) -> None:
    """Where the clock is live. What is no time, or no event, stays as it is."""
    event = {"name": "new_token", "time": time, "kwargs": {"time": "x"}}
    runs = [
        run("f", start_time="2026-06-01T00:00:01Z", events=[event, "end", None]),
        run("g", events=None),
    ]
    load(tmp_path, runs=runs)
    data = data_of(find(str(tmp_path)), days=2)
    assert run_schemas(data, [0, 1], ("start_time", "events")) == [
        {
            "start_time": "2026-06-03T00:00:01.000000Z",
            "events": [event | {"time": expected}, "end", None],
        },
        {"start_time": "2026-06-03T12:00:00.000000Z", "events": None},
    ]


def test_what_is_written_happened_when_it_says(tmp_path: Path) -> None:
    """Only the dataset's own runs are later; they stay so where another row takes their place."""
    event = {"name": "new_token", "time": "2026-06-01T00:00:01.500000Z"}
    load(tmp_path, runs=[run("f", events=[event])])
    layer = Layer(data_of(find(str(tmp_path)), days=2))
    (before,) = layer.known("langsmith/runs", [("f",)]).values()
    own = run("g", tags=[], events=[event])
    layer.write(lambda t: t.put("langsmith/runs", [before | {"name": "other"}, own]))
    later = event | {"time": "2026-06-03T00:00:01.500000Z"}
    assert run_schemas(layer.data(), [0, 1], ("id", "events")) == [
        {"id": "f", "events": [later]},
        {"id": "g", "events": [event]},
    ]
    layer.close()


def test_runs_come_in_the_order_of_their_numbers_with_the_fields_that_are_asked_for(
    data: Data,
) -> None:
    assert run_schemas(data, [CHILD, WHOLE], ("in_dataset", "id")) == [
        {"id": "s8", "in_dataset": True},
        {"id": "f1", "in_dataset": False},
    ]
    assert run_schemas(data, [], FIELDS) == []


@pytest.mark.parametrize(
    ("select", "beyond"),
    [
        ([], ()),
        (["id", "tags"], ("tags",)),
        (["child_run_ids"], ("child_run_ids", "direct_child_run_ids")),
        (["trace_min_max_start_time"], ("trace_min_start_time", "trace_max_start_time")),
        (["inputs_or_signed_url", "outputs"], ("inputs", "outputs")),
        (["manifest", "inserted_at"], ()),
    ],
)
def test_a_selection_adds_to_what_is_required(select: list[str], beyond: tuple[str, ...]) -> None:
    found = selected(select)
    assert set(found) == {*REQUIRED, *beyond}
    assert len(found) == len(set(found))


def test_public_runs_tell_nothing_of_the_project(document_of_langsmith: dict[str, Any]) -> None:
    schemas = document_of_langsmith["components"]["schemas"]
    assert set(FIELDS) == set(schemas["RunSchema"]["properties"])
    assert set(PUBLIC_FIELDS) == set(schemas["RunPublicSchema"]["properties"])
    public = selected(["inputs", "app_path"], PUBLIC_FIELDS)
    assert set(public) == {*REQUIRED, "inputs"} - {"session_id", "app_path"}


@pytest.fixture(scope="module")
def document_of_langsmith() -> dict[str, Any]:
    text = (bundled("specs") / "langsmith-more.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, "0"),
        (1, "0.000000001"),
        (10, "0.00000001"),
        (1_000_000_000, "1"),
        (100_000_000_000, "100"),
        (1_500_000_000, "1.5"),
        (-1_500_000_000, "-1.5"),
        (2**70, "1180591620717.411303424"),
    ],
)
def test_a_cost_is_a_plain_decimal(nano: int, text: str) -> None:
    assert usd(nano) == text


def test_a_run_that_was_taken_in_is_shown_as_it_was_sent(tmp_path: Path) -> None:
    """Its dotted_order tells who is above, though one of them is not there."""
    sent = run(
        "33333333-0000-4000-8000-000000000000",
        metadata={"a": 1},
        runtime={"sdk": "x"},
        extra={"invocation_params": {"n": 1}},
        serialized={"kwargs": {}},
        attachments={"a/b.png": {"mime_type": "image/png", "size": 3}, "c": {}},
        dotted_order=".".join(
            f"20260601T110000000000Z{digit * 8}-0000-4000-8000-000000000000" for digit in "123"
        ),
        usage={"below": {"total_tokens": 1}},
        received={"post": "0"},
    )
    data = load(tmp_path, runs=[sent])
    (shown,) = run_schemas(data, [0])
    assert shown["extra"] == {
        "metadata": {"a": 1},
        "runtime": {"sdk": "x"},
        "invocation_params": {"n": 1},
    }
    assert shown["serialized"] == {"kwargs": {}}
    assert shown["dotted_order"] == sent["dotted_order"]
    assert shown["parent_run_ids"] == [f"{digit * 8}-0000-4000-8000-000000000000" for digit in "12"]
    path = f"/api/v1/public/runs/{sent['id']}/attachments"
    assert shown["s3_urls"] == {
        "attachment.a/b.png": {"presigned_url": f"{path}/a%2Fb.png", "mime_type": "image/png"},
        "attachment.c": {"presigned_url": f"{path}/c", "mime_type": None},
    }
    assert {"usage", "received", "attachments"}.isdisjoint(shown)
