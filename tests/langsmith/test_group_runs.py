"""Experiments compared, over rows so few that each number is worked out by hand.

Three examples, e1 to e3, and two experiments over them. `model` of the runs, by example:

    first    e1 a, b     e2 a     e3 b
    second   e1 a, a     e2 b     e3 b
"""

from __future__ import annotations

from typing import Any

import pytest

from locum.engine.data import Data
from locum.exceptions import FilterError, InvalidRequest, NotFound
from locum.langsmith.group_runs import dataset_group_runs
from tests.oracles.langsmith_rows import DATASET, TENANT, at, feedback, load, run, session


def experiment(id_: str, example: str, session_id: str, seconds: int, **columns: Any) -> Any:
    return run(
        id_,
        session_id=session_id,
        reference_example_id=example,
        start_time=at(seconds),
        end_time=at(seconds + 1),
        **columns,
    )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Data:
    a, b = {"model": "a", "n": 1}, {"model": "b", "n": 1.0}
    runs = [
        experiment("f1", "e1", "first", 0, metadata=a, total_tokens=5, total_cost_nano=10**9),
        experiment("f2", "e1", "first", 1, metadata=b, inputs={"q": "é" * 300}, tags=["x"]),
        experiment("f3", "e2", "first", 2, metadata=a),
        experiment("f4", "e3", "first", 3, metadata=b, status="error"),
        experiment("s2", "e1", "second", 10, metadata=a, total_cost_nano=2_500_000),
        experiment("s1", "e1", "second", 10, metadata=a, total_tokens=7),
        experiment("s3", "e2", "second", 12, metadata={"model": "b", "n": "1"}),
        experiment("s4", "e3", "second", 13, metadata={"model": "b", "n": True}),
        experiment("s5", "e4", "second", 14, metadata=a),  # another dataset's example
        experiment("s6", "e3", "second", 15, metadata={"model": ["b"], "n": {"x": 1}}),
        experiment("s7", "e3", "second", 16),
    ]
    runs.append(run("s8", runs[0], session_id="second", reference_example_id="e3", metadata=b))
    given = [
        feedback(runs[0], "ok", score=1, source={"type": "api"}, created_at=at(9)),
        feedback(runs[0], "ok", score=0, value="no", created_at=at(8)),
        feedback(runs[4], "ok", score=0.5, correction={"answer": 1}, modified_at=at(9)),
        feedback(None, "overall", score=0.9) | {"session_id": "second"},
    ]
    examples = [
        {"id": id_, "dataset_id": dataset, "name": None, "created_at": at(seconds), **rest}
        for id_, dataset, seconds, rest in (
            ("e1", DATASET, 2, {"inputs": {"q": 1}, "metadata": {"level": {"of": 2}, "odd": True}}),
            ("e2", DATASET, 1, {"metadata": {"level": {"of": "hard"}}, "name": "second"}),
            ("e3", DATASET, 1, {"metadata": {"level": {"of": -0.5}, "level.of": 2}}),
            ("e4", "other", 0, {}),
        )
    ]
    return load(
        tmp_path_factory.mktemp("comparisons"),
        runs=runs,
        feedback=given,
        examples=examples,
        datasets=[{"id": DATASET, "tenant_id": TENANT, "name": "d"}],
        sessions=[
            session("second", reference_dataset_id=DATASET, start_time=at(9), extra={"x": 1}),
            session("first", reference_dataset_id=DATASET, start_time=at(20)),
            session("unused", start_time=None, name=None),
        ],
    )


def groups(engine: Data, **body: Any) -> list[dict[str, Any]]:
    body = {
        "session_ids": ["first", "second"],
        "group_by": "run_metadata",
        "metadata_key": "model",
        **body,
    }
    found: list[dict[str, Any]] = dataset_group_runs(engine, TENANT, DATASET, body)["groups"]
    return found


def listed(group: dict[str, Any]) -> dict[str, list[str]]:
    return {example["id"]: [run["id"] for run in example["runs"]] for example in group["examples"]}


