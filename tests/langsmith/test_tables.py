"""How the engine holds LangSmith's tables, on rows so few that each value is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from locum.engine.tables import load_order
from locum.exceptions import DatasetError
from locum.langsmith.tables import TABLES, THREAD_KEYS
from tests.oracles.langsmith_rows import TENANT, at, feedback, load, run, session


def test_runs_are_numbered_from_0_with_what_follows_from_their_columns(tmp_path: Path) -> None:
    root = run("a", tenant_id="TeNaNt", start_time=at(1), end_time=at(3), first_token_time=at(1.5))
    data = load(tmp_path, runs=[root, run("b", root, end_time=None)])
    rows = data.rows(
        "SELECT run, id, tenant_id, is_root, latency_us, first_token_latency_us FROM runs"
    )
    assert rows == [
        (0, "a", TENANT, True, 2_000_000, 500_000),
        (1, "b", TENANT, False, None, None),
    ]


@pytest.mark.parametrize(
    ("metadata", "thread"),
    [
        ({"session_id": "s", "thread_id": "t"}, "t"),
        ({"conversation_id": "c", "session_id": "s"}, "s"),
        ({"conversation_id": 7}, "7"),
        ({"thread_id": None, "conversation_id": "c"}, "c"),
        ({"thread": "t"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_run_is_in_the_thread_that_the_first_of_its_keys_names(
    tmp_path: Path, metadata: Any, thread: str | None
) -> None:
    assert THREAD_KEYS == ("thread_id", "session_id", "conversation_id")
    data = load(tmp_path, runs=[run("a", metadata=metadata)])
    assert data.rows("SELECT thread_id FROM runs") == [(thread,)]


@pytest.mark.parametrize(
    ("score", "nano"),
    [
        (True, 10**9),
        (False, 0),
        (None, None),
        (0.1, 10**8),
        (-2, -2 * 10**9),
        (0.00000000044, 0),
        (0.0000000005, 1),
        (9_000_000_000, 9 * 10**18),
    ],
)
def test_a_score_is_in_billionths(tmp_path: Path, score: Any, nano: int | None) -> None:
    only = run("a")
    data = load(tmp_path, runs=[only], feedback=[feedback(only, "k", score=score)])
    assert data.rows("SELECT score_nano, run FROM feedback") == [(nano, 0)]


def test_a_text_is_a_label_and_no_other_value_is(tmp_path: Path) -> None:
    only = run("a")
    rows = [feedback(only, "k", value=5), feedback(only, "k", value="x"), feedback(only, "k")]
    data = load(tmp_path, runs=[only], feedback=rows)
    found = data.rows("SELECT label FROM feedback ORDER BY row")
    assert found == [(None,), ("x",), (None,)]


def test_ids_of_tenants_are_in_lower_case(tmp_path: Path) -> None:
    data = load(tmp_path, sessions=[session(tenant_id="ABC")], datasets=[{"tenant_id": "DE"}])
    assert data.rows("SELECT tenant_id FROM langsmith_sessions") == [("abc",)]
    assert data.rows("SELECT tenant_id FROM langsmith_datasets") == [("de",)]


def test_every_table_is_named_for_the_vendor() -> None:
    assert {name.split("/")[0] for name in TABLES} == {"langsmith"}


def test_tables_without_rows_are_there(tmp_path: Path) -> None:
    data = load(tmp_path, sessions=[])
    names = ("langsmith_sessions", "langsmith_datasets", "langsmith_examples", "runs", "feedback")
    assert [data.rows(f"SELECT count(*) FROM {name}") for name in names] == [[(0,)]] * 5


def test_lists_and_maps_of_a_run_are_never_null(tmp_path: Path) -> None:
    data = load(tmp_path, runs=[run("a"), run("b", prompt_token_details={"cache_read": 7})])
    columns = "tags, prompt_token_details, completion_cost_details_nano"
    assert data.rows(f"SELECT {columns} FROM runs ORDER BY run") == [
        ([], {}, {}),
        ([], {"cache_read": 7}, {}),
    ]


def test_feedback_is_loaded_after_the_runs_that_it_is_on() -> None:
    order = load_order(TABLES)
    assert order.index("langsmith/runs") < order.index("langsmith/feedback")


def test_a_score_is_kept_as_it_is_written(tmp_path: Path) -> None:
    """To be told from another that counts the same; absent and null are none."""
    only = run("a")
    given = [feedback(only, "k", score=each, created_at=at(n)) for n, each in enumerate([1, True])]
    data = load(tmp_path, runs=[only], feedback=[*given, feedback(only, "k", created_at=at(9))])
    assert data.rows("SELECT score FROM feedback ORDER BY row") == [
        ("1",),
        ("true",),
        (None,),
    ]


def test_a_score_that_is_no_number_is_a_fault_of_the_dataset(tmp_path: Path) -> None:
    only = run("a")
    with pytest.raises(DatasetError, match=r"feedback\.jsonl:1: score is "):
        load(tmp_path, runs=[only], feedback=[feedback(only, "k", score="good")])


@pytest.mark.parametrize(
    ("value", "label"),
    [("good", "good"), ("", ""), (7, None), (True, None), ({"a": 1}, None), (None, None)],
)
def test_a_label_is_a_value_that_is_a_text(tmp_path: Path, value: Any, label: str | None) -> None:
    only = run("a")
    data = load(tmp_path, runs=[only], feedback=[feedback(only, "k", value=value)])
    assert data.rows("SELECT label FROM feedback") == [(label,)]


def test_feedback_is_numbered_as_it_stands_in_its_file_and_knows_its_run(tmp_path: Path) -> None:
    """What is on the project, or on a run that is not there, has none."""
    first, second = run("a"), run("b")
    given = [
        feedback(second, "k", id="z", created_at=at(5)),
        feedback(first, "k", id="y", created_at=at(5)),
        feedback(None, "k", id="x", created_at=at(1)),
        feedback(run("gone"), "k", id="w", created_at=at(9)),
    ]
    data = load(tmp_path, runs=[first, second], feedback=given)
    assert data.rows("SELECT row, id, run FROM feedback ORDER BY row") == [
        (1, "z", 1),
        (2, "y", 0),
        (3, "x", None),
        (4, "w", None),
    ]


def test_examples_are_as_they_are_written(tmp_path: Path) -> None:
    row = {
        "id": "E",
        "dataset_id": "D",
        "name": "n",
        "inputs": {"b": 1, "a": 2},
        "outputs": None,
        "metadata": {},
        "source_run_id": None,
        "created_at": at(0),
        "modified_at": at(1),
    }
    data = load(tmp_path, examples=[row])
    columns = "row, id, inputs, outputs, metadata, modified_us - created_us"
    assert data.rows(f"SELECT {columns} FROM langsmith_examples") == [
        (1, "E", '{"b":1,"a":2}', None, "{}", 1_000_000)
    ]
