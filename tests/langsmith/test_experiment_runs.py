"""A dataset's examples with the runs of experiments on them, over rows worked out by hand.

Examples e2 (created at 1 s), e1 and e4 (at 2 s), e3 (of no time); runs of two projects on them:

    first    e1 f1 (at 0 s), f2 (at 5 s)     e2 f3
    second   e1 s2, s1 (both at 3 s)         e3 s3

A child run names e2 too, and a run of `second` an example of another dataset. Scores of `ok`, by
run: f1 1 and 0, f2 0.4, f3 0.9, s3 only a comment. So the means of `first` are 0.4667 for e1 (of
three scores), and 0.9 for e2.
"""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import FilterError, InvalidRequest, NotFound, Unanswerable
from locum.langsmith.experiment_runs import (
    experiment_runs,
    query_experiment_runs,
    read_examples_with_runs,
)
from tests.oracles.langsmith_rows import DATASET, TENANT, at, feedback, load, run, session


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    def on(example: str, id_: str, seconds: int, **columns: Any) -> dict[str, Any]:
        project = "first" if id_.startswith("f") else "second"
        columns |= {"start_time": at(seconds), "end_time": at(seconds + 2)}
        return run(id_, session_id=project, reference_example_id=example, **columns)

    runs = [
        on("e1", "f1", 0, inputs={"q": "é" * 300}, total_cost_nano=2_500_000, metadata={"k": 1}),
        on("e1", "f2", 5, status="error", error="boom"),
        on("e2", "f3", 6),
        on("e1", "s2", 3),
        on("e1", "s1", 3),
        on("e3", "s3", 4, total_tokens=7),
        on("x1", "s4", 4),
    ]
    runs.append(run("f4", runs[0], session_id="first", reference_example_id="e2"))
    runs.append(run("u1", session_id="theirs", tenant_id="other", reference_example_id="e1"))
    given = [
        feedback(runs[0], "ok", score=1, created_at=at(8)),
        feedback(runs[0], "ok", score=0, created_at=at(9)),
        feedback(runs[1], "ok", score=0.4),
        feedback(runs[2], "ok", score=0.9),
        feedback(runs[5], "ok", comment="well"),
    ]
    return load(
        tmp_path_factory.mktemp("experiment_runs"),
        runs=runs,
        feedback=given,
        datasets=[
            {"id": DATASET, "tenant_id": TENANT, "name": "d"},
            {"id": "empty", "tenant_id": TENANT, "name": "e"},
            {"id": "else", "tenant_id": "other", "name": "f"},
        ],
        examples=[
            {"id": "e1", "dataset_id": DATASET, "created_at": at(2), "name": "one"},
            {"id": "e2", "dataset_id": DATASET, "created_at": at(1), "metadata": {"a": 1}},
            {"id": "e3", "dataset_id": DATASET},
            {"id": "e4", "dataset_id": DATASET, "created_at": at(2)},
            {"id": "x1", "dataset_id": "else"},
        ],
        sessions=[
            session("first", reference_dataset_id=DATASET),
            session("second", reference_dataset_id=DATASET),
            session("theirs", reference_dataset_id=DATASET, tenant_id="other"),
        ],
    )


BOTH = ["first", "second"]


def answered(data: Data, **body: Any) -> list[dict[str, Any]]:
    return read_examples_with_runs(data, TENANT, DATASET, {"session_ids": BOTH, **body})


def listed(examples: list[dict[str, Any]]) -> dict[str, str]:
    """The ids of the runs on each example."""
    return {each["id"]: " ".join(run["id"] for run in each["runs"]) for each in examples}


ALL = {"e2": "f3", "e1": "f1 f2 s1 s2", "e4": "", "e3": "s3"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ALL),
        ({"limit": None, "filters": None, "example_ids": None, "sort_params": None}, ALL),
        ({"session_ids": ["SECOND", "first", "second"]}, ALL | {"e1": "s1 s2 f1 f2"}),
        ({"session_ids": ["first"]}, {"e2": "f3", "e1": "f1 f2", "e4": "", "e3": ""}),
        ({"offset": 1, "limit": 2}, {"e1": "f1 f2 s1 s2", "e4": ""}),
        ({"offset": 4}, {}),
        ({"example_ids": ["E3", "e2", "x1"]}, {"e2": "f3", "e3": "s3"}),
        ({"example_ids": []}, {}),
        ({"filters": {"FIRST": ['eq(status, "error")']}}, ALL | {"e1": "f2 s1 s2", "e2": ""}),
        (
            {"filters": {"first": ["eq(metadata_key, 'k')", "eq(status, 'error')"]}},
            ALL | {"e1": "s1 s2", "e2": ""},
        ),
    ],
)
def test_examples_are_listed_with_the_runs_on_them(
    data: Data, body: dict[str, Any], expected: dict[str, str]
) -> None:
    found = listed(answered(data, **body))
    assert list(found.items()) == [(id_, expected[id_]) for id_ in ALL if id_ in expected]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ({"sort_by": "ok"}, "e2 e1 e4 e3"),
        ({"sort_by": "feedback.ok", "sort_order": "DESC"}, "e2 e1 e4 e3"),
        ({"sort_by": "feedback.ok", "sort_order": "ASC"}, "e1 e2 e4 e3"),
        ({"sort_by": "unknown", "sort_order": "ASC"}, "e2 e1 e4 e3"),
    ],
)
def test_examples_are_sorted_by_the_mean_score_on_their_runs(
    data: Data, sort: dict[str, str], expected: str
) -> None:
    """Those without a score are last, whatever the direction."""
    found = answered(data, session_ids=["first"], sort_params=sort)
    assert " ".join(listed(found)) == expected