def test_a_group_is_of_the_examples_that_every_project_ran_with_its_value(engine: Data) -> None:
    """With a, both ran e1 (e2 only the first); with b, both ran e3."""
    by_a, by_b = groups(engine)
    assert (by_a["group_key"], listed(by_a)) == ("a", {"e1": ["f1", "s1", "s2"]})
    assert (by_b["group_key"], listed(by_b)) == ("b", {"e3": ["f4", "s4"]})
    assert (by_a["count"], by_a["example_count"]) == (3, 1)
    assert [part["run_count"] for part in by_a["sessions"]] == [1, 2]
    assert [part["example_count"] for part in by_a["sessions"]] == [1, 1]


def test_a_groups_numbers_are_over_its_rows(engine: Data) -> None:
    """f1, s1 and s2: 12 tokens; 1 USD and 0.0025 USD; scores 1, 0 and 0.5, of which the first two
    are on f1. Of e3's two runs, one failed."""
    by_a, by_b = groups(engine)
    assert (by_a["total_tokens"], by_a["total_cost"], by_a["prompt_cost"]) == (12, "1.0025", "0")
    assert (by_a["min_start_time"], by_a["max_start_time"]) == (at(0), at(10))
    assert (by_a["latency_p50"], by_a["error_rate"], by_b["error_rate"]) == (1.0, 0.0, 0.5)
    assert by_a["feedback_stats"]["ok"]["n"] == 3
    assert by_a["feedback_stats"]["ok"]["avg"] == 0.5
    first, second = by_a["sessions"]
    assert (first["feedback_stats"]["ok"]["n"], second["feedback_stats"]["ok"]["n"]) == (2, 1)
    assert (first["total_cost"], second["total_cost"]) == ("1", "0.0025")


def test_projects_follow_the_request_with_their_own_fields(engine: Data) -> None:
    """second is the dataset's first experiment, for it began before first."""
    parts = groups(engine, session_ids=["SECOND", "first", "second"])[0]["sessions"]
    assert [(p["id"], p["test_run_number"]) for p in parts] == [("second", 1), ("first", 2)]
    assert (parts[0]["name"], parts[0]["extra"]) == ("second", {"x": 1})
    assert parts[0]["session_feedback_stats"]["overall"]["avg"] == 0.9
    assert parts[1]["session_feedback_stats"] == {}
    assert parts[0]["last_run_start_time"] == parts[0]["max_start_time"] == at(10)


def test_examples_come_by_creation_and_runs_by_project_then_time(engine: Data) -> None:
    """All of e1's and e2's runs, in one experiment; e2 was created before e1."""
    (by_a, _) = groups(engine, session_ids=["first"])
    assert list(listed(by_a)) == ["e2", "e1"]
    (by_a,) = groups(engine, session_ids=["second", "first"], limit=1)
    assert listed(by_a) == {"e1": ["s1", "s2", "f1"]}


def test_a_group_key_keeps_its_type(engine: Data) -> None:
    """n is 1 and 1.0, one number, for e1 to e3 in first; in second it is 1, "1" and true."""
    numbers, one, true = groups(engine, session_ids=["second"], metadata_key="n")
    assert [group["group_key"] for group in (numbers, one, true)] == [1, "1", "true"]
    assert [list(listed(group)) for group in (numbers, one, true)] == [["e1"], ["e2"], ["e3"]]
    (only,) = groups(engine, session_ids=["first"], metadata_key="n")
    assert (only["group_key"], only["count"], only["example_count"]) == (1, 4, 3)


def test_examples_group_by_their_own_metadata(engine: Data) -> None:
    """Numbers before texts; a key with a dot in it comes before a path."""
    found = groups(engine, group_by="example_metadata", metadata_key="level.of")
    assert [(g["group_key"], g["count"]) for g in found] == [(2, 8), ("hard", 2)]
    assert [list(listed(group)) for group in found] == [["e3", "e1"], ["e2"]]
    (odd,) = groups(engine, group_by="example_metadata", metadata_key="odd")
    assert (odd["group_key"], odd["count"]) == ("true", 4)


def test_filters_apply_before_the_grouping(engine: Data) -> None:
    """Without f1, the first experiment ran no example with a that the second ran."""
    filters = {"FIRST": ['neq(id, "f1")', "eq(is_root, true)"]}
    assert [group["group_key"] for group in groups(engine, filters=filters)] == ["b"]
    only_one = groups(engine, filters={"second": ['eq(id, "s2")']})
    assert [listed(group) for group in only_one] == [{"e1": ["f1", "s2"]}]


def test_pages_are_of_groups_and_a_limit_is_of_listed_examples(engine: Data) -> None:
    (by_b,) = groups(engine, offset=1, limit=5)
    assert by_b["group_key"] == "b"
    assert groups(engine, offset=2) == []
    (by_a,) = groups(engine, session_ids=["first"], limit=1, per_group_limit=1)
    assert (list(listed(by_a)), by_a["example_count"], by_a["count"]) == (["e2"], 2, 2)


def test_a_groups_filter_is_its_metadata_where_that_is_all(engine: Data) -> None:
    """Of the first experiment, both runs with b; of both experiments, f2 and s3 have b too."""
    roots, entry = "eq(is_root, true)", 'and(eq(metadata_key, "model"), eq(metadata_value, "b"))'
    (_, by_b) = groups(engine, session_ids=["first"])
    assert by_b["filter"] == by_b["sessions"][0]["filter"] == f"and({roots}, {entry})"
    (_, by_b) = groups(engine)
    assert by_b["filter"] == f'and({roots}, in(id, ["f4", "s4"]))'
    filters = {"first": ['neq(id, "f2")'], "second": ['neq(id, "s1")', 'neq(id, "s5")']}
    (by_a, _) = groups(engine, filters=filters)
    assert by_a["sessions"][0]["filter"] == f'and({roots}, in(id, ["f1"]))'
    (by_a, _) = groups(engine, session_ids=["second"])
    without = 'and(eq(metadata_key, "model"), eq(metadata_value, "a")), not(in(id, ["s5"]))'
    assert by_a["filter"] == f"and({roots}, {without})"


def test_rows_of_one_number_written_in_two_ways_are_told_by_id(engine: Data) -> None:
    filters = {"first": ['eq(id, "f2")'], "second": ['eq(id, "s1")']}
    (group,) = groups(engine, metadata_key="n", filters=filters)
    assert (group["group_key"], group["count"]) == (1, 2)
    assert group["filter"] == 'and(eq(is_root, true), in(id, ["f2", "s1"]))'


def test_a_filter_for_a_project_that_is_not_compared_is_refused(engine: Data) -> None:
    with pytest.raises(InvalidRequest) as raised:
        groups(engine, session_ids=["first"], filters={"second": []})
    assert raised.value.faults[0].location == ("body", "filters", "second")


def test_a_filter_that_cannot_be_read_is_refused(engine: Data) -> None:
    with pytest.raises(FilterError) as raised:
        groups(engine, filters={"first": ["eq(name)"]})
    assert raised.value.parameter == "filters"


def test_a_project_that_ran_nothing_leaves_no_groups(engine: Data) -> None:
    assert groups(engine, session_ids=["first", "unused"]) == []
    assert groups(engine, metadata_key="nothing") == []


def test_unknown_projects_and_datasets_are_not_found(engine: Data) -> None:
    with pytest.raises(NotFound) as raised:
        groups(engine, session_ids=["first", "nowhere"])
    assert (raised.value.kind, raised.value.id) == ("session", "nowhere")
    with pytest.raises(NotFound) as raised:
        dataset_group_runs(engine, TENANT, "nothing", {"session_ids": ["first"]})
    assert (raised.value.kind, raised.value.id) == ("dataset", "nothing")