def test_a_run_is_in_the_view_of_comparisons(data: Data) -> None:
    first = answered(data)[1]["runs"][0]
    assert first["inputs"] == {"q": "é" * 300}
    assert (first["inputs_preview"], first["total_cost"]) == (None, "0.0025")
    assert [given["score"] for given in first["feedbacks"]] == [1, 0]
    assert first["feedback_stats"]["ok"]["avg"] == 0.5
    shown = answered(data, preview=True)[1]["runs"][0]
    assert shown["inputs"] is None
    assert shown["inputs_preview"] == '{"q":"' + "é" * 194


def test_filters_of_a_project_that_is_not_asked_for_are_refused_by_name(data: Data) -> None:
    with pytest.raises(InvalidRequest, match=r"body\.filters\.second: Not one of session_ids"):
        answered(data, session_ids=["first"], filters={"second": []})
    with pytest.raises(InvalidRequest, match="Not one of experiment_ids"):
        queried(data, experiment_ids=["first"], filters={"second": []})


def test_a_filter_without_meaning_is_refused(data: Data) -> None:
    with pytest.raises(FilterError, match="Invalid filters at position"):
        answered(data, filters={"first": ["eq(nothing, 1)"]})


def test_what_is_not_the_tenants_is_not_found(data: Data) -> None:
    for dataset, ids in (("else", BOTH), ("unknown", BOTH), (DATASET, [*BOTH, "theirs"])):
        with pytest.raises(NotFound):
            read_examples_with_runs(data, TENANT, dataset, {"session_ids": ids})
        with pytest.raises(NotFound):
            query_experiment_runs(data, TENANT, dataset, {"experiment_ids": ids})


def test_a_dataset_without_examples_has_none(data: Data) -> None:
    assert read_examples_with_runs(data, TENANT, "empty", {"session_ids": BOTH}) == []
    nothing: dict[str, Any] = {"items": [], "next_cursor": None}
    assert query_experiment_runs(data, TENANT, "empty", {"experiment_ids": BOTH}) == nothing


def test_no_project_has_no_runs(data: Data) -> None:
    assert experiment_runs(data, [], {}) == []
    assert listed(answered(data, session_ids=[])) == dict.fromkeys(ALL, "")


def queried(data: Data, **body: Any) -> dict[str, Any]:
    return query_experiment_runs(data, TENANT, DATASET, {"experiment_ids": BOTH, **body})


def test_v2_shows_what_is_known_of_an_example_and_the_ids_of_runs(data: Data) -> None:
    items = queried(data)["items"]
    assert items[0] == {
        "id": "e2",
        "dataset_id": DATASET,
        "name": "",
        "inputs": {},
        "metadata": {"a": 1},
        "created_at": at(1),
        "runs": [{"id": "f3"}],
    }
    assert listed(items) == ALL


def test_v2_shows_the_selected_fields_of_runs(data: Data) -> None:
    items = queried(data, selects=["STATUS", "LATENCY_SECONDS", "TOTAL_COST"])["items"]
    assert items[1]["runs"] == [
        {"status": "SUCCESS", "latency_seconds": 2.0, "total_cost": 0.0025},
        {"status": "ERROR", "latency_seconds": 2.0},
        {"status": "SUCCESS", "latency_seconds": 2.0},
        {"status": "SUCCESS", "latency_seconds": 2.0},
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "e2 e1 e4 e3"),
        ({"experiment_ids": ["first"], "sort": {"by": "feedback.ok"}}, "e2 e1 e4 e3"),
        ({"experiment_ids": ["first"], "sort": {"by": "ok", "order": "ASC"}}, "e1 e2 e4 e3"),
        ({"example_ids": ["e3", "e1"]}, "e1 e3"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_v2_pages_have_no_gap_and_no_double(
    data: Data, body: dict[str, Any], expected: str, size: int
) -> None:
    found: list[str] = []
    page = queried(data, **body, page_size=size)
    while page["next_cursor"] is not None:
        assert len(page["items"]) == size
        found += [item["id"] for item in page["items"]]
        page = queried(data, **body, page_size=size, cursor=page["next_cursor"], selects=["NAME"])
    assert [*found, *(item["id"] for item in page["items"])] == expected.split()


def test_a_cursor_is_of_its_question_alone(data: Data) -> None:
    cursor = queried(data, page_size=1)["next_cursor"]
    others: list[dict[str, Any]] = [
        {"experiment_ids": ["first"]},
        {"example_ids": ["e1"]},
        {"filters": {"first": ["eq(is_root, true)"]}},
    ]
    for body in others:
        with pytest.raises(Unanswerable, match="Invalid cursor"):
            queried(data, **body, cursor=cursor)
